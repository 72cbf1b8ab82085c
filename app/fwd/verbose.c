/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mbuf_ptype.h>
#include <rte_net.h>

#include "callbacks.h"
#include "fwd.h"
#include "verbose.h"

/* What is printed of a packet goes out in one piece, for lcores print at once. */
struct text {
	char buf[2048];
	size_t len;
};

static void
add(struct text *t, const char *fmt, ...) __rte_format_printf(2, 3);

static void
add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start() is what sets it */
	n = vsnprintf(&t->buf[t->len], sizeof(t->buf) - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len = RTE_MIN(t->len + (size_t)n, sizeof(t->buf) - 1);
}

static void
add_addresses(struct text *t, const struct rte_mbuf *m, uint16_t *type)
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
	add(t, "  src=%s - dst=%s", src, dst);
}

static void
add_marks(struct text *t, const struct rte_mbuf *m, uint16_t queue)
{
	if ((m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0)
		add(t, " - RSS hash=0x%x - RSS queue=0x%x", m->hash.rss, queue);
	if ((m->ol_flags & RTE_MBUF_F_RX_FDIR) != 0) {
		add(t, " - FDIR matched ");
		if ((m->ol_flags & RTE_MBUF_F_RX_FDIR_ID) != 0)
			add(t, "ID=0x%x", m->hash.fdir.hi);
		else if ((m->ol_flags & RTE_MBUF_F_RX_FDIR_FLX) != 0)
			add(t, "flex bytes=0x%08x %08x", m->hash.fdir.hi, m->hash.fdir.lo);
		else
			add(t, "hash=0x%x ID=0x%x ", m->hash.fdir.hash, m->hash.fdir.id);
	}
	if ((m->ol_flags & RTE_MBUF_F_RX_QINQ) != 0)
		add(t, " - QinQ VLAN tci=0x%x, VLAN tci outer=0x%x", m->vlan_tci,
				m->vlan_tci_outer);
	else if ((m->ol_flags & RTE_MBUF_F_RX_VLAN) != 0)
		add(t, " - VLAN tci=0x%x", m->vlan_tci);
}

static void
add_types(struct text *t, const struct rte_mbuf *m)
{
	struct rte_net_hdr_lens lens = { 0 };
	char name[256];
	unsigned int i;
	uint32_t type;

	if (m->packet_type != 0) {
		rte_get_ptype_name(m->packet_type, name, sizeof(name));
		add(t, " - hw ptype: %s", name);
	}
	type = rte_net_get_ptype(m, &lens, RTE_PTYPE_ALL_MASK);
	rte_get_ptype_name(type, name, sizeof(name));
	add(t, " - sw ptype: %s", name);

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
			add(t, " - %s=%u", layers[i].name, layers[i].len);
}

static void
print_packet(const struct rte_mbuf *m, uint16_t queue, bool rx, const char *first)
{
	struct text t = { .len = 0 };
	const char *reason;
	char flags[256];
	uint16_t type;

	add(&t, "%s", first);
	add_addresses(&t, m, &type);
	add(&t, " - pool=%s - type=0x%04x - length=%u - nb_segs=%d", m->pool->name, type,
			m->pkt_len, m->nb_segs);
	add_marks(&t, m, queue);
	add_types(&t, m);
	add(&t, " - %s queue=0x%x\n", rx ? "Receive" : "Send", queue);
	if (rx)
		rte_get_rx_ol_flag_list(m->ol_flags, flags, sizeof(flags));
	else
		rte_get_tx_ol_flag_list(m->ol_flags, flags, sizeof(flags));
	add(&t, "  ol_flags: %s\n", flags);
	if (rte_mbuf_check(m, 1, &reason) < 0)
		add(&t, "INVALID mbuf: %s\n", reason);
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
	apply(fwd, port, fwd->verbose);
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

	printf("Change verbose level from %u to %u\n", fwd->verbose, level);
	fwd->verbose = level;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (fwd->ports[i].found && fwd->ports[i].configured)
			fwd_verbose_apply(fwd, &fwd->ports[i]);
}
