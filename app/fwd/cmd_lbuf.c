/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The engine: chunk pool, bridges of ports, streams.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include <lbuf_debug.h>
#include <lbuf_hold.h>

#include "cmd.h"
#include "fwd.h"
#include "hold.h"
#include "impair_stats.h"
#include "opt_hold.h"
#include "opt_value.h"

#define SECTION "engine"

static void
show_pool(const struct fwd *fwd)
{
	static const char *const tiers[LBUF_TIER_NUM] = { "small", "middle", "large" };
	struct lbuf_pool_stats st;
	unsigned int i, t;
	int socket;

	printf("%-7s %-7s %15s %15s %10s %10s %14s %10s %10s\n", "socket", "tier", "bytes",
			"most bytes", "chunks", "out", "allocs", "grows", "failures");
	for (i = 0; i < rte_socket_count(); i++) {
		socket = rte_socket_id_by_idx(i);
		for (t = 0; t < LBUF_TIER_NUM; t++) {
			if (lbuf_pool_stats_get(fwd->pool, (enum lbuf_tier)t, socket, 0, &st) != 0)
				continue;
			printf("%-7d %-7s %15" PRIu64 " %15" PRIu64 " %10" PRIu64 " %10" PRIu64
			       " %14" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
					socket, tiers[t], st.bytes, st.high_water, st.chunks,
					st.out, st.allocs, st.grows, st.failures);
		}
	}
}

static void
show_ports(const struct fwd *fwd)
{
	struct lbuf_port_stats st;
	const struct fwd_port *port;
	uint32_t queues = RTE_MAX(fwd->args.rxq, fwd->args.txq);
	unsigned int i, q;

	printf("%-5s %-5s %14s %14s %14s %14s %14s %14s\n", "port", "queue", "rx packets",
			"rx nombuf", "tx packets", "by reference", "copied", "tx failed");
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		port = &fwd->ports[i];
		for (q = 0; port->bridge != NULL && q < queues; q++) {
			if (lbuf_port_stats_get(port->bridge, (uint16_t)q, &st) != 0)
				continue;
			printf("%-5u %-5u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
			       " %14" PRIu64 " %14" PRIu64 "\n",
					i, q, st.rx_packets, st.rx_nombuf, st.tx_packets,
					st.tx_refs, st.tx_copied, st.tx_failed);
		}
	}
}

static void
show_stream(const struct fwd_lcore *lc, const struct fwd_route *r, const struct fwd_stream *s)
{
	printf("%-5u %4u/%-4u -> %4u/%-4u %-10s %14" PRIu64 " %14" PRIu64 " %14" PRIu64
	       " %10" PRIu64 "\n",
			lc->id, r->rx_port, r->rx_queue, r->tx_port, r->tx_queue, lc->mode->name,
			s->rx_packets, s->tx_packets, s->tx_dropped, s->bad);
}

static void
show_streams(const struct fwd *fwd)
{
	const struct fwd_lcore *lc;
	unsigned int l, i;

	printf("%-5s %-22s %-10s %14s %14s %14s %10s\n", "lcore", "RX P/Q -> TX P/Q", "mode",
			"rx packets", "tx packets", "tx dropped", "bad");
	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		for (i = 0; lc->streams != NULL && i < lc->nb; i++)
			show_stream(lc, &fwd->routes[lc->first + i], &lc->streams[i]);
	}
	if (fwd->nb_lcores != 0 && fwd->lcores[0].mode->show != NULL)
		fwd->lcores[0].mode->show(fwd);
}

static void
show_lcores(const struct fwd *fwd)
{
	const struct fwd_lcore *lc;
	uint64_t rx, tx, dropped;
	unsigned int l, i;

	printf("%-5s %-6s %-7s %14s %14s %14s %16s\n", "lcore", "socket", "streams", "rx packets",
			"tx packets", "tx dropped", "cycles");
	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		rx = tx = dropped = 0;
		for (i = 0; lc->streams != NULL && i < lc->nb; i++) {
			rx += lc->streams[i].rx_packets;
			tx += lc->streams[i].tx_packets;
			dropped += lc->streams[i].tx_dropped;
		}
		printf("%-5u %-6u %-7u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %16" PRIu64 "\n",
				lc->id, rte_lcore_to_socket_id(lc->id), lc->nb, rx, tx, dropped,
				lc->cycles);
	}
}

static void
show_holders(const struct fwd *fwd)
{
	lbuf_pool_holders_dump(fwd->pool, stdout);
	lbuf_hold_holders_dump(stdout);
	fwd_hold_show(fwd, stdout);
}

static void
run_show(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	if (fwd_cmd_is(in, 2, "pool"))
		show_pool(fwd);
	else if (fwd_cmd_is(in, 2, "classes"))
		lbuf_pool_dump(fwd->pool, stdout);
	else if (fwd_cmd_is(in, 2, "lcores"))
		show_lcores(fwd);
	else if (fwd_cmd_is(in, 2, "ports"))
		show_ports(fwd);
	else if (fwd_cmd_is(in, 2, "streams"))
		show_streams(fwd);
	else if (fwd_cmd_is(in, 2, "impair"))
		fwd_impair_show(fwd);
	else
		show_holders(fwd);
}

static void
set_limit(struct fwd *fwd, uint64_t socket, const char *val)
{
	size_t bytes = 0;
	int ret;

	if (strcmp(val, "0") != 0 && fwd_value_bytes(val, LBUF_LIMIT_MIN, SIZE_MAX, &bytes) != 0) {
		fprintf(stderr,
				"set lbuf limit: accepted are 0 for none, and %zu bytes and more, "
				"as 512M\n",
				LBUF_LIMIT_MIN);
		return;
	}
	ret = lbuf_pool_limit_set(fwd->pool, (int)socket, bytes);
	if (ret != 0)
		fprintf(stderr, "set lbuf limit: socket %u: %s\n", (unsigned int)socket,
				rte_strerror(-ret));
}

static void
run_set_limit_all(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	unsigned int i;

	for (i = 0; i < rte_socket_count(); i++)
		set_limit(fwd, (uint64_t)rte_socket_id_by_idx(i), in->tok[3].str);
}

static void
run_set_limit(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	set_limit(fwd, in->tok[4].num, in->tok[3].str);
}

static void
run_set_fixed(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(fwd);
	printf("set lbuf idle-trim: a pool keeps the time that it began with: give "
	       "--idle-trim=%s at the start, or the command lbuf trim now\n",
			in->tok[3].str);
}

static void
run_set_hold(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	int (*set)(struct fwd_args * args, const char *name, const char *val) =
			fwd_cmd_is(in, 2, "rx-hold") ? fwd_set_rx_hold : fwd_set_copy_break;

	if (set(&fwd->args, in->tok[2].str, in->tok[3].str) == 0)
		fwd_hold_apply_all(fwd);
}

static void
run_set_impair(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	if (fwd_impair_parse("set impair ", in->tok[2].str, &fwd->args.impair) == 0)
		printf("Impairments: %s\n", fwd->args.impair.on ? fwd->args.impair.text : "off");
}

static void
run_trim(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(in);
	printf("lbuf: %zu bytes given back\n", lbuf_pool_trim(fwd->pool));
}

const struct fwd_cmd fwd_cmds_lbuf[] = {
	{ SECTION, "show lbuf pool|classes|lcores|ports|streams|holders|impair",
			"Memory by socket and tier; by class; packets by lcore, by port and queue "
			"with what was copied, by stream, and in the mode stream its TCP "
			"connections; who holds chunks and mbufs; what became of packets by "
			"set impair.",
			run_show },
	{ SECTION, "set impair <what:str>",
			"What becomes of packets that are sent, from the next start on, as "
			"loss:1%,duplicate:1%,reorder:2%,corrupt:0.1%,delay:5ms,seed:7, or off.",
			run_set_impair },
	{ SECTION, "set lbuf limit <bytes:str>",
			"Most that the chunk pool holds on each socket, as 512M; 0: no limit.",
			run_set_limit_all },
	{ SECTION, "set lbuf limit <bytes:str> <socket:u8>", "The same for one socket.",
			run_set_limit },
	{ SECTION, "set lbuf rx-hold|copy-break <value:str>",
			"Mbufs of each RX queue that may be held, all, or auto; bytes, up to "
			"which packets are copied when they are to be held. As the options, from "
			"now on.",
			run_set_hold },
	{ SECTION, "set lbuf idle-trim <value:str>", "Says what there is in its place.",
			run_set_fixed },
	{ SECTION, "lbuf trim", "Give idle memory of the chunk pool back to the system.",
			run_trim },
	{ NULL },
};
