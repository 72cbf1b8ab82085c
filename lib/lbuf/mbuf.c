/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_mbuf_dyn.h>

#include "lbuf_priv.h"

int lbuf_mbuf_offset = MBUF_OFFSET_UNKNOWN;

int
lbuf_mbuf_register(void)
{
	static const struct rte_mbuf_dynfield field = {
		.name = "lbuf_dynfield_mem",
		.size = sizeof(struct lbuf_mem),
		.align = LBUF_SEG_BITS + 1,
	};
	int offset;

	if (likely(lbuf_mbuf_offset >= 0))
		return 0;
	offset = rte_mbuf_dynfield_register(&field);
	lbuf_mbuf_offset = offset < 0 ? MBUF_OFFSET_NONE : offset;
	return offset < 0 ? -rte_errno : 0;
}

/* Segments of a chain that have data. */
static uint32_t
chain_segs(const struct rte_mbuf *m)
{
	uint32_t n = 0;

	for (; m != NULL; m = m->next)
		n += m->data_len != 0;
	return n;
}

/* Take an mbuf off a chain, for a segment of its own; returns the next. */
static struct rte_mbuf *
unchain(struct rte_mbuf *m)
{
	struct rte_mbuf *next = m->next;

	if (next != NULL)
		m->next = NULL;
	if (m->nb_segs != 1)
		m->nb_segs = 1;
	return next;
}

int
lbuf_append_mbuf_slow(struct lbuf *b, struct rte_mbuf *m)
{
	struct rte_mbuf *next;
	int ret = check_write(b);

	if (ret != 0)
		return ret;
	if (m == NULL)
		return -EINVAL;
	ret = lbuf_room(b, chain_segs(m));
	if (ret != 0)
		return ret;
	for (; m != NULL; m = next) {
		next = unchain(m);
		if (m->data_len == 0) {
			rte_pktmbuf_free_seg(m);
			continue;
		}
		seg_set(b->tail++, m);
		b->pend += m->data_len;
	}
	seg_added(b);
	return 0;
}

int
lbuf_restore_mbuf(struct lbuf *b, struct rte_mbuf *m)
{
	struct lbuf_seg *s = seg_insert(b, b->rd, chain_segs(m));
	struct rte_mbuf *next;

	if (s == NULL)
		return -rte_errno;
	b->rd = s;
	for (; m != NULL; m = next) {
		next = unchain(m);
		if (m->data_len == 0) {
			rte_pktmbuf_free_seg(m);
			continue;
		}
		seg_set(s++, m);
		b->len += m->data_len;
	}
	return 0;
}
