/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_PORT_PRIV_H
#define LBUF_PORT_PRIV_H

#include <stdbool.h>

#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_spinlock.h>

#include <lbuf_burst.h>
#include <lbuf_hold.h>

#include "../lbuf/lbuf_priv.h"
#include "reach.h"

extern int lbuf_port_logtype;
#define PORT_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_##level, (uint32_t)lbuf_port_logtype, "lbuf: " fmt "\n", ##__VA_ARGS__)

struct lbuf_port {
	struct lbuf_port_head head; /* first */
	uint16_t nb_known;          /* of the queues, that it had when the bridge was made */
	uint16_t copy_break;        /* bytes, up to which pieces are copied; 0: none */
	uint16_t seg_limit; /* segments in one packet, if the port sends any but the first */
	uint64_t raw_state; /* of buffers that go out unseen; no state at all if none do */
	struct reach reach;
	struct rte_device *dev; /* NULL: the pool is not mapped for it */
	int socket;             /* that its memory is of: the device's, or any */
	struct lbuf_pool *pool;
	struct rte_mempool *refs;    /* mbufs that refer to memory, or have copies */
	struct rte_mempool *infos;   /* what they refer to */
	struct rte_mempool *bounce;  /* mbufs that the port reaches, or NULL: see bounce.h */
	rte_spinlock_t bounce_lock;  /* of who takes them back from the driver */
	lbuf_port_hold_cb_t hold_cb; /* for each queue, or NULL */
	void *hold_arg;
	uint32_t rx_hold; /* bound of each queue, 0: what its pool can spare */
	uint32_t rx_copy_break;
	struct lbuf_port_queue queues[] __rte_cache_aligned;
};

static inline bool
port_has_rx(const struct lbuf_port *port, uint16_t queue)
{
	return lbuf_port_has(&port->head, queue, &rte_eth_fp_ops[port->head.id].rxq);
}

static inline bool
port_has_tx(const struct lbuf_port *port, uint16_t queue)
{
	return lbuf_port_has(&port->head, queue, &rte_eth_fp_ops[port->head.id].txq);
}

/*
 * rte_eth_tx_burst(). A burst of nothing is for drivers that free what they have sent with it:
 * others have no use for it, and memif, where it copies, reads its first packet.
 */
static inline uint16_t
port_send(const struct lbuf_port *port, uint16_t queue, struct rte_mbuf **pkts, uint16_t n)
{
	if (unlikely(n == 0 && !port->reach.empty_burst))
		return 0;
	return rte_eth_tx_burst(port->head.id, queue, pkts, n);
}

/* What a call returns that was given a queue which is not there. */
static inline uint16_t
port_no_queue(void)
{
	rte_errno = EINVAL;
	return 0;
}

/*
 * conf.c: read anew how many segments a packet may have: the port may have been configured
 * anew. 0, or -ENOTSUP if it must not be used as it is now.
 */
int
port_check_conf(const struct lbuf_port *port, struct lbuf_port_queue *q);

/* port.c: whether a port has all queues that there are: only ethdev's own, of a stopped port. */
bool
port_is_stopped(uint16_t port_id);
/* Stop a port, and have back what its driver has of the bridge; 0 or a negative errno. */
int
port_halt(struct lbuf_port *port);

#endif /* LBUF_PORT_PRIV_H */
