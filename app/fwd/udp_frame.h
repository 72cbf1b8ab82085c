/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Frames of UDP datagrams, of the modes that make packets.
 */

#ifndef FWD_UDP_FRAME_H
#define FWD_UDP_FRAME_H

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mempool.h>
#include <rte_udp.h>

/* Headers, as on the wire. */
struct fwd_udp_headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
};
_Static_assert(sizeof(struct fwd_udp_headers) == 42, "as on the wire");

/* From whom to whom, in host order. */
struct fwd_udp_flow {
	struct rte_ether_addr src;
	struct rte_ether_addr dst;
	uint32_t ip_src;
	uint32_t ip_dst;
	uint16_t udp_src;
	uint16_t udp_dst;
};

/* The headers of a frame of so many bytes, at least 42. */
struct fwd_udp_headers
fwd_udp_headers(const struct fwd_udp_flow *flow, uint16_t frame_len);

/* What the words of a header beside an address add to its checksum: for fwd_udp_set_cksum(). */
static inline uint32_t
fwd_udp_sum_but(const struct rte_ipv4_hdr *ip, rte_be32_t addr)
{
	return (uint16_t)~ip->hdr_checksum + (uint16_t) ~(addr >> 16) + (uint16_t)~addr;
}

/* Set the checksum of a header in which that address is another one now. */
static inline void
fwd_udp_set_cksum(struct rte_ipv4_hdr *ip, rte_be32_t addr, uint32_t sum)
{
	sum += (addr >> 16) + (addr & UINT16_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum += sum >> 16;
	ip->hdr_checksum = (rte_be16_t)~sum;
}

/* Have headers be those of a frame of so many bytes. */
void
fwd_udp_set_len(struct fwd_udp_headers *h, uint16_t frame_len);

/* Have the first bytes of all data of a pool be zeros. */
void
fwd_udp_blank(struct rte_mempool *mp, uint32_t len);

#endif /* FWD_UDP_FRAME_H */
