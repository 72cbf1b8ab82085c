/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "dev.h"

int
fwd_dev_info(uint16_t id, struct rte_eth_dev_info *info)
{
	int ret = rte_eth_dev_info_get(id, info);

	if (ret != 0)
		fprintf(stderr, "Error during getting device (port %u) info: %s\n", id,
				strerror(-ret));
	return ret;
}

int
fwd_dev_conf(uint16_t id, struct rte_eth_conf *conf)
{
	int ret = rte_eth_dev_conf_get(id, conf);

	if (ret != 0)
		fprintf(stderr, "Error during getting device configuration (port %u): %s\n", id,
				strerror(-ret));
	return ret;
}

int
fwd_dev_link(uint16_t id, struct rte_eth_link *link)
{
	int ret = rte_eth_link_get_nowait(id, link);

	if (ret < 0)
		fprintf(stderr, "Device (port %u) link get (without wait) failed: %s\n", id,
				rte_strerror(-ret));
	return ret;
}

int
fwd_dev_mac(uint16_t id, struct rte_ether_addr *addr)
{
	int ret = rte_eth_macaddr_get(id, addr);

	if (ret != 0)
		fprintf(stderr, "Error getting device (port %u) mac address: %s\n", id,
				rte_strerror(-ret));
	return ret;
}

int
fwd_dev_promiscuous(uint16_t id, bool on)
{
	int ret = on ? rte_eth_promiscuous_enable(id) : rte_eth_promiscuous_disable(id);

	if (ret != 0)
		fprintf(stderr, "Error during %s promiscuous mode for port %u: %s\n",
				on ? "enabling" : "disabling", id, rte_strerror(-ret));
	return ret;
}

int
fwd_dev_allmulticast(uint16_t id, bool on)
{
	int ret = on ? rte_eth_allmulticast_enable(id) : rte_eth_allmulticast_disable(id);

	if (ret != 0)
		fprintf(stderr, "Error during %s all-multicast mode for port %u: %s\n",
				on ? "enabling" : "disabling", id, rte_strerror(-ret));
	return ret;
}
