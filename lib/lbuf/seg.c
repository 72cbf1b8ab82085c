/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

/* Segments of a vector that is to hold at least n, given how many there are. */
static uint64_t
vec_size(const struct lbuf *b, uint32_t n)
{
	uint64_t want = RTE_MAX(2 * (uint64_t)(b->tail - b->head), (uint64_t)n);

	return RTE_MAX(want, (uint64_t)SEG_VEC_MIN);
}

/* Move the segments to a larger vector. */
static int
seg_grow(struct lbuf *b, uint32_t n)
{
	uint32_t used = b->tail - b->head;
	struct lbuf_chunk *vec;

	if (n > UINT32_MAX - used)
		return -ENOMEM;
	vec = lbuf_chunk_alloc(b->pool, vec_size(b, used + n) * sizeof(*b->seg));
	if (vec == NULL)
		return -rte_errno;
	memcpy(vec->data, &b->seg[b->head], used * sizeof(*b->seg));
	lbuf_chunk_put(b->vec);
	b->vec = vec;
	b->seg = (struct lbuf_seg *)vec->data;
	return 0;
}

int
seg_room(struct lbuf *b, uint32_t n)
{
	uint32_t used = b->tail - b->head;
	uint32_t cap = seg_cap(b);
	int ret;

	if (cap - b->tail >= n)
		goto out;
	/* Moving down pays when it moves no more than was consumed before. */
	if (used <= b->head && n <= cap - used) {
		memmove(b->seg, &b->seg[b->head], used * sizeof(*b->seg));
	} else {
		ret = seg_grow(b, n);
		if (ret != 0)
			return ret;
	}
	b->rd -= b->head;
	b->head = 0;
	b->tail = used;
out:
	seg_set_cap(b);
	return 0;
}

int64_t
seg_insert(struct lbuf *b, uint32_t idx, uint32_t n)
{
	uint32_t before = idx - b->head;
	int ret;

	if (idx == b->rd && idx != b->tail && (b->seg[idx].mem & LBUF_SEG_PIN) != 0)
		b->flags |= LBUF_F_PINS;
	if (b->head >= n && before <= b->tail - idx) {
		memmove(&b->seg[b->head - n], &b->seg[b->head], before * sizeof(*b->seg));
		b->head -= n;
		b->rd -= n;
		return idx - n;
	}
	ret = seg_room(b, n);
	if (ret != 0)
		return ret;
	idx = b->head + before;
	memmove(&b->seg[idx + n], &b->seg[idx], (b->tail - idx) * sizeof(*b->seg));
	b->tail += n;
	seg_set_cap(b);
	return idx;
}
