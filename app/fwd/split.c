/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include <rte_random.h>

#include "split.h"

const char *const fwd_split_names[FWD_SPLIT_NUM] = {
	[FWD_SPLIT_OFF] = "off",
	[FWD_SPLIT_ON] = "on",
	[FWD_SPLIT_RAND] = "rand",
};

uint32_t
fwd_split_segs(const struct fwd_args *args)
{
	if (args->tx_split != FWD_SPLIT_RAND)
		return args->nb_tx_segs;
	return (uint32_t)(rte_rand() % args->nb_tx_segs) + 1;
}

/* Lengths of the segments of a packet; returns how many there are. */
static uint32_t
plan(const struct fwd_args *args, uint32_t pkt_len, uint32_t *len)
{
	uint32_t i, left = pkt_len, nb = fwd_split_segs(args);

	for (i = 0; i + 1 < nb && left > args->tx_segs[i]; i++) {
		len[i] = args->tx_segs[i];
		left -= len[i];
	}
	len[i] = left;
	return i + 1;
}

static void
fill(const struct rte_mbuf *pkt, uint32_t from, struct rte_mbuf *m, uint32_t len)
{
	void *dst = rte_pktmbuf_mtod(m, void *);
	const void *src = rte_pktmbuf_read(pkt, from, len, dst);

	/* It is copied by rte_pktmbuf_read() where it does not lie in one piece. */
	if (src != NULL && src != dst)
		memcpy(dst, src, len);
	m->data_len = (uint16_t)len;
}

struct rte_mbuf *
fwd_split_copy(const struct fwd_args *args, struct rte_mempool *mp, const struct rte_mbuf *pkt)
{
	uint32_t room = rte_pktmbuf_data_room_size(mp) - RTE_PKTMBUF_HEADROOM;
	struct rte_mbuf *m[FWD_TX_SEGS_MAX];
	uint32_t len[FWD_TX_SEGS_MAX];
	uint32_t i, at = 0, nb = plan(args, pkt->pkt_len, len);

	for (i = 0; i < nb; i++)
		if (len[i] > room)
			return NULL;
	if (rte_pktmbuf_alloc_bulk(mp, m, nb) != 0)
		return NULL;
	for (i = 0; i < nb; i++) {
		fill(pkt, at, m[i], len[i]);
		m[i]->next = i + 1 < nb ? m[i + 1] : NULL;
		at += len[i];
	}
	m[0]->nb_segs = (uint16_t)nb;
	m[0]->pkt_len = pkt->pkt_len;
	m[0]->vlan_tci = pkt->vlan_tci;
	m[0]->vlan_tci_outer = pkt->vlan_tci_outer;
	m[0]->tx_offload = pkt->tx_offload;
	m[0]->ol_flags = pkt->ol_flags & ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
	return m[0];
}
