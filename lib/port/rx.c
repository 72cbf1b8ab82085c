/* SPDX-License-Identifier: BSD-3-Clause */

#include "burst.h"
#include "governor.h"
#include "port_priv.h"

/* Append packets each to a buffer. */
static uint16_t
append_burst(struct lbuf_port_queue *q, struct lbuf **bufs, struct rte_mbuf **pkts, unsigned int n,
		uint16_t via)
{
	uint64_t bytes = 0;
	unsigned int i;
	uint16_t used = 0;

	for (i = 0; i < n; i++) {
		uint32_t len = pkts[i]->pkt_len;

		if (unlikely(governor_append(bufs[used], pkts[i], via) != 0)) {
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
	struct lbuf_port_queue *q = &port->head.queue[queue];
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	unsigned int nb_rx, credit, i;
	uint64_t bytes = 0;
	uint16_t via;

	if (unlikely(!port_has_rx(port, queue)))
		return port_no_queue();
	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	nb_rx = rte_eth_rx_burst(port->head.id, queue, pkts, n);
	if (nb_rx == 0)
		return 0;
	via = governor_via(port, queue);
	credit = governor_take(via, nb_rx, pkts[0]);
	for (i = 0; i < credit; i++) {
		if (unlikely(!stays_raw(bufs[i], pkts[i])))
			break;
		seg_set_raw(bufs[i], pkts[i], via);
		bytes += bufs[i]->len;
	}
	q->rx.packets += i;
	q->rx.bytes += bytes;
	if (unlikely(i != nb_rx)) {
		hold_end(via, credit - i);
		i += append_burst(q, &bufs[i], &pkts[i], nb_rx - i, via);
	}
	return (uint16_t)i;
}

uint16_t
lbuf_port_rx_append(struct lbuf_port *port, uint16_t queue, struct lbuf *b, uint16_t n)
{
	uint64_t before = lbuf_len(b) + lbuf_pending(b);
	struct lbuf_burst burst;
	struct lbuf_port_queue *q;

	lbuf_burst_init(&burst);
	n = lbuf_burst_rx(&burst, port, queue, n);
	if (n == 0)
		return 0;
	q = &port->head.queue[queue];
	if (unlikely(lbuf_burst_append(&burst, b) != 0)) {
		n = (uint16_t)(n - burst.n);
		q->rx.packets -= burst.n;
		q->rx.nombuf += burst.n;
		lbuf_burst_drop(&burst);
	}
	q->rx.bytes += n == 0 ? 0 : lbuf_len(b) - before;
	return n;
}
