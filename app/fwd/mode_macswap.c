/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * macswap: packets leave with source and destination exchanged.
 */

#include "mode.h"

static void
macswap_burst(struct fwd_stream *s)
{
	uint16_t n = fwd_receive(s);
	struct rte_ether_hdr *eth;
	struct rte_ether_addr addr;
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		eth = fwd_edit_ether(s, s->bufs[i]);
		if (unlikely(eth == NULL))
			continue;
		rte_ether_addr_copy(&eth->dst_addr, &addr);
		rte_ether_addr_copy(&eth->src_addr, &eth->dst_addr);
		rte_ether_addr_copy(&addr, &eth->src_addr);
		fwd_keep(s, i, &kept);
	}
	if (kept != 0)
		fwd_send(s, kept);
}

const struct fwd_mode fwd_mode_macswap = {
	.name = "macswap",
	.burst = macswap_burst,
	.receives = true,
	.sends = true,
};
