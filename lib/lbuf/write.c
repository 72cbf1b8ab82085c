/* SPDX-License-Identifier: BSD-3-Clause */

#include "lbuf_priv.h"

/*
 * Chunks that small writes share, bytes: the first of a buffer, and what they grow
 * to by doubling. A short message pins little, a stream allocates seldom, and two
 * such chunks, which are under way at a time, stay in the L1 cache.
 */
#define WRITE_CHUNK_MIN 1024
#define WRITE_CHUNK_MAX 8192

/* Where so much is held already, chunks of this size: fewer segments. */
#define WRITE_LONG 16384
#define WRITE_CHUNK_LONG 65536

/* Room in front of a header that was prepended, for those in front of it. */
#define PREPEND_ROOM 64

/* Bytes left in the chunk being written, whether or not it is the last segment's. */
static size_t
chunk_room(const struct lbuf *b)
{
	if (b->w_chunk == NULL)
		return 0;
	return (size_t)(b->w_chunk->data + b->w_chunk->size - b->w_ptr);
}

/* Add a segment of n bytes out of the chunk being written. */
static void *
push_room(struct lbuf *b, size_t n)
{
	uint8_t *p = b->w_ptr;

	lbuf_mem_get(&b->w_chunk->mem);
	lbuf_push(b, p, n, (uintptr_t)&b->w_chunk->mem);
	b->w_ptr += n;
	b->w_room = (uint32_t)RTE_MIN(chunk_room(b), (size_t)UINT32_MAX);
	return p;
}

/* Bytes of the next chunk to write to. */
static size_t
next_chunk_size(const struct lbuf *b)
{
	if (b->w_chunk == NULL)
		return WRITE_CHUNK_MIN;
	if (b->len + b->pend >= WRITE_LONG)
		return WRITE_CHUNK_LONG;
	return RTE_MIN(2 * b->w_chunk->size, (size_t)WRITE_CHUNK_MAX);
}

/* Add a segment of n bytes out of a new chunk. */
static void *
push_chunk(struct lbuf *b, size_t n)
{
	struct lbuf_chunk *chunk;
	int ret = lbuf_room(b, 1);

	if (ret != 0)
		return fail_ptr(ret);
	chunk = lbuf_chunk_alloc(b->pool, RTE_MAX(n, next_chunk_size(b)));
	if (chunk == NULL)
		return NULL;
	chunk_put_quietly(b->w_chunk);
	b->w_chunk = chunk;
	b->w_ptr = chunk->data;
	return push_room(b, n);
}

void *
lbuf_reserve_slow(struct lbuf *b, size_t n)
{
	int ret = check_write(b);

	if (ret != 0)
		return fail_ptr(ret);
	if (n == 0)
		return b;
	if (chunk_room(b) < n)
		return push_chunk(b, n);
	ret = lbuf_room(b, 1);
	return ret != 0 ? fail_ptr(ret) : push_room(b, n);
}

int
lbuf_write_slow(struct lbuf *b, const void *src, size_t n)
{
	size_t first = RTE_MIN(n, (size_t)b->w_room);
	uint8_t *end;
	void *rest;

	if (first == 0) {
		rest = lbuf_reserve_slow(b, n);
		if (rest == NULL)
			return -rte_errno;
		if (n != 0)
			memcpy(rest, src, n);
		return 0;
	}
	/* What fits goes behind the last segment, the rest into a new one. */
	end = b->w_ptr;
	rest = push_chunk(b, n - first);
	if (rest == NULL)
		return -rte_errno;
	memcpy(end, src, first);
	b->tail[-2].len += first;
	b->pend += first;
	memcpy(rest, (const uint8_t *)src + first, n - first);
	return 0;
}

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

/* Drop pending bytes from the end. */
static void
drop_pending(struct lbuf *b, uint64_t n)
{
	uintptr_t few[LBUF_INLINE_SEGS], *end = &few[LBUF_INLINE_SEGS], *refs;
	struct lbuf_chunk *vec = NULL;
	struct lbuf_seg *s = b->tail;

	unwrite(b, n);
	while (n != 0 && n >= s[-1].len)
		n -= (--s)->len;
	if (n != 0)
		s[-1].len -= n;
	if (s == b->tail)
		return;
	if (b->vec != NULL) {
		end = (uintptr_t *)b->tail;
		vec = vec_lend(b);
	}
	refs = take_last(b, s, end);
	if (vec != NULL)
		seg_set_cap(b);
	refs_put(refs, (size_t)(end - refs));
	lbuf_chunk_put(vec);
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
	if (drop != 0)
		drop_pending(b, drop);
	return 0;
}

/* The segment that starts `remain` bytes before the end, divided off if need be. */
static struct lbuf_seg *
split_tail(struct lbuf *b, uint64_t remain, uint32_t extra)
{
	struct lbuf_seg *s = b->tail;
	int ret;

	while (remain != 0 && remain >= s[-1].len)
		remain -= (--s)->len;
	if (remain == 0)
		return seg_insert(b, s, extra);
	ret = seg_countable(b->pool, &s[-1]);
	if (ret != 0)
		return fail_ptr(ret);
	s = seg_insert(b, s, extra + 1);
	if (s == NULL)
		return NULL;
	s[extra] = (struct lbuf_seg){
		.addr = s[-1].addr + s[-1].len - remain,
		.len = remain,
		.mem = seg_share(&s[-1]),
	};
	s[-1].len -= remain;
	return s;
}

int
lbuf_insert_ext(struct lbuf *b, struct lbuf_ext *ext, const void *addr, size_t n, uint64_t remain)
{
	struct lbuf_seg *s;
	int ret = check_write(b);

	if (ret != 0)
		return ret;
	if (remain > b->pend)
		return -ERANGE;
	if (remain == 0 || n == 0)
		return lbuf_write_ext(b, ext, addr, n);
	s = split_tail(b, remain, 1);
	if (s == NULL)
		return -rte_errno;
	lbuf_mem_get(&ext->mem);
	s->addr = (uint8_t *)(uintptr_t)addr;
	s->len = n;
	s->mem = (uintptr_t)&ext->mem;
	b->pend += n;
	return 0;
}

/* Bytes in front of a segment that nobody else can see. */
static size_t
front_room(struct lbuf_seg *s)
{
	const struct lbuf_chunk *chunk;
	const struct rte_mbuf *m;

	if ((s->mem & LBUF_SEG_PIN) != 0)
		return 0;
	seg_reclaim_mbuf(s);
	if ((s->mem & LBUF_SEG_MBUF) != 0) {
		m = seg_mbuf(s);
		if (!RTE_MBUF_DIRECT(m) || !seg_alone(s))
			return 0;
		return (size_t)(s->addr - (uint8_t *)m->buf_addr);
	}
	if (seg_mem(s)->kind != LBUF_MEM_CHUNK || lbuf_mem_refs(seg_mem(s)) != 1)
		return 0;
	chunk = lbuf_chunk_of(seg_mem(s));
	return (size_t)(s->addr - chunk->data);
}

void *
lbuf_prepend(struct lbuf *b, size_t n)
{
	struct lbuf_seg *s = b->rd;
	struct lbuf_chunk *chunk;
	int ret = check_write(b);

	if (ret != 0)
		return fail_ptr(ret);
	if (n == 0)
		return b;
	if (s != b->tail && front_room(s) >= n) {
		s->addr -= n;
		s->len += n;
		b->len += n;
		return s->addr;
	}
	if (n > SIZE_MAX - PREPEND_ROOM)
		return fail_ptr(-EINVAL);
	chunk = lbuf_chunk_alloc(b->pool, n + PREPEND_ROOM);
	if (chunk == NULL)
		return NULL;
	s = seg_insert(b, b->rd, 1);
	if (s == NULL) {
		chunk_put_quietly(chunk);
		return NULL;
	}
	s->addr = chunk->data + chunk->size - n;
	s->len = n;
	s->mem = (uintptr_t)&chunk->mem;
	b->rd = s;
	b->len += n;
	return s->addr;
}
