/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_mbuf_ptype.h>
#include <rte_net.h>
#include <rte_udp.h>
#include <rte_version.h>
#include <rte_vxlan.h>

#include "callbacks.h"
#include "fwd.h"
#include "text.h"
#include "verbose.h"

static void
add_addresses(struct fwd_text *t, const struct rte_mbuf *m, uint16_t *type)
{
	char src[RTE_ETHER_ADDR_FMT_SIZE], dst[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_ether_hdr copy = { 0 };
	const struct rte_ether_hdr *eth = rte_pktmbuf_read(m, 0, sizeof(copy), &copy);

	/* Shorter than a header: what there is of it. */
	if (eth == NULL) {
		const void *part = rte_pktmbuf_read(m, 0, m->pkt_len, &copy);

		if (part != NULL && part != &copy)
			memcpy(&copy, part, m->pkt_len);
		eth = &copy;
	}
	rte_ether_format_addr(src, sizeof(src), &eth->src_addr);
	rte_ether_format_addr(dst, sizeof(dst), &eth->dst_addr);
	*type = rte_be_to_cpu_16(eth->ether_type);
	fwd_text_add(t, "  src=%s - dst=%s", src, dst);
}

/* The time at which it came, if its driver has noted that. */
static void
add_timestamp(struct fwd_text *t, const struct rte_mbuf *m)
{
	int flag = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, NULL);
	int field = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, NULL);

	if (flag < 0 || field < 0 || (m->ol_flags & RTE_BIT64(flag)) == 0)
		return;
	fwd_text_add(t, " - timestamp %" PRIu64 " ",
			*RTE_MBUF_DYNFIELD(m, field, const rte_mbuf_timestamp_t *));
}

static void
add_marks(struct fwd_text *t, const struct rte_mbuf *m, uint16_t queue)
{
	if ((m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0)
		fwd_text_add(t, " - RSS hash=0x%x - RSS queue=0x%x", m->hash.rss, queue);
	if ((m->ol_flags & RTE_MBUF_F_RX_FDIR) != 0) {
		fwd_text_add(t, " - FDIR matched ");
		if ((m->ol_flags & RTE_MBUF_F_RX_FDIR_ID) != 0)
			fwd_text_add(t, "ID=0x%x", m->hash.fdir.hi);
		else if ((m->ol_flags & RTE_MBUF_F_RX_FDIR_FLX) != 0)
			fwd_text_add(t, "flex bytes=0x%08x %08x", m->hash.fdir.hi, m->hash.fdir.lo);
		else
			fwd_text_add(t, "hash=0x%x ID=0x%x ", m->hash.fdir.hash, m->hash.fdir.id);
	}
	add_timestamp(t, m);
	if ((m->ol_flags & RTE_MBUF_F_RX_QINQ) != 0)
		fwd_text_add(t, " - QinQ VLAN tci=0x%x, VLAN tci outer=0x%x", m->vlan_tci,
				m->vlan_tci_outer);
	else if ((m->ol_flags & RTE_MBUF_F_RX_VLAN) != 0)
		fwd_text_add(t, " - VLAN tci=0x%x", m->vlan_tci);
}

static void
add_types(struct fwd_text *t, const struct rte_mbuf *m)
{
	struct rte_net_hdr_lens lens = { 0 };
	char name[256];
	unsigned int i;
	uint32_t type;

	if (m->packet_type != 0) {
		rte_get_ptype_name(m->packet_type, name, sizeof(name));
		fwd_text_add(t, " - hw ptype: %s", name);
	}
	type = rte_net_get_ptype(m, &lens, RTE_PTYPE_ALL_MASK);
	rte_get_ptype_name(type, name, sizeof(name));
	fwd_text_add(t, " - sw ptype: %s", name);

	const struct {
		uint32_t mask;
		const char *name;
		unsigned int len;
	} layers[] = {
		{ RTE_PTYPE_L2_MASK, "l2_len", lens.l2_len },
		{ RTE_PTYPE_L3_MASK, "l3_len", lens.l3_len },
		{ RTE_PTYPE_L4_MASK, "l4_len", lens.l4_len },
		{ RTE_PTYPE_TUNNEL_MASK, "tunnel_len", lens.tunnel_len },
		{ RTE_PTYPE_INNER_L2_MASK, "inner_l2_len", lens.inner_l2_len },
		{ RTE_PTYPE_INNER_L3_MASK, "inner_l3_len", lens.inner_l3_len },
		{ RTE_PTYPE_INNER_L4_MASK, "inner_l4_len", lens.inner_l4_len },
	};

	for (i = 0; i < RTE_DIM(layers); i++)
		if ((type & layers[i].mask) != 0)
			fwd_text_add(t, " - %s=%u", layers[i].name, layers[i].len);
}

/* As of UDP, whose port is in the same place in TCP. */
struct l4 {
	struct rte_udp_hdr udp;
	struct rte_vxlan_hdr vxlan;
} __attribute__((packed));

/* Ports are told from 24.11 on, and of tunnels that the device has found before that, too. */
static void
add_ports(struct fwd_text *t, const struct rte_mbuf *m, uint32_t at, uint8_t proto)
{
	bool tunnel = RTE_ETH_IS_TUNNEL_PKT(m->packet_type) != 0;
	const struct l4 *h;
	struct l4 copy;
	uint32_t vni;

	h = rte_pktmbuf_read(m, at, tunnel ? sizeof(copy) : sizeof(copy.udp), &copy);
	if (h == NULL)
		return;
	if (tunnel && proto == IPPROTO_UDP) {
		vni = rte_be_to_cpu_32(h->vxlan.vx_vni);
		fwd_text_add(t,
				" - VXLAN packet: packet type =%d, Destination UDP port =%d, "
				"VNI = %d, last_rsvd = %d",
				(uint16_t)m->packet_type, rte_be_to_cpu_16(h->udp.dst_port),
				vni >> 8, vni & UINT8_MAX);
	} else if (RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)) {
		fwd_text_add(t, " - Destination %s port=%d", proto == IPPROTO_UDP ? "UDP" : "TCP",
				rte_be_to_cpu_16(h->udp.dst_port));
	}
}

/* As testpmd: behind IP without options, without VLAN tags. */
static void
add_l4(struct fwd_text *t, const struct rte_mbuf *m, uint16_t type)
{
	bool v4 = RTE_ETH_IS_IPV4_HDR(m->packet_type) != 0 || type == RTE_ETHER_TYPE_IPV4;
	uint32_t at = sizeof(struct rte_ether_hdr);
	const uint8_t *proto;
	uint8_t byte;

	if (!v4 && RTE_ETH_IS_IPV6_HDR(m->packet_type) == 0 && type != RTE_ETHER_TYPE_IPV6)
		return;
	proto = rte_pktmbuf_read(m,
			at +
					(v4 ? (uint32_t)offsetof(struct rte_ipv4_hdr, next_proto_id)
					    : (uint32_t)offsetof(struct rte_ipv6_hdr, proto)),
			1, &byte);
	if (proto == NULL || (*proto != IPPROTO_UDP && *proto != IPPROTO_TCP))
		return;
	at += v4 ? sizeof(struct rte_ipv4_hdr) : sizeof(struct rte_ipv6_hdr);
	add_ports(t, m, at, *proto);
}

static void
print_packet(const struct rte_mbuf *m, uint16_t queue, bool rx, const char *first)
{
	struct fwd_text t = { .len = 0 };
	const char *reason;
	char flags[256];
	uint16_t type;

	fwd_text_add(&t, "%s", first);
	add_addresses(&t, m, &type);
	fwd_text_add(&t, " - pool=%s - type=0x%04x - length=%u - nb_segs=%d", m->pool->name, type,
			m->pkt_len, m->nb_segs);
	add_marks(&t, m, queue);
	add_types(&t, m);
	add_l4(&t, m, type);
	fwd_text_add(&t, " - %s queue=0x%x\n", rx ? "Receive" : "Send", queue);
	if (rx)
		rte_get_rx_ol_flag_list(m->ol_flags, flags, sizeof(flags));
	else
		rte_get_tx_ol_flag_list(m->ol_flags, flags, sizeof(flags));
	fwd_text_add(&t, "  ol_flags: %s\n", flags);
	if (rte_mbuf_check(m, 1, &reason) < 0)
		fwd_text_add(&t, "INVALID mbuf: %s\n", reason);
	fputs(t.buf, stdout);
}

static void
print_burst(uint16_t id, uint16_t queue, struct rte_mbuf **m, uint16_t n, bool rx)
{
	char first[64];
	uint16_t i;

	snprintf(first, sizeof(first), "port %u/queue %u: %s %u packets\n", id, queue,
			rx ? "received" : "sent", n);
	for (i = 0; i < n; i++)
		print_packet(m[i], queue, rx, i == 0 ? first : "");
}

static uint16_t
received(uint16_t id, uint16_t queue, struct rte_mbuf **m, uint16_t n, uint16_t max, void *arg)
{
	RTE_SET_USED(max);
	RTE_SET_USED(arg);
	print_burst(id, queue, m, n, true);
	return n;
}

static uint16_t
sent(uint16_t id, uint16_t queue, struct rte_mbuf **m, uint16_t n, void *arg)
{
	RTE_SET_USED(arg);
	print_burst(id, queue, m, n, false);
	return n;
}

static void
apply(struct fwd *fwd, struct fwd_port *port, uint32_t level)
{
	bool rx = level == 1 || level > 2;
	uint32_t q;

	for (q = 0; q < RTE_MIN((uint32_t)port->info.max_rx_queues,
					(uint32_t)RTE_MAX_QUEUES_PER_PORT);
			q++)
		fwd_callbacks_rx(fwd, port->id, (uint16_t)q, rx && q < fwd->args.rxq,
				&port->rxq[q].dump, received, NULL);
	for (q = 0; q < RTE_MIN((uint32_t)port->info.max_tx_queues,
					(uint32_t)RTE_MAX_QUEUES_PER_PORT);
			q++)
		fwd_callbacks_tx(fwd, port->id, (uint16_t)q, level >= 2 && q < fwd->args.txq,
				&port->txq[q].dump, sent, NULL);
}

void
fwd_verbose_apply(struct fwd *fwd, struct fwd_port *port)
{
	apply(fwd, port, fwd->args.verbose);
}

void
fwd_verbose_remove(struct fwd *fwd, struct fwd_port *port)
{
	apply(fwd, port, 0);
}

void
fwd_verbose_set(struct fwd *fwd, uint32_t level)
{
	unsigned int i;

	printf("Change verbose level from %u to %u\n", fwd->args.verbose, level);
	fwd->args.verbose = level;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (fwd->ports[i].found && fwd->ports[i].configured)
			fwd_verbose_apply(fwd, &fwd->ports[i]);
}
