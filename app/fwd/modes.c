/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_cycles.h>
#include <rte_errno.h>

#include "args.h"
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

/* A packet that cannot be sent must not hold up those behind it. */
static void
drop_unsendable(struct fwd_stream *s, struct lbuf_burst *burst)
{
	while (burst->n != 0 && rte_errno != 0) {
		lbuf_burst_drop_at(burst, 0);
		s->tx_dropped++;
		s->tx_packets += lbuf_burst_tx(burst, s->tx, s->tx_queue);
	}
}

void
fwd_send_rest(struct fwd_stream *s, struct lbuf_burst *burst)
{
	uint32_t i;

	drop_unsendable(s, burst);
	for (i = 0; s->retry && burst->n != 0 && i < s->args->tx_retries; i++) {
		rte_delay_us(s->args->tx_retry_us);
		s->tx_packets += lbuf_burst_tx(burst, s->tx, s->tx_queue);
		drop_unsendable(s, burst);
	}
	/* No room: dropped as testpmd does, for what waits here grows old. */
	s->tx_dropped += burst->n;
	lbuf_burst_drop(burst);
}
