/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEMSUM_H
#define LBUF_MEMSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Sum of 16-bit words in the order of the machine, an odd byte at the end being
 * one with a zero behind it: any number that is this sum modulo 65535, and 0 only
 * if all bytes are. For up to 16 GiB.
 */
typedef uint64_t (*memsum_t)(const uint8_t *mem, size_t len);

/* With the widest SIMD that the machine has and EAL allows. */
extern memsum_t lbuf_memsum;

/* The portable twin, which all others must agree with; best for few bytes. */
static inline uint64_t
lbuf_memsum_portable(const uint8_t *mem, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;

	/* 2^16 is 1 modulo 65535: words of 32 bits do as well. */
	for (; len >= sizeof(word); len -= sizeof(word), mem += sizeof(word)) {
		memcpy(&word, mem, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, mem, len);
	return sum + word;
}

#endif /* LBUF_MEMSUM_H */
