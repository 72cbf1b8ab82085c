/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Tunnels that mode csum looks into: GTP, VXLAN, VXLAN-GPE and Geneve over UDP, GRE, and IP
 * in IP.
 */

#ifndef FWD_TUNNEL_H
#define FWD_TUNNEL_H

#include "headers.h"

struct fwd_args;

/*
 * Find the packet that a packet carries in a tunnel. The arguments say which UDP ports count.
 *
 * Returns RTE_MBUF_F_TX_TUNNEL_* of the tunnel, or 0 if there is none. inner->version is 0 if
 * what it carries is no IP packet, or malformed.
 */
uint64_t
fwd_tunnel_find(const struct fwd_args *args, const struct fwd_head *h, const struct fwd_ip *outer,
		struct fwd_ip *inner);

#endif /* FWD_TUNNEL_H */
