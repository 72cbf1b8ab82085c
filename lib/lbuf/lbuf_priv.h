/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Segments: what they refer to, and the vector they lie in.
 *
 * Live segments, from rd to tail, have at least one byte each (a raw one excepted). Those between
 * head and rd are consumed; they only hold references until release, and may
 * have none (mem 0) where their memory has moved on.
 *
 * What was peeked at is pinned: the first unread segment. Others can be only if
 * something was put in front of it since, which LBUF_F_PINS tells.
 *
 * A segment with LBUF_SEG_MBUF owns an mbuf reference, which costs nothing. When
 * such a segment is divided, the mbuf gets a count of its own, in a dynamic field:
 * the mbuf's refcnt has only 16 bits and its users count it with atomics. Only an
 * mbuf that others hold as well goes on being counted there.
 */

#ifndef LBUF_PRIV_H
#define LBUF_PRIV_H

#include <errno.h>

#include <rte_errno.h>

#include <lbuf.h>

/* Segments of a vector when a buffer first needs one. */
#define SEG_VEC_MIN 42

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

static inline struct lbuf_mem *
mbuf_mem(struct rte_mbuf *m)
{
	return RTE_PTR_ADD(m, lbuf_mbuf_offset);
}

static inline struct rte_mbuf *
mbuf_of_mem(struct lbuf_mem *mem)
{
	return RTE_PTR_SUB(mem, lbuf_mbuf_offset);
}

/* The mbuf of a segment that has one to itself. */
static inline struct rte_mbuf *
seg_mbuf(const struct lbuf_seg *s)
{
	return (struct rte_mbuf *)(s->mem & ~LBUF_SEG_BITS);
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

/* Whether nobody else has the mbuf of a segment, which must have it to itself. */
static inline bool
seg_alone(const struct lbuf_seg *s)
{
	return (s->mem & LBUF_SEG_PLAIN) != 0 || rte_mbuf_refcnt_read(seg_mbuf(s)) == 1;
}

/* Take a further reference to a segment's memory, and return it. */
static inline uintptr_t
seg_share(struct lbuf_seg *s)
{
	struct lbuf_mem *mem;
	struct rte_mbuf *m;

	if ((s->mem & LBUF_SEG_MBUF) != 0) {
		m = seg_mbuf(s);
		if (unlikely(!seg_alone(s) || !mbuf_has_field())) {
			/* Who else has the mbuf may use the field: count as they do. */
			rte_mbuf_refcnt_update(m, 1);
			s->mem &= ~LBUF_SEG_PLAIN;
			return (uintptr_t)m | LBUF_SEG_MBUF;
		}
		/* Both references at once: nothing waits for this cache line. */
		mem = mbuf_mem(m);
		*mem = (struct lbuf_mem){ .refcnt = 2, .kind = LBUF_MEM_MBUF };
		s->mem = (uintptr_t)mem | (s->mem & LBUF_SEG_PIN);
		return (uintptr_t)mem;
	}
	mem = seg_mem(s);
	lbuf_mem_get(mem);
	return (uintptr_t)mem;
}

/*
 * Field by field: what was just written so is not read as one, or it would have to
 * wait until it is in the cache.
 */
static inline void
seg_copy(struct lbuf_seg *to, const struct lbuf_seg *from)
{
	lbuf_seg_fill(to, from->addr, from->len, from->mem);
}

/* Where the segments begin. */
static inline struct lbuf_seg *
seg_base(struct lbuf *b)
{
	return b->vec == NULL ? b->inl : (struct lbuf_seg *)b->vec->data;
}

/* Segments that there is place for. */
static inline size_t
seg_places(const struct lbuf *b)
{
	return b->vec == NULL ? LBUF_INLINE_SEGS : b->vec->size / sizeof(*b->rd);
}

/* Set cap anew: without room in a slice, so that write verbs end up in checks. */
static inline void
seg_set_cap(struct lbuf *b)
{
	b->cap = (b->flags & LBUF_F_SLICE) != 0 ? b->tail : seg_base(b) + seg_places(b);
}

/* Segments were added behind the last one. */
static inline void
seg_added(struct lbuf *b)
{
	b->fresh = 0;
	b->w_room = 0;
}

/* Start at the front of the vector again. No segment may be left. */
static inline void
seg_rewind(struct lbuf *b)
{
	b->head = seg_base(b);
	b->rd = b->head;
	b->tail = b->head;
	b->w_room = 0;
	b->flags &= ~(uint32_t)(LBUF_F_PINS | LBUF_F_HELD);
	b->fresh = 1;
	seg_set_cap(b);
}

/* All segments have gone, and none is held. */
static inline void
seg_drained(struct lbuf *b)
{
	seg_rewind(b);
	if (b->w_chunk != NULL)
		b->flags |= LBUF_F_HELD; /* release gives it back */
}

/*
 * Move the one segment that is left, nothing being held before it, to the front of
 * the vector: the next ones have room then, and lie where the caches are warm.
 */
static inline void
seg_to_front(struct lbuf *b)
{
	struct lbuf_seg *s = b->rd, *to = seg_base(b);

	if (b->tail - s != 1 || s == to)
		return;
	seg_copy(to, s);
	b->head = to;
	b->rd = to;
	b->tail = to + 1;
	if ((b->flags & LBUF_F_SLICE) != 0)
		b->cap = b->tail;
}

/*
 * A packet as it was received is *raw* until somebody looks at it: its segment,
 * the first one, has an mbuf but no bytes yet, so that the inline verbs leave it to
 * the others, which settle it. Most packets of a forwarder are never looked at, and
 * go out as they came.
 */
#define STATE_EMPTY LBUF_STATE(LBUF_F_OPEN, 1)
#define STATE_RAW LBUF_STATE(LBUF_F_OPEN | LBUF_F_RAW, 1)

/* Put a packet of one mbuf into an empty buffer. */
static inline void
seg_set_raw(struct lbuf *b, struct rte_mbuf *m)
{
	struct lbuf_seg *s = b->rd;

	s->len = 0;
	s->mem = (uintptr_t)m | LBUF_SEG_MBUF;
	b->tail = s + 1;
	b->state = STATE_RAW;
	b->len = m->data_len;
}

/* Take it out again: the buffer is empty afterwards. */
static inline struct rte_mbuf *
seg_take_raw(struct lbuf *b)
{
	struct lbuf_seg *s = b->rd;

	b->tail = s;
	b->state = STATE_EMPTY;
	b->len = 0;
	return (struct rte_mbuf *)(s->mem - LBUF_SEG_MBUF);
}

/* Have a segment own an mbuf, a packet or a part of one. */
static inline void
seg_set(struct lbuf_seg *s, struct rte_mbuf *m)
{
	s->addr = rte_pktmbuf_mtod(m, uint8_t *);
	s->len = m->data_len;
	s->mem = (uintptr_t)m | LBUF_SEG_MBUF;
	if (likely(lbuf_mbuf_is_plain(m)))
		s->mem |= LBUF_SEG_PLAIN;
}

/*
 * Fill in the first segment, if it is that of a raw packet. What the buffer holds
 * does not change, hence the const.
 */
static inline void
settle(const struct lbuf *cb)
{
	struct lbuf *b = (struct lbuf *)(uintptr_t)cb;

	if (likely((b->flags & LBUF_F_RAW) == 0))
		return;
	seg_set(b->rd, seg_mbuf(b->rd));
	b->flags &= ~(uint32_t)LBUF_F_RAW;
	b->fresh = 0;
}

/* Room for n more segments behind the last one; 0 or a negative errno. */
int
seg_room(struct lbuf *b, uint32_t n);
/*
 * Room for n segments in front of one that is not held: returns the first of them,
 * or NULL with rte_errno.
 */
struct lbuf_seg *
seg_insert(struct lbuf *b, struct lbuf_seg *s, uint32_t n);

/*
 * Put a chain of mbufs in front of the readable bytes, also of a slice. The
 * chain is taken over; on error (-ENOMEM) it stays with the caller.
 */
int
lbuf_restore_mbuf(struct lbuf *b, struct rte_mbuf *m);

/* 0 if the buffer may be written, or a negative errno. */
static inline int
check_write(const struct lbuf *b)
{
	settle(b);
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	return (b->flags & LBUF_F_SLICE) != 0 ? -EROFS : 0;
}

/* 0 if n bytes can be read, or a negative errno. */
static inline int
check_read(const struct lbuf *b, uint64_t n)
{
	settle(b);
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	return n > b->len ? -ENODATA : 0;
}

/* 0 if n bytes can be read from an offset on, or a negative errno. */
static inline int
check_range(const struct lbuf *b, uint64_t from, uint64_t n)
{
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	return from > b->len || n > b->len - from ? -ENODATA : 0;
}

static inline void *
fail_ptr(int ret)
{
	rte_errno = -ret;
	return NULL;
}

/* A place in the readable bytes, for verbs that walk along them. */
struct cursor {
	const struct lbuf_seg *s;
	uint64_t skip; /* bytes of s before the place */
	uint64_t left; /* readable bytes from the place on, all segments */
};

/*
 * The place of an offset, which must not be over the readable bytes. Found from
 * the nearer end: a search that goes on where the last one ended walks along
 * what came since, not along all there is.
 */
static inline struct cursor
cursor_at(const struct lbuf *b, uint64_t from)
{
	struct cursor c = { .s = b->rd, .skip = from, .left = b->len - from };
	uint64_t at;

	settle(b);
	if (c.left == 0)
		return c;
	if (from <= c.left) {
		while (c.skip >= c.s->len)
			c.skip -= c.s++->len;
		return c;
	}
	c.s = b->tail;
	for (at = b->len + b->pend; at > from; at -= c.s->len)
		c.s--;
	c.skip = from - at;
	return c;
}

/* Bytes from the place on in one piece, at most n; 0 at the end. */
static inline uint64_t
cursor_piece(const struct cursor *c, uint64_t n)
{
	n = RTE_MIN(n, c->left);
	return n == 0 ? 0 : RTE_MIN(n, c->s->len - c->skip);
}

/* Go on by a piece. */
static inline void
cursor_advance(struct cursor *c, uint64_t n)
{
	c->left -= n;
	c->skip += n;
	if (c->skip == c->s->len) {
		c->s++;
		c->skip = 0;
	}
}

static inline uint8_t *
cursor_addr(const struct cursor *c)
{
	return c->s->addr + c->skip;
}

#endif /* LBUF_PRIV_H */
