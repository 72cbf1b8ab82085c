/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_errno.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include <lwip/etharp.h>

#include "nic.h"
#include "own.h"
#include "pbufs.h"

#define BURST 32
/* Of a packet, what lwIP changes in place or has to find in one piece: the headers. */
#define HEADERS (RTE_ETHER_HDR_LEN + 60 + 60)

/* A packet of the burst as pbufs. What is not taken out of the burst is dropped with it. */
static struct pbuf *
take(struct nic *nic, uint16_t i)
{
	struct pbuf *p = NULL;
	struct lbuf packet;
	uint64_t len;

	lbuf_init(&packet, nic->pool);
	if (lbuf_burst_take(&nic->rx, i, &packet) != 0)
		return NULL;
	len = lbuf_len(&packet);
	if (len - 1 < UINT16_MAX && lbuf_edit(&packet, RTE_MIN(len, (uint64_t)HEADERS)) != NULL)
		p = pbufs_cut(&packet, (uint16_t)len, PBUF_REF);
	lbuf_close(&packet);
	if (p == NULL || p->tot_len == len)
		return p;
	pbuf_free(p);
	return NULL;
}

/* One packet, out of the burst. */
static int
input(struct nic *nic, uint16_t i)
{
	struct pbuf *p = nic->own != NULL ? own_pbufs(nic->rx.pkts[i]) : take(nic, i);

	if (p == NULL)
		return -1;
	if (nic->netif.input(p, &nic->netif) == ERR_OK)
		return 0;
	pbuf_free(p);
	return -1;
}

uint16_t
nic_receive(struct nic *nic)
{
	lbuf_burst_rx(&nic->rx, nic->port, 0, BURST);
	return nic->rx.n;
}

void
nic_input(struct nic *nic)
{
	uint16_t i;

	for (i = 0; i < nic->rx.n; i++) {
		nic->stats.rx_packets++;
		if (input(nic, i) != 0)
			nic->stats.rx_dropped++;
	}
	lbuf_burst_drop(&nic->rx);
}

/*
 * How many bytes a packet's headers have, if it is TCP over IPv4: a packet of lwIP's own, whose
 * headers lie in its first pbuf. UINT32_MAX: it is none.
 */
static uint32_t
tcp_headers(const struct pbuf *p)
{
	const struct rte_ether_hdr *ether = p->payload;
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(ether + 1);
	const struct rte_tcp_hdr *tcp;
	uint32_t before;

	if (p->len < sizeof(*ether) + sizeof(*ip) ||
			ether->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
			ip->next_proto_id != IPPROTO_TCP)
		return UINT32_MAX;
	before = (uint32_t)sizeof(*ether) + rte_ipv4_hdr_len(ip);
	if (p->len < before + sizeof(*tcp))
		return UINT32_MAX;
	tcp = (const struct rte_tcp_hdr *)((const uint8_t *)p->payload + before);
	return before + (uint32_t)(tcp->data_off >> 4) * 4;
}

/* Put a packet together: lwIP's headers, and references to what linked buffers have. */
static int
gather(struct pbuf *chain, struct lbuf *packet)
{
	struct pbuf *p;
	int ret = 0;

	for (p = chain; p != NULL && ret == 0; p = p->next) {
		if (pbufs_by_reference(p))
			ret = pbufs_view(p, packet);
		else
			ret = lbuf_write(packet, p->payload, p->len);
	}
	lbuf_flush(packet);
	return ret;
}

/* An mbuf that refers to what pbufs show. */
static struct rte_mbuf *
refer(struct nic *nic, struct pbuf *p)
{
	struct rte_mbuf *m = NULL;
	struct lbuf packet;

	lbuf_init(&packet, nic->pool);
	if (gather(p, &packet) == 0)
		m = lbuf_port_export(nic->port, 0, &packet);
	lbuf_close(&packet);
	return m;
}

/* Count what a packet's mbufs refer to: each pbuf's bytes where they are, or others. */
static void
count_refs(struct nic *nic, const struct pbuf *p, const struct rte_mbuf *m)
{
	const struct rte_mbuf *found;

	for (; p != NULL; p = p->next) {
		if (!pbufs_by_reference(p))
			continue;
		found = m;
		while (found != NULL && rte_pktmbuf_mtod(found, const void *) != p->payload)
			found = found->next;
		if (found == NULL) {
			nic->stats.elsewhere += p->len;
			continue;
		}
		nic->stats.by_ref += p->len;
		m = found->next;
	}
}

/* Count the payload that lies in pbufs of lwIP's own: it was copied there. */
static void
count_copies(struct nic *nic, const struct pbuf *chain)
{
	uint32_t own = 0, headers = tcp_headers(chain);
	const struct pbuf *p;

	for (p = chain; p != NULL; p = p->next)
		own += pbufs_by_reference(p) ? 0 : p->len;
	if (own > headers)
		nic->stats.copied += own - headers;
}

/* lwIP sends a packet. Like all that sends, it may fail: who sent it will do so again. */
static err_t
output(struct netif *netif, struct pbuf *p)
{
	struct nic *nic = netif->state;
	struct rte_mbuf *m = nic->own != NULL ? own_mbuf(p, nic->own) : refer(nic, p);

	if (nic->tx.n >= BURST)
		nic_flush(nic);
	if (m == NULL || lbuf_burst_add(&nic->tx, &m, 1) != 1) {
		rte_pktmbuf_free(m);
		nic->stats.tx_dropped++;
		return ERR_MEM;
	}
	count_refs(nic, p, m);
	count_copies(nic, p);
	return ERR_OK;
}

bool
nic_flush(struct nic *nic)
{
	uint16_t before = nic->tx.n;

	lbuf_burst_tx(&nic->tx, nic->port, 0);
	nic->stats.tx_packets += (uint64_t)(before - nic->tx.n);
	/* What cannot be sent at all is in nobody's way. */
	if (nic->tx.n != 0 && rte_errno != 0) {
		nic->stats.tx_dropped += nic->tx.n;
		lbuf_burst_drop(&nic->tx);
	}
	return nic->tx.n != 0;
}

static err_t
init(struct netif *netif)
{
	struct nic *nic = netif->state;
	struct rte_ether_addr mac;
	uint16_t mtu;

	if (rte_eth_macaddr_get(nic->id, &mac) != 0 || rte_eth_dev_get_mtu(nic->id, &mtu) != 0)
		return ERR_IF;
	memcpy(netif->hwaddr, mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	netif->hwaddr_len = RTE_ETHER_ADDR_LEN;
	netif->mtu = mtu;
	netif->name[0] = 'd';
	netif->name[1] = 'p';
	netif->output = etharp_output;
	netif->linkoutput = output;
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
			NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

int
nic_start(struct nic *nic, uint16_t id, struct lbuf_port *port, struct lbuf_pool *pool,
		const struct nic_address *address, netif_input_fn input)
{
	nic->id = id;
	nic->port = port;
	nic->pool = pool;
	lbuf_burst_init(&nic->rx);
	lbuf_burst_init(&nic->tx);
	if (netif_add(&nic->netif, &address->address, &address->mask, &address->gateway, nic, init,
			    input) == NULL)
		return -1;
	netif_set_default(&nic->netif);
	netif_set_up(&nic->netif);
	return 0;
}

void
nic_stop(struct nic *nic)
{
	netif_set_down(&nic->netif);
	netif_remove(&nic->netif);
	lbuf_burst_drop(&nic->rx);
	lbuf_burst_drop(&nic->tx);
}
