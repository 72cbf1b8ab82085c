/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * CRC32C (Castagnoli) of one piece of memory, in the ways that machines have for it. All of
 * them go on with a CRC as it is within, that is without the inversions at both ends.
 */

#ifndef LBUF_CRC32C_H
#define LBUF_CRC32C_H

#include <stdint.h>
#include <string.h>

#include <rte_hash_crc.h>
#include <rte_vect.h>

/* From so many bytes on it pays to call crc32c_many. */
#define CRC32C_MANY 192

typedef uint32_t (*crc32c_fn)(const uint8_t *p, uint64_t n, uint32_t crc);

enum {
	CRC32C_LANES, /* three at a time, with the CPU's instruction for 8 bytes */
	CRC32C_FOLD,  /* 128 bytes at a time, by multiplication without carries, beside lanes */
	CRC32C_WAYS,
};

/* Of any number of bytes, at any address. NULL: this machine cannot. */
extern crc32c_fn crc32c_ways[CRC32C_WAYS];

/* The fastest of them for CRC32C_MANY bytes or more. */
extern crc32c_fn crc32c_many;

/* Go on with a CRC by 8 bytes. The instruction's upper half is zero, which need not be told. */
static inline uint64_t
crc32c_word(uint64_t crc, uint64_t word)
{
#ifdef __SSE4_2__
	return _mm_crc32_u64(crc, word);
#else
	return rte_hash_crc_8byte(word, (uint32_t)crc);
#endif
}

/*
 * rte_hash_crc() of bytes that need not be aligned: what is left behind the words of 8 bytes
 * goes in by halves. Each step waits for the one before.
 */
static inline uint32_t
crc32c_few(const uint8_t *p, uint64_t n, uint32_t crc)
{
	const uint8_t *end = p + (n & ~(uint64_t)7);
	uint64_t word, all = crc;
	uint32_t half;
	uint16_t quarter;

	for (; p != end; p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		all = crc32c_word(all, word);
	}
	crc = (uint32_t)all;
	if ((n & 4) != 0) {
		memcpy(&half, p, sizeof(half));
		crc = rte_hash_crc_4byte(half, crc);
		p += sizeof(half);
	}
	if ((n & 2) != 0) {
		memcpy(&quarter, p, sizeof(quarter));
		crc = rte_hash_crc_2byte(quarter, crc);
		p += sizeof(quarter);
	}
	return (n & 1) != 0 ? rte_hash_crc_1byte(*p, crc) : crc;
}

static inline uint32_t
crc32c(const uint8_t *p, uint64_t n, uint32_t crc)
{
	return n < CRC32C_MANY ? crc32c_few(p, n, crc) : crc32c_many(p, n, crc);
}

#endif /* LBUF_CRC32C_H */
