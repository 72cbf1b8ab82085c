/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Search for any byte of a set in one piece of memory.
 *
 * A set has a row of bits for each low half of a byte, in which the high half tells the
 * bit: so a vector of bytes is tested by shuffles of the rows and of the bits. (W. Mula,
 * "SIMD-ized check which bytes are in a set": universal algorithm.)
 */

#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_vect.h>

#include "memany.h"

const uint8_t *
lbuf_memany_portable(const uint8_t *mem, size_t len, const struct lbuf_set *set)
{
	const uint8_t *end = mem + len;

	for (; mem != end; mem++)
		if (lbuf_set_has(set, *mem))
			return mem;
	return NULL;
}

memany_t lbuf_memany = lbuf_memany_portable;

#ifdef RTE_ARCH_X86

__attribute__((target("avx2"))) static const uint8_t *
memany_avx2(const uint8_t *mem, size_t len, const struct lbuf_set *set)
{
	const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set->row));
	const __m256i high =
			_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(set->row +
					16)));
	const __m256i bits = _mm256_set1_epi64x((long long)0x8040201008040201);
	const __m256i half = _mm256_set1_epi8(0xf);

	for (; len >= sizeof(low); mem += sizeof(low), len -= sizeof(low)) {
		__m256i v = _mm256_loadu_si256((const __m256i *)mem);
		/* The highest bit of a byte chooses between the two tables of rows. */
		__m256i row = _mm256_blendv_epi8(_mm256_shuffle_epi8(low,
								 _mm256_and_si256(v, half)),
				_mm256_shuffle_epi8(high, _mm256_and_si256(v, half)), v);
		__m256i bit = _mm256_shuffle_epi8(bits,
				_mm256_and_si256(_mm256_srli_epi16(v, 4), half));
		__m256i hit = _mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit);
		uint32_t mask = (uint32_t)_mm256_movemask_epi8(hit);

		if (mask != 0)
			return mem + __builtin_ctz(mask);
	}
	return lbuf_memany_portable(mem, len, set);
}

RTE_INIT(memany_select)
{
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0)
		lbuf_memany = memany_avx2;
}

#endif /* RTE_ARCH_X86 */
