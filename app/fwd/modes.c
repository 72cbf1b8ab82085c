/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_errno.h>

#include "mode.h"

const struct fwd_mode *const fwd_modes[] = {
	&fwd_mode_io,
	&fwd_mode_mac,
	&fwd_mode_macswap,
	&fwd_mode_rxonly,
	&fwd_mode_txonly,
	&fwd_mode_icmpecho,
	NULL,
};

uint16_t
fwd_drop_uneditable(struct fwd_stream *s, uint16_t n, struct rte_ether_hdr **eth)
{
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (eth[i] != NULL) {
			eth[kept] = eth[i];
			fwd_keep(s, i, &kept);
			continue;
		}
		if (lbuf_len(s->bufs[i]) < sizeof(**eth))
			s->bad++;
		else
			s->tx_dropped++;
		fwd_drop(s->bufs[i]);
	}
	return kept;
}

void
fwd_send_rest(struct fwd_stream *s, uint16_t sent, uint16_t n)
{
	uint16_t taken;

	/* A packet that cannot be sent must not hold up those behind it. */
	while (sent < n && rte_errno != 0) {
		fwd_drop(s->bufs[sent++]);
		s->tx_dropped++;
		if (sent == n)
			break;
		taken = lbuf_port_tx(s->tx, s->tx_queue, &s->bufs[sent], (uint16_t)(n - sent));
		s->tx_packets += taken;
		sent = (uint16_t)(sent + taken);
	}
	/* No room: dropped as testpmd does, for what waits here grows old. */
	s->tx_dropped += (uint64_t)(n - sent);
	while (sent < n)
		fwd_drop(s->bufs[sent++]);
}
