/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Numbers in linked buffers, of both byte orders: looked at, read and written. Include
 * lbuf.h. Those at any offset: lbuf_cursor.h.
 */

#ifndef LBUF_NUMBER_H
#define LBUF_NUMBER_H

#include <lbuf_base.h>
#include <lbuf_read.h>
#include <lbuf_write.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond part of the inline functions, for the unusual cases. Not to be called. */
uint64_t
lbuf_peek_be_slow(const struct lbuf *b, uint32_t n);
/** @endcond */

/**
 * Look at a 16-bit big-endian number, also where segments divide it.
 *
 * @param b
 *   The buffer.
 * @param value
 *   Receives the number, in the order of the CPU; untouched on error.
 * @return
 *   0; -ENODATA if fewer than 2 bytes are readable; -EPIPE if closed.
 *
 * Cost: a load; a look at each byte where segments divide it.
 */
LBUF_INLINE int
lbuf_peek_be16(const struct lbuf *b, uint16_t *value)
{
	const struct lbuf_seg *s = b->rd;
	rte_be16_t be;

	/* Not unlikely: it is how a reader finds out that bytes are missing. */
	if (b->len < sizeof(be))
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -ENODATA;
	if (unlikely(s->len < sizeof(be))) {
		*value = (uint16_t)lbuf_peek_be_slow(b, sizeof(be));
		return 0;
	}
	memcpy(&be, s->addr, sizeof(be));
	*value = rte_be_to_cpu_16(be);
	return 0;
}

/** lbuf_peek_be16() for 32 bits. */
LBUF_INLINE int
lbuf_peek_be32(const struct lbuf *b, uint32_t *value)
{
	const struct lbuf_seg *s = b->rd;
	rte_be32_t be;

	/* Not unlikely: it is how a reader finds out that bytes are missing. */
	if (b->len < sizeof(be))
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -ENODATA;
	if (unlikely(s->len < sizeof(be))) {
		*value = (uint32_t)lbuf_peek_be_slow(b, sizeof(be));
		return 0;
	}
	memcpy(&be, s->addr, sizeof(be));
	*value = rte_be_to_cpu_32(be);
	return 0;
}

/** lbuf_peek_be16() for 64 bits. */
LBUF_INLINE int
lbuf_peek_be64(const struct lbuf *b, uint64_t *value)
{
	const struct lbuf_seg *s = b->rd;
	rte_be64_t be;

	/* Not unlikely: it is how a reader finds out that bytes are missing. */
	if (b->len < sizeof(be))
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -ENODATA;
	if (unlikely(s->len < sizeof(be))) {
		*value = lbuf_peek_be_slow(b, sizeof(be));
		return 0;
	}
	memcpy(&be, s->addr, sizeof(be));
	*value = rte_be_to_cpu_64(be);
	return 0;
}

/** lbuf_peek_be16() for a little-endian number. */
LBUF_INLINE int
lbuf_peek_le16(const struct lbuf *b, uint16_t *value)
{
	int ret = lbuf_peek_be16(b, value);

	if (ret == 0)
		*value = rte_bswap16(*value);
	return ret;
}

/** lbuf_peek_be16() for a little-endian number of 32 bits. */
LBUF_INLINE int
lbuf_peek_le32(const struct lbuf *b, uint32_t *value)
{
	int ret = lbuf_peek_be32(b, value);

	if (ret == 0)
		*value = rte_bswap32(*value);
	return ret;
}

/** lbuf_peek_be16() for a little-endian number of 64 bits. */
LBUF_INLINE int
lbuf_peek_le64(const struct lbuf *b, uint64_t *value)
{
	int ret = lbuf_peek_be64(b, value);

	if (ret == 0)
		*value = rte_bswap64(*value);
	return ret;
}

/**
 * Consume one byte.
 *
 * @param b
 *   The buffer.
 * @param value
 *   Receives it; untouched on error.
 * @return
 *   0; -ENODATA if nothing is readable; -EPIPE if closed.
 */
LBUF_INLINE int
lbuf_read_u8(struct lbuf *b, uint8_t *value)
{
	return lbuf_read(b, value, sizeof(*value));
}

/**
 * Consume a 16-bit big-endian number, also where segments divide it.
 *
 * @param b
 *   The buffer.
 * @param value
 *   Receives the number, in the order of the CPU; untouched on error.
 * @return
 *   0; -ENODATA if fewer than 2 bytes are readable, and nothing is consumed; -EPIPE if
 *   closed.
 *
 * Cost: that of lbuf_peek_be16() and lbuf_skip().
 */
LBUF_INLINE int
lbuf_read_be16(struct lbuf *b, uint16_t *value)
{
	int ret = lbuf_peek_be16(b, value);

	return ret != 0 ? ret : lbuf_skip(b, sizeof(*value));
}

/** lbuf_read_be16() for 32 bits. */
LBUF_INLINE int
lbuf_read_be32(struct lbuf *b, uint32_t *value)
{
	int ret = lbuf_peek_be32(b, value);

	return ret != 0 ? ret : lbuf_skip(b, sizeof(*value));
}

/** lbuf_read_be16() for 64 bits. */
LBUF_INLINE int
lbuf_read_be64(struct lbuf *b, uint64_t *value)
{
	int ret = lbuf_peek_be64(b, value);

	return ret != 0 ? ret : lbuf_skip(b, sizeof(*value));
}

/** lbuf_read_be16() for a little-endian number. */
LBUF_INLINE int
lbuf_read_le16(struct lbuf *b, uint16_t *value)
{
	int ret = lbuf_peek_le16(b, value);

	return ret != 0 ? ret : lbuf_skip(b, sizeof(*value));
}

/** lbuf_read_be16() for a little-endian number of 32 bits. */
LBUF_INLINE int
lbuf_read_le32(struct lbuf *b, uint32_t *value)
{
	int ret = lbuf_peek_le32(b, value);

	return ret != 0 ? ret : lbuf_skip(b, sizeof(*value));
}

/** lbuf_read_be16() for a little-endian number of 64 bits. */
LBUF_INLINE int
lbuf_read_le64(struct lbuf *b, uint64_t *value)
{
	int ret = lbuf_peek_le64(b, value);

	return ret != 0 ? ret : lbuf_skip(b, sizeof(*value));
}

/**
 * Write one byte. Pending until lbuf_flush().
 *
 * @return
 *   0, or a negative errno.
 */
LBUF_INLINE int
lbuf_write_u8(struct lbuf *b, uint8_t value)
{
	return lbuf_write(b, &value, sizeof(value));
}

/**
 * Write a 16-bit number in big-endian order. Pending until lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param value
 *   The number, in the order of the CPU.
 * @return
 *   0, or a negative errno.
 *
 * Cost: lbuf_write()'s, of so few bytes a store.
 */
LBUF_INLINE int
lbuf_write_be16(struct lbuf *b, uint16_t value)
{
	rte_be16_t be = rte_cpu_to_be_16(value);

	return lbuf_write(b, &be, sizeof(be));
}

/** lbuf_write_be16() for 32 bits. */
LBUF_INLINE int
lbuf_write_be32(struct lbuf *b, uint32_t value)
{
	rte_be32_t be = rte_cpu_to_be_32(value);

	return lbuf_write(b, &be, sizeof(be));
}

/** lbuf_write_be16() for 64 bits. */
LBUF_INLINE int
lbuf_write_be64(struct lbuf *b, uint64_t value)
{
	rte_be64_t be = rte_cpu_to_be_64(value);

	return lbuf_write(b, &be, sizeof(be));
}

/** lbuf_write_be16() for a little-endian number. */
LBUF_INLINE int
lbuf_write_le16(struct lbuf *b, uint16_t value)
{
	rte_le16_t le = rte_cpu_to_le_16(value);

	return lbuf_write(b, &le, sizeof(le));
}

/** lbuf_write_be16() for a little-endian number of 32 bits. */
LBUF_INLINE int
lbuf_write_le32(struct lbuf *b, uint32_t value)
{
	rte_le32_t le = rte_cpu_to_le_32(value);

	return lbuf_write(b, &le, sizeof(le));
}

/** lbuf_write_be16() for a little-endian number of 64 bits. */
LBUF_INLINE int
lbuf_write_le64(struct lbuf *b, uint64_t value)
{
	rte_le64_t le = rte_cpu_to_le_64(value);

	return lbuf_write(b, &le, sizeof(le));
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_NUMBER_H */
