/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_tcp.h>

#include <lbuf_priv.h>

#include "conn_segment.h"

#define SYN RTE_TCP_SYN_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define URG RTE_TCP_URG_FLAG

/* Of windows whose scale is not known: the largest one. */
#define SCALE_UNKNOWN 14

/* How far a sequence number is behind another one; negative: before it. */
static inline int32_t
distance(uint32_t seq, uint32_t from)
{
	return (int32_t)(seq - from);
}

/* --- beginnings ------------------------------------------------------------ */

/*
 * A SYN tells where a direction begins; false: it is none of this connection. `first`: the
 * number of the first byte.
 */
static __rte_noinline bool
take_syn(struct lbuf_conn *c, unsigned int dir, const struct segment *seg, uint32_t first)
{
	struct lbuf_stream *s = &c->stream[dir];

	if (!stream_is_started(s)) {
		lbuf_stream_start(s, first);
	} else if (s->base != first) {
		/* Another attempt to open; or what was thought is found out. */
		if (((c->dir_flags[dir] & DIR_GUESSED) == 0 &&
				    stream_is_started(&c->stream[!dir])) ||
				!stream_restart(s, first)) {
			c->table->stats.syn_ignored++;
			c->flags |= CONN_SYN_AGAIN;
			c->syn = first;
			return false;
		}
	}
	c->dir_flags[dir] = (uint8_t)((c->dir_flags[dir] & ~DIR_GUESSED) | DIR_SYN);
	c->scale[dir] = seg->scale;
	return true;
}

bool
conn_is_replaced(const struct lbuf_conn *c, const struct segment *seg)
{
	return (c->flags & CONN_SYN_AGAIN) != 0 && (seg->flags & (SYN | ACK)) == (SYN | ACK) &&
			seg->ack == c->syn && seg->seq + 1 != c->stream[conn_dir_of(c, seg)].base;
}

/* A direction whose SYN was not seen begins with the first byte that is. */
static __rte_noinline void
guess_begin(struct lbuf_conn *c, unsigned int dir, uint32_t seq)
{
	lbuf_stream_start(&c->stream[dir], seq);
	c->dir_flags[dir] |= DIR_GUESSED;
}

/* --- acknowledgements ------------------------------------------------------ */

/* How much the windows of an endpoint are scaled. */
static unsigned int
scale_of(const struct lbuf_conn *c, unsigned int dir)
{
	if ((c->dir_flags[0] & c->dir_flags[1] & DIR_SYN) == 0)
		return SCALE_UNKNOWN;
	if (c->scale[0] == SCALE_NONE || c->scale[1] == SCALE_NONE)
		return 0;
	return c->scale[dir];
}

/* Gaps whose bytes the receiver has will not be closed. */
static __rte_noinline void
give_up_acked(struct lbuf_conn *c, unsigned int dir, uint32_t ack)
{
	struct lbuf_stream *s = &c->stream[dir];

	while (s->early != NULL && distance(ack, lbuf_stream_next_seq(s)) > 0 &&
			(uint64_t)distance(ack, lbuf_stream_next_seq(s)) >= lbuf_stream_gap(s))
		if (!conn_give_up_gap(c, dir, &c->table->stats.gaps_acked))
			return;
	conn_check_end(c, dir);
}

/* What an endpoint says of what it has received. */
static inline void
take_ack(struct lbuf_conn *c, unsigned int dir, const struct segment *seg)
{
	unsigned int scale = (seg->flags & SYN) != 0 ? 0 : scale_of(c, dir);
	uint32_t edge = seg->ack + ((uint32_t)seg->window << scale);
	struct conn_dir *d = &c->dir[dir];

	if (unlikely(!stream_is_started(&c->stream[!dir])))
		guess_begin(c, !dir, seg->ack);
	if ((c->dir_flags[dir] & DIR_EDGE) == 0 || distance(edge, d->edge) > 0) {
		d->edge = edge;
		c->dir_flags[dir] |= DIR_EDGE;
	}
	if (unlikely(c->stream[!dir].early != NULL &&
			    (c->table->flags & LBUF_CONN_F_ACKED_GAPS) != 0))
		give_up_acked(c, !dir, seg->ack);
}

/* --- RST ------------------------------------------------------------------- */

/* Whether the receiver of an RST believes it. */
static bool
is_rst_valid(const struct lbuf_conn *c, unsigned int dir, const struct segment *seg)
{
	const struct lbuf_stream *s = &c->stream[dir], *o = &c->stream[!dir];
	int32_t ahead;

	/* Of who has sent nothing before: it must answer what the other has sent. */
	if (!stream_is_started(s))
		return (seg->flags & ACK) != 0 && stream_is_started(o) &&
				seg->ack - o->base <= (uint32_t)o->next;
	ahead = distance(seg->seq, lbuf_stream_next_seq(s));
	if (ahead == 0 || (ahead == 1 && lbuf_stream_is_over(s))) /* behind the FIN */
		return true;
	return ahead > 0 && (c->dir_flags[!dir] & DIR_EDGE) != 0 &&
			distance(c->dir[!dir].edge, seg->seq) > 0;
}

static __rte_noinline void
take_rst(struct lbuf_conn *c, unsigned int dir, const struct segment *seg)
{
	if (is_rst_valid(c, dir, seg))
		conn_close(c, LBUF_CONN_RST);
	else
		c->table->stats.rst_ignored++;
}

/* --- data ------------------------------------------------------------------ */

/* Room for bytes to be held: the gap that has been open for longest is given up. */
static __rte_noinline void
make_room(struct lbuf_conn_table *t, uint64_t n)
{
	struct lbuf_early *e;
	struct lbuf_conn *c;
	unsigned int dir;

	while (t->all.stats.bytes + n > t->all.p.all_bytes) {
		e = TAILQ_FIRST(&t->all.stalled);
		if (e == NULL)
			return;
		c = conn_of_stream(e->stream, &dir);
		if (!conn_give_up_gap(c, dir, &t->stats.gaps_full))
			return;
		conn_check_end(c, dir);
	}
}

/* A segment's bytes, of a packet that is not to be kept. */
static __rte_noinline int64_t
insert_copy(struct lbuf_stream *s, uint32_t seq, const struct segment *seg)
{
	const void *data;
	struct lbuf b;
	int64_t ret;
	void *mem;

	lbuf_init(&b, s->all->p.pool);
	mem = lbuf_reserve(&b, seg->len);
	if (mem == NULL) {
		s->all->stats.nomem_bytes += seg->len;
		return -ENOMEM;
	}
	data = rte_pktmbuf_read(seg->m, seg->off, seg->len, mem);
	if (data != mem)
		memcpy(mem, data, seg->len);
	lbuf_flush(&b);
	ret = lbuf_stream_insert_lbuf(s, seq, &b);
	lbuf_close(&b);
	return ret;
}

static int64_t
insert(struct lbuf_stream *s, uint32_t seq, const struct segment *seg)
{
	if (unlikely(seg->own))
		return insert_copy(s, seq, seg);
	return lbuf_stream_insert(s, seq, seg->m, seg->off, seg->len);
}

/* Bytes for which something must be looked at, or done, before. False: they are refused. */
static __rte_noinline bool
prepare(struct lbuf_conn *c, unsigned int dir, uint32_t seq, const struct segment *seg)
{
	struct lbuf_conn_table *t = c->table;
	struct lbuf_stream *s = &c->stream[dir];
	int32_t ahead = distance(seq, lbuf_stream_next_seq(s));

	if (ahead == -1 && seg->len == 1)
		t->stats.keep_alives++;
	if ((t->flags & LBUF_CONN_F_WINDOW) != 0 && (c->dir_flags[!dir] & DIR_EDGE) != 0 &&
			distance(seq, c->dir[!dir].edge) >= 0) {
		t->stats.out_of_window++;
		return false;
	}
	if (s->unread != 0 && stream_is_full(s, seg->len))
		conn_drop_unread(c, dir);
	if (ahead > 0 && t->all.stats.bytes + seg->m->buf_len > t->all.p.all_bytes)
		make_room(t, seg->m->buf_len);
	return (c->flags & CONN_CLOSED) == 0;
}

static inline void
take_data(struct lbuf_conn *c, unsigned int dir, uint32_t seq, const struct segment *seg)
{
	struct lbuf_conn_table *t = c->table;
	struct lbuf_stream *s = &c->stream[dir];
	uint64_t again = t->all.stats.again_bytes;
	int64_t ret;

	if (unlikely((c->dir_flags[dir] & DIR_IGNORE) != 0))
		stream_ignore(s);
	if (unlikely(seq != lbuf_stream_next_seq(s) || s->unread != 0 ||
			    (t->flags & LBUF_CONN_F_WINDOW) != 0) &&
			!prepare(c, dir, seq, seg))
		return;
	ret = insert(s, seq, seg);
	c->dir[dir].again += t->all.stats.again_bytes - again;
	if (likely(ret > 0))
		conn_deliver(c, dir);
	else if (ret == -ESHUTDOWN)
		t->stats.late++;
}

void
conn_segment(struct lbuf_conn *c, const struct segment *seg)
{
	unsigned int dir = conn_dir_of(c, seg);
	struct lbuf_stream *s = &c->stream[dir];
	uint32_t seq = seg->seq;

	c->last = c->table->now;
	if (unlikely((c->flags & CONN_CLOSED) != 0)) {
		c->table->stats.late += seg->len != 0;
		return;
	}
	c->dir[dir].packets++;
	if (unlikely((seg->flags & RST) != 0)) {
		take_rst(c, dir, seg);
		return;
	}
	if (unlikely((seg->flags & SYN) != 0 && !take_syn(c, dir, seg, ++seq)))
		return;
	if (unlikely(!stream_is_started(s) && (seg->len != 0 || (seg->flags & FIN) != 0)))
		guess_begin(c, dir, seq);
	if (likely((seg->flags & ACK) != 0))
		take_ack(c, dir, seg);
	if (unlikely((c->flags & CONN_CLOSED) != 0))
		return;
	c->table->stats.urgent += (seg->flags & URG) != 0;
	if (seg->len != 0)
		take_data(c, dir, seq, seg);
	if (unlikely((seg->flags & FIN) != 0))
		lbuf_stream_fin(s, seq + seg->len);
	if (unlikely(s->end != STREAM_NO_END))
		conn_check_end(c, dir);
}
