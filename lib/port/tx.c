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

uint16_t
lbuf_port_tx(struct lbuf_port *port, uint16_t queue, struct lbuf **bufs, uint16_t n)
{
	struct port_queue *q = &port->queue[queue];
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	uint16_t nb_pkts, sent, i;
	bool hold = false;
	uint64_t bytes = 0;
	int error = 0;

	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	for (nb_pkts = 0; nb_pkts < n; nb_pkts++) {
		struct rte_mbuf *m = port_export_one(bufs[nb_pkts]);

		if (unlikely(m == NULL)) {
			m = port_export_slow(port, q, bufs[nb_pkts]);
			if (m == NULL) {
				error = rte_errno;
				break;
			}
			hold |= port_holds(bufs[nb_pkts]);
		}
		pkts[nb_pkts] = m;
		bytes += m->pkt_len;
	}
	sent = rte_eth_tx_burst(port->id, queue, pkts, nb_pkts);
	if (unlikely(sent < nb_pkts)) {
		bytes -= take_back(q, &bufs[sent], &pkts[sent], nb_pkts - sent);
		error = 0;
	}
	for (i = 0; unlikely(hold) && i < sent; i++)
		lbuf_release(bufs[i]);
	q->tx.packets += sent;
	q->tx.bytes += bytes;
	rte_errno = error;
	return sent;
}
