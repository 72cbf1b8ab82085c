/* SPDX-License-Identifier: BSD-3-Clause */

#include "port_priv.h"

/*
 * Whether the usual case is at hand: a packet of one segment with one reference,
 * for a buffer that has no segments.
 */
static __rte_always_inline bool
stays_raw(const struct lbuf *b, const struct rte_mbuf *m)
{
	return lbuf_mbuf_is_single(m) && likely(b->state == STATE_EMPTY) && m->data_len != 0;
}

static __rte_noinline uint16_t
no_queue(void)
{
	rte_errno = EINVAL;
	return 0;
}

static int
append(struct lbuf *b, struct rte_mbuf *m)
{
	int ret = lbuf_append_mbuf(b, m);

	return ret != 0 ? ret : lbuf_flush(b);
}

/* Append packets each to a buffer, or if it is not NULL all to `all`. */
static uint16_t
append_burst(struct port_queue *q, struct lbuf **bufs, struct lbuf *all, struct rte_mbuf **pkts,
		unsigned int n)
{
	uint64_t bytes = 0;
	unsigned int i;
	uint16_t used = 0;

	for (i = 0; i < n; i++) {
		uint32_t len = pkts[i]->pkt_len;

		if (unlikely(append(all != NULL ? all : bufs[used], pkts[i]) != 0)) {
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
	struct port_queue *q = &port->queue[queue];
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	unsigned int nb_rx, i;
	uint64_t bytes = 0;

	if (unlikely(!port_has_rx(port, queue)))
		return no_queue();
	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	nb_rx = rte_eth_rx_burst(port->id, queue, pkts, n);
	for (i = 0; i < nb_rx; i++) {
		if (unlikely(!stays_raw(bufs[i], pkts[i])))
			break;
		seg_set_raw(bufs[i], pkts[i]);
		bytes += bufs[i]->len;
	}
	q->rx.packets += i;
	q->rx.bytes += bytes;
	if (unlikely(i != nb_rx))
		i += append_burst(q, &bufs[i], NULL, &pkts[i], nb_rx - i);
	return (uint16_t)i;
}

uint16_t
lbuf_port_rx_append(struct lbuf_port *port, uint16_t queue, struct lbuf *b, uint16_t n)
{
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	uint16_t nb_rx;

	if (unlikely(!port_has_rx(port, queue)))
		return no_queue();
	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	nb_rx = rte_eth_rx_burst(port->id, queue, pkts, n);
	return append_burst(&port->queue[queue], NULL, b, pkts, nb_rx);
}
