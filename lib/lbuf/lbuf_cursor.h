/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Cursors: a place in the readable bytes of a linked buffer, to read from it at any
 * offset, without consuming. Include lbuf.h.
 *
 *     lbuf_cursor_init(&c, &b);
 *     while (lbuf_cursor_read_be16(&c, &type) == 0 && lbuf_cursor_read_be16(&c, &len) == 0 &&
 *                     lbuf_cursor_skip(&c, len) == 0)
 *             ...
 *     lbuf_skip(&b, lbuf_cursor_tell(&c));
 *
 * A cursor may be copied: to look ahead, read with a copy; to come back, use the one
 * that was kept. It holds nothing, and needs not be closed. One buffer may have any
 * number of them.
 *
 * It goes on to be right while bytes are written and flushed (which it does not see), and
 * until the first verb that consumes, moves or replaces readable bytes, or adds segments:
 * skip, next, read, slice, append, splice, prepend, trim, edit, a peek that crosses
 * segments, compact, release, close, a write that begins a new segment. So mostly: as long
 * as the buffer is only looked at. lbuf_cursor_init() or lbuf_cursor_seek() set it right
 * again. Addresses that it hands out are those of the bytes in the buffer, and end when
 * these are released: lbuf_peek() is what holds them beyond that.
 */

#ifndef LBUF_CURSOR_H
#define LBUF_CURSOR_H

#include <lbuf_base.h>
#include <lbuf_view.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A place in a linked buffer. The fields are for the inline functions only. */
struct lbuf_cursor {
	const uint8_t *p;         /**< The next byte. */
	const uint8_t *end;       /**< Where the readable bytes of the segment end. */
	uint64_t rest;            /**< Readable bytes in the segments behind. */
	const struct lbuf_seg *s; /**< The segment. */
	uint64_t len;             /**< Readable bytes in all. */
	const struct lbuf *b;     /**< The buffer. */
};

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
int
lbuf_cursor_skip_slow(struct lbuf_cursor *c, uint64_t n);
int
lbuf_cursor_read_slow(struct lbuf_cursor *c, void *dst, uint64_t n);
const void *
lbuf_cursor_next_slow(struct lbuf_cursor *c, uint64_t n, void *mem);
int64_t
lbuf_cursor_find_slow(const struct lbuf_cursor *c, uint8_t byte);
/** @endcond */

/**
 * Go to an offset in the readable bytes as they are now.
 *
 * @param c
 *   A cursor by lbuf_cursor_init(), whatever verbs its buffer has seen since.
 * @param off
 *   The offset; that of lbuf_len() is the end.
 * @return
 *   0; -ENODATA if it is over the readable bytes; -EPIPE if closed; the cursor is as
 *   before then.
 *
 * Cost: a look at each segment between the offset and the nearer end.
 */
int
lbuf_cursor_seek(struct lbuf_cursor *c, uint64_t off);

/**
 * Make a cursor, at the first readable byte.
 *
 * @param c
 *   Becomes the cursor.
 * @param b
 *   The buffer; a slice, or a clone, too.
 * @return
 *   0; -EPIPE if closed: then there are no bytes to the cursor.
 *
 * Cost: some stores.
 */
LBUF_INLINE int
lbuf_cursor_init(struct lbuf_cursor *c, const struct lbuf *b)
{
	const struct lbuf_seg *s = b->rd;
	uint64_t len = b->len, piece;

	c->b = b;
	c->s = s;
	c->len = len;
	c->p = (const uint8_t *)b;
	c->rest = 0;
	c->end = c->p;
	if (unlikely((b->flags & (LBUF_F_OPEN | LBUF_F_RAW)) != LBUF_F_OPEN))
		return lbuf_cursor_seek(c, 0);
	if (len == 0)
		return 0;
	piece = s->len < len ? s->len : len;
	c->p = s->addr;
	c->end = c->p + piece;
	c->rest = len - piece;
	return 0;
}

/** Readable bytes from the cursor on. */
LBUF_INLINE uint64_t
lbuf_cursor_left(const struct lbuf_cursor *c)
{
	return c->rest + (uint64_t)(c->end - c->p);
}

/** Offset of the cursor in the readable bytes. */
LBUF_INLINE uint64_t
lbuf_cursor_tell(const struct lbuf_cursor *c)
{
	return c->len - lbuf_cursor_left(c);
}

/**
 * Go on by n bytes.
 *
 * @param c
 *   The cursor.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are left, and the cursor is as before.
 *
 * Cost: an addition within a segment; else a look at each one that is skipped.
 */
LBUF_INLINE int
lbuf_cursor_skip(struct lbuf_cursor *c, uint64_t n)
{
	if (unlikely(n > (uint64_t)(c->end - c->p)))
		return lbuf_cursor_skip_slow(c, n);
	c->p += n;
	return 0;
}

/**
 * Look at what there is in one piece from the cursor on, which stays.
 *
 * @param c
 *   The cursor.
 * @param n
 *   Receives the bytes in it; 0 only at the end.
 * @return
 *   Its first byte; not NULL.
 *
 * Cost: no copy.
 */
const void *
lbuf_cursor_piece(struct lbuf_cursor *c, uint64_t *n);

/**
 * Get the next n bytes in one piece, and go on behind them.
 *
 * @param c
 *   The cursor.
 * @param n
 *   Bytes.
 * @param mem
 *   The caller's memory for n bytes, which is used where segments divide them; NULL: then
 *   that is an error.
 * @return
 *   The bytes, in the buffer or in `mem`; NULL on error, with rte_errno, and the cursor is
 *   as before:
 *   - ENODATA: fewer are left
 *   - ERANGE: segments divide them, and `mem` is NULL
 *
 * Cost: no copy, but where segments divide them.
 */
LBUF_INLINE const void *
lbuf_cursor_next(struct lbuf_cursor *c, uint64_t n, void *mem)
{
	const uint8_t *p = c->p;

	if (unlikely(n > (uint64_t)(c->end - p)))
		return lbuf_cursor_next_slow(c, n, mem);
	c->p = p + n;
	return p;
}

/**
 * Copy the next n bytes out, and go on behind them.
 *
 * @param c
 *   The cursor.
 * @param dst
 *   Where to.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are left, and the cursor is as before.
 *
 * Cost: one copy.
 */
LBUF_INLINE int
lbuf_cursor_read(struct lbuf_cursor *c, void *dst, uint64_t n)
{
	if (unlikely(n > (uint64_t)(c->end - c->p)))
		return lbuf_cursor_read_slow(c, dst, n);
	memcpy(dst, c->p, n);
	c->p += n;
	return 0;
}

/**
 * Read the next byte.
 *
 * @param c
 *   The cursor.
 * @param value
 *   Receives it; untouched on error.
 * @return
 *   0; -ENODATA if none is left.
 */
LBUF_INLINE int
lbuf_cursor_read_u8(struct lbuf_cursor *c, uint8_t *value)
{
	return lbuf_cursor_read(c, value, sizeof(*value));
}

/**
 * Read a 16-bit big-endian number, also where segments divide it.
 *
 * @param c
 *   The cursor.
 * @param value
 *   Receives the number, in the order of the CPU; untouched on error.
 * @return
 *   0; -ENODATA if fewer than 2 bytes are left, and the cursor is as before.
 *
 * Cost: a comparison and a load.
 */
LBUF_INLINE int
lbuf_cursor_read_be16(struct lbuf_cursor *c, uint16_t *value)
{
	rte_be16_t be;
	int ret = lbuf_cursor_read(c, &be, sizeof(be));

	if (likely(ret == 0))
		*value = rte_be_to_cpu_16(be);
	return ret;
}

/** lbuf_cursor_read_be16() for 32 bits. */
LBUF_INLINE int
lbuf_cursor_read_be32(struct lbuf_cursor *c, uint32_t *value)
{
	rte_be32_t be;
	int ret = lbuf_cursor_read(c, &be, sizeof(be));

	if (likely(ret == 0))
		*value = rte_be_to_cpu_32(be);
	return ret;
}

/** lbuf_cursor_read_be16() for 64 bits. */
LBUF_INLINE int
lbuf_cursor_read_be64(struct lbuf_cursor *c, uint64_t *value)
{
	rte_be64_t be;
	int ret = lbuf_cursor_read(c, &be, sizeof(be));

	if (likely(ret == 0))
		*value = rte_be_to_cpu_64(be);
	return ret;
}

/** lbuf_cursor_read_be16() for a little-endian number. */
LBUF_INLINE int
lbuf_cursor_read_le16(struct lbuf_cursor *c, uint16_t *value)
{
	rte_le16_t le;
	int ret = lbuf_cursor_read(c, &le, sizeof(le));

	if (likely(ret == 0))
		*value = rte_le_to_cpu_16(le);
	return ret;
}

/** lbuf_cursor_read_be16() for a little-endian number of 32 bits. */
LBUF_INLINE int
lbuf_cursor_read_le32(struct lbuf_cursor *c, uint32_t *value)
{
	rte_le32_t le;
	int ret = lbuf_cursor_read(c, &le, sizeof(le));

	if (likely(ret == 0))
		*value = rte_le_to_cpu_32(le);
	return ret;
}

/** lbuf_cursor_read_be16() for a little-endian number of 64 bits. */
LBUF_INLINE int
lbuf_cursor_read_le64(struct lbuf_cursor *c, uint64_t *value)
{
	rte_le64_t le;
	int ret = lbuf_cursor_read(c, &le, sizeof(le));

	if (likely(ret == 0))
		*value = rte_le_to_cpu_64(le);
	return ret;
}

/**
 * Find a byte from the cursor on.
 *
 * @param c
 *   The cursor, which stays.
 * @param byte
 *   The byte.
 * @return
 *   Bytes between the cursor and the first one; -ENOENT if it is not there.
 *
 * Cost: memchr() of each segment.
 */
LBUF_INLINE int64_t
lbuf_cursor_find(const struct lbuf_cursor *c, uint8_t byte)
{
	size_t n = (size_t)(c->end - c->p);
	const uint8_t *hit = (const uint8_t *)memchr(c->p, byte, n);

	return likely(hit != NULL) ? hit - c->p : lbuf_cursor_find_slow(c, byte);
}

/**
 * Find a byte string from the cursor on, also where segments divide it.
 *
 * @param c
 *   The cursor, which stays.
 * @param str
 *   The bytes.
 * @param n
 *   How many, 1 to LBUF_FIND_MAX.
 * @return
 *   Bytes between the cursor and the first place of the string; -ENOENT; -EINVAL for an n
 *   out of range.
 */
int64_t
lbuf_cursor_find_str(const struct lbuf_cursor *c, const void *str, size_t n);

/**
 * Find any byte of a set from the cursor on.
 *
 * @param c
 *   The cursor, which stays.
 * @param set
 *   The bytes, by lbuf_set_init().
 * @return
 *   Bytes between the cursor and the first one that is in the set; -ENOENT.
 */
int64_t
lbuf_cursor_find_any(const struct lbuf_cursor *c, const struct lbuf_set *set);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_CURSOR_H */
