/* SPDX-License-Identifier: BSD-3-Clause */

/* A stream: what is in order at once, and what is not yet. */

#include <lbuf_priv.h>

#include "early.h"
#include "stream.h"

void
lbuf_stream_init(struct lbuf_stream *s, struct lbuf_streams *all)
{
	*s = (struct lbuf_stream){ .all = all, .end = STREAM_NO_END };
}

void
lbuf_stream_start(struct lbuf_stream *s, uint32_t seq)
{
	s->base = seq;
	s->flags |= STREAM_STARTED;
}

bool
lbuf_stream_is_started(const struct lbuf_stream *s)
{
	return stream_is_started(s);
}

bool
stream_restart(struct lbuf_stream *s, uint32_t seq)
{
	if (s->next != 0 || s->early != NULL)
		return false;
	s->end = STREAM_NO_END;
	lbuf_stream_start(s, seq);
	return true;
}

/* --- the buffer ------------------------------------------------------------ */

/* Account for what is readable: bytes, and segments that may be mbufs. */
static void
account(struct lbuf_stream *s)
{
	const struct lbuf *b = s->buf;
	uint64_t unread = b == NULL ? 0 : lbuf_len(b);
	uint32_t segs = b == NULL ? 0 : (uint32_t)(b->tail - b->rd);

	streams_charge(s->all, (int64_t)unread - (int64_t)s->unread);
	s->all->stats.mbufs += segs;
	s->all->stats.mbufs -= s->mbufs;
	s->unread = (uint32_t)unread;
	s->mbufs = segs;
}

/* The scratch buffer's bytes to another one: a copy, if they would keep too much. */
static int
move_scratch(struct lbuf_streams *all, struct lbuf *to)
{
	struct lbuf *b = &all->scratch;
	uint64_t n = lbuf_len(b);
	void *room = NULL;

	lbuf_init(to, all->p.pool);
	if (piece_is_sparse(n, RTE_MBUF_DEFAULT_DATAROOM) || streams_lack_mbufs(all))
		room = lbuf_reserve(to, n);
	if (room == NULL) {
		lbuf_move(to, b);
		lbuf_init(b, all->p.pool);
		return 0;
	}
	all->stats.copied += n;
	lbuf_read(b, room, n);
	return lbuf_flush(to);
}

/* Have a stream that uses the scratch buffer no longer do so; 0 or -ENOMEM. */
static int
leave_scratch(struct lbuf_streams *all)
{
	struct lbuf_stream *s = all->user;
	struct lbuf_chunk *chunk = NULL;

	if (lbuf_len(&all->scratch) == 0) {
		s->buf = NULL;
	} else {
		chunk = lbuf_chunk_alloc(all->p.pool, sizeof(struct lbuf));
		if (chunk == NULL)
			return -ENOMEM;
		move_scratch(all, (struct lbuf *)chunk->data);
		s->buf = (struct lbuf *)chunk->data;
		s->chunk = chunk;
	}
	all->user = NULL;
	account(s);
	lbuf_release(&all->scratch);
	return 0;
}

/* Give back a buffer of the stream's own, once it is empty. */
static void
leave_own(struct lbuf_stream *s)
{
	struct lbuf_chunk *chunk = s->chunk;
	struct lbuf *b = s->buf;

	if (lbuf_len(b) != 0) {
		account(s);
		lbuf_release(b);
		return;
	}
	s->buf = NULL;
	s->chunk = NULL;
	account(s);
	lbuf_close(b);
	lbuf_chunk_put(chunk);
}

bool
stream_is_full(const struct lbuf_stream *s, uint64_t more)
{
	const struct lbuf_streams *all = s->all;
	uint64_t mem = s->unread + (s->early == NULL ? 0 : s->early->mem);

	return mem + more > all->p.stream_bytes || all->stats.bytes + more > all->p.all_bytes;
}

int
lbuf_stream_release(struct lbuf_stream *s)
{
	int ret;

	if (s->buf == NULL)
		return 0;
	if (s->buf == &s->all->scratch) {
		ret = leave_scratch(s->all);
		if (ret != 0)
			return ret;
	} else {
		leave_own(s);
	}
	return s->unread != 0 && stream_is_full(s, 0) ? -ENOBUFS : 0;
}

/* A buffer for what is in order, or NULL: no memory. */
static struct lbuf *
buf_open(struct lbuf_stream *s)
{
	struct lbuf_streams *all = s->all;

	if (s->buf != NULL)
		return s->buf;
	if (all->user != NULL && leave_scratch(all) != 0)
		return NULL;
	all->user = s;
	s->buf = &all->scratch;
	return s->buf;
}

/* Nothing came of a buffer that was opened: there is none that is empty. */
static int
buf_failed(struct lbuf_stream *s, int ret)
{
	if (s->buf != NULL && lbuf_len(s->buf) == 0)
		lbuf_stream_release(s);
	return ret;
}

/* --- inserting ------------------------------------------------------------- */

/* Whether what is inserted can be, as far as the stream is concerned; 0 or an errno. */
static inline int
check_stream(struct lbuf_stream *s)
{
	if (unlikely(!stream_is_started(s)))
		return -EINVAL;
	if (s->buf != NULL)
		lbuf_stream_release(s);
	return 0;
}

/* Bytes came, of which none are kept. */
static int64_t
pass(struct lbuf_stream *s, uint64_t at, uint64_t n)
{
	if (at + n <= s->next) {
		s->all->stats.again_bytes += n;
		return 0;
	}
	s->next = at + n;
	if (s->next > s->end)
		s->end = STREAM_NO_END;
	return 0;
}

/* Bytes that are the next ones in order. */
static int
put_in_order(struct lbuf_stream *s, struct lbuf *src, uint64_t n)
{
	struct lbuf *b;
	int ret;

	if (s->unread != 0 && stream_is_full(s, n)) {
		s->all->stats.full_bytes += n;
		return -ENOBUFS;
	}
	b = buf_open(s);
	if (b == NULL) {
		s->all->stats.nomem_bytes += n;
		return -ENOMEM;
	}
	s->all->stats.in_order++;
	if (s->early != NULL) {
		ret = early_close_gap(s, src, n, b);
	} else {
		ret = early_append(s->all, b, src, n);
		if (ret == 0)
			s->next += n;
		else
			s->all->stats.nomem_bytes += n;
	}
	return ret == 0 ? 0 : buf_failed(s, ret);
}

/* The usual case apart: bytes of a buffer, `ahead` of the next one in order or before. */
static int64_t
put(struct lbuf_stream *s, int32_t ahead, struct lbuf *src)
{
	uint64_t n = lbuf_len(src), next = s->next, old;
	int ret;

	s->all->stats.inserted++;
	if (ahead < 0) {
		old = RTE_MIN(n, (uint64_t) - (int64_t)ahead);
		s->all->stats.again_bytes += old;
		lbuf_skip(src, old);
		n -= old;
		if (n == 0)
			return 0;
		ahead = 0;
	}
	if (next == s->end)
		return -ESHUTDOWN;
	if ((uint32_t)ahead > LBUF_STREAM_AHEAD) {
		s->all->stats.far++;
		return -ERANGE;
	}
	if ((s->flags & STREAM_IGNORED) != 0)
		return pass(s, next + (uint32_t)ahead, n);
	if (ahead != 0) {
		s->all->stats.held++;
		ret = early_hold(s, next + (uint32_t)ahead, src, n);
	} else {
		ret = put_in_order(s, src, n);
	}
	if (s->next > s->end)
		s->end = STREAM_NO_END;
	return s->next != next ? (int64_t)(s->next - next) : ret;
}

/* Where a piece begins, as seen from the next byte in order. */
static inline int32_t
ahead_of(const struct lbuf_stream *s, uint32_t seq)
{
	return (int32_t)(seq - lbuf_stream_next_seq(s));
}

/* View n bytes of a chain, from an offset on, taking references; 0 or -ENOMEM. */
static int
view(struct lbuf *b, struct rte_mbuf *m, uint32_t off, uint32_t n)
{
	uint32_t part;
	int ret;

	for (; off >= m->data_len; m = m->next)
		off -= m->data_len;
	for (; n != 0; m = m->next) {
		part = RTE_MIN(n, m->data_len - off);
		if (part != 0) {
			ret = lbuf_room(b, 1);
			if (ret != 0)
				return ret;
			rte_mbuf_refcnt_update(m, 1);
			lbuf_push(b, rte_pktmbuf_mtod_offset(m, void *, off), part,
					(uintptr_t)m | LBUF_SEG_MBUF);
		}
		n -= part;
		off = 0;
	}
	return lbuf_flush(b);
}

/* What is not in order, or lies in several mbufs. */
static __rte_noinline int64_t
insert_slow(struct lbuf_stream *s, uint32_t seq, struct rte_mbuf *m, uint32_t off, uint32_t n)
{
	struct lbuf src;
	int64_t ret;

	if (n == 0)
		return 0;
	lbuf_init(&src, s->all->p.pool);
	ret = view(&src, m, off, n);
	if (ret != 0)
		s->all->stats.nomem_bytes += n;
	else
		ret = put(s, ahead_of(s, seq), &src);
	lbuf_close(&src);
	pieces_drop(s->all);
	return ret;
}

/* Append bytes of one mbuf; 0 or -ENOMEM. */
static inline int
append_one(struct lbuf_streams *all, struct lbuf *b, struct rte_mbuf *m, uint32_t off, uint32_t n)
{
	void *data = rte_pktmbuf_mtod_offset(m, void *, off);
	int ret;

	if (unlikely((lbuf_len(b) != 0 && piece_is_sparse(n, RTE_MBUF_DEFAULT_DATAROOM)) ||
			    streams_lack_mbufs(all))) {
		all->stats.copied += n;
		ret = lbuf_write(b, data, n);
	} else {
		ret = lbuf_room(b, 1);
		if (likely(ret == 0)) {
			rte_mbuf_refcnt_update(m, 1);
			lbuf_push(b, data, n, (uintptr_t)m | LBUF_SEG_MBUF);
		}
	}
	return ret != 0 ? ret : lbuf_flush(b);
}

int64_t
lbuf_stream_insert(struct lbuf_stream *s, uint32_t seq, struct rte_mbuf *m, uint32_t off,
		uint32_t n)
{
	int ret = check_stream(s);
	struct lbuf *b;

	if (ret != 0 || off > m->pkt_len || n > m->pkt_len - off)
		return -EINVAL;
	if (unlikely(seq != lbuf_stream_next_seq(s) || n - 1 >= (uint32_t)m->data_len - off ||
			    off >= m->data_len || s->early != NULL || s->unread != 0 ||
			    (s->flags & STREAM_IGNORED) != 0 || s->end != STREAM_NO_END))
		return insert_slow(s, seq, m, off, n);
	b = buf_open(s);
	if (unlikely(b == NULL || append_one(s->all, b, m, off, n) != 0)) {
		s->all->stats.nomem_bytes += n;
		return buf_failed(s, -ENOMEM);
	}
	s->all->stats.inserted++;
	s->all->stats.in_order++;
	s->next += n;
	return n;
}

int64_t
lbuf_stream_insert_lbuf(struct lbuf_stream *s, uint32_t seq, struct lbuf *b)
{
	int64_t ret = check_stream(s);

	if (ret != 0 || lbuf_len(b) > LBUF_STREAM_AHEAD)
		return -EINVAL;
	ret = check_read(b, 0);
	if (ret != 0 || lbuf_len(b) == 0)
		return ret;
	ret = put(s, ahead_of(s, seq), b);
	lbuf_skip(b, lbuf_len(b));
	lbuf_release(b);
	pieces_drop(s->all);
	return ret;
}

/* --- ends and gaps --------------------------------------------------------- */

int
lbuf_stream_fin(struct lbuf_stream *s, uint32_t seq)
{
	int32_t ahead = ahead_of(s, seq);

	if (!stream_is_started(s))
		return -EINVAL;
	if (ahead < 0 || (uint32_t)ahead > LBUF_STREAM_AHEAD)
		return -ERANGE;
	s->end = RTE_MIN(s->end, s->next + (uint32_t)ahead);
	return 0;
}

bool
lbuf_stream_is_over(const struct lbuf_stream *s)
{
	return s->next == s->end;
}

uint64_t
lbuf_stream_gap(const struct lbuf_stream *s)
{
	return s->early == NULL ? 0 : s->early->set.first->from - s->next;
}

uint64_t
lbuf_stream_held(const struct lbuf_stream *s)
{
	return s->early == NULL ? 0 : s->early->set.bytes;
}

uint32_t
lbuf_stream_pieces(const struct lbuf_stream *s, uint32_t *runs)
{
	if (runs != NULL)
		*runs = s->early == NULL ? 0 : ranges_runs(&s->early->set);
	return s->early == NULL ? 0 : s->early->set.n;
}

uint64_t
stream_drop_unread(struct lbuf_stream *s)
{
	uint64_t n;

	if (s->buf == NULL)
		return 0;
	n = lbuf_len(s->buf);
	lbuf_skip(s->buf, n);
	lbuf_stream_release(s);
	return n;
}

int64_t
lbuf_stream_skip_gap(struct lbuf_stream *s)
{
	uint64_t gap = lbuf_stream_gap(s), next;
	struct lbuf *b;
	int ret;

	if (s->early == NULL)
		return 0;
	stream_drop_unread(s);
	b = buf_open(s);
	if (b == NULL)
		return -ENOMEM;
	if (gap != 0) {
		s->all->stats.gaps++;
		s->all->stats.missing_bytes += gap;
	}
	s->next += gap;
	next = s->next;
	ret = early_move(s, b);
	if (s->next > s->end)
		s->end = STREAM_NO_END;
	pieces_drop(s->all);
	return s->next != next ? (int64_t)(s->next - next) : buf_failed(s, ret);
}

void
stream_ignore(struct lbuf_stream *s)
{
	if (s->early != NULL)
		s->next = s->early->set.last->to;
	early_drop(s);
	stream_drop_unread(s);
	s->flags |= STREAM_IGNORED;
	pieces_drop(s->all);
}

void
lbuf_stream_close(struct lbuf_stream *s)
{
	if (s == NULL || s->all == NULL)
		return;
	early_drop(s);
	stream_drop_unread(s);
	pieces_drop(s->all);
	s->all = NULL;
}
