/* SPDX-License-Identifier: BSD-3-Clause */

#include "bounce.h"
#include "port_priv.h"
#include "export.h"

struct rte_mbuf *
lbuf_port_export(struct lbuf_port *port, uint16_t queue, struct lbuf *b)
{
	struct lbuf_port_queue *q = &port->head.queue[queue];
	struct rte_mbuf *m;

	if (unlikely(!port_counts(port, queue)))
		return fail_ptr(-EINVAL);
	q->tx.checked = false;
	q->tx.lends = false;
	m = port_export(port, q, b);
	if (m != NULL && port_holds(b))
		lbuf_release(b);
	return m;
}

/* What an mbuf of a refused packet was counted as when it was held. */
static uint16_t
via_before(const struct lbuf_port *port, struct rte_mbuf *m)
{
	if (m->pool == port->refs || m->pool == port->bounce)
		return 0;
	return mbuf_mem(m)->cidx;
}

/* The first segments of a buffer are those of a packet that was refused: they are held again. */
static void
hold_again(const struct lbuf_port *port, struct lbuf_seg *s, const struct lbuf_seg *end)
{
	uint16_t via;

	for (; s != end; s++) {
		via = via_before(port, seg_mbuf(s));
		if (via == 0)
			continue;
		hold_regain(via, 1);
		s->mem |= hold_bits(via);
	}
}

/* Give a packet back to its buffer; 0 or a negative errno. */
static int
restore(const struct lbuf_port *port, struct lbuf *b, struct rte_mbuf *m)
{
	uint32_t was = (uint32_t)(b->tail - b->rd);
	int ret;

	/* A packet of one mbuf, of which nothing is left but its place. */
	if (was == 0 && b->rd != b->cap && m->nb_segs == 1 && ref_mbuf(b->rd->mem) == m)
		mbuf_mem(m)->cidx = hold_via(b->rd->mem);
	ret = lbuf_restore_mbuf(b, m);
	if (ret == 0)
		hold_again(port, b->rd, b->tail - was);
	return ret;
}

/* Give what was not sent back to its buffers; returns the bytes. */
static uint64_t
take_back(const struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf **bufs,
		struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		bytes += pkts[i]->pkt_len;
		if (unlikely(restore(port, bufs[i], pkts[i]) != 0)) {
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
	bool hold;      /* there is something to do when they are sent */
	int error;      /* why the next one is not ready, or 0 */
	uint64_t bytes;
	uint16_t via;  /* of the packets last made ready */
	uint32_t lent; /* of these, how many mbufs are yet to be let go of */
};

/* The packets that are made ready next came by another queue. */
static __rte_noinline void
change_via(struct burst *burst, uint16_t via)
{
	if (burst->via != 0)
		hold_lend(burst->via, burst->lent);
	burst->via = via;
	burst->lent = 0;
}

/* Export the buffers that the packets ready so far do not come from. */
static void
export_rest(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf **bufs, unsigned int n,
		struct burst *burst)
{
	q->tx.checked = false;
	q->tx.lends = true;
	q->tx.lent = 0;
	for (; burst->n < n; burst->n++) {
		struct lbuf *b = bufs[burst->n];
		uint64_t len = b->len;
		struct rte_mbuf *m = port_export(port, q, b);

		if (unlikely(m == NULL)) {
			burst->error = rte_errno;
			return;
		}
		burst->hold |= port_holds(b) || port->reach.kind == REACH_NONE;
		burst->pkts[burst->n] = m;
		burst->bytes += len;
	}
}

/* What is not to be done before packets are sent. */
static void
after(const struct lbuf_port *port, struct lbuf **bufs, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i;

	if (port->reach.kind == REACH_NONE)
		bounce_sent(pkts, n);
	for (i = 0; i < n; i++)
		lbuf_release(bufs[i]);
}

int
lbuf_port_tx_done_cleanup(struct lbuf_port *port, uint16_t queue, uint32_t free_cnt)
{
	int ret;

	if (port == NULL || !port_has_tx(port, queue))
		return -EINVAL;
	ret = rte_eth_tx_done_cleanup(port->head.id, queue, free_cnt);
	if (ret != -ENOTSUP || !port->reach.empty_burst)
		return ret;
	port_send(port, queue, NULL, 0);
	return 0;
}

/* Nothing is sent: what was sent before is reclaimed, or the queue is not there. */
static __rte_noinline uint16_t
idle(struct lbuf_port *port, uint16_t queue)
{
	rte_errno = lbuf_port_tx_done_cleanup(port, queue, 0) == -EINVAL ? EINVAL : 0;
	return 0;
}

uint16_t
lbuf_port_tx(struct lbuf_port *port, uint16_t queue, struct lbuf **bufs, uint16_t n)
{
	struct lbuf_port_queue *q = &port->head.queue[queue];
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	struct burst burst = { .pkts = pkts };
	uint64_t raw_state = port->raw_state;
	uintptr_t raw;
	uint16_t sent;

	if (unlikely(n == 0 || !port_has_tx(port, queue)))
		return idle(port, queue);
	n = RTE_MIN(n, (uint16_t)LBUF_BURST_MAX);
	for (; burst.n < n; burst.n++) {
		struct lbuf *b = bufs[burst.n];

		if (unlikely(b->state != raw_state))
			break;
		burst.bytes += b->len;
		raw = seg_take_raw(b);
		if (unlikely(hold_via(raw) != burst.via))
			change_via(&burst, hold_via(raw));
		burst.lent++;
		pkts[burst.n] = (struct rte_mbuf *)(raw & HOLD_ADDR);
	}
	change_via(&burst, burst.via);
	if (unlikely(burst.n < n))
		export_rest(port, q, bufs, n, &burst);
	sent = port_send(port, queue, pkts, (uint16_t)burst.n);
	if (unlikely(sent < burst.n)) {
		if (port->reach.kind == REACH_NONE)
			bounce_unsent(pkts[sent]);
		burst.bytes -= take_back(port, q, &bufs[sent], &pkts[sent],
				(uint16_t)(burst.n - sent));
		burst.error = 0;
	}
	/* What is not wanted again goes on to others. */
	hold_end(burst.via, 0);
	hold_end(q->tx.lent, 0);
	if (unlikely(burst.hold))
		after(port, bufs, pkts, sent);
	q->tx.packets += sent;
	q->tx.bytes += burst.bytes;
	rte_errno = burst.error;
	return sent;
}
