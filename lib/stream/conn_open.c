/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_tcp.h>

#include "conn_open.h"

#define SYN RTE_TCP_SYN_FLAG
#define RST RTE_TCP_RST_FLAG
#define ACK RTE_TCP_ACK_FLAG

/* Connections that are looked at to find one to give up. */
#define CANDIDATES 8

_Static_assert(sizeof(struct lbuf_conn) == 5 * RTE_CACHE_LINE_MIN_SIZE, "five cache lines");
_Static_assert(offsetof(struct lbuf_conn, stream) == RTE_CACHE_LINE_MIN_SIZE, "the second one");

void
conn_remove(struct lbuf_conn *c)
{
	struct lbuf_conn_table *t = c->table;

	rte_hash_del_key_with_hash(t->hash, &c->key, c->hash);
	wheel_remove(&c->timer);
	LIST_INSERT_HEAD(&t->dead, &c->timer, link);
	c->flags |= CONN_DEAD;
	t->stats.conns--;
}

void
conns_free_dead(struct lbuf_conn_table *t)
{
	struct wheel_entry *e;

	while ((e = LIST_FIRST(&t->dead)) != NULL) {
		wheel_remove(e);
		lbuf_chunk_put(conn_of_timer(e)->chunk);
	}
}

/*
 * The connection whose time-out comes next, as far as a few looks tell. Those that have been
 * used since they were put into the wheel go to their place.
 */
static struct lbuf_conn *
find_victim(struct lbuf_conn_table *t)
{
	struct lbuf_conn *c, *best = NULL;
	struct wheel_entry *e;
	unsigned int i;
	uint32_t slot;

	for (i = 0; i < CANDIDATES; i++) {
		e = wheel_first(&t->wheel);
		if (e == NULL)
			break;
		c = conn_of_timer(e);
		if (best == NULL || conn_deadline(c) < conn_deadline(best))
			best = c;
		slot = e->slot;
		wheel_remove(e);
		wheel_add(&t->wheel, e, conn_deadline(c));
		if (e->slot == slot)
			break;
	}
	return best;
}

/* Have room for one more. */
static void
evict(struct lbuf_conn_table *t)
{
	struct lbuf_conn *c = find_victim(t);

	if (c == NULL)
		return;
	conn_close(c, LBUF_CONN_EVICTED);
	conn_remove(c);
}

/* Whether a segment may open a connection: a SYN may, others where that is asked for. */
static bool
may_open(const struct lbuf_conn_table *t, const struct segment *seg)
{
	if ((seg->flags & RST) != 0)
		return false;
	if ((seg->flags & (SYN | ACK)) == SYN)
		return true;
	return (t->flags & LBUF_CONN_F_PICK_UP) != 0 && ((seg->flags & SYN) != 0 || seg->len != 0);
}

/* The endpoint that sent the SYN; or the first packet that is seen. */
static bool
is_client_high(const struct segment *seg)
{
	bool answer = (seg->flags & (SYN | ACK)) == (SYN | ACK);

	return seg->from_high != answer;
}

static struct lbuf_conn *
conn_new(struct lbuf_conn_table *t, const struct segment *seg, uint32_t hash)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(t->all.p.pool, sizeof(struct lbuf_conn));
	struct lbuf_conn *c;

	if (chunk == NULL)
		return NULL;
	c = (struct lbuf_conn *)chunk->data;
	*c = (struct lbuf_conn){
		.table = t,
		.chunk = chunk,
		.last = t->now,
		.opened = t->now,
		.key = seg->key,
		.hash = hash,
	};
	if (is_client_high(seg))
		c->flags |= CONN_CLIENT_HIGH;
	if (seg->ipv6)
		c->flags |= CONN_IPV6;
	lbuf_stream_init(&c->stream[LBUF_CONN_CLIENT], &t->all);
	lbuf_stream_init(&c->stream[LBUF_CONN_SERVER], &t->all);
	c->stream[LBUF_CONN_SERVER].flags |= STREAM_DIR;
	return c;
}

struct lbuf_conn *
conn_open(struct lbuf_conn_table *t, const struct segment *seg, uint32_t hash, bool surely)
{
	struct lbuf_conn *c;

	if (!surely && !may_open(t, seg)) {
		t->stats.unknown++;
		return NULL;
	}
	if (t->stats.conns >= t->conns)
		evict(t);
	c = conn_new(t, seg, hash);
	if (c == NULL || rte_hash_add_key_with_hash_data(t->hash, &c->key, hash, c) != 0) {
		t->stats.refused++;
		if (c != NULL)
			lbuf_chunk_put(c->chunk);
		return NULL;
	}
	wheel_add(&t->wheel, &c->timer, conn_deadline(c));
	t->stats.opened++;
	t->stats.conns++;
	t->stats.conns_max = RTE_MAX(t->stats.conns_max, t->stats.conns);
	if ((seg->flags & (SYN | ACK)) != SYN) {
		c->flags |= CONN_PICKED;
		t->stats.picked_up++;
	}
	if (t->ops.open != NULL)
		t->ops.open(c, t->arg);
	return c;
}
