/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Moving bytes from one linked buffer to another: slice, append, splice.
 *
 * A segment moves as it is, reference and all. Only where the giver must keep a
 * reference, because bytes stay behind or pointers were handed out, is the
 * memory counted.
 */

#include "lbuf_priv.h"

/* Whether a pointer was handed out of one of the first k unread segments. */
static bool
any_pinned(const struct lbuf *b, uint32_t k)
{
	const struct lbuf_seg *s = b->rd;
	uintptr_t bits = 0;
	uint32_t i;

	/* Others than the first are pinned only where the flag says so. */
	if (likely((b->flags & LBUF_F_PINS) == 0))
		k = RTE_MIN(k, 1u);
	for (i = 0; i < k; i++)
		bits |= s[i].mem;
	return (bits & LBUF_SEG_PIN) != 0;
}

/* Whether nothing is to be held when the first k unread segments go. */
static bool
goes_freely(const struct lbuf *b, uint32_t k)
{
	return b->head == b->rd && !any_pinned(b, k);
}

/* Few descriptors are not worth a call. */
static inline void
copy_segs(struct lbuf_seg *to, const struct lbuf_seg *from, uint32_t k)
{
	uint32_t i;

	if (k > LBUF_INLINE_SEGS)
		memcpy(to, from, k * sizeof(*to));
	else
		for (i = 0; i < k; i++)
			seg_copy(&to[i], &from[i]);
}

/* The first segments have gone, up to one, and nothing is held. */
static inline void
go_on_at(struct lbuf *b, struct lbuf_seg *s)
{
	b->rd = s;
	b->head = s;
	if (s == b->tail)
		seg_drained(b);
	else
		seg_to_front(b);
}

/*
 * Make sure that what move_segs() of k segments, and then dividing the next one, is going
 * to share can be counted; 0 or a negative errno.
 */
static int
prepare(struct lbuf *b, uint32_t k, bool divide)
{
	struct lbuf_seg *s = b->rd, *end = s + k;
	int ret = divide ? seg_countable(b->pool, end) : 0;

	if (likely(goes_freely(b, k)))
		return ret;
	for (; ret == 0 && s != end; s++)
		if ((s->mem & LBUF_SEG_PIN) != 0)
			ret = seg_countable(b->pool, s);
	return ret;
}

/*
 * Move the first k unread segments to another vector. Segments that pointers
 * were handed out of are held on, up to release.
 */
static void
move_segs(struct lbuf *b, struct lbuf_seg *to, uint32_t k)
{
	struct lbuf_seg *from = b->rd;
	uint32_t i;

	copy_segs(to, from, k);
	if (likely(goes_freely(b, k))) {
		go_on_at(b, from + k);
		return;
	}
	for (i = 0; i < k; i++) {
		if ((from[i].mem & LBUF_SEG_PIN) != 0)
			to[i].mem = seg_share(&from[i]);
		else
			from[i].mem = 0;
	}
	b->rd += k;
	b->flags |= LBUF_F_HELD;
	if (b->rd == b->tail)
		b->w_room = 0;
}

/* Share the first n bytes of a segment, which has more. */
static inline void
divide_seg(struct lbuf_seg *s, struct lbuf_seg *to, uint64_t n)
{
	to->addr = s->addr;
	to->len = n;
	to->mem = seg_share(s);
	s->addr += n;
	s->len -= n;
}

/* Segments whose bytes all lie in the first n; *rest: bytes in the next one. */
static uint32_t
whole_segs(const struct lbuf *b, uint64_t n, uint64_t *rest)
{
	const struct lbuf_seg *s;
	uint64_t at = b->len + b->pend;

	/* Mostly a message ends in what came last: look there first. */
	if (n > at / 2) {
		for (s = b->tail; at > n; at -= s->len)
			s--;
		*rest = n - at;
	} else {
		for (s = b->rd; n != 0 && n >= s->len; s++)
			n -= s->len;
		*rest = n;
	}
	return (uint32_t)(s - b->rd);
}

/*
 * Whether it is cheaper to leave the vector to a slice of k whole segments, and
 * move the others. Nothing that is to be held may be among the k.
 */
static bool
gives_vector(const struct lbuf *b, uint32_t k)
{
	return k > LBUF_INLINE_SEGS && b->vec != NULL && k > 2 * ((size_t)(b->tail - b->rd) - k) &&
			goes_freely(b, k);
}

/* Leave the vector to a slice, which gets the first k segments. */
static int
give_vector(struct lbuf *b, struct lbuf *out, uint32_t k)
{
	struct lbuf_seg *end = b->rd + k;
	size_t left = (size_t)(b->tail - end);
	struct lbuf_chunk *vec;

	/* Of the same size: the next message is likely as long. */
	vec = lbuf_chunk_alloc(b->pool, b->vec->size);
	if (vec == NULL)
		return -rte_errno;
	lbuf_init(out, b->pool);
	out->vec = b->vec;
	out->head = b->rd;
	out->rd = b->rd;
	out->tail = end;
	b->vec = vec;
	b->head = (struct lbuf_seg *)vec->data;
	copy_segs(b->head, end, (uint32_t)left);
	b->rd = b->head;
	b->tail = b->head + left;
	if (left == 0)
		seg_drained(b);
	seg_set_cap(b);
	return 0;
}

/* Move the first k segments to a slice, whose vector has room for one more. */
static int
give_segs(struct lbuf *b, struct lbuf *out, uint32_t k, uint32_t room)
{
	struct lbuf_chunk *vec = NULL;

	if (room > LBUF_INLINE_SEGS) {
		vec = lbuf_chunk_alloc(b->pool, room * sizeof(*b->rd));
		if (vec == NULL)
			return -rte_errno;
	}
	lbuf_init(out, b->pool);
	if (vec != NULL) {
		out->vec = vec;
		out->head = (struct lbuf_seg *)vec->data;
		out->rd = out->head;
	}
	move_segs(b, out->rd, k);
	out->tail = out->rd + k;
	return 0;
}

/* Cut off n bytes of any number of segments. */
static __rte_noinline int
slice_any(struct lbuf *b, uint64_t n, struct lbuf *out)
{
	int ret = check_read(b, n);
	uint64_t rest;
	uint32_t k;

	if (ret != 0)
		return ret;
	k = whole_segs(b, n, &rest);
	ret = prepare(b, k, rest != 0);
	if (ret != 0)
		return ret;
	if (gives_vector(b, k))
		ret = give_vector(b, out, k);
	else
		ret = give_segs(b, out, k, k + (rest != 0));
	if (ret != 0)
		return ret;
	/* A vector that was given has the place of the segment to be divided. */
	if (rest != 0)
		divide_seg(b->rd, out->tail++, rest);
	b->len -= n;
	out->len = n;
	out->state = LBUF_STATE(LBUF_F_OPEN | LBUF_F_SLICE, 0);
	out->cap = out->tail;
	return 0;
}

/* Whether there are n bytes, at least one, and nothing is held of the first ones. */
static inline bool
is_simple(const struct lbuf *b, uint64_t n)
{
	return n - 1 < b->len && (b->flags & (LBUF_F_RAW | LBUF_F_PINS)) == 0 && b->head == b->rd &&
			(b->rd->mem & LBUF_SEG_PIN) == 0;
}

/* The usual slice has place for its segments, and nothing is held. */
int
lbuf_slice_slow(struct lbuf *b, uint64_t n, struct lbuf *out)
{
	struct lbuf_seg *s = b->rd, *to = out->inl;
	uint64_t left = n;
	int ret;

	if (unlikely(!is_simple(b, n)))
		return slice_any(b, n, out);
	while (left >= s->len) {
		if (unlikely(to == out->inl + LBUF_INLINE_SEGS))
			return slice_any(b, n, out);
		left -= s->len;
		seg_copy(to++, s++);
		if (left == 0)
			goto whole;
	}
	if (unlikely(to == out->inl + LBUF_INLINE_SEGS))
		return slice_any(b, n, out);
	ret = seg_countable(b->pool, s);
	if (unlikely(ret != 0))
		return ret;
	divide_seg(s, to++, left);
whole:
	go_on_at(b, s);
	b->len -= n;
	lbuf_init_slice(out, b->pool, n, to);
	return 0;
}

int
lbuf_append(struct lbuf *b, struct lbuf *donor)
{
	uint32_t k;
	int ret = check_write(b);

	if (ret != 0)
		return ret;
	if (b == donor)
		return -EINVAL;
	ret = check_read(donor, 0);
	if (ret != 0)
		return ret;
	k = (uint32_t)(donor->tail - donor->rd);
	ret = prepare(donor, k, false);
	if (ret == 0)
		ret = lbuf_room(b, k);
	if (ret != 0 || k == 0)
		return ret;
	move_segs(donor, b->tail, k);
	b->tail += k;
	seg_added(b);
	b->pend += donor->len + donor->pend;
	donor->len = 0;
	donor->pend = 0;
	return 0;
}

int
lbuf_splice(struct lbuf *b, uint64_t at, struct lbuf *donor)
{
	int ret = check_splice(b, at);
	uint64_t n, rest;
	struct lbuf_seg *to;
	uint32_t k;

	if (ret != 0)
		return ret;
	if (b == donor)
		return -EINVAL;
	ret = check_read(donor, 0);
	n = donor->len;
	if (ret != 0 || n == 0)
		return ret;
	k = whole_segs(donor, n, &rest);
	ret = prepare(donor, k, rest != 0);
	if (ret != 0)
		return ret;
	to = seg_split(b, at, k + (rest != 0));
	if (to == NULL)
		return -rte_errno;
	move_segs(donor, to, k);
	to += k;
	if (rest != 0)
		divide_seg(donor->rd, to++, rest);
	donor->len = 0;
	seg_spliced(b, to, n);
	return 0;
}
