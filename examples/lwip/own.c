/* SPDX-License-Identifier: BSD-3-Clause */

#include "own.h"

struct pbuf *
own_pbufs(const struct rte_mbuf *m)
{
	struct pbuf *p;
	uint16_t at = 0;

	if (rte_pktmbuf_pkt_len(m) > UINT16_MAX)
		return NULL;
	p = pbuf_alloc(PBUF_RAW, (uint16_t)rte_pktmbuf_pkt_len(m), PBUF_POOL);
	for (; p != NULL && m != NULL; m = m->next) {
		pbuf_take_at(p, rte_pktmbuf_mtod(m, const void *), m->data_len, at);
		at = (uint16_t)(at + m->data_len);
	}
	return p;
}

struct rte_mbuf *
own_mbuf(const struct pbuf *p, struct rte_mempool *mbufs)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mbufs);
	void *to;

	if (m == NULL)
		return NULL;
	to = rte_pktmbuf_append(m, p->tot_len);
	if (to == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	pbuf_copy_partial(p, to, p->tot_len, 0);
	return m;
}
