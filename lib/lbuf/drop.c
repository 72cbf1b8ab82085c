/* SPDX-License-Identifier: BSD-3-Clause */

/* Bytes dropped from the end: pending ones by ack, readable ones by trim. */

#include "lbuf_priv.h"

/* Take bytes off the end of the last segment, which the write room follows. */
static void
unwrite(struct lbuf *b, uint64_t n)
{
	uint64_t back = RTE_MIN(n, b->tail[-1].len);

	if (b->w_room == 0)
		return;
	b->w_ptr -= back;
	b->w_room = (uint32_t)RTE_MIN(chunk_room(b), (size_t)UINT32_MAX);
}

/*
 * Hold a segment until release, among those that are consumed: a pointer was handed out of
 * what was consumed of it. Returns the place that follows those before it, which move up.
 */
static struct lbuf_seg *
hold_seg(struct lbuf *b, struct lbuf_seg *s)
{
	struct lbuf_seg held = *s;

	memmove(b->rd + 1, b->rd, (size_t)(s - b->rd) * sizeof(held));
	*b->rd++ = held;
	return s + 1;
}

/*
 * Take the last segments off, from a place on. Their references are stored downwards from
 * `refs` on, which may be where the segments end; returns the last one stored.
 */
static uintptr_t *
take_last(struct lbuf *b, struct lbuf_seg *from, uintptr_t *refs)
{
	struct lbuf_seg *s = b->tail;

	while (s != from) {
		s--;
		if (unlikely((s->mem & LBUF_SEG_PIN) != 0)) {
			s = hold_seg(b, s);
			from++;
		} else {
			*--refs = s->mem;
		}
	}
	b->tail = s;
	b->w_room = 0;
	if (s == b->rd)
		b->flags |= LBUF_F_HELD; /* release gives the chunk back */
	return refs;
}

/* Drop the segments from one on. Nothing is to be done with the buffer afterwards. */
static void
drop_from(struct lbuf *b, struct lbuf_seg *s)
{
	uintptr_t few[LBUF_INLINE_SEGS], *end = &few[LBUF_INLINE_SEGS], *refs;
	struct lbuf_chunk *vec = NULL;

	if (s == b->tail)
		return;
	if (b->vec != NULL) {
		end = (uintptr_t *)b->tail;
		vec = vec_lend(b);
	}
	refs = take_last(b, s, end);
	seg_set_cap(b);
	refs_put(refs, (size_t)(end - refs));
	lbuf_chunk_put(vec);
}

/*
 * The first of the segments before `end` that go with the last n bytes there; the one
 * before it is shortened.
 */
static struct lbuf_seg *
shorten(struct lbuf_seg *end, uint64_t n)
{
	while (n != 0 && n >= end[-1].len)
		n -= (--end)->len;
	if (n != 0)
		end[-1].len -= n;
	return end;
}

int
lbuf_ack(struct lbuf *b, uint64_t n)
{
	uint64_t drop;
	int ret = check_write(b);

	if (ret != 0)
		return ret;
	if (n > b->pend)
		return -ERANGE;
	drop = b->pend - n;
	b->pend = n;
	if (drop == 0)
		return 0;
	unwrite(b, drop);
	drop_from(b, shorten(b->tail, drop));
	return 0;
}

static void
reverse(struct lbuf_seg *s, struct lbuf_seg *end)
{
	struct lbuf_seg t;

	while (s < end) {
		t = *s;
		*s++ = *--end;
		*end = t;
	}
}

/*
 * The bytes before a segment have been cut off, as far as another one: have what is
 * between the two come last, behind the pending bytes. Returns where it begins.
 */
static struct lbuf_seg *
put_last(struct lbuf *b, struct lbuf_seg *from, struct lbuf_seg *pending)
{
	struct lbuf_seg *last = b->tail - (pending - from);

	reverse(from, pending);
	reverse(pending, b->tail);
	reverse(from, b->tail);
	return last;
}

int
lbuf_trim(struct lbuf *b, uint64_t n)
{
	struct lbuf_seg *end, *from;
	int ret = check_read(b, n);

	if (ret != 0 || n == 0)
		return ret;
	end = b->pend == 0 ? b->tail : seg_split(b, b->len, 0);
	if (end == NULL)
		return -rte_errno;
	b->len -= n;
	/* What was readable may be viewed by others, so there is no room where it was. */
	b->w_room = 0;
	from = shorten(end, n);
	if (from != b->rd)
		seg_cut(from - 1);
	drop_from(b, end == b->tail ? from : put_last(b, from, end));
	return 0;
}
