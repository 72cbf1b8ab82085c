/* SPDX-License-Identifier: BSD-3-Clause */

/* Internet checksum of one piece of memory. */

#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_vect.h>

#include <lbuf_memsum.h>

static uint64_t
memsum_any(const uint8_t *mem, size_t len)
{
	return lbuf_memsum_few(mem, len);
}

static uint64_t (*memsum)(const uint8_t *mem, size_t len) = memsum_any;

uint64_t
lbuf_memsum_wide(const void *mem, size_t len)
{
	return memsum(mem, len);
}

#ifdef RTE_ARCH_X86

/* Each 64-bit lane sums up the halves of what lies in its place. */
__attribute__((target("avx2"))) static uint64_t
memsum_avx2(const uint8_t *mem, size_t len)
{
	const __m256i mask = _mm256_set1_epi64x(UINT32_MAX);
	__m256i low = _mm256_setzero_si256(), high = low, low2 = low, high2 = low;
	uint64_t lane[4];

	for (; len >= 2 * sizeof(mask); len -= 2 * sizeof(mask), mem += 2 * sizeof(mask)) {
		__m256i a = _mm256_loadu_si256((const __m256i *)mem);
		__m256i b = _mm256_loadu_si256((const __m256i *)(mem + sizeof(mask)));

		low = _mm256_add_epi64(low, _mm256_and_si256(a, mask));
		high = _mm256_add_epi64(high, _mm256_srli_epi64(a, 32));
		low2 = _mm256_add_epi64(low2, _mm256_and_si256(b, mask));
		high2 = _mm256_add_epi64(high2, _mm256_srli_epi64(b, 32));
	}
	low = _mm256_add_epi64(_mm256_add_epi64(low, high), _mm256_add_epi64(low2, high2));
	_mm256_storeu_si256((__m256i *)lane, low);
	return lane[0] + lane[1] + lane[2] + lane[3] + lbuf_memsum_few(mem, len);
}

RTE_INIT(memsum_select)
{
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0)
		memsum = memsum_avx2;
}

#endif /* RTE_ARCH_X86 */
