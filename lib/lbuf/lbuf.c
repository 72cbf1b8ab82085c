/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

/* The descriptors are laid out for this. */
_Static_assert(sizeof(struct lbuf_seg) == 24, "segments are dense");
_Static_assert(sizeof(struct lbuf) == 3 * RTE_CACHE_LINE_SIZE, "three cache lines");
_Static_assert(offsetof(struct lbuf, inl[1]) == RTE_CACHE_LINE_SIZE, "a packet takes one line");
_Static_assert(offsetof(struct lbuf, w_room) == offsetof(struct lbuf, fresh) + sizeof(uint32_t),
		"one store clears both");
_Static_assert(offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, refcnt) + 2,
		"one comparison for both");
_Static_assert(__alignof__(struct lbuf_ext) > LBUF_SEG_BITS, "bits beside the address");
_Static_assert(sizeof(struct lbuf_chunk) == RTE_CACHE_LINE_SIZE, "one cache line");

/* Mbufs that go back to their pool in one go. */
#define PUT_BULK 64

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
	if (likely(lbuf_mbuf_is_plain(m)))
		rte_mempool_put(m->pool, m);
	else
		put_special(m);
}

void
lbuf_mem_free_mbuf(struct lbuf_mem *mem)
{
	lbuf_mbuf_put(mbuf_of_mem(mem));
}

/* Give mbufs of one pool back, those from `m` up to `end`; without a pool there are none. */
static inline void
put_bulk(struct rte_mempool *mp, struct rte_mbuf **m, struct rte_mbuf **end)
{
	if (mp != NULL)
		rte_mempool_put_bulk(mp, (void **)m, (unsigned int)(end - m));
}

/*
 * Drop the reference of a segment; returns an mbuf that is to go back to its pool, if
 * that comes of it. The usual mbuf is not looked at.
 */
static inline struct rte_mbuf *
put_ref(const struct lbuf_seg *s)
{
	struct rte_mbuf *m;

	if ((s->mem & LBUF_SEG_MBUF) == 0) {
		m = drop_counted(seg_mem(s));
		if (m == NULL || lbuf_mbuf_is_plain(m))
			return m;
	} else {
		/* Less these two bits it is an address, if it has no others. */
		m = (struct rte_mbuf *)(s->mem - (LBUF_SEG_MBUF | LBUF_SEG_PLAIN));
		if (likely(((uintptr_t)m & LBUF_SEG_BITS) == 0))
			return m;
		m = seg_mbuf(s);
		if ((s->mem & LBUF_SEG_PLAIN) != 0 || lbuf_mbuf_is_plain(m))
			return m;
	}
	put_special(m);
	return NULL;
}

/* Drop the references of up to PUT_BULK segments: mbufs go back with others like them. */
static void
put_some(const struct lbuf_seg *s, const struct lbuf_seg *end)
{
	struct rte_mbuf *done[PUT_BULK], **to = done, *m;
	struct rte_mempool *mp = NULL;

	for (; s != end; s++) {
		m = put_ref(s);
		if (m == NULL)
			continue;
		if (unlikely(m->pool != mp)) {
			put_bulk(mp, done, to);
			to = done;
			mp = m->pool;
		}
		*to++ = m;
	}
	put_bulk(mp, done, to);
}

static void
put_segs(const struct lbuf_seg *s, const struct lbuf_seg *end)
{
	for (; unlikely(end - s > PUT_BULK); s += PUT_BULK)
		put_some(s, s + PUT_BULK);
	put_some(s, end);
}

/* Neither bytes nor room: every verb ends up in its checks. */
static inline void
set_closed(struct lbuf *b)
{
	b->rd = b->inl;
	b->tail = b->inl;
	b->head = b->inl;
	b->cap = b->inl;
	b->len = 0;
	b->pend = 0;
	b->w_room = 0;
	b->state = 0;
}

void
lbuf_close_slow(struct lbuf *b)
{
	if (b == NULL || (b->flags & LBUF_F_OPEN) == 0)
		return;
	put_segs(b->head, b->tail);
	if (b->vec != NULL)
		lbuf_chunk_put(b->vec);
	/* A slice has neither chunk nor room. */
	if (likely((b->flags & LBUF_F_SLICE) != 0)) {
		b->len = 0;
		b->state = 0;
		return;
	}
	lbuf_chunk_put(b->w_chunk);
	set_closed(b);
}

/* The chunk being written, once nothing is left to be read or released. */
static void
drop_write_chunk(struct lbuf *b)
{
	if (b->w_chunk == NULL)
		return;
	/* While slices hold it the rest of it is still good for writing. */
	if (lbuf_mem_refs(&b->w_chunk->mem) != 1) {
		b->flags |= LBUF_F_HELD; /* for the next release */
		return;
	}
	lbuf_chunk_put(b->w_chunk);
	b->w_chunk = NULL;
}

int
lbuf_release_slow(struct lbuf *b)
{
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	put_segs(b->head, b->rd);
	b->head = b->rd;
	b->flags &= ~(uint32_t)LBUF_F_HELD;
	if (b->rd != b->tail) {
		b->rd->mem &= ~LBUF_SEG_PIN;
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
	const struct lbuf_seg *s;

	if ((b->flags & LBUF_F_OPEN) == 0)
		return;
	if (b->w_chunk != NULL)
		lbuf_mem_share(&b->w_chunk->mem);
	for (s = b->head; s != b->tail; s++)
		if ((s->mem & LBUF_SEG_MBUF) == 0 && (s->mem & ~LBUF_SEG_BITS) != 0)
			lbuf_mem_share(seg_mem(s));
}
