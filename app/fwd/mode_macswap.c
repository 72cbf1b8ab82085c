/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * macswap: packets leave with source and destination exchanged.
 */

#include <string.h>

#include "mode.h"

/*
 * Twelve bytes by six, in as few pieces as there can be. Whatever the byte order,
 * the first two bytes and the last two of `a` change places.
 */
static inline void
swap_addrs(struct rte_ether_hdr *eth)
{
	uint8_t *p = (uint8_t *)eth;
	uint64_t a, ab;
	uint32_t b;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, p + sizeof(a), sizeof(b));
	ab = a << 48 | (uint64_t)b << 16 | a >> 48;
	b = (uint32_t)(a >> 16);
	memcpy(p, &ab, sizeof(ab));
	memcpy(p + sizeof(ab), &b, sizeof(b));
}

static void
macswap_burst(struct fwd_stream *s)
{
	struct rte_ether_hdr *eth[LBUF_BURST_MAX];
	uint16_t n = fwd_edit_ether(s, fwd_receive(s), eth);
	uint16_t i;

	for (i = 0; i < n; i++)
		swap_addrs(eth[i]);
	if (n != 0)
		fwd_send(s, n);
}

const struct fwd_mode fwd_mode_macswap = {
	.name = "macswap",
	.burst = macswap_burst,
	.receives = true,
	.sends = true,
};
