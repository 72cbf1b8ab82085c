/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Cursors where they leave a segment. One may stand at the end of a segment's bytes, and
 * goes on to the next one when it has to.
 */

#include "find.h"

/* The place in the terms of the library; at the end of a segment, that of the next one. */
static struct cursor
place(const struct lbuf_cursor *c)
{
	struct cursor at = { .s = c->s, .left = lbuf_cursor_left(c) };

	if (at.left == 0)
		return at;
	if (c->p == c->end)
		at.s++;
	else
		at.skip = (uint64_t)(c->p - c->s->addr);
	return at;
}

/* Go to a place. */
static void
go_to(struct lbuf_cursor *c, struct cursor at)
{
	uint64_t piece = cursor_piece(&at, UINT64_MAX);

	c->s = at.s;
	if (piece != 0)
		c->p = cursor_addr(&at);
	c->end = c->p + piece;
	c->rest = at.left - piece;
}

int
lbuf_cursor_seek(struct lbuf_cursor *c, uint64_t off)
{
	const struct lbuf *b = c->b;
	int ret = check_range(b, off, 0);

	if (ret != 0)
		return ret;
	c->len = b->len;
	go_to(c, cursor_at(b, off));
	return 0;
}

int
lbuf_cursor_skip_slow(struct lbuf_cursor *c, uint64_t n)
{
	struct cursor at;
	uint64_t piece;

	if (n > lbuf_cursor_left(c))
		return -ENODATA;
	at = place(c);
	while ((piece = cursor_piece(&at, n)) != 0) {
		cursor_advance(&at, piece);
		n -= piece;
	}
	go_to(c, at);
	return 0;
}

int
lbuf_cursor_read_slow(struct lbuf_cursor *c, void *dst, uint64_t n)
{
	struct cursor at;
	uint64_t piece;

	if (n > lbuf_cursor_left(c))
		return -ENODATA;
	at = place(c);
	while ((piece = cursor_piece(&at, n)) != 0) {
		memcpy(dst, cursor_addr(&at), piece);
		cursor_advance(&at, piece);
		dst = (uint8_t *)dst + piece;
		n -= piece;
	}
	go_to(c, at);
	return 0;
}

const void *
lbuf_cursor_piece(struct lbuf_cursor *c, uint64_t *n)
{
	if (c->p == c->end)
		go_to(c, place(c));
	*n = (uint64_t)(c->end - c->p);
	return c->p;
}

const void *
lbuf_cursor_next_slow(struct lbuf_cursor *c, uint64_t n, void *mem)
{
	const uint8_t *p;
	uint64_t piece;

	if (n > lbuf_cursor_left(c))
		return fail_ptr(-ENODATA);
	p = lbuf_cursor_piece(c, &piece);
	if (n <= piece) {
		c->p = p + n;
		return p;
	}
	if (mem == NULL)
		return fail_ptr(-ERANGE);
	lbuf_cursor_read_slow(c, mem, n);
	return mem;
}

int64_t
lbuf_cursor_find_slow(const struct lbuf_cursor *c, uint8_t byte)
{
	return find_byte(place(c), byte);
}

int64_t
lbuf_cursor_find_str(const struct lbuf_cursor *c, const void *str, size_t n)
{
	return n == 0 || n > LBUF_FIND_MAX ? -EINVAL : find_str(place(c), str, n);
}

int64_t
lbuf_cursor_find_any(const struct lbuf_cursor *c, const struct lbuf_set *set)
{
	return find_any(place(c), set);
}
