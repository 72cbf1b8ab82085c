/* SPDX-License-Identifier: BSD-3-Clause */

#include <netinet/in.h>
#include <string.h>

#include <rte_mbuf.h>

#include "udp_frame.h"

#define TTL 64

void
fwd_udp_set_len(struct fwd_udp_headers *h, uint16_t frame_len)
{
	uint16_t ip_len = (uint16_t)(frame_len - sizeof(h->eth));

	h->ip.total_length = rte_cpu_to_be_16(ip_len);
	h->udp.dgram_len = rte_cpu_to_be_16((uint16_t)(ip_len - sizeof(h->ip)));
	h->ip.hdr_checksum = 0;
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
}

struct fwd_udp_headers
fwd_udp_headers(const struct fwd_udp_flow *flow, uint16_t frame_len)
{
	struct fwd_udp_headers h = {
		.eth = {
			.dst_addr = flow->dst,
			.src_addr = flow->src,
			.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		},
		.ip = {
			.version_ihl = RTE_IPV4_VHL_DEF,
			.time_to_live = TTL,
			.next_proto_id = IPPROTO_UDP,
			.src_addr = rte_cpu_to_be_32(flow->ip_src),
			.dst_addr = rte_cpu_to_be_32(flow->ip_dst),
		},
		.udp = {
			.src_port = rte_cpu_to_be_16(flow->udp_src),
			.dst_port = rte_cpu_to_be_16(flow->udp_dst),
			.dgram_cksum = 0, /* none: allowed over IPv4 */
		},
	};

	fwd_udp_set_len(&h, frame_len);
	return h;
}

static void
blank(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	const uint32_t *len = arg;
	struct rte_mbuf *m = obj;

	(void)mp;
	(void)i;
	memset((uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM, 0, *len);
}

void
fwd_udp_blank(struct rte_mempool *mp, uint32_t len)
{
	rte_mempool_obj_iter(mp, blank, &len);
}
