/* SPDX-License-Identifier: BSD-3-Clause */

#include <pins.h>

#include "piece.h"

/* Bytes are copied that are at most so small a part of the memory that they would keep. */
#define SPARSE 4
/* Unless they are more than these: then they are no small thing. */
#define SPARSE_MAX 1024
/* Least room for bytes behind a piece that has its own, and most. */
#define ROOM_MIN 24
#define ROOM_MAX 2048

bool
piece_is_sparse(uint64_t n, uint64_t pinned)
{
	return n <= SPARSE_MAX && n * SPARSE <= pinned;
}

/* Whether the bytes of a piece lie behind it. */
static bool
has_own(const struct piece *p)
{
	return p->seg.mem == (uintptr_t)&p->chunk->mem;
}

bool
piece_keeps_mbuf(const struct lbuf_seg *s)
{
	return (s->mem & LBUF_SEG_MBUF) != 0 || seg_mem(s)->kind >= LBUF_MEM_MBUF;
}

static struct piece *
piece_new(struct lbuf_streams *all, size_t room, uint64_t at, uint64_t n)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(all->p.pool, sizeof(struct piece) + room);
	struct piece *p;

	if (chunk == NULL)
		return NULL;
	p = (struct piece *)chunk->data;
	p->r.key = at;
	p->r.from = at;
	p->r.to = at + n;
	p->chunk = chunk;
	p->room = 0;
	p->charge = (uint32_t)(chunk->size + sizeof(*chunk));
	return p;
}

/* What is gathered byte by byte gets more and more room, as long as it goes on. */
static size_t
room_for(const struct piece *before, uint64_t at, uint64_t n)
{
	size_t room = RTE_MAX(n, (uint64_t)ROOM_MIN);

	if (before == NULL || before->r.to != at || !has_own(before))
		return room;
	return RTE_MAX(room, (size_t)RTE_MIN(2 * before->seg.len, (uint64_t)ROOM_MAX));
}

/* A piece with a copy of the first n bytes of a buffer. */
static struct piece *
copy_of(struct lbuf_streams *all, struct lbuf *src, uint64_t n, uint64_t at, size_t room)
{
	struct piece *p = piece_new(all, room, at, n);
	uint8_t *data;

	if (p == NULL)
		return NULL;
	data = (uint8_t *)(p + 1);
	lbuf_read(src, data, n);
	lbuf_seg_fill(&p->seg, data, n, (uintptr_t)&p->chunk->mem);
	/* Where segments are to stay what they are, nothing is added to them. */
	if (all->p.policy != LBUF_STREAM_LINUX)
		p->room = (uint32_t)(p->chunk->size - sizeof(*p) - n);
	all->stats.copied += n;
	return p;
}

/* A piece that keeps the memory of a segment, whose reference it takes over. */
static struct piece *
ref_of(struct lbuf_streams *all, const struct lbuf_seg *s, uint64_t pinned, uint64_t at)
{
	struct piece *p = piece_new(all, 0, at, s->len);

	if (p == NULL)
		return NULL;
	p->seg = *s;
	if (piece_keeps_mbuf(s)) {
		p->charge += (uint32_t)(pinned + sizeof(struct rte_mbuf));
		all->stats.mbufs++;
	} else {
		pinned = RTE_MIN(RTE_MAX(pinned, s->len), SPARSE * s->len);
		p->charge += (uint32_t)RTE_MIN(pinned, LBUF_STREAM_BYTES_MAX);
	}
	return p;
}

/* Of bytes that lie in one segment. */
static struct piece *
take_seg(struct lbuf_streams *all, struct lbuf *part, uint64_t at, const struct piece *before)
{
	uint64_t n = lbuf_len(part);
	struct pin pin = { 0 };
	struct piece *p;

	pin_identify(&pin, part->rd);
	if (piece_is_sparse(n, pin.size))
		p = copy_of(all, part, n, at, room_for(before, at, n));
	else if (streams_lack_mbufs(all) && piece_keeps_mbuf(part->rd))
		p = copy_of(all, part, n, at, n);
	else
		return ref_of(all, part->rd, pin.size, at);
	lbuf_close(part);
	return p;
}

struct piece *
piece_take(struct lbuf_streams *all, struct lbuf *src, uint64_t n, uint64_t at,
		const struct piece *before)
{
	struct iovec iov = { 0 };
	struct lbuf part;
	struct piece *p;
	int ret;

	lbuf_iovec(src, 0, &iov, 1, NULL);
	if (iov.iov_len < n && all->p.policy == LBUF_STREAM_LINUX)
		return copy_of(all, src, n, at, n);
	ret = lbuf_slice(src, RTE_MIN(n, (uint64_t)iov.iov_len), &part);
	if (ret != 0)
		return fail_ptr(ret);
	p = take_seg(all, &part, at, before);
	if (p == NULL)
		lbuf_close(&part);
	return p;
}

bool
piece_gather(struct piece *p, struct lbuf *src, uint64_t n)
{
	if (n > p->room)
		return false;
	lbuf_read(src, p->seg.addr + p->seg.len, n);
	p->seg.len += n;
	p->room -= (uint32_t)n;
	return true;
}

void
piece_cut_front(struct piece *p, uint64_t n)
{
	p->seg.addr += n;
	p->seg.len -= n;
}

void
piece_cut_end(struct piece *p, uint64_t n)
{
	p->seg.len = n;
	p->room = 0; /* what is behind may be another piece's now */
}

struct piece *
piece_divide(struct lbuf_streams *all, struct piece *p, uint64_t n)
{
	uint64_t len = p->seg.len - n;
	struct piece *rest = piece_new(all, 0, p->r.from + n, len);
	int ret;

	if (rest == NULL)
		return NULL;
	ret = seg_countable(all->p.pool, &p->seg);
	if (ret != 0) {
		lbuf_chunk_put(rest->chunk);
		return fail_ptr(ret);
	}
	lbuf_seg_fill(&rest->seg, p->seg.addr + n, len, seg_share(&p->seg));
	/* The memory is counted with the first one, as long as that is there; and the mbuf. */
	if (piece_keeps_mbuf(&rest->seg))
		all->stats.mbufs++;
	piece_cut_end(p, n);
	return rest;
}

int
piece_give(struct lbuf_streams *all, struct piece *p, struct lbuf *b)
{
	int ret = lbuf_room(b, 1);

	if (ret != 0)
		return ret;
	lbuf_push(b, p->seg.addr, p->seg.len, p->seg.mem);
	if (has_own(p))
		return 0;
	if (piece_keeps_mbuf(&p->seg))
		all->stats.mbufs--;
	chunk_put_quietly(p->chunk);
	return 0;
}

void
piece_bury(struct lbuf_streams *all, struct piece *p)
{
	if (piece_keeps_mbuf(&p->seg))
		all->stats.mbufs--;
	p->r.next = (struct range *)all->dead;
	all->dead = p;
}

void
pieces_drop_slow(struct lbuf_streams *all)
{
	struct lbuf_chunk *chunk;
	struct piece *p;
	uintptr_t mem;

	while ((p = all->dead) != NULL) {
		all->dead = piece_of(p->r.next);
		chunk = p->chunk;
		mem = has_own(p) ? 0 : p->seg.mem;
		lbuf_ref_put(mem);
		lbuf_chunk_put(chunk);
	}
}
