/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show and clear port stats, xstats.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_version.h>

#include "fwd.h"
#include "print.h"
#include "rate.h"

static const char border[] = "########################";

/* What was shown of each port last. */
static struct {
	uint64_t ns;
	uint64_t rx_packets;
	uint64_t tx_packets;
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint64_t xstats_ns;
	uint64_t xstats[FWD_XSTATS_MAX];
} last[RTE_MAX_ETHPORTS];

static struct fwd_port *
find(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = fwd_ports_get(fwd, id);

	if (port == NULL)
		fwd_print_valid_ports();
	return port;
}

/* Those of --display-xstats that the port has. */
static void
print_chosen(const struct fwd_args *args, uint16_t id)
{
	uint64_t now = fwd_now_ns();
	uint64_t ns = last[id].xstats_ns != 0 ? now - last[id].xstats_ns : 0;
	uint64_t xid, value, rate;
	uint32_t i, n = 0;

	for (i = 0; i < args->nb_xstats; i++) {
		if (rte_eth_xstats_get_id_by_name(id, args->xstats[i], &xid) != 0 ||
				rte_eth_xstats_get_by_id(id, &xid, &value, 1) != 1)
			continue;
		if (n++ == 0)
			printf("\n%-31s%-17s%s\n", " ", "Value", "Rate (since last show)");
		rate = fwd_rate(value, &last[id].xstats[i], ns);
		printf("  %-25s%12" PRIu64 " %15" PRIu64 "\n", args->xstats[i], value, rate);
	}
	last[id].xstats_ns = now;
}

void
fwd_print_stats(struct fwd *fwd, uint16_t id)
{
	uint64_t rx_pps, tx_pps, rx_bps, tx_bps, now, ns;
	struct rte_eth_stats st;
	int ret;

	if (find(fwd, id) == NULL)
		return;
	ret = rte_eth_stats_get(id, &st);
	if (ret != 0) {
		fprintf(stderr, "Error: failed to get stats (port %u): %d\n", id, ret);
		return;
	}
	printf("\n  %s NIC statistics for port %-2d %s\n", border, id, border);
	printf("  RX-packets: %-10" PRIu64 " RX-missed: %-10" PRIu64 " RX-bytes:  %" PRIu64 "\n",
			st.ipackets, st.imissed, st.ibytes);
	printf("  RX-errors: %" PRIu64 "\n", st.ierrors);
	printf("  RX-nombuf:  %-10" PRIu64 "\n", st.rx_nombuf);
	printf("  TX-packets: %-10" PRIu64 " TX-errors: %-10" PRIu64 " TX-bytes:  %" PRIu64 "\n",
			st.opackets, st.oerrors, st.obytes);

	now = fwd_now_ns();
	ns = last[id].ns != 0 ? now - last[id].ns : 0;
	last[id].ns = now;
	rx_pps = fwd_rate(st.ipackets, &last[id].rx_packets, ns);
	tx_pps = fwd_rate(st.opackets, &last[id].tx_packets, ns);
	rx_bps = fwd_rate(st.ibytes, &last[id].rx_bytes, ns) * 8;
	tx_bps = fwd_rate(st.obytes, &last[id].tx_bytes, ns) * 8;
	printf("\n  Throughput (since last show)\n");
	printf("  Rx-pps: %12" PRIu64 "          Rx-bps: %12" PRIu64 "\n", rx_pps, rx_bps);
	printf("  Tx-pps: %12" PRIu64 "          Tx-bps: %12" PRIu64 "\n", tx_pps, tx_bps);
	if (fwd->args.nb_xstats != 0)
		print_chosen(&fwd->args, id);
	printf("  %s############################%s\n", border, border);
}

/* What forwarding counts begins anew, too. */
static void
rebase(struct fwd_port *port)
{
	int ret = rte_eth_stats_get(port->id, &port->base);

	if (ret != 0)
		fprintf(stderr, "Error: failed to get stats (port %u): %s\n", port->id,
				strerror(abs(ret)));
}

void
fwd_clear_stats(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = find(fwd, id);
	int ret;

	if (port == NULL)
		return;
	ret = rte_eth_stats_reset(id);
	if (ret != 0) {
		fprintf(stderr, "Error: failed to reset stats (port %u): %s\n", id, strerror(-ret));
		return;
	}
	rebase(port);
	printf("\n  NIC statistics for port %d cleared\n", id);
}

void
fwd_clear_xstats(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = find(fwd, id);
	int ret;

	if (port == NULL)
		return;
	ret = rte_eth_xstats_reset(id);
	if (ret != 0)
		fprintf(stderr, "Error: failed to reset xstats (port %u): %s\n", id,
				strerror(-ret));
	else
		rebase(port);
}

/* Whether a counter counts: 1 or 0, or a negative errno where that cannot be known. */
static int
xstat_state(uint16_t id, unsigned int nr)
{
#if RTE_VERSION >= RTE_VERSION_NUM(25, 3, 0, 0)
	return rte_eth_xstats_query_state(id, nr);
#else
	RTE_SET_USED(id);
	RTE_SET_USED(nr);
	return -ENOTSUP;
#endif
}

static void
print_one(const struct fwd *fwd, uint16_t id, unsigned int nr, const char *name, uint64_t value)
{
	bool ask = fwd->xstats_hide_disabled || fwd->xstats_show_state;
	int state = ask ? xstat_state(id, nr) : -ENOTSUP;

	if (fwd->xstats_hide_disabled && state == 0)
		return;
	if (fwd->xstats_show_state)
		printf("state: %c\t", state < 0 ? '-' : "DE"[state != 0]);
	printf("%s: %" PRIu64 "\n", name, value);
}

static void
print_all(const struct fwd *fwd, uint16_t id, unsigned int n, struct rte_eth_xstat_name *names,
		struct rte_eth_xstat *values)
{
	unsigned int i;

	if (rte_eth_xstats_get_names(id, names, n) != (int)n) {
		fprintf(stderr, "Error: Cannot get xstats lookup\n");
		return;
	}
	if (rte_eth_xstats_get(id, values, n) != (int)n) {
		fprintf(stderr, "Error: Unable to get xstats\n");
		return;
	}
	for (i = 0; i < n; i++)
		if (!fwd->xstats_hide_zero || values[i].value != 0)
			print_one(fwd, id, i, names[i].name, values[i].value);
}

void
fwd_print_xstats(struct fwd *fwd, uint16_t id)
{
	struct rte_eth_xstat_name *names;
	struct rte_eth_xstat *values;
	int n;

	if (find(fwd, id) == NULL)
		return;
	printf("###### NIC extended statistics for port %-2d\n", id);
	n = rte_eth_xstats_get_names(id, NULL, 0);
	if (n < 0) {
		fprintf(stderr, "Error: Cannot get count of xstats\n");
		return;
	}
	names = calloc((size_t)n + 1, sizeof(*names));
	values = calloc((size_t)n + 1, sizeof(*values));
	if (names != NULL && values != NULL)
		print_all(fwd, id, (unsigned int)n, names, values);
	else
		fprintf(stderr, "Cannot allocate memory for xstats\n");
	free(names);
	free(values);
}
