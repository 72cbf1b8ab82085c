/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Headers of frames. Frames come from anyone: no length in them is believed before it was
 * held against the bytes that are there.
 */

#ifndef FWD_HEADERS_H
#define FWD_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "mode.h"

/* The first bytes of a frame, which lie in one piece and may be changed. */
struct fwd_head {
	uint8_t *data;
	uint32_t len;       /* of these bytes */
	uint32_t frame_len; /* of the whole frame, which may go on in other segments */
};

/* An IP packet in a frame; all places count from the first byte of the frame. */
struct fwd_ip {
	uint8_t version; /* 4 or 6; 0: there is none */
	uint8_t proto;   /* of what it carries */
	bool first;      /* no later fragment: what it carries begins with a header */
	bool whole;      /* no fragment at all */
	uint32_t at;
	uint32_t l4;  /* where what it carries begins */
	uint32_t end; /* where it ends, by its own length; the frame may end before */
};

/* fwd_head_edit() of a packet that is not in one segment of its own. */
bool
fwd_head_edit_slow(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i, struct fwd_head *h);

/*
 * The head of a packet of a burst, to be changed: all of a frame in one segment, else as much
 * as headers may need. A frame that is no Ethernet frame, or that no memory was left to
 * unshare, is dropped and counted: false.
 */
static inline bool
fwd_head_edit(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i, struct fwd_head *h)
{
	struct rte_mbuf *m = burst->pkts[i];

	if (unlikely(!lbuf_mbuf_is_plain(m) || m->data_len < sizeof(struct rte_ether_hdr)))
		return fwd_head_edit_slow(s, burst, i, h);
	h->data = rte_pktmbuf_mtod(m, uint8_t *);
	h->len = m->data_len;
	h->frame_len = m->data_len;
	return true;
}

/*
 * Step over an Ethernet header and VLAN tags.
 *
 * *at is where the header begins, and then where its payload does; returns the payload's type
 * in network order, or 0 if the frame ends before.
 */
static inline rte_be16_t
fwd_head_ether(const struct fwd_head *h, uint32_t *at)
{
	const struct rte_ether_hdr *eth = (const void *)(h->data + *at);
	const struct rte_vlan_hdr *vlan;
	rte_be16_t type;

	if (h->len < *at + sizeof(*eth))
		return 0;
	type = eth->ether_type;
	*at += (uint32_t)sizeof(*eth);
	while (type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ)) {
		vlan = (const void *)(h->data + *at);
		if (h->len < *at + sizeof(*vlan))
			return 0;
		type = vlan->eth_proto;
		*at += (uint32_t)sizeof(*vlan);
	}
	return type;
}

static inline bool
fwd_head_ipv4(const struct fwd_head *h, uint32_t at, struct fwd_ip *ip)
{
	const uint16_t offset = RTE_IPV4_HDR_OFFSET_MASK, more = RTE_IPV4_HDR_MF_FLAG;
	const struct rte_ipv4_hdr *hdr = (const void *)(h->data + at);
	uint32_t hdr_len, len, fragment;

	if (h->len < at + sizeof(*hdr) || hdr->version_ihl >> 4 != IPVERSION)
		return false;
	hdr_len = rte_ipv4_hdr_len(hdr);
	len = rte_be_to_cpu_16(hdr->total_length);
	if (hdr_len < sizeof(*hdr) || h->len < at + hdr_len || len < hdr_len)
		return false;
	fragment = rte_be_to_cpu_16(hdr->fragment_offset);
	*ip = (struct fwd_ip){
		.version = IPVERSION,
		.proto = hdr->next_proto_id,
		.first = (fragment & offset) == 0,
		.whole = (fragment & (offset | more)) == 0,
		.at = at,
		.l4 = at + hdr_len,
		.end = at + len,
	};
	return true;
}

static inline bool
fwd_head_ipv6(const struct fwd_head *h, uint32_t at, struct fwd_ip *ip)
{
	const struct rte_ipv6_hdr *hdr = (const void *)(h->data + at);
	uint32_t l4 = at + (uint32_t)sizeof(*hdr);

	if (h->len < l4 || h->data[at] >> 4 != 6)
		return false;
	*ip = (struct fwd_ip){
		.version = 6,
		.proto = hdr->proto,
		.first = true,
		.whole = true,
		.at = at,
		.l4 = l4,
		.end = l4 + rte_be_to_cpu_16(hdr->payload_len),
	};
	return true;
}

/* Fill in the IP packet of an EtherType. false: it has none, or one that is malformed. */
static inline bool
fwd_head_ip(const struct fwd_head *h, uint32_t at, rte_be16_t type, struct fwd_ip *ip)
{
	ip->version = 0;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return fwd_head_ipv4(h, at, ip);
	return type == RTE_BE16(RTE_ETHER_TYPE_IPV6) && fwd_head_ipv6(h, at, ip);
}

/* A header of so many bytes that an IP packet carries, if they are there; else NULL. */
static inline void *
fwd_head_l4(const struct fwd_head *h, const struct fwd_ip *ip, uint32_t len)
{
	if (!ip->first || ip->end < ip->l4 + len || h->len < ip->l4 + len)
		return NULL;
	return h->data + ip->l4;
}

#endif /* FWD_HEADERS_H */
