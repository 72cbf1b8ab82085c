/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * mac: packets leave with the sending port as source and its peer as destination.
 */

#include <string.h>

#include "mode.h"

static void
mac_edit(struct fwd_stream *s, struct lbuf_burst *burst)
{
	struct rte_ether_addr both[2] = { s->tx_peer, s->tx_addr };
	struct rte_ether_hdr *eth;
	uint16_t i;

	lbuf_burst_prefetch(burst);
	for (i = 0; i < burst->n; i++) {
		eth = fwd_edit_ether(s, burst, i);
		/* Destination and source lie side by side. */
		if (likely(eth != NULL))
			memcpy(eth, both, sizeof(both));
	}
}

static void
mac_burst(struct fwd_stream *s)
{
	fwd_forward(s, mac_edit);
}

const struct fwd_mode fwd_mode_mac = {
	.name = "mac",
	.burst = mac_burst,
	.edit = mac_edit,
	.receives = true,
	.sends = true,
};
