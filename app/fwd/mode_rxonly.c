/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * rxonly: packets are received and dropped.
 */

#include "mode.h"

static void
rxonly_burst(struct fwd_stream *s)
{
	lbuf_burst_drop(s->bufs, fwd_receive(s));
}

const struct fwd_mode fwd_mode_rxonly = {
	.name = "rxonly",
	.burst = rxonly_burst,
	.receives = true,
};
