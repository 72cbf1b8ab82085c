/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Which checksums a device computes, and which software does.
 */

#include <string.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"

#define SECTION "ports"

/* The word of the command, the name in "csum show", and that in complaints. */
static const struct {
	const char *word;
	const char *shown;
	const char *name;
	const char *warned;
	uint64_t bit;
} kinds[] = {
	{ "ip", "IP", "IP", "IP", RTE_ETH_TX_OFFLOAD_IPV4_CKSUM },
	{ "udp", "UDP", "UDP", "UDP", RTE_ETH_TX_OFFLOAD_UDP_CKSUM },
	{ "tcp", "TCP", "TCP", "TCP", RTE_ETH_TX_OFFLOAD_TCP_CKSUM },
	{ "sctp", "SCTP", "SCTP", "SCTP", RTE_ETH_TX_OFFLOAD_SCTP_CKSUM },
	{ "outer-ip", "Outer-Ip", "Outer IP", "outer IP", RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM },
	{ "outer-udp", "Outer-Udp", "Outer UDP", "outer UDP", RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM },
};

static void
show(const struct fwd_port *port)
{
	uint64_t offloads = port->conf.txmode.offloads;
	struct rte_eth_dev_info info;
	unsigned int i;

	printf("Parse tunnel is %s\n", port->parse_tunnel ? "on" : "off");
	for (i = 0; i < RTE_DIM(kinds); i++)
		printf("%s checksum offload is %s\n", kinds[i].shown,
				(offloads & kinds[i].bit) != 0 ? "hw" : "sw");
	if (fwd_dev_info(port->id, &info) != 0)
		return;
	for (i = 0; i < RTE_DIM(kinds); i++)
		if ((offloads & kinds[i].bit) != 0 && (info.tx_offload_capa & kinds[i].bit) == 0)
			fprintf(stderr,
					"Warning: hardware %s checksum enabled but not supported "
					"by port %d\n",
					kinds[i].warned, port->id);
}

/* The port, if it has stopped; or NULL after testpmd's lines. */
static struct fwd_port *
stopped_port(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = fwd_ports_get(fwd, id);

	if (port == NULL) {
		fprintf(stderr, "invalid port %d\n", id);
		return NULL;
	}
	if (!port->started)
		return port;
	fprintf(stderr, "Please stop port %d first\n", id);
	return NULL;
}

static void
set(struct fwd_port *port, unsigned int kind, bool hw, uint64_t capa)
{
	uint64_t *offloads = &port->conf.txmode.offloads;
	unsigned int q;

	if (!hw)
		*offloads &= ~kinds[kind].bit;
	else if ((capa & kinds[kind].bit) != 0)
		*offloads |= kinds[kind].bit;
	else
		fprintf(stderr, "%s checksum offload is not supported by port %u\n",
				kinds[kind].name, port->id);
	for (q = 0; q < RTE_MAX_QUEUES_PER_PORT; q++)
		port->txq[q].conf.offloads = *offloads;
}

static void
run_set(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = stopped_port(fwd, (uint16_t)in->tok[4].num);
	struct rte_eth_dev_info info;
	unsigned int i = 0;

	if (port == NULL || fwd_dev_info(port->id, &info) != 0)
		return;
	while (!fwd_cmd_is(in, 2, kinds[i].word))
		i++;
	set(port, i, fwd_cmd_is(in, 3, "hw"), info.tx_offload_capa);
	show(port);
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_show(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = stopped_port(fwd, (uint16_t)in->tok[2].num);

	if (port == NULL)
		return;
	show(port);
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_tunnel(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = fwd_ports_get(fwd, (uint16_t)in->tok[3].num);

	if (port == NULL)
		return;
	port->parse_tunnel = fwd_cmd_is(in, 2, "on");
	show(port);
}

static void
run_mac_swap(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = fwd_ports_get(fwd, (uint16_t)in->tok[3].num);

	if (port != NULL)
		port->csum_mac_swap = fwd_cmd_is(in, 2, "on");
}

const struct fwd_cmd fwd_cmds_csum[] = {
	{ SECTION, "csum set ip|tcp|udp|sctp|outer-ip|outer-udp hw|sw <port:port>",
			"Who computes a checksum of what a port sends: its device, or software.",
			run_set },
	{ SECTION, "csum show <port:port>", "Who does.", run_show },
	{ SECTION, "csum parse-tunnel on|off <port:port>", "Whether inner headers count.",
			run_tunnel },
	{ SECTION, "csum mac-swap on|off <port:port>", "Whether addresses change places.",
			run_mac_swap },
	{ NULL },
};
