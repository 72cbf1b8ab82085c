/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show and clear.
 */

#include <string.h>

#include <rte_mbuf_ptype.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"
#include "print.h"

#define SECTION "display"

/* For one port, or for all there are. */
static void
each_port(struct fwd *fwd, uint64_t id, void (*func)(struct fwd *fwd, uint16_t id))
{
	uint16_t i;

	if (id != FWD_ALL_PORTS) {
		func(fwd, (uint16_t)id);
		return;
	}
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (fwd->ports[i].found)
			func(fwd, i);
}

static void
run_show_port(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint64_t id = in->tok[3].num;

	if (fwd_cmd_is(in, 2, "info")) {
		each_port(fwd, id, fwd_print_port_info);
	} else if (fwd_cmd_is(in, 2, "stats")) {
		each_port(fwd, id, fwd_print_stats);
	} else if (fwd_cmd_is(in, 2, "xstats")) {
		each_port(fwd, id, fwd_print_xstats);
	} else {
		fwd_print_port_summary_header();
		each_port(fwd, id, fwd_print_port_summary);
	}
}

static void
run_clear_port(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	each_port(fwd, in->tok[3].num,
			fwd_cmd_is(in, 2, "stats") ? fwd_clear_stats : fwd_clear_xstats);
}

static void
run_show_fwd(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	if (fwd_cmd_is(in, 0, "show"))
		fwd_stats_total(fwd);
	else
		fwd_stats_start(fwd);
}

static void
run_show_config(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	if (fwd_cmd_is(in, 2, "rxtx"))
		fwd_print_rxtx(fwd);
	else if (fwd_cmd_is(in, 2, "cores"))
		fwd_print_cores(fwd);
	else if (fwd_cmd_is(in, 2, "fwd"))
		fwd_streams_show(fwd);
	else if (fwd_cmd_is(in, 2, "txtimes"))
		fwd_print_txtimes(fwd);
	else
		fwd_print_txpkts(fwd);
}

static void
run_show_queue(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[3].num;
	uint16_t queue = (uint16_t)in->tok[4].num;

	RTE_SET_USED(fwd);
	if (fwd_cmd_is(in, 1, "rxq"))
		fwd_print_rxq(id, queue);
	else
		fwd_print_txq(id, queue);
}

static void
run_show_device(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(fwd);
	fwd_print_devices(fwd_cmd_is(in, 3, "all") ? NULL : in->tok[3].str);
}

static void
run_show_macs(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;

	if (fwd_cmd_is(in, 3, "macs"))
		fwd_print_macs(fwd, id);
	else
		fwd_print_mcast_macs(fwd, id);
}

static void
run_show_ptypes(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	static const struct {
		uint32_t mask;
		const char *name;
	} layers[] = {
		{ RTE_PTYPE_L2_MASK, "L2" },
		{ RTE_PTYPE_L3_MASK, "L3" },
		{ RTE_PTYPE_L4_MASK, "L4" },
		{ RTE_PTYPE_TUNNEL_MASK, "Tunnel" },
		{ RTE_PTYPE_INNER_L2_MASK, "Inner L2" },
		{ RTE_PTYPE_INNER_L3_MASK, "Inner L3" },
		{ RTE_PTYPE_INNER_L4_MASK, "Inner L4" },
	};
	uint16_t id = (uint16_t)in->tok[2].num;
	uint32_t ptypes[16];
	char name[256];
	unsigned int i;
	int n, k;

	RTE_SET_USED(fwd);
	if (rte_eth_dev_get_supported_ptypes(id, RTE_PTYPE_L2_MASK, NULL, 0) < 0)
		return;
	for (i = 0; i < RTE_DIM(layers); i++) {
		n = rte_eth_dev_get_supported_ptypes(id, layers[i].mask, ptypes, RTE_DIM(ptypes));
		printf(n > 0 ? "Supported %s ptypes:\n" : "%s ptypes unsupported\n",
				layers[i].name);
		for (k = 0; k < RTE_MIN(n, (int)RTE_DIM(ptypes)); k++) {
			rte_get_ptype_name(ptypes[k], name, sizeof(name));
			printf("%s\n", name);
		}
	}
}

static const char *
rx_status(int status)
{
	if (status == RTE_ETH_RX_DESC_AVAIL)
		return "AVAILABLE";
	return status == RTE_ETH_RX_DESC_DONE ? "DONE" : "UNAVAILABLE";
}

static const char *
tx_status(int status)
{
	if (status == RTE_ETH_TX_DESC_FULL)
		return "FULL";
	return status == RTE_ETH_TX_DESC_DONE ? "DONE" : "UNAVAILABLE";
}

static void
run_show_desc(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	uint16_t queue = (uint16_t)in->tok[4].num;
	uint16_t desc = (uint16_t)in->tok[6].num;
	bool rx = fwd_cmd_is(in, 3, "rxq");
	int ret;

	RTE_SET_USED(fwd);
	if (!rte_eth_dev_is_valid_port(id)) {
		fprintf(stderr, "invalid port id %u\n", id);
		return;
	}
	ret = rx ? rte_eth_rx_descriptor_status(id, queue, desc)
		 : rte_eth_tx_descriptor_status(id, queue, desc);
	if (ret < 0)
		fprintf(stderr, "Invalid input: queue id = %d, desc id = %d\n", queue, desc);
	else
		printf("Desc status = %s\n", rx ? rx_status(ret) : tx_status(ret));
}

static void
run_show_desc_used(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	uint16_t queue = (uint16_t)in->tok[4].num;
	int n;

	RTE_SET_USED(fwd);
	if (!rte_eth_dev_is_valid_port(id)) {
		fprintf(stderr, "invalid port id %u\n", id);
		return;
	}
	n = rte_eth_rx_queue_count(id, queue);
	if (n < 0)
		fprintf(stderr, "Invalid queueid = %d\n", queue);
	else
		printf("Used desc count = %d\n", n);
}

const struct fwd_cmd fwd_cmds_show[] = {
	{ SECTION, "show port info|stats|xstats|summary <port:ports>",
			"What a port is, or has counted.", run_show_port },
	{ SECTION, "clear port stats|xstats <port:ports>", "Have a port count from 0.",
			run_clear_port },
	{ SECTION, "show|clear fwd stats all", "Figures of forwarding since it was started.",
			run_show_fwd },
	{ SECTION, "show config rxtx|cores|fwd|txpkts|txtimes",
			"How packets are forwarded: queues; lcores; streams; frames made here, and "
			"their times.",
			run_show_config },
	{ SECTION, "show rxq|txq info <port:port> <queue:u16>", "What a queue is.",
			run_show_queue },
	{ SECTION, "show device info <identifier:str>", "Devices, of a name or all.",
			run_show_device },
	{ SECTION, "show port <port:port> macs|mcast_macs", "Addresses that a port filters.",
			run_show_macs },
	{ SECTION, "show port <port:port> ptypes", "Packet types that a port tells apart.",
			run_show_ptypes },
	{ SECTION, "show port <port:port> rxq|txq <queue:u16> desc <desc:u16> status",
			"State of a descriptor.", run_show_desc },
	{ SECTION, "show port <port:port> rxq <queue:u16> desc used count",
			"Descriptors with packets that wait.", run_show_desc_used },
	{ NULL },
};
