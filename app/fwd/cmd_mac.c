/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Addresses that ports filter.
 */

#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "fwd.h"

#define SECTION "ports"

static void
run_mac(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct rte_ether_addr addr = in->tok[3].mac;
	uint16_t id = (uint16_t)in->tok[2].num;
	int ret;

	RTE_SET_USED(fwd);
	if (fwd_cmd_is(in, 1, "add"))
		ret = rte_eth_dev_mac_addr_add(id, &addr, 0);
	else if (fwd_cmd_is(in, 1, "set"))
		ret = rte_eth_dev_default_mac_addr_set(id, &addr);
	else
		ret = rte_eth_dev_mac_addr_remove(id, &addr);
	if (ret < 0)
		fprintf(stderr, "mac_addr_cmd error: (%s)\n", strerror(-ret));
}

/* Number of the address in the list; that of addresses if it is not there. */
static uint32_t
find(const struct fwd_port *port, const struct rte_ether_addr *addr)
{
	uint32_t i;

	for (i = 0; i < port->nb_mcast; i++)
		if (rte_is_same_ether_addr(addr, &port->mcast[i]))
			break;
	return i;
}

static bool
append(struct fwd_port *port, const struct rte_ether_addr *addr)
{
	struct rte_ether_addr *list;

	list = realloc(port->mcast, (port->nb_mcast + 1) * sizeof(*list));
	if (list == NULL) {
		fprintf(stderr, "allocation of pool of %u multicast addresses failed\n",
				port->nb_mcast + 1);
		return false;
	}
	list[port->nb_mcast++] = *addr;
	port->mcast = list;
	return true;
}

static void
drop(struct fwd_port *port, uint32_t i)
{
	port->nb_mcast--;
	memmove(&port->mcast[i], &port->mcast[i + 1], (port->nb_mcast - i) * sizeof(*port->mcast));
}

static bool
pass_on(const struct fwd_port *port)
{
	int ret = rte_eth_dev_set_mc_addr_list(port->id, port->mcast, port->nb_mcast);

	if (ret < 0)
		fprintf(stderr, "rte_eth_dev_set_mc_addr_list(port=%d, nb=%u) failed. diag=%d\n",
				port->id, port->nb_mcast, ret);
	return ret >= 0;
}

static void
add(struct fwd_port *port, const struct rte_ether_addr *addr)
{
	if (find(port, addr) < port->nb_mcast) {
		fprintf(stderr, "multicast address already filtered by port\n");
		return;
	}
	if (append(port, addr) && !pass_on(port))
		drop(port, port->nb_mcast - 1);
}

static void
take_away(struct fwd_port *port, const struct rte_ether_addr *addr)
{
	uint32_t i = find(port, addr);

	if (i == port->nb_mcast) {
		fprintf(stderr, "multicast address not filtered by port %d\n", port->id);
		return;
	}
	drop(port, i);
	if (!pass_on(port))
		append(port, addr);
}

static void
run_mcast(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port;

	if (!rte_is_multicast_ether_addr(&in->tok[3].mac)) {
		fprintf(stderr, "Invalid multicast addr " RTE_ETHER_ADDR_PRT_FMT "\n",
				RTE_ETHER_ADDR_BYTES(&in->tok[3].mac));
		return;
	}
	port = fwd_ports_get(fwd, (uint16_t)in->tok[2].num);
	if (port == NULL)
		return;
	if (fwd_cmd_is(in, 1, "add"))
		add(port, &in->tok[3].mac);
	else
		take_away(port, &in->tok[3].mac);
}

static void
run_mcast_flush(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = fwd_ports_get(fwd, (uint16_t)in->tok[2].num);

	if (port == NULL)
		return;
	if (rte_eth_dev_set_mc_addr_list(port->id, NULL, 0) != 0) {
		fprintf(stderr, "Failed to flush all multicast MAC addresses on port_id %u\n",
				port->id);
		return;
	}
	free(port->mcast);
	port->mcast = NULL;
	port->nb_mcast = 0;
}

const struct fwd_cmd fwd_cmds_mac[] = {
	{ SECTION, "mac_addr add|remove|set <port:port> <address:mac>",
			"Another address of a port, or its first.", run_mac },
	{ SECTION, "mcast_addr add|remove <port:port> <address:mac>",
			"Multicast address that a port lets through.", run_mcast },
	{ SECTION, "mcast_addr flush <port:port>", "No multicast addresses.", run_mcast_flush },
	{ NULL },
};
