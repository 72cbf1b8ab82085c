/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What segments refer to: references shared, taken over and dropped.
 *
 * A segment with LBUF_SEG_MBUF owns one reference of an mbuf, which costs nothing. When
 * the segment is divided, the references are counted in a struct lbuf_mem:
 *   - in a dynamic field of the mbuf, if nobody else has the mbuf;
 *   - else, or where mbufs have no room for the field, in a small chunk that owns the one
 *     reference. Who else has the mbuf may be a linked buffer, too, and use the field;
 *     and mbuf->refcnt has 16 bits, which slices could wrap.
 *
 * Whether an mbuf counts for the RX queue that it came by, and for which, is told in hold.h.
 *
 * An mbuf that others hold is not written: it may be a link of their chains. Whoever finds
 * himself alone with it unlinks it first, see mbuf_is_ours().
 *
 * Dropping the last reference can run code of others: the free callback of external
 * memory, of ours or of an mbuf's, or that of who waits for a chunk. It may call any verb
 * on any buffer. Such references are *loud*: verbs detach what they are to drop, and drop it
 * last, when they are done with the buffer, which may even be gone afterwards.
 */

#ifndef LBUF_REF_H
#define LBUF_REF_H

#include <lbuf_base.h>

#include "hold.h"

/* Offset of struct lbuf_mem in an mbuf, or one of these. */
extern int lbuf_mbuf_offset;
#define MBUF_OFFSET_UNKNOWN (-1) /* nobody has asked for the field yet */
#define MBUF_OFFSET_NONE (-2)    /* mbufs have no place left for it */

/* Register the mbuf field; 0 or a negative errno. */
int
lbuf_mbuf_register(void);

/* Whether mbufs have the field. Not asked for each that comes: few are divided. */
static inline bool
mbuf_has_field(void)
{
	return likely(lbuf_mbuf_offset >= 0) ||
			(lbuf_mbuf_offset == MBUF_OFFSET_UNKNOWN && lbuf_mbuf_register() == 0);
}

/* Count of references to an mbuf that others hold, too. Lies in a chunk. */
struct mbuf_hold {
	struct lbuf_mem mem;      /* first */
	struct rte_mbuf *m;       /* one reference of it */
	struct lbuf_chunk *chunk; /* where this lies */
};

static inline struct lbuf_mem *
mbuf_mem(struct rte_mbuf *m)
{
	return RTE_PTR_ADD(m, lbuf_mbuf_offset);
}

/* The mbuf that counted memory stands for; its kind must be one of the two of mbufs. */
static inline struct rte_mbuf *
mbuf_of_mem(struct lbuf_mem *mem)
{
	if (likely(mem->kind == LBUF_MEM_MBUF))
		return RTE_PTR_SUB(mem, lbuf_mbuf_offset);
	return ((struct mbuf_hold *)mem)->m;
}

/* The mbuf of a reference that is one of an mbuf itself. */
static inline struct rte_mbuf *
ref_mbuf(uintptr_t ref)
{
	return (struct rte_mbuf *)(ref & HOLD_ADDR & ~LBUF_SEG_BITS);
}

/* The mbuf of a segment that has one to itself. */
static inline struct rte_mbuf *
seg_mbuf(const struct lbuf_seg *s)
{
	return ref_mbuf(s->mem);
}

/* The counted memory of a segment that has no mbuf to itself. */
static inline struct lbuf_mem *
seg_mem(const struct lbuf_seg *s)
{
	return (struct lbuf_mem *)(s->mem & ~LBUF_SEG_BITS);
}

static inline struct lbuf_ext *
ext_of(struct lbuf_mem *mem)
{
	return (struct lbuf_ext *)mem;
}

/*
 * Whether nobody else has an mbuf of which the caller holds a reference. It is taken out
 * of the chain then that it has been a part of.
 */
static inline bool
mbuf_is_ours(struct rte_mbuf *m)
{
	if (rte_mbuf_refcnt_read(m) != 1)
		return false;
	/* What others did with it before they dropped it is over. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (m->next != NULL)
		m->next = NULL;
	if (m->nb_segs != 1)
		m->nb_segs = 1;
	return true;
}

/* The queue that the mbuf of a segment counts for; 0: it has none, or counts for none. */
static inline uint16_t
seg_via(const struct lbuf_seg *s)
{
	const struct lbuf_mem *mem = seg_mem(s);

	if ((s->mem & LBUF_SEG_MBUF) != 0)
		return hold_via(s->mem);
	return mem == NULL || mem->kind < LBUF_MEM_MBUF ? 0 : mem->cidx;
}

/* Have a segment own an mbuf, a packet or a part of one. */
static inline void
seg_set(struct lbuf_seg *s, struct rte_mbuf *m)
{
	s->addr = rte_pktmbuf_mtod(m, uint8_t *);
	s->len = m->data_len;
	s->mem = (uintptr_t)m | LBUF_SEG_MBUF;
	if (likely(mbuf_is_ours(m) && RTE_MBUF_DIRECT(m)))
		s->mem |= LBUF_SEG_PLAIN;
}

/* Whether nobody else has the mbuf of a segment, which must have it to itself. */
static inline bool
seg_alone(const struct lbuf_seg *s)
{
	return likely((s->mem & LBUF_SEG_PLAIN) != 0) || mbuf_is_ours(seg_mbuf(s));
}

/* Have the references to a segment's mbuf counted in a chunk. */
int
seg_hold(struct lbuf_pool *pool, struct lbuf_seg *s);

/*
 * Make sure that seg_share() finds a place to count; 0 or a negative errno, and nothing
 * has changed for a reader.
 */
static inline int
seg_countable(struct lbuf_pool *pool, struct lbuf_seg *s)
{
	if (likely((s->mem & LBUF_SEG_MBUF) == 0 || (seg_alone(s) && mbuf_has_field())))
		return 0;
	return seg_hold(pool, s);
}

/* Take a further reference to a segment's memory, and return it. See seg_countable(). */
static inline uintptr_t
seg_share(struct lbuf_seg *s)
{
	struct lbuf_mem *mem;

	if ((s->mem & LBUF_SEG_MBUF) != 0) {
		/* Both references at once: nothing waits for this cache line. */
		mem = mbuf_mem(seg_mbuf(s));
		*mem = (struct lbuf_mem){
			.cidx = hold_via(s->mem), .refcnt = 2, .kind = LBUF_MEM_MBUF
		};
		s->mem = (uintptr_t)mem | (s->mem & LBUF_SEG_PIN);
		return (uintptr_t)mem;
	}
	mem = seg_mem(s);
	lbuf_mem_get(mem);
	return (uintptr_t)mem;
}

/*
 * Let a segment have its mbuf to itself again if all other references that were counted
 * are gone.
 */
void
seg_reclaim_mbuf(struct lbuf_seg *s);

/* Whether dropping a segment's reference may be loud, for a reason other than waiters. */
bool
seg_is_loud(const struct lbuf_seg *s);

/* Drop the reference of a segment that is not loud. Waiters are left to others. */
void
seg_put_quietly(const struct lbuf_seg *s);

/* lbuf_chunk_put() that leaves waiters to others. */
static inline void
chunk_put_quietly(struct lbuf_chunk *chunk)
{
	if (chunk != NULL && lbuf_mem_drop(&chunk->mem) && unlikely(!lbuf_chunk_cache(chunk)))
		lbuf_chunk_recycle_quietly(chunk);
}

/*
 * Drop n references, or those of n segments, also loud ones: the caller is done with the
 * buffer that they come from, and nobody else knows the array.
 */
void
refs_put(const uintptr_t *ref, size_t n);
/* The same for at most so many. */
#define REFS_SOME 64
void
refs_put_some(const uintptr_t *ref, const uintptr_t *end);
void
segs_put(const struct lbuf_seg *s, size_t n);

/*
 * Copy the references of n segments, mostly few, to an array. One by one: compilers make
 * vectors of them, which takes longer than it takes to copy.
 */
static inline void
refs_copy(uintptr_t *to, const struct lbuf_seg *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = *(const volatile uintptr_t *)&s[i].mem;
}

#endif /* LBUF_REF_H */
