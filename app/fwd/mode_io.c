/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * io: packets leave as they came, unseen.
 */

#include "mode.h"

static void
io_burst(struct fwd_stream *s)
{
	struct lbuf_burst burst;

	if (likely(fwd_receive(s, &burst) != 0))
		fwd_send(s, &burst);
}

const struct fwd_mode fwd_mode_io = {
	.name = "io",
	.burst = io_burst,
	.receives = true,
	.sends = true,
};
