/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>

#include "fwd.h"
#include "tx_times.h"

#define SIGNATURE 0xbeefc0de

/* Clocks of ports when their streams were started: all queues count from there. 0: none. */
static uint64_t clocks[RTE_MAX_ETHPORTS];

/* What drivers register that take times. */
static bool
find_field(struct fwd_tx_times *t)
{
	int bit = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_TX_TIMESTAMP_NAME, NULL);

	t->offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, NULL);
	if (bit < 0 || t->offset < 0)
		return false;
	t->flag = RTE_BIT64((unsigned int)bit);
	return true;
}

void
fwd_tx_times_start(struct fwd_tx_times *t, const struct fwd_stream *s)
{
	uint16_t id = s->tx_port->id;

	t->on = false;
	t->queue = s->tx_queue;
	t->inter = s->args->tx_inter;
	t->intra = s->args->tx_intra;
	if (t->inter == 0 || !find_field(t))
		return;
	/* Streams of queue 0 are started first. */
	if (s->tx_queue == 0 && rte_eth_read_clock(id, &clocks[id]) != 0)
		clocks[id] = 0;
	t->on = clocks[id] != 0;
	/* Queues take turns within the time from burst to burst. */
	t->last = clocks[id] + t->inter + (uint64_t)t->inter * s->tx_queue / s->args->txq;
}

struct fwd_tx_mark
fwd_tx_times_next(struct fwd_tx_times *t, uint16_t i)
{
	uint32_t gap = i == 0 ? t->inter : t->intra;
	struct fwd_tx_mark mark = {
		.signature = RTE_BE32(SIGNATURE),
		.packet = rte_cpu_to_be_16(i),
		.queue = rte_cpu_to_be_16(t->queue),
	};

	t->last += gap;
	if (gap != 0)
		mark.time = rte_cpu_to_be_64(t->last);
	return mark;
}

void
fwd_tx_times_set(const struct fwd_tx_times *t, struct rte_mbuf *m, const struct fwd_tx_mark *mark)
{
	if (mark->time == 0)
		return;
	m->ol_flags |= t->flag;
	*RTE_MBUF_DYNFIELD(m, t->offset, uint64_t *) = rte_be_to_cpu_64(mark->time);
}

void
fwd_tx_times_mark(struct fwd_tx_times *t, struct rte_mbuf *m, uint16_t i, uint32_t headers)
{
	struct fwd_tx_mark mark = fwd_tx_times_next(t, i);
	const uint8_t *from = (const uint8_t *)&mark;
	uint32_t left = sizeof(mark), n;
	struct rte_mbuf *seg = m;

	/* Packets are long enough for it. */
	for (; left != 0; seg = seg->next) {
		n = headers < seg->data_len ? RTE_MIN(left, seg->data_len - headers) : 0;
		memcpy(rte_pktmbuf_mtod_offset(seg, uint8_t *, n != 0 ? headers : 0), from, n);
		headers -= RTE_MIN(headers, (uint32_t)seg->data_len);
		from += n;
		left -= n;
	}
	fwd_tx_times_set(t, m, &mark);
}
