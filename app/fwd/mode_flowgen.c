/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * flowgen: UDP datagrams of many flows, which differ by destination address, one after the
 * other. What is received is dropped. Addresses and ports are testpmd's; as there, --txpkts
 * counts a CRC.
 *
 * A datagram may be sent several times over, by --flowgen-clones: from one mbuf.
 */

#include <errno.h>

#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "fwd.h"
#include "udp_frame.h"

#define FLOWGEN_SRC RTE_IPV4(10u, 254, 0, 0)
#define FLOWGEN_DST RTE_IPV4(10u, 253, 0, 0)
#define FLOWGEN_UDP_SRC 1000
#define FLOWGEN_UDP_DST 1001

struct flowgen {
	struct fwd_udp_headers headers; /* of the first flow */
	uint32_t sum;                   /* see fwd_udp_sum_but() */
	uint32_t next;                  /* flow */
	uint32_t nb_flows;
	uint16_t nb_clones;
	uint16_t len; /* of a frame */
};

static int
check_len(const struct fwd_stream *s, uint32_t len, uint32_t room)
{
	if (len >= sizeof(struct fwd_udp_headers) && len <= room)
		return 0;
	FWD_ERR("--txpkts=%u: flowgen accepts %u to %u, which are a CRC and a frame that fits an "
		"mbuf (--mbuf-size)",
			s->args->tx_pkt_len,
			(uint32_t)sizeof(struct fwd_udp_headers) + RTE_ETHER_CRC_LEN,
			room + RTE_ETHER_CRC_LEN);
	return -EINVAL;
}

static int
flowgen_start(struct fwd_stream *s, int socket)
{
	const struct fwd_udp_flow flow = {
		.src = { { 0x00, 0x01, 0x02, 0x03, 0x04, 0x00 } },
		.dst = { { 0x00, 0x01, 0x02, 0x03, 0x04, 0x01 } },
		.ip_src = FLOWGEN_SRC,
		.ip_dst = FLOWGEN_DST,
		.udp_src = FLOWGEN_UDP_SRC,
		.udp_dst = FLOWGEN_UDP_DST,
	};
	uint32_t room = rte_pktmbuf_data_room_size(s->tx_mbufs) - RTE_PKTMBUF_HEADROOM;
	uint32_t len = s->args->tx_pkt_len - RTE_ETHER_CRC_LEN;
	struct flowgen *g;

	if (check_len(s, len, room) != 0)
		return -EINVAL;
	g = rte_zmalloc_socket("fwd_flowgen", sizeof(*g), RTE_CACHE_LINE_SIZE, socket);
	if (g == NULL)
		return -ENOMEM;
	g->len = (uint16_t)len;
	g->headers = fwd_udp_headers(&flow, g->len);
	g->sum = fwd_udp_sum_but(&g->headers.ip, g->headers.ip.dst_addr);
	g->nb_flows = s->args->flowgen_flows;
	g->nb_clones = (uint16_t)s->args->flowgen_clones;
	s->state = g;
	/* Streams of other queues send what is in the same pool. */
	if (s->tx_queue == 0)
		fwd_udp_blank(s->tx_mbufs, len);
	return 0;
}

static void
flowgen_stop(struct fwd_stream *s)
{
	rte_free(s->state);
	s->state = NULL;
}

static void
flowgen_announce(const struct fwd_args *args, uint16_t port)
{
	printf("  number of flows for port %u: %u\n", port, args->flowgen_flows);
}

static void
drain(struct fwd_stream *s)
{
	struct lbuf_burst burst;

	if (fwd_receive(s, &burst) != 0)
		lbuf_burst_drop(&burst);
}

/* As many mbufs as there are, of so many. */
static uint16_t
get_mbufs(const struct fwd_stream *s, struct rte_mbuf **m, uint16_t n)
{
	uint16_t i;

	if (likely(rte_pktmbuf_alloc_bulk(s->tx_mbufs, m, n) == 0))
		return n;
	for (i = 0; i < n; i++) {
		m[i] = rte_pktmbuf_alloc(s->tx_mbufs);
		if (m[i] == NULL)
			break;
	}
	return i;
}

static void
fill(const struct flowgen *g, struct rte_mbuf *m, uint32_t flow)
{
	struct fwd_udp_headers *h = rte_pktmbuf_mtod(m, struct fwd_udp_headers *);

	m->data_len = g->len;
	m->pkt_len = g->len;
	*h = g->headers;
	h->ip.dst_addr = rte_cpu_to_be_32(FLOWGEN_DST + flow);
	fwd_udp_set_cksum(&h->ip, h->ip.dst_addr, g->sum);
}

static uint32_t
flow_after(const struct flowgen *g, uint64_t n)
{
	return (uint32_t)((g->next + n) % g->nb_flows);
}

/* Put datagrams into a burst, each with its clones behind it. */
static void
make_frames(const struct fwd_stream *s, const struct flowgen *g, struct lbuf_burst *burst)
{
	struct rte_mbuf *m[LBUF_BURST_MAX];
	uint16_t each = (uint16_t)(g->nb_clones + 1);
	uint16_t nb = get_mbufs(s, m, (uint16_t)((s->burst + each - 1) / each));
	uint32_t flow = g->next;
	uint16_t i, k, n = 0;

	for (i = 0; i < nb; i++) {
		fill(g, m[i], flow);
		for (k = 0; k < each && n < s->burst; k++, n++) {
			if (k != 0)
				rte_mbuf_refcnt_update(m[i], 1);
			lbuf_burst_add(burst, &m[i], 1);
			flow = flow + 1 < g->nb_flows ? flow + 1 : 0;
		}
	}
}

static void
flowgen_burst(struct fwd_stream *s)
{
	struct flowgen *g = s->state;
	uint64_t sent = s->tx_packets;
	struct lbuf_burst burst;

	drain(s);
	lbuf_burst_init(&burst);
	make_frames(s, g, &burst);
	if (likely(burst.n != 0))
		fwd_send(s, &burst);
	/* A flow whose datagram was dropped has its turn again. */
	g->next = flow_after(g, s->tx_packets - sent);
}

const struct fwd_mode fwd_mode_flowgen = {
	.name = "flowgen",
	.burst = flowgen_burst,
	.announce = flowgen_announce,
	.start = flowgen_start,
	.stop = flowgen_stop,
	.receives = true,
	.sends = true,
};
