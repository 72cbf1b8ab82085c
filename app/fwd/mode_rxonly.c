/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * rxonly: packets are received and dropped.
 */

#include "mode.h"

static void
rxonly_burst(struct fwd_stream *s)
{
	struct lbuf_burst burst;

	if (likely(fwd_receive(s, &burst) != 0))
		lbuf_burst_drop(&burst);
}

const struct fwd_mode fwd_mode_rxonly = {
	.name = "rxonly",
	.burst = rxonly_burst,
	.receives = true,
};
