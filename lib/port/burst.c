/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Verbs on all buffers of a burst. Packets that nobody has looked at yet, the usual
 * ones, stay what they are: settling each and taking it apart again costs more than
 * what is done with it.
 */

#include "port_priv.h"

/* mbufs that are freed together. */
#define FREE_BURST 64

/* Where a raw packet can be changed; NULL: it is not raw, too short, or shared. */
static __rte_always_inline void *
edit_raw(const struct lbuf *b, uint32_t len)
{
	struct rte_mbuf *m;

	if (unlikely(b->state != STATE_RAW || b->len < len))
		return NULL;
	m = seg_mbuf(b->seg);
	if (unlikely(!RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) != 1))
		return NULL;
	return rte_pktmbuf_mtod(m, void *);
}

uint16_t
lbuf_burst_edit(struct lbuf **bufs, uint16_t n, uint32_t len, void **data)
{
	uint16_t i, nb = 0;

	for (i = 0; i < n; i++) {
		void *p = edit_raw(bufs[i], len);

		if (unlikely(p == NULL))
			p = lbuf_edit(bufs[i], len);
		data[i] = p;
		nb += p != NULL;
	}
	return nb;
}

/* mbufs of one pool, to be put back together. */
struct batch {
	struct rte_mempool *mp;
	unsigned int n;
	void *objs[FREE_BURST];
};

/*
 * Free a raw packet. It has one segment; if it has its own data and is nobody
 * else's, too, it is as its pool wants it, and need not be looked at further.
 */
static __rte_always_inline void
free_raw(struct batch *batch, struct rte_mbuf *m)
{
	if (unlikely(!RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) != 1)) {
		rte_pktmbuf_free(m);
		return;
	}
	if (unlikely(m->pool != batch->mp || batch->n == FREE_BURST)) {
		if (batch->n != 0)
			rte_mempool_put_bulk(batch->mp, batch->objs, batch->n);
		batch->mp = m->pool;
		batch->n = 0;
	}
	batch->objs[batch->n++] = m;
}

void
lbuf_burst_drop(struct lbuf **bufs, uint16_t n)
{
	struct batch batch;
	uint16_t i;

	batch.mp = NULL;
	batch.n = 0;
	for (i = 0; i < n; i++) {
		struct lbuf *b = bufs[i];

		if (likely(b->state == STATE_RAW)) {
			free_raw(&batch, seg_take_raw(b));
			continue;
		}
		lbuf_skip(b, b->len);
		lbuf_release(b);
	}
	if (batch.n != 0)
		rte_mempool_put_bulk(batch.mp, batch.objs, batch.n);
}
