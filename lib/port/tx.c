/* SPDX-License-Identifier: BSD-3-Clause */

#include "port_priv.h"
#include "export.h"

struct rte_mbuf *
lbuf_port_export(struct lbuf_port *port, uint16_t queue, struct lbuf *b)
{
	struct rte_mbuf *m = port_export(port, &port->queue[queue], b);

	if (m != NULL && port_holds(b))
		lbuf_release(b);
	return m;
}

/* Give what was not sent back to its buffers; returns the bytes. */
static uint64_t
take_back(struct port_queue *q, struct lbuf **bufs, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		bytes += pkts[i]->pkt_len;
		if (unlikely(lbuf_restore_mbuf(bufs[i], pkts[i]) != 0)) {
			rte_pktmbuf_free(pkts[i]);
			q->tx.failed++;
		}
	}
	return bytes;
}

/* A burst on its way to the driver. */
struct burst {
	struct rte_mbuf **pkts;
	unsigned int n; /* so many of them are ready */
	bool hold;      /* some buffer has something to release when sent */
	int error;      /* why the next one is not ready, or 0 */
	uint64_t bytes;
};

/* Export the buffers that the packets ready so far do not come from. */
static void
export_rest(struct lbuf_port *port, struct port_queue *q, struct lbuf **bufs, unsigned int n,
		struct burst *burst)
{
	for (; burst->n < n; burst->n++) {
		struct lbuf *b = bufs[burst->n];
		uint64_t len = b->len;
		struct rte_mbuf *m = port_export(port, q, b);

		if (unlikely(m == NULL)) {
			burst->error = rte_errno;
			return;
		}
		burst->hold |= port_holds(b);
		burst->pkts[burst->n] = m;
		burst->bytes += len;
	}
}

uint16_t
lbuf_port_tx(struct lbuf_port *port, uint16_t queue, struct lbuf **bufs, uint16_t n)
{
	struct port_queue *q = &port->queue[queue];
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	struct burst burst = { .pkts = pkts };
	uint16_t sent, i;

	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	for (; burst.n < n; burst.n++) {
		struct lbuf *b = bufs[burst.n];

		if (unlikely(b->state != STATE_RAW))
			break;
		burst.bytes += b->len;
		pkts[burst.n] = seg_take_raw(b);
	}
	if (unlikely(burst.n < n))
		export_rest(port, q, bufs, n, &burst);
	sent = rte_eth_tx_burst(port->id, queue, pkts, (uint16_t)burst.n);
	if (unlikely(sent < burst.n)) {
		burst.bytes -= take_back(q, &bufs[sent], &pkts[sent], (uint16_t)(burst.n - sent));
		burst.error = 0;
	}
	for (i = 0; unlikely(burst.hold) && i < sent; i++)
		lbuf_release(bufs[i]);
	q->tx.packets += sent;
	q->tx.bytes += burst.bytes;
	rte_errno = burst.error;
	return sent;
}
