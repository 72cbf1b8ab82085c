/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show device info.
 */

#include <stdio.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>

#include "dev.h"
#include "print.h"

static const struct {
	uint32_t bit;
	const char *name;
} speeds[] = {
	{ RTE_ETH_LINK_SPEED_FIXED, " Disable autonegotiate (fixed speed)  " },
	{ RTE_ETH_LINK_SPEED_10M_HD, " 10 Mbps half-duplex  " },
	{ RTE_ETH_LINK_SPEED_10M, " 10 Mbps full-duplex  " },
	{ RTE_ETH_LINK_SPEED_100M_HD, " 100 Mbps half-duplex  " },
	{ RTE_ETH_LINK_SPEED_100M, " 100 Mbps full-duplex  " },
	{ RTE_ETH_LINK_SPEED_1G, " 1 Gbps  " },
	{ RTE_ETH_LINK_SPEED_2_5G, " 2.5 Gbps  " },
	{ RTE_ETH_LINK_SPEED_5G, " 5 Gbps  " },
	{ RTE_ETH_LINK_SPEED_10G, " 10 Gbps  " },
	{ RTE_ETH_LINK_SPEED_20G, " 20 Gbps  " },
	{ RTE_ETH_LINK_SPEED_25G, " 25 Gbps  " },
	{ RTE_ETH_LINK_SPEED_40G, " 40 Gbps  " },
	{ RTE_ETH_LINK_SPEED_50G, " 50 Gbps  " },
	{ RTE_ETH_LINK_SPEED_56G, " 56 Gbps  " },
	{ RTE_ETH_LINK_SPEED_100G, " 100 Gbps  " },
	{ RTE_ETH_LINK_SPEED_200G, " 200 Gbps  " },
};

static void
print_speeds(uint32_t capa)
{
	unsigned int i;

	printf("\n\tDevice speed capability:");
	if (capa == RTE_ETH_LINK_SPEED_AUTONEG)
		printf(" Autonegotiate (all speeds)");
	for (i = 0; i < RTE_DIM(speeds); i++)
		if ((capa & speeds[i].bit) != 0)
			printf("%s", speeds[i].name);
}

static void
print_port(uint16_t id)
{
	char name[RTE_ETH_NAME_MAX_LEN], text[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_eth_dev_info info;
	struct rte_ether_addr addr;

	printf("\n\tPort id: %-2d", id);
	if (fwd_dev_mac(id, &addr) == 0) {
		rte_ether_format_addr(text, sizeof(text), &addr);
		printf("\n\tMAC address: %s", text);
	}
	rte_eth_dev_get_name_by_port(id, name);
	printf("\n\tDevice name: %s", name);
	if (rte_eth_dev_info_get(id, &info) == 0)
		print_speeds(info.speed_capa);
	printf("\n");
}

static void
print_device(const struct rte_device *dev)
{
	static const char border[] = "*********************";
	const struct rte_devargs *devargs = rte_dev_devargs(dev);
	const char *bus_info = rte_dev_bus_info(dev);
	uint16_t id;

	printf("\n%s Infos for device %s %s\n", border, rte_dev_name(dev), border);
	printf("Bus name: %s", rte_bus_name(rte_dev_bus(dev)));
	printf("\nBus information: %s", bus_info != NULL ? bus_info : "");
	printf("\nDriver name: %s", rte_driver_name(rte_dev_driver(dev)));
	printf("\nDevargs: %s", devargs != NULL ? devargs->args : "");
	printf("\nConnect to socket: %d", rte_dev_numa_node(dev));
	printf("\n");
	RTE_ETH_FOREACH_DEV_OF(id, dev)
	{
		print_port(id);
	}
}

static int
any_bus(const struct rte_bus *bus, const void *data)
{
	RTE_SET_USED(bus);
	RTE_SET_USED(data);
	return 0;
}

static void
print_bus(const struct rte_bus *bus, const char *name)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	char filter[128];

	snprintf(filter, sizeof(filter), "bus=%s", rte_bus_name(bus));
	RTE_DEV_FOREACH(dev, filter, &it)
	{
		if (rte_dev_driver(dev) == NULL)
			continue;
		if (name == NULL ||
				strncmp(name, rte_dev_name(dev), strlen(rte_dev_name(dev))) == 0)
			print_device(dev);
	}
}

void
fwd_print_devices(const char *identifier)
{
	const struct rte_bus *bus = NULL;
	struct rte_devargs da = { 0 };

	if (identifier != NULL && rte_devargs_parsef(&da, "%s", identifier) != 0) {
		fprintf(stderr, "cannot parse identifier\n");
		return;
	}
	while ((bus = rte_bus_find(bus, any_bus, NULL)) != NULL)
		if (identifier == NULL || da.bus == bus)
			print_bus(bus, identifier != NULL ? da.name : NULL);
	rte_devargs_reset(&da);
}
