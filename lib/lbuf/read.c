/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

int
lbuf_skip_slow(struct lbuf *b, uint64_t n)
{
	int ret = check_read(b, n);

	if (ret != 0)
		return ret;
	b->len -= n;
	while (n != 0) {
		struct lbuf_seg *s = b->rd;

		if (n < s->len) {
			s->addr += n;
			s->len -= n;
			return 0;
		}
		n -= s->len;
		b->rd++;
		b->flags |= LBUF_F_HELD;
	}
	if (b->rd == b->tail)
		b->w_room = 0; /* what is written next is a segment of its own */
	return 0;
}

int
lbuf_copy_out(const struct lbuf *b, void *dst, uint64_t n)
{
	int ret = check_read(b, n);
	struct cursor c;
	uint64_t piece;

	if (ret != 0)
		return ret;
	c = cursor_at(b, 0);
	while ((piece = cursor_piece(&c, n)) != 0) {
		memcpy(dst, cursor_addr(&c), piece);
		cursor_advance(&c, piece);
		dst = (uint8_t *)dst + piece;
		n -= piece;
	}
	return 0;
}

/*
 * Bytes behind a segment that nobody else can see: those of a chunk that has no
 * other reference, not even that of a writer.
 */
static size_t
back_room(const struct lbuf_seg *s)
{
	const struct lbuf_chunk *chunk;

	if ((s->mem & (LBUF_SEG_MBUF | LBUF_SEG_CUT)) != 0 || seg_mem(s)->kind != LBUF_MEM_CHUNK ||
			lbuf_mem_refs(seg_mem(s)) != 1)
		return 0;
	chunk = lbuf_chunk_of(seg_mem(s));
	return (size_t)(chunk->data + chunk->size - (s->addr + s->len));
}

/*
 * Whether a segment is held until release when its bytes have been copied: a pointer was
 * handed out of it, or dropping it could call others in the middle of a verb.
 */
static bool
stays_held(const struct lbuf_seg *s)
{
	return (s->mem & LBUF_SEG_PIN) != 0 || seg_is_loud(s);
}

/* Segments whose bytes all lie in the first n; *held: how many of them are to be held. */
static uint32_t
whole_segs(const struct lbuf *b, uint64_t n, uint32_t *held)
{
	const struct lbuf_seg *s = b->rd;
	uint32_t k = 0;

	*held = 0;
	while (n != 0 && n >= s->len) {
		n -= s->len;
		*held += stays_held(s);
		s++;
		k++;
	}
	return k;
}

/*
 * Put a segment in the place of the first n bytes, which it is a copy of. Of the
 * k segments that are covered some are held until release; the others have had their
 * use. `keep` is one not to give back.
 */
static void
replace(struct lbuf *b, struct lbuf_seg with, uint64_t n, uint32_t k, const struct lbuf_seg *keep)
{
	struct lbuf_seg *held = b->rd, *end = b->rd + k, *s;

	for (s = b->rd; s != end; s++) {
		n -= s->len;
		if (s == keep)
			continue;
		if (stays_held(s))
			*held++ = *s;
		else
			seg_put_quietly(s);
	}
	if (n != 0) {
		s->addr += n;
		s->len -= n;
	}
	/* The new one takes the last place of the k; before it, what is held. */
	for (; held + 1 < end; held++)
		held->mem = 0;
	b->rd = end - 1;
	*b->rd = with;
	b->flags |= LBUF_F_HELD;
	if (end == b->tail)
		b->w_room = 0;
}

/* Make the first n bytes contiguous behind the first segment's, in its chunk. */
static void *
extend_first(struct lbuf *b, uint64_t n)
{
	struct lbuf_seg first = *b->rd;
	uint32_t held, k = whole_segs(b, n, &held);
	struct cursor c = cursor_at(b, first.len);
	uint64_t left = n - first.len, piece;
	uint8_t *dst = first.addr + first.len;

	while ((piece = cursor_piece(&c, left)) != 0) {
		memcpy(dst, cursor_addr(&c), piece);
		cursor_advance(&c, piece);
		dst += piece;
		left -= piece;
	}
	first.len = n;
	/* The sum in replace() runs over the old length. */
	replace(b, first, n, k, b->rd);
	return first.addr;
}

/* Put a copy of the first n bytes into a chunk in their place. */
static void *
copy_first(struct lbuf *b, uint64_t n)
{
	uint32_t held, k = whole_segs(b, n, &held);
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(b->pool, n);
	struct lbuf_seg with, *s;

	if (chunk == NULL)
		return NULL;
	with.addr = chunk->data;
	with.len = n;
	with.mem = (uintptr_t)&chunk->mem;
	if (k == held) {
		/* No place comes free: make one, with no bytes in it, in front. */
		s = seg_insert(b, b->rd, 1);
		if (s == NULL) {
			chunk_put_quietly(chunk);
			return NULL;
		}
		b->rd = s;
		*s = (struct lbuf_seg){ 0 };
		k++;
	}
	lbuf_copy_out(b, chunk->data, n);
	replace(b, with, n, k, NULL);
	return chunk->data;
}

/* Make the first n bytes, which segments divide, contiguous. */
static void *
gather(struct lbuf *b, uint64_t n)
{
	const struct lbuf_seg *s = b->rd;

	if (back_room(s) >= n - s->len)
		return extend_first(b, n);
	return copy_first(b, n);
}

const void *
lbuf_peek_slow(struct lbuf *b, uint64_t n)
{
	int ret = check_read(b, n);
	void *p;

	if (ret != 0)
		return fail_ptr(ret);
	if (n == 0)
		return b;
	/* A raw packet has got its bytes only now. */
	p = n <= b->rd->len ? b->rd->addr : gather(b, n);
	if (p == NULL)
		return NULL;
	b->rd->mem |= LBUF_SEG_PIN;
	b->flags |= LBUF_F_HELD;
	return p;
}

/* Whether no one else sees the memory of the first segment. */
static bool
editable(struct lbuf *b)
{
	struct lbuf_seg *s = b->rd;
	const struct lbuf_mem *mem;
	const struct rte_mbuf *m;

	seg_reclaim_mbuf(s);
	if ((s->mem & LBUF_SEG_MBUF) != 0) {
		m = seg_mbuf(s);
		return RTE_MBUF_DIRECT(m) && seg_alone(s);
	}
	mem = seg_mem(s);
	if (mem->kind != LBUF_MEM_CHUNK)
		return false;
	/* A chunk being written here has one reference more. */
	return lbuf_mem_refs(mem) == (b->w_chunk != NULL && mem == &b->w_chunk->mem ? 2u : 1u);
}

void *
lbuf_edit(struct lbuf *b, uint64_t n)
{
	int ret = check_read(b, n);

	if (ret != 0)
		return fail_ptr(ret);
	if (n == 0)
		return b;
	if (!editable(b))
		return copy_first(b, n);
	if (n <= b->rd->len)
		return b->rd->addr;
	return gather(b, n);
}

int64_t
lbuf_iovec(const struct lbuf *b, uint64_t from, struct iovec *iov, uint32_t n, uint64_t *bytes)
{
	int ret = check_range(b, from, 0);
	uint64_t piece, sum = 0;
	int64_t pieces = 0;
	struct cursor c;

	if (ret != 0)
		return ret == -ENODATA ? -ERANGE : ret;
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, UINT64_MAX)) != 0) {
		if (pieces < n) {
			iov[pieces].iov_base = cursor_addr(&c);
			iov[pieces].iov_len = piece;
			sum += piece;
		}
		pieces++;
		cursor_advance(&c, piece);
	}
	if (bytes != NULL)
		*bytes = sum;
	return pieces;
}
