/* SPDX-License-Identifier: BSD-3-Clause */

#include <lbuf_priv.h>

#include "early.h"

static struct piece *
piece_at(struct range *r)
{
	return piece_of(r);
}

static struct lbuf_early *
early_open(struct lbuf_stream *s)
{
	struct lbuf_chunk *chunk;
	struct lbuf_early *e;

	if (s->early != NULL)
		return s->early;
	chunk = lbuf_chunk_alloc(s->all->p.pool, sizeof(*e));
	if (chunk == NULL)
		return NULL;
	e = (struct lbuf_early *)chunk->data;
	*e = (struct lbuf_early){ .stream = s, .chunk = chunk, .since = s->all->now };
	TAILQ_INSERT_TAIL(&s->all->stalled, e, entry);
	s->early = e;
	return e;
}

/* There is no gap without pieces. */
static void
early_tidy(struct lbuf_stream *s)
{
	struct lbuf_early *e = s->early;

	if (e->set.n != 0)
		return;
	s->early = NULL;
	TAILQ_REMOVE(&s->all->stalled, e, entry);
	chunk_put_quietly(e->chunk);
}

static void
add(struct lbuf_stream *s, struct piece *p)
{
	struct lbuf_early *e = s->early;

	ranges_add(&e->set, &p->r);
	e->mem += p->charge;
	s->all->stats.pieces++;
	streams_charge(s->all, p->charge);
}

static void
take_out(struct lbuf_stream *s, struct piece *p)
{
	struct lbuf_early *e = s->early;

	ranges_remove(&e->set, &p->r);
	e->mem -= p->charge;
	s->all->stats.pieces--;
	streams_charge(s->all, -(int64_t)p->charge);
}

static void
give_up(struct lbuf_stream *s, struct piece *p)
{
	take_out(s, p);
	piece_bury(s->all, p);
}

/* Shorten a piece to the bytes from an offset on. */
static void
cut_front(struct lbuf_stream *s, struct piece *p, uint64_t from)
{
	piece_cut_front(p, from - p->r.from);
	ranges_resize(&s->early->set, &p->r, from, p->r.to);
}

/* --- limits ---------------------------------------------------------------- */

static bool
is_over(const struct lbuf_stream *s)
{
	return s->early->set.n > s->all->p.stream_pieces ||
			s->early->mem + s->unread > s->all->p.stream_bytes;
}

static bool
all_is_over(const struct lbuf_streams *all)
{
	return all->stats.bytes > all->p.all_bytes;
}

/* Give up what is farthest from being in order, as long as a limit is passed. */
static void
keep_limits(struct lbuf_stream *s)
{
	struct lbuf_streams *all = s->all;
	struct piece *last;
	bool own;

	while (s->early->set.n != 0) {
		own = is_over(s);
		if (likely(!own && !all_is_over(all)))
			return;
		last = piece_at(s->early->set.last);
		if (own)
			all->stats.full_bytes += range_len(&last->r);
		else
			all->stats.all_full_bytes += range_len(&last->r);
		give_up(s, last);
	}
}

/* Whether what comes from an offset on would only be given up again. */
static bool
is_hopeless(const struct lbuf_stream *s, uint64_t at)
{
	const struct lbuf_early *e = s->early;

	return e->set.last != NULL && e->set.n >= s->all->p.stream_pieces && e->set.last->to < at;
}

/* --- holding --------------------------------------------------------------- */

/*
 * Hold n bytes that nothing which is held overlaps. 0; -ENOMEM: the others were given up. They
 * are consumed.
 */
static int
hold(struct lbuf_stream *s, uint64_t at, struct lbuf *src, uint64_t n, struct range *before)
{
	struct piece *p = before == NULL ? NULL : piece_at(before);

	if (p != NULL && p->r.to == at && piece_gather(p, src, n)) {
		ranges_resize(&s->early->set, &p->r, p->r.from, at + n);
		s->all->stats.copied += n;
		return 0;
	}
	while (n != 0) {
		p = piece_take(s->all, src, n, at, p);
		if (p == NULL) {
			s->all->stats.nomem_bytes += n;
			return -ENOMEM;
		}
		add(s, p);
		n -= range_len(&p->r);
		at = p->r.to;
	}
	return 0;
}

/* Bytes that came again, and are not wanted. */
static void
skip(struct lbuf_stream *s, struct lbuf *src, uint64_t n)
{
	s->all->stats.again_bytes += n;
	lbuf_skip(src, n);
}

/* Those that are there stay: the others are filled in between. */
static int
hold_first(struct lbuf_stream *s, uint64_t at, struct lbuf *src, uint64_t n)
{
	struct ranges *set = &s->early->set;
	struct range *r = ranges_find(set, at), *next;
	uint64_t end = at + n, part;
	int ret;

	if (r != NULL && r->to > at) {
		part = RTE_MIN(r->to, end) - at;
		skip(s, src, part);
		at += part;
	}
	while (at != end) {
		next = r == NULL ? set->first : r->next;
		part = (next == NULL ? end : RTE_MIN(next->from, end)) - at;
		if (part != 0) {
			ret = hold(s, at, src, part, r);
			if (ret != 0)
				return ret;
			at += part;
		}
		if (at == end || next == NULL)
			break;
		part = RTE_MIN(next->to, end) - at;
		skip(s, src, part);
		at += part;
		r = next;
	}
	return 0;
}

/* Cut a hole into a piece that reaches over both of its ends; what is behind may be lost. */
static void
punch(struct lbuf_stream *s, struct piece *p, uint64_t at, uint64_t end)
{
	struct piece *rest = piece_divide(s->all, p, end - p->r.from);

	if (rest == NULL)
		s->all->stats.nomem_bytes += p->r.to - end;
	piece_cut_end(p, at - p->r.from);
	ranges_resize(&s->early->set, &p->r, p->r.from, at);
	if (rest != NULL)
		add(s, rest);
}

/* Have nothing in a range of the stream. */
static void
clear(struct lbuf_stream *s, uint64_t at, uint64_t end)
{
	struct ranges *set = &s->early->set;
	struct range *r = ranges_find(set, at), *next;

	if (r != NULL && r->to > at && r->from < at) {
		s->all->stats.again_bytes += RTE_MIN(r->to, end) - at;
		if (r->to > end) {
			punch(s, piece_at(r), at, end);
			return;
		}
		piece_cut_end(piece_at(r), at - r->from);
		ranges_resize(set, r, r->from, at);
	}
	if (r == NULL || r->from < at)
		r = r == NULL ? set->first : r->next;
	for (; r != NULL && r->from < end; r = next) {
		next = r->next;
		s->all->stats.again_bytes += RTE_MIN(r->to, end) - r->from;
		if (r->to <= end) {
			give_up(s, piece_at(r));
		} else {
			cut_front(s, piece_at(r), end);
			r->key = end;
		}
	}
}

/* Those that come stay. */
static int
hold_last(struct lbuf_stream *s, uint64_t at, struct lbuf *src, uint64_t n)
{
	clear(s, at, at + n);
	return hold(s, at, src, n, ranges_find(&s->early->set, at));
}

/*
 * As Linux does, see doc/streams.md. Pieces are segments: they are in the order of where these
 * began (key), and are cut off at the front where an earlier one reaches into them.
 */
static int
hold_linux(struct lbuf_stream *s, uint64_t at, struct lbuf *src, uint64_t n)
{
	struct ranges *set = &s->early->set;
	struct range *r = ranges_find(set, at), *next;
	uint64_t end = at + n, from = at;
	struct piece *p;

	if (r != NULL && r->to > at) {
		if (end <= r->to) {
			skip(s, src, n);
			return 0;
		}
		from = r->key == at ? r->from : r->to;
	}
	skip(s, src, from - at);
	p = piece_take(s->all, src, end - from, from, NULL);
	if (p == NULL) {
		s->all->stats.nomem_bytes += end - from;
		return -ENOMEM;
	}
	/* Those that it covers go, from one that begins with it on. */
	if (r == NULL)
		r = set->first;
	else if (r->key != at)
		r = r->next;
	for (; r != NULL && r->key < end; r = next) {
		next = r->next;
		if (end < r->to) {
			s->all->stats.again_bytes += end - RTE_MIN(end, r->from);
			if (r->from < end)
				cut_front(s, piece_at(r), end);
			break;
		}
		s->all->stats.again_bytes += range_len(r);
		give_up(s, piece_at(r));
	}
	p->r.key = at;
	add(s, p);
	return 0;
}

int
early_hold(struct lbuf_stream *s, uint64_t at, struct lbuf *src, uint64_t n)
{
	struct lbuf_streams *all = s->all;
	int ret;

	if (early_open(s) == NULL) {
		all->stats.nomem_bytes += n;
		return -ENOMEM;
	}
	if (is_hopeless(s, at)) {
		all->stats.full_bytes += n;
		return -ENOBUFS;
	}
	switch (all->p.policy) {
	case LBUF_STREAM_FIRST:
		ret = hold_first(s, at, src, n);
		break;
	case LBUF_STREAM_LAST:
		ret = hold_last(s, at, src, n);
		break;
	default:
		ret = hold_linux(s, at, src, n);
		break;
	}
	keep_limits(s);
	if (ret == 0 && (s->early->set.n == 0 || s->early->set.last->to <= at))
		ret = -ENOBUFS;
	early_tidy(s);
	return ret;
}

/* --- closing gaps ---------------------------------------------------------- */

int
early_append(struct lbuf_streams *all, struct lbuf *b, struct lbuf *src, uint64_t n)
{
	struct lbuf part;
	void *room;
	int ret;

	if (n == 0)
		return 0;
	if ((lbuf_len(b) != 0 && piece_is_sparse(n, RTE_MBUF_DEFAULT_DATAROOM)) ||
			(streams_lack_mbufs(all) && piece_keeps_mbuf(src->rd))) {
		room = lbuf_reserve(b, n);
		if (room == NULL)
			return -ENOMEM;
		lbuf_read(src, room, n);
		all->stats.copied += n;
		return lbuf_flush(b);
	}
	if (n == lbuf_len(src)) {
		ret = lbuf_append(b, src);
	} else {
		ret = lbuf_slice(src, n, &part);
		if (ret != 0)
			return -ENOMEM;
		ret = lbuf_append(b, &part);
		lbuf_close(&part);
	}
	return ret != 0 ? -ENOMEM : lbuf_flush(b);
}

/* A piece is in order, from its first byte or a later one on. */
static int
move_piece(struct lbuf_stream *s, struct piece *p, struct lbuf *b)
{
	uint64_t to = p->r.to;
	int ret;

	if (to <= s->next) {
		give_up(s, p);
		return 0;
	}
	if (p->r.from < s->next)
		cut_front(s, p, s->next);
	/* Room first: a piece that cannot go stays held. */
	ret = lbuf_room(b, 1);
	if (ret != 0)
		return -ENOMEM;
	take_out(s, p);
	piece_give(s->all, p, b);
	lbuf_flush(b);
	s->next = to;
	return 0;
}

int
early_move(struct lbuf_stream *s, struct lbuf *b)
{
	struct lbuf_early *e = s->early;
	int ret = 0;

	if (e == NULL)
		return 0;
	while (ret == 0 && e->set.n != 0 && e->set.first->key <= s->next)
		ret = move_piece(s, piece_at(e->set.first), b);
	/* Another gap, that is the first one from now on. */
	if (e->set.n != 0) {
		e->since = s->all->now;
		TAILQ_REMOVE(&s->all->stalled, e, entry);
		TAILQ_INSERT_TAIL(&s->all->stalled, e, entry);
	}
	early_tidy(s);
	return ret;
}

/* Those that are held stay: what comes is filled in between. */
static int
fill(struct lbuf_stream *s, struct lbuf *src, uint64_t n, struct lbuf *b)
{
	struct ranges *set = &s->early->set;
	uint64_t part;
	int ret;

	while (n != 0) {
		part = set->n == 0 ? n : RTE_MIN(n, set->first->from - s->next);
		ret = early_append(s->all, b, src, part);
		if (ret != 0)
			return ret;
		s->next += part;
		n -= part;
		if (n == 0)
			return 0;
		part = RTE_MIN(n, range_len(set->first));
		ret = move_piece(s, piece_at(set->first), b);
		if (ret != 0)
			return ret;
		skip(s, src, part);
		n -= part;
	}
	return 0;
}

int
early_close_gap(struct lbuf_stream *s, struct lbuf *src, uint64_t n, struct lbuf *b)
{
	struct lbuf_early *e = s->early;
	uint64_t again = 0;
	int ret;

	if (s->all->p.policy == LBUF_STREAM_FIRST) {
		ret = fill(s, src, n, b);
	} else {
		ret = early_append(s->all, b, src, n);
		if (ret == 0)
			s->next += n;
		while (e->set.n != 0 && e->set.first->to <= s->next) {
			again += range_len(e->set.first);
			give_up(s, piece_at(e->set.first));
		}
		if (e->set.n != 0 && e->set.first->from < s->next)
			again += s->next - e->set.first->from;
		s->all->stats.again_bytes += again;
	}
	if (ret != 0) {
		s->all->stats.nomem_bytes += lbuf_len(src);
		/* What was held may be in order by now, all of it. */
		early_tidy(s);
		return ret;
	}
	return early_move(s, b);
}

void
early_drop(struct lbuf_stream *s)
{
	if (s->early == NULL)
		return;
	while (s->early->set.n != 0)
		give_up(s, piece_at(s->early->set.last));
	early_tidy(s);
}
