/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Figures of forwarding, in testpmd's words and columns, so that what reads one reads both.
 */

#include <inttypes.h>
#include <string.h>

#include <rte_cycles.h>

#include "bursts.h"
#include "fwd.h"
#include "impair_stats.h"

#define HZ_PER_MHZ 1000000

/* What happened on a port, or on all, since forwarding started. */
struct total {
	uint64_t rx;
	uint64_t rx_missed;
	uint64_t rx_errors;
	uint64_t rx_nombuf;
	uint64_t bad;
	uint64_t tx;
	uint64_t tx_dropped;
	uint64_t tx_errors;
	struct fwd_bad_csum bad_csum;
	/* Of the streams that it receives for and sends for, where those are no more than ports. */
	const struct fwd_bursts *rx_bursts;
	const struct fwd_bursts *tx_bursts;
};

/* Packets that the bridge dropped for want of memory, on all queues. */
static uint64_t
bridge_nombuf(const struct fwd *fwd, const struct fwd_port *port)
{
	struct lbuf_port_stats bs;
	uint64_t n = 0;
	uint32_t q;

	for (q = 0; port->bridge != NULL && q < fwd->args.rxq; q++)
		if (lbuf_port_stats_get(port->bridge, (uint16_t)q, &bs) == 0)
			n += bs.rx_nombuf;
	return n;
}

/* What ports, and streams that there are, counted before is not ours. */
void
fwd_stats_start(struct fwd *fwd)
{
	struct fwd_stream *s;
	struct fwd_port *port;
	unsigned int l, i;

	for (i = 0; i < fwd->nb_ports; i++) {
		port = &fwd->ports[fwd->order[i]];
		if (rte_eth_stats_get(port->id, &port->base) != 0)
			memset(&port->base, 0, sizeof(port->base));
		port->base_nombuf = bridge_nombuf(fwd, port);
	}
	for (l = 0; l < fwd->nb_lcores; l++) {
		fwd->lcores[l].cycles = 0;
		for (i = 0; fwd->lcores[l].streams != NULL && i < fwd->lcores[l].nb; i++) {
			s = &fwd->lcores[l].streams[i];
			s->rx_packets = 0;
			s->tx_packets = 0;
			s->tx_dropped = 0;
			s->bad = 0;
			memset(&s->bad_csum, 0, sizeof(s->bad_csum));
			if (s->bursts != NULL)
				memset(s->bursts, 0, sizeof(*s->bursts));
		}
	}
	fwd_impair_clear(fwd);
}

/* Of a port. */
static void
show_port(const struct fwd *fwd, const struct total *t)
{
	printf("  RX-packets: %-14" PRIu64 " RX-dropped: %-14" PRIu64 "RX-total: %" PRIu64 "\n",
			t->rx, t->rx_missed, t->rx + t->rx_missed);
	if (fwd->args.mode == &fwd_mode_csum) {
		printf("  Bad-ipcsum: %-14" PRIu64 " Bad-l4csum: %-14" PRIu64
		       "Bad-outer-l4csum: %-14" PRIu64 "\n",
				t->bad_csum.ip, t->bad_csum.l4, t->bad_csum.outer_l4);
		printf("  Bad-outer-ipcsum: %-14" PRIu64 "\n", t->bad_csum.outer_ip);
	}
	if (t->bad != 0)
		printf("  RX-bad: %" PRIu64 "\n", t->bad);
	if (t->rx_errors + t->rx_nombuf != 0) {
		printf("  RX-error: %" PRIu64 "\n", t->rx_errors);
		printf("  RX-nombufs: %-14" PRIu64 "\n", t->rx_nombuf);
	}
	printf("  TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64 "TX-total: %" PRIu64 "\n",
			t->tx, t->tx_dropped, t->tx + t->tx_dropped);
	if (t->rx_bursts != NULL)
		fwd_bursts_print_rx(t->rx_bursts);
	if (t->tx_bursts != NULL)
		fwd_bursts_print_tx(t->tx_bursts);
}

/* Of all of them: what the devices could not send is among what was dropped. */
static void
show_sum(const struct total *t)
{
	uint64_t dropped = t->tx_dropped + t->tx_errors;

	printf("  RX-packets: %-14" PRIu64 " RX-dropped: %-14" PRIu64 "RX-total: %" PRIu64 "\n",
			t->rx, t->rx_missed, t->rx + t->rx_missed);
	if (t->bad != 0)
		printf("  RX-bad: %" PRIu64 "\n", t->bad);
	printf("  TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64 "TX-total: %" PRIu64 "\n",
			t->tx, dropped, t->tx + dropped);
	if (t->rx_nombuf != 0)
		printf("  RX-nombufs: %-14" PRIu64 "\n", t->rx_nombuf);
}

static void
show_stream(const struct fwd *fwd, const struct fwd_route *r, const struct fwd_stream *s)
{
	/* As testpmd: streams that had nothing to do are left out. */
	if (s->rx_packets + s->tx_packets + s->tx_dropped == 0)
		return;
	printf("\n  ------- Forward Stats for RX Port=%2u/Queue=%2u -> "
	       "TX Port=%2u/Queue=%2u -------\n",
			r->rx_port, r->rx_queue, r->tx_port, r->tx_queue);
	printf("  RX-packets: %-14" PRIu64 " TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64,
			s->rx_packets, s->tx_packets, s->tx_dropped);
	if (fwd->args.mode == &fwd_mode_csum) {
		printf("  RX- bad IP checksum: %-14" PRIu64 "  Rx- bad L4 checksum: %-14" PRIu64
		       " Rx- bad outer L4 checksum: %-14" PRIu64 "\n",
				s->bad_csum.ip, s->bad_csum.l4, s->bad_csum.outer_l4);
		printf(" RX- bad outer IP checksum: %-14" PRIu64, s->bad_csum.outer_ip);
	}
	printf("\n");
	if (s->bursts == NULL)
		return;
	fwd_bursts_print_rx(s->bursts);
	fwd_bursts_print_tx(s->bursts);
}

/* What the driver counted, and of the bridge what it dropped on the way. */
static void
count_port(const struct fwd *fwd, const struct fwd_port *port, struct total *t)
{
	struct rte_eth_stats st;
	int ret;

	ret = rte_eth_stats_get(port->id, &st);
	if (ret != 0) {
		fprintf(stderr, "Error: failed to get stats (port %u): %d\n", port->id, ret);
		return;
	}
	t->rx = st.ipackets - port->base.ipackets;
	t->rx_missed = st.imissed - port->base.imissed;
	t->rx_errors = st.ierrors - port->base.ierrors;
	t->rx_nombuf = st.rx_nombuf - port->base.rx_nombuf;
	t->rx_nombuf += bridge_nombuf(fwd, port) - port->base_nombuf;
	t->tx = st.opackets - port->base.opackets;
	t->tx_errors = st.oerrors - port->base.oerrors;
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
	sum->tx_errors += t->tx_errors;
}

static void
show_cycles(const struct fwd *fwd, const struct total *sum)
{
	const struct fwd_mode *mode = fwd->args.mode;
	uint64_t packets = mode->receives ? sum->rx : sum->tx;
	uint64_t cycles = 0;
	unsigned int l;

	for (l = 0; l < fwd->nb_lcores; l++)
		cycles += fwd->lcores[l].cycles;
	if (packets != 0)
		printf("\n  CPU cycles/packet=%.2F (total cycles=%" PRIu64
		       " / total %s packets=%" PRIu64 ") at %" PRIu64 " MHz Clock\n",
				(double)cycles / (double)packets, cycles, mode->name, packets,
				rte_get_tsc_hz() / HZ_PER_MHZ);
}

static void
add_bad_csum(struct fwd_bad_csum *sum, const struct fwd_bad_csum *n)
{
	sum->ip += n->ip;
	sum->l4 += n->l4;
	sum->outer_ip += n->outer_ip;
	sum->outer_l4 += n->outer_l4;
}

/* What the streams add, and their figures where there are more than ports. */
static void
count_streams(const struct fwd *fwd, struct total *per_port)
{
	const struct fwd_stream *s;
	const struct fwd_route *r;
	unsigned int l, i;

	for (l = 0; l < fwd->nb_lcores; l++) {
		for (i = 0; fwd->lcores[l].streams != NULL && i < fwd->lcores[l].nb; i++) {
			s = &fwd->lcores[l].streams[i];
			r = &fwd->routes[fwd->lcores[l].first + i];
			if (fwd->nb_streams > fwd->nb_ports) {
				show_stream(fwd, r, s);
			} else {
				per_port[r->rx_port].rx_bursts = s->bursts;
				per_port[r->tx_port].tx_bursts = s->bursts;
			}
			per_port[r->rx_port].bad += s->bad;
			add_bad_csum(&per_port[r->rx_port].bad_csum, &s->bad_csum);
			per_port[r->tx_port].tx_dropped += s->tx_dropped;
		}
	}
}

/* Exact when the lcores have stopped. */
void
fwd_stats_total(const struct fwd *fwd)
{
	static const char dashes[] = "----------------------";
	struct total per_port[RTE_MAX_ETHPORTS] = { 0 };
	struct total sum = { 0 };
	unsigned int i;
	uint16_t id;

	count_streams(fwd, per_port);
	for (i = 0; i < fwd->nb_ports; i++) {
		id = fwd->order[i];
		/* Detached while others forwarded. */
		if (!fwd->ports[id].found)
			continue;
		count_port(fwd, &fwd->ports[id], &per_port[id]);
		add(&sum, &per_port[id]);
		printf("\n  %s Forward statistics for port %-2u %s\n", dashes, id, dashes);
		show_port(fwd, &per_port[id]);
		printf("  %s--------------------------------%s\n", dashes, dashes);
	}
	printf("\n  +++++++++++++++ Accumulated forward statistics for all ports"
	       "+++++++++++++++\n");
	show_sum(&sum);
	printf("  ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++"
	       "++++++++++\n");
	fwd_impair_print(fwd);
	if (fwd->args.record_core_cycles)
		show_cycles(fwd, &sum);
}
