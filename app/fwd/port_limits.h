/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What all ports can do, for commands: each says in testpmd's line what is too much.
 */

#ifndef FWD_PORT_LIMITS_H
#define FWD_PORT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>

struct fwd;

bool
fwd_limits_rxq(const struct fwd *fwd, uint32_t n);
bool
fwd_limits_txq(const struct fwd *fwd, uint32_t n);
bool
fwd_limits_rxd(const struct fwd *fwd, uint32_t n);
bool
fwd_limits_txd(const struct fwd *fwd, uint32_t n);
bool
fwd_limits_mtu(uint16_t id, uint16_t mtu);

/* Bytes of a frame beside its payload, as the driver reckons. */
uint32_t
fwd_limits_overhead(const struct rte_eth_dev_info *info);

#endif /* FWD_PORT_LIMITS_H */
