/* SPDX-License-Identifier: BSD-3-Clause */

/* Further views of the same bytes: nothing is consumed. */

#include "lbuf_priv.h"

/*
 * Have segments view n bytes from a place on; returns the end of the segments, and stops
 * where references cannot be counted: *ret.
 */
static struct lbuf_seg *
share_segs(struct lbuf_pool *pool, struct cursor c, uint64_t n, struct lbuf_seg *to, int *ret)
{
	struct lbuf_seg *s = (struct lbuf_seg *)(uintptr_t)c.s;
	uint64_t piece;
	uintptr_t mem;

	*ret = 0;
	for (; n != 0; n -= piece, s++) {
		piece = RTE_MIN(n, s->len - c.skip);
		mem = s->mem;
		if (likely((mem & LBUF_SEG_MBUF) == 0)) {
			mem &= ~LBUF_SEG_BITS;
			lbuf_mem_get((struct lbuf_mem *)mem);
		} else {
			*ret = seg_countable(pool, s);
			if (*ret != 0)
				return to;
			mem = seg_share(s);
		}
		lbuf_seg_fill(to++, s->addr + c.skip, piece, mem);
		c.skip = 0;
	}
	return to;
}

/* Segments that n bytes, at least one, from a place on lie in. */
static size_t
count_segs(const struct lbuf *b, struct cursor c, uint64_t from, uint64_t n)
{
	return (size_t)(cursor_at(b, from + n - 1).s - c.s) + 1;
}

int
lbuf_clone(struct lbuf *b, uint64_t from, uint64_t n, struct lbuf *out)
{
	struct lbuf_chunk *vec = NULL;
	struct lbuf_seg *to, *end;
	int ret = check_range(b, from, n);
	struct cursor c;
	size_t segs;

	if (ret != 0)
		return ret;
	c = cursor_at(b, from);
	segs = n == 0 ? 0 : count_segs(b, c, from, n);
	if (segs > LBUF_INLINE_SEGS) {
		vec = lbuf_chunk_alloc(b->pool, segs * sizeof(*to));
		if (vec == NULL)
			return -rte_errno;
	}
	to = vec == NULL ? out->inl : (struct lbuf_seg *)vec->data;
	end = share_segs(b->pool, c, n, to, &ret);
	if (ret != 0) {
		while (end != to)
			seg_put_quietly(--end);
		chunk_put_quietly(vec);
		return ret;
	}
	lbuf_init_slice(out, b->pool, n, end);
	out->vec = vec;
	out->head = to;
	out->rd = to;
	return 0;
}
