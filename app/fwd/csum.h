/* SPDX-License-Identifier: BSD-3-Clause */

/* A packet of mode csum, as it was parsed. */

#ifndef FWD_CSUM_H
#define FWD_CSUM_H

#include <rte_mbuf.h>

#include "headers.h"

struct fwd_csum_packet {
	struct rte_mbuf *m;
	struct fwd_head h;
	struct fwd_ip outer; /* the tunnel's, if there is one */
	struct fwd_ip ip;    /* the packet's, or that of what is in the tunnel */
	uint64_t tunnel;     /* RTE_MBUF_F_TX_TUNNEL_*, or 0 */
	uint64_t hw;         /* RTE_ETH_TX_OFFLOAD_* of what the device computes */
};

/*
 * Print what testpmd prints of it with set verbose; rx_flags are the flags with which it came,
 * and m is what will be sent of it.
 */
void
fwd_csum_print(const struct fwd_stream *s, const struct fwd_csum_packet *p, uint64_t rx_flags);

#endif /* FWD_CSUM_H */
