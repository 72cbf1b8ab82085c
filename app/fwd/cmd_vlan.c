/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * VLAN: what ports strip, filter and insert.
 */

#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"

#define SECTION "ports"
#define VLANS 4096

/* The name testpmd has for it in its lines. */
static const struct {
	const char *word;
	const char *func;
	int bit;
	uint64_t offload;
} offloads[] = {
	{ "strip", "rx_vlan_strip_set", RTE_ETH_VLAN_STRIP_OFFLOAD, RTE_ETH_RX_OFFLOAD_VLAN_STRIP },
	{ "filter", "rx_vlan_filter_set", RTE_ETH_VLAN_FILTER_OFFLOAD,
			RTE_ETH_RX_OFFLOAD_VLAN_FILTER },
	{ "qinq_strip", "rx_vlan_qinq_strip_set", RTE_ETH_QINQ_STRIP_OFFLOAD,
			RTE_ETH_RX_OFFLOAD_QINQ_STRIP },
	{ "extend", "rx_vlan_extend_set", RTE_ETH_VLAN_EXTEND_OFFLOAD,
			RTE_ETH_RX_OFFLOAD_VLAN_EXTEND },
};

static bool
valid_vlan(uint16_t vlan)
{
	if (vlan < VLANS)
		return true;
	fprintf(stderr, "Invalid vlan_id %d (must be < 4096)\n", vlan);
	return false;
}

static void
set_offload(struct fwd *fwd, uint16_t id, const char *word, bool on)
{
	struct fwd_port *port = fwd_ports_get(fwd, id);
	unsigned int i = 0;
	int now, ret;

	if (port == NULL)
		return;
	while (strcmp(offloads[i].word, word) != 0)
		i++;
	now = rte_eth_dev_get_vlan_offload(id);
	ret = rte_eth_dev_set_vlan_offload(id, on ? now | offloads[i].bit : now & ~offloads[i].bit);
	if (ret < 0) {
		fprintf(stderr, "%s(port_pi=%d, on=%d) failed diag=%d\n", offloads[i].func, id, on,
				ret);
		return;
	}
	if (on)
		port->conf.rxmode.offloads |= offloads[i].offload;
	else
		port->conf.rxmode.offloads &= ~offloads[i].offload;
}

static void
set_strip_queue(struct fwd *fwd, uint16_t id, const char *queue, bool on)
{
	unsigned long q;
	int ret;

	if (*queue != ',' || queue[1] == '\0') {
		fprintf(stderr, "must specify (port,queue_id)\n");
		return;
	}
	q = strtoul(queue + 1, NULL, 0);
	if (q > UINT16_MAX || fwd_ports_get(fwd, id) == NULL)
		return;
	ret = rte_eth_dev_set_vlan_strip_on_queue(id, (uint16_t)q, on);
	if (ret < 0)
		fprintf(stderr,
				"rx_vlan_strip_set_on_queue(port_pi=%d, queue_id=%d, on=%d) "
				"failed diag=%d\n",
				id, (int)q, on, ret);
}

/* The port is a word, for a queue may stand behind it. */
static void
run_offload(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	bool on = fwd_cmd_is(in, 3, "on");
	unsigned long id;
	char *end;

	id = strtoul(in->tok[4].str, &end, 0);
	if (id >= RTE_MAX_ETHPORTS)
		return;
	if (fwd_cmd_is(in, 2, "stripq"))
		set_strip_queue(fwd, (uint16_t)id, end, on);
	else
		set_offload(fwd, (uint16_t)id, in->tok[2].str, on);
}

static void
run_tpid(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	enum rte_vlan_type type = fwd_cmd_is(in, 2, "inner") ? RTE_ETH_VLAN_TYPE_INNER
							     : RTE_ETH_VLAN_TYPE_OUTER;
	uint16_t tpid = (uint16_t)in->tok[4].num;
	uint16_t id = (uint16_t)in->tok[5].num;
	int ret;

	if (fwd_ports_get(fwd, id) == NULL)
		return;
	ret = rte_eth_dev_set_vlan_ether_type(id, type, tpid);
	if (ret != 0)
		fprintf(stderr,
				"tx_vlan_tpid_set(port_pi=%d, vlan_type=%d, tpid=%d) failed "
				"diag=%d\n",
				id, type, tpid, ret);
}

static bool
filter(struct fwd *fwd, uint16_t id, uint16_t vlan, bool on)
{
	int ret;

	if (fwd_ports_get(fwd, id) == NULL || !valid_vlan(vlan))
		return false;
	ret = rte_eth_dev_vlan_filter(id, vlan, on);
	if (ret != 0)
		fprintf(stderr,
				"rte_eth_dev_vlan_filter(port_pi=%d, vlan_id=%d, on=%d) failed "
				"diag=%d\n",
				id, vlan, on, ret);
	return ret == 0;
}

static void
run_filter(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	filter(fwd, (uint16_t)in->tok[3].num, (uint16_t)in->tok[2].num, fwd_cmd_is(in, 1, "add"));
}

static void
run_filter_all(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[3].num;
	bool on = fwd_cmd_is(in, 1, "add");
	uint16_t vlan;

	for (vlan = 0; vlan < VLANS && filter(fwd, id, vlan, on); vlan++)
		;
}

/* The port, if it has stopped; or NULL after testpmd's line. */
static struct fwd_port *
stopped_port(struct fwd *fwd, uint64_t id)
{
	struct fwd_port *port = fwd_ports_get(fwd, (uint16_t)id);

	if (port == NULL || !port->started)
		return port;
	fprintf(stderr, "Please stop port %d first\n", port->id);
	return NULL;
}

static void
reset_insert(struct fwd_port *port)
{
	port->conf.txmode.offloads &=
			~(RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_QINQ_INSERT);
	port->tx_vlan_set = false;
	port->tx_vlan = 0;
	port->tx_vlan_outer = 0;
}

static void
run_insert(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = stopped_port(fwd, in->tok[2].num);
	uint16_t vlan = (uint16_t)in->tok[3].num;
	struct rte_eth_dev_info info;

	if (port == NULL || !valid_vlan(vlan))
		return;
	if ((port->conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_QINQ_INSERT) != 0) {
		fprintf(stderr, "Error, as QinQ has been enabled.\n");
		return;
	}
	if (fwd_dev_info(port->id, &info) != 0)
		return;
	if ((info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) == 0) {
		fprintf(stderr, "Error: vlan insert is not supported by port %d\n", port->id);
		return;
	}
	reset_insert(port);
	port->conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	port->tx_vlan_set = true;
	port->tx_vlan = vlan;
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_insert_qinq(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = stopped_port(fwd, in->tok[2].num);
	uint16_t vlan = (uint16_t)in->tok[3].num;
	uint16_t outer = (uint16_t)in->tok[4].num;
	struct rte_eth_dev_info info;

	if (port == NULL || !valid_vlan(vlan) || !valid_vlan(outer) ||
			fwd_dev_info(port->id, &info) != 0)
		return;
	if ((info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_QINQ_INSERT) == 0) {
		fprintf(stderr, "Error: qinq insert not supported by port %d\n", port->id);
		return;
	}
	reset_insert(port);
	port->conf.txmode.offloads |=
			RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_QINQ_INSERT;
	port->tx_vlan_set = true;
	port->tx_vlan = vlan;
	port->tx_vlan_outer = outer;
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_insert_reset(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = stopped_port(fwd, in->tok[2].num);

	if (port == NULL)
		return;
	reset_insert(port);
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_pvid(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[3].num;

	if (fwd_ports_get(fwd, id) != NULL)
		rte_eth_dev_set_vlan_pvid(id, (uint16_t)in->tok[4].num, fwd_cmd_is(in, 5, "on"));
}

const struct fwd_cmd fwd_cmds_vlan[] = {
	{ SECTION, "vlan set strip|filter|qinq_strip|extend|stripq on|off <port:str>",
			"VLAN offload of a port; of a queue with stripq, as 0,1.", run_offload },
	{ SECTION, "vlan set inner|outer tpid <tpid:u16> <port:port>", "Ethertype of VLAN tags.",
			run_tpid },
	{ SECTION, "rx_vlan add|rm <vlan:u16> <port:port>", "A VLAN that a port lets through.",
			run_filter },
	{ SECTION, "rx_vlan add|rm all <port:port>", "All VLANs.", run_filter_all },
	{ SECTION, "tx_vlan set <port:port> <vlan:u16>", "Tag that a port gives to what it sends.",
			run_insert },
	{ SECTION, "tx_vlan set <port:port> <vlan:u16> <outer:u16>", "Two tags.", run_insert_qinq },
	{ SECTION, "tx_vlan reset <port:port>", "No tags.", run_insert_reset },
	{ SECTION, "tx_vlan set pvid <port:port> <vlan:u16> on|off", "Port VLAN.", run_pvid },
	{ NULL },
};
