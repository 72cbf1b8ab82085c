/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * csum: packets leave with right checksums of IP, UDP, TCP and SCTP, computed here or by the
 * device that sends, as "csum set" says; and with the sending port as source and its peer as
 * destination.
 *
 * A UDP checksum of 0 stays, for it means that there is none. What is malformed, a fragment,
 * or does not lie in the frame as a whole stays as it is, from that layer on.
 */

#include <string.h>

#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <lbuf_memsum.h>

#include "csum.h"
#include "fwd.h"
#include "split.h"
#include "tunnel.h"

/* What mbuf fields for the lengths of headers hold. */
#define L2_LEN_MAX ((1u << RTE_MBUF_L2_LEN_BITS) - 1)
#define L3_LEN_MAX ((1u << RTE_MBUF_L3_LEN_BITS) - 1)

#define BY_DEVICE \
	(RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_OUTER_IP_CKSUM | \
			RTE_MBUF_F_TX_OUTER_UDP_CKSUM)
#define OUTER_OFFLOADS (RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM)

static void
count_bad(struct fwd_bad_csum *bad, uint64_t flags)
{
	const uint64_t any = RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD |
			RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD | RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD;
	const uint64_t l4 = RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK;

	if (likely((flags & any) == 0))
		return;
	bad->ip += (flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD;
	bad->l4 += (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD;
	bad->outer_ip += (flags & RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD) != 0;
	bad->outer_l4 += (flags & l4) == RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD;
}

/*
 * The checksum for a sum that includes the one that was there. It is taken off here, not
 * cleared in the packet before: reading what was just written in other pieces takes long.
 */
static inline rte_be16_t
cksum_of(uint64_t sum, rte_be16_t was)
{
	return (rte_be16_t)~lbuf_memsum_fold((sum & UINT32_MAX) + (sum >> 32) + (uint16_t)~was);
}

/* What the pseudo-header of UDP or TCP adds. */
static inline uint64_t
pseudo_sum(const struct fwd_csum_packet *p, const struct fwd_ip *ip)
{
	const uint8_t *l3 = p->h.data + ip->at;
	uint64_t sum = rte_cpu_to_be_32(ip->end - ip->l4) + (uint64_t)rte_cpu_to_be_16(ip->proto);

	if (ip->version == IPVERSION)
		return sum + lbuf_memsum_few(l3 + offsetof(struct rte_ipv4_hdr, src_addr), 8);
	return sum + lbuf_memsum_few(l3 + offsetof(struct rte_ipv6_hdr, src_addr), 32);
}

/*
 * Sum over bytes of a packet that has them. rte_raw_cksum_mbuf() of DPDK 22.11 loses carries
 * behind a segment of odd length.
 */
static uint64_t
packet_sum(const struct rte_mbuf *m, uint32_t from, uint32_t len)
{
	uint32_t n, done = 0;
	uint64_t sum = 0;

	for (; from >= m->data_len; m = m->next)
		from -= m->data_len;
	for (; done != len; m = m->next, done += n, from = 0) {
		n = RTE_MIN(len - done, m->data_len - from);
		sum = lbuf_memsum_add(sum, done,
				lbuf_memsum(rte_pktmbuf_mtod_offset(m, const uint8_t *, from), n));
	}
	return sum;
}

/* Of UDP or TCP, which had that checksum. */
static rte_be16_t
l4_cksum(const struct fwd_csum_packet *p, const struct fwd_ip *ip, rte_be16_t was)
{
	uint32_t len = ip->end - ip->l4;

	if (likely(p->h.len >= ip->end))
		return cksum_of(pseudo_sum(p, ip) + lbuf_memsum(p->h.data + ip->l4, len), was);
	return cksum_of(pseudo_sum(p, ip) + packet_sum(p->m, ip->l4, len), was);
}

/* Of UDP 0 would mean that there is none. */
static rte_be16_t
udp_cksum(const struct fwd_csum_packet *p, const struct fwd_ip *ip, rte_be16_t was)
{
	rte_be16_t sum = l4_cksum(p, ip, was);

	return sum != 0 ? sum : UINT16_MAX;
}

static uint32_t
crc_of(const uint8_t *mem, uint32_t len, uint32_t crc)
{
	uint64_t word = 0;

	/* rte_hash_crc() reads words where they lie, which is for aligned ones alone. */
	for (; len >= sizeof(word); len -= (uint32_t)sizeof(word), mem += sizeof(word)) {
		memcpy(&word, mem, sizeof(word));
		crc = rte_hash_crc_8byte(word, crc);
	}
	memcpy(&word, mem, len);
	return rte_hash_crc(&word, len, crc);
}

/* CRC-32C of bytes of a packet that has them. */
static uint32_t
packet_crc(const struct rte_mbuf *m, uint32_t from, uint32_t len)
{
	uint32_t crc = UINT32_MAX, n;

	for (; from >= m->data_len; m = m->next)
		from -= m->data_len;
	for (; len != 0; m = m->next, len -= n, from = 0) {
		n = RTE_MIN(len, m->data_len - from);
		crc = crc_of(rte_pktmbuf_mtod_offset(m, const uint8_t *, from), n, crc);
	}
	return ~crc;
}

/* Each sets a checksum, or returns the flag that has the device do it. */

static uint64_t
set_udp(const struct fwd_csum_packet *p)
{
	struct rte_udp_hdr *udp = fwd_head_l4(&p->h, &p->ip, sizeof(*udp));

	if (udp == NULL || udp->dgram_cksum == 0)
		return 0;
	if ((p->hw & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0)
		return RTE_MBUF_F_TX_UDP_CKSUM;
	udp->dgram_cksum = udp_cksum(p, &p->ip, udp->dgram_cksum);
	return 0;
}

static uint64_t
set_tcp(const struct fwd_csum_packet *p)
{
	struct rte_tcp_hdr *tcp = fwd_head_l4(&p->h, &p->ip, sizeof(*tcp));

	if (tcp == NULL)
		return 0;
	if ((p->hw & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0)
		return RTE_MBUF_F_TX_TCP_CKSUM;
	tcp->cksum = l4_cksum(p, &p->ip, tcp->cksum);
	return 0;
}

static uint64_t
set_sctp(const struct fwd_csum_packet *p)
{
	struct rte_sctp_hdr *sctp = fwd_head_l4(&p->h, &p->ip, sizeof(*sctp));
	uint32_t len = p->ip.end - p->ip.l4;

	if (sctp == NULL)
		return 0;
	/* Devices want whole words. */
	if ((p->hw & RTE_ETH_TX_OFFLOAD_SCTP_CKSUM) != 0 && len % 4 == 0)
		return RTE_MBUF_F_TX_SCTP_CKSUM;
	sctp->cksum = 0;
	sctp->cksum = rte_cpu_to_le_32(packet_crc(p->m, p->ip.l4, len));
	return 0;
}

static uint64_t
set_l4(const struct fwd_csum_packet *p)
{
	if (!p->ip.whole || p->ip.end > p->h.frame_len)
		return 0;
	switch (p->ip.proto) {
	case IPPROTO_UDP:
		return set_udp(p);
	case IPPROTO_TCP:
		return set_tcp(p);
	case IPPROTO_SCTP:
		return set_sctp(p);
	default:
		return 0;
	}
}

static void
set_ipv4(const struct fwd_csum_packet *p, const struct fwd_ip *ip)
{
	struct rte_ipv4_hdr *hdr = (void *)(p->h.data + ip->at);
	uint64_t sum = lbuf_memsum_few((uint8_t *)hdr, sizeof(*hdr));

	if (unlikely(ip->l4 - ip->at > sizeof(*hdr)))
		sum += lbuf_memsum_few((uint8_t *)(hdr + 1),
				(uint32_t)(ip->l4 - ip->at - sizeof(*hdr)));
	hdr->hdr_checksum = cksum_of(sum, hdr->hdr_checksum);
}

/* The packet, or that in the tunnel. Returns flags. */
static uint64_t
set_inner(const struct fwd_csum_packet *p)
{
	uint64_t flags;

	if (p->ip.version == 0)
		return 0;
	if (p->ip.version != IPVERSION)
		return RTE_MBUF_F_TX_IPV6 | set_l4(p);
	flags = RTE_MBUF_F_TX_IPV4;
	if ((p->hw & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0)
		flags |= RTE_MBUF_F_TX_IP_CKSUM;
	else
		set_ipv4(p, &p->ip);
	return flags | set_l4(p);
}

static uint64_t
set_outer_udp(const struct fwd_csum_packet *p, uint64_t flags)
{
	struct rte_udp_hdr *udp = fwd_head_l4(&p->h, &p->outer, sizeof(*udp));
	const void *l3 = p->h.data + p->outer.at;

	if (udp == NULL || p->outer.end > p->h.frame_len)
		return flags;
	if ((p->hw & RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM) != 0) {
		udp->dgram_cksum = p->outer.version == IPVERSION ? rte_ipv4_phdr_cksum(l3, flags)
								 : rte_ipv6_phdr_cksum(l3, flags);
		return flags | RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
	}
	if (udp->dgram_cksum != 0)
		udp->dgram_cksum = udp_cksum(p, &p->outer, udp->dgram_cksum);
	return flags;
}

/* The tunnel, after what is in it. Returns flags. */
static uint64_t
set_outer(const struct fwd_csum_packet *p)
{
	uint64_t flags = p->tunnel;

	if (p->outer.version != IPVERSION) {
		flags |= RTE_MBUF_F_TX_OUTER_IPV6;
	} else if ((p->hw & RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM) != 0) {
		struct rte_ipv4_hdr *hdr = (void *)(p->h.data + p->outer.at);

		hdr->hdr_checksum = 0;
		flags |= RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IP_CKSUM;
	} else {
		set_ipv4(p, &p->outer);
		flags |= RTE_MBUF_F_TX_OUTER_IPV4;
	}
	return p->outer.proto == IPPROTO_UDP ? set_outer_udp(p, flags) : flags;
}

static void
parse(const struct fwd_args *args, struct fwd_csum_packet *p, bool tunnels)
{
	struct fwd_ip inner;
	uint32_t at = 0;
	rte_be16_t type = fwd_head_ether(&p->h, &at);

	p->tunnel = 0;
	if (!fwd_head_ip(&p->h, at, type, &p->ip) || !tunnels)
		return;
	p->tunnel = fwd_tunnel_find(args, &p->h, &p->ip, &inner);
	if (p->tunnel != 0) {
		p->outer = p->ip;
		p->ip = inner;
	}
}

/* Tell the device where headers are. false: it cannot be told, they are too long. */
static bool
set_lengths(struct fwd_csum_packet *p)
{
	bool outer = p->tunnel != 0 && (p->hw & OUTER_OFFLOADS) != 0;
	uint32_t l2_at = outer ? p->outer.l4 : 0;
	uint32_t l2_len = p->ip.at - l2_at;
	uint32_t l3_len = p->ip.l4 - p->ip.at;

	if (l2_len > L2_LEN_MAX || l3_len > L3_LEN_MAX || (outer && (p->outer.at > L2_LEN_MAX)))
		return false;
	p->m->tx_offload = 0;
	p->m->l2_len = l2_len;
	p->m->l3_len = l3_len;
	if (p->ip.proto == IPPROTO_UDP)
		p->m->l4_len = sizeof(struct rte_udp_hdr);
	else if (p->ip.proto == IPPROTO_TCP)
		p->m->l4_len = sizeof(struct rte_tcp_hdr);
	if (outer) {
		p->m->outer_l2_len = p->outer.at;
		p->m->outer_l3_len = p->outer.l4 - p->outer.at;
	}
	return true;
}

/* false: the device that is to compute something refuses the packet. */
static bool
set_all(struct fwd_stream *s, struct fwd_csum_packet *p)
{
	uint64_t flags;

	parse(s->args, p, s->tx_port->parse_tunnel);
	/* What is no IP packet needs nothing of the device, nor what it cannot be told. */
	if (unlikely(p->hw != 0) && (p->ip.version == 0 || !set_lengths(p)))
		p->hw = 0;
	flags = set_inner(p);
	if (unlikely(p->tunnel != 0))
		flags |= set_outer(p);
	p->m->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	p->m->ol_flags |= flags;
	return likely((flags & BY_DEVICE) == 0) ||
			rte_eth_tx_prepare(s->tx_port->id, s->tx_queue, &p->m, 1) == 1;
}

/* Put it, or a copy in segments as "set txsplit" says, behind others; returns what it is. */
static struct rte_mbuf *
split(struct fwd_stream *s, struct rte_mbuf *m, struct lbuf_burst *to)
{
	struct rte_mbuf *copy = fwd_split_copy(s->args, s->tx_mbufs, m);

	/* As testpmd: without memory for a copy it goes out as it came. */
	if (copy == NULL) {
		rte_pktmbuf_refcnt_update(m, 1);
		copy = m;
	}
	lbuf_burst_add(to, &copy, 1);
	return copy;
}

static void
csum_edit(struct fwd_stream *s, struct lbuf_burst *burst)
{
	const struct fwd_port *port = s->tx_port;
	const struct rte_ether_addr both[2] = { s->tx_peer, s->tx_addr };
	const bool splits = s->args->tx_split != FWD_SPLIT_OFF;
	const bool prints = s->args->verbose != 0;
	struct fwd_csum_packet p;
	struct lbuf_burst copies;
	uint64_t flags;
	uint16_t i;

	lbuf_burst_prefetch(burst);
	lbuf_burst_init(&copies);
	for (i = 0; i < burst->n; i++) {
		flags = burst->pkts[i]->ol_flags;
		count_bad(&s->bad_csum, flags);
		if (unlikely(!fwd_head_edit(s, burst, i, &p.h)))
			continue;
		p.m = burst->pkts[i];
		p.hw = port->conf.txmode.offloads;
		p.hw &= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |
				RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_SCTP_CKSUM |
				OUTER_OFFLOADS;
		if (likely(port->csum_mac_swap))
			memcpy(p.h.data, both, sizeof(both));
		if (unlikely(!set_all(s, &p))) {
			s->tx_dropped++;
			lbuf_burst_drop_at(burst, i);
			continue;
		}
		if (unlikely(splits))
			p.m = split(s, p.m, &copies);
		if (unlikely(prints))
			fwd_csum_print(s, &p, flags);
	}
	if (unlikely(splits)) {
		lbuf_burst_drop(burst);
		lbuf_burst_add(burst, copies.pkts, copies.n);
	}
}

static void
csum_burst(struct fwd_stream *s)
{
	fwd_forward(s, csum_edit);
}

const struct fwd_mode fwd_mode_csum = {
	.name = "csum",
	.burst = csum_burst,
	.receives = true,
	.sends = true,
};
