/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_ether.h>

#include "headers.h"
#include "mode.h"

/* As many bytes as the headers of a packet in a tunnel need, with tags and options. */
#define HEAD_MAX 384

/* How much of a packet is asked for, so that it is usually there in one piece. */
static uint32_t
head_len(const struct rte_mbuf *m)
{
	uint32_t most = RTE_MIN(m->pkt_len, (uint32_t)HEAD_MAX);

	if (rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m))
		return RTE_MAX(most, m->data_len);
	return most;
}

bool
fwd_head_edit_slow(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i, struct fwd_head *h)
{
	struct rte_mbuf *m = burst->pkts[i];

	h->frame_len = m->pkt_len;
	h->len = head_len(m);
	h->data = lbuf_burst_edit_at(burst, i, h->len);
	if (likely(h->data != NULL && h->len >= sizeof(struct rte_ether_hdr)))
		return true;
	fwd_drop_uneditable(s, burst, i);
	return false;
}
