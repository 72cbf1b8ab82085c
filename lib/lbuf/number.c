/* SPDX-License-Identifier: BSD-3-Clause */

/* Numbers that segments divide. */

#include "lbuf_priv.h"

/* 4 bytes, of which the first 1 to 3 are all that a segment has. */
static inline uint32_t
be32_of_two(const struct lbuf_seg *s)
{
	const uint8_t *p = s->addr;
	uint32_t high, low, mask;
	rte_be32_t be;

	/* Of the 3 bytes that these are, the first s->len are right. */
	high = (uint32_t)p[0] << 24 | (uint32_t)p[s->len >> 1] << 16 | (uint32_t)p[s->len - 1] << 8;
	mask = UINT32_MAX >> (8 * s->len);
	memcpy(&be, s[1].addr, sizeof(be));
	low = rte_be_to_cpu_32(be) >> (8 * s->len);
	return (high & ~mask) | low;
}

/* The first n bytes, 2 to 8, as a big-endian number: they are readable. */
uint64_t
lbuf_peek_be_slow(const struct lbuf *b, uint32_t n)
{
	const struct lbuf_seg *s = b->rd;
	const uint8_t *p, *end;
	uint64_t value = 0;

	if (n == sizeof(uint32_t) && s->len - 1 < 3 && s[1].len >= n)
		return be32_of_two(s);
	settle(b);
	for (;; s++) {
		p = s->addr;
		end = p + RTE_MIN((uint64_t)n, s->len);
		n -= (uint32_t)(end - p);
		while (p != end)
			value = value << 8 | *p++;
		if (n == 0)
			return value;
	}
}
