/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Search for a short string in one piece of memory.
 *
 * A vector of places is tested at once for the string's first byte, and for its
 * last byte further on; only where both are is the rest compared. (W. Mula, "SIMD
 * friendly algorithms for substring searching": generic SIMD.)
 */

#include <string.h>

#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_vect.h>

#include "memfind.h"

const uint8_t *
lbuf_memfind_portable(const uint8_t *mem, size_t len, const uint8_t *str, size_t n)
{
	return memmem(mem, len, str, n);
}

memfind_t lbuf_memfind = lbuf_memfind_portable;

#ifdef RTE_ARCH_X86

/* The lowest place of those in a mask at which the whole string is, or NULL. */
static inline const uint8_t *
first_match(const uint8_t *mem, uint32_t mask, const uint8_t *str, size_t n)
{
	for (; mask != 0; mask &= mask - 1) {
		const uint8_t *at = mem + __builtin_ctz(mask);

		if (memcmp(at, str, n) == 0)
			return at;
	}
	return NULL;
}

static const uint8_t *
memfind_sse2(const uint8_t *mem, size_t len, const uint8_t *str, size_t n)
{
	const __m128i first = _mm_set1_epi8((char)str[0]);
	const __m128i last = _mm_set1_epi8((char)str[n - 1]);
	const uint8_t *hit;

	for (; len >= n - 1 + sizeof(first); mem += sizeof(first), len -= sizeof(first)) {
		__m128i a = _mm_loadu_si128((const __m128i *)mem);
		__m128i b = _mm_loadu_si128((const __m128i *)(mem + n - 1));
		__m128i both = _mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last));

		hit = first_match(mem, (uint32_t)_mm_movemask_epi8(both), str, n);
		if (hit != NULL)
			return hit;
	}
	return lbuf_memfind_portable(mem, len, str, n);
}

__attribute__((target("avx2"))) static const uint8_t *
memfind_avx2(const uint8_t *mem, size_t len, const uint8_t *str, size_t n)
{
	const __m256i first = _mm256_set1_epi8((char)str[0]);
	const __m256i last = _mm256_set1_epi8((char)str[n - 1]);
	const uint8_t *hit;

	for (; len >= n - 1 + sizeof(first); mem += sizeof(first), len -= sizeof(first)) {
		__m256i a = _mm256_loadu_si256((const __m256i *)mem);
		__m256i b = _mm256_loadu_si256((const __m256i *)(mem + n - 1));
		__m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(a, first),
				_mm256_cmpeq_epi8(b, last));

		hit = first_match(mem, (uint32_t)_mm256_movemask_epi8(both), str, n);
		if (hit != NULL)
			return hit;
	}
	return memfind_sse2(mem, len, str, n);
}

RTE_INIT(memfind_select)
{
	lbuf_memfind = memfind_sse2;
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0)
		lbuf_memfind = memfind_avx2;
}

#endif /* RTE_ARCH_X86 */
