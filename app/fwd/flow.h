/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Rules of flows of a port, by the driver's rte_flow.
 */

#ifndef FWD_FLOW_H
#define FWD_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_flow.h>

struct fwd_port;

/* Most items, and most actions, of a rule, with the END of each. */
#define FWD_FLOW_PARTS 16
/* Most queues of an RSS action. */
#define FWD_FLOW_QUEUES 128

/* What an item is matched by: the largest header that there is. */
union fwd_flow_item {
	struct rte_flow_item_eth eth;
	struct rte_flow_item_vlan vlan;
	struct rte_flow_item_ipv4 ipv4;
	struct rte_flow_item_ipv6 ipv6;
	struct rte_flow_item_udp udp;
	struct rte_flow_item_tcp tcp;
};

union fwd_flow_action {
	struct rte_flow_action_queue queue;
	struct rte_flow_action_mark mark;
	struct rte_flow_action_count count;
	struct rte_flow_action_rss rss;
};

/* A rule as it was given, with all that its parts point to. */
struct fwd_flow {
	struct fwd_flow *next; /* older */
	struct rte_flow *handle;
	uint32_t id;
	struct rte_flow_attr attr;
	struct rte_flow_item items[FWD_FLOW_PARTS];
	struct rte_flow_action actions[FWD_FLOW_PARTS];
	union fwd_flow_item spec[FWD_FLOW_PARTS];
	union fwd_flow_item last[FWD_FLOW_PARTS];
	union fwd_flow_item mask[FWD_FLOW_PARTS];
	union fwd_flow_action conf[FWD_FLOW_PARTS];
	uint16_t queues[FWD_FLOW_QUEUES];
};

/* Each with testpmd's lines; id is that of the port, also if there is no such port. */
void
fwd_flow_validate(uint16_t id, const struct fwd_flow *flow);
/* The rule is the port's then; or else freed. */
void
fwd_flow_create(uint16_t id, struct fwd_port *port, struct fwd_flow *flow);
void
fwd_flow_destroy(struct fwd_port *port, uint32_t id);
void
fwd_flow_list(const struct fwd_port *port);

/* Destroy all rules. Whether none is left. */
bool
fwd_flow_flush(struct fwd_port *port);

#endif /* FWD_FLOW_H */
