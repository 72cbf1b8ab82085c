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
 * What a segment refers to is told in ref.h. A vector that has a further reference is still
 * in use by somebody who drops what the buffer has given up, see vec_is_lent().
 */

#ifndef LBUF_PRIV_H
#define LBUF_PRIV_H

#include <errno.h>

#include <rte_errno.h>
#include <rte_prefetch.h>

#include <lbuf.h>
#include <lbuf_share.h>

#include "ref.h"

/* Segments of a vector when a buffer first needs one. */
#define SEG_VEC_MIN 42

/*
 * Field by field: what was just written so is not read as one, or it would have to
 * wait until it is in the cache.
 */
static inline void
seg_copy(struct lbuf_seg *to, const struct lbuf_seg *from)
{
	lbuf_seg_fill(to, from->addr, from->len, from->mem);
}

/*
 * Whether references that were given up are still to be dropped, and lie in the vector
 * before or behind the segments: those may only leave it then, for another one.
 */
static inline bool
vec_is_lent(const struct lbuf *b)
{
	return unlikely(lbuf_mem_refs(&b->vec->mem) != 1);
}

/*
 * Have the vector, which there must be, stay while references that lie in it are dropped.
 * The caller puts it afterwards, the buffer may be gone by then.
 */
static inline struct lbuf_chunk *
vec_lend(struct lbuf *b)
{
	lbuf_chunk_get(b->vec);
	return b->vec;
}

/* Where the segments may begin. */
static inline struct lbuf_seg *
seg_base(struct lbuf *b)
{
	if (b->vec == NULL)
		return b->inl;
	return vec_is_lent(b) ? b->head : (struct lbuf_seg *)b->vec->data;
}

/* Segments that there is place for, from there on. */
static inline size_t
seg_places(const struct lbuf *b)
{
	if (b->vec == NULL)
		return LBUF_INLINE_SEGS;
	return vec_is_lent(b) ? (size_t)(b->tail - b->head) : b->vec->size / sizeof(*b->rd);
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
	seg_set_cap(b);
	b->fresh = b->tail != b->cap;
}

/* Segments of n readable bytes were put in, up to one. */
static inline void
seg_spliced(struct lbuf *b, const struct lbuf_seg *end, uint64_t n)
{
	b->len += n;
	if (end == b->tail)
		b->w_room = 0;
}

/* The end of a segment has been cut off, of which pointers may have been handed out. */
static inline void
seg_cut(struct lbuf_seg *s)
{
	if ((s->mem & (LBUF_SEG_MBUF | LBUF_SEG_PIN)) == LBUF_SEG_PIN)
		s->mem |= LBUF_SEG_CUT;
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

/* Put a packet of one mbuf, that counts for a queue or (0) for none, into an empty buffer. */
static inline void
seg_set_raw(struct lbuf *b, struct rte_mbuf *m, uint16_t via)
{
	struct lbuf_seg *s = b->rd;

	s->len = 0;
	s->mem = (uintptr_t)m | hold_bits(via) | LBUF_SEG_MBUF;
	b->tail = s + 1;
	b->state = STATE_RAW;
	b->len = m->data_len;
}

/*
 * Take it out again: the buffer is empty afterwards. Returns the mbuf, with its via above the
 * address; the credit is the caller's.
 */
static inline uintptr_t
seg_take_raw(struct lbuf *b)
{
	struct lbuf_seg *s = b->rd;

	b->tail = s;
	b->state = STATE_EMPTY;
	b->len = 0;
	return s->mem - LBUF_SEG_MBUF;
}

/* seg_set() for a raw packet, of one mbuf that was nobody else's: it is in no chain. */
static inline void
seg_set_packet(struct lbuf_seg *s)
{
	const struct rte_mbuf *m = seg_mbuf(s);

	s->addr = rte_pktmbuf_mtod(m, uint8_t *);
	s->len = m->data_len;
	if (likely(RTE_MBUF_DIRECT(m)))
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
	seg_set_packet(b->rd);
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
 * The segment that starts at an offset in the readable and pending bytes, divided off if
 * need be, with room for n segments in front of it: returns the first of these, or NULL
 * with rte_errno.
 */
struct lbuf_seg *
seg_split(struct lbuf *b, uint64_t off, uint32_t n);

/*
 * lbuf_reserve() out of memory of a share: for copies of what is not held. The chunk is one that
 * later writes go on in.
 */
void *
write_room(struct lbuf *b, size_t n, enum lbuf_share share);

/*
 * Put a chain of mbufs in front of the readable bytes, also of a slice. The
 * chain is taken over; on error (-ENOMEM) it stays with the caller.
 */
int
lbuf_restore_mbuf(struct lbuf *b, struct rte_mbuf *m);

/* Bytes left in the chunk being written, whether or not it is the last segment's. */
static inline size_t
chunk_room(const struct lbuf *b)
{
	if (b->w_chunk == NULL)
		return 0;
	return (size_t)(b->w_chunk->data + b->w_chunk->size - b->w_ptr);
}

/* 0 if the buffer may be written, or a negative errno. */
static inline int
check_write(const struct lbuf *b)
{
	settle(b);
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	return (b->flags & LBUF_F_SLICE) != 0 ? -EROFS : 0;
}

/* 0 if something may be put between readable bytes, or a negative errno. */
static inline int
check_splice(const struct lbuf *b, uint64_t at)
{
	int ret = check_write(b);

	return ret == 0 && at > b->len ? -ERANGE : ret;
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

/* Lines of the next segment that are fetched while one is read. */
#define AHEAD 16

/*
 * Have the beginning of the segment behind a piece come into the cache: what the hardware
 * fetches ahead ends with a buffer, and received packets are mostly in no cache of a core.
 */
static inline void
cursor_fetch_next(const struct cursor *c, uint64_t piece)
{
	unsigned int i;

	/* A piece that the caller cut off short has no segment behind it yet, or none at all. */
	if (c->left > piece && c->skip + piece == c->s->len)
		for (i = 0; i < AHEAD; i++)
			rte_prefetch0(c->s[1].addr + (size_t)i * RTE_CACHE_LINE_MIN_SIZE);
}

/* Whether the bytes from a place on are those of a string. */
static inline bool
cursor_has(struct cursor c, const uint8_t *str, size_t n)
{
	uint64_t piece;

	while ((piece = cursor_piece(&c, n)) != 0) {
		if (memcmp(cursor_addr(&c), str, piece) != 0)
			return false;
		cursor_advance(&c, piece);
		str += piece;
		n -= piece;
	}
	return n == 0;
}

#endif /* LBUF_PRIV_H */
