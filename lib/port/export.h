/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_EXPORT_H
#define LBUF_EXPORT_H

#include "port_priv.h"

struct rte_mbuf *
port_export_slow(struct lbuf_port *port, struct port_queue *q, struct lbuf *b);

/*
 * lbuf_port_export(), with the usual packet inline: one mbuf, as it came. What was
 * consumed before is not released: the driver may yet refuse the packet.
 */
static inline struct rte_mbuf *
port_export(struct lbuf_port *port, struct port_queue *q, struct lbuf *b)
{
	struct lbuf_seg *s = &b->seg[b->rd];
	struct rte_mbuf *m;

	if (unlikely(b->len == 0 || b->tail - b->rd != 1 || b->head != b->rd ||
		     b->pend != 0 || b->w_chunk != NULL ||
		     (s->mem & LBUF_SEG_BITS) != LBUF_SEG_MBUF))
		return port_export_slow(port, q, b);
	m = seg_mbuf(s);
	m->data_off = (uint16_t)(s->addr - (uint8_t *)m->buf_addr);
	m->data_len = (uint16_t)s->len;
	m->pkt_len = (uint32_t)s->len;
	b->len = 0;
	seg_rewind(b);
	return m;
}

/* Whether a buffer that was exported has anything to release. */
static inline bool
port_holds(const struct lbuf *b)
{
	return b->tail != 0;
}

#endif /* LBUF_EXPORT_H */
