/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

/* Segments of a vector that is to hold at least n, given how many there are. */
static uint64_t
vec_size(const struct lbuf *b, uint32_t n)
{
	uint64_t want = RTE_MAX(2 * (uint64_t)(b->tail - b->head), (uint64_t)n);

	return RTE_MAX(want, (uint64_t)SEG_VEC_MIN);
}

/* The segments have moved, with the first one to a place. */
static void
set_place(struct lbuf *b, struct lbuf_seg *to)
{
	b->rd = to + (b->rd - b->head);
	b->tail = to + (b->tail - b->head);
	b->head = to;
}

/* Move the segments to a larger vector. */
static int
seg_grow(struct lbuf *b, uint32_t n)
{
	size_t used = (size_t)(b->tail - b->head);
	struct lbuf_chunk *vec;

	if (n > UINT32_MAX - used)
		return -ENOMEM;
	vec = lbuf_chunk_alloc(b->pool, vec_size(b, (uint32_t)used + n) * sizeof(*b->rd));
	if (vec == NULL)
		return -rte_errno;
	memcpy(vec->data, b->head, used * sizeof(*b->rd));
	set_place(b, (struct lbuf_seg *)vec->data);
	chunk_put_quietly(b->vec);
	b->vec = vec;
	return 0;
}

int
seg_room(struct lbuf *b, uint32_t n)
{
	struct lbuf_seg *base = seg_base(b);
	size_t used = (size_t)(b->tail - b->head);
	size_t before = (size_t)(b->head - base);
	size_t places = seg_places(b);
	int ret;

	if (places - before - used >= n)
		goto out;
	/* Moving down pays when it moves no more than was consumed before. */
	if (used <= before && n <= places - used) {
		memmove(base, b->head, used * sizeof(*base));
		set_place(b, base);
	} else {
		ret = seg_grow(b, n);
		if (ret != 0)
			return ret;
	}
out:
	seg_set_cap(b);
	return 0;
}

int
lbuf_room_slow(struct lbuf *b, uint32_t n)
{
	int ret = check_write(b);

	return ret != 0 ? ret : seg_room(b, n);
}

struct lbuf_seg *
seg_insert(struct lbuf *b, struct lbuf_seg *s, uint32_t n)
{
	size_t before = (size_t)(s - b->head);
	int ret;

	b->fresh = 0;
	if (s == b->rd && s != b->tail && (s->mem & LBUF_SEG_PIN) != 0)
		b->flags |= LBUF_F_PINS;
	if ((size_t)(b->head - seg_base(b)) >= n && before <= (size_t)(b->tail - s)) {
		memmove(b->head - n, b->head, before * sizeof(*s));
		b->head -= n;
		b->rd -= n;
		return s - n;
	}
	ret = seg_room(b, n);
	if (ret != 0)
		return fail_ptr(ret);
	s = b->head + before;
	memmove(s + n, s, (size_t)(b->tail - s) * sizeof(*s));
	b->tail += n;
	seg_set_cap(b);
	return s;
}

/*
 * The segment in which an offset lies, or that begins with it, found from the nearer end;
 * *skip: bytes of it before the offset.
 */
static struct lbuf_seg *
seg_at(struct lbuf *b, uint64_t off, uint64_t *skip)
{
	uint64_t at = b->len + b->pend;
	struct lbuf_seg *s;

	if (off <= at / 2) {
		for (s = b->rd; off != 0 && off >= s->len; s++)
			off -= s->len;
		*skip = off;
		return s;
	}
	for (s = b->tail; at > off; at -= s->len)
		s--;
	*skip = off - at;
	return s;
}

struct lbuf_seg *
seg_split(struct lbuf *b, uint64_t off, uint32_t n)
{
	struct lbuf_seg *s, *low;
	uint64_t skip;
	int ret;

	s = seg_at(b, off, &skip);
	if (skip == 0)
		return seg_insert(b, s, n);
	ret = seg_countable(b->pool, s);
	if (ret != 0)
		return fail_ptr(ret);
	s = seg_insert(b, s + 1, n + 1);
	if (s == NULL)
		return NULL;
	low = s - 1;
	s[n] = (struct lbuf_seg){
		.addr = low->addr + skip,
		.len = low->len - skip,
		.mem = seg_share(low),
	};
	low->len = skip;
	seg_cut(low);
	return s;
}
