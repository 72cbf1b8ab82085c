/* SPDX-License-Identifier: BSD-3-Clause */

/* What the tests of the governor share: packets of one queue, and its figures. */

#ifndef UNIT_HOLD_H
#define UNIT_HOLD_H

#include <lbuf_hold.h>

#include "unit_burst.h"

static inline struct lbuf_hold_stats
hold_stats(uint16_t queue)
{
	struct lbuf_hold_stats stats;

	assert_int_equal(lbuf_port_hold_get(port.bridge, queue, &stats), 0);
	return stats;
}

static inline uint32_t
held(void)
{
	return hold_stats(0).held;
}

/* Start with a bound for each queue, and no copy-break. */
static inline void
open_bound(uint32_t bound)
{
	port.rx_hold = bound == 0 ? LBUF_HOLD_ALL : bound;
	open_all(MULTI);
}

/* Mbufs that are neither free nor in a cache of the mempool. */
static inline unsigned int
mbufs_out(void)
{
	return rte_mempool_in_use_count(unit.tiny);
}

#endif /* UNIT_HOLD_H */
