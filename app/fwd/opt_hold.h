/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Options of mbufs: how many there are, and how many may be held.
 */

#ifndef FWD_OPT_HOLD_H
#define FWD_OPT_HOLD_H

#include "args.h"

/* Each returns 0, or -EINVAL after one line that says what is accepted. */
int
fwd_set_total_mbufs(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_rx_hold(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_copy_break(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_hold_bytes(struct fwd_args *args, const char *name, const char *val);

#endif /* FWD_OPT_HOLD_H */
