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
