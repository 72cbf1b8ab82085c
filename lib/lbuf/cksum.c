/* SPDX-License-Identifier: BSD-3-Clause */

#include <lbuf_memsum.h>

#include "crc32c.h"
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
		*crc = ~crc32c(s->addr + from, n, value);
		return 0;
	}
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, n)) != 0) {
		cursor_fetch_next(&c, piece);
		value = crc32c(cursor_addr(&c), piece, value);
		cursor_advance(&c, piece);
		n -= piece;
	}
	*crc = ~value;
	return 0;
}
