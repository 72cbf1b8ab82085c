/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * txonly: one UDP datagram, sent over and over. Addresses, ports and length are
 * testpmd's: the benchmark network of RFC 2544 and the discard service.
 */

#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_malloc.h>
#include <rte_memcpy.h>
#include <rte_udp.h>

#include "mode.h"

#define TXONLY_SRC RTE_IPV4(198u, 18, 0, 1)
#define TXONLY_DST RTE_IPV4(198u, 18, 0, 2)
#define TXONLY_UDP_PORT 9
#define TXONLY_TTL 64

/* The frame is zeros so far. */
static void
txonly_fill(struct fwd_stream *s)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)s->tx_pkt;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	uint16_t ip_len = (uint16_t)(s->tx_pkt_len - sizeof(*eth));

	rte_ether_addr_copy(&s->tx_peer, &eth->dst_addr);
	rte_ether_addr_copy(&s->tx_addr, &eth->src_addr);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(ip_len);
	ip->time_to_live = TXONLY_TTL;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = rte_cpu_to_be_32(TXONLY_SRC);
	ip->dst_addr = rte_cpu_to_be_32(TXONLY_DST);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = RTE_BE16(TXONLY_UDP_PORT);
	udp->dst_port = RTE_BE16(TXONLY_UDP_PORT);
	udp->dgram_len = rte_cpu_to_be_16((uint16_t)(ip_len - sizeof(*ip)));
	udp->dgram_cksum = 0; /* none: allowed over IPv4 */
}

static int
txonly_start(struct fwd_stream *s, int socket)
{
	s->tx_pkt = rte_zmalloc_socket("fwd_txonly", s->tx_pkt_len, RTE_CACHE_LINE_SIZE, socket);
	if (s->tx_pkt == NULL)
		return -ENOMEM;
	txonly_fill(s);
	if (rte_pktmbuf_data_room_size(s->tx_mbufs) < RTE_PKTMBUF_HEADROOM + s->tx_pkt_len)
		s->tx_mbufs = NULL;
	return 0;
}

static void
txonly_stop(struct fwd_stream *s)
{
	rte_free(s->tx_pkt);
	s->tx_pkt = NULL;
}

/* Frames in mbufs: drivers take them as they are. Returns how many. */
static uint16_t
make_mbufs(struct fwd_stream *s, uint16_t n)
{
	struct rte_mbuf *m[LBUF_BURST_MAX];
	uint16_t len = s->tx_pkt_len;
	uint16_t i;

	if (unlikely(rte_pktmbuf_alloc_bulk(s->tx_mbufs, m, n) != 0))
		return 0;
	for (i = 0; i < n; i++) {
		m[i]->data_len = len;
		m[i]->pkt_len = len;
		rte_memcpy(rte_pktmbuf_mtod(m[i], void *), s->tx_pkt, len);
		lbuf_append_mbuf(s->bufs[i], m[i]); /* one segment: cannot fail */
		lbuf_flush(s->bufs[i]);
	}
	return n;
}

/* Frames that are longer than an mbuf's data room. */
static uint16_t
make_chunks(struct fwd_stream *s, uint16_t n)
{
	uint16_t len = s->tx_pkt_len;
	uint16_t i;
	void *p;

	for (i = 0; i < n; i++) {
		p = lbuf_reserve(s->bufs[i], len);
		if (unlikely(p == NULL))
			break;
		memcpy(p, s->tx_pkt, len);
		lbuf_flush(s->bufs[i]);
	}
	return i;
}

static void
txonly_burst(struct fwd_stream *s)
{
	uint16_t n;

	n = s->tx_mbufs != NULL ? make_mbufs(s, s->burst) : make_chunks(s, s->burst);
	/* Without memory there is nothing to send, until some comes back. */
	s->tx_dropped += (uint64_t)(s->burst - n);
	if (n != 0)
		fwd_send(s, n);
}

const struct fwd_mode fwd_mode_txonly = {
	.name = "txonly",
	.burst = txonly_burst,
	.start = txonly_start,
	.stop = txonly_stop,
	.sends = true,
};
