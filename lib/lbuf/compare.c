/* SPDX-License-Identifier: BSD-3-Clause */

/* The order of bytes, in linked buffers and in memory. */

#include "lbuf_priv.h"

static int
sign(int order)
{
	return (order > 0) - (order < 0);
}

/* That which ends first comes first. */
static int
by_length(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
lbuf_compare(const struct lbuf *a, const struct lbuf *b)
{
	struct cursor x = cursor_at(a, 0), y = cursor_at(b, 0);
	uint64_t piece;
	int order;

	while ((piece = cursor_piece(&x, cursor_piece(&y, UINT64_MAX))) != 0) {
		order = memcmp(cursor_addr(&x), cursor_addr(&y), piece);
		if (order != 0)
			return sign(order);
		cursor_advance(&x, piece);
		cursor_advance(&y, piece);
	}
	return by_length(a->len, b->len);
}

int
lbuf_compare_mem(const struct lbuf *b, const void *mem, size_t n)
{
	struct cursor c = cursor_at(b, 0);
	const uint8_t *p = mem;
	uint64_t piece, left = n;
	int order;

	while ((piece = cursor_piece(&c, left)) != 0) {
		order = memcmp(cursor_addr(&c), p, piece);
		if (order != 0)
			return sign(order);
		cursor_advance(&c, piece);
		p += piece;
		left -= piece;
	}
	return by_length(b->len, n);
}

bool
lbuf_equal(const struct lbuf *a, const struct lbuf *b)
{
	return a->len == b->len && lbuf_compare(a, b) == 0;
}

bool
lbuf_equal_mem(const struct lbuf *b, uint64_t from, const void *mem, size_t n)
{
	return check_range(b, from, n) == 0 && cursor_has(cursor_at(b, from), mem, n);
}
