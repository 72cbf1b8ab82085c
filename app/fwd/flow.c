/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "flow.h"
#include "port.h"

static void
complain(const struct rte_flow_error *error)
{
	static const char *const types[] = {
		[RTE_FLOW_ERROR_TYPE_NONE] = "no error",
		[RTE_FLOW_ERROR_TYPE_UNSPECIFIED] = "cause unspecified",
		[RTE_FLOW_ERROR_TYPE_HANDLE] = "flow rule (handle)",
		[RTE_FLOW_ERROR_TYPE_ATTR_GROUP] = "group field",
		[RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY] = "priority field",
		[RTE_FLOW_ERROR_TYPE_ATTR_INGRESS] = "ingress field",
		[RTE_FLOW_ERROR_TYPE_ATTR_EGRESS] = "egress field",
		[RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER] = "transfer field",
		[RTE_FLOW_ERROR_TYPE_ATTR] = "attributes structure",
		[RTE_FLOW_ERROR_TYPE_ITEM_NUM] = "pattern length",
		[RTE_FLOW_ERROR_TYPE_ITEM_SPEC] = "item specification",
		[RTE_FLOW_ERROR_TYPE_ITEM_LAST] = "item specification range",
		[RTE_FLOW_ERROR_TYPE_ITEM_MASK] = "item specification mask",
		[RTE_FLOW_ERROR_TYPE_ITEM] = "specific pattern item",
		[RTE_FLOW_ERROR_TYPE_ACTION_NUM] = "number of actions",
		[RTE_FLOW_ERROR_TYPE_ACTION_CONF] = "action configuration",
		[RTE_FLOW_ERROR_TYPE_ACTION] = "specific action",
	};
	int err = rte_errno;
	unsigned int type = (unsigned int)error->type;
	char cause[32] = "";

	if (error->cause != NULL)
		snprintf(cause, sizeof(cause), "cause: %p, ", error->cause);
	fprintf(stderr, "port_flow_complain(): Caught PMD error type %d (%s): %s%s: %s\n", type,
			type < RTE_DIM(types) && types[type] != NULL ? types[type] : "unknown type",
			cause, error->message != NULL ? error->message : "(no stated reason)",
			rte_strerror(err));
}

void
fwd_flow_validate(uint16_t id, const struct fwd_flow *flow)
{
	struct rte_flow_error error = { 0 };

	if (rte_flow_validate(id, &flow->attr, flow->items, flow->actions, &error) != 0)
		complain(&error);
	else
		printf("Flow rule validated\n");
}

void
fwd_flow_create(uint16_t id, struct fwd_port *port, struct fwd_flow *flow)
{
	struct rte_flow_error error = { 0 };

	flow->id = port->flows != NULL ? port->flows->id + 1 : 0;
	flow->handle = rte_flow_create(id, &flow->attr, flow->items, flow->actions, &error);
	if (flow->handle == NULL) {
		complain(&error);
		free(flow);
		return;
	}
	flow->next = port->flows;
	port->flows = flow;
	printf("Flow rule #%u created\n", flow->id);
}

void
fwd_flow_destroy(struct fwd_port *port, uint32_t id)
{
	struct rte_flow_error error = { 0 };
	struct fwd_flow **at, *flow;

	for (at = &port->flows; *at != NULL && (*at)->id != id; at = &(*at)->next)
		;
	flow = *at;
	if (flow == NULL)
		return;
	if (rte_flow_destroy(port->id, flow->handle, &error) != 0) {
		complain(&error);
		return;
	}
	printf("Flow rule #%u destroyed\n", id);
	*at = flow->next;
	free(flow);
}

bool
fwd_flow_flush(struct fwd_port *port)
{
	struct rte_flow_error error = { 0 };
	struct fwd_flow *flow;
	bool good;

	if (port->flows == NULL)
		return true;
	good = rte_flow_flush(port->id, &error) == 0;
	if (!good)
		complain(&error);
	while ((flow = port->flows) != NULL) {
		port->flows = flow->next;
		free(flow);
	}
	return good;
}

static const char *
name_of(enum rte_flow_conv_op op, int type)
{
	const char *name;

	if (rte_flow_conv(op, &name, sizeof(name), (void *)(uintptr_t)type, NULL) <= 0)
		return "[UNKNOWN]";
	return name;
}

static void
show(const struct fwd_flow *flow)
{
	const struct rte_flow_attr *attr = &flow->attr;
	unsigned int i;

	printf("%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%c%c%c\t", flow->id, attr->group,
			attr->priority, attr->ingress ? 'i' : '-', attr->egress ? 'e' : '-',
			attr->transfer ? 't' : '-');
	for (i = 0; flow->items[i].type != RTE_FLOW_ITEM_TYPE_END; i++)
		if (flow->items[i].type != RTE_FLOW_ITEM_TYPE_VOID)
			printf("%s ",
					name_of(RTE_FLOW_CONV_OP_ITEM_NAME_PTR,
							(int)flow->items[i].type));
	printf("=>");
	for (i = 0; flow->actions[i].type != RTE_FLOW_ACTION_TYPE_END; i++)
		if (flow->actions[i].type != RTE_FLOW_ACTION_TYPE_VOID)
			printf(" %s",
					name_of(RTE_FLOW_CONV_OP_ACTION_NAME_PTR,
							(int)flow->actions[i].type));
	printf("\n");
}

/* Whether a comes before b in a list: by group, priority, number. */
static bool
before(const struct fwd_flow *a, const struct fwd_flow *b)
{
	if (a->attr.group != b->attr.group)
		return a->attr.group < b->attr.group;
	if (a->attr.priority != b->attr.priority)
		return a->attr.priority < b->attr.priority;
	return a->id < b->id;
}

void
fwd_flow_list(const struct fwd_port *port)
{
	const struct fwd_flow *flow, *last = NULL, *next;

	if (port->flows == NULL)
		return;
	printf("ID\tGroup\tPrio\tAttr\tRule\n");
	for (;;) {
		next = NULL;
		for (flow = port->flows; flow != NULL; flow = flow->next)
			if ((last == NULL || before(last, flow)) &&
					(next == NULL || before(flow, next)))
				next = flow;
		if (next == NULL)
			return;
		show(next);
		last = next;
	}
}
