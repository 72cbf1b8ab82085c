/* SPDX-License-Identifier: BSD-3-Clause */

/* A port that costs next to nothing, its bridge, and buffers for a burst. */

#ifndef PERF_RXTX_H
#define PERF_RXTX_H

#include <lbuf_port.h>

#include "perf.h"

/* perf_case::variant: net_null makes packets up, net_ring passes them on to itself. */
enum rxtx_kind {
	RXTX_NULL,
	RXTX_RING,
};

/* What an operation has as its argument: no bridge without one. */
struct bridge_arg {
	uint32_t copy_break;
	uint32_t rx_copy_break;
	uint32_t rx_hold;
};

struct rxtx_ctx {
	char dev[32];
	bool plugged;
	bool started;
	uint16_t port_id;
	struct rte_mempool *mp;
	struct lbuf_pool *pool;
	struct lbuf_port *port;
	size_t piece; /* bytes, of what is copied or referred to */
	struct lbuf bufs[PERF_BURST];
	struct lbuf *bufp[PERF_BURST];
	void *own; /* of the case */
};

/* perf_op::open and perf_op::close. Packets are of `size` bytes. */
void *
rxtx_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why);
void
rxtx_close(void *ctx);

#endif /* PERF_RXTX_H */
