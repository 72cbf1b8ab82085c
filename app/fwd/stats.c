/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Figures, in testpmd's words and columns, so that what reads one reads both.
 */

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "fwd.h"

/* What happened on a port, or on all, since forwarding started. */
struct total {
	uint64_t rx;
	uint64_t rx_missed;
	uint64_t rx_errors;
	uint64_t rx_nombuf;
	uint64_t bad;
	uint64_t tx;
	uint64_t tx_dropped;
};

/* Of a port that has just started: what it counted before is not ours. */
void
fwd_stats_start(struct fwd *fwd)
{
	struct fwd_port *port;
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++) {
		port = &fwd->ports[i];
		if (rte_eth_stats_get(port->id, &port->base) != 0)
			memset(&port->base, 0, sizeof(port->base));
		port->last = port->base;
		port->last_tsc = rte_rdtsc();
	}
}

static uint64_t
per_second(uint64_t now, uint64_t before, uint64_t tsc)
{
	double n = now > before ? (double)(now - before) : 0;

	return tsc == 0 ? 0 : (uint64_t)(n * (double)rte_get_tsc_hz() / (double)tsc);
}

static void
show_period(struct fwd_port *port)
{
	static const char border[] = "########################";
	uint64_t tsc = rte_rdtsc() - port->last_tsc;
	struct rte_eth_stats st;

	if (rte_eth_stats_get(port->id, &st) != 0)
		return;
	printf("\n  %s NIC statistics for port %-2u %s\n", border, port->id, border);
	printf("  RX-packets: %-10" PRIu64 " RX-missed: %-10" PRIu64 " RX-bytes:  %" PRIu64 "\n",
			st.ipackets - port->base.ipackets, st.imissed - port->base.imissed,
			st.ibytes - port->base.ibytes);
	printf("  RX-errors: %" PRIu64 "\n", st.ierrors - port->base.ierrors);
	printf("  RX-nombuf:  %-10" PRIu64 "\n", st.rx_nombuf - port->base.rx_nombuf);
	printf("  TX-packets: %-10" PRIu64 " TX-errors: %-10" PRIu64 " TX-bytes:  %" PRIu64 "\n",
			st.opackets - port->base.opackets, st.oerrors - port->base.oerrors,
			st.obytes - port->base.obytes);
	printf("\n  Throughput (since last show)\n");
	printf("  Rx-pps: %12" PRIu64 "          Rx-bps: %12" PRIu64 "\n",
			per_second(st.ipackets, port->last.ipackets, tsc),
			per_second(st.ibytes, port->last.ibytes, tsc) * 8);
	printf("  Tx-pps: %12" PRIu64 "          Tx-bps: %12" PRIu64 "\n",
			per_second(st.opackets, port->last.opackets, tsc),
			per_second(st.obytes, port->last.obytes, tsc) * 8);
	printf("  ############################################################################\n");
	port->last = st;
	port->last_tsc += tsc;
}

void
fwd_stats_period(struct fwd *fwd)
{
	unsigned int i;

	/* Clear the screen of a person, but not the log of a program. */
	if (isatty(STDOUT_FILENO))
		printf("\33[2J\33[1;1H");
	printf("\nPort statistics ====================================");
	for (i = 0; i < fwd->nb_ports; i++)
		show_period(&fwd->ports[i]);
	fflush(stdout);
}

static void
show_total(const struct total *t)
{
	printf("  RX-packets: %-14" PRIu64 " RX-dropped: %-14" PRIu64 "RX-total: %" PRIu64 "\n",
			t->rx, t->rx_missed, t->rx + t->rx_missed);
	if (t->bad != 0)
		printf("  RX-bad: %" PRIu64 "\n", t->bad);
	if (t->rx_errors + t->rx_nombuf != 0) {
		printf("  RX-error: %" PRIu64 "\n", t->rx_errors);
		printf("  RX-nombufs: %" PRIu64 "\n", t->rx_nombuf);
	}
	printf("  TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64 "TX-total: %" PRIu64 "\n",
			t->tx, t->tx_dropped, t->tx + t->tx_dropped);
}

static void
show_stream(const struct fwd *fwd, const struct fwd_route *r, const struct fwd_stream *s)
{
	printf("\n  ------- Forward Stats for RX Port=%2u/Queue=%2u -> "
	       "TX Port=%2u/Queue=%2u -------\n",
			fwd->ports[r->rx_port].id, r->rx_queue, fwd->ports[r->tx_port].id,
			r->tx_queue);
	printf("  RX-packets: %-14" PRIu64 " TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64
	       "\n",
			s->rx_packets, s->tx_packets, s->tx_dropped);
}

/* What the driver counted, and of the bridge what it dropped on the way. */
static void
count_port(const struct fwd *fwd, const struct fwd_port *port, struct total *t)
{
	struct lbuf_port_stats bs;
	struct rte_eth_stats st;
	uint16_t q;

	if (rte_eth_stats_get(port->id, &st) == 0) {
		t->rx = st.ipackets - port->base.ipackets;
		t->rx_missed = st.imissed - port->base.imissed;
		t->rx_errors = st.ierrors - port->base.ierrors;
		t->rx_nombuf = st.rx_nombuf - port->base.rx_nombuf;
		t->tx = st.opackets - port->base.opackets;
	}
	for (q = 0; q < fwd->args.rxq; q++)
		if (lbuf_port_stats_get(port->bridge, q, &bs) == 0)
			t->rx_nombuf += bs.rx_nombuf;
}

static void
add(struct total *sum, const struct total *t)
{
	sum->rx += t->rx;
	sum->rx_missed += t->rx_missed;
	sum->rx_errors += t->rx_errors;
	sum->rx_nombuf += t->rx_nombuf;
	sum->bad += t->bad;
	sum->tx += t->tx;
	sum->tx_dropped += t->tx_dropped;
}

/* To be called when the lcores have stopped. */
void
fwd_stats_total(const struct fwd *fwd)
{
	static const char dashes[] = "----------------------";
	struct total per_port[RTE_MAX_ETHPORTS] = { 0 };
	struct total sum = { 0 };
	const struct fwd_stream *s;
	const struct fwd_route *r;
	unsigned int l, i;

	for (l = 0; l < fwd->nb_lcores; l++) {
		for (i = 0; i < fwd->lcores[l].nb; i++) {
			s = &fwd->lcores[l].streams[i];
			r = &fwd->routes[fwd->lcores[l].first + i];
			if (fwd->nb_streams > fwd->nb_ports)
				show_stream(fwd, r, s);
			per_port[r->rx_port].bad += s->bad;
			per_port[r->tx_port].tx_dropped += s->tx_dropped;
		}
	}
	for (i = 0; i < fwd->nb_ports; i++) {
		count_port(fwd, &fwd->ports[i], &per_port[i]);
		add(&sum, &per_port[i]);
		printf("\n  %s Forward statistics for port %-2u %s\n", dashes, fwd->ports[i].id,
				dashes);
		show_total(&per_port[i]);
		printf("  -----------------------------------------------------------------"
		       "-----------\n");
	}
	printf("\n  +++++++++++++++ Accumulated forward statistics for all ports"
	       "+++++++++++++++\n");
	show_total(&sum);
	printf("  ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++"
	       "++++++++++\n");
}
