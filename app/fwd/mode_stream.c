/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * stream: packets leave as they came; beside that, the TCP connections among them are put
 * together by reference. What is seen of them is what goes out, after impairments: so that
 * is what the receiver has.
 */

#include <rte_cycles.h>

#include "fwd.h"
#include "tcp_show.h"
#include "tcp_table.h"

/* Of so many bursts that received nothing one looks for what has timed out. */
#define IDLE_BURSTS 256

static int
stream_start(struct fwd_stream *s, int socket)
{
	int ret = fwd_tcp_table_get(s->lcore, s->args, s->pool, socket);

	if (ret == 0)
		s->state = fwd_tcp_table_of(s->lcore);
	return ret;
}

static void
stream_stop(struct fwd_stream *s)
{
	if (s->state != NULL)
		fwd_tcp_table_put(s->lcore);
	s->state = NULL;
}

/* Packets go out before anything is written to files. */
static void
stream_send(struct fwd_stream *s, struct lbuf_burst *burst)
{
	struct fwd_tcp_table *t = s->state;

	lbuf_conn_input(t->conns, burst->pkts, burst->n, rte_rdtsc());
	fwd_transmit(s, burst);
	fwd_tcp_dump_flush(&t->dumps);
}

static void
idle(struct fwd_tcp_table *t)
{
	if (++t->idle % IDLE_BURSTS != 0)
		return;
	lbuf_conn_expire(t->conns, rte_rdtsc());
	fwd_tcp_dump_flush(&t->dumps);
}

static void
stream_burst(struct fwd_stream *s)
{
	struct fwd_tcp_table *t = s->state;
	struct lbuf_burst burst;

	if (unlikely(fwd_receive(s, &burst) == 0))
		idle(t);
	else if (unlikely(s->impair != NULL))
		fwd_impair_send(s, &burst);
	else
		stream_send(s, &burst);
	if (unlikely(fwd_tcp_table_asked(t)))
		fwd_tcp_table_answer(t);
}

const struct fwd_mode fwd_mode_stream = {
	.name = "stream",
	.burst = stream_burst,
	.send = stream_send,
	.start = stream_start,
	.stop = stream_stop,
	.show = fwd_tcp_show,
	.finish = fwd_tcp_finish,
	.json = fwd_tcp_json,
	.receives = true,
	.sends = true,
	.pairs = true,
};
