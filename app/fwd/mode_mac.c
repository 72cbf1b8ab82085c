/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * mac: packets leave with the sending port as source and its peer as destination.
 */

#include <string.h>

#include "mode.h"

static void
mac_burst(struct fwd_stream *s)
{
	struct rte_ether_addr both[2] = { s->tx_peer, s->tx_addr };
	struct rte_ether_hdr *eth;
	struct lbuf_burst burst;
	uint16_t i, n;

	n = fwd_receive(s, &burst);
	lbuf_burst_prefetch(&burst);
	for (i = 0; i < n; i++) {
		eth = fwd_edit_ether(s, &burst, i);
		/* Destination and source lie side by side. */
		if (likely(eth != NULL))
			memcpy(eth, both, sizeof(both));
	}
	if (likely(n != 0))
		fwd_send(s, &burst);
}

const struct fwd_mode fwd_mode_mac = {
	.name = "mac",
	.burst = mac_burst,
	.receives = true,
	.sends = true,
};
