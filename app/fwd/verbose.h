/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * set verbose: received and sent packets are printed, in testpmd's words.
 */

#ifndef FWD_VERBOSE_H
#define FWD_VERBOSE_H

#include <stdint.h>

struct fwd;
struct fwd_port;

/* 0: none; 1: received packets; 2: sent ones; 3 and more: both. */
void
fwd_verbose_set(struct fwd *fwd, uint32_t level);

/* Have the queues of a port print what the level says. */
void
fwd_verbose_apply(struct fwd *fwd, struct fwd_port *port);

/* Have them print nothing, before the device goes. */
void
fwd_verbose_remove(struct fwd *fwd, struct fwd_port *port);

#endif /* FWD_VERBOSE_H */
