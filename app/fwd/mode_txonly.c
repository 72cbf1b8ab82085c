/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * txonly: a UDP datagram, sent over and over. Addresses and ports are testpmd's: the
 * benchmark network of RFC 2544 and the discard service, unless options say otherwise. With
 * --txonly-multi-flow source addresses differ, or source ports as newer versions of testpmd
 * have it.
 *
 * All mbufs of the pool have the frame in them before the first is sent. Of each that
 * is sent the headers are written anew, for who received it may have changed them. A frame
 * that is longer than an mbuf's data room is in one piece of memory, which all packets refer
 * to; one that --txpkts divides is in as many mbufs.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "fwd.h"
#include "split.h"
#include "tx_times.h"
#include "udp_frame.h"

/* From here on, in steps of 256, are source ports of flows. */
#define FLOW_PORT_FIRST 0xc0
/* Of a frame with its time. */
#define MARKED_LEN (sizeof(struct fwd_udp_headers) + sizeof(struct fwd_tx_mark))

struct txonly {
	struct fwd_udp_headers headers;
	uint32_t sum; /* see fwd_udp_sum_but() */
	uint16_t len; /* of a frame */
	uint16_t flow;
	struct lbuf frame; /* for which mbufs have no room, or empty */
	uint32_t nb_segs;
	bool rand; /* as many of them as chance has it */
	uint16_t segs[FWD_TX_SEGS_MAX];
	struct fwd_tx_times times;
};

/* Write the frame, headers and zeros, into memory for all packets to refer to. */
static int
start_refs(const struct fwd_stream *s, struct txonly *t)
{
	uint8_t *p;

	lbuf_init(&t->frame, s->pool);
	p = lbuf_reserve(&t->frame, t->len);
	if (p == NULL)
		return -ENOMEM;
	memset(p, 0, t->len);
	memcpy(p, &t->headers, sizeof(t->headers));
	lbuf_flush(&t->frame);
	lbuf_handoff(&t->frame);
	return 0;
}

/* Whether the segments that the frame is divided into fit mbufs. */
static int
check_segs(const struct fwd_stream *s, uint32_t room)
{
	uint32_t i;

	for (i = 0; i < s->args->nb_tx_segs; i++) {
		if (s->args->tx_segs[i] <= room)
			continue;
		FWD_ERR("--txpkts: segment of %u bytes: an mbuf has room for %u: accepted are "
			"shorter ones, or a larger --mbuf-size",
				s->args->tx_segs[i], room);
		return -EINVAL;
	}
	if (s->args->tx_split == FWD_SPLIT_RAND &&
			s->args->tx_segs[0] < sizeof(struct fwd_udp_headers)) {
		FWD_ERR("set txsplit rand: first segment of %u bytes: accepted are %zu and more, "
			"see --txpkts",
				s->args->tx_segs[0], sizeof(struct fwd_udp_headers));
		return -EINVAL;
	}
	return 0;
}

/* Whether there is room for the times that are asked for. */
static int
check_times(const struct txonly *t)
{
	uint16_t room = t->nb_segs > 1 && t->rand ? t->segs[0] : t->len;

	if (!t->times.on || room >= MARKED_LEN)
		return 0;
	FWD_ERR("set txtimes: %u bytes%s: accepted are %zu and more, see --txpkts", room,
			room == t->len ? "" : " in the first segment", MARKED_LEN);
	return -EINVAL;
}

static int
txonly_start(struct fwd_stream *s, int socket)
{
	const struct fwd_args *args = s->args;
	const struct fwd_udp_flow flow = {
		.src = s->tx_addr,
		.dst = s->tx_peer,
		.ip_src = args->tx_ip_src,
		.ip_dst = args->tx_ip_dst,
		.udp_src = (uint16_t)args->tx_udp_src,
		.udp_dst = (uint16_t)args->tx_udp_dst,
	};
	uint32_t room = rte_pktmbuf_data_room_size(s->tx_mbufs) - RTE_PKTMBUF_HEADROOM;
	struct txonly *t;

	if (args->nb_tx_segs > 1 && check_segs(s, room) != 0)
		return -EINVAL;
	t = rte_zmalloc_socket("fwd_txonly", sizeof(*t), RTE_CACHE_LINE_SIZE, socket);
	if (t == NULL)
		return -ENOMEM;
	s->state = t;
	t->len = (uint16_t)args->tx_pkt_len;
	t->headers = fwd_udp_headers(&flow, t->len);
	t->sum = fwd_udp_sum_but(&t->headers.ip, t->headers.ip.src_addr);
	t->nb_segs = args->nb_tx_segs;
	t->rand = args->tx_split == FWD_SPLIT_RAND;
	memcpy(t->segs, args->tx_segs, t->nb_segs * sizeof(t->segs[0]));
	fwd_tx_times_start(&t->times, s);
	if (check_times(t) != 0)
		return -EINVAL;
	if (t->nb_segs == 1 && t->len > room)
		return start_refs(s, t);
	/* Streams of other queues send what is in the same pool. */
	if (s->tx_queue == 0)
		fwd_udp_blank(s->tx_mbufs, RTE_MIN((uint32_t)t->len, room));
	return 0;
}

static void
txonly_stop(struct fwd_stream *s)
{
	struct txonly *t = s->state;

	if (t != NULL)
		lbuf_close(&t->frame);
	rte_free(t);
	s->state = NULL;
}

/* Headers of the next frame, if there are several flows. */
static void
next_flow(const struct fwd_args *args, struct txonly *t)
{
	struct rte_ipv4_hdr *ip = &t->headers.ip;
	uint32_t n = t->flow++;

	if (args->txonly_flows != 0) {
		n = (n % args->txonly_flows + FLOW_PORT_FIRST) << 8;
		t->headers.udp.src_port = rte_cpu_to_be_16((uint16_t)(n + rte_lcore_id()));
		return;
	}
	n = args->tx_ip_dst | (n & UINT8_MAX) << 8;
	ip->src_addr = rte_cpu_to_be_32(n + rte_lcore_id());
	fwd_udp_set_cksum(ip, ip->src_addr, t->sum);
}

/* Frames in one mbuf each: drivers take them as they are. */
static void
make_mbufs(struct fwd_stream *s, struct txonly *t, struct lbuf_burst *burst)
{
	bool flows = s->args->txonly_multi_flow;
	struct rte_mbuf *m[LBUF_BURST_MAX];
	uint16_t i, n = s->burst;

	if (unlikely(rte_pktmbuf_alloc_bulk(s->tx_mbufs, m, n) != 0))
		return;
	for (i = 0; i < n; i++) {
		if (flows)
			next_flow(s->args, t);
		m[i]->data_len = t->len;
		m[i]->pkt_len = t->len;
		memcpy(rte_pktmbuf_mtod(m[i], void *), &t->headers, sizeof(t->headers));
	}
	for (i = 0; unlikely(t->times.on) && i < n; i++)
		fwd_tx_times_mark(&t->times, m[i], i, sizeof(t->headers));
	lbuf_burst_add(burst, m, n);
}

/* A frame in several mbufs; the headers may be as well. */
static struct rte_mbuf *
make_chain(const struct fwd_stream *s, const struct txonly *t, const struct fwd_udp_headers *h,
		uint32_t nb, uint16_t len)
{
	struct rte_mbuf *m[FWD_TX_SEGS_MAX];
	const uint8_t *from = (const uint8_t *)h;
	uint32_t left = sizeof(*h), i, n, used;

	if (rte_pktmbuf_alloc_bulk(s->tx_mbufs, m, nb) != 0)
		return NULL;
	for (i = 0; i < nb; i++) {
		m[i]->data_len = t->segs[i];
		m[i]->next = i + 1 < nb ? m[i + 1] : NULL;
		n = RTE_MIN(left, (uint32_t)t->segs[i]);
		memcpy(rte_pktmbuf_mtod(m[i], void *), from, n);
		from += n;
		left -= n;
		/* The mbuf may have been another segment before, with headers in it. */
		used = RTE_MIN((uint32_t)MARKED_LEN, (uint32_t)t->segs[i]);
		memset(rte_pktmbuf_mtod_offset(m[i], void *, n), 0, used - n);
	}
	m[0]->nb_segs = (uint16_t)nb;
	m[0]->pkt_len = len;
	return m[0];
}

/* A frame of as many segments as chance has it; its length is theirs. */
static struct rte_mbuf *
make_rand(const struct fwd_stream *s, const struct txonly *t)
{
	uint32_t i, nb = fwd_split_segs(s->args);
	struct fwd_udp_headers h = t->headers;
	uint16_t len = 0;

	nb = RTE_MIN(nb, t->nb_segs);
	for (i = 0; i < nb; i++)
		len = (uint16_t)(len + t->segs[i]);
	fwd_udp_set_len(&h, len);
	return make_chain(s, t, &h, nb, len);
}

static void
make_chains(struct fwd_stream *s, struct txonly *t, struct lbuf_burst *burst)
{
	struct rte_mbuf *m;
	uint16_t i;

	for (i = 0; i < s->burst; i++) {
		if (s->args->txonly_multi_flow)
			next_flow(s->args, t);
		m = t->rand ? make_rand(s, t) : make_chain(s, t, &t->headers, t->nb_segs, t->len);
		if (unlikely(m == NULL))
			return;
		if (unlikely(t->times.on))
			fwd_tx_times_mark(&t->times, m, i, sizeof(t->headers));
		lbuf_burst_add(burst, &m, 1);
	}
}

/* Frames that are longer than an mbuf's data room. */
static void
make_refs(struct fwd_stream *s, struct txonly *t, struct lbuf_burst *burst)
{
	struct fwd_tx_mark mark = { 0 };
	struct rte_mbuf *m;
	struct lbuf frame;
	uint16_t i;
	uint8_t *p;

	for (i = 0; i < s->burst; i++) {
		if (unlikely(lbuf_clone(&t->frame, 0, t->len, &frame) != 0))
			return;
		if (s->args->txonly_multi_flow)
			next_flow(s->args, t);
		if (t->times.on)
			mark = fwd_tx_times_next(&t->times, i);
		if (s->args->txonly_multi_flow || t->times.on) {
			p = lbuf_edit(&frame, MARKED_LEN);
			if (likely(p != NULL)) {
				memcpy(p, &t->headers, sizeof(t->headers));
				memcpy(p + sizeof(t->headers), &mark, sizeof(mark));
			}
		}
		m = lbuf_port_export(s->tx, s->tx_queue, &frame);
		lbuf_close(&frame);
		if (unlikely(m == NULL))
			return;
		fwd_tx_times_set(&t->times, m, &mark);
		lbuf_burst_add(burst, &m, 1);
	}
}

static void
txonly_burst(struct fwd_stream *s)
{
	uint64_t sent = s->tx_packets;
	struct txonly *t = s->state;
	struct lbuf_burst burst;
	uint16_t flow = t->flow;

	lbuf_burst_init(&burst);
	if (unlikely(lbuf_len(&t->frame) != 0))
		make_refs(s, t, &burst);
	else if (likely(t->nb_segs == 1))
		make_mbufs(s, t, &burst);
	else
		make_chains(s, t, &burst);
	/* Without memory there is nothing to send, until some comes back. */
	s->tx_dropped += (uint64_t)(s->burst - burst.n);
	if (likely(burst.n != 0))
		fwd_send(s, &burst);
	/* A flow whose datagram was dropped has its turn again. */
	t->flow = (uint16_t)(flow + (s->tx_packets - sent));
}

const struct fwd_mode fwd_mode_txonly = {
	.name = "txonly",
	.burst = txonly_burst,
	.start = txonly_start,
	.stop = txonly_stop,
	.sends = true,
};
