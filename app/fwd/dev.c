/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_version.h>

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

static int
counter_set(uint16_t id, bool rx, uint16_t queue, uint8_t counter)
{
#if RTE_VERSION < RTE_VERSION_NUM(25, 11, 0, 0)
	return rx ? rte_eth_dev_set_rx_queue_stats_mapping(id, queue, counter)
		  : rte_eth_dev_set_tx_queue_stats_mapping(id, queue, counter);
#else
	RTE_SET_USED(id);
	RTE_SET_USED(rx);
	RTE_SET_USED(queue);
	RTE_SET_USED(counter);
	return -ENOTSUP;
#endif
}

int
fwd_dev_counter(uint16_t id, bool rx, uint16_t queue, uint8_t counter)
{
	int ret = counter_set(id, rx, queue, counter);

	if (ret != 0)
		fprintf(stderr, "failed to set %s queue stats mapping.\n", rx ? "rx" : "tx");
	return ret;
}
