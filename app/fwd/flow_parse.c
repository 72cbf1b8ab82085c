/* SPDX-License-Identifier: BSD-3-Clause */

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#include "flow.h"
#include "flow_parse.h"
#include "opt_value.h"
#include "rss.h"

/* How a field of a header is written. */
enum kind {
	NUM,
	VID,
	MAC,
	IP4,
	IP6
};

struct field {
	enum rte_flow_item_type item;
	const char *name;
	enum kind kind;
	size_t where; /* in the item */
	size_t size;  /* bytes, in network order */
};

#define IN(type, member) offsetof(struct type, member)

static const struct {
	const char *name;
	enum rte_flow_item_type type;
} items[] = {
	{ "void", RTE_FLOW_ITEM_TYPE_VOID },
	{ "any", RTE_FLOW_ITEM_TYPE_ANY },
	{ "eth", RTE_FLOW_ITEM_TYPE_ETH },
	{ "vlan", RTE_FLOW_ITEM_TYPE_VLAN },
	{ "ipv4", RTE_FLOW_ITEM_TYPE_IPV4 },
	{ "ipv6", RTE_FLOW_ITEM_TYPE_IPV6 },
	{ "udp", RTE_FLOW_ITEM_TYPE_UDP },
	{ "tcp", RTE_FLOW_ITEM_TYPE_TCP },
};

static const struct field fields[] = {
	{ RTE_FLOW_ITEM_TYPE_ETH, "dst", MAC, IN(rte_flow_item_eth, hdr.dst_addr), 6 },
	{ RTE_FLOW_ITEM_TYPE_ETH, "src", MAC, IN(rte_flow_item_eth, hdr.src_addr), 6 },
	{ RTE_FLOW_ITEM_TYPE_ETH, "type", NUM, IN(rte_flow_item_eth, hdr.ether_type), 2 },
	{ RTE_FLOW_ITEM_TYPE_VLAN, "tci", NUM, IN(rte_flow_item_vlan, hdr.vlan_tci), 2 },
	{ RTE_FLOW_ITEM_TYPE_VLAN, "vid", VID, IN(rte_flow_item_vlan, hdr.vlan_tci), 2 },
	{ RTE_FLOW_ITEM_TYPE_VLAN, "inner_type", NUM, IN(rte_flow_item_vlan, hdr.eth_proto), 2 },
	{ RTE_FLOW_ITEM_TYPE_IPV4, "tos", NUM, IN(rte_flow_item_ipv4, hdr.type_of_service), 1 },
	{ RTE_FLOW_ITEM_TYPE_IPV4, "ttl", NUM, IN(rte_flow_item_ipv4, hdr.time_to_live), 1 },
	{ RTE_FLOW_ITEM_TYPE_IPV4, "proto", NUM, IN(rte_flow_item_ipv4, hdr.next_proto_id), 1 },
	{ RTE_FLOW_ITEM_TYPE_IPV4, "src", IP4, IN(rte_flow_item_ipv4, hdr.src_addr), 4 },
	{ RTE_FLOW_ITEM_TYPE_IPV4, "dst", IP4, IN(rte_flow_item_ipv4, hdr.dst_addr), 4 },
	{ RTE_FLOW_ITEM_TYPE_IPV6, "proto", NUM, IN(rte_flow_item_ipv6, hdr.proto), 1 },
	{ RTE_FLOW_ITEM_TYPE_IPV6, "hop", NUM, IN(rte_flow_item_ipv6, hdr.hop_limits), 1 },
	{ RTE_FLOW_ITEM_TYPE_IPV6, "src", IP6, IN(rte_flow_item_ipv6, hdr.src_addr), 16 },
	{ RTE_FLOW_ITEM_TYPE_IPV6, "dst", IP6, IN(rte_flow_item_ipv6, hdr.dst_addr), 16 },
	{ RTE_FLOW_ITEM_TYPE_UDP, "src", NUM, IN(rte_flow_item_udp, hdr.src_port), 2 },
	{ RTE_FLOW_ITEM_TYPE_UDP, "dst", NUM, IN(rte_flow_item_udp, hdr.dst_port), 2 },
	{ RTE_FLOW_ITEM_TYPE_TCP, "src", NUM, IN(rte_flow_item_tcp, hdr.src_port), 2 },
	{ RTE_FLOW_ITEM_TYPE_TCP, "dst", NUM, IN(rte_flow_item_tcp, hdr.dst_port), 2 },
	{ RTE_FLOW_ITEM_TYPE_TCP, "flags", NUM, IN(rte_flow_item_tcp, hdr.tcp_flags), 1 },
};

/* The words, of which one at a time is looked at. */
struct words {
	char text[4096];
	char *save;
	const char *now; /* NULL: there are no more */
};

static void
next(struct words *w)
{
	w->now = strtok_r(NULL, " \t\r\n", &w->save);
}

static bool
is(const struct words *w, const char *word)
{
	return w->now != NULL && strcmp(w->now, word) == 0;
}

/* Go on if the word is this one. */
static bool
take(struct words *w, const char *word)
{
	if (!is(w, word))
		return false;
	next(w);
	return true;
}

static bool
take_number(struct words *w, uint64_t max, uint64_t *n)
{
	char *end;

	if (w->now == NULL || !isdigit((unsigned char)w->now[0]))
		return false;
	*n = strtoull(w->now, &end, 0);
	if (*end != '\0' || *n > max)
		return false;
	next(w);
	return true;
}

static bool
take_u32(struct words *w, uint32_t *out)
{
	uint64_t n;

	if (!take_number(w, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool
parse_attributes(struct words *w, struct rte_flow_attr *attr)
{
	while (!is(w, "pattern")) {
		if (take(w, "ingress"))
			attr->ingress = 1;
		else if (take(w, "egress"))
			attr->egress = 1;
		else if (take(w, "transfer"))
			attr->transfer = 1;
		else if (take(w, "group") ? !take_u32(w, &attr->group)
					  : !take(w, "priority") || !take_u32(w, &attr->priority))
			return false;
	}
	return true;
}

/* A value of a field, in network order, size bytes of it. */
static bool
parse_value(struct words *w, const struct field *f, uint8_t *out)
{
	const int families[] = { [IP4] = AF_INET, [IP6] = AF_INET6 };
	struct rte_ether_addr mac;
	uint64_t n;
	size_t i;

	if (w->now == NULL)
		return false;
	if (f->kind == MAC) {
		if (rte_ether_unformat_addr(w->now, &mac) != 0)
			return false;
		memcpy(out, &mac, sizeof(mac));
	} else if (f->kind == IP4 || f->kind == IP6) {
		if (inet_pton(families[f->kind], w->now, out) != 1)
			return false;
	} else {
		if (!take_number(w, f->kind == VID ? 0xfff : RTE_BIT64(8 * f->size) - 1, &n))
			return false;
		for (i = f->size; i-- > 0; n >>= 8)
			out[i] = (uint8_t)n;
		return true;
	}
	next(w);
	return true;
}

/* Bits of a field by a mask of all of it, or of its first ones. */
static void
fill_mask(const struct field *f, unsigned int bits, uint8_t *out)
{
	size_t i;

	for (i = 0; i < f->size; i++, bits -= RTE_MIN(bits, 8u))
		out[i] = bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);
	if (f->kind == VID)
		out[0] &= 0x0f;
}

/* The parts of item i whose value w is about to tell. */
static bool
parse_field(struct words *w, struct fwd_flow *flow, unsigned int i, const struct field *f)
{
	uint8_t *spec = (uint8_t *)&flow->spec[i] + f->where;
	uint8_t *last = (uint8_t *)&flow->last[i] + f->where;
	uint8_t *mask = (uint8_t *)&flow->mask[i] + f->where;
	struct rte_flow_item *item = &flow->items[i];
	uint64_t bits;

	item->spec = &flow->spec[i];
	item->mask = &flow->mask[i];
	if (take(w, "is")) {
		fill_mask(f, 8 * (unsigned int)f->size, mask);
		return parse_value(w, f, spec);
	}
	if (take(w, "spec"))
		return parse_value(w, f, spec);
	if (take(w, "mask"))
		return parse_value(w, f, mask);
	if (take(w, "last")) {
		item->last = &flow->last[i];
		return parse_value(w, f, last);
	}
	if (!take(w, "prefix") || !take_number(w, 8 * f->size, &bits))
		return false;
	fill_mask(f, (unsigned int)bits, mask);
	return true;
}

static const struct field *
find_field(const struct words *w, enum rte_flow_item_type type)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(fields); i++)
		if (fields[i].item == type && is(w, fields[i].name))
			return &fields[i];
	return NULL;
}

static bool
parse_item(struct words *w, struct fwd_flow *flow, unsigned int i)
{
	const struct field *f;
	unsigned int k;

	for (k = 0; k < RTE_DIM(items) && !is(w, items[k].name); k++)
		;
	if (k == RTE_DIM(items))
		return false;
	next(w);
	flow->items[i].type = items[k].type;
	while (!is(w, "/")) {
		f = find_field(w, items[k].type);
		if (f == NULL)
			return false;
		next(w);
		if (!parse_field(w, flow, i, f))
			return false;
	}
	return true;
}

static bool
parse_pattern(struct words *w, struct fwd_flow *flow)
{
	unsigned int i;

	if (!take(w, "pattern"))
		return false;
	for (i = 0; i < FWD_FLOW_PARTS - 1; i++) {
		if (take(w, "end"))
			return true; /* zeros: RTE_FLOW_ITEM_TYPE_END */
		if (!parse_item(w, flow, i) || !take(w, "/"))
			return false;
	}
	return false;
}

/* queues 0 1 end, types ipv4 udp end */
static bool
parse_rss(struct words *w, struct fwd_flow *flow, struct rte_flow_action_rss *rss)
{
	uint64_t n, bits;

	rss->func = RTE_ETH_HASH_FUNCTION_DEFAULT;
	rss->queue = flow->queues;
	while (!is(w, "/")) {
		if (take(w, "queues")) {
			for (rss->queue_num = 0; !take(w, "end"); rss->queue_num++) {
				if (rss->queue_num == FWD_FLOW_QUEUES ||
						!take_number(w, UINT16_MAX, &n))
					return false;
				flow->queues[rss->queue_num] = (uint16_t)n;
			}
		} else if (take(w, "types")) {
			for (rss->types = 0; !take(w, "end"); next(w)) {
				bits = w->now != NULL ? fwd_rss_by_name(w->now) : 0;
				if (bits == 0 && !is(w, "none"))
					return false;
				rss->types |= bits;
			}
		} else {
			return false;
		}
	}
	return true;
}

static bool
parse_action(struct words *w, struct fwd_flow *flow, unsigned int i)
{
	struct rte_flow_action *a = &flow->actions[i];
	union fwd_flow_action *conf = &flow->conf[i];
	uint64_t n;

	a->conf = conf;
	if (take(w, "queue")) {
		a->type = RTE_FLOW_ACTION_TYPE_QUEUE;
		if (!take(w, "index") || !take_number(w, UINT16_MAX, &n))
			return false;
		conf->queue.index = (uint16_t)n;
	} else if (take(w, "mark")) {
		a->type = RTE_FLOW_ACTION_TYPE_MARK;
		return take(w, "id") && take_u32(w, &conf->mark.id);
	} else if (take(w, "count")) {
		a->type = RTE_FLOW_ACTION_TYPE_COUNT;
		return !take(w, "identifier") || take_u32(w, &conf->count.id);
	} else if (take(w, "rss")) {
		a->type = RTE_FLOW_ACTION_TYPE_RSS;
		return parse_rss(w, flow, &conf->rss);
	} else if (take(w, "drop")) {
		a->type = RTE_FLOW_ACTION_TYPE_DROP;
		a->conf = NULL;
	} else if (take(w, "passthru")) {
		a->type = RTE_FLOW_ACTION_TYPE_PASSTHRU;
		a->conf = NULL;
	} else if (take(w, "void")) {
		a->type = RTE_FLOW_ACTION_TYPE_VOID;
		a->conf = NULL;
	} else {
		return false;
	}
	return true;
}

static bool
parse_actions(struct words *w, struct fwd_flow *flow)
{
	unsigned int i;

	if (!take(w, "actions"))
		return false;
	for (i = 0; i < FWD_FLOW_PARTS - 1; i++) {
		if (take(w, "end"))
			return w->now == NULL;
		if (!parse_action(w, flow, i) || !take(w, "/"))
			return false;
	}
	return false;
}

struct fwd_flow *
fwd_flow_parse(const char *text)
{
	struct fwd_flow *flow = calloc(1, sizeof(*flow));
	struct words w = { .save = NULL };

	if (flow == NULL)
		return NULL;
	snprintf(w.text, sizeof(w.text), "%s", text);
	w.now = strtok_r(w.text, " \t\r\n", &w.save);
	if (parse_attributes(&w, &flow->attr) && parse_pattern(&w, flow) && parse_actions(&w, flow))
		return flow;
	free(flow);
	return NULL;
}
