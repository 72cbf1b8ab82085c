/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Searches go segment by segment: for a byte with memchr(), for which the C
 * library picks the widest SIMD of the machine at run time, for a string with
 * lbuf_memfind(), which does the same.
 */

#include "lbuf_priv.h"
#include "memfind.h"

int64_t
lbuf_find(const struct lbuf *b, uint8_t byte, uint64_t from)
{
	uint64_t piece;
	struct cursor c;

	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	if (from >= b->len)
		return -ENOENT;
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, UINT64_MAX)) != 0) {
		const uint8_t *p = cursor_addr(&c);
		const uint8_t *hit = memchr(p, byte, piece);

		if (hit != NULL)
			return (int64_t)(b->len - c.left + (uint64_t)(hit - p));
		cursor_advance(&c, piece);
	}
	return -ENOENT;
}

/* Whether the bytes from a place on are those of a string. */
static bool
matches(struct cursor c, const uint8_t *str, size_t n)
{
	uint64_t piece;

	while ((piece = cursor_piece(&c, n)) != 0) {
		if (memcmp(cursor_addr(&c), str, piece) != 0)
			return false;
		cursor_advance(&c, piece);
		str += piece;
		n -= piece;
	}
	return n == 0;
}

/*
 * A string that starts in this segment and ends behind it: its first byte is
 * one of the last n - 1. Returns how far from the place; or -ENOENT.
 */
static int64_t
find_across(struct cursor c, uint64_t piece, const uint8_t *str, size_t n)
{
	uint64_t i = piece < n ? 0 : piece - n + 1;

	if (c.left == piece)
		return -ENOENT;
	for (; i < piece; i++) {
		struct cursor at = c;

		cursor_advance(&at, i);
		if (*cursor_addr(&at) == str[0] && matches(at, str, n))
			return (int64_t)i;
	}
	return -ENOENT;
}

int64_t
lbuf_find_str(const struct lbuf *b, const void *str, size_t n, uint64_t from)
{
	uint64_t piece;
	struct cursor c;
	int64_t at;

	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	if (n == 0 || n > LBUF_FIND_MAX)
		return -EINVAL;
	if (from >= b->len)
		return -ENOENT;
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, UINT64_MAX)) != 0) {
		const uint8_t *p = cursor_addr(&c);
		const uint8_t *hit = lbuf_memfind(p, piece, str, n);

		at = hit != NULL ? hit - p : find_across(c, piece, str, n);
		if (at >= 0)
			return (int64_t)(b->len - c.left) + at;
		cursor_advance(&c, piece);
	}
	return -ENOENT;
}
