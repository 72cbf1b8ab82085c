/* SPDX-License-Identifier: BSD-3-Clause */

#include <netinet/in.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include <lbuf_memsum.h>

#include "packet.h"

_Static_assert(sizeof(struct conn_key) == 40, "no holes: it is hashed and compared");

/* VLAN tags in one packet. */
#define TAGS_MAX 4
/* IPv6 extension headers in one packet. */
#define EXTENSIONS_MAX 8
/* Bytes of an address. */
#define ADDR4 4
#define ADDR6 16
/* Options. */
#define OPT_END 0
#define OPT_NOP 1
#define OPT_SCALE 3
#define SCALE_MAX 14 /* RFC 7323 */
/* The longest header of TCP, bytes. */
#define TCP_HEADER_MAX 60
/* Tags that a device has taken out. */
#define STRIPPED (RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED)

/* How a packet is being read. */
struct reader {
	struct rte_mbuf *m;
	struct segment *seg;
	uint32_t off; /* where the next header begins */
	uint32_t end; /* where the packet ends, later the datagram */
	bool check;
	bool any_vlan;
};

/* So many bytes at the reader's place, contiguous: in the packet, or copied; NULL: too few. */
static inline const void *
look(const struct reader *r, uint32_t n, void *mem)
{
	if (n > r->end - r->off)
		return NULL;
	return rte_pktmbuf_read(r->m, r->off, n, mem);
}

static enum packet_kind
bad(void)
{
	return PACKET_BAD_LENGTH;
}

/* Have the endpoints in order; the source comes first. */
static void
sort_endpoints(struct segment *seg)
{
	struct conn_key *k = &seg->key;
	uint64_t addr[2];
	uint16_t port;

	/* Any order will do, as long as it is one. */
	if (k->addr[0][0] != k->addr[1][0])
		seg->from_high = k->addr[0][0] > k->addr[1][0];
	else if (k->addr[0][1] != k->addr[1][1])
		seg->from_high = k->addr[0][1] > k->addr[1][1];
	else
		seg->from_high = k->port[0] > k->port[1];
	if (!seg->from_high)
		return;
	memcpy(addr, k->addr[0], sizeof(addr));
	memcpy(k->addr[0], k->addr[1], sizeof(addr));
	memcpy(k->addr[1], addr, sizeof(addr));
	port = k->port[0];
	k->port[0] = k->port[1];
	k->port[1] = port;
}

/* The window scale that a SYN's options tell; what is truncated ends them. */
static uint8_t
read_scale(const uint8_t *opt, uint32_t n)
{
	uint32_t len;

	while (n != 0 && opt[0] != OPT_END) {
		if (opt[0] == OPT_NOP) {
			opt++;
			n--;
			continue;
		}
		if (n < 2 || opt[1] < 2 || opt[1] > n)
			break;
		len = opt[1];
		if (opt[0] == OPT_SCALE && len == 3)
			return RTE_MIN(opt[2], (uint8_t)SCALE_MAX);
		opt += len;
		n -= len;
	}
	return SCALE_NONE;
}

/* The sum of n bytes of a packet from an offset on, of 16-bit words. */
static uint64_t
sum_chain(const struct rte_mbuf *m, uint32_t off, uint32_t n)
{
	uint32_t done, part;
	uint64_t sum = 0;

	for (; off >= m->data_len; m = m->next)
		off -= m->data_len;
	for (done = 0; done < n; done += part, m = m->next, off = 0) {
		part = RTE_MIN(n - done, m->data_len - off);
		sum = lbuf_memsum_add(sum, done,
				lbuf_memsum(rte_pktmbuf_mtod_offset(m, const void *, off), part));
	}
	return sum;
}

/* Whether the checksum of a TCP segment is right, which goes from the place to the end. */
static bool
is_sum_right(const struct reader *r)
{
	const struct conn_key *k = &r->seg->key;
	uint64_t sum, bad_or_good = r->m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint32_t addr = r->seg->ipv6 ? ADDR6 : ADDR4, n = r->end - r->off;

	if (bad_or_good == RTE_MBUF_F_RX_L4_CKSUM_BAD)
		return false;
	if (!r->check || bad_or_good != RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN)
		return true;
	sum = sum_chain(r->m, r->off, n) + lbuf_memsum(k->addr[0], addr) +
			lbuf_memsum(k->addr[1], addr) + rte_cpu_to_be_16(IPPROTO_TCP) +
			rte_cpu_to_be_16((uint16_t)n) + rte_cpu_to_be_16((uint16_t)(n >> 16));
	return lbuf_memsum_fold(sum) == UINT16_MAX;
}

static enum packet_kind
read_tcp(struct reader *r)
{
	struct segment *seg = r->seg;
	uint8_t mem[TCP_HEADER_MAX] __rte_aligned(4);
	const struct rte_tcp_hdr *tcp;
	uint32_t header;

	tcp = look(r, sizeof(*tcp), mem);
	if (tcp == NULL)
		return bad();
	header = (uint32_t)(tcp->data_off >> 4) * 4;
	if (header < sizeof(*tcp) || header > r->end - r->off)
		return bad();
	seg->key.port[0] = tcp->src_port;
	seg->key.port[1] = tcp->dst_port;
	seg->seq = rte_be_to_cpu_32(tcp->sent_seq);
	seg->ack = rte_be_to_cpu_32(tcp->recv_ack);
	seg->window = rte_be_to_cpu_16(tcp->rx_win);
	seg->flags = tcp->tcp_flags;
	seg->scale = SCALE_NONE;
	if (unlikely((seg->flags & RTE_TCP_SYN_FLAG) != 0)) {
		tcp = look(r, header, mem);
		seg->scale = read_scale((const uint8_t *)(tcp + 1), header - sizeof(*tcp));
	}
	if (unlikely(!is_sum_right(r)))
		return PACKET_BAD_SUM;
	seg->off = r->off + header;
	seg->len = r->end - seg->off;
	sort_endpoints(seg);
	return PACKET_SEGMENT;
}

/* Whether the checksum of an IPv4 header is right. */
static bool
is_header_right(const struct reader *r, const struct rte_ipv4_hdr *ip)
{
	uint64_t bad_or_good = r->m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;

	if (bad_or_good == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		return false;
	if (!r->check || bad_or_good != RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN)
		return true;
	return rte_raw_cksum(ip, rte_ipv4_hdr_len(ip)) == UINT16_MAX;
}

static enum packet_kind
read_ipv4(struct reader *r)
{
	struct segment *seg = r->seg;
	uint8_t mem[RTE_IPV4_HDR_IHL_MASK * RTE_IPV4_IHL_MULTIPLIER] __rte_aligned(4);
	const struct rte_ipv4_hdr *ip;
	uint32_t header, total;

	ip = look(r, sizeof(*ip), mem);
	if (ip == NULL || ip->version_ihl >> 4 != 4)
		return bad();
	header = rte_ipv4_hdr_len(ip);
	total = rte_be_to_cpu_16(ip->total_length);
	if (header < sizeof(*ip) || total < header || total > r->end - r->off)
		return bad();
	if (unlikely(header != sizeof(*ip)))
		ip = look(r, header, mem);
	if (!is_header_right(r, ip))
		return PACKET_BAD_SUM;
	if (ip->next_proto_id != IPPROTO_TCP)
		return PACKET_OTHER;
	seg->ip = (uint16_t)r->off;
	seg->header = (uint16_t)header;
	r->end = r->off + total; /* what follows is padding */
	seg->end = r->end;
	if (unlikely((ip->fragment_offset &
				     rte_cpu_to_be_16(RTE_IPV4_HDR_MF_FLAG |
						     RTE_IPV4_HDR_OFFSET_MASK)) != 0))
		return PACKET_FRAGMENT;
	memcpy(seg->key.addr[0], &ip->src_addr, ADDR4);
	memcpy(seg->key.addr[1], &ip->dst_addr, ADDR4);
	r->off += header;
	return read_tcp(r);
}

/* Go along the extension headers up to TCP. */
static enum packet_kind
read_extensions(struct reader *r, int proto)
{
	const struct rte_ipv6_fragment_ext *frag;
	unsigned int i;
	uint8_t mem[8] __rte_aligned(4);
	const uint8_t *p;
	size_t n;

	for (i = 0; proto != IPPROTO_TCP; i++) {
		if (proto != IPPROTO_HOPOPTS && proto != IPPROTO_ROUTING &&
				proto != IPPROTO_DSTOPTS && proto != IPPROTO_AH &&
				proto != IPPROTO_FRAGMENT)
			return PACKET_OTHER;
		p = look(r, sizeof(mem), mem);
		if (p == NULL || i == EXTENSIONS_MAX)
			return bad();
		if (proto == IPPROTO_FRAGMENT) {
			frag = (const struct rte_ipv6_fragment_ext *)p;
			r->seg->frag = (uint16_t)r->off;
			if ((rte_be_to_cpu_16(frag->frag_data) & RTE_IPV6_FRAG_USED_MASK) != 0)
				return frag->next_header == IPPROTO_TCP ? PACKET_FRAGMENT
									: PACKET_OTHER;
		}
		proto = rte_ipv6_get_next_ext(p, proto, &n);
		if (proto < 0 || n > r->end - r->off)
			return bad();
		r->off += (uint32_t)n;
	}
	return read_tcp(r);
}

static enum packet_kind
read_ipv6(struct reader *r)
{
	struct segment *seg = r->seg;
	struct rte_ipv6_hdr mem;
	const struct rte_ipv6_hdr *ip = look(r, sizeof(mem), &mem);
	uint32_t total;

	if (ip == NULL || (*(const uint8_t *)ip) >> 4 != 6)
		return bad();
	total = (uint32_t)sizeof(*ip) + rte_be_to_cpu_16(ip->payload_len);
	if (total > r->end - r->off)
		return bad();
	seg->ip = (uint16_t)r->off;
	seg->ipv6 = true;
	r->end = r->off + total;
	seg->end = r->end;
	memcpy(seg->key.addr[0], &ip->src_addr, ADDR6);
	memcpy(seg->key.addr[1], &ip->dst_addr, ADDR6);
	r->off += (uint32_t)sizeof(*ip);
	return read_extensions(r, ip->proto);
}

static bool
is_tag(rte_be16_t type)
{
	return type == rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN) ||
			type == rte_cpu_to_be_16(RTE_ETHER_TYPE_QINQ) ||
			type == rte_cpu_to_be_16(RTE_ETHER_TYPE_QINQ1) ||
			type == rte_cpu_to_be_16(RTE_ETHER_TYPE_QINQ2) ||
			type == rte_cpu_to_be_16(RTE_ETHER_TYPE_QINQ3);
}

/* Note a tag, of which the first two that have a number count. */
static void
add_tag(struct reader *r, uint16_t tci)
{
	uint16_t *vlan = r->seg->key.vlan, id = tci & 0xfff;

	if (r->any_vlan || id == 0)
		return;
	if (vlan[0] == 0)
		vlan[0] = id;
	else if (vlan[1] == 0)
		vlan[1] = id;
}

/* Tags that a device has taken out. */
static void
add_stripped(struct reader *r)
{
	if ((r->m->ol_flags & RTE_MBUF_F_RX_QINQ_STRIPPED) != 0)
		add_tag(r, r->m->vlan_tci_outer);
	if ((r->m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
		add_tag(r, r->m->vlan_tci);
}

/* Go along the tags; returns the type behind them, 0 if the packet ends before. */
static rte_be16_t
read_tags(struct reader *r, rte_be16_t type)
{
	const struct rte_vlan_hdr *tag;
	struct rte_vlan_hdr mem;
	unsigned int i;

	for (i = 0; is_tag(type); i++) {
		tag = look(r, sizeof(mem), &mem);
		if (tag == NULL || i == TAGS_MAX)
			return 0;
		add_tag(r, rte_be_to_cpu_16(tag->vlan_tci));
		type = tag->eth_proto;
		r->off += (uint32_t)sizeof(mem);
	}
	return type;
}

/* A packet of any shape. */
static __rte_noinline enum packet_kind
read_any(struct rte_mbuf *m, bool check, bool any_vlan, struct segment *seg)
{
	struct reader r = {
		.m = m, .seg = seg, .end = m->pkt_len, .check = check, .any_vlan = any_vlan
	};
	const struct rte_ether_hdr *ether;
	struct rte_ether_hdr mem;
	rte_be16_t type;

	memset(&seg->key, 0, sizeof(seg->key));
	ether = look(&r, sizeof(mem), &mem);
	if (ether == NULL)
		return bad();
	type = ether->ether_type;
	r.off = sizeof(mem);
	if (unlikely((m->ol_flags & STRIPPED) != 0))
		add_stripped(&r);
	if (unlikely(is_tag(type))) {
		type = read_tags(&r, type);
		if (type == 0)
			return bad();
	}
	if (type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4))
		return read_ipv4(&r);
	if (type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV6))
		return read_ipv6(&r);
	return PACKET_OTHER;
}

/* --- the usual packet ------------------------------------------------------ */

/* Headers without tags and without options of IPv4. */
struct plain {
	struct rte_ether_hdr ether;
	struct rte_ipv4_hdr ip;
	struct rte_tcp_hdr tcp;
} __attribute__((packed, aligned(2)));

/* What a device says that is to be looked into. */
#define NOT_PLAIN (STRIPPED | RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD)

/* Whether it is so plain that read_any() would read it as read_plain() does. */
static inline bool
is_plain(const struct rte_mbuf *m, const struct plain *p)
{
	const rte_be16_t parts = rte_cpu_to_be_16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);

	return m->data_len >= sizeof(*p) && (m->ol_flags & NOT_PLAIN) == 0 &&
			p->ether.ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4) &&
			p->ip.version_ihl == RTE_IPV4_VHL_DEF &&
			p->ip.next_proto_id == IPPROTO_TCP &&
			(p->ip.fragment_offset & parts) == 0 &&
			(p->tcp.tcp_flags & RTE_TCP_SYN_FLAG) == 0 &&
			p->ip.src_addr != p->ip.dst_addr;
}

/* An address in a word of the key. */
static inline uint64_t
addr_word(rte_be32_t addr)
{
	uint64_t word = 0;

	memcpy(&word, &addr, sizeof(addr));
	return word;
}

/*
 * The key as sort_endpoints() leaves it. It is stored in the words in which it will be loaded:
 * a load waits for narrower stores to reach the cache.
 */
static inline void
plain_key(const struct plain *p, struct segment *seg)
{
	uint64_t src = addr_word(p->ip.src_addr), dst = addr_word(p->ip.dst_addr);
	struct conn_key *k = &seg->key;
	uint32_t ports;

	memcpy(&ports, &p->tcp.src_port, sizeof(ports));
	seg->from_high = src > dst;
	k->addr[0][0] = RTE_MIN(src, dst);
	k->addr[0][1] = 0;
	k->addr[1][0] = RTE_MAX(src, dst);
	k->addr[1][1] = 0;
	k->rest = addr_word(src > dst ? ports << 16 | ports >> 16 : ports);
}

/* A packet that is_plain(); false: its lengths do not fit together. */
static inline bool
read_plain(const struct rte_mbuf *m, const struct plain *p, struct segment *seg)
{
	uint32_t header = (uint32_t)(p->tcp.data_off >> 4) * 4;
	uint32_t all = sizeof(p->ip) + header, total = rte_be_to_cpu_16(p->ip.total_length);

	if (header < sizeof(p->tcp) || total < all || total > m->pkt_len - sizeof(p->ether))
		return false;
	seg->off = (uint32_t)sizeof(p->ether) + all;
	seg->len = total - all;
	seg->seq = rte_be_to_cpu_32(p->tcp.sent_seq);
	seg->ack = rte_be_to_cpu_32(p->tcp.recv_ack);
	seg->window = rte_be_to_cpu_16(p->tcp.rx_win);
	seg->flags = p->tcp.tcp_flags;
	seg->scale = SCALE_NONE;
	plain_key(p, seg);
	return true;
}

enum packet_kind
packet_read(struct rte_mbuf *m, bool check, bool any_vlan, struct segment *seg)
{
	const struct plain *p = rte_pktmbuf_mtod(m, const struct plain *);

	seg->m = m;
	seg->ipv6 = false;
	seg->own = false;
	if (likely(!check && is_plain(m, p)))
		return read_plain(m, p, seg) ? PACKET_SEGMENT : bad();
	return read_any(m, check, any_vlan, seg);
}
