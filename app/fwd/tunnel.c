/* SPDX-License-Identifier: BSD-3-Clause */

#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_geneve.h>
#include <rte_gtp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <rte_vxlan.h>

#include "args.h"
#include "tunnel.h"

#define GTP_LEN 8
#define GTP_EXT_LEN 4
#define GTP_EXT_FLAGS 0x07 /* E, S and PN: any of them brings the same bytes */
#define GTP_DATA 0xff
#define VXLAN_LEN 8
#define VXLAN_GPE_PROTO 3 /* place of the byte */
#define GENEVE_LEN 8
#define GENEVE_OPTIONS 0x3f /* their length, in words */
#define GENEVE_PROTO 2
#define GRE_LEN 4
#define GRE_FIELDS 0xb0 /* checksum, key and sequence: 4 bytes each */
#define GRE_PROTO 2

static bool
there(const struct fwd_head *h, uint32_t at, uint32_t len)
{
	return h->len >= at + len;
}

static rte_be16_t
be16(const struct fwd_head *h, uint32_t at)
{
	return *(const unaligned_uint16_t *)(h->data + at);
}

/* An Ethernet frame, or an IP packet, of an EtherType. Whether the type is known. */
static bool
inner_of_type(const struct fwd_head *h, uint32_t at, rte_be16_t type, struct fwd_ip *inner)
{
	if (type == RTE_BE16(RTE_ETHER_TYPE_TEB))
		type = fwd_head_ether(h, &at);
	else if (type != RTE_BE16(RTE_ETHER_TYPE_IPV4) && type != RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return false;
	fwd_head_ip(h, at, type, inner);
	return true;
}

/* An IP packet of the version that its first byte tells. */
static bool
inner_ip(const struct fwd_head *h, uint32_t at, struct fwd_ip *inner)
{
	rte_be16_t type;

	if (!there(h, at, 1))
		return false;
	type = h->data[at] >> 4 == IPVERSION ? RTE_BE16(RTE_ETHER_TYPE_IPV4)
					     : RTE_BE16(RTE_ETHER_TYPE_IPV6);
	return fwd_head_ip(h, at, type, inner);
}

static uint64_t
find_gtp(const struct fwd_head *h, uint32_t at, struct fwd_ip *inner)
{
	if (!there(h, at, GTP_LEN))
		return 0;
	if (h->data[at + 1] == GTP_DATA) {
		if ((h->data[at] & GTP_EXT_FLAGS) != 0)
			at += GTP_EXT_LEN;
		inner_ip(h, at + GTP_LEN, inner);
	}
	return RTE_MBUF_F_TX_TUNNEL_GTP;
}

static uint64_t
find_vxlan(const struct fwd_head *h, uint32_t at, struct fwd_ip *inner)
{
	if (!there(h, at, VXLAN_LEN))
		return 0;
	inner_of_type(h, at + VXLAN_LEN, RTE_BE16(RTE_ETHER_TYPE_TEB), inner);
	return RTE_MBUF_F_TX_TUNNEL_VXLAN;
}

static uint64_t
find_vxlan_gpe(const struct fwd_head *h, uint32_t at, struct fwd_ip *inner)
{
	static const rte_be16_t types[] = {
		[0] = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		[RTE_VXLAN_GPE_TYPE_IPV4] = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		[RTE_VXLAN_GPE_TYPE_IPV6] = RTE_BE16(RTE_ETHER_TYPE_IPV6),
		[RTE_VXLAN_GPE_TYPE_ETH] = RTE_BE16(RTE_ETHER_TYPE_TEB),
	};
	uint8_t proto;

	if (!there(h, at, VXLAN_LEN))
		return 0;
	proto = h->data[at + VXLAN_GPE_PROTO];
	if (proto >= RTE_DIM(types) || !inner_of_type(h, at + VXLAN_LEN, types[proto], inner))
		return 0;
	return RTE_MBUF_F_TX_TUNNEL_VXLAN_GPE;
}

static uint64_t
find_geneve(const struct fwd_head *h, uint32_t at, struct fwd_ip *inner)
{
	uint32_t len = GENEVE_LEN;
	rte_be16_t type;

	if (!there(h, at, GENEVE_LEN))
		return 0;
	len += (h->data[at] & GENEVE_OPTIONS) * 4u;
	type = be16(h, at + GENEVE_PROTO);
	if (type == 0)
		type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	return inner_of_type(h, at + len, type, inner) ? RTE_MBUF_F_TX_TUNNEL_GENEVE : 0;
}

static uint64_t
find_gre(const struct fwd_head *h, uint32_t at, struct fwd_ip *inner)
{
	uint32_t len = GRE_LEN;

	if (!there(h, at, GRE_LEN))
		return 0;
	len += (uint32_t)__builtin_popcount(h->data[at] & GRE_FIELDS) * 4;
	return inner_of_type(h, at + len, be16(h, at + GRE_PROTO), inner) ? RTE_MBUF_F_TX_TUNNEL_GRE
									  : 0;
}

static uint64_t
find_udp(const struct fwd_args *args, const struct fwd_head *h, const struct fwd_ip *outer,
		struct fwd_ip *inner)
{
	const struct rte_udp_hdr *udp = fwd_head_l4(h, outer, sizeof(*udp));
	uint32_t at = outer->l4 + (uint32_t)sizeof(*udp);
	uint64_t tunnel = 0;
	uint16_t port;

	if (udp == NULL)
		return 0;
	if (udp->src_port == RTE_BE16(RTE_GTPC_UDP_PORT))
		return find_gtp(h, at, inner);
	port = rte_be_to_cpu_16(udp->dst_port);
	if (port == RTE_GTPC_UDP_PORT || port == RTE_GTPU_UDP_PORT)
		return find_gtp(h, at, inner);
	/* In this order, for an option may give two the same port. */
	if (port == args->vxlan_gpe_port)
		tunnel = find_vxlan_gpe(h, at, inner);
	if (tunnel == 0 && port == RTE_VXLAN_DEFAULT_PORT)
		tunnel = find_vxlan(h, at, inner);
	if (tunnel == 0 && port == args->geneve_port)
		tunnel = find_geneve(h, at, inner);
	return tunnel;
}

uint64_t
fwd_tunnel_find(const struct fwd_args *args, const struct fwd_head *h, const struct fwd_ip *outer,
		struct fwd_ip *inner)
{
	inner->version = 0;
	if (!outer->whole)
		return 0;
	switch (outer->proto) {
	case IPPROTO_UDP:
		return find_udp(args, h, outer, inner);
	case IPPROTO_GRE:
		return find_gre(h, outer->l4, inner);
	case IPPROTO_IPIP:
		return inner_ip(h, outer->l4, inner) ? RTE_MBUF_F_TX_TUNNEL_IPIP : 0;
	default:
		return 0;
	}
}
