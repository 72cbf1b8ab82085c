/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * port config: of all ports, and of one.
 */

#include <string.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"
#include "port_limits.h"

#define SECTION "ports"

/* Settings of queues begin anew with the options. */
static void
requeue(struct fwd *fwd)
{
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (fwd->ports[i].found)
			fwd_port_queue_defaults(&fwd->args, &fwd->ports[i]);
	fwd_forward_replan(fwd);
	fwd_cmd_port_reconf(fwd, FWD_ALL_PORTS, true, true);
}

static void
run_queues(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	static const struct {
		const char *name;
		size_t where;
		bool (*check)(const struct fwd *fwd, uint32_t n);
	} what[] = {
		{ "rxq", offsetof(struct fwd_args, rxq), fwd_limits_rxq },
		{ "txq", offsetof(struct fwd_args, txq), fwd_limits_txq },
		{ "rxd", offsetof(struct fwd_args, rxd), fwd_limits_rxd },
		{ "txd", offsetof(struct fwd_args, txd), fwd_limits_txd },
	};
	uint32_t n = (uint32_t)in->tok[4].num;
	unsigned int i;

	if (!fwd_cmd_ports_stopped(fwd))
		return;
	for (i = 0; !fwd_cmd_is(in, 3, what[i].name); i++)
		;
	if (!what[i].check(fwd, n))
		return;
	memcpy((char *)&fwd->args + what[i].where, &n, sizeof(n));
	requeue(fwd);
}

static void
run_thresholds(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	static const char *const rx[] = { "rxpt", "rxht", "rxwt", "rxfreet" };
	static const char *const tx[] = { "txpt", "txht", "txwt", "txfreet", "txrst" };
	uint32_t n = (uint32_t)in->tok[4].num;
	unsigned int i;

	if (!fwd_cmd_ports_stopped(fwd))
		return;
	for (i = 0; i < RTE_DIM(rx); i++)
		if (fwd_cmd_is(in, 3, rx[i]))
			fwd->args.rx_thresh[i] = n;
	for (i = 0; i < RTE_DIM(tx); i++)
		if (fwd_cmd_is(in, 3, tx[i]))
			fwd->args.tx_thresh[i] = n;
	requeue(fwd);
}

static void
run_burst(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint32_t n = (uint32_t)in->tok[4].num;

	if (!fwd_cmd_ports_stopped(fwd))
		return;
	if (n == 0 || n > LBUF_BURST_MAX) {
		fprintf(stderr, "burst must be >= 1 && <= %d\n", LBUF_BURST_MAX);
		return;
	}
	fwd->args.burst = n;
	requeue(fwd);
}

static void
run_mtu(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[3].num;
	struct fwd_port *port = fwd_ports_get(fwd, id);
	uint16_t mtu = (uint16_t)in->tok[4].num;
	int ret;

	if (port == NULL || !fwd_limits_mtu(id, mtu))
		return;
	if (!port->reconf) {
		ret = rte_eth_dev_set_mtu(id, mtu);
		if (ret != 0) {
			fprintf(stderr, "Set MTU failed. diag=%d\n", ret);
			return;
		}
	}
	port->mtu = mtu;
	port->conf.rxmode.mtu = mtu;
}

static void
set_frame(struct fwd *fwd, struct fwd_port *port, uint32_t len)
{
	uint16_t mtu, new;

	RTE_SET_USED(fwd);
	if (rte_eth_dev_info_get(port->id, &port->info) != 0 ||
			rte_eth_dev_get_mtu(port->id, &mtu) != 0) {
		printf("Failed to get MTU for port %u\n", port->id);
		return;
	}
	new = (uint16_t)(len - fwd_limits_overhead(&port->info));
	if (new == mtu)
		return;
	if (rte_eth_dev_set_mtu(port->id, new) != 0) {
		fprintf(stderr, "Failed to set MTU to %u for port %u\n", new, port->id);
		return;
	}
	port->mtu = new;
	port->conf.rxmode.mtu = new;
}

static void
run_max_pkt_len(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint32_t len = (uint32_t)in->tok[4].num;
	unsigned int i;

	if (!fwd_cmd_ports_stopped(fwd))
		return;
	if (len < RTE_ETHER_MIN_LEN) {
		fprintf(stderr, "max-pkt-len can not be less than %d\n", RTE_ETHER_MIN_LEN);
		return;
	}
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (fwd->ports[i].found)
			set_frame(fwd, &fwd->ports[i], len);
	requeue(fwd);
}

static void
run_lro(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	unsigned int i;

	if (!fwd_cmd_ports_stopped(fwd))
		return;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		fwd->ports[i].conf.rxmode.max_lro_pkt_size = (uint32_t)in->tok[4].num;
	requeue(fwd);
}

static void
run_drop_en(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	if (!fwd_cmd_ports_stopped(fwd))
		return;
	fwd->args.rx_drop = fwd_cmd_is(in, 4, "on");
	requeue(fwd);
}

/* RTE_ETH_LINK_SPEED_* of what speed and duplex say; UINT32_MAX after a line. */
static uint32_t
link_speed(const struct fwd_cmd_in *in)
{
	static const struct {
		const char *name;
		uint32_t full;
		uint32_t half;
	} speeds[] = {
		{ "10", RTE_ETH_LINK_SPEED_10M, RTE_ETH_LINK_SPEED_10M_HD },
		{ "100", RTE_ETH_LINK_SPEED_100M, RTE_ETH_LINK_SPEED_100M_HD },
		{ "1000", RTE_ETH_LINK_SPEED_1G, 0 },
		{ "2500", RTE_ETH_LINK_SPEED_2_5G, 0 },
		{ "5000", RTE_ETH_LINK_SPEED_5G, 0 },
		{ "10000", RTE_ETH_LINK_SPEED_10G, 0 },
		{ "25000", RTE_ETH_LINK_SPEED_25G, 0 },
		{ "40000", RTE_ETH_LINK_SPEED_40G, 0 },
		{ "50000", RTE_ETH_LINK_SPEED_50G, 0 },
		{ "100000", RTE_ETH_LINK_SPEED_100G, 0 },
		{ "200000", RTE_ETH_LINK_SPEED_200G, 0 },
#ifdef RTE_ETH_LINK_SPEED_400G
		{ "400000", RTE_ETH_LINK_SPEED_400G, 0 },
#endif
#ifdef RTE_ETH_LINK_SPEED_800G
		{ "800000", RTE_ETH_LINK_SPEED_800G, 0 },
#endif
	};
	bool half = fwd_cmd_is(in, 6, "half");
	unsigned int i;
	uint32_t bit;

	if (fwd_cmd_is(in, 4, "auto")) {
		if (fwd_cmd_is(in, 6, "auto") || fwd_cmd_is(in, 6, "full"))
			return RTE_ETH_LINK_SPEED_AUTONEG;
		fprintf(stderr, "Invalid speed/duplex parameters\n");
		return UINT32_MAX;
	}
	for (i = 0; i < RTE_DIM(speeds); i++) {
		if (!fwd_cmd_is(in, 4, speeds[i].name))
			continue;
		bit = half ? speeds[i].half : speeds[i].full;
		if (bit != 0)
			return bit | RTE_ETH_LINK_SPEED_FIXED;
	}
	fprintf(stderr, "Invalid speed/duplex parameters\n");
	return UINT32_MAX;
}

static void
run_speed(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	uint32_t speeds;
	unsigned int i;

	if (id == FWD_ALL_PORTS ? !fwd_cmd_ports_stopped(fwd) : fwd_ports_get(fwd, id) == NULL)
		return;
	if (id != FWD_ALL_PORTS && fwd->ports[id].started) {
		fprintf(stderr, "Please stop port %d first\n", id);
		return;
	}
	speeds = link_speed(in);
	if (speeds == UINT32_MAX)
		return;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (id == FWD_ALL_PORTS || id == i)
			fwd->ports[i].conf.link_speeds = speeds;
	fwd_cmd_port_reconf(fwd, id, true, true);
}

const struct fwd_cmd fwd_cmds_port_config[] = {
	{ SECTION, "port config all rxq|txq|rxd|txd <value:u16>",
			"Queues of each port, or descriptors of each queue.", run_queues },
	{ SECTION,
			"port config all rxpt|rxht|rxwt|rxfreet|txpt|txht|txwt|txfreet|txrst "
			"<value:u16>",
			"Thresholds of rings: prefetch, host, write-back, free, RS.",
			run_thresholds },
	{ SECTION, "port config all burst <value:u16>", "Most packets in a burst.", run_burst },
	{ SECTION, "port config all max-pkt-len <value:u32>", "Longest frame with its CRC, bytes.",
			run_max_pkt_len },
	{ SECTION, "port config all max-lro-pkt-size <value:u32>", "Longest packet of LRO, bytes.",
			run_lro },
	{ SECTION, "port config all drop-en on|off",
			"Whether packets that find no descriptor are dropped.", run_drop_en },
	{ SECTION, "port config mtu <port:port> <value:u16>", "MTU of a port, bytes.", run_mtu },
	{ SECTION,
			"port config <port:ports> speed "
			"10|100|1000|2500|5000|10000|25000|40000|50000|100000|200000|400000|"
			"800000|auto duplex half|full|auto",
			"Speed of links; 400000 and 800000 where DPDK knows them.", run_speed },
	{ NULL },
};
