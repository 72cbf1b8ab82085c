/* SPDX-License-Identifier: BSD-3-Clause */

/* Further views of the same bytes: nothing is consumed. */

#include "lbuf_priv.h"

/* Segments that n bytes from a place on lie in, each made fit to be shared. */
static int
count_segs(struct lbuf_pool *pool, struct cursor c, uint64_t n, uint32_t *segs)
{
	uint64_t piece;
	int ret;

	*segs = 0;
	while ((piece = cursor_piece(&c, n)) != 0) {
		ret = seg_countable(pool, (struct lbuf_seg *)(uintptr_t)c.s);
		if (ret != 0)
			return ret;
		cursor_advance(&c, piece);
		n -= piece;
		(*segs)++;
	}
	return 0;
}

/* Have segments view n bytes from a place on; returns the end of the segments. */
static struct lbuf_seg *
share_segs(struct lbuf_seg *to, struct cursor c, uint64_t n)
{
	uint64_t piece;

	while ((piece = cursor_piece(&c, n)) != 0) {
		lbuf_seg_fill(to++, cursor_addr(&c), piece,
				seg_share((struct lbuf_seg *)(uintptr_t)c.s));
		cursor_advance(&c, piece);
		n -= piece;
	}
	return to;
}

int
lbuf_clone(struct lbuf *b, uint64_t from, uint64_t n, struct lbuf *out)
{
	struct lbuf_chunk *vec = NULL;
	struct lbuf_seg *to;
	struct cursor c;
	uint32_t segs;
	int ret = check_range(b, from, n);

	if (ret != 0)
		return ret;
	c = cursor_at(b, from);
	ret = count_segs(b->pool, c, n, &segs);
	if (ret != 0)
		return ret;
	if (segs > LBUF_INLINE_SEGS) {
		vec = lbuf_chunk_alloc(b->pool, segs * sizeof(*to));
		if (vec == NULL)
			return -rte_errno;
	}
	to = vec == NULL ? out->inl : (struct lbuf_seg *)vec->data;
	lbuf_init_slice(out, b->pool, n, share_segs(to, c, n));
	out->vec = vec;
	out->head = to;
	out->rd = to;
	return 0;
}
