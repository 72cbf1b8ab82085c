/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * hold: what who keeps what it received does to forwarding. One packet in so many is put into
 * a linked buffer of its flow, which keeps the flow's last bytes; all others are forwarded.
 */

#include <errno.h>
#include <string.h>

#include <rte_jhash.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "fwd.h"

/* Flows that a stream tells apart: those of one hash share a buffer. */
#define FLOWS 1024
/* Records of a flow that are copied out of their packets at a time, into one chunk. */
#define RECORDS 32
/* Where an IPv4 packet without options, behind no tag, has its addresses and ports. */
#define TUPLE_AT (sizeof(struct rte_ether_hdr) + offsetof(struct rte_ipv4_hdr, src_addr))
#define TUPLE_LEN 12

struct flow {
	struct lbuf kept;
	struct lbuf fresh; /* records that are views of their packets yet */
	uint32_t nb_fresh;
};

struct hold {
	uint64_t seen;
	struct flow flow[FLOWS];
};

static int
hold_start(struct fwd_stream *s, int socket)
{
	struct hold *h = rte_zmalloc_socket("fwd_hold", sizeof(*h), RTE_CACHE_LINE_SIZE, socket);
	unsigned int i;

	if (h == NULL)
		return -ENOMEM;
	for (i = 0; i < FLOWS; i++) {
		lbuf_init(&h->flow[i].kept, s->pool);
		lbuf_init(&h->flow[i].fresh, s->pool);
	}
	s->state = h;
	return 0;
}

static void
hold_stop(struct fwd_stream *s)
{
	struct hold *h = s->state;
	unsigned int i;

	if (h == NULL)
		return;
	for (i = 0; i < FLOWS; i++) {
		lbuf_close(&h->flow[i].kept);
		lbuf_close(&h->flow[i].fresh);
	}
	rte_free(h);
	s->state = NULL;
}

static struct flow *
flow_of(struct hold *h, const struct rte_mbuf *m)
{
	if (m->data_len < TUPLE_AT + TUPLE_LEN)
		return &h->flow[0];
	return &h->flow[rte_jhash(rte_pktmbuf_mtod_offset(m, void *, TUPLE_AT), TUPLE_LEN, 0) %
			FLOWS];
}

/* Records are to keep no memory but their own. Without any for that they stay views. */
static void
settle_records(struct flow *f)
{
	lbuf_compact(&f->fresh, LBUF_KEEP_SPARSE, NULL);
	lbuf_append(&f->kept, &f->fresh);
	lbuf_flush(&f->kept);
	f->nb_fresh = 0;
}

/* Put the first bytes of a packet behind what a flow has; 0, and the packet is gone. */
static int
keep_record(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i, struct flow *f)
{
	struct lbuf packet, record;
	int ret;

	lbuf_init(&packet, s->pool);
	ret = lbuf_burst_take(burst, i, &packet);
	if (ret != 0)
		return ret;
	ret = lbuf_slice(&packet, RTE_MIN((uint64_t)s->args->hold_record, lbuf_len(&packet)),
			&record);
	lbuf_close(&packet);
	if (ret != 0)
		return 0;
	lbuf_append(&f->fresh, &record);
	lbuf_flush(&f->fresh);
	lbuf_close(&record);
	if (++f->nb_fresh == RECORDS)
		settle_records(f);
	return 0;
}

static void
hold_packet(struct fwd_stream *s, struct hold *h, struct lbuf_burst *burst, uint16_t i)
{
	struct flow *f = flow_of(h, burst->pkts[i]);
	uint64_t most = s->args->hold_bytes;
	int ret;

	/* What there is no place for is forwarded, as the others are. */
	if (s->args->hold_record != 0)
		ret = keep_record(s, burst, i, f);
	else
		ret = lbuf_burst_take(burst, i, &f->kept);
	if (ret != 0 || lbuf_len(&f->kept) <= most)
		return;
	lbuf_skip(&f->kept, lbuf_len(&f->kept) - most);
	lbuf_release(&f->kept);
}

static void
hold_burst(struct fwd_stream *s)
{
	struct hold *h = s->state;
	struct lbuf_burst burst;
	uint16_t i, n = fwd_receive(s, &burst);

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		if (++h->seen % s->args->hold_every == 0)
			hold_packet(s, h, &burst, i);
	if (burst.gaps != n)
		fwd_send(s, &burst);
	else
		lbuf_burst_drop(&burst);
}

const struct fwd_mode fwd_mode_hold = {
	.name = "hold",
	.burst = hold_burst,
	.start = hold_start,
	.stop = hold_stop,
	.receives = true,
	.sends = true,
};
