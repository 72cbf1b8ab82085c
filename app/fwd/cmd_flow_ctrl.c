/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Flow control: pause frames.
 */

#include <string.h>

#include "cmd.h"
#include "fwd.h"

#define SECTION "ports"

static enum rte_eth_fc_mode
mode_of(bool rx, bool tx)
{
	if (rx)
		return tx ? RTE_ETH_FC_FULL : RTE_ETH_FC_RX_PAUSE;
	return tx ? RTE_ETH_FC_TX_PAUSE : RTE_ETH_FC_NONE;
}

static bool
has_rx(const struct rte_eth_fc_conf *conf)
{
	return conf->mode == RTE_ETH_FC_RX_PAUSE || conf->mode == RTE_ETH_FC_FULL;
}

static bool
has_tx(const struct rte_eth_fc_conf *conf)
{
	return conf->mode == RTE_ETH_FC_TX_PAUSE || conf->mode == RTE_ETH_FC_FULL;
}

static void
pass_on(uint16_t id, struct rte_eth_fc_conf *conf)
{
	int ret = rte_eth_dev_flow_ctrl_set(id, conf);

	if (ret != 0)
		fprintf(stderr, "bad flow control parameter, return code = %d\n", ret);
}

static void
run_set(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct rte_eth_fc_conf conf = { 0 };

	RTE_SET_USED(fwd);
	conf.mode = mode_of(fwd_cmd_is(in, 3, "on"), fwd_cmd_is(in, 5, "on"));
	conf.high_water = (uint32_t)in->tok[6].num;
	conf.low_water = (uint32_t)in->tok[7].num;
	conf.pause_time = (uint16_t)in->tok[8].num;
	conf.send_xon = (uint16_t)in->tok[9].num;
	conf.mac_ctrl_frame_fwd = fwd_cmd_is(in, 11, "on");
	conf.autoneg = fwd_cmd_is(in, 13, "on");
	pass_on((uint16_t)in->tok[14].num, &conf);
}

/* What the port has, of which one thing is to change. */
static bool
now(uint16_t id, struct rte_eth_fc_conf *conf)
{
	int ret;

	memset(conf, 0, sizeof(*conf));
	ret = rte_eth_dev_flow_ctrl_get(id, conf);
	if (ret != 0)
		fprintf(stderr, "cannot get current flow ctrl parameters, return code = %d\n", ret);
	return ret == 0;
}

static void
run_set_switch(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[4].num;
	bool on = fwd_cmd_is(in, 3, "on");
	struct rte_eth_fc_conf conf;

	RTE_SET_USED(fwd);
	if (!now(id, &conf))
		return;
	if (fwd_cmd_is(in, 2, "rx"))
		conf.mode = mode_of(on, has_tx(&conf));
	else if (fwd_cmd_is(in, 2, "tx"))
		conf.mode = mode_of(has_rx(&conf), on);
	else if (fwd_cmd_is(in, 2, "autoneg"))
		conf.autoneg = on;
	else
		conf.mac_ctrl_frame_fwd = on;
	pass_on(id, &conf);
}

static void
run_set_number(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[4].num;
	uint32_t n = (uint32_t)in->tok[3].num;
	struct rte_eth_fc_conf conf;

	RTE_SET_USED(fwd);
	if (!now(id, &conf))
		return;
	if (fwd_cmd_is(in, 2, "high_water"))
		conf.high_water = n;
	else if (fwd_cmd_is(in, 2, "low_water"))
		conf.low_water = n;
	else if (fwd_cmd_is(in, 2, "pause_time"))
		conf.pause_time = (uint16_t)n;
	else
		conf.send_xon = (uint16_t)n;
	pass_on(id, &conf);
}

static const char *
on_off(bool on)
{
	return on ? "on" : "off";
}

static void
run_show(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	static const char border[] = "*********************";
	uint16_t id = (uint16_t)in->tok[2].num;
	struct rte_eth_fc_conf conf = { 0 };
	int ret;

	RTE_SET_USED(fwd);
	ret = rte_eth_dev_flow_ctrl_get(id, &conf);
	if (ret != 0) {
		fprintf(stderr, "Failed to get current flow ctrl information: err = %d\n", ret);
		return;
	}
	printf("\n%s Flow control infos for port %-2d %s\n", border, id, border);
	printf("FC mode:\n");
	printf("   Rx pause: %s\n", on_off(has_rx(&conf)));
	printf("   Tx pause: %s\n", on_off(has_tx(&conf)));
	printf("Autoneg: %s\n", on_off(conf.autoneg));
	printf("Pause time: 0x%x\n", conf.pause_time);
	printf("High waterline: 0x%x\n", conf.high_water);
	printf("Low waterline: 0x%x\n", conf.low_water);
	printf("Send XON: %s\n", on_off(conf.send_xon));
	printf("Forward MAC control frames: %s\n", on_off(conf.mac_ctrl_frame_fwd));
	printf("\n%s**************   End  ***********%s\n", border, border);
}

const struct fwd_cmd fwd_cmds_flow_ctrl[] = {
	{ SECTION,
			"set flow_ctrl rx on|off tx on|off <high_water:u32> <low_water:u32> "
			"<pause_time:u16> <send_xon:u16> mac_ctrl_frame_fwd on|off autoneg on|off "
			"<port:port>",
			"Flow control of a port.", run_set },
	{ SECTION, "set flow_ctrl rx|tx|autoneg|mac_ctrl_frame_fwd on|off <port:port>",
			"One thing of it.", run_set_switch },
	{ SECTION, "set flow_ctrl high_water|low_water|pause_time|send_xon <value:u32> <port:port>",
			"One number of it.", run_set_number },
	{ "display", "show port <port:port> flow_ctrl", "Flow control of a port.", run_show },
	{ NULL },
};
