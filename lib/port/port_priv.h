/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_PORT_PRIV_H
#define LBUF_PORT_PRIV_H

#include <stdbool.h>

#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include <lbuf_port.h>

#include "../lbuf/lbuf_priv.h"

extern int lbuf_port_logtype;
#define PORT_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_##level, (uint32_t)lbuf_port_logtype, "lbuf: " fmt "\n", ##__VA_ARGS__)

/* The RX half and the TX half may run on different lcores. */
struct port_queue {
	struct {
		uint64_t packets;
		uint64_t bytes;
		uint64_t nombuf;
	} rx __rte_cache_aligned;
	struct {
		uint64_t packets;
		uint64_t bytes;
		uint64_t refs;
		uint64_t copied;
		uint64_t failed;
	} tx __rte_cache_aligned;
};

struct lbuf_port {
	uint16_t id;
	uint16_t nb_queues;     /* the larger of RX and TX */
	uint16_t seg_max;       /* segments in one packet */
	bool dma;               /* the device reads memory by IOVA */
	bool heap_only;         /* and if so, none but EAL's own */
	struct rte_device *dev; /* NULL: the pool is not mapped for it any more */
	struct lbuf_pool *pool;
	struct rte_mempool *refs;  /* mbufs without data room */
	struct rte_mempool *infos; /* what they refer to */
	struct port_queue queue[] __rte_cache_aligned;
};

#endif /* LBUF_PORT_PRIV_H */
