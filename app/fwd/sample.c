/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include <lbuf_hold.h>

#include "fwd.h"
#include "rate.h"
#include "sample.h"

static void
count(struct fwd_count *c, uint64_t now, uint64_t period)
{
	c->rate = fwd_rate(now, &c->total, period);
}

/* What streams dropped on their way to a port. */
static uint64_t
dropped(const struct fwd *fwd, uint16_t id)
{
	const struct fwd_lcore *lc;
	unsigned int l, i;
	uint64_t n = 0;

	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		for (i = 0; lc->streams != NULL && i < lc->nb; i++)
			if (fwd->routes[lc->first + i].tx_port == id)
				n += lc->streams[i].tx_dropped;
	}
	return n;
}

static void
take_port(const struct fwd *fwd, uint16_t id, struct fwd_port_sample *p, uint64_t period)
{
	struct rte_eth_stats st;

	if (rte_eth_stats_get(id, &st) != 0)
		return;
	p->port = id;
	count(&p->rx_packets, st.ipackets, period);
	count(&p->rx_bytes, st.ibytes, period);
	count(&p->rx_missed, st.imissed, period);
	count(&p->rx_errors, st.ierrors, period);
	count(&p->rx_nombuf, st.rx_nombuf, period);
	count(&p->tx_packets, st.opackets, period);
	count(&p->tx_bytes, st.obytes, period);
	count(&p->tx_errors, st.oerrors, period);
	count(&p->tx_dropped, dropped(fwd, id), period);
}

static void
take_queue(const struct fwd_port *port, uint16_t queue, struct fwd_queue_sample *q, uint64_t period)
{
	struct lbuf_hold_stats hold;
	struct lbuf_port_stats st;

	if (lbuf_port_stats_get(port->bridge, queue, &st) != 0)
		return;
	q->port = port->id;
	q->queue = queue;
	count(&q->rx_packets, st.rx_packets, period);
	count(&q->rx_bytes, st.rx_bytes, period);
	count(&q->rx_nombuf, st.rx_nombuf, period);
	count(&q->tx_packets, st.tx_packets, period);
	count(&q->tx_bytes, st.tx_bytes, period);
	count(&q->tx_refs, st.tx_refs, period);
	count(&q->tx_copied, st.tx_copied, period);
	count(&q->tx_failed, st.tx_failed, period);
	if (lbuf_port_hold_get(port->bridge, queue, &hold) != 0)
		return;
	count(&q->rx_copied, hold.copied + hold.small + hold.moved, period);
	count(&q->rx_given_up, hold.given_up, period);
	q->rx_held = hold.held;
	q->rx_bound = hold.bound;
}

static void
take_lcores(const struct fwd *fwd, struct fwd_sample *s)
{
	const struct fwd_lcore *lc;
	unsigned int l, i;

	s->packets = 0;
	s->cycles = 0;
	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		s->cycles += lc->cycles;
		for (i = 0; lc->streams != NULL && i < lc->nb; i++)
			s->packets += lc->mode->receives ? lc->streams[i].rx_packets
							 : lc->streams[i].tx_packets;
	}
}

void
fwd_sample_take(const struct fwd *fwd, struct fwd_sample *sample)
{
	uint32_t queues = RTE_MAX(fwd->args.rxq, fwd->args.txq);
	uint64_t now = fwd_now_ns();
	const struct fwd_port *port;
	unsigned int i;
	uint32_t q;

	sample->period = sample->ns != 0 ? now - sample->ns : 0;
	sample->ns = now;
	sample->nb_ports = 0;
	sample->nb_queues = 0;
	for (i = 0; i < fwd->nb_ports; i++) {
		port = &fwd->ports[fwd->order[i]];
		if (!port->found)
			continue;
		take_port(fwd, port->id, &sample->ports[sample->nb_ports++], sample->period);
		for (q = 0; port->bridge != NULL && q < queues &&
				sample->nb_queues < FWD_SAMPLE_QUEUES;
				q++)
			take_queue(port, (uint16_t)q, &sample->queues[sample->nb_queues++],
					sample->period);
	}
	take_lcores(fwd, sample);
}

unsigned int
fwd_sample_cache_hits(const struct lbuf_pool_stats *st)
{
	if (st->allocs == 0)
		return 1000;
	return (unsigned int)(1000 - 1000 * RTE_MIN(st->refills, st->allocs) / st->allocs);
}
