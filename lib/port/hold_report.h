/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_HOLD_REPORT_H
#define LBUF_HOLD_REPORT_H

#include <lbuf_hold.h>

/* The figures of a queue, by its via. */
void
hold_stats_of(uint16_t via, struct lbuf_hold_stats *stats);

/* Have the log tell when memory runs out how many mbufs are held, by queue. Once a process. */
void
hold_report_register(void);

#endif /* LBUF_HOLD_REPORT_H */
