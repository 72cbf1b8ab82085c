/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_PORT_PRIV_H
#define LBUF_PORT_PRIV_H

#include <stdbool.h>

#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_spinlock.h>

#include <lbuf_port.h>

#include "../lbuf/lbuf_priv.h"
#include "reach.h"

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
		uint16_t seg_max; /* segments in one packet */
		bool checked;     /* in this call, that it still holds */
	} tx __rte_cache_aligned;
};

struct lbuf_port {
	uint16_t id;
	uint16_t nb_queues; /* that there is place for: as many as the port can have */
	uint16_t nb_known;  /* of them, that it had when the bridge was made */
	uint16_t seg_limit; /* segments in one packet, if the port sends any but the first */
	uint64_t raw_state; /* of buffers that go out unseen; no state at all if none do */
	struct reach reach;
	struct rte_device *dev; /* NULL: the pool is not mapped for it */
	struct lbuf_pool *pool;
	struct rte_mempool *refs;   /* mbufs without data room */
	struct rte_mempool *infos;  /* what they refer to */
	struct rte_mempool *bounce; /* mbufs that the port reaches, or NULL: see bounce.h */
	rte_spinlock_t bounce_lock; /* of who takes them back from the driver */
	struct port_queue queue[] __rte_cache_aligned;
};

/*
 * Whether a port has a queue: those of the driver, which rte_eth_rx_burst() and
 * rte_eth_tx_burst() look up as well, so that this costs two comparisons. All are
 * there while the port is stopped: then they are queues of ethdev's own, which
 * receive and take nothing.
 */
static inline bool
port_has(const struct lbuf_port *port, uint16_t queue, const struct rte_ethdev_qdata *qdata)
{
	return queue < port->nb_queues && qdata->data != NULL && qdata->data[queue] != NULL;
}

static inline bool
port_has_rx(const struct lbuf_port *port, uint16_t queue)
{
	return port_has(port, queue, &rte_eth_fp_ops[port->id].rxq);
}

static inline bool
port_has_tx(const struct lbuf_port *port, uint16_t queue)
{
	return port_has(port, queue, &rte_eth_fp_ops[port->id].txq);
}

/*
 * conf.c: read anew how many segments a packet may have: the port may have been configured
 * anew. 0, or -ENOTSUP if it must not be used as it is now.
 */
int
port_check_conf(const struct lbuf_port *port, struct port_queue *q);

#endif /* LBUF_PORT_PRIV_H */
