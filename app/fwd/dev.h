/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * ethdev's queries, with testpmd's line where they fail.
 */

#ifndef FWD_DEV_H
#define FWD_DEV_H

#include <stdbool.h>

#include <rte_ethdev.h>

/* Counters that a driver counts for queues by. */
#define FWD_DEV_COUNTERS 16

/* Each returns 0, or a negative errno after a line. */
int
fwd_dev_info(uint16_t id, struct rte_eth_dev_info *info);
int
fwd_dev_conf(uint16_t id, struct rte_eth_conf *conf);
int
fwd_dev_link(uint16_t id, struct rte_eth_link *link);
int
fwd_dev_mac(uint16_t id, struct rte_ether_addr *addr);
int
fwd_dev_promiscuous(uint16_t id, bool on);
int
fwd_dev_allmulticast(uint16_t id, bool on);
/* Have a counter count for a queue; -ENOTSUP from DPDK 25.11 on, which has them no more. */
int
fwd_dev_counter(uint16_t id, bool rx, uint16_t queue, uint8_t counter);

#endif /* FWD_DEV_H */
