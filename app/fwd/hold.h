/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What is held of what ports receive: bounds, and figures.
 */

#ifndef FWD_HOLD_H
#define FWD_HOLD_H

#include <stdio.h>

#include "fwd.h"

/* Set the bounds of a port's queues as the options say. */
void
fwd_hold_apply(const struct fwd_args *args, const struct fwd_port *port);
/* Those of all ports. */
void
fwd_hold_apply_all(const struct fwd *fwd);

/* A line for each queue. */
void
fwd_hold_show(const struct fwd *fwd, FILE *f);
/* The same if anything was ever held. */
void
fwd_hold_show_used(const struct fwd *fwd, FILE *f);

#endif /* FWD_HOLD_H */
