/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>

#include <rte_tcp.h>
#include <rte_udp.h>

#include "csum.h"
#include "port.h"
#include "text.h"

#define INNER_OFFLOADS \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM | \
			RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_SCTP_CKSUM)
#define OUTER_OFFLOADS (RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM)

/* Lengths of headers, bytes. */
struct lens {
	uint32_t l2;
	uint32_t l3;
	uint32_t l4;
	uint32_t outer_l2;
	uint32_t outer_l3;
};

static uint16_t
ether_type(const struct fwd_ip *ip)
{
	if (ip->version == 0)
		return 0;
	return ip->version == IPVERSION ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6;
}

/* Of TCP what the header says, which nobody has checked. */
static uint32_t
l4_len(const struct fwd_csum_packet *p)
{
	const struct rte_tcp_hdr *tcp = NULL;

	if (p->ip.version == 0)
		return 0;
	if (p->ip.proto == IPPROTO_UDP)
		return sizeof(struct rte_udp_hdr);
	if (p->ip.proto == IPPROTO_TCP)
		tcp = fwd_head_l4(&p->h, &p->ip, sizeof(*tcp));
	return tcp != NULL ? (tcp->data_off & 0xf0u) >> 2 : 0;
}

static struct lens
measure(const struct fwd_csum_packet *p, uint16_t *type)
{
	struct lens len = { .l4 = l4_len(p) };

	if (p->tunnel != 0) {
		len.outer_l2 = p->outer.at;
		len.outer_l3 = p->outer.l4 - p->outer.at;
		*type = ether_type(&p->ip);
	} else {
		*type = rte_be_to_cpu_16(fwd_head_ether(&p->h, &len.l2));
	}
	if (p->ip.version != 0) {
		len.l2 = p->ip.at - (p->tunnel != 0 ? p->outer.l4 : 0);
		len.l3 = p->ip.l4 - p->ip.at;
	}
	return len;
}

static void
add_rx(struct fwd_text *t, const struct fwd_csum_packet *p, uint64_t rx_flags,
		const struct lens *len, uint16_t type)
{
	char flags[256];

	rte_get_rx_ol_flag_list(rx_flags, flags, sizeof(flags));
	fwd_text_add(t, "rx: l2_len=%u ethertype=%x l3_len=%u l4_proto=%d l4_len=%u flags=%s\n",
			len->l2, type, len->l3, p->ip.version != 0 ? p->ip.proto : 0, len->l4,
			flags);
	if ((rx_flags & RTE_MBUF_F_RX_LRO) != 0)
		fwd_text_add(t, "rx: m->lro_segsz=%u\n", p->m->tso_segsz);
	if (p->tunnel != 0)
		fwd_text_add(t, "rx: outer_l2_len=%u outer_ethertype=%x outer_l3_len=%u\n",
				len->outer_l2, ether_type(&p->outer), len->outer_l3);
}

static void
add_tx(struct fwd_text *t, const struct fwd_csum_packet *p, uint64_t offloads,
		const struct lens *len)
{
	bool outer = (offloads & OUTER_OFFLOADS) != 0;
	char flags[256];

	/* A device that does nothing for the tunnel is told of it as of the second layer. */
	if ((offloads & INNER_OFFLOADS) != 0)
		fwd_text_add(t, "tx: m->l2_len=%u m->l3_len=%u m->l4_len=%u\n",
				len->l2 + (outer ? 0 : len->outer_l2 + len->outer_l3), len->l3,
				len->l4);
	if (p->tunnel != 0 && (outer || p->outer.version != IPVERSION))
		fwd_text_add(t, "tx: m->outer_l2_len=%u m->outer_l3_len=%u\n",
				outer ? len->outer_l2 : 0, outer ? len->outer_l3 : 0);
	rte_get_tx_ol_flag_list(p->m->ol_flags, flags, sizeof(flags));
	fwd_text_add(t, "tx: flags=%s\n", flags);
}

void
fwd_csum_print(const struct fwd_stream *s, const struct fwd_csum_packet *p, uint64_t rx_flags)
{
	struct fwd_text t = { .len = 0 };
	uint16_t type;
	struct lens len = measure(p, &type);

	fwd_text_add(&t, "-----------------\n");
	fwd_text_add(&t, "port=%u, mbuf=%p, pkt_len=%u, nb_segs=%u:\n", s->rx_port, (void *)p->m,
			p->m->pkt_len, p->m->nb_segs);
	add_rx(&t, p, rx_flags, &len, type);
	add_tx(&t, p, s->tx_port->conf.txmode.offloads, &len);
	fputs(t.buf, stdout);
}
