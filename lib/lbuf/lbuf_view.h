/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Searching, viewing and summing up the bytes of linked buffers. Include lbuf.h.
 */

#ifndef LBUF_VIEW_H
#define LBUF_VIEW_H

#include <sys/uio.h>

#include <lbuf_base.h>
#include <lbuf_read.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Find a byte.
 *
 * @param b
 *   The buffer.
 * @param byte
 *   The byte.
 * @param from
 *   Offset in the readable bytes to start at.
 * @return
 *   Its offset in the readable bytes; -ENOENT if it is not there; -EPIPE if
 *   closed.
 *
 * Cost: memchr() of each segment.
 */
int64_t
lbuf_find(const struct lbuf *b, uint8_t byte, uint64_t from);

/** Longest byte string that lbuf_find_str() looks for, bytes. */
#define LBUF_FIND_MAX 32

/**
 * Find a byte string, also where segments divide it.
 *
 * To go on where a search of a shorter buffer ended without success, start
 * n - 1 bytes before what was its end.
 *
 * @param b
 *   The buffer.
 * @param str
 *   The bytes.
 * @param n
 *   How many, 1 to LBUF_FIND_MAX.
 * @param from
 *   Offset in the readable bytes to start at.
 * @return
 *   Offset of its first byte; -ENOENT; -EINVAL for an n out of range; -EPIPE.
 */
int64_t
lbuf_find_str(const struct lbuf *b, const void *str, size_t n, uint64_t from);

/** A set of bytes, by lbuf_set_init(): two rows of bits for each low half of a byte. */
struct lbuf_set {
	uint8_t row[32]; /**< Bit `high half & 7` of [high half >> 3][low half]. */
};

/** The place of a byte in a set. For the inline functions only. */
static inline uint32_t
lbuf_set_row(uint8_t byte)
{
	return (uint32_t)((byte & 0x80) >> 3 | (byte & 0xf));
}

/**
 * Make a set of bytes to search for by lbuf_find_any().
 *
 * @param set
 *   Becomes the set. Can be searched for from any thread, as long as nobody writes it.
 * @param bytes
 *   The bytes, in any order, also more than once.
 * @param n
 *   How many; 0 for the empty set.
 */
LBUF_INLINE void
lbuf_set_init(struct lbuf_set *set, const void *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes, *end = p + n;

	memset(set, 0, sizeof(*set));
	for (; p != end; p++)
		set->row[lbuf_set_row(*p)] |= (uint8_t)(1u << (*p >> 4 & 7));
}

/** Whether a byte is in a set. */
LBUF_INLINE bool
lbuf_set_has(const struct lbuf_set *set, uint8_t byte)
{
	return (set->row[lbuf_set_row(byte)] >> (byte >> 4 & 7) & 1) != 0;
}

/**
 * Find any byte of a set: the end of a word, of a number, of a token.
 *
 * @param b
 *   The buffer.
 * @param set
 *   The bytes, by lbuf_set_init().
 * @param from
 *   Offset in the readable bytes to start at.
 * @return
 *   Offset of the first one that is in the set; -ENOENT if there is none; -EPIPE if
 *   closed.
 *
 * Cost: a pass over the bytes, with AVX2 32 at a time, whatever the set.
 */
int64_t
lbuf_find_any(const struct lbuf *b, const struct lbuf_set *set, uint64_t from);

/**
 * Compare the readable bytes of two buffers in the order of memcmp(), bytes as unsigned
 * numbers. What ends first comes first; a closed buffer is as an empty one.
 *
 * @param a
 *   The one.
 * @param b
 *   The other.
 * @return
 *   -1, 0 or 1: a comes before b, both are equal, a comes after b.
 *
 * Cost: memcmp() of the pieces that are contiguous in both.
 */
int
lbuf_compare(const struct lbuf *a, const struct lbuf *b);

/**
 * lbuf_compare() of all readable bytes with n bytes in memory.
 *
 * @param b
 *   The buffer.
 * @param mem
 *   The bytes.
 * @param n
 *   How many.
 * @return
 *   -1, 0 or 1: the buffer comes before them, is equal, comes after them.
 */
int
lbuf_compare_mem(const struct lbuf *b, const void *mem, size_t n);

/**
 * Whether two buffers have the same readable bytes.
 *
 * Cost: none where they have not as many; else that of lbuf_compare().
 */
bool
lbuf_equal(const struct lbuf *a, const struct lbuf *b);

/**
 * Whether the readable bytes from an offset on begin with those in memory: a prefix, a
 * magic number, a keyword.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset in the readable bytes.
 * @param mem
 *   The bytes.
 * @param n
 *   How many.
 * @return
 *   Whether these are there; false also where fewer are readable, or b is closed.
 */
bool
lbuf_equal_mem(const struct lbuf *b, uint64_t from, const void *mem, size_t n);

/**
 * Cut off all up to a byte, and this byte too, as a slice.
 *
 * @param b
 *   The buffer.
 * @param byte
 *   The byte.
 * @param out
 *   As lbuf_slice().
 * @return
 *   Bytes in the slice; -ENOENT if the byte is not there, and nothing is
 *   consumed; or a negative errno.
 */
int64_t
lbuf_until(struct lbuf *b, uint8_t byte, struct lbuf *out);

/**
 * Cut off all up to a byte string, and the string too, as a slice. A search that
 * found nothing is resumed where it ended, so that each byte is looked at once
 * however often it is called before the string arrives.
 *
 * @param b
 *   The buffer.
 * @param str
 *   The bytes.
 * @param n
 *   How many, 1 to LBUF_FIND_MAX.
 * @param from
 *   In: offset to start at: 0, or what the last call left here while nothing was
 *   consumed since. Out: where to go on if the string was not there, else 0. NULL
 *   starts at 0.
 * @param out
 *   As lbuf_slice().
 * @return
 *   Bytes in the slice; -ENOENT if the string is not there, and nothing is
 *   consumed; or a negative errno.
 */
int64_t
lbuf_until_str(struct lbuf *b, const void *str, size_t n, uint64_t *from, struct lbuf *out);

/**
 * View the readable bytes as an array of address and length.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset in the readable bytes to start at: the bytes of earlier calls.
 * @param iov
 *   Receives the pieces. They hold as long as the buffer is not read, released
 *   or closed.
 * @param n
 *   Elements of iov.
 * @param bytes
 *   Receives the bytes in the pieces; NULL if that is not wanted.
 * @return
 *   Pieces there are from that offset, in all: when it is over n, only n were
 *   filled in, and `from` plus *bytes is where to go on. -ERANGE if from is over
 *   the readable bytes; -EPIPE if closed.
 */
int64_t
lbuf_iovec(const struct lbuf *b, uint64_t from, struct iovec *iov, uint32_t n, uint64_t *bytes);

/**
 * Internet checksum (RFC 1071) over readable bytes.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset of the first byte.
 * @param n
 *   Bytes.
 * @param sum
 *   Receives the one's complement sum, 16 bits, not inverted, as
 *   rte_raw_cksum() returns it: in network order when stored as it is.
 * @return
 *   0; -ENODATA if the range is not readable; -EPIPE if closed.
 */
int
lbuf_cksum(const struct lbuf *b, uint64_t from, uint64_t n, uint16_t *sum);

/**
 * CRC32C (Castagnoli, as iSCSI and SCTP use it) over readable bytes.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset of the first byte.
 * @param n
 *   Bytes.
 * @param crc
 *   In: 0, or the CRC of the bytes before, to go on from. Out: the CRC.
 * @return
 *   0; -ENODATA if the range is not readable; -EPIPE if closed.
 */
int
lbuf_crc32c(const struct lbuf *b, uint64_t from, uint64_t n, uint32_t *crc);

/**
 * lbuf_read() and lbuf_cksum() in one pass over the bytes.
 *
 * @param b
 *   The buffer.
 * @param dst
 *   Where to.
 * @param n
 *   Bytes.
 * @param sum
 *   As lbuf_cksum().
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 */
int
lbuf_read_cksum(struct lbuf *b, void *dst, uint64_t n, uint16_t *sum);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_VIEW_H */
