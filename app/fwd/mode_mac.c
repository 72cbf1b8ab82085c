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
	struct rte_ether_hdr *eth[LBUF_BURST_MAX];
	uint16_t n = fwd_edit_ether(s, fwd_receive(s), eth);
	uint16_t i;

	/* Destination and source lie side by side. */
	for (i = 0; i < n; i++)
		memcpy(eth[i], both, sizeof(both));
	if (n != 0)
		fwd_send(s, n);
}

const struct fwd_mode fwd_mode_mac = {
	.name = "mac",
	.burst = mac_burst,
	.receives = true,
	.sends = true,
};
