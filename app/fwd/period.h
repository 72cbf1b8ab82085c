/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * --stats-period, --stats-json.
 */

#ifndef FWD_PERIOD_H
#define FWD_PERIOD_H

struct fwd;

/* Show figures every period until a signal. */
void
fwd_period_run(struct fwd *fwd);

#endif /* FWD_PERIOD_H */
