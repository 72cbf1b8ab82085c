/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A port that refuses packets while memory is short: none is lost, none leaks,
 * whichever allocation fails on the way out or on the way back.
 */

#include <errno.h>

#include <chunk.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define BUFS 6
/* More allocations than a burst of these makes. */
#define NTH_MAX 40

static struct lbuf b[BUFS], *bufs[BUFS];
static const void *next[BUFS], *peek[BUFS];

/* Bytes of buffer i that are readable: from there on, so many. */
#define POS(i) ((i)*10000 + 30)
#define LEN(i) (70 + 100 * (i))

/*
 * Buffer i: i + 1 segments of kinds that vary, of the first of which some is
 * consumed and held, and some bytes that are pending.
 */
static void
fill_bufs(bool holds)
{
	unsigned int i, k;

	for (i = 0; i < BUFS; i++) {
		lbuf_init(&b[i], unit.pool);
		bufs[i] = &b[i];
		for (k = 0; k <= i; k++)
			unit_add(&b[i], (enum unit_kind)((i + k) % UNIT_KINDS), i * 10000 + k * 100,
					100);
		next[i] = lbuf_next(&b[i], 30);
		assert_same(next[i], i * 10000, 30);
		peek[i] = lbuf_peek(&b[i], 40);
		assert_same(peek[i], POS(i), 40);
		if (!holds)
			assert_int_equal(lbuf_release(&b[i]), 0);
		unit_fill(lbuf_reserve(&b[i], 20), POS(i) + LEN(i), 20);
	}
}

static void
fill_ring(unsigned int room)
{
	struct rte_mbuf *m;
	unsigned int i;

	for (i = 0; i < PORT_RING_ROOM - room; i++) {
		m = unit_mbuf(unit.tiny, 0, 1);
		assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
	}
}

/* Buffers from `sent` on are unchanged to their readers. */
static void
check_unsent(unsigned int sent, bool holds)
{
	unsigned int i;

	unit_scribble();
	for (i = sent; i < BUFS; i++) {
		assert_int_equal(lbuf_pending(&b[i]), 20);
		assert_fill(&b[i], POS(i), LEN(i));
		if (holds) {
			assert_same(next[i], i * 10000, 30);
			assert_same(peek[i], POS(i), 40);
		}
	}
}

/* Send what is left, with memory; and see that all went. */
static void
send_rest(unsigned int sent, unsigned int filler)
{
	struct rte_mbuf *m;
	unsigned int i;

	while (filler-- > 0)
		rte_pktmbuf_free(port_take());
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + sent, (uint16_t)(BUFS - sent)),
			BUFS - sent);
	for (i = 0; i < BUFS; i++) {
		m = port_take();
		assert_packet(m, POS(i), LEN(i));
		rte_pktmbuf_free(m);
		/* What was pending stays. */
		assert_int_equal(lbuf_flush(&b[i]), 0);
		assert_fill(&b[i], POS(i) + LEN(i), 20);
		lbuf_close(&b[i]);
	}
	assert_int_equal(port_empty(), 0);
}

/* Room for so many packets, and the nth allocation fails; whether it did. */
static bool
refused(unsigned int room, unsigned int nth, bool holds)
{
	unsigned int sent, failed = (unsigned int)port_stats().tx_failed;
	int error;

	fill_bufs(holds);
	fill_ring(room);
	lbuf_pool_inject(unit.pool, (int)nth);
	sent = lbuf_port_tx(port.bridge, 0, bufs, BUFS);
	error = rte_errno;
	lbuf_pool_inject(unit.pool, 0);
	failed = (unsigned int)port_stats().tx_failed - failed;
	assert_in_range(sent, 0, room);
	/* Fewer only if one could not be made; that one is counted, and no other. */
	assert_true(sent == room || error == ENOMEM);
	assert_in_range(failed, error == 0 ? 0 : 1, 1);
	check_unsent(sent, holds);
	send_rest(sent, PORT_RING_ROOM - room);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
	return failed != 0;
}

static void
each_allocation_fails(uint64_t offloads)
{
	unsigned int room, nth, holds, seen;

	port_open(offloads, 0);
	for (holds = 0; holds < 2; holds++) {
		for (room = 0; room < BUFS; room += 2) {
			seen = 0;
			for (nth = 1; nth < NTH_MAX; nth++)
				seen += refused(room, nth, holds != 0);
			assert_in_range(seen, offloads == 0 || holds != 0, NTH_MAX - 2);
		}
	}
}

static void
refused_by_reference(void **state)
{
	(void)state;
	each_allocation_fails(MULTI);
}

static void
refused_copies(void **state)
{
	(void)state;
	each_allocation_fails(0);
}

static void
refused_with_few_segments(void **state)
{
	(void)state;
	port.seg_max = 3;
	each_allocation_fails(MULTI);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST_NO_CACHE(refused_by_reference),
	PORT_TEST_NO_CACHE(refused_copies),
	PORT_TEST_NO_CACHE(refused_with_few_segments),
};

UNIT_MAIN(tests)
