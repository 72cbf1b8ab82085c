/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Commands from a terminal, or from a file.
 */

#ifndef FWD_PROMPT_H
#define FWD_PROMPT_H

#include <stdbool.h>

struct fwd;

/* Make the parser. 0, or a negative errno after one line. */
int
fwd_prompt_init(struct fwd *fwd);
void
fwd_prompt_free(void);

/* Take commands from stdin until quit, its end, or a signal. */
void
fwd_prompt_run(struct fwd *fwd);

/* Run the commands of a file. */
void
fwd_prompt_load(struct fwd *fwd, const char *file, bool echo);

/* In a command: it is the last one, of the file if it came from one. */
void
fwd_prompt_quit(void);

#endif /* FWD_PROMPT_H */
