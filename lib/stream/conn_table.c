/* SPDX-License-Identifier: BSD-3-Clause */

/* A table of connections: made, freed, fed with packets, gone through. */

#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>
#include <rte_random.h>
#include <rte_tcp.h>

#include <lbuf_priv.h>

#include "conn_list.h"
#include "conn_open.h"
#include "conn_segment.h"
#include "conn_tel.h"
#include "fragments.h"

/* Packets that are looked up at a time. */
#define BATCH 32
_Static_assert(BATCH <= RTE_HASH_LOOKUP_BULK_MAX, "by one call");
/* Packets whose headers are fetched ahead. */
#define AHEAD_PACKETS 8
/* Ticks of the wheel in a second. */
#define TICKS 8
/* The index has room for so many more connections than there may be: 1/n of them. */
#define SPARE 4

/* From here, for a static library takes along only what is referred to. */
RTE_INIT(conn_telemetry)
{
	conn_tel_register();
}

/* --- made and freed -------------------------------------------------------- */

/* A time in clock ticks; `usual` if it is 0. */
static uint64_t
ticks_of(uint32_t ms, uint32_t usual)
{
	return (ms == 0 ? usual : ms) * (rte_get_tsc_hz() / MS_PER_S);
}

static int
check_params(const struct lbuf_conn_params *p)
{
	if (p == NULL || p->conns > LBUF_CONN_CONNS_MAX || p->syn_ms > LBUF_CONN_MS_MAX ||
			p->idle_ms > LBUF_CONN_MS_MAX || p->linger_ms > LBUF_CONN_MS_MAX ||
			p->gap_ms > LBUF_CONN_MS_MAX || p->datagram_ms > LBUF_CONN_MS_MAX)
		return -EINVAL;
	if (p->datagrams > LBUF_CONN_DATAGRAMS_MAX && p->datagrams != UINT32_MAX)
		return -EINVAL;
	return 0;
}

/* Whether keys differ, for rte_hash, which calls memcmp() for keys of 40 bytes. */
static int
key_differs(const void *a, const void *b, size_t len)
{
	const uint64_t *x = a, *y = b;

	RTE_SET_USED(len);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4])) != 0;
}

static struct rte_hash *
index_create(uint32_t conns, uint32_t number)
{
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = RTE_MAX(conns + conns / SPARE, (uint32_t)RTE_HASH_LOOKUP_BULK_MAX),
		.key_len = sizeof(struct conn_key),
		.socket_id = SOCKET_ID_ANY, /* the caller's, if that has memory */
	};
	struct rte_hash *hash;

	/* Processes of one --file-prefix see each other's. */
	snprintf(name, sizeof(name), "lbuf_conns_%d_%u", getpid(), number);
	hash = rte_hash_create(&params);
	if (hash != NULL)
		rte_hash_set_cmp_func(hash, key_differs);
	return hash;
}

static void
table_init(struct lbuf_conn_table *t, const struct lbuf_conn_params *p)
{
	static uint32_t number;
	unsigned int i;

	t->number = __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED);
	t->lcore = -1;
	t->ops = p->ops;
	t->arg = p->arg;
	t->flags = p->flags;
	t->conns = p->conns == 0 ? LBUF_CONN_CONNS : p->conns;
	t->syn = ticks_of(p->syn_ms, LBUF_CONN_SYN_MS);
	t->idle = ticks_of(p->idle_ms, LBUF_CONN_IDLE_MS);
	t->linger = ticks_of(p->linger_ms, LBUF_CONN_LINGER_MS);
	t->gap = ticks_of(p->gap_ms, LBUF_CONN_GAP_MS);
	for (i = 0; i < RTE_DIM(t->secret); i++)
		t->secret[i] = rte_rand();
	wheel_init(&t->wheel, rte_get_tsc_hz() / TICKS, 0);
	LIST_INIT(&t->dropped);
	LIST_INIT(&t->dead);
}

/* The parts that can be wanting for memory. */
static int
table_parts(struct lbuf_conn_table *t, const struct lbuf_conn_params *p)
{
	uint32_t datagrams = p->datagrams == 0 ? LBUF_CONN_DATAGRAMS : p->datagrams;

	t->hash = index_create(t->conns, t->number);
	if (t->hash == NULL)
		return -ENOMEM;
	if (datagrams == UINT32_MAX)
		return 0;
	t->fragments = fragments_create(datagrams, ticks_of(p->datagram_ms, LBUF_CONN_DATAGRAM_MS));
	return t->fragments == NULL ? -ENOMEM : 0;
}

static void
table_delete(struct lbuf_conn_table *t)
{
	lbuf_close(&t->all.scratch);
	fragments_free(t->fragments);
	rte_hash_free(t->hash);
	rte_free(t);
}

struct lbuf_conn_table *
lbuf_conn_table_create(const struct lbuf_conn_params *params)
{
	struct lbuf_conn_table *t;
	int ret = check_params(params);

	if (ret != 0)
		return fail_ptr(ret);
	t = rte_zmalloc("lbuf_conn_table", sizeof(*t), RTE_CACHE_LINE_SIZE);
	if (t == NULL)
		return fail_ptr(-ENOMEM);
	ret = streams_init(&t->all, &params->stream);
	if (ret == 0) {
		table_init(t, params);
		ret = table_parts(t, params);
	}
	if (ret != 0) {
		table_delete(t);
		return fail_ptr(ret);
	}
	conn_list_add(t);
	return t;
}

void
lbuf_conn_table_free(struct lbuf_conn_table *t)
{
	if (t == NULL)
		return;
	lbuf_conn_flush(t);
	conn_list_remove(t);
	table_delete(t);
}

/* --- what is due ----------------------------------------------------------- */

/* Those that users have given up. */
static void
close_dropped(struct lbuf_conn_table *t)
{
	while (!LIST_EMPTY(&t->dropped))
		conn_close(conn_of_timer(LIST_FIRST(&t->dropped)), LBUF_CONN_DROPPED);
}

static void
expire_conn(struct lbuf_conn *c)
{
	struct lbuf_conn_table *t = c->table;

	if (conn_deadline(c) > t->now) {
		wheel_remove(&c->timer);
		wheel_add(&t->wheel, &c->timer, conn_deadline(c));
		return;
	}
	conn_close(c, LBUF_CONN_TIMEOUT);
	conn_remove(c);
}

/* Gaps that have been open for too long. */
static void
expire_gaps(struct lbuf_conn_table *t)
{
	struct lbuf_early *e;
	struct lbuf_conn *c;
	unsigned int dir;

	while ((e = TAILQ_FIRST(&t->all.stalled)) != NULL && e->since + t->gap <= t->now) {
		c = conn_of_stream(e->stream, &dir);
		if (!conn_give_up_gap(c, dir, &t->stats.gaps_timeout))
			return;
		conn_check_end(c, dir);
	}
}

static __rte_noinline void
expire_slow(struct lbuf_conn_table *t)
{
	struct wheel_list list;

	while (wheel_turn(&t->wheel, t->now, &list))
		while (!LIST_EMPTY(&list))
			expire_conn(conn_of_timer(LIST_FIRST(&list)));
	expire_gaps(t);
	if (t->fragments != NULL)
		t->stats.fragments_lost += fragments_expire(t->fragments, t->now);
	close_dropped(t);
	conns_free_dead(t);
}

void
lbuf_conn_expire(struct lbuf_conn_table *t, uint64_t now)
{
	t->now = now;
	t->all.now = now;
	if (unlikely(wheel_is_due(&t->wheel, now) || !LIST_EMPTY(&t->dropped)))
		expire_slow(t);
}

void
lbuf_conn_flush(struct lbuf_conn_table *t)
{
	const void *key;
	uint32_t pos = 0;
	void *c;

	while (rte_hash_iterate(t->hash, &key, &c, &pos) >= 0) {
		conn_close(c, LBUF_CONN_FREED);
		conn_remove(c);
	}
	conns_free_dead(t);
}

/* --- packets --------------------------------------------------------------- */

struct batch {
	struct segment seg[BATCH];
	const void *key[BATCH];
	hash_sig_t hash[BATCH];
	void *conn[BATCH];
	uint32_t n;
};

/* Count what is no segment. */
static void
count_other(struct lbuf_conn_table *t, enum packet_kind kind)
{
	if (kind == PACKET_OTHER)
		t->stats.other++;
	else if (kind == PACKET_BAD_LENGTH)
		t->stats.bad_length++;
	else if (kind == PACKET_BAD_SUM)
		t->stats.bad_sum++;
}

static enum packet_kind
read_packet(const struct lbuf_conn_table *t, struct rte_mbuf *m, struct segment *seg)
{
	return packet_read(m, (t->flags & LBUF_CONN_F_CHECK_SUMS) != 0,
			(t->flags & LBUF_CONN_F_ANY_VLAN) != 0, seg);
}

/* A fragment, which may make a datagram whole; false: there is no segment by it. */
static bool
take_fragment(struct lbuf_conn_table *t, struct segment *seg)
{
	enum packet_kind kind;
	uint32_t lost = 1;
	struct rte_mbuf *m = NULL;

	t->stats.fragments++;
	if (t->fragments != NULL)
		m = fragments_add(t->fragments, seg, t->now, &lost);
	t->stats.fragments_lost += lost;
	if (m == NULL)
		return false;
	t->stats.datagrams++;
	/* What was said of the first fragment's payload is not true of all of it. */
	m->ol_flags &= RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED;
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	kind = read_packet(t, m, seg);
	seg->own = true;
	if (kind == PACKET_SEGMENT)
		return true;
	count_other(t, kind == PACKET_FRAGMENT ? PACKET_BAD_LENGTH : kind);
	rte_pktmbuf_free(m);
	return false;
}

/* Read the packets; those with a segment make the batch. */
static void
read_batch(struct lbuf_conn_table *t, struct batch *b, struct rte_mbuf *const *pkts, uint32_t n)
{
	enum packet_kind kind;
	struct segment *seg;
	uint32_t i;

	b->n = 0;
	for (i = 0; i < n; i++) {
		if (i + AHEAD_PACKETS < n && pkts[i + AHEAD_PACKETS] != NULL)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + AHEAD_PACKETS], void *));
		if (pkts[i] == NULL)
			continue;
		t->stats.packets++;
		seg = &b->seg[b->n];
		kind = read_packet(t, pkts[i], seg);
		if (unlikely(kind != PACKET_SEGMENT)) {
			count_other(t, kind);
			if (kind != PACKET_FRAGMENT || !take_fragment(t, seg))
				continue;
		}
		b->key[b->n] = &seg->key;
		b->hash[b->n] = conn_key_hash(&seg->key, t->secret);
		b->n++;
	}
	t->stats.segments += b->n;
}

/* Find the connections, and have what is needed of them come into the cache. */
static void
look_up_batch(const struct lbuf_conn_table *t, struct batch *b)
{
	uint64_t hits = 0;
	const uint8_t *c;
	uint32_t i;

	if (b->n == 0)
		return;
	rte_hash_lookup_with_hash_bulk_data(t->hash, b->key, b->hash, b->n, &hits, b->conn);
	for (i = 0; i < b->n; i++) {
		if ((hits >> i & 1) == 0) {
			b->conn[i] = NULL;
			continue;
		}
		c = b->conn[i];
		rte_prefetch0(c);
		rte_prefetch0(c + offsetof(struct lbuf_conn, stream[LBUF_CONN_CLIENT]));
		rte_prefetch0(c + offsetof(struct lbuf_conn, stream[LBUF_CONN_SERVER]));
		rte_prefetch0(c + offsetof(struct lbuf_conn, dir));
	}
}

/* Whether a connection makes room for a new one with the same endpoints. */
static bool
makes_room(struct lbuf_conn *c, const struct segment *seg)
{
	const uint8_t syn = RTE_TCP_SYN_FLAG, ack = RTE_TCP_ACK_FLAG;

	if ((c->flags & CONN_CLOSED) != 0)
		return (c->flags & CONN_DROP) == 0 && (seg->flags & (syn | ack)) == syn;
	if (likely((seg->flags & syn) == 0 || !conn_is_replaced(c, seg)))
		return false;
	conn_close(c, LBUF_CONN_REUSED);
	return true;
}

/* The connection of a segment that was not found, or is no longer there. */
static struct lbuf_conn *
find_or_open(struct lbuf_conn_table *t, const struct segment *seg, uint32_t hash)
{
	void *c;

	/* It may have come since the batch was looked up. */
	if (rte_hash_lookup_with_hash_data(t->hash, &seg->key, hash, &c) >= 0)
		return c;
	return conn_open(t, seg, hash, false);
}

static void
take_segment(struct lbuf_conn_table *t, struct lbuf_conn *c, const struct segment *seg,
		uint32_t hash)
{
	if (unlikely(c == NULL || (c->flags & CONN_DEAD) != 0))
		c = find_or_open(t, seg, hash);
	if (c == NULL)
		return;
	if (unlikely(makes_room(c, seg))) {
		conn_remove(c);
		c = conn_open(t, seg, hash, true);
		if (c == NULL)
			return;
	}
	conn_segment(c, seg);
	if (unlikely(!LIST_EMPTY(&t->dropped)))
		close_dropped(t);
}

static void
take_batch(struct lbuf_conn_table *t, const struct batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		take_segment(t, b->conn[i], &b->seg[i], b->hash[i]);
		if (unlikely(b->seg[i].own))
			rte_pktmbuf_free(b->seg[i].m);
	}
	if (unlikely(!LIST_EMPTY(&t->dead)))
		conns_free_dead(t);
}

void
lbuf_conn_input(struct lbuf_conn_table *t, struct rte_mbuf *const *pkts, uint32_t n, uint64_t now)
{
	struct batch b;
	uint32_t part;

	t->lcore = (int)rte_lcore_id();
	lbuf_conn_expire(t, now);
	for (; n != 0; n -= part, pkts += part) {
		part = RTE_MIN(n, (uint32_t)BATCH);
		read_batch(t, &b, pkts, part);
		look_up_batch(t, &b);
		take_batch(t, &b);
	}
}

/* --- what is there --------------------------------------------------------- */

void
lbuf_conn_table_stats_get(const struct lbuf_conn_table *t, struct lbuf_conn_table_stats *stats)
{
	conn_table_figures(t, stats);
}

struct lbuf_conn *
lbuf_conn_iterate(const struct lbuf_conn_table *t, uint32_t *pos)
{
	struct lbuf_conn *c;
	const void *key;
	void *data;

	while (rte_hash_iterate(t->hash, &key, &data, pos) >= 0) {
		c = data;
		if ((c->flags & CONN_CLOSED) == 0)
			return c;
	}
	return NULL;
}
