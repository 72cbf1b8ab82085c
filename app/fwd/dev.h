/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * ethdev's queries, with testpmd's line where they fail.
 */

#ifndef FWD_DEV_H
#define FWD_DEV_H

#include <stdbool.h>

#include <rte_ethdev.h>

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

#endif /* FWD_DEV_H */
