/* SPDX-License-Identifier: BSD-3-Clause */

#include "port_priv.h"

/* Append a packet, readable at once; takes the mbuf over, or returns an error. */
static inline int
append(struct lbuf *b, struct rte_mbuf *m)
{
	int ret;

	/*
	 * Usually the packet is one segment and the buffer has none: then all its
	 * counts are 0, and are set, not added to.
	 */
	if (likely(m->nb_segs == 1 && b->tail == 0 && b->flags == LBUF_F_OPEN &&
		   m->data_len != 0)) {
		b->seg[0].addr = rte_pktmbuf_mtod(m, uint8_t *);
		b->seg[0].len = m->data_len;
		b->seg[0].mem = (uintptr_t)m | LBUF_SEG_MBUF;
		b->tail = 1;
		b->len = m->data_len;
		return 0;
	}
	ret = lbuf_append_mbuf(b, m);
	return ret != 0 ? ret : lbuf_flush(b);
}

/* Receive a burst into bufs, or if it is not NULL all into `all`. */
static __rte_always_inline uint16_t
receive(const struct lbuf_port *port, struct port_queue *q, uint16_t queue,
		struct lbuf **bufs, struct lbuf *all, uint16_t n)
{
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	uint16_t nb_rx, i, used = 0;
	uint64_t bytes = 0;

	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	nb_rx = rte_eth_rx_burst(port->id, queue, pkts, n);
	for (i = 0; i < nb_rx; i++) {
		struct lbuf *b = all != NULL ? all : bufs[used];
		uint32_t len = pkts[i]->pkt_len;

		if (unlikely(append(b, pkts[i]) != 0)) {
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
