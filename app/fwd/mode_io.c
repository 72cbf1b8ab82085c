/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * io: packets leave as they came, unseen.
 */

#include "mode.h"

static void
io_edit(struct fwd_stream *s, struct lbuf_burst *burst)
{
	RTE_SET_USED(s);
	RTE_SET_USED(burst);
}

static void
io_burst(struct fwd_stream *s)
{
	fwd_forward(s, io_edit);
}

const struct fwd_mode fwd_mode_io = {
	.name = "io",
	.burst = io_burst,
	.edit = io_edit,
	.receives = true,
	.sends = true,
};
