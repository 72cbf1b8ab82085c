/* SPDX-License-Identifier: BSD-3-Clause */

/* Bursts: receiving and sending. */

#include <errno.h>

#include "bounce.h"
#include "burst.h"
#include "export.h"
#include "governor.h"

uint16_t
lbuf_burst_rx_slow(struct lbuf_burst *burst, struct lbuf_port *port, uint16_t queue, uint16_t n)
{
	uint16_t via, i;

	if (!port_has_rx(port, queue))
		return port_no_queue();
	burst_close_gaps(burst);
	n = RTE_MIN(n, (uint16_t)(LBUF_BURST_MAX - burst->n));
	if (n == 0)
		return 0;
	via = governor_via(port, queue);
	if (burst->n == 0 || burst->via == via)
		return lbuf_burst_rx(burst, port, queue, n);
	burst_mix(burst);
	n = rte_eth_rx_burst(port->head.id, queue, burst->pkts + burst->n, n);
	for (i = 0; i < n; i++)
		burst->vias[burst->n + i] = via;
	burst->n = (uint16_t)(burst->n + n);
	burst->port = port;
	port->head.queue[queue].rx.packets += n;
	return n;
}

/* Whether a port takes all segments of a packet where they lie. */
static bool
takes_packet(const struct lbuf_port *port, const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		if (!port_takes(port, m, rte_pktmbuf_mtod(m, void *), m->data_len))
			return false;
	return true;
}

/*
 * Whether a packet can go as it is; 0 if it must be made anew, or -ENOTSUP. How many segments
 * a packet may have is looked up once in a call, and only if it matters.
 */
static int
can_go(const struct lbuf_port *port, struct lbuf_port_queue *q, const struct rte_mbuf *m)
{
	if (m->nb_segs > 1) {
		if (!q->tx.checked && port_check_conf(port, q) != 0)
			return -ENOTSUP;
		q->tx.checked = true;
		if (m->nb_segs > q->tx.seg_max)
			return 0;
	}
	return port_takes_all(port) || takes_packet(port, m);
}

/* Make packets ready to be sent, up to n of them; *error: why the next one is not, or 0. */
static uint16_t
make_ready(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf_burst *burst, uint16_t n,
		int *error)
{
	struct rte_mbuf *m;
	uint16_t i;
	int ret;

	*error = 0;
	q->tx.checked = false;
	q->tx.lends = false;
	for (i = 0; i < n; i++) {
		ret = can_go(port, q, burst->pkts[i]);
		if (likely(ret > 0))
			continue;
		m = ret < 0 ? fail_ptr(ret) : burst_export(port, q, burst->pkts[i]);
		if (m == NULL) {
			*error = rte_errno;
			return i;
		}
		burst->pkts[i] = m;
	}
	return n;
}

/*
 * make_ready(), again if there were no mbufs for copies: they are with the driver, which gives
 * them back in a burst alone, and none would follow.
 */
static uint16_t
make_ready_again(struct lbuf_port *port, uint16_t queue, struct lbuf_burst *burst, uint16_t n,
		int *error)
{
	struct lbuf_port_queue *q = &port->head.queue[queue];
	uint16_t ready = make_ready(port, q, burst, n, error);

	if (likely(ready != 0 || *error != ENOBUFS || !port->reach.empty_burst))
		return ready;
	port_send(port, queue, NULL, 0);
	return make_ready(port, q, burst, n, error);
}

uint16_t
lbuf_burst_tx_some(struct lbuf_burst *burst, struct lbuf_port *port, uint16_t queue, uint16_t n)
{
	struct lbuf_port_queue *q = &port->head.queue[queue];
	uint16_t ready, sent;
	int error = 0;

	if (!port_has_tx(port, queue))
		return port_no_queue();
	if (burst->gaps != 0)
		burst_close_gaps(burst);
	n = RTE_MIN(n, burst->n);
	ready = port->head.any_burst ? n : make_ready_again(port, queue, burst, n, &error);
	sent = port_send(port, queue, burst->pkts, ready);
	if (port->reach.kind == REACH_NONE) {
		bounce_sent(burst->pkts, sent);
		if (sent < ready)
			bounce_unsent(burst->pkts[sent]);
	}
	q->tx.packets += sent;
	burst_shift(burst, sent);
	if (sent < n)
		rte_errno = sent < ready ? 0 : error;
	return sent;
}

uint16_t
lbuf_burst_tx_rest(struct lbuf_burst *burst, uint16_t sent)
{
	burst_shift(burst, sent);
	rte_errno = 0;
	return sent;
}
