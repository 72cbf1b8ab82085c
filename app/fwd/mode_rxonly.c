/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * rxonly: packets are received and dropped.
 */

#include "mode.h"

static void
rxonly_burst(struct fwd_stream *s)
{
	uint16_t n = fwd_receive(s);
	uint16_t i;

	for (i = 0; i < n; i++)
		fwd_drop(s->bufs[i]);
}

const struct fwd_mode fwd_mode_rxonly = {
	.name = "rxonly",
	.burst = rxonly_burst,
	.receives = true,
};
