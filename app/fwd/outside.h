/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What other processes see of it: packets, for dpdk-dumpcap and dpdk-pdump; figures of streams
 * and queues, for telemetry. Chunk pools and devices have telemetry of their own.
 */

#ifndef FWD_OUTSIDE_H
#define FWD_OUTSIDE_H

struct fwd;

/* What cannot be had is told in a line, and left out. */
void
fwd_outside_open(struct fwd *fwd);
void
fwd_outside_close(void);

#endif /* FWD_OUTSIDE_H */
