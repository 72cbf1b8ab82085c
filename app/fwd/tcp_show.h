/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the mode stream shows.
 */

#ifndef FWD_TCP_SHOW_H
#define FWD_TCP_SHOW_H

#include <stdio.h>

struct fwd;

/* Connections with most bytes and figures, or, when forwarding has stopped, those of its end. */
void
fwd_tcp_show(const struct fwd *fwd);

/* When the lcores have stopped: end all connections, and show them. */
void
fwd_tcp_finish(const struct fwd *fwd);

/* A member "streams" of an object, behind others. */
void
fwd_tcp_json(const struct fwd *fwd, FILE *f);

#endif /* FWD_TCP_SHOW_H */
