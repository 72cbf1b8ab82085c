/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * flow: rules by the driver's rte_flow.
 */

#include <stdlib.h>

#include "cmd.h"
#include "flow.h"
#include "flow_parse.h"
#include "fwd.h"

#define SECTION "filters"

static void
run_rule(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_flow *flow = fwd_flow_parse(in->line);
	uint16_t id = (uint16_t)in->tok[2].num;

	if (flow == NULL) {
		printf("Bad arguments\n");
	} else if (fwd_cmd_is(in, 1, "create")) {
		/* That there is no such port is ethdev's to say. */
		fwd_flow_create(id, &fwd->ports[id % RTE_MAX_ETHPORTS], flow);
	} else {
		fwd_flow_validate(id, flow);
		free(flow);
	}
}

static void
run_destroy(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = fwd_ports_get(fwd, (uint16_t)in->tok[2].num);

	if (port != NULL)
		fwd_flow_destroy(port, (uint32_t)in->tok[4].num);
}

static void
run_all(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = fwd_ports_get(fwd, (uint16_t)in->tok[2].num);

	if (port == NULL)
		return;
	if (fwd_cmd_is(in, 1, "list"))
		fwd_flow_list(port);
	else
		fwd_flow_flush(port);
}

const struct fwd_cmd fwd_cmds_flow[] = {
	{ SECTION, "flow create|validate <port:port> <rule:line>",
			"Make a rule, or ask the driver whether it could: [group N] [priority N] "
			"[ingress] [egress] [transfer] pattern ITEM / ... / end actions ACTION / "
			"... / end, with items eth, vlan, ipv4, ipv6, tcp, udp and actions queue, "
			"drop, rss, mark, count.",
			run_rule },
	{ SECTION, "flow destroy <port:port> rule <id:u32>", "Take a rule back.", run_destroy },
	{ SECTION, "flow list|flush <port:port>", "Show the rules of a port, or take all back.",
			run_all },
	{ NULL },
};
