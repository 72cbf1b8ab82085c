/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_hash_crc.h>

#include <lbuf_memsum.h>

#include "lbuf_priv.h"

/* Bytes that a sum has room for. */
#define CKSUM_PIECE ((uint64_t)1 << 30)

int
lbuf_cksum(const struct lbuf *b, uint64_t from, uint64_t n, uint16_t *sum)
{
	const struct lbuf_seg *s = b->rd;
	uint64_t piece, done = 0, acc = 0;
	int ret = check_range(b, from, n);
	struct cursor c;

	if (ret != 0)
		return ret;
	/* Headers mostly lie in the first segment. */
	if (n != 0 && from + n <= RTE_MIN(s->len, CKSUM_PIECE)) {
		*sum = lbuf_memsum_fold(lbuf_memsum(s->addr + from, n));
		return 0;
	}
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, RTE_MIN(n - done, CKSUM_PIECE))) != 0) {
		cursor_fetch_next(&c, piece);
		acc = lbuf_memsum_add(acc, done, lbuf_memsum(cursor_addr(&c), piece));
		cursor_advance(&c, piece);
		done += piece;
	}
	*sum = lbuf_memsum_fold(acc);
	return 0;
}

/* rte_raw_cksum() of bytes that are copied on the way. */
static uint16_t
copy_cksum(uint8_t *dst, const uint8_t *src, uint64_t n)
{
	uint64_t sum = 0, i;
	uint16_t last = 0;

	for (i = 0; i + 4 <= n; i += 4) {
		uint32_t word;

		memcpy(&word, src + i, sizeof(word));
		memcpy(dst + i, &word, sizeof(word));
		sum += word;
	}
	for (; i + 2 <= n; i += 2) {
		uint16_t word;

		memcpy(&word, src + i, sizeof(word));
		memcpy(dst + i, &word, sizeof(word));
		sum += word;
	}
	if (i < n) {
		dst[i] = src[i];
		memcpy(&last, src + i, 1);
		sum += last;
	}
	return lbuf_memsum_fold(sum);
}

int
lbuf_read_cksum(struct lbuf *b, void *dst, uint64_t n, uint16_t *sum)
{
	uint64_t piece, done = 0, acc = 0;
	int ret = check_read(b, n);
	struct cursor c;

	if (ret != 0)
		return ret;
	c = cursor_at(b, 0);
	while ((piece = cursor_piece(&c, n - done)) != 0) {
		uint16_t s = copy_cksum((uint8_t *)dst + done, cursor_addr(&c), piece);

		acc = lbuf_memsum_add(acc, done, s);
		cursor_advance(&c, piece);
		done += piece;
	}
	*sum = lbuf_memsum_fold(acc);
	return lbuf_skip(b, n);
}

/* A step waits for the one before, so three lanes of a piece go side by side: bytes of each. */
#define CRC_LANE 160
#define CRC_LANES 3

/* What becomes of each half byte of a CRC when a lane of zeros follows: it is linear. */
static uint32_t crc_shifts[2 * sizeof(uint32_t)][1 << 4];

RTE_INIT(crc_init)
{
	uint32_t half, value, i, crc;

	for (half = 0; half < RTE_DIM(crc_shifts); half++) {
		for (value = 0; value < RTE_DIM(crc_shifts[0]); value++) {
			crc = value << (4 * half);
			for (i = 0; i < CRC_LANE; i += sizeof(uint64_t))
				crc = rte_hash_crc_8byte(0, crc);
			crc_shifts[half][value] = crc;
		}
	}
}

/* A CRC, gone on with a lane of zeros. */
static inline uint32_t
crc_past_lane(uint32_t crc)
{
	uint32_t half, value = 0;

	for (half = 0; half < RTE_DIM(crc_shifts); half++)
		value ^= crc_shifts[half][(crc >> (4 * half)) & 0xf];
	return value;
}

static uint32_t
crc_lanes(const uint8_t *p, uint32_t crc)
{
	uint32_t second = 0, third = 0, i;
	uint64_t words[CRC_LANES];

	for (i = 0; i < CRC_LANE; i += sizeof(uint64_t)) {
		memcpy(&words[0], p + i, sizeof(uint64_t));
		memcpy(&words[1], p + CRC_LANE + i, sizeof(uint64_t));
		memcpy(&words[2], p + 2 * CRC_LANE + i, sizeof(uint64_t));
		crc = rte_hash_crc_8byte(words[0], crc);
		second = rte_hash_crc_8byte(words[1], second);
		third = rte_hash_crc_8byte(words[2], third);
	}
	return crc_past_lane(crc_past_lane(crc) ^ second) ^ third;
}

/*
 * rte_hash_crc() of bytes that need not be aligned: what is left behind the words
 * of 8 bytes goes in by halves.
 */
static inline uint32_t
crc_piece(const uint8_t *p, uint64_t n, uint32_t crc)
{
	const uint8_t *end;
	uint64_t word;
	uint32_t half;
	uint16_t quarter;

	for (; n >= CRC_LANES * CRC_LANE; n -= CRC_LANES * CRC_LANE) {
		crc = crc_lanes(p, crc);
		p += CRC_LANES * CRC_LANE;
	}
	end = p + (n & ~(uint64_t)7);
	for (; p != end; p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		crc = rte_hash_crc_8byte(word, crc);
	}
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

int
lbuf_crc32c(const struct lbuf *b, uint64_t from, uint64_t n, uint32_t *crc)
{
	const struct lbuf_seg *s = b->rd;
	int ret = check_range(b, from, n);
	uint32_t value = ~*crc;
	struct cursor c;
	uint64_t piece;

	if (ret != 0)
		return ret;
	/* Headers, and short messages, mostly lie in the first segment. */
	if (n != 0 && from + n <= s->len) {
		*crc = ~crc_piece(s->addr + from, n, value);
		return 0;
	}
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, n)) != 0) {
		cursor_fetch_next(&c, piece);
		value = crc_piece(cursor_addr(&c), piece, value);
		cursor_advance(&c, piece);
		n -= piece;
	}
	*crc = ~value;
	return 0;
}
