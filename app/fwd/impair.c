/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "args.h"
#include "impair.h"
#include "mode.h"

/* A packet that changes places goes behind 1 to so many others, */
#define DISTANCE_MAX 8
/* or after so long, if there are no others. */
#define PATIENCE_MS 5

/* A packet on its way. */
struct waiting {
	struct rte_mbuf *m;
	uint64_t due; /* cycles */
};

/* A packet that is to change places. */
struct held {
	struct rte_mbuf *m;
	uint64_t until;     /* cycles */
	unsigned int after; /* others that have yet to pass */
};

struct fwd_impair {
	struct fwd_impair_conf conf;
	struct fwd_impair_stats stats;
	void (*send)(struct fwd_stream *s, struct lbuf_burst *burst);
	uint64_t random;
	uint64_t delay;    /* cycles */
	uint64_t patience; /* cycles */
	struct lbuf_burst out;
	unsigned int nb_held;
	struct held held[FWD_IMPAIR_HELD];
	/* Packets that are delayed, the first one at head; both grow for ever. */
	uint64_t head;
	uint64_t tail;
	struct waiting queue[]; /* conf.limit of them */
};

/* SplitMix64: its state is a counter, and any seed is as good as another. */
static uint64_t
draw(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void
send_as_is(struct fwd_stream *s, struct lbuf_burst *burst)
{
	fwd_transmit(s, burst);
}

int
fwd_impair_create(struct fwd_stream *s, const struct fwd_impair_conf *conf, unsigned int number,
		int socket)
{
	const struct fwd_mode *mode = s->args->mode;
	size_t queue = conf->delay != 0 ? conf->limit : 0;
	uint64_t hz = rte_get_tsc_hz(), seed = conf->seed;
	struct fwd_impair *imp;

	imp = rte_zmalloc_socket("fwd_impair", sizeof(*imp) + queue * sizeof(imp->queue[0]),
			RTE_CACHE_LINE_SIZE, socket);
	if (imp == NULL)
		return -ENOMEM;
	imp->conf = *conf;
	imp->send = mode->send != NULL ? mode->send : send_as_is;
	/* Streams begin far apart in the one sequence that there is. */
	imp->random = draw(&seed);
	imp->random += number * draw(&seed);
	imp->delay = hz / US_PER_S * conf->delay;
	imp->patience = hz / MS_PER_S * PATIENCE_MS;
	lbuf_burst_init(&imp->out);
	s->impair = imp;
	return 0;
}

struct fwd_impair_stats *
fwd_impair_stats(const struct fwd_stream *s)
{
	return &s->impair->stats;
}

void
fwd_impair_drain(struct fwd_stream *s)
{
	struct fwd_impair *imp = s->impair;

	imp->stats.unsent += imp->nb_held + (imp->tail - imp->head);
	while (imp->nb_held != 0)
		rte_pktmbuf_free(imp->held[--imp->nb_held].m);
	for (; imp->head != imp->tail; imp->head++)
		rte_pktmbuf_free(imp->queue[imp->head % imp->conf.limit].m);
}

void
fwd_impair_free(struct fwd_stream *s)
{
	if (s->impair == NULL)
		return;
	fwd_impair_drain(s);
	rte_free(s->impair);
	s->impair = NULL;
}

static void
flush(struct fwd_stream *s)
{
	if (s->impair->out.n != 0)
		s->impair->send(s, &s->impair->out);
}

static void
add_out(struct fwd_stream *s, struct rte_mbuf *m)
{
	if (s->impair->out.n == LBUF_BURST_MAX)
		flush(s);
	lbuf_burst_add(&s->impair->out, &m, 1);
}

/* To the wire, or where it waits before. */
static void
emit(struct fwd_stream *s, struct rte_mbuf *m, uint64_t now)
{
	struct fwd_impair *imp = s->impair;
	struct waiting *w;

	if (imp->delay == 0) {
		add_out(s, m);
		return;
	}
	if (imp->tail - imp->head == imp->conf.limit) {
		imp->stats.overflow++;
		rte_pktmbuf_free(m);
		return;
	}
	w = &imp->queue[imp->tail++ % imp->conf.limit];
	w->m = m;
	w->due = now + imp->delay;
	imp->stats.delayed++;
}

static void
emit_held(struct fwd_stream *s, unsigned int i, uint64_t now)
{
	struct fwd_impair *imp = s->impair;
	struct rte_mbuf *m = imp->held[i].m;

	imp->nb_held--;
	memmove(&imp->held[i], &imp->held[i + 1], (imp->nb_held - i) * sizeof(imp->held[0]));
	emit(s, m, now);
}

/* Past those that are held back, some of which come behind it. */
static void
pass(struct fwd_stream *s, struct rte_mbuf *m, uint64_t now)
{
	struct fwd_impair *imp = s->impair;
	unsigned int i = 0;

	emit(s, m, now);
	while (i < imp->nb_held) {
		if (--imp->held[i].after == 0)
			emit_held(s, i, now);
		else
			i++;
	}
}

static void
hold(struct fwd_impair *imp, struct rte_mbuf *m, unsigned int after, uint64_t now)
{
	struct held *h = &imp->held[imp->nb_held++];

	h->m = m;
	h->after = after;
	h->until = now + imp->patience;
	imp->stats.reordered++;
}

/* What a driver needs to know of a packet beside its bytes. */
static void
copy_offloads(struct rte_mbuf *to, const struct rte_mbuf *from)
{
	to->ol_flags |= from->ol_flags & ~(RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT);
	to->tx_offload = from->tx_offload;
	to->vlan_tci = from->vlan_tci;
	to->vlan_tci_outer = from->vlan_tci_outer;
	to->packet_type = from->packet_type;
}

/* A copy of a packet, in a chunk, with the bits of one of its bytes flipped that are set. */
static struct rte_mbuf *
copy(const struct fwd_stream *s, const struct rte_mbuf *m, uint32_t at, uint8_t flip)
{
	uint32_t len = rte_pktmbuf_pkt_len(m);
	struct rte_mbuf *c = NULL;
	const void *data;
	struct lbuf b;
	uint8_t *p;

	lbuf_init(&b, s->pool);
	p = len != 0 ? lbuf_reserve(&b, len) : NULL;
	if (p != NULL) {
		data = rte_pktmbuf_read(m, 0, len, p);
		if (data != p)
			memcpy(p, data, len);
		p[at] ^= flip;
		lbuf_flush(&b);
		c = lbuf_port_export(s->tx, s->tx_queue, &b);
	}
	lbuf_close(&b);
	if (c != NULL)
		copy_offloads(c, m);
	return c;
}

static struct rte_mbuf *
corrupt(struct fwd_stream *s, struct rte_mbuf *m, uint32_t where)
{
	uint32_t len = rte_pktmbuf_pkt_len(m);
	struct rte_mbuf *c;

	c = copy(s, m, len != 0 ? where / CHAR_BIT % len : 0, (uint8_t)(1 << where % CHAR_BIT));
	if (c == NULL) {
		s->impair->stats.no_memory++;
		return m;
	}
	s->impair->stats.corrupted++;
	rte_pktmbuf_free(m);
	return c;
}

static struct rte_mbuf *
duplicate(struct fwd_stream *s, const struct rte_mbuf *m)
{
	struct rte_mbuf *c = copy(s, m, 0, 0);

	if (c == NULL)
		s->impair->stats.no_memory++;
	else
		s->impair->stats.duplicated++;
	return c;
}

/* All that is drawn for a packet is drawn at once, so that one has no bearing on the next. */
static void
impair(struct fwd_stream *s, struct rte_mbuf *m, uint64_t now)
{
	struct fwd_impair *imp = s->impair;
	uint64_t a = draw(&imp->random), b = draw(&imp->random), c = draw(&imp->random);
	struct rte_mbuf *twin = NULL;

	imp->stats.packets++;
	if ((uint32_t)a < imp->conf.loss) {
		imp->stats.lost++;
		rte_pktmbuf_free(m);
		return;
	}
	if ((uint32_t)b < imp->conf.corrupt)
		m = corrupt(s, m, (uint32_t)c);
	if (a >> 32 < imp->conf.duplicate)
		twin = duplicate(s, m);
	if (b >> 32 < imp->conf.reorder && imp->nb_held < FWD_IMPAIR_HELD)
		hold(imp, m, 1 + (unsigned int)(c >> 32) % DISTANCE_MAX, now);
	else
		pass(s, m, now);
	if (twin != NULL)
		pass(s, twin, now);
}

void
fwd_impair_send(struct fwd_stream *s, struct lbuf_burst *burst)
{
	uint64_t now = rte_rdtsc();
	uint16_t i;

	for (i = 0; i < burst->n; i++)
		if (burst->pkts[i] != NULL)
			impair(s, burst->pkts[i], now);
	/* All of them have been taken out. */
	lbuf_burst_init(burst);
	flush(s);
}

void
fwd_impair_poll(struct fwd_stream *s)
{
	struct fwd_impair *imp = s->impair;
	struct waiting *w;
	uint64_t now;

	if (imp->nb_held == 0 && imp->head == imp->tail)
		return;
	now = rte_rdtsc();
	/* The first one has been there longest. */
	while (imp->nb_held != 0 && (int64_t)(now - imp->held[0].until) >= 0)
		emit_held(s, 0, now);
	for (; imp->head != imp->tail; imp->head++) {
		w = &imp->queue[imp->head % imp->conf.limit];
		if ((int64_t)(now - w->due) < 0)
			break;
		add_out(s, w->m);
	}
	flush(s);
}
