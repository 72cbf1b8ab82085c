/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Lists of ports and lcores that commands set.
 */

#ifndef FWD_SET_LIST_H
#define FWD_SET_LIST_H

#include <stdbool.h>

struct fwd;

/* Numbers with commas between them. How many, or 0 after testpmd's line. */
unsigned int
fwd_list_parse(const char *str, const char *what, unsigned int max, unsigned int *out, bool unique);

void
fwd_list_set_cores(struct fwd *fwd, const unsigned int *list, unsigned int n);
void
fwd_list_set_ports(struct fwd *fwd, const unsigned int *list, unsigned int n);

/* All of both. */
void
fwd_list_set_default(struct fwd *fwd);

#endif /* FWD_SET_LIST_H */
