/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Verbs on all buffers of a burst. Packets that nobody has looked at yet, the usual
 * ones, stay what they are: settling each and taking it apart again costs more than
 * what is done with it.
 */

#include "port_priv.h"

/* mbufs that are freed together. */
#define FREE_BURST 64

/* The mbuf of a raw packet: no pointer into it was handed out. */
static __rte_always_inline struct rte_mbuf *
raw_mbuf(const struct lbuf *b)
{
	return (struct rte_mbuf *)((b->rd->mem & HOLD_ADDR) - LBUF_SEG_MBUF);
}

/*
 * Whether a raw packet's mbuf has its own data. Then the packet is nobody else's: it
 * had one reference when it came, and a raw packet's mbuf is never handed out.
 */
static __rte_always_inline bool
is_own(const struct rte_mbuf *m)
{
	return likely(RTE_MBUF_DIRECT(m));
}

uint16_t
lbuf_array_edit(struct lbuf **bufs, uint16_t n, uint32_t len, void **data)
{
	uint16_t i, missing = 0;

	for (i = 0; i < n; i++) {
		struct lbuf *b = bufs[i];
		struct rte_mbuf *m;

		if (likely(b->state == STATE_RAW && b->len >= len)) {
			m = raw_mbuf(b);
			if (is_own(m)) {
				data[i] = rte_pktmbuf_mtod(m, void *);
				continue;
			}
		}
		data[i] = lbuf_edit(b, len);
		missing += data[i] == NULL;
	}
	return (uint16_t)(n - missing);
}

/* mbufs of one pool that came by one queue, to be put back together. */
struct batch {
	struct rte_mempool *mp;
	unsigned int n;
	uint16_t via;
	void *objs[FREE_BURST];
};

static __rte_always_inline void
put_batch(const struct batch *batch)
{
	if (batch->mp == NULL)
		return;
	rte_mempool_put_bulk(batch->mp, batch->objs, batch->n);
	hold_end(batch->via, batch->n);
}

/*
 * Free a raw packet, which comes with its via. It has one segment; if that has its own data,
 * too, it is as its pool wants it, and need not be looked at further.
 */
static __rte_always_inline void
free_raw(struct batch *batch, uintptr_t raw)
{
	struct rte_mbuf *m = (struct rte_mbuf *)(raw & HOLD_ADDR);
	uint16_t via = hold_via(raw);

	if (unlikely(!is_own(m))) {
		rte_pktmbuf_free(m);
		hold_end(via, 1);
		return;
	}
	if (unlikely(m->pool != batch->mp || via != batch->via || batch->n == FREE_BURST)) {
		put_batch(batch);
		batch->mp = m->pool;
		batch->via = via;
		batch->n = 0;
	}
	batch->objs[batch->n++] = m;
}

void
lbuf_array_drop(struct lbuf **bufs, uint16_t n)
{
	struct batch batch;
	uint16_t i;

	batch.mp = NULL;
	batch.via = 0;
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
	put_batch(&batch);
}
