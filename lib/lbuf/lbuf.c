/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

/* The descriptors are laid out for this. */
_Static_assert(sizeof(struct lbuf_seg) == 24, "segments are dense");
_Static_assert(sizeof(struct lbuf) == 3 * RTE_CACHE_LINE_SIZE, "three cache lines");
_Static_assert(offsetof(struct lbuf, inl[1]) == RTE_CACHE_LINE_SIZE, "a packet takes one line");
_Static_assert(sizeof(struct lbuf_chunk) == RTE_CACHE_LINE_SIZE, "one cache line");

/* Mbufs that go back to their pool in one go. */
#define PUT_BULK 64

/* Whether an mbuf can go back to its pool as it is, without a look at `next`. */
static inline bool
is_plain(const struct rte_mbuf *m)
{
	static const uint16_t one[2] = { 1, 1 };

	/* One comparison for refcnt and nb_segs. */
	return memcmp(&m->refcnt, one, sizeof(one)) == 0 && RTE_MBUF_DIRECT(m);
}

/* Drop a counted reference; returns an mbuf if that was the last one to it. */
static inline struct rte_mbuf *
drop_counted(struct lbuf_mem *mem)
{
	if (mem == NULL || !lbuf_mem_drop(mem))
		return NULL;
	if (mem->kind == LBUF_MEM_MBUF)
		return mbuf_of_mem(mem);
	lbuf_mem_end(mem);
	return NULL;
}

/* Free an mbuf that takes more: shared, chained, attached to other memory. */
static __rte_noinline void
put_special(struct rte_mbuf *m)
{
	rte_pktmbuf_free_seg(m);
}

void
lbuf_mbuf_put(struct rte_mbuf *m)
{
	if (likely(is_plain(m)))
		rte_mempool_put(m->pool, m);
	else
		put_special(m);
}

void
lbuf_mem_free_mbuf(struct lbuf_mem *mem)
{
	lbuf_mbuf_put(mbuf_of_mem(mem));
}

/* Give mbufs of one pool back, those from `m` up to `end`. */
static inline void
put_bulk(struct rte_mbuf **m, struct rte_mbuf **end)
{
	rte_mempool_put_bulk(m[0]->pool, (void **)m, (unsigned int)(end - m));
}

/*
 * Drop the references of up to PUT_BULK segments. The usual mbuf goes back to its
 * pool with others like it. Its second cache line, where `next` lies, is left
 * alone: as it has one segment there is no next.
 */
static void
put_some(const struct lbuf_seg *s, uint32_t n)
{
	struct rte_mbuf *done[PUT_BULK], **to = done, *m;
	const struct lbuf_seg *end = s + n;

	for (; s != end; s++) {
		m = seg_mbuf(s);
		if ((s->mem & LBUF_SEG_MBUF) == 0) {
			m = drop_counted(seg_mem(s));
			if (m == NULL)
				continue;
		}
		if (unlikely(!is_plain(m))) {
			put_special(m);
			continue;
		}
		if (to != done && unlikely(m->pool != done[0]->pool)) {
			put_bulk(done, to);
			to = done;
		}
		*to++ = m;
	}
	if (to != done)
		put_bulk(done, to);
}

static void
put_segs(const struct lbuf_seg *s, uint32_t n)
{
	for (; unlikely(n > PUT_BULK); n -= PUT_BULK, s += PUT_BULK)
		put_some(s, PUT_BULK);
	put_some(s, n);
}

void
lbuf_close_slow(struct lbuf *b)
{
	if (b == NULL || (b->flags & LBUF_F_OPEN) == 0)
		return;
	put_segs(&b->seg[b->head], b->tail - b->head);
	lbuf_chunk_put(b->w_chunk);
	lbuf_chunk_put(b->vec);
	lbuf_set_closed(b);
}

/* The chunk being written, once nothing is left to be read or released. */
static void
drop_write_chunk(struct lbuf *b)
{
	/* While slices hold it the rest of it is still good for writing. */
	if (b->w_chunk == NULL || lbuf_mem_refs(&b->w_chunk->mem) != 1)
		return;
	lbuf_chunk_put(b->w_chunk);
	b->w_chunk = NULL;
}

int
lbuf_release_slow(struct lbuf *b)
{
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	put_segs(&b->seg[b->head], b->rd - b->head);
	b->head = b->rd;
	if (b->rd != b->tail) {
		b->seg[b->rd].mem &= ~LBUF_SEG_PIN;
		seg_to_front(b);
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
