/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show port info, summary, macs.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>

#include "dev.h"
#include "fwd.h"
#include "print.h"
#include "rss.h"

#define FW_VERSION_LEN 256

static const char border[] = "*********************";

void
fwd_print_valid_ports(void)
{
	uint16_t id;

	printf("The valid ports array is [");
	RTE_ETH_FOREACH_DEV(id) {
		printf(" %d", id);
	}
	printf(" ]\n");
}

static struct fwd_port *
find(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = fwd_ports_get(fwd, id);

	if (port == NULL)
		fwd_print_valid_ports();
	return port;
}

static void
print_device(const struct fwd_port *port, const struct rte_eth_dev_info *info)
{
	char name[RTE_ETH_NAME_MAX_LEN], addr[RTE_ETHER_ADDR_FMT_SIZE];
	const struct rte_devargs *devargs = rte_dev_devargs(info->device);
	char version[FW_VERSION_LEN];
	struct rte_ether_addr mac;

	printf("\n%s Infos for port %-2d %s\n", border, port->id, border);
	if (fwd_dev_mac(port->id, &mac) == 0) {
		rte_ether_format_addr(addr, sizeof(addr), &mac);
		printf("MAC address: %s", addr);
	}
	rte_eth_dev_get_name_by_port(port->id, name);
	printf("\nDevice name: %s", name);
	printf("\nDriver name: %s", info->driver_name);
	if (rte_eth_dev_fw_version_get(port->id, version, sizeof(version)) != 0)
		snprintf(version, sizeof(version), "not available");
	printf("\nFirmware-version: %s", version);
	if (devargs != NULL && devargs->args != NULL)
		printf("\nDevargs: %s", devargs->args);
	printf("\nConnect to socket: %u",
			(unsigned int)(port->socket >= 0 ? port->socket : port->mem_socket));
	printf("\nmemory allocation on the socket: %u", (unsigned int)port->mem_socket);
}

static void
print_link(uint16_t id, const struct rte_eth_link *link)
{
	uint16_t mtu;

	printf("\nLink status: %s\n", link->link_status ? "up" : "down");
	printf("Link speed: %s\n", rte_eth_link_speed_to_str(link->link_speed));
	printf("Link duplex: %s\n",
			link->link_duplex == RTE_ETH_LINK_FULL_DUPLEX ? "full-duplex"
								      : "half-duplex");
	printf("Autoneg status: %s\n", link->link_autoneg == RTE_ETH_LINK_AUTONEG ? "On" : "Off");
	if (rte_eth_dev_get_mtu(id, &mtu) == 0)
		printf("MTU: %u\n", mtu);
}

static const char *
on_off(int bits, int bit)
{
	return (bits & bit) != 0 ? "on" : "off";
}

static void
print_filters(const struct fwd_port *port)
{
	int vlan = rte_eth_dev_get_vlan_offload(port->id);

	printf("Promiscuous mode: %s\n",
			rte_eth_promiscuous_get(port->id) ? "enabled" : "disabled");
	printf("Allmulticast mode: %s\n",
			rte_eth_allmulticast_get(port->id) ? "enabled" : "disabled");
	printf("Maximum number of MAC addresses: %u\n", port->info.max_mac_addrs);
	printf("Maximum number of MAC addresses of hash filtering: %u\n",
			port->info.max_hash_mac_addrs);
	if (vlan < 0)
		return;
	printf("VLAN offload: \n  strip %s, filter %s, extend %s, qinq strip %s\n",
			on_off(vlan, RTE_ETH_VLAN_STRIP_OFFLOAD),
			on_off(vlan, RTE_ETH_VLAN_FILTER_OFFLOAD),
			on_off(vlan, RTE_ETH_VLAN_EXTEND_OFFLOAD),
			on_off(vlan, RTE_ETH_QINQ_STRIP_OFFLOAD));
}

static void
print_rss(const struct rte_eth_dev_info *info)
{
	if (info->hash_key_size > 0)
		printf("Hash key size in bytes: %u\n", info->hash_key_size);
	if (info->reta_size > 0)
		printf("Redirection table size: %u\n", info->reta_size);
	if (info->flow_type_rss_offloads == 0) {
		printf("No RSS offload flow type is supported.\n");
		return;
	}
	printf("Supported RSS offload flow types:\n");
	fwd_rss_print_bits(info->flow_type_rss_offloads);
}

static void
print_sizes(const struct rte_eth_dev_info *info)
{
	printf("Minimum size of RX buffer: %u\n", info->min_rx_bufsize);
	printf("Maximum configurable length of RX packet: %u\n", info->max_rx_pktlen);
	printf("Maximum configurable size of LRO aggregated packet: %u\n", info->max_lro_pkt_size);
	if (info->max_vfs != 0)
		printf("Maximum number of VFs: %u\n", info->max_vfs);
	if (info->max_vmdq_pools != 0)
		printf("Maximum number of VMDq pools: %u\n", info->max_vmdq_pools);
}

static void
print_queues(const struct rte_eth_dev_info *info)
{
	printf("Current number of RX queues: %u\n", info->nb_rx_queues);
	printf("Max possible RX queues: %u\n", info->max_rx_queues);
	printf("Max possible number of RXDs per queue: %hu\n", info->rx_desc_lim.nb_max);
	printf("Min possible number of RXDs per queue: %hu\n", info->rx_desc_lim.nb_min);
	printf("RXDs number alignment: %hu\n", info->rx_desc_lim.nb_align);

	printf("Current number of TX queues: %u\n", info->nb_tx_queues);
	printf("Max possible TX queues: %u\n", info->max_tx_queues);
	printf("Max possible number of TXDs per queue: %hu\n", info->tx_desc_lim.nb_max);
	printf("Min possible number of TXDs per queue: %hu\n", info->tx_desc_lim.nb_min);
	printf("TXDs number alignment: %hu\n", info->tx_desc_lim.nb_align);
	printf("Max segment number per packet: %hu\n", info->tx_desc_lim.nb_seg_max);
	printf("Max segment number per MTU/TSO: %hu\n", info->tx_desc_lim.nb_mtu_seg_max);
}

static void
print_capabilities(const struct rte_eth_dev_info *info)
{
	static const char *const modes[] = {
		[RTE_ETH_ERROR_HANDLE_MODE_NONE] = "none",
		[RTE_ETH_ERROR_HANDLE_MODE_PASSIVE] = "passive",
		[RTE_ETH_ERROR_HANDLE_MODE_PROACTIVE] = "proactive",
	};
	unsigned int bit;

	printf("Device capabilities: 0x%" PRIx64 "(", info->dev_capa);
	for (bit = 0; bit < 64; bit++)
		if ((info->dev_capa & RTE_BIT64(bit)) != 0)
			printf(" %s", rte_eth_dev_capability_name(RTE_BIT64(bit)));
	printf(" )\n");
	if (info->switch_info.domain_id != RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID) {
		if (info->switch_info.name != NULL)
			printf("Switch name: %s\n", info->switch_info.name);
		printf("Switch domain Id: %u\n", info->switch_info.domain_id);
		printf("Switch Port Id: %u\n", info->switch_info.port_id);
		if ((info->dev_capa & RTE_ETH_DEV_CAPA_RXQ_SHARE) != 0)
			printf("Switch Rx domain: %u\n", info->switch_info.rx_domain);
	}
	printf("Device error handling mode: %s\n",
			(unsigned int)info->err_handle_mode < RTE_DIM(modes)
					? modes[info->err_handle_mode]
					: "unknown");
}

void
fwd_print_port_info(struct fwd *fwd, uint16_t id)
{
	const struct fwd_port *port = find(fwd, id);
	struct rte_eth_dev_info info;
	struct rte_eth_link link;

	if (port == NULL || fwd_dev_link(id, &link) != 0 || fwd_dev_info(id, &info) != 0)
		return;
	print_device(port, &info);
	print_link(id, &link);
	print_filters(port);
	print_rss(&info);
	print_sizes(&info);
	print_queues(&info);
	print_capabilities(&info);
}

void
fwd_print_port_summary_header(void)
{
	printf("Number of available ports: %i\n", rte_eth_dev_count_avail());
	printf("%-4s %-17s %-12s %-14s %-8s %s\n", "Port", "MAC Address", "Name", "Driver",
			"Status", "Link");
}

void
fwd_print_port_summary(struct fwd *fwd, uint16_t id)
{
	char name[RTE_ETH_NAME_MAX_LEN], addr[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	struct rte_eth_link link;

	if (find(fwd, id) == NULL || fwd_dev_link(id, &link) != 0 || fwd_dev_info(id, &info) != 0)
		return;
	rte_eth_dev_get_name_by_port(id, name);
	if (fwd_dev_mac(id, &mac) != 0)
		return;
	rte_ether_format_addr(addr, sizeof(addr), &mac);
	printf("%-4d %s %-12s %-14s %-8s %s\n", id, addr, name, info.driver_name,
			link.link_status ? "up" : "down",
			rte_eth_link_speed_to_str(link.link_speed));
}

static void
print_addr(const struct rte_ether_addr *addr)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(text, sizeof(text), addr);
	printf("  %s\n", text);
}

void
fwd_print_macs(struct fwd *fwd, uint16_t id)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr *addrs;
	int n, i, used = 0;

	if (fwd_ports_get(fwd, id) == NULL || fwd_dev_info(id, &info) != 0)
		return;
	addrs = calloc(RTE_MAX(info.max_mac_addrs, 1u), sizeof(*addrs));
	if (addrs == NULL)
		return;
	n = rte_eth_macaddrs_get(id, addrs, info.max_mac_addrs);
	for (i = 0; i < n; i++)
		used += !rte_is_zero_ether_addr(&addrs[i]);
	if (n >= 0)
		printf("Number of MAC address added: %d\n", used);
	for (i = 0; i < n; i++)
		if (!rte_is_zero_ether_addr(&addrs[i]))
			print_addr(&addrs[i]);
	free(addrs);
}

void
fwd_print_mcast_macs(struct fwd *fwd, uint16_t id)
{
	const struct fwd_port *port = fwd_ports_get(fwd, id);
	uint32_t i;

	if (port == NULL)
		return;
	printf("Number of Multicast MAC address added: %d\n", (int)port->nb_mcast);
	for (i = 0; i < port->nb_mcast; i++)
		print_addr(&port->mcast[i]);
}
