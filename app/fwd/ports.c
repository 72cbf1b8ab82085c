/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Ports: which there are, which forward, and their links.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include "fwd.h"

/* As testpmd: 9 s in steps of 100 ms. */
#define LINK_WAIT_STEPS 90
#define LINK_WAIT_STEP_US 100000

/* Peers that are not given are testpmd's: 02:00:00:00:00:PORT. */
static void
choose_peer(const struct fwd_args *args, struct fwd_port *port)
{
	const struct rte_ether_addr addr = {
		.addr_bytes = { RTE_ETHER_LOCAL_ADMIN_ADDR, [5] = (uint8_t)port->id },
	};

	port->peer = args->peer[port->id].given ? args->peer[port->id].addr : addr;
}

static void
wish_offloads(const struct fwd_args *args, struct fwd_port *port)
{
	port->conf.rxmode.offloads = args->rx_offloads;
	port->conf.rxmode.max_lro_pkt_size = args->max_lro_pkt_size;
	port->conf.txmode.offloads = args->tx_offloads_given
			? args->tx_offloads
			: port->info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	port->conf.link_speeds = args->link_speed;
}

int
fwd_ports_add(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = &fwd->ports[id];
	int ret;

	memset(port, 0, sizeof(*port));
	port->id = id;
	port->socket = rte_eth_dev_socket_id(id);
	port->csum_mac_swap = true;
	port->reconf = true;
	port->reconf_queues = true;
	port->rxq = calloc(RTE_MAX_QUEUES_PER_PORT, sizeof(*port->rxq));
	port->txq = calloc(RTE_MAX_QUEUES_PER_PORT, sizeof(*port->txq));
	if (port->rxq == NULL || port->txq == NULL) {
		FWD_ERR("port %u: no memory for its queues", id);
		fwd_ports_forget(fwd, port);
		return -ENOMEM;
	}
	ret = rte_eth_dev_info_get(id, &port->info);
	if (ret != 0) {
		FWD_ERR("port %u: no information from its driver: %s", id, rte_strerror(-ret));
		fwd_ports_forget(fwd, port);
		return ret;
	}
	port->found = true;
	choose_peer(&fwd->args, port);
	wish_offloads(&fwd->args, port);
	return 0;
}

void
fwd_ports_forget(struct fwd *fwd, struct fwd_port *port)
{
	RTE_SET_USED(fwd);
	free(port->rxq);
	free(port->txq);
	free(port->mcast);
	memset(port, 0, sizeof(*port));
}

/* The list of --portmask or --portlist, less what is not there. */
static int
order_given(struct fwd *fwd)
{
	const struct fwd_list *list = &fwd->args.ports;
	uint32_t i;

	fwd->nb_ports = 0;
	for (i = 0; i < list->nb; i++)
		if (list->ids[i] < RTE_MAX_ETHPORTS && fwd->ports[list->ids[i]].found)
			fwd->order[fwd->nb_ports++] = list->ids[i];
	if (fwd->nb_ports != 0)
		return 0;
	FWD_ERR("--portmask, --portlist: accepted are those of the %u ports found",
			rte_eth_dev_count_avail());
	return -EINVAL;
}

static int
check_ports(struct fwd *fwd)
{
	const struct fwd_args *args = &fwd->args;
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (args->peer[i].given && !fwd->ports[i].found) {
			FWD_ERR("--eth-peer=%u,...: no such port: accepted are those of the %u "
				"ports found",
					i, fwd->nb_ports);
			return -EINVAL;
		}
	}
	if (args->ports.nb != 0 && order_given(fwd) != 0)
		return -EINVAL;
	if (args->nb_ports > fwd->nb_ports) {
		FWD_ERR("--nb-ports=%u: accepted values are 1 to %u", args->nb_ports,
				fwd->nb_ports);
		return -EINVAL;
	}
	return 0;
}

int
fwd_ports_find(struct fwd *fwd)
{
	uint16_t id;
	int ret;

	RTE_ETH_FOREACH_DEV(id) {
		ret = fwd_ports_add(fwd, id);
		if (ret != 0)
			return ret;
		fwd->order[fwd->nb_ports++] = id;
	}
	if (fwd->nb_ports == 0 && !fwd->args.interactive) {
		FWD_ERR("no Ethernet ports: bind a NIC (scripts/setup.sh bind BDF) or give "
			"--vdev%s",
				geteuid() != 0 ? " (not root: most devices need it)" : "");
		return -ENODEV;
	}
	ret = check_ports(fwd);
	if (ret != 0)
		return ret;
	fwd->nb_cfg_ports = fwd->nb_ports;
	if (fwd->args.nb_ports != 0)
		fwd->nb_ports = fwd->args.nb_ports;
	return 0;
}

void
fwd_ports_tidy(struct fwd *fwd)
{
	unsigned int i, kept = 0;

	for (i = 0; i < fwd->nb_ports; i++)
		if (fwd->ports[fwd->order[i]].found)
			fwd->order[kept++] = fwd->order[i];
	fwd->nb_ports = kept;
	fwd->nb_cfg_ports = kept;
}

bool
fwd_ports_forwards(const struct fwd *fwd, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++)
		if (fwd->order[i] == id)
			return true;
	return false;
}

struct fwd_port *
fwd_ports_get(struct fwd *fwd, uint16_t id)
{
	if (id < RTE_MAX_ETHPORTS && fwd->ports[id].found)
		return &fwd->ports[id];
	fprintf(stderr, "Invalid port %d\n", id);
	return NULL;
}

static bool
all_up(const struct fwd *fwd)
{
	struct rte_eth_link link;
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (!fwd->ports[i].found || rte_eth_link_get_nowait((uint16_t)i, &link) != 0)
			continue;
		if (link.link_status != RTE_ETH_LINK_UP)
			return false;
	}
	return true;
}

static void
show_links(const struct fwd *fwd)
{
	char text[RTE_ETH_LINK_MAX_STR_LEN];
	struct rte_eth_link link;
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (!fwd->ports[i].found || rte_eth_link_get_nowait((uint16_t)i, &link) != 0)
			continue;
		rte_eth_link_to_str(text, sizeof(text), &link);
		printf("Port %u %s\n", i, text);
	}
}

void
fwd_ports_link_check(const struct fwd *fwd)
{
	unsigned int i;

	printf("Checking link statuses...\n");
	fflush(stdout);
	/* With interrupts an event tells of them; who has a prompt does not wait for it. */
	if (fwd->args.interactive && !fwd->args.no_lsc_interrupt)
		return;
	for (i = 0; i < LINK_WAIT_STEPS && !fwd_quit && !all_up(fwd); i++)
		rte_delay_us_sleep(LINK_WAIT_STEP_US);
	if (!fwd_quit && fwd->args.no_lsc_interrupt)
		show_links(fwd);
}
