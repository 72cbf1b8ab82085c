/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

/* The descriptors are laid out for this. */
_Static_assert(sizeof(struct lbuf_seg) == 24, "segments are dense");
_Static_assert(sizeof(struct lbuf) == 2 * RTE_CACHE_LINE_SIZE, "two cache lines");
_Static_assert(offsetof(struct lbuf, inl[1]) == RTE_CACHE_LINE_SIZE, "a packet takes one line");
_Static_assert(sizeof(struct lbuf_chunk) == RTE_CACHE_LINE_SIZE, "one cache line");

void
lbuf_mem_free_mbuf(struct lbuf_mem *mem)
{
	rte_pktmbuf_free_seg(mbuf_of_mem(mem));
}

void
lbuf_close_slow(struct lbuf *b)
{
	uint32_t i;

	if (b == NULL || (b->flags & LBUF_F_OPEN) == 0)
		return;
	for (i = b->head; i < b->tail; i++)
		lbuf_seg_put(&b->seg[i]);
	lbuf_chunk_put(b->w_chunk);
	lbuf_chunk_put(b->vec);
	lbuf_set_closed(b);
}

/* The chunk being written, once nothing is left to be read or released. */
static void
drop_write_chunk(struct lbuf *b)
{
	/* While slices hold it the rest of it is still good for writing. */
	if (b->w_chunk == NULL || b->w_chunk->mem.refcnt != 1)
		return;
	lbuf_chunk_put(b->w_chunk);
	b->w_chunk = NULL;
}

int
lbuf_release_slow(struct lbuf *b)
{
	uint32_t i;

	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	for (i = b->head; i < b->rd; i++)
		lbuf_seg_put(&b->seg[i]);
	b->head = b->rd;
	if (b->rd != b->tail) {
		b->seg[b->rd].mem &= ~LBUF_SEG_PIN;
		return 0;
	}
	seg_rewind(b);
	drop_write_chunk(b);
	return 0;
}

void
lbuf_handoff(struct lbuf *b)
{
	uint32_t i;

	if (b->w_chunk != NULL)
		lbuf_mem_share(&b->w_chunk->mem);
	for (i = b->head; i < b->tail; i++) {
		const struct lbuf_seg *s = &b->seg[i];

		if ((s->mem & LBUF_SEG_MBUF) == 0 && (s->mem & ~LBUF_SEG_BITS) != 0)
			lbuf_mem_share(seg_mem(s));
	}
}
