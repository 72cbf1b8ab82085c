/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Send frames out of every kind of memory, and tell of each kind how it went: by reference,
 * as the mbuf that it was, or copied. At the end nothing may be held by a silent queue that
 * its driver can be asked to give back.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include "frame.h"

#define SECONDS 15
#define LARGE (16u << 20)
#define TRIES 20000
#define PAUSE_US 100
#define FRAME_PAUSE_US 1000
#define BODY (FRAME_LEN - FRAME_HEAD)

/* Memory that EAL knows nothing of. */
static uint8_t *foreign;
static struct lbuf_ext ext;
static struct rte_mbuf_ext_shared_info shared[FRAMES];

static void
free_nothing(void *addr, void *opaque)
{
	(void)addr;
	(void)opaque;
}

/* An mbuf with these bytes of a frame. */
static void
add_mbuf(struct lbuf *b, struct rte_mempool *mbufs, enum frame_kind kind, unsigned int number,
		size_t from, uint16_t n)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mbufs);

	check(m != NULL, "an mbuf");
	frame_fill((uint8_t *)rte_pktmbuf_append(m, n), kind, number, from, n);
	check(lbuf_append_mbuf(b, m) == 0, "append");
}

static void
add_foreign(struct lbuf *b, struct rte_mempool *mbufs, unsigned int number)
{
	uint8_t *data = foreign + (size_t)(FRAMES + number) * FRAME_LEN;
	struct rte_mbuf *m = rte_pktmbuf_alloc(mbufs);

	check(m != NULL, "an mbuf");
	frame_fill(data, FRAME_FOREIGN, number, 0, FRAME_LEN);
	shared[number].free_cb = free_nothing;
	rte_mbuf_ext_refcnt_set(&shared[number], 1);
	rte_pktmbuf_attach_extbuf(m, data, (rte_iova_t)(uintptr_t)data, FRAME_LEN, &shared[number]);
	check(rte_pktmbuf_append(m, FRAME_LEN) != NULL, "room");
	check(lbuf_append_mbuf(b, m) == 0, "append");
}

static void
add_ext(struct lbuf *b, unsigned int number)
{
	uint8_t *data = foreign + (size_t)number * FRAME_LEN;

	frame_fill(data, FRAME_EXT, number, FRAME_HEAD, BODY);
	check(lbuf_write_ext(b, &ext, data, BODY) == 0, "write_ext");
}

/* Reserve so much at once, which says of what tier, and use the first n bytes. */
static void
add_reserved(struct lbuf *b, enum frame_kind kind, unsigned int number, size_t from, size_t room,
		size_t n)
{
	uint8_t *to;

	check(lbuf_flush(b) == 0, "flush");
	to = lbuf_reserve(b, room);
	check(to != NULL, "reserve");
	frame_fill(to, kind, number, from, n);
	check(lbuf_ack(b, n) == 0, "ack");
}

static void
make(struct lbuf *b, struct rte_mempool *mbufs, enum frame_kind kind, unsigned int number)
{
	const size_t half = BODY / 2;

	if (kind == FRAME_MBUF)
		add_mbuf(b, mbufs, kind, number, 0, FRAME_LEN);
	else if (kind == FRAME_FOREIGN)
		add_foreign(b, mbufs, number);
	else
		add_mbuf(b, mbufs, kind, number, 0, FRAME_HEAD);
	switch (kind) {
	case FRAME_CHAIN:
		add_mbuf(b, mbufs, kind, number, FRAME_HEAD, half);
		add_mbuf(b, mbufs, kind, number, FRAME_HEAD + half, BODY - half);
		break;
	case FRAME_EXT:
		add_ext(b, number);
		break;
	case FRAME_SMALL:
		add_reserved(b, kind, number, FRAME_HEAD, half, half);
		add_reserved(b, kind, number, FRAME_HEAD + half, BODY - half, BODY - half);
		break;
	case FRAME_MIDDLE:
		add_reserved(b, kind, number, FRAME_HEAD, BODY, BODY);
		break;
	case FRAME_LARGE:
		add_reserved(b, kind, number, FRAME_HEAD, LARGE, BODY);
		break;
	default:
		break;
	}
	check(lbuf_flush(b) == 0, "flush");
}

static void
send_frame(struct end *end, enum frame_kind kind, unsigned int number)
{
	struct lbuf b, *bufs[] = { &b };
	unsigned int tries;

	lbuf_init(&b, end->pool);
	make(&b, end->mbufs, kind, number);
	for (tries = 0; lbuf_port_tx(end->port, 0, bufs, 1) != 1; tries++) {
		check(tries < TRIES, "not taken");
		rte_delay_us_sleep(PAUSE_US);
	}
	lbuf_close(&b);
	rte_delay_us_sleep(FRAME_PAUSE_US);
}

static void
send_kind(struct end *end, enum frame_kind kind)
{
	struct lbuf_port_stats before, after;
	unsigned int i;

	lbuf_port_stats_get(end->port, 0, &before);
	for (i = 0; i < FRAMES; i++)
		send_frame(end, kind, i);
	lbuf_port_stats_get(end->port, 0, &after);
	printf("send: %s refs %u copied %u failed %u\n", frame_name[kind],
			(unsigned int)(after.tx_refs - before.tx_refs),
			(unsigned int)(after.tx_copied - before.tx_copied),
			(unsigned int)(after.tx_failed - before.tx_failed));
}

/* Whether all comes back that the driver has of the bridge, without anything being sent. */
static void
reclaim(struct end *end)
{
	unsigned int i, before = lbuf_port_refs_out(end->port), out = before;
	int ret = 0;

	for (i = 0; i < TRIES / 10 && out != 0; i++) {
		ret = lbuf_port_tx_done_cleanup(end->port, 0, 0);
		out = lbuf_port_refs_out(end->port);
		rte_delay_us_sleep(PAUSE_US);
	}
	printf("send: held %u, then %u: %s\n", before, out, rte_strerror(-ret));
}

int
main(int argc, char **argv)
{
	struct end end;
	unsigned int kind;

	end_open(&end, argc, argv);
	check(end_wait(true, SECONDS), "no link");
	foreign = mmap(NULL, (size_t)2 * FRAMES * FRAME_LEN, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(foreign != MAP_FAILED, "memory");
	lbuf_ext_init(&ext, NULL, NULL);
	for (kind = 0; kind < FRAME_KINDS; kind++)
		send_kind(&end, kind);
	reclaim(&end);
	/* The other end has seen all of it soon. */
	rte_delay_us_sleep(US_PER_S / 2);
	end_close(&end);
	return EXIT_SUCCESS;
}
