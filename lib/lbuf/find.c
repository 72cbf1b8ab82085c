/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Searches go segment by segment: for a byte with memchr(), for which the C
 * library picks the widest SIMD of the machine at run time, for a string with
 * lbuf_memfind(), which does the same.
 */

#include "find.h"
#include "memany.h"
#include "memfind.h"

int64_t
find_byte(struct cursor c, uint8_t byte)
{
	uint64_t piece, before = c.left;

	while ((piece = cursor_piece(&c, UINT64_MAX)) != 0) {
		const uint8_t *p = cursor_addr(&c);
		const uint8_t *hit = memchr(p, byte, piece);

		if (hit != NULL)
			return (int64_t)(before - c.left) + (hit - p);
		cursor_advance(&c, piece);
	}
	return -ENOENT;
}

int64_t
find_any(struct cursor c, const struct lbuf_set *set)
{
	uint64_t piece, before = c.left;

	while ((piece = cursor_piece(&c, UINT64_MAX)) != 0) {
		const uint8_t *p = cursor_addr(&c);
		const uint8_t *hit = lbuf_memany(p, piece, set);

		if (hit != NULL)
			return (int64_t)(before - c.left) + (hit - p);
		cursor_advance(&c, piece);
	}
	return -ENOENT;
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
		if (*cursor_addr(&at) == str[0] && cursor_has(at, str, n))
			return (int64_t)i;
	}
	return -ENOENT;
}

int64_t
find_str(struct cursor c, const uint8_t *str, size_t n)
{
	uint64_t piece, before = c.left;
	int64_t at;

	while ((piece = cursor_piece(&c, UINT64_MAX)) != 0) {
		const uint8_t *p = cursor_addr(&c);
		const uint8_t *hit = lbuf_memfind(p, piece, str, n);

		at = hit != NULL ? hit - p : find_across(c, piece, str, n);
		if (at >= 0)
			return (int64_t)(before - c.left) + at;
		cursor_advance(&c, piece);
	}
	return -ENOENT;
}

/* 0 if there is something to search from an offset on, or a negative errno. */
static int
check_find(const struct lbuf *b, uint64_t from)
{
	if ((b->flags & LBUF_F_OPEN) == 0)
		return -EPIPE;
	return from >= b->len ? -ENOENT : 0;
}

/* The offset of what was found so far from another one, or the error. */
static int64_t
from_start(uint64_t from, int64_t at)
{
	return at < 0 ? at : (int64_t)from + at;
}

int64_t
lbuf_find(const struct lbuf *b, uint8_t byte, uint64_t from)
{
	int ret = check_find(b, from);

	return ret != 0 ? ret : from_start(from, find_byte(cursor_at(b, from), byte));
}

int64_t
lbuf_find_any(const struct lbuf *b, const struct lbuf_set *set, uint64_t from)
{
	int ret = check_find(b, from);

	return ret != 0 ? ret : from_start(from, find_any(cursor_at(b, from), set));
}

int64_t
lbuf_find_str(const struct lbuf *b, const void *str, size_t n, uint64_t from)
{
	int ret = check_find(b, from);

	if (ret != -EPIPE && (n == 0 || n > LBUF_FIND_MAX))
		return -EINVAL;
	return ret != 0 ? ret : from_start(from, find_str(cursor_at(b, from), str, n));
}
