/* SPDX-License-Identifier: BSD-3-Clause */

#include "holder.h"
#include "lbuf_priv.h"
#include "relieve.h"

/* The descriptors are laid out for this: lines of 64 bytes, or halves of larger ones. */
_Static_assert(sizeof(struct lbuf_seg) == 24, "segments are dense");
_Static_assert(sizeof(struct lbuf) == 3 * RTE_CACHE_LINE_MIN_SIZE, "three cache lines");
_Static_assert(offsetof(struct lbuf, inl[1]) == RTE_CACHE_LINE_MIN_SIZE, "a packet takes one line");
_Static_assert(offsetof(struct lbuf, w_room) == offsetof(struct lbuf, fresh) + sizeof(uint32_t),
		"one store clears both");
_Static_assert(offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, refcnt) + 2,
		"one comparison for both");
_Static_assert(__alignof__(struct lbuf_ext) > LBUF_SEG_BITS, "bits beside the address");
_Static_assert(sizeof(struct lbuf_chunk) == RTE_CACHE_LINE_MIN_SIZE, "one cache line");
_Static_assert(LBUF_INLINE_SEGS <= REFS_SOME, "without a vector they are copied");

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

/* All is detached before it is dropped: who is called then may use the buffer anew. */
void
lbuf_close_slow(struct lbuf *b)
{
	struct lbuf_chunk *vec, *w_chunk;
	uintptr_t few[LBUF_INLINE_SEGS];
	const struct lbuf_seg *head;
	size_t n;

	if (b == NULL || (b->flags & LBUF_F_OPEN) == 0)
		return;
	if (unlikely((b->flags & LBUF_F_KEPT) != 0))
		holder_del(b);
	settle(b);
	vec = b->vec;
	w_chunk = b->w_chunk;
	head = b->head;
	n = (size_t)(b->tail - head);
	if (vec == NULL)
		refs_copy(few, head, n);
	/* A slice has neither chunk nor room. */
	if (likely((b->flags & LBUF_F_SLICE) != 0)) {
		b->len = 0;
		b->state = 0;
	} else {
		set_closed(b);
	}
	if (vec == NULL) {
		refs_put_some(few, few + n);
	} else {
		segs_put(head, n);
		lbuf_chunk_put(vec);
	}
	lbuf_chunk_put(w_chunk);
}

/* Which of n segments view a chunk. */
static uint32_t
views_of(const struct lbuf_chunk *chunk, const struct lbuf_seg *s, size_t n)
{
	uint32_t views = 0;

	for (; n != 0; n--, s++)
		views += seg_mem(s) == &chunk->mem;
	return views;
}

/*
 * Take the chunk being written, once nothing is left to be read, and the n segments are
 * all that is released; NULL: there is none, or it stays.
 */
static struct lbuf_chunk *
take_write_chunk(struct lbuf *b, const struct lbuf_seg *s, size_t n)
{
	struct lbuf_chunk *chunk = b->w_chunk;

	if (chunk == NULL)
		return NULL;
	/* While slices hold it the rest of it is still good for writing. */
	if (lbuf_mem_refs(&chunk->mem) != 1 + views_of(chunk, s, n)) {
		b->flags |= LBUF_F_HELD; /* for the next release */
		return NULL;
	}
	b->w_chunk = NULL;
	return chunk;
}

/* Go on behind what is released: at the front of the vector, if that is free. */
static struct lbuf_chunk *
go_on(struct lbuf *b)
{
	struct lbuf_seg *head = b->head;
	size_t n = (size_t)(b->rd - head);

	b->head = b->rd;
	b->flags &= ~(uint32_t)LBUF_F_HELD;
	if (b->rd != b->tail) {
		b->rd->mem &= ~LBUF_SEG_PIN;
		seg_to_front(b);
		return NULL;
	}
	seg_rewind(b);
	return take_write_chunk(b, head, n);
}

int
lbuf_release_slow(struct lbuf *b)
{
	struct lbuf_seg *head = b->head;
	struct lbuf_chunk *vec, *w_chunk;
	uintptr_t some[REFS_SOME];
	size_t n = (size_t)(b->rd - head);

	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	/* Many are dropped out of the vector, which comes free later then. */
	if (likely(n <= REFS_SOME)) {
		refs_copy(some, head, n);
		w_chunk = go_on(b);
		relieve_released(b);
		refs_put_some(some, some + n);
	} else {
		vec = vec_lend(b);
		w_chunk = go_on(b);
		relieve_released(b);
		segs_put(head, n);
		lbuf_chunk_put(vec);
	}
	lbuf_chunk_put(w_chunk);
	return 0;
}

void
lbuf_handoff(struct lbuf *b)
{
	const struct lbuf_seg *s;

	if ((b->flags & LBUF_F_OPEN) == 0)
		return;
	if ((b->flags & LBUF_F_KEPT) != 0)
		holder_del(b);
	if (b->w_chunk != NULL)
		lbuf_mem_share(&b->w_chunk->mem);
	if (b->vec != NULL)
		lbuf_mem_share(&b->vec->mem);
	for (s = b->head; s != b->tail; s++)
		if ((s->mem & LBUF_SEG_MBUF) == 0 && (s->mem & ~LBUF_SEG_BITS) != 0)
			lbuf_mem_share(seg_mem(s));
}

/* Segments that lie in the buffer itself have come along with it. */
static void
rebase(struct lbuf *b, const struct lbuf *was)
{
	if (b->vec != NULL)
		return;
	b->rd = b->inl + (was->rd - was->inl);
	b->tail = b->inl + (was->tail - was->inl);
	b->head = b->inl + (was->head - was->inl);
	b->cap = b->inl + (was->cap - was->inl);
}

void
lbuf_move(struct lbuf *to, struct lbuf *from)
{
	if (to == from)
		return;
	if ((from->flags & LBUF_F_OPEN) == 0) {
		set_closed(to);
		return;
	}
	*to = *from;
	rebase(to, from);
	if ((to->flags & LBUF_F_KEPT) != 0)
		holder_moved(to);
	set_closed(from);
}

void
lbuf_swap(struct lbuf *a, struct lbuf *b)
{
	struct lbuf was;

	if (a == b)
		return;
	lbuf_move(&was, a);
	lbuf_move(a, b);
	lbuf_move(b, &was);
}
