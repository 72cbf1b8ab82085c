/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * --bitrate-stats and --latencystats: what DPDK's libraries compute on a forwarding lcore, for
 * who reads metrics from outside.
 */

#ifndef FWD_METRICS_H
#define FWD_METRICS_H

#include <stdbool.h>

struct fwd;
struct fwd_args;

/* When the ports have started. What cannot be had is said in a line, and left out. */
void
fwd_metrics_open(const struct fwd_args *args);

/* While the ports are still there, and no lcore forwards. */
void
fwd_metrics_close(void);

/* Before the lcores start. Says whose lcore does not forward. */
void
fwd_metrics_start(const struct fwd *fwd);

/* Whether an lcore has something to compute. */
bool
fwd_metrics_lcore(unsigned int lcore);

/* To be called again and again by such an lcore: compute what is due. */
void
fwd_metrics_poll(unsigned int lcore);

/* By such an lcore at its end: what came since the last time is told. */
void
fwd_metrics_finish(unsigned int lcore);

#endif /* FWD_METRICS_H */
