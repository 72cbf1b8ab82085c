/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Packets: out of buffers and into them, one at a time or through a port that
 * gives back what it is sent and, now and then, refuses some.
 */

#include <stdlib.h>

#include <rte_malloc.h>

#include <lbuf_burst.h>

#include "model_ops.h"

/* Most buffers in a burst. */
#define BURST 4
/* References that are out when no more packets are made: none ever fails. */
#define REFS_ENOUGH (LBUF_PORT_REFS / 2)

/* Whether the port could not send so many bytes as one packet, however they lie. */
static bool
is_too_long(const struct model *m, uint64_t len)
{
	return m->conf.seg_max != 0 && len > (uint64_t)UINT16_MAX * m->conf.seg_max;
}

/* The error of a buffer that is to become a packet, or 0. */
static int
send_error(const struct model *m, const struct slot *s)
{
	int ret = read_error(s, 1);

	if (ret == 0 && is_too_long(m, s->len))
		return -EMSGSIZE;
	return ret;
}

/* Out as a packet, whole or in part; and then dropped, cloned or taken in again. */
void
op_export(struct model *m, struct slot *s)
{
	struct out *out = &m->out[model_draw(m, OUTS)];
	uint64_t n = s->len;
	struct rte_mbuf *mbuf;
	int want;

	if (out->m != NULL || lbuf_port_refs_out(m->conf.port) > REFS_ENOUGH)
		return;
	if (model_draw(m, 2) == 0) {
		mbuf = lbuf_port_export(m->conf.port, 0, &s->b);
		want = send_error(m, s);
	} else {
		n = model_part(m, s->len);
		mbuf = lbuf_port_export_part(m->conf.port, 0, &s->b, (uint32_t)n);
		want = n == 0 ? -EINVAL : read_error(s, 1);
		/* As many as fit into a packet. */
		if (mbuf != NULL && mbuf->pkt_len < n && mbuf->pkt_len > 0)
			n = mbuf->pkt_len;
	}
	if (!done_ptr(m, mbuf, want))
		return;
	slot_forget_held(s);
	out->m = mbuf;
	bytes_append(&out->bytes, bytes_at(&s->all, 0), n);
	consume(s, n);
	out_check(m, out);
	for (; mbuf != NULL; mbuf = mbuf->next)
		model_check(m, mbuf->data_len != 0);
}

void
op_import(struct model *m, struct slot *s)
{
	struct out *out = &m->out[model_draw(m, OUTS)];
	struct rte_mbuf *clone;

	if (out->m == NULL)
		return;
	out_check(m, out);
	switch (model_draw(m, 4)) {
	case 0:
		m->busy = UINT64_MAX;
		rte_pktmbuf_free(out->m);
		break;
	case 1:
		clone = rte_pktmbuf_clone(out->m, m->conf.tiny);
		if (clone == NULL)
			return;
		rte_pktmbuf_free(out->m);
		out->m = clone;
		return;
	default:
		if (!done(m, lbuf_append_mbuf(&s->b, out->m), write_error(s)))
			return;
		bytes_append(&s->all, bytes_at(&out->bytes, 0), out->bytes.len);
		break;
	}
	out->m = NULL;
	bytes_drop_front(&out->bytes, out->bytes.len);
}

/* The packets between the two ends of the port, in order. */
static void
line_push(struct model *m, const void *mem, size_t n)
{
	bytes_append(&m->line[(m->line_head + m->nb_line++) % LINE].bytes, mem, n);
}

static void
line_pop(struct model *m)
{
	struct bytes *bytes = &m->line[m->line_head].bytes;

	bytes_drop_front(bytes, bytes->len);
	m->line_head = (m->line_head + 1) % LINE;
	m->nb_line--;
}

/* A driver takes only so many packets. */
static uint16_t
refuse(uint16_t port_id, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	const struct model *m = arg;

	(void)port_id;
	(void)queue;
	(void)pkts;
	return RTE_MIN(n, m->room);
}

void
model_port_open(struct model *m)
{
	m->room = BURST;
	m->refuse = rte_eth_add_tx_callback(m->conf.port_id, 0, refuse, m);
	model_check(m, m->refuse != NULL);
}

void
model_port_close(struct model *m)
{
	struct rte_mbuf *mbuf;
	struct out *out;

	while (rte_eth_rx_burst(m->conf.port_id, 0, &mbuf, 1) == 1) {
		model_check(m, m->nb_line > 0);
		out = &m->line[m->line_head];
		out->m = mbuf;
		out_check(m, out);
		rte_pktmbuf_free(mbuf);
		line_pop(m);
	}
	model_check(m, m->nb_line == 0);
	model_check(m, rte_eth_remove_tx_callback(m->conf.port_id, 0, m->refuse) == 0);
	rte_free((void *)(uintptr_t)m->refuse);
}

/* Keep a packet that shares its memory with one that goes on; or drop it. */
static void
keep_twin(struct model *m, struct rte_mbuf *twin, const struct bytes *bytes)
{
	struct out *out = &m->out[model_draw(m, OUTS)];

	if (out->m != NULL || bytes->len == 0 || model_draw(m, 2) == 0) {
		rte_pktmbuf_free(twin);
		return;
	}
	out->m = twin;
	bytes_append(&out->bytes, bytes_at(bytes, 0), bytes->len);
}

/* A packet from elsewhere: as it is, or one of two that share memory. */
void
op_arrive(struct model *m, struct slot *s)
{
	unsigned int kind = (unsigned int)model_draw(m, 4);
	struct rte_mbuf *chain, *clone = NULL;
	struct bytes bytes = { 0 };

	(void)s;
	if (m->nb_line == LINE)
		return;
	chain = some_mbufs(m, &bytes);
	if (chain != NULL && kind < 2)
		clone = rte_pktmbuf_clone(chain, m->conf.tiny);
	if (kind == 0 && clone != NULL)
		RTE_SWAP(chain, clone);
	m->room = BURST;
	if (chain != NULL) {
		model_check(m, rte_eth_tx_burst(m->conf.port_id, 0, &chain, 1) == 1);
		line_push(m, bytes_at(&bytes, 0), bytes.len);
	}
	if (clone != NULL)
		keep_twin(m, clone, &bytes);
	free(bytes.mem);
}

/* Whether the port dropped the packet that was to come, for want of memory. */
static bool
dropped(const struct model *m, uint64_t nombuf)
{
	struct lbuf_port_stats stats;

	model_check(m, lbuf_port_stats_get(m->conf.port, 0, &stats) == 0);
	model_check(m, stats.rx_nombuf == nombuf || (m->armed && stats.rx_nombuf == nombuf + 1));
	return stats.rx_nombuf != nombuf;
}

/* A packet has arrived in a buffer, and made readable what was pending there. */
static void
received(struct model *m, struct slot *s)
{
	struct out *out = &m->line[m->line_head];

	bytes_append(&s->all, bytes_at(&out->bytes, 0), out->bytes.len);
	s->len = s->all.len;
	line_pop(m);
}

/* Buffers that can receive, from one on, at most n of them. */
static unsigned int
receivers(struct model *m, struct slot *s, struct slot **to, unsigned int n)
{
	unsigned int i, k = 0;

	for (i = 0; i < SLOTS && k < n; i++) {
		to[k] = &m->slot[(size_t)(s - m->slot + i) % SLOTS];
		if (to[k]->state == SLOT_BUFFER)
			slot_fill_late(m, to[k++]);
	}
	return k;
}

void
op_receive(struct model *m, struct slot *s)
{
	/* With one packet it is clear which one was dropped. */
	unsigned int n = m->armed ? 1 : 1 + (unsigned int)model_draw(m, BURST), got, i;
	bool all = model_draw(m, 4) == 0;
	struct lbuf_port_stats stats;
	struct lbuf *bufs[BURST];
	struct slot *to[BURST];

	n = receivers(m, s, to, n);
	if (n == 0 || lbuf_port_stats_get(m->conf.port, 0, &stats) != 0)
		return;
	for (i = 0; i < n; i++)
		bufs[i] = &to[i]->b;
	m->busy = UINT64_MAX;
	if (all)
		got = lbuf_port_rx_append(m->conf.port, 0, bufs[0], (uint16_t)n);
	else
		got = lbuf_port_rx(m->conf.port, 0, bufs, (uint16_t)n);
	if (dropped(m, stats.rx_nombuf)) {
		model_check(m, got == 0 && n == 1);
		line_pop(m);
	} else {
		model_check(m, got == RTE_MIN(n, m->nb_line));
	}
	for (i = 0; i < got; i++)
		received(m, to[all ? 0 : i]);
	for (i = 0; i < n; i++)
		slot_check(m, to[i], false);
}

/* A buffer has been sent, and released. */
static void
sent(struct model *m, struct slot *s)
{
	slot_forget_held(s);
	line_push(m, bytes_at(&s->all, 0), s->len);
	consume(s, s->len);
}

/* Of so many buffers the first `taken` were sent; what the first error was. */
static void
check_sent(const struct model *m, struct slot **from, unsigned int n, unsigned int taken, int error)
{
	unsigned int good = 0;
	int want = 0;

	while (good < n && (want = send_error(m, from[good])) == 0)
		good++;
	if (m->armed && error == ENOMEM) {
		model_check(m, taken <= RTE_MIN(good, m->room));
		return;
	}
	model_check(m, taken == RTE_MIN(good, m->room));
	model_check(m, error == (taken == good ? -want : 0));
}

/* A burst, of which the port has no room for some; these are as they were. */
void
op_send(struct model *m, struct slot *s)
{
	unsigned int n = 1 + (unsigned int)model_draw(m, BURST), taken, i;
	struct lbuf *bufs[BURST];
	struct slot *from[BURST];
	int error;

	m->room = (uint16_t)(model_draw(m, 2) == 0 ? model_draw(m, n) : n);
	if (m->nb_line + n > LINE || lbuf_port_refs_out(m->conf.port) > REFS_ENOUGH)
		return;
	for (i = 0; i < n; i++) {
		from[i] = &m->slot[(size_t)(s - m->slot + i) % SLOTS];
		bufs[i] = &from[i]->b;
		slot_check_held(m, from[i]);
	}
	m->busy = UINT64_MAX;
	taken = lbuf_port_tx(m->conf.port, 0, bufs, (uint16_t)n);
	error = rte_errno;
	check_sent(m, from, n, taken, error);
	for (i = 0; i < taken; i++)
		sent(m, from[i]);
	for (i = 0; i < n; i++)
		slot_check(m, from[i], false);
}

/* Change the first bytes of packets that were received, the first of the line. */
static void
edit_burst(struct model *m, struct lbuf_burst *burst)
{
	uint32_t n = 1 + (uint32_t)model_draw(m, 40);
	void *data[BURST];
	uint16_t i;

	lbuf_burst_edit(burst, n, data);
	for (i = 0; i < burst->n; i++) {
		struct bytes *bytes = &m->line[(m->line_head + i) % LINE].bytes;

		if (data[i] == NULL) {
			model_check(m, m->armed || bytes->len < n || is_too_long(m, bytes->len));
			continue;
		}
		model_check(m, bytes->len >= n && memcmp(data[i], bytes_at(bytes, 0), n) == 0);
		unit_fill(data[i], m->pos, n);
		unit_fill(bytes_at(bytes, 0), m->pos, n);
		m->pos += n;
	}
}

/* The first packets of the line have become its last ones. */
static void
line_turn(struct model *m, unsigned int n)
{
	while (n-- > 0) {
		struct bytes bytes = m->line[m->line_head].bytes;

		m->line[m->line_head].bytes = (struct bytes){ 0 };
		line_pop(m);
		line_push(m, bytes_at(&bytes, 0), bytes.len);
		free(bytes.mem);
	}
}

/* Move packets of a burst to a buffer, all at once or one by one; the others are dropped. */
static void
take_burst(struct model *m, struct lbuf_burst *burst, struct slot *s)
{
	uint16_t i, n = burst->n, left;
	int ret = 0;

	if (model_draw(m, 2) == 0) {
		ret = lbuf_burst_append(burst, &s->b);
		left = burst->n;
	} else {
		for (i = 0; i < n && ret == 0; i++)
			ret = lbuf_burst_take(burst, i, &s->b);
		left = ret == 0 ? 0 : (uint16_t)(n - i + 1);
	}
	model_check(m, ret == 0 || (m->armed && ret == -ENOMEM));
	for (i = left; i < n; i++)
		received(m, s);
	lbuf_burst_drop(burst);
	while (left-- > 0)
		line_pop(m);
}

/*
 * A burst, changed or not, of which some packets go on and the others into a buffer.
 */
void
op_forward(struct model *m, struct slot *s)
{
	unsigned int n = 1 + (unsigned int)model_draw(m, BURST), taken;
	struct lbuf_burst burst;
	struct slot *to;

	if (receivers(m, s, &to, 1) == 0 || lbuf_port_refs_out(m->conf.port) > REFS_ENOUGH)
		return;
	m->busy = UINT64_MAX; /* packets that are copied may call back */
	lbuf_burst_init(&burst);
	taken = lbuf_burst_rx(&burst, m->conf.port, 0, (uint16_t)n);
	model_check(m, taken == RTE_MIN(n, m->nb_line));
	if (taken == 0)
		return;
	if (model_draw(m, 2) == 0)
		edit_burst(m, &burst);
	m->room = (uint16_t)model_draw(m, taken + 1);
	model_check(m, lbuf_burst_tx(&burst, m->conf.port, 0) == m->room);
	line_turn(m, m->room);
	if (burst.n != 0)
		take_burst(m, &burst, to);
	slot_check(m, to, false);
}

/* Write over some memory that is free: who still views it sees other bytes. */
void
op_scribble(struct model *m, struct slot *s)
{
	struct rte_mempool *mp = model_draw(m, 2) == 0 ? m->conf.mbufs : m->conf.tiny;
	size_t size = (size_t)64 << model_draw(m, 9);
	struct lbuf_chunk *chunk[8];
	struct rte_mbuf *mbuf[8];
	unsigned int i, k;

	(void)s;
	for (i = 0; i < RTE_DIM(chunk); i++) {
		chunk[i] = lbuf_chunk_alloc(m->conf.pool, size);
		if (chunk[i] == NULL)
			break;
		memset(chunk[i]->data, 0xa5, chunk[i]->size);
	}
	for (k = 0; k < RTE_DIM(mbuf); k++) {
		mbuf[k] = rte_pktmbuf_alloc(mp);
		if (mbuf[k] == NULL)
			break;
		memset(mbuf[k]->buf_addr, 0xa5, mbuf[k]->buf_len);
	}
	while (i > 0)
		lbuf_chunk_put(chunk[--i]);
	while (k > 0)
		rte_pktmbuf_free(mbuf[--k]);
}
