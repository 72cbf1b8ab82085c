/* SPDX-License-Identifier: BSD-3-Clause */

#include "port_priv.h"

/* mbuf->rearm_data: refcnt and nb_segs, and how they are in a mere packet. */
#define REARM_MASK UINT64_C(0x0000ffffffff0000)
#define REARM_ONE UINT64_C(0x0000000100010000)
_Static_assert(offsetof(struct rte_mbuf, refcnt) == offsetof(struct rte_mbuf, rearm_data) + 2 &&
				offsetof(struct rte_mbuf, nb_segs) ==
						offsetof(struct rte_mbuf, rearm_data) + 4,
		"what a packet is told by lies side by side");

/*
 * A packet of one segment with one reference, into a buffer that has no segments:
 * all counts of that are 0, and are set, not added to. false: it is not so.
 */
static __rte_always_inline bool
append_one(struct lbuf *b, struct rte_mbuf *m)
{
	struct lbuf_seg *s = b->seg;
	uint64_t rearm;

	/* data_off, refcnt, nb_segs and port lie side by side. */
	memcpy(&rearm, &m->rearm_data, sizeof(rearm));
	if (unlikely((rearm & REARM_MASK) != REARM_ONE || b->state != LBUF_STATE(0, LBUF_F_OPEN) ||
			    m->data_len == 0))
		return false;
	s->addr = (uint8_t *)m->buf_addr + m->data_off;
	s->len = m->data_len;
	s->mem = (uintptr_t)m | LBUF_SEG_MBUF;
	b->state = LBUF_STATE(1, LBUF_F_OPEN);
	b->len = m->data_len;
	return true;
}

static int
append(struct lbuf *b, struct rte_mbuf *m)
{
	int ret = lbuf_append_mbuf(b, m);

	return ret != 0 ? ret : lbuf_flush(b);
}

/* Receive a burst into bufs, or if it is not NULL all into `all`. */
static __rte_always_inline uint16_t
receive(const struct lbuf_port *port, struct port_queue *q, uint16_t queue, struct lbuf **bufs,
		struct lbuf *all, uint16_t n)
{
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	uint16_t nb_rx, i, used = 0;
	uint64_t bytes = 0;

	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	nb_rx = rte_eth_rx_burst(port->id, queue, pkts, n);
	for (i = 0; i < nb_rx; i++) {
		struct lbuf *b = all != NULL ? all : bufs[used];
		uint32_t len = pkts[i]->pkt_len;

		if (unlikely(!append_one(b, pkts[i]) && append(b, pkts[i]) != 0)) {
			rte_pktmbuf_free(pkts[i]);
			q->rx.nombuf++;
			continue;
		}
		used++;
		bytes += len;
	}
	q->rx.packets += used;
	q->rx.bytes += bytes;
	return used;
}

uint16_t
lbuf_port_rx(struct lbuf_port *port, uint16_t queue, struct lbuf **bufs, uint16_t n)
{
	return receive(port, &port->queue[queue], queue, bufs, NULL, n);
}

uint16_t
lbuf_port_rx_append(struct lbuf_port *port, uint16_t queue, struct lbuf *b, uint16_t n)
{
	return receive(port, &port->queue[queue], queue, NULL, b, n);
}
