/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * macswap: packets leave with source and destination exchanged.
 */

#include <string.h>

#include "mode.h"

/* Bytes that are loaded and stored at once. */
#define AT_ONCE 16

typedef uint8_t bytes_t __attribute__((vector_size(AT_ONCE)));

/* Exchange the addresses of a frame that has as many bytes. */
static inline void
swap_at_once(void *frame)
{
	bytes_t v;

	memcpy(&v, frame, sizeof(v));
	v = __builtin_shufflevector(v, v, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
	memcpy(frame, &v, sizeof(v));
}

/* The same for a frame that may be shorter. */
static void
swap_short(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i)
{
	struct rte_ether_hdr *eth = fwd_edit_ether(s, burst, i);
	struct rte_ether_addr addr;

	if (eth == NULL)
		return;
	addr = eth->dst_addr;
	eth->dst_addr = eth->src_addr;
	eth->src_addr = addr;
}

static void
macswap_edit(struct fwd_stream *s, struct lbuf_burst *burst)
{
	void *frame;
	uint16_t i;

	lbuf_burst_prefetch(burst);
	for (i = 0; i < burst->n; i++) {
		frame = lbuf_burst_edit_at(burst, i, AT_ONCE);
		if (likely(frame != NULL))
			swap_at_once(frame);
		else
			swap_short(s, burst, i);
	}
}

static void
macswap_burst(struct fwd_stream *s)
{
	fwd_forward(s, macswap_edit);
}

const struct fwd_mode fwd_mode_macswap = {
	.name = "macswap",
	.burst = macswap_burst,
	.edit = macswap_edit,
	.receives = true,
	.sends = true,
};
