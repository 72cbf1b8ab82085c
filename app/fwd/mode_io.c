/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * io: packets leave as they came, unseen.
 */

#include "mode.h"

static void
io_burst(struct fwd_stream *s)
{
	uint16_t n = fwd_receive(s);

	if (n != 0)
		fwd_send(s, n);
}

const struct fwd_mode fwd_mode_io = {
	.name = "io",
	.burst = io_burst,
	.receives = true,
	.sends = true,
};
