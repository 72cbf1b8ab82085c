/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * mac: packets leave with the sending port as source and its peer as destination.
 */

#include "mode.h"

static void
mac_burst(struct fwd_stream *s)
{
	uint16_t n = fwd_receive(s);
	struct rte_ether_hdr *eth;
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		eth = fwd_edit_ether(s, s->bufs[i]);
		if (unlikely(eth == NULL))
			continue;
		rte_ether_addr_copy(&s->tx_peer, &eth->dst_addr);
		rte_ether_addr_copy(&s->tx_addr, &eth->src_addr);
		fwd_keep(s, i, &kept);
	}
	if (kept != 0)
		fwd_send(s, kept);
}

const struct fwd_mode fwd_mode_mac = {
	.name = "mac",
	.burst = mac_burst,
	.receives = true,
	.sends = true,
};
