/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * The read side of linked buffers. Include lbuf.h.
 */

#ifndef LBUF_READ_H
#define LBUF_READ_H

#include <lbuf_base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
const void *
lbuf_peek_slow(struct lbuf *b, uint64_t n);
int
lbuf_skip_slow(struct lbuf *b, uint64_t n);
int
lbuf_copy_out(const struct lbuf *b, void *dst, uint64_t n);
int
lbuf_release_slow(struct lbuf *b);
int
lbuf_slice_slow(struct lbuf *b, uint64_t n, struct lbuf *out);
/** @endcond */

/**
 * Look at the first readable bytes.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes.
 * @return
 *   The bytes, contiguous, valid until lbuf_release(); NULL on error, with
 *   rte_errno. For 0 bytes some address that is not NULL.
 *
 * Cost: no copy if they lie in one segment. Else they are copied, once, into a
 * chunk that takes their place in the buffer.
 */
LBUF_INLINE const void *
lbuf_peek(struct lbuf *b, uint64_t n)
{
	struct lbuf_seg *s = b->rd;

	if (unlikely(n - 1 >= b->len || n > s->len))
		return lbuf_peek_slow(b, n);
	s->mem |= LBUF_SEG_PIN;
	b->flags |= LBUF_F_HELD;
	return s->addr;
}

/**
 * Consume bytes without looking at them.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 *
 * Cost: no copy.
 */
LBUF_INLINE int
lbuf_skip(struct lbuf *b, uint64_t n)
{
	struct lbuf_seg *s = b->rd;
	uint64_t len = b->len;

	if (unlikely(n - 1 >= len || n > s->len))
		return lbuf_skip_slow(b, n);
	b->len = len - n;
	if (n == s->len) {
		b->rd = s + 1;
		b->flags |= LBUF_F_HELD;
		if (s + 1 == b->tail)
			b->w_room = 0; /* what is written next is a segment of its own */
		return 0;
	}
	s->addr += n;
	s->len -= n;
	return 0;
}

/**
 * Consume bytes and look at them: lbuf_peek() and lbuf_skip().
 */
LBUF_INLINE const void *
lbuf_next(struct lbuf *b, uint64_t n)
{
	const void *p = lbuf_peek(b, n);

	if (likely(p != NULL))
		lbuf_skip(b, n);
	return p;
}

/**
 * Copy the first readable bytes out, without consuming them.
 *
 * @param b
 *   The buffer.
 * @param dst
 *   Where to.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 *
 * Cost: one copy.
 */
LBUF_INLINE int
lbuf_peek_copy(const struct lbuf *b, void *dst, uint64_t n)
{
	const struct lbuf_seg *s = b->rd;

	/* Not unlikely: it is how a reader finds out that bytes are missing. */
	if (n > b->len)
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -ENODATA;
	if (unlikely(n == 0 || n > s->len))
		return lbuf_copy_out(b, dst, n);
	memcpy(dst, s->addr, n);
	return 0;
}

/**
 * Consume bytes into the caller's memory.
 *
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 *
 * Cost: one copy.
 */
LBUF_INLINE int
lbuf_read(struct lbuf *b, void *dst, uint64_t n)
{
	int ret = lbuf_peek_copy(b, dst, n);

	if (likely(ret == 0))
		ret = lbuf_skip(b, n);
	return ret;
}

/**
 * Drop the last readable bytes: padding, trailers, a checksum. Pending bytes stay, and
 * follow what is left.
 *
 * @param b
 *   The buffer. A slice may be trimmed, too.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed; with pending bytes also -ENOMEM.
 *
 * Cost: no copy; memory that is no longer viewed is given back at once, but for what
 * pointers were handed out of. With pending bytes behind them, moves their descriptors.
 * The place of the bytes is not written to again.
 */
int
lbuf_trim(struct lbuf *b, uint64_t n);

/**
 * Get the first readable bytes to change them in place.
 *
 * Other views of the same memory must not see the change: where there are any,
 * or where segments divide the bytes, these are copied into a chunk that takes
 * their place in the buffer. Slices and clones that are closed again, and references of
 * an mbuf that others have dropped, are no such views.
 *
 * @param b
 *   The buffer. A slice may be edited, too.
 * @param n
 *   Bytes.
 * @return
 *   The bytes, contiguous, valid until the next verb on the buffer; NULL on
 *   error, with rte_errno.
 */
void *
lbuf_edit(struct lbuf *b, uint64_t n);

/** Open a slice of n bytes, in its own places up to `end`. For the library only. */
static inline void
lbuf_init_slice(struct lbuf *b, struct lbuf_pool *pool, uint64_t n, struct lbuf_seg *end)
{
	lbuf_init(b, pool);
	b->tail = end;
	b->cap = end;
	b->len = n;
	b->state = LBUF_STATE(LBUF_F_OPEN | LBUF_F_SLICE, 0);
}

/**
 * Cut off the first readable bytes as a linked buffer of their own.
 *
 * @param b
 *   The buffer, which goes on behind them.
 * @param n
 *   Bytes.
 * @param out
 *   Memory of unknown content, or a closed buffer: becomes the slice. It can be
 *   read, sliced, exported and appended to others, but not written. To be
 *   closed by lbuf_close(), before or after b.
 * @return
 *   0, or a negative errno; out is untouched then.
 *
 * Cost: no copy; moves descriptors. Counts references only for segments that it
 * divides, or that lbuf_peek() or lbuf_next() handed out.
 */
LBUF_INLINE int
lbuf_slice(struct lbuf *b, uint64_t n, struct lbuf *out)
{
	struct lbuf_seg *s = b->rd;
	uint64_t len = b->len;
	uintptr_t mem;
	uint8_t *addr;

	/* The usual slice lies in one segment, which is counted, or ends with it. */
	if (unlikely(n - 1 >= len || n > s->len))
		return lbuf_slice_slow(b, n, out);
	mem = s->mem;
	addr = s->addr;
	if (n == s->len) {
		if (unlikely(b->flags != LBUF_F_OPEN || b->w_chunk != NULL))
			return lbuf_slice_slow(b, n, out);
		if (s + 1 != b->tail) {
			b->rd = s + 1;
			b->head = s + 1;
		} else {
			b->tail = s;
			b->fresh = 1;
		}
	} else {
		if (unlikely((mem & LBUF_SEG_MBUF) != 0))
			return lbuf_slice_slow(b, n, out);
		mem &= ~LBUF_SEG_BITS;
		lbuf_mem_get((struct lbuf_mem *)mem);
		s->addr = addr + n;
		s->len -= n;
	}
	b->len = len - n;
	lbuf_seg_fill(&out->inl[0], addr, n, mem);
	lbuf_init_slice(out, b->pool, n, out->inl + 1);
	return 0;
}

/**
 * View readable bytes by a further linked buffer: to send them again, to several, or to
 * look at them elsewhere. Nothing is consumed.
 *
 * @param b
 *   The buffer; a slice or a clone, too. What becomes of it does not matter to the clone,
 *   nor the reverse: each can be read, edited, released and closed for itself.
 * @param from
 *   Offset in the readable bytes of the first one.
 * @param n
 *   Bytes.
 * @param out
 *   As lbuf_slice(): cannot be written, is to be closed. To pass it to another lcore
 *   call lbuf_handoff() for it first.
 * @return
 *   0; -ENODATA if the range is not readable; or a negative errno; out is untouched then.
 *
 * Cost: no copy; a reference is counted for each segment, without atomics as long as the
 * memory is viewed on one lcore. Finds the offset from the nearer end.
 */
int
lbuf_clone(struct lbuf *b, uint64_t from, uint64_t n, struct lbuf *out);

/**
 * Give back what has been consumed. Pointers handed out by lbuf_peek() and
 * lbuf_next() end here.
 *
 * @return
 *   0; -EPIPE if closed.
 */
LBUF_INLINE int
lbuf_release(struct lbuf *b)
{
	struct lbuf_seg *rd, *head;

	if (likely(b->flags == LBUF_F_OPEN))
		return 0;
	rd = b->rd;
	head = b->head;
	if (unlikely(b->flags != (LBUF_F_OPEN | LBUF_F_HELD)))
		return lbuf_release_slow(b);
	if (rd != b->tail) {
		if (unlikely(head != rd))
			return lbuf_release_slow(b);
		rd->mem &= ~LBUF_SEG_PIN;
		b->flags = LBUF_F_OPEN;
		return 0;
	}
	/* Empty. Mostly one segment was consumed: its place comes free. */
	if (unlikely(rd != head + 1 || b->w_chunk != NULL))
		return lbuf_release_slow(b);
	b->rd = head;
	b->tail = head;
	b->len = 0; /* as it is; but a constant need not be waited for */
	b->state = LBUF_STATE(LBUF_F_OPEN, 1);
	lbuf_ref_put(head->mem);
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_READ_H */
