/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <chunk.h>

#include "stream_model.h"
#include "unit.h"

/* How far ahead of the next byte in order segments begin; a power of two. */
#define WINDOW 4096
/* Longest segment. */
#define LONGEST 1500
/* Bytes that were delivered, of which readers may have kept slices; a power of two. */
#define PAST (1u << 15)
/* Slices that are kept. */
#define SLICES 8
/* Contents of one byte. */
#define VERSIONS 3
/* A stream begins anew after so many segments, about. */
#define LIFE 20000

/* A segment in Linux's queue, as it came. */
struct skb {
	uint64_t seq, end;
	uint8_t version;
};

struct kept {
	struct lbuf b;
	uint64_t at;
	bool open;
};

struct sm {
	struct stream_model_conf conf;
	const uint8_t *data;
	size_t left;
	uint64_t seed, rand, step, held;
	struct lbuf_streams *all;
	struct lbuf_stream s;
	bool lossy;          /* bytes may have been given up: only what is delivered is compared */
	uint64_t next, read; /* offsets: of the next byte in order, of the next one to be read */
	uint64_t end;
	bool have[2 * WINDOW];
	uint8_t value[2 * WINDOW];
	uint8_t past[PAST];
	struct skb queue[WINDOW + 1];
	unsigned int nb_queue;
	struct kept kept[SLICES];
};

#define sm_check(m, cond) \
	do { \
		if (!(cond)) \
			sm_fail(m, __LINE__, #cond); \
	} while (0)

static void
sm_fail(const struct sm *m, int line, const char *what)
{
	fprintf(stderr,
			"model: stream_model.c:%d: %s\nmodel: LBUF_SEED=%" PRIu64
			", segment %" PRIu64 ", policy %d, next %" PRIu64 "\n",
			line, what, m->seed, m->step, m->conf.policy, m->next);
	abort();
}

static uint64_t
draw(struct sm *m, uint64_t n)
{
	uint64_t value = 0;
	unsigned int size = n <= 256 ? 1 : 2;

	if (m->data == NULL)
		return unit_rand(&m->rand) % n;
	for (; size > 0 && m->left > 0; size--, m->left--)
		value = value << 8 | *m->data++;
	return value % n;
}

static uint8_t
content(uint64_t off, uint8_t version)
{
	return (uint8_t)(((off + 1) * UINT64_C(0x9e3779b97f4a7c15) +
					 version * UINT64_C(0x51ed27)) >>
			32);
}

/* --- what must come out ---------------------------------------------------- */

static void
deliver(struct sm *m, uint8_t byte)
{
	m->past[m->next % PAST] = byte;
	m->have[m->next % (2 * WINDOW)] = false;
	m->next++;
}

/* Bytes as a string: those that are there stay, or are replaced. */
static void
string_insert(struct sm *m, uint64_t at, uint64_t n, uint8_t version)
{
	uint64_t off = RTE_MAX(at, m->next);
	size_t i;

	for (; off < at + n; off++) {
		i = off % (2 * WINDOW);
		if (m->have[i] && m->conf.policy == LBUF_STREAM_FIRST)
			continue;
		m->have[i] = true;
		m->value[i] = content(off, version);
	}
	while (m->have[m->next % (2 * WINDOW)])
		deliver(m, m->value[m->next % (2 * WINDOW)]);
}

static void
skb_erase(struct sm *m, unsigned int i)
{
	m->nb_queue--;
	memmove(&m->queue[i], &m->queue[i + 1], (m->nb_queue - i) * sizeof(m->queue[0]));
}

static void
skb_insert(struct sm *m, unsigned int i, struct skb skb)
{
	memmove(&m->queue[i + 1], &m->queue[i], (m->nb_queue - i) * sizeof(m->queue[0]));
	m->queue[i] = skb;
	m->nb_queue++;
}

/* What tcp_data_queue_ofo() of Linux does, without joining neighbours. */
static void
linux_ofo(struct sm *m, struct skb skb)
{
	unsigned int i;

	for (i = 0; i < m->nb_queue && m->queue[i].seq <= skb.seq; i++) {
		if (skb.seq >= m->queue[i].end)
			continue;
		if (skb.end <= m->queue[i].end)
			return; /* all the bits are present */
		if (skb.seq == m->queue[i].seq) {
			m->queue[i] = skb;
			goto merge_right;
		}
	}
	skb_insert(m, i, skb);
merge_right:
	i++;
	while (i < m->nb_queue && skb.end > m->queue[i].seq) {
		if (skb.end < m->queue[i].end)
			break;
		skb_erase(m, i);
	}
}

static void
linux_deliver(struct sm *m, const struct skb *skb)
{
	while (m->next < skb->end)
		deliver(m, content(m->next, skb->version));
}

/* What tcp_data_queue() and tcp_ofo_queue() do. */
static void
linux_insert(struct sm *m, uint64_t at, uint64_t n, uint8_t version)
{
	struct skb skb = { at, at + n, version };

	if (skb.end <= m->next)
		return;
	if (skb.seq > m->next) {
		linux_ofo(m, skb);
		return;
	}
	linux_deliver(m, &skb);
	while (m->nb_queue != 0 && m->queue[0].seq <= m->next) {
		linux_deliver(m, &m->queue[0]);
		skb_erase(m, 0);
	}
}

static void
expect_insert(struct sm *m, uint64_t at, uint64_t n, uint8_t version)
{
	if (m->conf.policy == LBUF_STREAM_LINUX)
		linux_insert(m, at, n, version);
	else
		string_insert(m, at, n, version);
}

/* Where the first byte is that is held. */
static uint64_t
expect_first(const struct sm *m)
{
	uint64_t off;

	if (m->conf.policy == LBUF_STREAM_LINUX)
		return m->nb_queue == 0 ? m->next : m->queue[0].seq;
	for (off = m->next; off < m->next + 2 * WINDOW; off++)
		if (m->have[off % (2 * WINDOW)])
			return off;
	return m->next;
}

static void
expect_skip_gap(struct sm *m)
{
	uint64_t first = expect_first(m);

	while (m->next < first)
		deliver(m, 0);
	m->read = m->next;
	if (m->conf.policy == LBUF_STREAM_LINUX) {
		while (m->nb_queue != 0 && m->queue[0].seq <= m->next) {
			linux_deliver(m, &m->queue[0]);
			skb_erase(m, 0);
		}
		return;
	}
	string_insert(m, m->next, 0, 0);
}

/* --- comparing ------------------------------------------------------------- */

static void
check_past(const struct sm *m, const struct lbuf *b, uint64_t at)
{
	uint64_t off = 0, bytes, i;
	struct iovec iov;

	while (off < lbuf_len(b)) {
		sm_check(m, lbuf_iovec(b, off, &iov, 1, &bytes) > 0);
		for (i = 0; i < bytes; i++, off++)
			sm_check(m,
					((const uint8_t *)iov.iov_base)[i] ==
							m->past[(at + off) % PAST]);
	}
}

/* Without limits and with all memory that it wants, a stream does what is foreseen. */
static void
check_stream(struct sm *m)
{
	const struct lbuf *b = lbuf_stream_buf(&m->s);
	struct lbuf_streams_stats stats;

	if (m->lossy)
		return;
	sm_check(m, lbuf_stream_next(&m->s) == m->next);
	sm_check(m, (b == NULL ? 0 : lbuf_len(b)) == m->next - m->read);
	sm_check(m, lbuf_stream_gap(&m->s) == expect_first(m) - m->next);
	if (m->step % 64 != 0)
		return;
	if (b != NULL)
		check_past(m, b, m->read);
	lbuf_streams_stats_get(m->all, &stats);
	sm_check(m, stats.pieces == lbuf_stream_pieces(&m->s, NULL));
	sm_check(m, stats.full_bytes + stats.all_full_bytes + stats.nomem_bytes == 0);
}

/* Bounds that hold in any case. */
static void
check_limits(const struct sm *m)
{
	struct lbuf_streams_stats stats;

	lbuf_streams_stats_get(m->all, &stats);
	sm_check(m, lbuf_stream_pieces(&m->s, NULL) == stats.pieces);
	if (!m->conf.limits)
		return;
	sm_check(m, stats.pieces <= 20);
	/* What is readable may be a segment over the limit, until it is released. */
	sm_check(m, stats.bytes <= 16384 + 2 * LONGEST);
}

/* --- doing ----------------------------------------------------------------- */

static void
drop_slice(struct sm *m, struct kept *k)
{
	if (!k->open)
		return;
	if (m->next - k->at < PAST && !m->lossy)
		check_past(m, &k->b, k->at);
	lbuf_close(&k->b);
	k->open = false;
}

static void
open_stream(struct sm *m)
{
	uint32_t seq = (uint32_t)draw(m, 65536) << 16 | 0xff00;

	lbuf_stream_init(&m->s, m->all);
	lbuf_stream_start(&m->s, seq);
	/* As if so much had come before, near where 32 bits end. */
	if (draw(m, 2) == 0) {
		m->s.next = (UINT64_C(1) << 32) - 1000;
		m->s.base = seq - (uint32_t)m->s.next;
	}
	m->next = m->s.next;
	m->read = m->next;
	m->end = UINT64_MAX;
	m->nb_queue = 0;
	m->lossy = m->conf.inject || m->conf.limits;
	memset(m->have, 0, sizeof(m->have));
}

static void
close_stream(struct sm *m)
{
	unsigned int i;

	for (i = 0; i < SLICES; i++)
		drop_slice(m, &m->kept[i]);
	lbuf_stream_close(&m->s);
}

/* Fill memory with a segment's bytes. */
static void
fill(uint8_t *mem, uint64_t at, uint64_t n, uint8_t version)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		mem[i] = content(at + i, version);
}

/* An mbuf for so many bytes: where it is small these are no small part of it. */
static struct rte_mbuf *
new_mbuf(struct sm *m, uint64_t n)
{
	struct rte_mbuf *seg = NULL;

	if (n <= UNIT_TINY_ROOM && draw(m, 2) == 0)
		seg = rte_pktmbuf_alloc(m->conf.tiny);
	if (seg == NULL)
		seg = rte_pktmbuf_alloc(m->conf.mbufs);
	sm_check(m, seg != NULL);
	return seg;
}

/* Insert by mbufs: one, or several. */
static int64_t
insert_mbuf(struct sm *m, uint64_t at, uint64_t n, uint8_t version)
{
	uint64_t head = draw(m, 64), part = draw(m, 4) == 0 ? 1 + draw(m, n) : n, done;
	struct rte_mbuf *first = NULL, *seg;
	int64_t ret;

	for (done = 0; done < n; done += part) {
		part = RTE_MIN(part, n - done);
		seg = new_mbuf(m, part + (first == NULL ? head : 0));
		if (first == NULL)
			sm_check(m, rte_pktmbuf_append(seg, (uint16_t)head) != NULL || head == 0);
		fill((uint8_t *)rte_pktmbuf_append(seg, (uint16_t)part), at + done, part, version);
		if (first == NULL)
			first = seg;
		else
			sm_check(m, rte_pktmbuf_chain(first, seg) == 0);
	}
	ret = lbuf_stream_insert(&m->s, m->s.base + (uint32_t)at, first, (uint32_t)head,
			(uint32_t)n);
	rte_pktmbuf_free(first);
	return ret;
}

/* Insert by a linked buffer, of a chunk or mbufs. */
static int64_t
insert_lbuf(struct sm *m, uint64_t at, uint64_t n, uint8_t version)
{
	uint8_t mem[LONGEST];
	struct lbuf b;
	int64_t ret;

	fill(mem, at, n, version);
	if (m->conf.inject)
		lbuf_pool_inject(m->conf.pool, 0);
	lbuf_init(&b, m->conf.pool);
	sm_check(m, lbuf_write(&b, mem, n) == 0);
	lbuf_flush(&b);
	if (m->conf.inject && draw(m, 4) == 0)
		lbuf_pool_inject(m->conf.pool, 1 + (int)draw(m, 3));
	ret = lbuf_stream_insert_lbuf(&m->s, m->s.base + (uint32_t)at, &b);
	sm_check(m, lbuf_len(&b) == 0);
	lbuf_close(&b);
	return ret;
}

static uint64_t
pick_size(struct sm *m)
{
	switch (draw(m, 8)) {
	case 0:
		return 1;
	case 1:
		return 1 + draw(m, LONGEST);
	case 2:
		return 1 + draw(m, 300);
	default:
		return 1 + draw(m, 48);
	}
}

/* Mostly near the next byte in order, since gaps are to be closed as well. */
static uint64_t
pick_place(struct sm *m, uint64_t n)
{
	uint64_t room = WINDOW - n;

	switch (draw(m, 8)) {
	case 0:
	case 1:
		return m->next;
	case 2:
		return m->next - RTE_MIN(m->next, draw(m, 100));
	case 3:
	case 4:
		return m->next + draw(m, RTE_MIN(room, (uint64_t)100));
	case 5:
		return expect_first(m);
	default:
		return m->next + draw(m, room);
	}
}

static void
do_insert(struct sm *m)
{
	uint64_t n = pick_size(m), at = pick_place(m, n), was = m->next;
	uint8_t version = (uint8_t)draw(m, VERSIONS);
	int64_t ret;

	if (m->conf.inject && draw(m, 4) == 0)
		lbuf_pool_inject(m->conf.pool, 1 + (int)draw(m, 3));
	if (draw(m, 8) == 0)
		ret = insert_lbuf(m, at, n, version);
	else
		ret = insert_mbuf(m, at, n, version);
	if (m->conf.inject)
		lbuf_pool_inject(m->conf.pool, 0);
	if (m->lossy) {
		m->next = lbuf_stream_next(&m->s);
		sm_check(m, ret <= 0 || (uint64_t)ret == m->next - was);
		return;
	}
	expect_insert(m, at, n, version);
	sm_check(m, ret == (int64_t)(m->next - was));
	m->held += ret == 0;
}

/* Read some, and keep a slice of it. */
static void
do_read(struct sm *m)
{
	struct lbuf *b = lbuf_stream_buf(&m->s);
	struct kept *k = &m->kept[draw(m, SLICES)];
	uint64_t n;
	int ret;

	drop_slice(m, k);
	if (b != NULL) {
		n = draw(m, 3) == 0 ? 1 + draw(m, lbuf_len(b)) : lbuf_len(b);
		if (draw(m, 2) == 0 && lbuf_slice(b, n, &k->b) == 0) {
			k->open = true;
			k->at = m->read;
		} else {
			sm_check(m, lbuf_skip(b, n) == 0);
		}
		m->read += n;
	}
	ret = lbuf_stream_release(&m->s);
	sm_check(m, ret == 0 || m->lossy);
}

static void
do_skip_gap(struct sm *m)
{
	int64_t ret;

	if (m->lossy) {
		lbuf_stream_skip_gap(&m->s);
		m->next = lbuf_stream_next(&m->s);
		return;
	}
	if (expect_first(m) == m->next)
		return;
	ret = lbuf_stream_skip_gap(&m->s);
	expect_skip_gap(m);
	sm_check(m, ret == (int64_t)(m->next - m->read));
}

static void
one_step(struct sm *m)
{
	uint64_t kind = draw(m, 64);

	if (kind == 0) {
		do_skip_gap(m);
	} else if (kind < 12 || m->next - m->read > WINDOW * 4) {
		do_read(m);
	} else {
		do_insert(m);
		m->step++;
	}
	check_stream(m);
	check_limits(m);
}

static void
run(struct sm *m, uint64_t segments)
{
	struct lbuf_stream_params params = {
		.pool = m->conf.pool,
		.policy = m->conf.policy,
		.stream_pieces = m->conf.limits ? 20 : LBUF_STREAM_PIECES_MAX,
		.stream_bytes = m->conf.limits ? 16384 : LBUF_STREAM_BYTES_MAX,
		.all_mbufs = m->conf.limits ? 3 : UINT32_MAX,
	};

	m->all = lbuf_streams_create(&params);
	sm_check(m, m->all != NULL);
	open_stream(m);
	while (m->step < segments && (m->data == NULL || m->left > 0)) {
		one_step(m);
		if (draw(m, LIFE) == 0) {
			close_stream(m);
			open_stream(m);
		}
	}
	close_stream(m);
	sm_check(m, lbuf_streams_free(m->all) == 0);
}

static struct sm *
sm_new(const struct stream_model_conf *conf)
{
	struct sm *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	m->conf = *conf;
	return m;
}

uint64_t
stream_model_run(const struct stream_model_conf *conf, uint64_t seed, uint64_t segments)
{
	struct sm *m = sm_new(conf);
	uint64_t held;

	m->seed = seed;
	m->rand = seed;
	run(m, segments);
	held = m->held;
	free(m);
	return held;
}

void
stream_model_run_input(const struct stream_model_conf *conf, const uint8_t *data, size_t size)
{
	struct sm *m = sm_new(conf);

	m->data = data;
	m->left = size;
	run(m, UINT64_MAX);
	free(m);
}
