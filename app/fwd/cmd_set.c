/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * set: how packets are forwarded.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"
#include "set_list.h"
#include "verbose.h"

#define SECTION "config"

static void
set_fwd(struct fwd *fwd, const struct fwd_cmd_in *in, bool retry)
{
	unsigned int i;

	for (i = 0; fwd_modes[i] != NULL; i++)
		if (fwd_cmd_is(in, 2, fwd_modes[i]->name))
			fwd->args.mode = fwd_modes[i];
	fwd->args.tx_retry = retry;
	printf("Set %s packet forwarding mode%s\n", fwd->args.mode->name,
			retry ? " with retry" : "");
}

static void
run_set_fwd(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	set_fwd(fwd, in, false);
}

static void
run_set_fwd_retry(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	set_fwd(fwd, in, true);
}

static void
run_set_retry(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	fwd->args.tx_retry_us = (uint32_t)in->tok[4].num;
	fwd->args.tx_retries = (uint32_t)in->tok[6].num;
}

static void
set_nbport(struct fwd *fwd, uint16_t n)
{
	if (n > fwd->nb_cfg_ports || n == 0) {
		fprintf(stderr, "nb fwd ports %u > %u (number of configured ports) - ignored\n", n,
				fwd->nb_cfg_ports);
		return;
	}
	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	fwd->nb_ports = n;
	printf("Number of forwarding ports set to %u\n", n);
}

static void
set_nbcore(struct fwd *fwd, uint16_t n)
{
	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	if (n > fwd->nb_cfg_cores || n == 0) {
		fprintf(stderr,
				"nb fwd cores %u > %u (max. number of configured lcores) - "
				"ignored\n",
				n, fwd->nb_cfg_cores);
		return;
	}
	fwd->args.nb_cores = n;
	printf("Number of forwarding cores set to %u\n", n);
}

static void
set_burst(struct fwd *fwd, uint16_t n)
{
	if (n > LBUF_BURST_MAX || n == 0) {
		fprintf(stderr, "nb pkt per burst: %u > %u (maximum packet per burst)  ignored\n",
				n, LBUF_BURST_MAX);
		return;
	}
	fwd->args.burst = n;
	printf("Number of packets per burst set to %u\n", n);
}

static void
run_set_number(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t n = (uint16_t)in->tok[2].num;

	if (fwd_cmd_is(in, 1, "nbport"))
		set_nbport(fwd, n);
	else if (fwd_cmd_is(in, 1, "nbcore"))
		set_nbcore(fwd, n);
	else if (fwd_cmd_is(in, 1, "burst"))
		set_burst(fwd, n);
	else
		fwd_verbose_set(fwd, n);
	if (fwd_cmd_is(in, 1, "nbport") || fwd_cmd_is(in, 1, "nbcore"))
		fwd_forward_replan(fwd);
}

static void
run_set_list(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	bool cores = fwd_cmd_is(in, 1, "corelist");
	unsigned int list[RTE_MAX_LCORE];
	unsigned int n;

	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	n = fwd_list_parse(in->tok[2].str, cores ? "core" : "port",
			cores ? RTE_MAX_LCORE : RTE_MAX_ETHPORTS, list, true);
	if (n == 0)
		return;
	if (cores)
		fwd_list_set_cores(fwd, list, n);
	else
		fwd_list_set_ports(fwd, list, n);
	fwd_forward_replan(fwd);
}

static void
run_set_mask(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	bool cores = fwd_cmd_is(in, 1, "coremask");
	unsigned int list[64];
	unsigned int i, n = 0;

	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	if (in->tok[2].num == 0) {
		fprintf(stderr, "Invalid NULL mask of %s\n", cores ? "cores" : "ports");
		return;
	}
	for (i = 0; i < 64; i++)
		if ((in->tok[2].num & RTE_BIT64(i)) != 0 &&
				(cores || (i < RTE_MAX_ETHPORTS && fwd->ports[i].found)))
			list[n++] = i;
	if (cores)
		fwd_list_set_cores(fwd, list, n);
	else if (n != 0)
		fwd_list_set_ports(fwd, list, n);
	fwd_forward_replan(fwd);
}

static void
run_set_filter(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	int (*set)(uint16_t id, bool on) =
			fwd_cmd_is(in, 1, "promisc") ? fwd_dev_promiscuous : fwd_dev_allmulticast;
	bool on = fwd_cmd_is(in, 3, "on");
	uint16_t id;

	RTE_SET_USED(fwd);
	if (in->tok[2].num != FWD_ALL_PORTS) {
		set((uint16_t)in->tok[2].num, on);
		return;
	}
	RTE_ETH_FOREACH_DEV(id) {
		set(id, on);
	}
}

static void
run_set_eth_peer(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	struct rte_ether_addr addr;

	if (id >= RTE_MAX_ETHPORTS || !fwd->ports[id].found) {
		fprintf(stderr, "Error: Invalid port number %i\n", id);
		return;
	}
	if (rte_ether_unformat_addr(in->tok[3].str, &addr) < 0) {
		fprintf(stderr, "Error: Invalid ethernet address: %s\n", in->tok[3].str);
		return;
	}
	fwd->ports[id].peer = addr;
}

static void
run_set_qmap(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[3].num;
	uint16_t queue = (uint16_t)in->tok[4].num;
	uint8_t map = (uint8_t)in->tok[5].num;
	bool rx = fwd_cmd_is(in, 2, "rx");
	uint32_t nb = rx ? fwd->args.rxq : fwd->args.txq;

	if (fwd_ports_get(fwd, id) == NULL)
		return;
	if (queue >= nb) {
		fprintf(stderr, "Invalid %s queue %d (must be < nb_%s=%d)\n", rx ? "RX" : "TX",
				queue, rx ? "rxq" : "txq", nb);
		return;
	}
	if (map >= FWD_DEV_COUNTERS) {
		fprintf(stderr, "map_value not in required range 0..%d\n", FWD_DEV_COUNTERS - 1);
		return;
	}
	fwd_dev_counter(id, rx, queue, map);
}

static void
run_set_switch(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	bool on = fwd_cmd_is(in, 2, "on");

	if (fwd_cmd_is(in, 1, "flush_rx"))
		fwd->args.no_flush_rx = !on;
	else if (fwd_cmd_is(in, 1, "link_check"))
		fwd->args.no_link_check = !on;
	else if (fwd_cmd_is(in, 1, "xstats-hide-zero"))
		fwd->xstats_hide_zero = on;
	else if (fwd_cmd_is(in, 1, "xstats-hide-disabled"))
		fwd->xstats_hide_disabled = on;
	else if (fwd_cmd_is(in, 1, "xstats-show-state"))
		fwd->xstats_show_state = on;
	else if (fwd_cmd_is(in, 1, "record-core-cycles"))
		fwd->args.record_core_cycles = on;
	else
		fwd->args.record_burst_stats = on;
}

static void
run_set_link(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[3].num;
	bool up = fwd_cmd_is(in, 1, "link-up");
	int ret = up ? rte_eth_dev_set_link_up(id) : rte_eth_dev_set_link_down(id);

	RTE_SET_USED(fwd);
	if (ret < 0)
		fprintf(stderr, "\nSet link %s fail.\n", up ? "up" : "down");
}

static void
run_set_log(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint32_t level = (uint32_t)in->tok[3].num;

	RTE_SET_USED(fwd);
	if (fwd_cmd_is(in, 2, "global"))
		rte_log_set_global_level(level);
	else if (rte_log_set_level_regexp(in->tok[2].str, level) < 0)
		fprintf(stderr, "Unable to set log level\n");
}

static void
run_set_default(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(in);
	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	printf("Reset to default forwarding configuration...\n");
	fwd_list_set_default(fwd);
	fwd_forward_replan(fwd);
}

const struct fwd_cmd fwd_cmds_set[] = {
	{ SECTION, "set fwd <mode:mode>", "What is done with packets, from the next start on.",
			run_set_fwd },
	{ SECTION, "set fwd <mode:mode> retry",
			"The same, and what a port has no room for is offered to it again.",
			run_set_fwd_retry },
	{ SECTION, "set burst tx delay <delay:u32> retry <retries:u32>",
			"How often it is then, and after how many us each time.", run_set_retry },
	{ SECTION, "set nbport|nbcore|burst|verbose <value:u16>",
			"How many ports or lcores forward; packets a burst, from the next start "
			"on; print packets: 1 received, 2 sent, 3 both.",
			run_set_number },
	{ SECTION, "set corelist|portlist <list:str>",
			"Lcores or ports that forward, in order, as 1,2.", run_set_list },
	{ SECTION, "set coremask|portmask <mask:u64>", "The same, as bits.", run_set_mask },
	{ SECTION, "set promisc|allmulti <port:ports> on|off",
			"Whether a port takes frames for others, or all multicast ones.",
			run_set_filter },
	{ SECTION, "set eth-peer <port:port> <mac:str>", "Who is behind a port.",
			run_set_eth_peer },
	{ SECTION, "set stat_qmap rx|tx <port:port> <queue:u16> <map:u8>",
			"Counter that a queue has in the statistics of a port.", run_set_qmap },
	{ SECTION,
			"set "
			"flush_rx|link_check|xstats-hide-zero|record-core-cycles|"
			"record-burst-stats on|off",
			"At a start, drop what has come before; wait for links; leave out "
			"counters of 0; count cycles a packet; count bursts by their packets.",
			run_set_switch },
	{ SECTION, "set xstats-hide-disabled|xstats-show-state on|off",
			"Leave out extended statistics that do not count; show whether they do: E, "
			"D, or - where that is not known, as before DPDK 25.03.",
			run_set_switch },
	{ SECTION, "set link-up|link-down port <port:port>", "Switch a link on or off.",
			run_set_link },
	{ SECTION, "set log <type:str> <level:u32>", "Level of a log type, or of all: global.",
			run_set_log },
	{ SECTION, "set default", "Forward on all ports and lcores again.", run_set_default },
	{ NULL },
};
