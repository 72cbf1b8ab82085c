/* SPDX-License-Identifier: BSD-3-Clause */

#include <stddef.h>

#include "mode.h"

const struct fwd_mode *const fwd_modes[] = {
	&fwd_mode_io,
	&fwd_mode_mac,
	&fwd_mode_macswap,
	&fwd_mode_rxonly,
	&fwd_mode_txonly,
	&fwd_mode_flowgen,
	&fwd_mode_csum,
	&fwd_mode_icmpecho,
	&fwd_mode_noisy,
	&fwd_mode_5tswap,
	&fwd_mode_recycle_mbufs,
	&fwd_mode_hold,
	&fwd_mode_stream,
	NULL,
};
