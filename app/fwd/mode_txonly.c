/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * txonly: one UDP datagram, sent over and over. Addresses, ports and length are
 * testpmd's: the benchmark network of RFC 2544 and the discard service.
 *
 * All mbufs of the pool have the frame in them before the first is sent. Of each that
 * is sent the headers are written anew, for who received it may have changed them. A frame
 * that is longer than an mbuf's data room is in one piece of memory, which all packets refer
 * to.
 */

#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "mode.h"

#define TXONLY_SRC RTE_IPV4(198u, 18, 0, 1)
#define TXONLY_DST RTE_IPV4(198u, 18, 0, 2)
#define TXONLY_UDP_PORT 9
#define TXONLY_TTL 64

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
};
_Static_assert(sizeof(struct headers) == 42, "as on the wire");

static struct headers
make_headers(const struct fwd_stream *s)
{
	uint16_t ip_len = (uint16_t)(s->tx_pkt_len - sizeof(struct rte_ether_hdr));
	struct headers h = {
		.eth = {
			.dst_addr = s->tx_peer,
			.src_addr = s->tx_addr,
			.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		},
		.ip = {
			.version_ihl = RTE_IPV4_VHL_DEF,
			.total_length = rte_cpu_to_be_16(ip_len),
			.time_to_live = TXONLY_TTL,
			.next_proto_id = IPPROTO_UDP,
			.src_addr = rte_cpu_to_be_32(TXONLY_SRC),
			.dst_addr = rte_cpu_to_be_32(TXONLY_DST),
		},
		.udp = {
			.src_port = RTE_BE16(TXONLY_UDP_PORT),
			.dst_port = RTE_BE16(TXONLY_UDP_PORT),
			.dgram_len = rte_cpu_to_be_16((uint16_t)(ip_len - sizeof(h.ip))),
			.dgram_cksum = 0, /* none: allowed over IPv4 */
		},
	};

	h.ip.hdr_checksum = rte_ipv4_cksum(&h.ip);
	return h;
}

/* Write the frame, headers and zeros, into memory for all packets to refer to. */
static int
txonly_start_refs(struct fwd_stream *s, const struct headers *h)
{
	uint8_t *p;

	lbuf_init(&s->tx_frame, s->pool);
	p = lbuf_reserve(&s->tx_frame, s->tx_pkt_len);
	if (p == NULL)
		return -ENOMEM;
	memset(p, 0, s->tx_pkt_len);
	memcpy(p, h, sizeof(*h));
	lbuf_flush(&s->tx_frame);
	lbuf_handoff(&s->tx_frame);
	s->tx_mbufs = NULL;
	return 0;
}

static void
blank_mbuf(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	const struct fwd_stream *s = arg;
	struct rte_mbuf *m = obj;

	(void)mp;
	(void)i;
	memset((uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM, 0, s->tx_pkt_len);
}

static int
txonly_start(struct fwd_stream *s, int socket)
{
	struct headers h = make_headers(s);

	(void)socket;
	memcpy(s->tx_headers, &h, sizeof(h));
	if (rte_pktmbuf_data_room_size(s->tx_mbufs) < RTE_PKTMBUF_HEADROOM + s->tx_pkt_len)
		return txonly_start_refs(s, &h);
	/* Streams of other queues send what is in the same pool. */
	if (s->tx_queue == 0)
		rte_mempool_obj_iter(s->tx_mbufs, blank_mbuf, s);
	return 0;
}

static void
txonly_stop(struct fwd_stream *s)
{
	lbuf_close(&s->tx_frame);
}

/* Frames in mbufs: drivers take them as they are. */
static void
make_mbufs(struct fwd_stream *s, struct lbuf_burst *burst)
{
	struct rte_mbuf *m[LBUF_BURST_MAX];
	uint16_t i, n = s->burst;

	if (unlikely(rte_pktmbuf_alloc_bulk(s->tx_mbufs, m, n) != 0))
		return;
	for (i = 0; i < n; i++) {
		m[i]->data_len = s->tx_pkt_len;
		m[i]->pkt_len = s->tx_pkt_len;
		memcpy(rte_pktmbuf_mtod(m[i], void *), s->tx_headers, sizeof(s->tx_headers));
	}
	lbuf_burst_add(burst, m, n);
}

/* Frames that are longer than an mbuf's data room. */
static void
make_refs(struct fwd_stream *s, struct lbuf_burst *burst)
{
	struct rte_mbuf *m;
	struct lbuf frame;
	uint16_t i;

	for (i = 0; i < s->burst; i++) {
		if (unlikely(lbuf_clone(&s->tx_frame, 0, s->tx_pkt_len, &frame) != 0))
			return;
		m = lbuf_port_export(s->tx, s->tx_queue, &frame);
		lbuf_close(&frame);
		if (unlikely(m == NULL))
			return;
		lbuf_burst_add(burst, &m, 1);
	}
}

static void
txonly_burst(struct fwd_stream *s)
{
	struct lbuf_burst burst;

	lbuf_burst_init(&burst);
	if (likely(s->tx_mbufs != NULL))
		make_mbufs(s, &burst);
	else
		make_refs(s, &burst);
	/* Without memory there is nothing to send, until some comes back. */
	s->tx_dropped += (uint64_t)(s->burst - burst.n);
	if (likely(burst.n != 0))
		fwd_send(s, &burst);
}

const struct fwd_mode fwd_mode_txonly = {
	.name = "txonly",
	.burst = txonly_burst,
	.start = txonly_start,
	.stop = txonly_stop,
	.sends = true,
};
