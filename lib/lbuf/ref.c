/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_errno.h>
#include <rte_mbuf_dyn.h>

#include "ref.h"

/* From a reference to the next one in an array of segments. */
#define SEG_WORDS (sizeof(struct lbuf_seg) / sizeof(uintptr_t))
_Static_assert(sizeof(struct lbuf_seg) % sizeof(uintptr_t) == 0, "whole words");

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

int
seg_hold(struct lbuf_pool *pool, struct lbuf_seg *s)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, sizeof(struct mbuf_hold));
	struct mbuf_hold *hold;

	if (chunk == NULL)
		return -rte_errno;
	hold = (struct mbuf_hold *)chunk->data;
	*hold = (struct mbuf_hold){
		.mem = { .cidx = hold_via(s->mem), .refcnt = 1, .kind = LBUF_MEM_HOLD },
		.m = seg_mbuf(s),
		.chunk = chunk,
	};
	s->mem = (uintptr_t)&hold->mem | (s->mem & LBUF_SEG_PIN);
	return 0;
}

/* The mbuf of counted memory whose last reference is gone, or is about to be taken over. */
static struct rte_mbuf *
uncount(struct lbuf_mem *mem)
{
	struct rte_mbuf *m = mbuf_of_mem(mem);

	if (mem->kind == LBUF_MEM_HOLD)
		chunk_put_quietly(((struct mbuf_hold *)mem)->chunk);
	return m;
}

void
seg_reclaim_mbuf(struct lbuf_seg *s)
{
	struct lbuf_mem *mem = seg_mem(s);
	struct rte_mbuf *m;
	uintptr_t bits;

	if ((s->mem & LBUF_SEG_MBUF) != 0 || mem->kind < LBUF_MEM_MBUF || lbuf_mem_refs(mem) != 1)
		return;
	bits = hold_bits(mem->cidx) | (s->mem & LBUF_SEG_PIN);
	m = uncount(mem);
	s->mem = (uintptr_t)m | LBUF_SEG_MBUF | bits;
	if (mbuf_is_ours(m) && RTE_MBUF_DIRECT(m))
		s->mem |= LBUF_SEG_PLAIN;
}

/* Drop a reference of an mbuf that takes more: shared, chained, of other memory. */
static __rte_noinline void
put_special(uintptr_t ref)
{
	rte_pktmbuf_free_seg(ref_mbuf(ref));
	hold_end(hold_via(ref), 1);
}

void
lbuf_mbuf_put(uintptr_t ref)
{
	struct rte_mbuf *m = ref_mbuf(ref);

	if (unlikely((ref & LBUF_SEG_PLAIN) == 0)) {
		put_special(ref);
		return;
	}
	rte_mempool_put(m->pool, m);
	hold_end(hold_via(ref), 1);
}

void
lbuf_mem_free_mbuf(struct lbuf_mem *mem)
{
	uint16_t via = mem->cidx;

	rte_pktmbuf_free_seg(uncount(mem));
	hold_end(via, 1);
}

bool
seg_is_loud(const struct lbuf_seg *s)
{
	struct lbuf_mem *mem = seg_mem(s);

	if ((s->mem & LBUF_SEG_MBUF) != 0)
		return RTE_MBUF_HAS_EXTBUF(seg_mbuf(s));
	if (mem == NULL)
		return false;
	switch (mem->kind) {
	case LBUF_MEM_CHUNK:
		return false;
	case LBUF_MEM_EXT:
		return true;
	default:
		return RTE_MBUF_HAS_EXTBUF(mbuf_of_mem(mem));
	}
}

void
seg_put_quietly(const struct lbuf_seg *s)
{
	struct lbuf_mem *mem = seg_mem(s);

	if ((s->mem & LBUF_SEG_MBUF) == 0 && mem != NULL && mem->kind == LBUF_MEM_CHUNK)
		chunk_put_quietly(lbuf_chunk_of(mem));
	else
		lbuf_seg_put(s);
}

/* Drop a counted reference; returns the mbuf that goes with it, and its via, or 0. */
static inline uintptr_t
put_counted(struct lbuf_mem *mem)
{
	if (mem == NULL || !lbuf_mem_drop(mem))
		return 0;
	if (mem->kind != LBUF_MEM_MBUF) {
		lbuf_mem_end(mem);
		return 0;
	}
	/* What is counted in the mbuf itself is nobody else's, and in no chain. */
	return ((uintptr_t)mem - (uintptr_t)lbuf_mbuf_offset) | hold_bits(mem->cidx);
}

/*
 * Drop a reference; returns an mbuf that is to go back to its pool as it is, with its via above
 * the address, or 0. The usual mbuf is not looked at.
 */
static inline uintptr_t
put_ref(uintptr_t ref)
{
	uintptr_t m;

	if ((ref & LBUF_SEG_MBUF) == 0) {
		m = put_counted((struct lbuf_mem *)(ref & ~LBUF_SEG_BITS));
		if (m == 0 || lbuf_mbuf_is_plain(ref_mbuf(m)))
			return m;
	} else {
		/* Less these two bits it is an address, if it has no others. */
		m = ref - (LBUF_SEG_MBUF | LBUF_SEG_PLAIN);
		if (likely((m & LBUF_SEG_BITS) == 0))
			return m;
		m = ref & ~LBUF_SEG_BITS;
		if ((ref & LBUF_SEG_PLAIN) != 0)
			return m;
	}
	put_special(m);
	return 0;
}

/* Mbufs of one pool that came by one queue, to be given back together. */
struct lot {
	struct rte_mempool *mp; /* NULL: none */
	uint16_t via;
};

/* Give a lot back: those from `m` up to `end`. */
static inline void
put_lot(const struct lot *lot, struct rte_mbuf **m, struct rte_mbuf **end)
{
	unsigned int n = (unsigned int)(end - m);

	if (lot->mp == NULL)
		return;
	rte_mempool_put_bulk(lot->mp, (void **)m, n);
	hold_end(lot->via, n);
}

/*
 * Drop up to REFS_SOME references, from `ref` up to `end`: mbufs go back with others like
 * them. The stride is to be a constant, so that all that the loop needs has a register.
 */
static __rte_always_inline void
put_some(const uintptr_t *ref, const uintptr_t *end, size_t stride)
{
	struct rte_mbuf *done[REFS_SOME], **to = done, *m;
	struct lot lot = { .mp = NULL };
	uintptr_t own;

	for (; ref != end; ref += stride) {
		own = put_ref(*ref);
		if (own == 0)
			continue;
		m = (struct rte_mbuf *)(own & HOLD_ADDR);
		if (unlikely(m->pool != lot.mp || hold_via(own) != lot.via)) {
			put_lot(&lot, done, to);
			to = done;
			lot.mp = m->pool;
			lot.via = hold_via(own);
		}
		*to++ = m;
	}
	put_lot(&lot, done, to);
}

void
refs_put_some(const uintptr_t *ref, const uintptr_t *end)
{
	put_some(ref, end, 1);
}

static __rte_noinline void
put_some_segs(const uintptr_t *ref, const uintptr_t *end)
{
	put_some(ref, end, SEG_WORDS);
}

void
refs_put(const uintptr_t *ref, size_t n)
{
	for (; unlikely(n > REFS_SOME); n -= REFS_SOME, ref += REFS_SOME)
		refs_put_some(ref, ref + REFS_SOME);
	refs_put_some(ref, ref + n);
}

void
segs_put(const struct lbuf_seg *s, size_t n)
{
	for (; unlikely(n > REFS_SOME); n -= REFS_SOME, s += REFS_SOME)
		put_some_segs(&s->mem, &s[REFS_SOME].mem);
	put_some_segs(&s->mem, &s[n].mem);
}
