/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_vect.h>

#include "crc32c.h"

static uint32_t
crc32c_lanes(const uint8_t *p, uint64_t n, uint32_t crc);

crc32c_fn crc32c_ways[CRC32C_WAYS] = { [CRC32C_LANES] = crc32c_lanes };
crc32c_fn crc32c_many = crc32c_lanes;

/* --- lanes ----------------------------------------------------------------- */

/* A step waits for the one before, so three lanes of a piece go side by side: bytes of each. */
#define LANE 160
#define LANES 3

/* What becomes of each half byte of a CRC when a lane of zeros follows: it is linear. */
static uint32_t shifts[2 * sizeof(uint32_t)][1 << 4];

RTE_INIT(crc32c_shifts_init)
{
	uint32_t half, value, i, crc;

	for (half = 0; half < RTE_DIM(shifts); half++) {
		for (value = 0; value < RTE_DIM(shifts[0]); value++) {
			crc = value << (4 * half);
			for (i = 0; i < LANE; i += sizeof(uint64_t))
				crc = (uint32_t)crc32c_word(crc, 0);
			shifts[half][value] = crc;
		}
	}
}

/* A CRC, gone on with a lane of zeros. */
static inline uint32_t
past_lane(uint32_t crc)
{
	uint32_t half, value = 0;

#pragma GCC unroll 8
	for (half = 0; half < RTE_DIM(shifts); half++)
		value ^= shifts[half][(crc >> (4 * half)) & 0xf];
	return value;
}

/*
 * Each lane by itself, the first one going on with crc[0]. A loop would be left by a branch that
 * is predicted wrongly, and nothing behind it would begin before.
 */
static inline void
three_lanes(const uint8_t *p, uint64_t crc[LANES])
{
	uint64_t first = crc[0], second = 0, third = 0, word;
	uint32_t i;

#pragma GCC unroll 20
	for (i = 0; i < LANE; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		first = crc32c_word(first, word);
		memcpy(&word, p + LANE + i, sizeof(word));
		second = crc32c_word(second, word);
		memcpy(&word, p + 2 * LANE + i, sizeof(word));
		third = crc32c_word(third, word);
	}
	crc[0] = first;
	crc[1] = second;
	crc[2] = third;
}

static uint32_t
crc32c_lanes(const uint8_t *p, uint64_t n, uint32_t crc)
{
	uint64_t each[LANES] = { crc };

	for (; n >= LANES * LANE; n -= LANES * LANE, p += LANES * LANE) {
		three_lanes(p, each);
		each[1] ^= past_lane((uint32_t)each[0]);
		each[0] = past_lane((uint32_t)each[1]) ^ each[2];
	}
	return crc32c_few(p, n, (uint32_t)each[0]);
}

/* --- folding --------------------------------------------------------------- */

#ifdef RTE_ARCH_X86

/*
 * A block of 16 bytes is a polynomial of degree 127, the first bit of the first byte being its
 * highest coefficient. To move it over D bits that follow, each half of it is multiplied
 * by the power of x that it moves by, modulo the CRC's polynomial: the product has less than
 * 128 bits, and the same CRC. As all is mirrored, a product of two 64-bit numbers comes out
 * multiplied by x, which the power makes up for. Source: V. Gopal et al., "Fast CRC Computation
 * for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009.
 */
#define FOLD_TARGET __attribute__((target("avx2,pclmul,vpclmulqdq,sse4.2")))
#define FOLD_PAIR 32   /* bytes of two blocks, in a register */
#define FOLD_BYTES 128 /* that are folded side by side, as each step waits for the one before */

/* After so many of these rounds, the lanes: CPUs have other units for them, and do both at once. */
#define FOLD_ROUNDS 3

/* Factors of the first and the second half, to move over 1, 2, 8 blocks, and 8 and the lanes. */
static uint64_t over_1[2], over_2[2], over_8[2], over_lanes[2];

/*
 * Factors of the CRCs of the first and the second lane. The CRC of the product, which has 64 bits,
 * is 32 places higher.
 */
static uint64_t past_lanes[2];

/* x to the power of n, modulo the polynomial, mirrored: bit 31 is the coefficient of 1. */
static uint64_t
power(unsigned int n)
{
	uint32_t value = UINT32_C(1) << 31;

	while (n-- > 0)
		value = value >> 1 ^ ((value & 1) != 0 ? 0x82f63b78 : 0);
	return value;
}

static void
factors_init(uint64_t factors[2], unsigned int bytes)
{
	factors[0] = power(bytes * 8 + 64 - 1) << 32;
	factors[1] = power(bytes * 8 - 1) << 32;
}

FOLD_TARGET static inline __m128i
fold(__m128i block, const uint64_t factors[2])
{
	__m128i f = _mm_loadu_si128((const __m128i *)factors);

	return _mm_xor_si128(_mm_clmulepi64_si128(block, f, 0x00),
			_mm_clmulepi64_si128(block, f, 0x11));
}

/* The same for two blocks in a register. */
FOLD_TARGET static inline __m256i
fold_pair(__m256i blocks, const uint64_t factors[2])
{
	__m256i f = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)factors));

	return _mm256_xor_si256(_mm256_clmulepi64_epi128(blocks, f, 0x00),
			_mm256_clmulepi64_epi128(blocks, f, 0x11));
}

FOLD_TARGET static inline __m256i
load_pair(const uint8_t *p)
{
	return _mm256_lddqu_si256((const __m256i *)p);
}

/* The same with the CRC of what is before, which the first bytes go on from. */
FOLD_TARGET static inline __m256i
load_first(const uint8_t *p, uint32_t crc)
{
	return _mm256_xor_si256(load_pair(p), _mm256_set_epi32(0, 0, 0, 0, 0, 0, 0, (int)crc));
}

/* The CRC of the bytes that a block stands for. */
FOLD_TARGET static inline uint32_t
crc_of(__m128i block)
{
	uint64_t crc = _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(block));

	return (uint32_t)_mm_crc32_u64(crc, (uint64_t)_mm_extract_epi64(block, 1));
}

/* The CRC of the lanes, from 0 on: what those before the last become by those behind them. */
FOLD_TARGET static inline uint32_t
fold_lanes(const uint8_t *p)
{
	uint64_t crc[LANES] = { 0 };
	__m128i f, before;

	three_lanes(p, crc);
	f = _mm_loadu_si128((const __m128i *)past_lanes);
	before = _mm_xor_si128(_mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc[0]), f, 0x00),
			_mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc[1]), f, 0x10));
	return (uint32_t)(crc32c_word(0, (uint64_t)_mm_cvtsi128_si64(before)) ^ crc[2]);
}

/* Of FOLD_BYTES at least. */
FOLD_TARGET static uint32_t
fold_many(const uint8_t *p, uint64_t n, uint32_t crc)
{
	const uint64_t *over = over_8;
	__m256i a, b, c, d;
	__m128i block;
	uint32_t i;

	a = load_first(p, crc);
	b = load_pair(p + FOLD_PAIR);
	c = load_pair(p + 2 * FOLD_PAIR);
	d = load_pair(p + 3 * FOLD_PAIR);
	p += FOLD_BYTES;
	n -= FOLD_BYTES;
	for (i = 1; n >= FOLD_BYTES; i++, over = over_8) {
		crc = 0;
		if (i >= FOLD_ROUNDS && n >= LANES * LANE + FOLD_BYTES) {
			crc = fold_lanes(p);
			p += LANES * LANE;
			n -= LANES * LANE;
			over = over_lanes;
			i = 0;
		}
		a = _mm256_xor_si256(fold_pair(a, over), load_first(p, crc));
		b = _mm256_xor_si256(fold_pair(b, over), load_pair(p + FOLD_PAIR));
		c = _mm256_xor_si256(fold_pair(c, over), load_pair(p + 2 * FOLD_PAIR));
		d = _mm256_xor_si256(fold_pair(d, over), load_pair(p + 3 * FOLD_PAIR));
		p += FOLD_BYTES;
		n -= FOLD_BYTES;
	}
	b = _mm256_xor_si256(fold_pair(a, over_2), b);
	c = _mm256_xor_si256(fold_pair(b, over_2), c);
	d = _mm256_xor_si256(fold_pair(c, over_2), d);
	for (; n >= FOLD_PAIR; n -= FOLD_PAIR, p += FOLD_PAIR)
		d = _mm256_xor_si256(fold_pair(d, over_2), load_pair(p));
	block = _mm_xor_si128(fold(_mm256_castsi256_si128(d), over_1),
			_mm256_extracti128_si256(d, 1));
	return crc32c_few(p, n, crc_of(block));
}

static uint32_t
crc32c_fold(const uint8_t *p, uint64_t n, uint32_t crc)
{
	return n < FOLD_BYTES ? crc32c_few(p, n, crc) : fold_many(p, n, crc);
}

RTE_INIT(crc32c_select)
{
	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_VPCLMULQDQ) <= 0 ||
			rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) <= 0)
		return;
	factors_init(over_1, 16);
	factors_init(over_2, FOLD_PAIR);
	factors_init(over_8, FOLD_BYTES);
	factors_init(over_lanes, LANES * LANE + FOLD_BYTES);
	past_lanes[0] = power(2 * LANE * 8 - 32 - 1);
	past_lanes[1] = power(LANE * 8 - 32 - 1);
	crc32c_ways[CRC32C_FOLD] = crc32c_fold;
	crc32c_many = crc32c_fold;
}

#endif /* RTE_ARCH_X86 */
