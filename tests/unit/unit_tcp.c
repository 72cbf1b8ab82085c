/* SPDX-License-Identifier: BSD-3-Clause */

#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "unit_tcp.h"

static void
put16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void
put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & UINT16_MAX);
}

static size_t
write_ether(const struct unit_tcp *t, uint8_t *p)
{
	size_t at = 2 * (size_t)RTE_ETHER_ADDR_LEN;
	unsigned int i;

	memset(p, 0, at);
	p[5] = t->to;
	p[11] = t->from;
	for (i = 0; i < RTE_DIM(t->vlan) && t->vlan[i] != 0; i++, at += 4) {
		put16(p + at,
				i == 0 && t->vlan[1] != 0 ? RTE_ETHER_TYPE_QINQ
							  : RTE_ETHER_TYPE_VLAN);
		put16(p + at + 2, t->vlan[i]);
	}
	put16(p + at, t->ipv6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	return at + 2;
}

/* Headers before TCP, which has so many bytes; returns where it begins. */
static size_t
write_ip(const struct unit_tcp *t, uint8_t *p, size_t n)
{
	uint16_t sum;

	if (t->ipv6) {
		memset(p, 0, sizeof(struct rte_ipv6_hdr));
		p[0] = 0x60;
		put16(p + 4, (unsigned int)(n + t->nb_ext + (size_t)t->ip_more));
		p[6] = t->nb_ext != 0 ? t->ext_proto : IPPROTO_TCP;
		p[7] = 64;
		p[8] = 0xfd;
		p[23] = t->from;
		p[24] = 0xfd;
		p[39] = t->to;
		if (t->nb_ext != 0)
			memcpy(p + 40, t->ext, t->nb_ext);
		return 40 + (size_t)t->nb_ext;
	}
	memset(p, 0, sizeof(struct rte_ipv4_hdr));
	p[0] = 0x45;
	put16(p + 2, (unsigned int)(sizeof(struct rte_ipv4_hdr) + n + (size_t)t->ip_more));
	p[8] = 64;
	p[9] = IPPROTO_TCP;
	put32(p + 12, 0x0a000000u | t->from);
	put32(p + 16, 0x0a000000u | t->to);
	sum = (uint16_t)~rte_raw_cksum(p, sizeof(struct rte_ipv4_hdr));
	memcpy(p + 10, &sum, sizeof(sum));
	return sizeof(struct rte_ipv4_hdr);
}

/* The checksum of TCP, in network order. */
static uint16_t
sum_of(const struct unit_tcp *t, const uint8_t *ip, const uint8_t *tcp, size_t n)
{
	size_t from = t->ipv6 ? 8 : 12, len = t->ipv6 ? 32 : 8;
	uint32_t sum = rte_raw_cksum(ip + from, len);

	sum += rte_raw_cksum(tcp, n);
	sum += rte_cpu_to_be_16(IPPROTO_TCP) + rte_cpu_to_be_16((uint16_t)n);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)~sum;
}

size_t
unit_tcp_write(const struct unit_tcp *t, uint8_t *mem)
{
	size_t n = sizeof(struct rte_tcp_hdr) + t->nb_options + t->len;
	uint8_t *ip = mem + write_ether(t, mem), *tcp = ip + write_ip(t, ip, n);
	uint16_t sum;

	memset(tcp, 0, sizeof(struct rte_tcp_hdr));
	put16(tcp, t->sport);
	put16(tcp + 2, t->dport);
	put32(tcp + 4, t->seq);
	put32(tcp + 8, t->ack);
	tcp[12] = (uint8_t)((5 + t->nb_options / 4 + t->tcp_more) << 4);
	tcp[13] = t->flags;
	put16(tcp + 14, t->window);
	if (t->nb_options != 0)
		memcpy(tcp + 20, t->options, t->nb_options);
	unit_fill(tcp + 20 + t->nb_options, t->pos, t->len);
	sum = (uint16_t)(sum_of(t, ip, tcp, n) ^ (t->wrong_sum ? 1 : 0));
	memcpy(tcp + 16, &sum, sizeof(sum));
	memset(tcp + n, 0xee, t->padding);
	return (size_t)(tcp - mem) + n + t->padding;
}

struct rte_mbuf *
unit_tcp_chain(const uint8_t *mem, size_t n, size_t part)
{
	struct rte_mbuf *head = NULL, *m;
	size_t done, k;

	for (done = 0; done < n; done += k) {
		k = RTE_MIN(part, n - done);
		m = rte_pktmbuf_alloc(unit.mbufs);
		assert_non_null(m);
		memcpy(rte_pktmbuf_append(m, (uint16_t)k), mem + done, k);
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	return head;
}

struct rte_mbuf *
unit_tcp_packet(const struct unit_tcp *t)
{
	uint8_t mem[UNIT_TCP_MAX];

	return unit_tcp_chain(mem, unit_tcp_write(t, mem), sizeof(mem));
}
