/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * The Internet checksum's sum over plain memory, with the widest SIMD that the machine has
 * and EAL allows. lbuf_cksum() sums up linked buffers.
 */

#ifndef LBUF_MEMSUM_H
#define LBUF_MEMSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <lbuf_inline.h>

#ifdef __cplusplus
extern "C" {
#endif

/** From so many bytes on wide instructions pay for a call. */
#define LBUF_MEMSUM_WIDE 192

/**
 * lbuf_memsum() of many bytes.
 *
 * @param mem
 *   The bytes, at any address.
 * @param len
 *   How many, up to 16 GiB.
 * @return
 *   As lbuf_memsum().
 *
 * Cost: a call, and one pass over the bytes, 64 of them at a time.
 */
uint64_t
lbuf_memsum_wide(const void *mem, size_t len);

/**
 * lbuf_memsum() of few bytes, or of a number of them that the compiler knows: no call.
 *
 * @param mem
 *   The bytes, at any address.
 * @param len
 *   How many, up to 16 GiB.
 * @return
 *   As lbuf_memsum().
 */
LBUF_INLINE uint64_t
lbuf_memsum_few(const void *mem, size_t len)
{
	const uint8_t *p = (const uint8_t *)mem;
	uint64_t word, low = 0, high = 0;
	uint32_t half;
	uint16_t quarter;

	/* 2^16 is 1 modulo 65535: words of 32 bits do as well. Neither sum waits for the other. */
	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		low += word & UINT32_MAX;
		high += word >> 32;
	}
	if ((len & 4) != 0) {
		memcpy(&half, p, sizeof(half));
		low += half;
		p += sizeof(half);
	}
	if ((len & 2) != 0) {
		memcpy(&quarter, p, sizeof(quarter));
		high += quarter;
		p += sizeof(quarter);
	}
	if ((len & 1) != 0) {
		quarter = 0;
		memcpy(&quarter, p, 1);
		low += quarter;
	}
	return low + high;
}

/**
 * Sum of 16-bit words in the order of the machine, an odd byte at the end being one with a
 * zero behind it.
 *
 * @param mem
 *   The bytes, at any address.
 * @param len
 *   How many, up to 16 GiB.
 * @return
 *   Any number that is the sum modulo 65535, and 0 only if all bytes are: to be added to
 *   other sums, and to be folded to 16 bits in the end by lbuf_memsum_fold().
 *
 * Threads: any, at once.
 */
LBUF_INLINE uint64_t
lbuf_memsum(const void *mem, size_t len)
{
	return len < LBUF_MEMSUM_WIDE ? lbuf_memsum_few(mem, len) : lbuf_memsum_wide(mem, len);
}

/**
 * A sum in 16 bits.
 *
 * @param sum
 *   By lbuf_memsum(), or several of them added.
 * @return
 *   What rte_raw_cksum() returns of the bytes: the same number modulo 65535, and 0 only if
 *   all bytes are.
 *
 * Cost: some ten instructions, no branch.
 */
LBUF_INLINE uint16_t
lbuf_memsum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16 & UINT16_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

/**
 * Add the sum of a piece of memory to that of the pieces before it, which make up a range
 * together. Behind an odd number of bytes those of a piece are the other halves of their
 * words (RFC 1071, section 2).
 *
 * @param sum
 *   Of the pieces before; 0 if there are none.
 * @param done
 *   Bytes in these.
 * @param part
 *   Of the piece, by lbuf_memsum().
 * @return
 *   As lbuf_memsum() of all of them.
 */
LBUF_INLINE uint64_t
lbuf_memsum_add(uint64_t sum, uint64_t done, uint64_t part)
{
	uint16_t folded = lbuf_memsum_fold(part);

	if ((done & 1) != 0)
		folded = (uint16_t)(folded << 8 | folded >> 8);
	return sum + folded;
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_MEMSUM_H */
