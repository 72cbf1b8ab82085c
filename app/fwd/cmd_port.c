/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Ports come, start, stop and go.
 */

#include <errno.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_errno.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"
#include "sockets.h"

#define SECTION "ports"

static bool
valid(struct fwd *fwd, uint16_t id)
{
	return id == FWD_ALL_PORTS || fwd_ports_get(fwd, id) != NULL;
}

/* The next port from i on that id means; NULL: there is none. */
static struct fwd_port *
next_port(struct fwd *fwd, uint16_t id, unsigned int *i)
{
	for (; *i < RTE_MAX_ETHPORTS; ++*i)
		if (fwd->ports[*i].found && (id == FWD_ALL_PORTS || id == *i))
			return &fwd->ports[(*i)++];
	return NULL;
}

bool
fwd_cmd_ports_stopped(const struct fwd *fwd)
{
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (fwd->ports[i].found && fwd->ports[i].started) {
			fprintf(stderr, "Please stop all ports first\n");
			return false;
		}
	}
	return true;
}

void
fwd_cmd_port_reconf(struct fwd *fwd, uint16_t id, bool device, bool queues)
{
	struct fwd_port *port;
	unsigned int i = 0;

	while ((port = next_port(fwd, id, &i)) != NULL) {
		port->reconf |= device;
		port->reconf_queues |= queues;
	}
}

/* Whether packets go through it just now, after a line that says so. */
static bool
busy(const struct fwd *fwd, const struct fwd_port *port)
{
	if (!fwd->forwarding || !fwd_ports_forwards(fwd, port->id))
		return false;
	fprintf(stderr, "Please remove port %d from forwarding configuration.\n", port->id);
	return true;
}

static int
start(struct fwd *fwd, struct fwd_port *port)
{
	char addr[RTE_ETHER_ADDR_FMT_SIZE];
	int ret;

	if (port->reconf)
		printf("Configuring Port %d (socket %u)\n", port->id, port->mem_socket);
	ret = fwd_port_start(fwd, port);
	if (ret != 0)
		return ret;
	if (fwd_dev_mac(port->id, &port->addr) == 0) {
		rte_ether_format_addr(addr, sizeof(addr), &port->addr);
		printf("Port %d: %s\n", port->id, addr);
	}
	return 0;
}

int
fwd_cmd_port_start(struct fwd *fwd, uint16_t id)
{
	unsigned int i = 0, started = 0, found = 0;
	struct fwd_port *port;
	int ret;

	if (!valid(fwd, id))
		return 0;
	while ((port = next_port(fwd, id, &i)) != NULL && !fwd_quit) {
		found++;
		if (port->started) {
			fprintf(stderr, "Port %d is now not stopped\n", port->id);
			continue;
		}
		ret = start(fwd, port);
		if (ret != 0)
			return ret;
		started++;
	}
	if (started != 0 && !fwd->args.no_link_check)
		fwd_ports_link_check(fwd);
	else if (found != 0 && started == 0)
		fprintf(stderr, "Please stop the ports first\n");
	printf("Done\n");
	return 0;
}

void
fwd_cmd_port_stop(struct fwd *fwd, uint16_t id)
{
	unsigned int i = 0, stopped = 0;
	struct fwd_port *port;
	int ret;

	if (!valid(fwd, id))
		return;
	printf("Stopping ports...\n");
	while ((port = next_port(fwd, id, &i)) != NULL) {
		if (busy(fwd, port) || !port->started)
			continue;
		ret = fwd_port_stop(fwd, port);
		if (ret != 0)
			FWD_ERR("port %u does not stop: %s", port->id, rte_strerror(-ret));
		stopped += ret == 0;
	}
	if (stopped != 0 && !fwd->args.no_link_check)
		fwd_ports_link_check(fwd);
	printf("Done\n");
}

void
fwd_cmd_port_close(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port;
	unsigned int i = 0;

	if (!valid(fwd, id))
		return;
	printf("Closing ports...\n");
	while ((port = next_port(fwd, id, &i)) != NULL)
		if (!busy(fwd, port))
			fwd_port_close(fwd, port);
	if (!fwd->forwarding)
		fwd_ports_tidy(fwd);
	fwd_ports_free_bridges(fwd);
	printf("Done\n");
}

static void
reset(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port;
	unsigned int i = 0;
	int ret;

	if (!valid(fwd, id))
		return;
	while ((port = next_port(fwd, id, &i)) != NULL) {
		if (port->started) {
			fprintf(stderr, "Can not reset port(s), please stop port(s) first.\n");
			return;
		}
	}
	printf("Resetting ports...\n");
	i = 0;
	while ((port = next_port(fwd, id, &i)) != NULL) {
		if (busy(fwd, port))
			continue;
		ret = fwd_port_reset(fwd, port);
		if (ret != 0)
			fprintf(stderr, "Failed to reset port %d. diag=%d\n", port->id, ret);
	}
	printf("Done\n");
}

static void
run_port(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;

	if (fwd_cmd_is(in, 1, "start"))
		fwd_cmd_port_start(fwd, id);
	else if (fwd_cmd_is(in, 1, "stop"))
		fwd_cmd_port_stop(fwd, id);
	else if (fwd_cmd_is(in, 1, "close"))
		fwd_cmd_port_close(fwd, id);
	else
		reset(fwd, id);
}

/* A port that a probed device has brought. */
static void
take(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = &fwd->ports[id];
	int ret;

	if (fwd_ports_add(fwd, id) != 0)
		return;
	port->mem_socket = fwd_sockets_of_port(fwd, port);
	port->mbufs = fwd_mempools_get(fwd, port->mem_socket);
	if (port->mbufs == NULL) {
		fwd_ports_forget(fwd, port);
		return;
	}
	ret = rte_eth_promiscuous_enable(id);
	if (ret != 0)
		fprintf(stderr, "Error during enabling promiscuous mode for port %u: %s - ignore\n",
				id, rte_strerror(-ret));
	/* One of that number may have gone while others forwarded. */
	if (!fwd_ports_forwards(fwd, id))
		fwd->order[fwd->nb_ports++] = id;
	fwd->nb_cfg_ports = fwd->nb_ports;
	printf("Port %d is attached. Now total ports is %d\n", id, rte_eth_dev_count_avail());
	printf("Done\n");
}

static void
run_attach(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	const char *identifier = in->tok[2].str;
	struct rte_dev_iterator it;
	uint16_t id;

	printf("Attaching a new port...\n");
	if (rte_dev_probe(identifier) < 0) {
		fprintf(stderr, "%s: Failed to attach port %s\n", fwd->name, identifier);
		return;
	}
	RTE_ETH_FOREACH_MATCHING_DEV(id, identifier, &it)
	{
		if (!fwd->ports[id].found)
			take(fwd, id);
	}
}

/* Whether all ports of the device have stopped, or else a line. */
static bool
device_stopped(const struct fwd *fwd, const struct rte_device *dev)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV_OF(id, dev)
	{
		if (fwd->ports[id].found && fwd->ports[id].started) {
			fprintf(stderr, "Port %u not stopped\n", id);
			return false;
		}
	}
	return true;
}

static void
close_of_device(struct fwd *fwd, const struct rte_device *dev)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV_OF(id, dev)
	{
		if (fwd->ports[id].found)
			fwd_port_close(fwd, &fwd->ports[id]);
	}
	if (!fwd->forwarding)
		fwd_ports_tidy(fwd);
	fwd_ports_free_bridges(fwd);
}

static void
detach(struct fwd *fwd, struct rte_device *dev)
{
	char name[RTE_DEV_NAME_MAX_LEN];

	snprintf(name, sizeof(name), "%s", rte_dev_name(dev));
	printf("Removing a device...\n");
	if (!device_stopped(fwd, dev))
		return;
	close_of_device(fwd, dev);
	if (rte_dev_remove(dev) < 0) {
		fprintf(stderr, "%s: Failed to detach device %s\n", fwd->name, name);
		return;
	}
	printf("Device is detached\nNow total ports is %d\nDone\n", rte_eth_dev_count_avail());
}

static void
run_detach(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	struct rte_eth_dev_info info;

	if (!rte_eth_dev_is_valid_port(id) || !fwd->ports[id].found) {
		fprintf(stderr, "Invalid port_id=%u\n", id);
		return;
	}
	if (fwd->ports[id].started) {
		fprintf(stderr, "Port not stopped\n");
		return;
	}
	fprintf(stderr, "Port was not closed\n");
	if (fwd_dev_info(id, &info) == 0)
		detach(fwd, info.device);
}

static void
run_device_detach(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	const char *identifier = in->tok[2].str;
	struct rte_dev_iterator it;
	struct rte_devargs da = { 0 };
	uint16_t id;

	printf("Removing a device...\n");
	if (rte_devargs_parsef(&da, "%s", identifier) != 0) {
		fprintf(stderr, "cannot parse identifier\n");
		return;
	}
	RTE_ETH_FOREACH_MATCHING_DEV(id, identifier, &it)
	{
		if (fwd->ports[id].found && fwd->ports[id].started) {
			fprintf(stderr, "Port %u not stopped\n", id);
			rte_eth_iterator_cleanup(&it);
			rte_devargs_reset(&da);
			return;
		}
	}
	for (id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (fwd->ports[id].found &&
				strcmp(rte_dev_name(fwd->ports[id].info.device), da.name) == 0)
			close_of_device(fwd, fwd->ports[id].info.device);
	if (rte_eal_hotplug_remove(rte_bus_name(da.bus), da.name) != 0) {
		fprintf(stderr, "%s: Failed to detach device %s(%s)\n", fwd->name, da.name,
				rte_bus_name(da.bus));
	} else {
		printf("Device %s is detached\nNow total ports is %d\nDone\n", identifier,
				rte_eth_dev_count_avail());
	}
	rte_devargs_reset(&da);
}

void
fwd_cmd_port_remove(struct fwd *fwd, uint16_t id)
{
	bool no_check = fwd->args.no_link_check;
	struct rte_eth_dev_info info;

	fwd->args.no_link_check = true;
	fwd_cmd_port_stop(fwd, id);
	fwd->args.no_link_check = no_check;
	if (fwd_dev_info(id, &info) == 0)
		detach(fwd, info.device);
}

const struct fwd_cmd fwd_cmds_port[] = {
	{ SECTION, "port start|stop|close|reset <port:ports>",
			"Start, stop, close or reset a port.", run_port },
	{ SECTION, "port attach <identifier:str>",
			"Make a port of a device: a PCI address, or the name and arguments of a "
			"virtual device.",
			run_attach },
	{ SECTION, "port detach <port:port>", "Close a port and let go of its device.",
			run_detach },
	{ SECTION, "device detach <identifier:str>", "The same for a device by its name.",
			run_device_detach },
	{ NULL },
};
