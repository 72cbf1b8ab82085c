/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <chunk.h>

#include "model_ops.h"

/* Bytes of a pointer that are remembered at each end. */
#define HELD_END 2048
/* Every so many steps everything is compared. */
#define FULL_CHECK 512
/* Buffers up to here are compared after each step that they are in. */
#define SMALL_CHECK 512

void
model_failed(const struct model *m, const char *file, int line, const char *fmt, ...)
{
	unsigned int i;
	va_list ap;

	fprintf(stderr, "model: %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nmodel: LBUF_SEED=%" PRIu64 ", step %" PRIu64 ", after", m->seed,
			m->step);
	for (i = 0; i < TRAIL; i++)
		if (m->trail[(m->step + 1 + i) % TRAIL] != NULL)
			fprintf(stderr, " %s", m->trail[(m->step + 1 + i) % TRAIL]);
	fprintf(stderr, "\n");
	abort();
}

/* One of 2^(8 * size) numbers. */
static uint64_t
draw_bytes(struct model *m, unsigned int size)
{
	uint64_t value = 0;

	if (m->data == NULL)
		return unit_rand(&m->rand);
	for (; size > 0 && m->left > 0; size--, m->left--)
		value = value << 8 | *m->data++;
	return value;
}

uint64_t
model_draw(struct model *m, uint64_t n)
{
	return draw_bytes(m, n <= 256 ? 1 : n <= 65536 ? 2 : 4) % n;
}

uint64_t
model_size(struct model *m)
{
	static const uint64_t edge[] = { 0, 1, 2, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 1460,
		2047, 2048, 2049, 4095, 4096, 4097, 16383, 16384, 16385, 65534, 65535, 65536,
		65537 };
	uint64_t kind = model_draw(m, 100);

	if (kind < 60)
		return model_draw(m, 48);
	if (kind < 80)
		return model_draw(m, 2000);
	if (kind < 99 || !m->conf.large || model_draw(m, 50) != 0)
		return edge[model_draw(m, kind < 95 ? 16 : RTE_DIM(edge))];
	return LBUF_MIDDLE_MAX - 1 + model_draw(m, 3);
}

uint64_t
model_part(struct model *m, uint64_t len)
{
	switch (model_draw(m, 24)) {
	case 0:
		return len;
	case 1:
		return len + 1 + model_draw(m, 3);
	case 2:
		return len == 0 ? 0 : len - 1;
	case 3:
	case 4:
		return len == 0 ? 0 : model_draw(m, len);
	case 5:
	case 6:
	case 7:
		return RTE_MIN(len, model_size(m));
	default:
		return RTE_MIN(len, model_draw(m, 100));
	}
}

void
bytes_append(struct bytes *b, const void *mem, size_t n)
{
	if (n != 0)
		memcpy(bytes_insert(b, b->len, n), mem, n);
}

uint8_t *
bytes_insert(struct bytes *b, size_t at, size_t n)
{
	uint8_t *mem;
	size_t cap;

	if (b->off + b->len + n > b->cap) {
		cap = 2 * (b->len + n) + 64;
		mem = malloc(cap);
		if (mem == NULL)
			abort();
		if (b->len != 0)
			memcpy(mem, bytes_at(b, 0), b->len);
		free(b->mem);
		b->mem = mem;
		b->off = 0;
		b->cap = cap;
	}
	if (at != b->len)
		memmove(bytes_at(b, at + n), bytes_at(b, at), b->len - at);
	b->len += n;
	return bytes_at(b, at);
}

void
bytes_drop_front(struct bytes *b, size_t n)
{
	b->off += n;
	b->len -= n;
}

static void
bytes_free(struct bytes *b)
{
	free(b->mem);
	*b = (struct bytes){ 0 };
}

void
slot_fill_late(struct model *m, struct slot *s)
{
	uint64_t n = s->late_n;

	if (n == 0)
		return;
	unit_fill(s->late, m->pos, n);
	unit_fill(bytes_at(&s->all, s->len + s->late_off), m->pos, n);
	m->pos += n;
	s->late_n = 0;
}

void
slot_hold(struct model *m, struct slot *s, const void *p, uint64_t n)
{
	struct held *h = &s->held[s->nb_held];
	uint64_t end = RTE_MIN(n, (uint64_t)HELD_END);

	if (n == 0 || s->nb_held == HELD_MAX)
		return;
	h->copy = malloc(2 * end);
	model_check(m, h->copy != NULL);
	h->p = p;
	h->n = n;
	memcpy(h->copy, h->p, end);
	memcpy(h->copy + end, h->p + n - end, end);
	s->nb_held++;
}

void
slot_edited(struct slot *s, const uint8_t *p, uint64_t n)
{
	unsigned int i;

	for (i = 0; i < s->nb_held; i++) {
		struct held *h = &s->held[i];
		uint64_t end = RTE_MIN(h->n, (uint64_t)HELD_END);

		if (h->p < p + n && p < h->p + h->n) {
			memcpy(h->copy, h->p, end);
			memcpy(h->copy + end, h->p + h->n - end, end);
		}
	}
}

void
slot_check_held(const struct model *m, const struct slot *s)
{
	unsigned int i;

	for (i = 0; i < s->nb_held; i++) {
		const struct held *h = &s->held[i];
		uint64_t end = RTE_MIN(h->n, (uint64_t)HELD_END);

		if (memcmp(h->copy, h->p, end) != 0 ||
				memcmp(h->copy + end, h->p + h->n - end, end) != 0)
			model_fail(m, "slot %td: %" PRIu64 " bytes that were handed out changed",
					s - m->slot, h->n);
	}
}

void
slot_forget_held(struct slot *s)
{
	while (s->nb_held > 0)
		free(s->held[--s->nb_held].copy);
}

void
slot_close(struct model *m, struct slot *s)
{
	slot_check_held(m, s);
	slot_forget_held(s);
	s->state = SLOT_CLOSED;
	s->len = 0;
	s->late_n = 0;
	bytes_free(&s->all);
	slot_set_busy(m, s, false);
	lbuf_close(&s->b);
}

void
slot_set_busy(struct model *m, const struct slot *s, bool busy)
{
	uint64_t bit = UINT64_C(1) << (s - m->slot);

	m->busy = busy ? m->busy | bit : m->busy & ~bit;
}

struct slot *
model_any_slot(struct model *m)
{
	return &m->slot[model_draw(m, SLOTS)];
}

struct slot *
model_free_slot(struct model *m, const struct slot *other)
{
	struct slot *s;
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		if (m->slot[i].state == SLOT_CLOSED && &m->slot[i] != other)
			return &m->slot[i];
	s = model_any_slot(m);
	if (s == other)
		s = &m->slot[(size_t)(s - m->slot + 1) % SLOTS];
	do
		slot_close(m, s);
	while (s->state != SLOT_CLOSED); /* a callback may have opened it anew */
	return s;
}

/* Every readable byte, from an offset on, so many pieces. */
static void
check_bytes(const struct model *m, const struct slot *s, uint64_t off, unsigned int pieces)
{
	struct iovec iov[32];
	uint64_t bytes;
	int64_t n, i;

	while (off < s->len && pieces-- > 0) {
		n = lbuf_iovec(&s->b, off, iov, RTE_DIM(iov), &bytes);
		model_check(m, n > 0 && bytes > 0 && bytes <= s->len - off);
		for (i = 0; i < RTE_MIN(n, (int64_t)RTE_DIM(iov)); i++) {
			if (memcmp(iov[i].iov_base, bytes_at(&s->all, off), iov[i].iov_len) != 0)
				model_fail(m,
						"slot %td: wrong bytes at %" PRIu64 " to %" PRIu64
						" of %" PRIu64,
						s - m->slot, off, off + iov[i].iov_len, s->len);
			off += iov[i].iov_len;
		}
	}
}

/* What the fields of an open buffer tell about each other. */
static void
check_fields(const struct model *m, const struct lbuf *b)
{
	const struct lbuf_seg *s;

	model_check(m, b->head <= b->rd && b->rd <= b->tail && b->tail <= b->cap);
	if ((b->flags & LBUF_F_SLICE) != 0)
		model_check(m, b->tail == b->cap);
	else if (b->fresh != 0)
		model_check(m, b->tail < b->cap || (b->flags & LBUF_F_RAW) != 0);
	/* A chunk being written is given back by release when nothing is left. */
	if (b->rd == b->tail && (b->flags & LBUF_F_SLICE) == 0 && b->w_chunk != NULL)
		model_check(m, (b->flags & LBUF_F_HELD) != 0);
	if (b->fresh != 0)
		model_check(m, b->tail == b->rd + ((b->flags & LBUF_F_RAW) != 0));
	if ((b->flags & (LBUF_F_HELD | LBUF_F_PINS)) != 0)
		return;
	model_check(m, b->head == b->rd);
	for (s = b->rd; s != b->tail; s++)
		model_check(m, (s->mem & LBUF_SEG_PIN) == 0);
}

void
slot_check(struct model *m, struct slot *s, bool all)
{
	if (lbuf_len(&s->b) != s->len || lbuf_pending(&s->b) != s->all.len - s->len)
		model_fail(m,
				"slot %td: len %" PRIu64 " and pending %" PRIu64 ", not %" PRIu64
				" and %" PRIu64,
				s - m->slot, lbuf_len(&s->b), lbuf_pending(&s->b), s->len,
				s->all.len - s->len);
	slot_check_held(m, s);
	if (s->state != SLOT_CLOSED)
		check_fields(m, &s->b);
	/* A packet as it was received is looked at by other verbs first. */
	if (s->state == SLOT_CLOSED || (!all && (s->b.flags & LBUF_F_RAW) != 0))
		return;
	if (all || s->len <= SMALL_CHECK)
		check_bytes(m, s, 0, UINT32_MAX);
	else
		check_bytes(m, s, unit_rand(&m->sample) % s->len, 1);
}

void
out_check(const struct model *m, const struct out *out)
{
	const struct rte_mbuf *seg;
	const char *reason;
	uint64_t off = 0;

	if (rte_mbuf_check(out->m, 1, &reason) != 0)
		model_fail(m, "exported: %s", reason);
	model_check(m, out->m->pkt_len == out->bytes.len);
	for (seg = out->m; seg != NULL; seg = seg->next) {
		model_check(m, off + seg->data_len <= out->bytes.len);
		if (seg->data_len != 0 &&
				memcmp(rte_pktmbuf_mtod(seg, void *), bytes_at(&out->bytes, off),
						seg->data_len) != 0)
			model_fail(m, "exported: wrong bytes at %" PRIu64, off);
		off += seg->data_len;
	}
	model_check(m, off == out->bytes.len);
}

void
chain_check(const struct model *m, const struct chain *c)
{
	const struct rte_mbuf *seg, *was = c->was;
	uint64_t off = 0;

	for (seg = c->head; seg != NULL; seg = seg->next, was++) {
		model_check(m, seg->next == was->next && seg->nb_segs == was->nb_segs);
		model_check(m, seg->data_off == was->data_off && seg->data_len == was->data_len);
		model_check(m, seg->pkt_len == was->pkt_len && seg->ol_flags == was->ol_flags);
		if (seg->data_len != 0 &&
				memcmp(rte_pktmbuf_mtod(seg, void *), bytes_at(&c->bytes, off),
						seg->data_len) != 0)
			model_fail(m, "a chain that others hold: wrong bytes at %" PRIu64, off);
		off += seg->data_len;
	}
}

void
chain_free(struct model *m, struct chain *c)
{
	chain_check(m, c);
	rte_pktmbuf_free(c->head);
	c->head = NULL;
	bytes_free(&c->bytes);
}

static void
check_all(struct model *m)
{
	unsigned int i;

	for (i = 0; i < CHAINS; i++)
		chain_check(m, &m->chain[i]);

	for (i = 0; i < SLOTS; i++)
		slot_check(m, &m->slot[i], true);
	for (i = 0; i < OUTS; i++)
		if (m->out[i].m != NULL)
			out_check(m, &m->out[i]);
	model_check(m, unit.errors == 0);
}

/*
 * An operation on a slot. Most of those on a closed buffer or a drained slice
 * only see an error: such a slot mostly becomes one that holds bytes.
 */
static const struct op *
pick_op(struct model *m, const struct slot *s)
{
	static const struct op open = { "open", op_open, 0 }, close = { "close", op_close, 0 };
	const struct op *op;
	unsigned int at;

	if (s->state == SLOT_CLOSED && model_draw(m, 4) != 0)
		return &open;
	if (s->state == SLOT_SLICE && s->len == 0 && model_draw(m, 4) != 0)
		return &close;
	/* A fuzzer has its own ways to find out what is worth doing. */
	if (m->data != NULL)
		return &model_ops[model_draw(m, m->nb_ops)];
	at = (unsigned int)model_draw(m, m->weights);
	for (op = model_ops; at >= op->weight; op++)
		at -= op->weight;
	return op;
}

/* Which operations there are, with a port or without one. */
static void
count_ops(struct model *m)
{
	while (m->nb_ops < model_nb_ops && (m->conf.port != NULL || !model_ops[m->nb_ops].port))
		m->weights += model_ops[m->nb_ops++].weight;
}

/* Those that a callback does: on buffers alone, since packets may be under way. */
static const struct op reentrant[] = {
	{ "open", op_open, 0 },
	{ "close", op_close, 0 },
	{ "write", op_write, 0 },
	{ "write_loud", op_write_loud, 0 },
	{ "ack", op_ack, 0 },
	{ "flush", op_flush, 0 },
	{ "peek", op_peek, 0 },
	{ "next", op_next, 0 },
	{ "skip", op_skip, 0 },
	{ "edit", op_edit, 0 },
	{ "prepend", op_prepend, 0 },
	{ "append_shared", op_append_shared, 0 },
	{ "release", op_release, 0 },
	{ "trim", op_trim, 0 },
	{ "splice_ext", op_splice_ext, 0 },
	{ "chunk", op_chunk, 0 },
	{ "move", op_move, 0 },
	{ "compact", op_compact, 0 },
};

/* Callbacks in callbacks: as deep as these, and operations of each. */
#define DEPTH 3
#define NESTED_OPS 3

void
model_reenter(struct model *m)
{
	unsigned int n;
	struct slot *s;

	if (m->over || m->depth == DEPTH)
		return;
	m->depth++;
	for (n = (unsigned int)model_draw(m, NESTED_OPS + 1); n > 0; n--) {
		s = model_any_slot(m);
		if ((m->busy & UINT64_C(1) << (s - m->slot)) != 0)
			continue;
		slot_set_busy(m, s, true);
		reentrant[model_draw(m, RTE_DIM(reentrant))].run(m, s);
		slot_set_busy(m, s, false);
	}
	m->depth--;
}

static void
one_step(struct model *m, bool trace)
{
	struct slot *s = model_any_slot(m);
	const struct op *op = pick_op(m, s);

	m->trail[m->step % TRAIL] = op->name;
	m->with_bytes += s->len != 0;
	if (trace)
		fprintf(stderr, "%" PRIu64 " %td %s len %" PRIu64 " pending %" PRIu64 "\n", m->step,
				s - m->slot, op->name, s->len, s->all.len - s->len);
	m->armed = m->conf.inject && model_draw(m, 4) == 0;
	if (m->armed)
		lbuf_pool_inject(m->conf.pool, 1 + (int)model_draw(m, 3));
	slot_set_busy(m, s, true);
	op->run(m, s);
	m->busy = 0;
	if (m->armed)
		lbuf_pool_inject(m->conf.pool, 0);
	m->armed = false;
	slot_check(m, s, false);
	if (m->step % FULL_CHECK == FULL_CHECK - 1)
		check_all(m);
	if (s->all.len > SLOT_BYTES)
		slot_close(m, s);
}

static void
finish(struct model *m)
{
	unsigned int i;

	check_all(m);
	m->over = true;
	if (m->conf.port != NULL)
		model_port_close(m);
	/* In an order that differs from that of their making. */
	for (i = 0; i < SLOTS; i++) {
		slot_close(m, &m->slot[(i * 7 + m->seed) % SLOTS]);
		check_all(m);
	}
	for (i = 0; i < OUTS; i++) {
		rte_pktmbuf_free(m->out[i].m);
		bytes_free(&m->out[i].bytes);
	}
	for (i = 0; i < LINE; i++)
		bytes_free(&m->line[i].bytes);
	for (i = 0; i < EXTS; i++)
		lbuf_close(&m->piece[i].keeper);
	for (i = 0; i < CHAINS; i++)
		chain_free(m, &m->chain[i]);
	for (i = 0; i < LOUDS; i++)
		model_check(m, !m->loud[i].out);
}

static void
run(struct model *m)
{
	bool trace = getenv("LBUF_TRACE") != NULL;
	unsigned int i;

	count_ops(m);
	if (m->conf.port != NULL)
		model_port_open(m);
	for (i = 0; i < SLOTS; i++) {
		lbuf_init(&m->slot[i].b, m->conf.pool);
		lbuf_close(&m->slot[i].b);
	}
	for (m->step = 0; m->step < m->steps && (m->data == NULL || m->left > 0); m->step++)
		one_step(m, trace);
	finish(m);
}

static struct model *
model_new(const struct model_conf *conf)
{
	/* It has mbufs in it, which begin on cache lines: calloc() knows nothing of that. */
	struct model *m = aligned_alloc(_Alignof(struct model), sizeof(*m));

	if (m == NULL)
		abort();
	memset(m, 0, sizeof(*m));
	m->conf = *conf;
	return m;
}

uint64_t
model_run(const struct model_conf *conf, uint64_t seed, uint64_t steps)
{
	struct model *m = model_new(conf);
	uint64_t with_bytes;

	m->seed = seed;
	m->rand = seed;
	m->steps = steps;
	run(m);
	with_bytes = m->with_bytes;
	free(m);
	return with_bytes;
}

void
model_run_input(const struct model_conf *conf, const uint8_t *data, size_t size)
{
	struct model *m = model_new(conf);

	m->data = data;
	m->left = size;
	m->steps = UINT64_MAX;
	run(m);
	free(m);
}
