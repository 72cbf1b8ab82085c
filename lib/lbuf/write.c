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

/* Write to a chunk from here on. */
static void
write_to(struct lbuf *b, struct lbuf_chunk *chunk)
{
	chunk_put_quietly(b->w_chunk);
	b->w_chunk = chunk;
	b->w_ptr = chunk->data;
	b->w_room = 0;
}

/* Write to a new chunk, of n bytes or more, with room for one more segment. */
static int
new_chunk(struct lbuf *b, size_t n)
{
	struct lbuf_chunk *chunk;
	int ret = lbuf_room(b, 1);

	if (ret != 0)
		return ret;
	chunk = lbuf_chunk_alloc(b->pool, RTE_MAX(n, next_chunk_size(b)));
	if (chunk == NULL)
		return -rte_errno;
	write_to(b, chunk);
	return 0;
}

/* Add a segment of n bytes out of a new chunk. */
static void *
push_chunk(struct lbuf *b, size_t n)
{
	int ret = new_chunk(b, n);

	return ret != 0 ? fail_ptr(ret) : push_room(b, n);
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

void *
write_room(struct lbuf *b, size_t n, enum lbuf_share share)
{
	struct lbuf_chunk *chunk;
	int ret = check_write(b);

	if (ret == 0)
		ret = lbuf_room(b, 1);
	if (ret != 0)
		return fail_ptr(ret);
	if (chunk_room(b) >= n)
		return lbuf_reserve(b, n);
	/* What a buffer holds first may be all: then nothing is written behind it. */
	if (b->w_chunk == NULL && b->head == b->tail) {
		chunk = lbuf_chunk_alloc_share(b->pool, n, SOCKET_ID_ANY, share);
		if (chunk == NULL)
			return NULL;
		lbuf_push(b, chunk->data, n, (uintptr_t)&chunk->mem);
		return chunk->data;
	}
	chunk = lbuf_chunk_alloc_share(b->pool, RTE_MAX(n, next_chunk_size(b)), SOCKET_ID_ANY,
			share);
	if (chunk == NULL)
		return NULL;
	write_to(b, chunk);
	return push_room(b, n);
}

/*
 * Of so much room, what is reserved at once, n at least. A byte is left where that can be:
 * without room behind the last segment ack cannot tell that it ends where room begins.
 */
static size_t
all_but_one(size_t room, size_t n)
{
	return RTE_MAX(room - 1, n);
}

void *
lbuf_reserve_some(struct lbuf *b, size_t n, size_t *room)
{
	int ret = check_write(b);
	void *p;

	if (ret != 0)
		return fail_ptr(ret);
	*room = 0;
	if (n == 0)
		return b;
	if (chunk_room(b) < n) {
		ret = new_chunk(b, n);
		if (ret != 0)
			return fail_ptr(ret);
	}
	n = all_but_one(chunk_room(b), n);
	p = lbuf_reserve(b, n);
	if (p != NULL)
		*room = n;
	return p;
}

/* Reserve what there is, which is under n bytes, and a chunk for the rest. */
static int
reserve_two(struct lbuf *b, size_t n, struct iovec *iov)
{
	size_t first = chunk_room(b);
	struct lbuf_chunk *chunk;
	int ret = lbuf_room(b, 2);

	if (ret != 0)
		return ret;
	chunk = lbuf_chunk_alloc(b->pool, RTE_MAX(n - first, next_chunk_size(b)));
	if (chunk == NULL)
		return -rte_errno;
	/* There is all that it takes now. */
	iov[0].iov_len = first;
	iov[0].iov_base = lbuf_reserve(b, first);
	write_to(b, chunk);
	iov[1].iov_len = all_but_one(chunk->size, n - first);
	iov[1].iov_base = push_room(b, iov[1].iov_len);
	return 0;
}

int
lbuf_reserve_iov(struct lbuf *b, size_t n, struct iovec iov[LBUF_RESERVE_IOV], size_t *room)
{
	size_t first;
	int ret = check_write(b);

	if (ret != 0)
		return ret;
	*room = 0;
	if (n == 0)
		return 0;
	first = chunk_room(b);
	if (first == 0 || first >= n) {
		iov[0].iov_base = lbuf_reserve_some(b, n, room);
		iov[0].iov_len = *room;
		return iov[0].iov_base == NULL ? -rte_errno : 1;
	}
	ret = reserve_two(b, n, iov);
	if (ret != 0)
		return ret;
	*room = iov[0].iov_len + iov[1].iov_len;
	return 2;
}

/* Bytes from where the chunk is written to on, up to an aligned place. */
static size_t
padding(const struct lbuf *b, size_t align)
{
	return -(uintptr_t)b->w_ptr & (align - 1);
}

void *
lbuf_reserve_aligned(struct lbuf *b, size_t n, size_t align)
{
	size_t room;
	int ret = check_write(b);

	if (ret != 0)
		return fail_ptr(ret);
	if (align == 0 || (align & (align - 1)) != 0 || n > SIZE_MAX - align)
		return fail_ptr(-EINVAL);
	if (n == 0)
		return b;
	room = chunk_room(b);
	if (room < n || room - n < padding(b, align))
		ret = new_chunk(b, n + align - 1);
	else
		ret = lbuf_room(b, 1);
	if (ret != 0)
		return fail_ptr(ret);
	room = padding(b, align);
	if (room != 0) {
		b->w_ptr += room;
		b->w_room = 0;
	}
	return lbuf_reserve(b, n);
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
	s = seg_split(b, b->len + b->pend - remain, 1);
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
