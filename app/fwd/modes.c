/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_errno.h>

#include "mode.h"

void
fwd_drop_uneditable(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i)
{
	if (rte_pktmbuf_pkt_len(burst->pkts[i]) < sizeof(struct rte_ether_hdr))
		s->bad++;
	else
		s->tx_dropped++;
	lbuf_burst_drop_at(burst, i);
}

void
fwd_send_rest(struct fwd_stream *s, struct lbuf_burst *burst)
{
	/* A packet that cannot be sent must not hold up those behind it. */
	while (burst->n != 0 && rte_errno != 0) {
		lbuf_burst_drop_at(burst, 0);
		s->tx_dropped++;
		s->tx_packets += lbuf_burst_tx(burst, s->tx, s->tx_queue);
	}
	/* No room: dropped as testpmd does, for what waits here grows old. */
	s->tx_dropped += burst->n;
	lbuf_burst_drop(burst);
}
