/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_EXPORT_H
#define LBUF_EXPORT_H

#include "port_priv.h"

/* Bytes of an element of lbuf_port::infos. */
size_t
port_ref_size(void);

/*
 * Whether a segment can go out as the mbuf that it is. One that others hold, too,
 * cannot: each of them may have another view of it.
 */
static inline bool
goes_whole(const struct lbuf_seg *s)
{
	return (s->mem & (LBUF_SEG_MBUF | LBUF_SEG_PIN)) == LBUF_SEG_MBUF && seg_alone(s);
}

/* Whether a port can take an mbuf as it is. */
static inline bool
port_takes(const struct lbuf_port *port, const struct rte_mbuf *m, const void *addr, size_t len)
{
	if (port->reach.direct && !RTE_MBUF_DIRECT(m))
		return false;
	if (unlikely(port->reach.kind == REACH_NONE))
		return m->pool == port->bounce;
	return reach_has(&port->reach, addr, len);
}

/* Whether a segment goes out as the mbuf that it is, on this port. */
static inline bool
goes_as_is(const struct lbuf_port *port, const struct lbuf_seg *s)
{
	return goes_whole(s) && port_takes(port, seg_mbuf(s), s->addr, s->len);
}

/* Whether that can be said of every one. */
static inline bool
port_takes_all(const struct lbuf_port *port)
{
	return port->raw_state == STATE_RAW;
}

/* Whether a raw packet goes out as it is, on a port that does not take all. */
static inline bool
raw_goes_as_is(const struct lbuf_port *port, const struct lbuf *b)
{
	const struct rte_mbuf *m;

	if (b->state != STATE_RAW)
		return false;
	m = seg_mbuf(b->rd);
	return port_takes(port, m, rte_pktmbuf_mtod(m, void *), m->data_len);
}

struct rte_mbuf *
port_export_slow(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b);

/* An mbuf that was held goes out. If the driver may yet refuse it its credit stays at hand. */
static inline void
port_let_go(struct lbuf_port_queue *q, uint16_t via)
{
	if (via == 0)
		return;
	if (q->tx.lends) {
		hold_lend(via, 1);
		q->tx.lent = via;
	} else {
		hold_give(via, 1);
	}
}

/*
 * The usual packet: all that the buffer has is one mbuf, as it came. NULL if it is
 * not so. Segments have the readable bytes and the pending ones, so none are
 * pending if the only segment has as many as are readable. A chunk that was written
 * before is to be given back, which is no usual case. The first place of the buffer goes on to
 * show the mbuf and its via.
 */
static inline struct rte_mbuf *
port_export_one(struct lbuf *b)
{
	struct lbuf_seg *s = b->rd;
	uint64_t len = b->len;
	struct rte_mbuf *m;

	if (likely(b->state == STATE_RAW))
		return (struct rte_mbuf *)(seg_take_raw(b) & HOLD_ADDR);
	if (unlikely(b->flags != LBUF_F_OPEN || b->tail != s + 1 || s->len != len ||
			    !goes_whole(s) || b->w_chunk != NULL))
		return NULL;
	m = seg_mbuf(s);
	m->data_off = (uint16_t)(s->addr - (uint8_t *)m->buf_addr);
	m->data_len = (uint16_t)len;
	m->pkt_len = (uint32_t)len;
	b->len = 0;
	b->tail = s;
	b->state = STATE_EMPTY;
	return m;
}

/*
 * lbuf_port_export(), but that what was consumed before is not released: the driver
 * may yet refuse the packet.
 */
static inline struct rte_mbuf *
port_export(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b)
{
	struct rte_mbuf *m = NULL;

	if (likely(port_takes_all(port)) || raw_goes_as_is(port, b))
		m = port_export_one(b);
	if (unlikely(m == NULL))
		return port_export_slow(port, q, b);
	port_let_go(q, hold_via(b->rd->mem));
	return m;
}

/* Whether figures are kept for a queue: it is there, or was when the bridge was made. */
static inline bool
port_counts(const struct lbuf_port *port, uint16_t queue)
{
	return queue < port->nb_known || port_has_tx(port, queue);
}

/* Whether a buffer that was exported has anything to release. */
static inline bool
port_holds(const struct lbuf *b)
{
	return (b->flags & LBUF_F_HELD) != 0;
}

#endif /* LBUF_EXPORT_H */
