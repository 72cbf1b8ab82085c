/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * icmpecho: ARP requests and ICMP echo requests are answered on the port they
 * came by, also behind one VLAN tag. All else is dropped.
 *
 * Frames come from anyone: every length in them is checked against the bytes
 * that are there before it is used. Only headers are made contiguous: the payload
 * of an echo goes back as it lies, in whatever segments.
 */

#include <errno.h>

#include <rte_arp.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ip.h>

#include "compat.h"
#include "mode.h"

/* From here up: multicast, reserved and broadcast. */
#define IPV4_FIRST_GROUP RTE_IPV4(224u, 0, 0, 0)

enum verdict {
	REPLY,  /* the buffer holds the answer */
	IGNORE, /* well-formed, but nothing to answer */
	BAD,    /* malformed */
	NO_MEMORY,
};

/* A header that ends at n could not be had. */
static enum verdict
no_header(void)
{
	return rte_errno == ENODATA ? BAD : NO_MEMORY;
}

static void
reply_ether(struct rte_ether_hdr *eth, const struct rte_ether_addr *own)
{
	struct rte_ether_addr to;

	rte_ether_addr_copy(&eth->src_addr, &to);
	/* A group cannot be a source. */
	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		rte_ether_addr_copy(own, &eth->src_addr);
	else
		rte_ether_addr_copy(&eth->dst_addr, &eth->src_addr);
	rte_ether_addr_copy(&to, &eth->dst_addr);
}

static enum verdict
reply_arp(struct fwd_stream *s, struct lbuf *b, uint64_t l2)
{
	struct rte_arp_hdr *arp;
	struct rte_ether_hdr *eth;
	rte_be32_t ip;

	eth = lbuf_edit(b, l2 + sizeof(*arp));
	if (eth == NULL)
		return no_header();
	arp = RTE_PTR_ADD(eth, l2);
	if (arp->arp_hardware != RTE_BE16(RTE_ARP_HRD_ETHER) ||
			arp->arp_protocol != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
			arp->arp_hlen != RTE_ETHER_ADDR_LEN || arp->arp_plen != sizeof(ip))
		return BAD;
	if (arp->arp_opcode != RTE_BE16(RTE_ARP_OP_REQUEST))
		return IGNORE;

	rte_ether_addr_copy(&eth->src_addr, &eth->dst_addr);
	rte_ether_addr_copy(&s->tx_addr, &eth->src_addr);
	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	rte_ether_addr_copy(&arp->arp_data.arp_sha, &arp->arp_data.arp_tha);
	rte_ether_addr_copy(&s->tx_addr, &arp->arp_data.arp_sha);
	ip = arp->arp_data.arp_tip;
	arp->arp_data.arp_tip = arp->arp_data.arp_sip;
	arp->arp_data.arp_sip = ip;
	return REPLY;
}

/* Checksum of an echo reply from that of the request (RFC 1624). */
static rte_be16_t
reply_cksum(rte_be16_t request)
{
	uint32_t sum = (uint16_t)~request;

	sum += (uint16_t)~RTE_BE16(RTE_ICMP_TYPE_ECHO_REQUEST << 8);
	sum += RTE_BE16(RTE_ICMP_TYPE_ECHO_REPLY << 8);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	/* 0 and 0xffff are the same sum, but of zeros alone it is 0xffff. */
	return (uint16_t)~sum == 0 ? UINT16_MAX : (rte_be16_t)~sum;
}

static enum verdict
reply_ipv4(struct fwd_stream *s, struct lbuf *b, uint64_t l2)
{
	struct {
		uint8_t l2[sizeof(struct rte_ether_hdr) + sizeof(struct rte_vlan_hdr)];
		struct rte_ipv4_hdr ip;
	} h;
	uint64_t skip = sizeof(h.l2) - l2;
	struct rte_ether_hdr *eth;
	struct rte_icmp_hdr *icmp;
	struct rte_ipv4_hdr *ip;
	uint16_t ip_len, hdr_len, sum;
	rte_be32_t addr;

	if (lbuf_peek_copy(b, (uint8_t *)&h + skip, l2 + sizeof(h.ip)) != 0)
		return BAD;
	hdr_len = rte_ipv4_hdr_len(&h.ip);
	ip_len = rte_be_to_cpu_16(h.ip.total_length);
	if (h.ip.version_ihl >> 4 != IPVERSION || hdr_len < sizeof(h.ip) || ip_len < hdr_len ||
			l2 + ip_len > lbuf_len(b))
		return BAD;
	if (h.ip.next_proto_id != IPPROTO_ICMP)
		return IGNORE;
	/* The answer to a fragment would be one that nobody can put together. */
	if ((h.ip.fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return IGNORE;
	if (ip_len < hdr_len + sizeof(*icmp))
		return BAD;

	eth = lbuf_edit(b, l2 + hdr_len + sizeof(*icmp));
	if (eth == NULL)
		return no_header();
	ip = RTE_PTR_ADD(eth, l2);
	icmp = RTE_PTR_ADD(ip, hdr_len);
	if (rte_raw_cksum(ip, hdr_len) != UINT16_MAX ||
			lbuf_cksum(b, l2 + hdr_len, ip_len - hdr_len, &sum) != 0 ||
			sum != UINT16_MAX)
		return BAD;
	if (icmp->icmp_type != RTE_ICMP_TYPE_ECHO_REQUEST || icmp->icmp_code != 0)
		return IGNORE;
	/* The reply's source would be a group, or its destination. */
	if (rte_be_to_cpu_32(ip->dst_addr) >= IPV4_FIRST_GROUP ||
			rte_be_to_cpu_32(ip->src_addr) >= IPV4_FIRST_GROUP)
		return IGNORE;

	reply_ether(eth, &s->tx_addr);
	/* Exchanging the addresses leaves the header's checksum as it is. */
	addr = ip->src_addr;
	ip->src_addr = ip->dst_addr;
	ip->dst_addr = addr;
	icmp->icmp_type = RTE_ICMP_TYPE_ECHO_REPLY;
	icmp->icmp_cksum = reply_cksum(icmp->icmp_cksum);
	return REPLY;
}

static enum verdict
reply(struct fwd_stream *s, struct lbuf *b)
{
	struct {
		struct rte_ether_hdr eth;
		struct rte_vlan_hdr vlan;
	} h;
	uint64_t l2 = sizeof(h.eth);
	rte_be16_t type;

	if (lbuf_peek_copy(b, &h.eth, sizeof(h.eth)) != 0)
		return BAD;
	type = h.eth.ether_type;
	if (type == RTE_BE16(RTE_ETHER_TYPE_VLAN)) {
		if (lbuf_peek_copy(b, &h, sizeof(h)) != 0)
			return BAD;
		l2 = sizeof(h);
		type = h.vlan.eth_proto;
	}
	if (type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return reply_arp(s, b, l2);
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return reply_ipv4(s, b, l2);
	return IGNORE;
}

/* Put a buffer that holds an answer into the burst of answers. */
static void
add_reply(struct fwd_stream *s, struct lbuf *b, struct lbuf_burst *replies)
{
	struct rte_mbuf *m = lbuf_port_export(s->tx, s->tx_queue, b);

	if (m == NULL)
		s->tx_dropped++;
	else
		lbuf_burst_add(replies, &m, 1);
}

static void
icmpecho_burst(struct fwd_stream *s)
{
	struct lbuf_burst burst, replies;
	uint16_t i, n = fwd_receive(s, &burst);
	enum verdict v;
	struct lbuf b;

	lbuf_burst_init(&replies);
	for (i = 0; i < n; i++) {
		lbuf_init(&b, s->pool);
		v = lbuf_burst_take(&burst, i, &b) == 0 ? reply(s, &b) : NO_MEMORY;
		if (v == REPLY)
			add_reply(s, &b, &replies);
		s->bad += v == BAD;
		s->tx_dropped += v == NO_MEMORY;
		lbuf_close(&b);
	}
	lbuf_burst_drop(&burst);
	if (replies.n != 0)
		fwd_send(s, &replies);
}

const struct fwd_mode fwd_mode_icmpecho = {
	.name = "icmpecho",
	.burst = icmpecho_burst,
	.receives = true,
	.sends = true,
	.replies = true,
};
