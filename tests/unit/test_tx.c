/* SPDX-License-Identifier: BSD-3-Clause */

/* Sending bursts: what is sent, what is not, and who holds the memory. */

#include <errno.h>
#include <stdlib.h>

#include <rte_lcore.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define BUFS 12

static struct lbuf b[BUFS], *bufs[BUFS];

/* Fill the ring but for some packets. */
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

/* Bytes of buffer i. */
static uint64_t
pos_of(unsigned int i)
{
	return i * 10000;
}

/* Buffer i gets 1 to 4 segments, of kinds that vary. */
static void
fill_buf(unsigned int i)
{
	unsigned int k;

	for (k = 0; k <= i % 4; k++)
		unit_add(&b[i], (enum unit_kind)((i + k) % UNIT_KINDS), pos_of(i) + k * 100, 100);
}

static uint32_t
len_of(unsigned int i)
{
	return 100 * (i % 4 + 1);
}

static void
a_burst(void **state)
{
	struct rte_mbuf *m;
	unsigned int i;
	uint64_t bytes = 0;

	(void)state;
	port_open(MULTI, 0);
	unit_open(b, bufs, BUFS);
	for (i = 0; i < BUFS; i++) {
		fill_buf(i);
		bytes += len_of(i);
	}
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 0), 0);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, BUFS), BUFS);
	assert_int_equal(rte_errno, 0);
	unit_close(b, BUFS);
	for (i = 0; i < BUFS; i++) {
		m = port_take();
		assert_packet(m, pos_of(i), len_of(i));
		assert_int_equal(m->nb_segs, i % 4 + 1);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(port_stats().tx_packets, BUFS);
	assert_int_equal(port_stats().tx_bytes, bytes);
	assert_int_equal(port_stats().tx_copied, 0);
	assert_int_equal(port_stats().tx_failed, 0);
	assert_int_equal(port_empty(), 0);
}

static void
no_room_in_the_ring(void **state)
{
	struct rte_mbuf *m;
	unsigned int i, k;

	(void)state;
	port_open(MULTI, 0);
	unit_open(b, bufs, BUFS);
	for (i = 0; i < BUFS; i++)
		fill_buf(i);
	fill_ring(5);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, BUFS), 5);
	assert_int_equal(rte_errno, 0);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + 5, BUFS - 5), 0);
	assert_int_equal(rte_errno, 0);
	assert_int_equal(port_stats().tx_packets, 5);
	assert_int_equal(port_stats().tx_bytes, 100 + 200 + 300 + 400 + 100);
	for (i = 0; i < 5; i++)
		assert_int_equal(lbuf_len(&b[i]), 0);
	unit_scribble();
	/* Unchanged to their readers: read, write, send them. */
	for (i = 5; i < BUFS; i++) {
		assert_fill(&b[i], pos_of(i), len_of(i));
		unit_put(&b[i], pos_of(i) + len_of(i), 50);
		assert_same(lbuf_next(&b[i], 150), pos_of(i), 150);
		if (i == 8) /* of one segment, and 50 bytes */
			break;
	}
	for (i = 0; i < PORT_RING_ROOM; i++) {
		m = port_take();
		if (i >= PORT_RING_ROOM - 5) {
			k = i - (PORT_RING_ROOM - 5);
			assert_packet(m, pos_of(k), len_of(k));
		}
		rte_pktmbuf_free(m);
	}
	assert_int_equal(port_empty(), 0);
	lbuf_close(&b[8]);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + 5, 3), 3);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + 9, 3), 3);
	for (i = 5; i < BUFS; i++) {
		if (i == 8)
			continue;
		m = port_take();
		if (i < 8)
			assert_packet(m, pos_of(i) + 150, len_of(i) - 100);
		else
			assert_packet(m, pos_of(i), len_of(i));
		rte_pktmbuf_free(m);
	}
	unit_close(b, BUFS);
}

/* Not sent, a buffer has released nothing of what its reader holds. */
static void
not_sent_pointers_hold(void **state)
{
	const uint8_t *next, *across, *peek;
	unsigned int kind;

	(void)state;
	port_open(MULTI, 0);
	fill_ring(0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		unit_open(b, bufs, BUFS);
		unit_add(&b[0], (enum unit_kind)kind, 0, 100);
		unit_add(&b[0], (enum unit_kind)((kind + 1) % UNIT_KINDS), 100, 100);
		unit_add(&b[0], (enum unit_kind)kind, 200, 100);
		next = lbuf_next(&b[0], 100);
		across = lbuf_next(&b[0], 150);
		peek = lbuf_peek(&b[0], 20);
		assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 0);
		unit_scribble();
		assert_same(next, 0, 100);
		assert_same(across, 100, 150);
		assert_same(peek, 250, 20);
		assert_fill(&b[0], 250, 50);
		assert_int_equal(lbuf_slice(&b[0], 50, &b[1]), 0);
		lbuf_close(&b[1]);
		unit_scribble();
		assert_same(peek, 250, 20);
		unit_close(b, BUFS);
	}
}

/* With bytes pending, which stay behind what comes back. */
static void
not_sent_with_pending_bytes(void **state)
{
	unsigned int kind;

	(void)state;
	port_open(MULTI, 0);
	fill_ring(0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		unit_open(b, bufs, BUFS);
		unit_add(&b[0], (enum unit_kind)kind, 0, 100);
		unit_put(&b[0], 100, 30);
		unit_fill(lbuf_reserve(&b[0], 50), 130, 50);
		assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 0);
		assert_fill(&b[0], 0, 130);
		assert_int_equal(lbuf_pending(&b[0]), 50);
		unit_fill(lbuf_reserve(&b[0], 5000), 180, 5000);
		assert_int_equal(lbuf_flush(&b[0]), 0);
		assert_fill(&b[0], 0, 5180);
		unit_close(b, BUFS);
	}
}

/* Slices, too, come back as slices. */
static void
not_sent_slices(void **state)
{
	struct lbuf parent, slice, *buf = &slice;
	unsigned int kind, i;

	(void)state;
	port_open(MULTI, 0);
	fill_ring(0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&parent, unit.pool);
		for (i = 0; i < 3; i++)
			unit_add(&parent, (enum unit_kind)kind, i * 100, 100);
		assert_int_equal(lbuf_slice(&parent, 250, &slice), 0);
		assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 0);
		assert_fill(&slice, 0, 250);
		assert_int_equal(lbuf_write(&slice, "x", 1), -EROFS);
		assert_null_errno(lbuf_prepend(&slice, 1), EROFS);
		lbuf_close(&parent);
		unit_scribble();
		assert_fill(&slice, 0, 250);
		lbuf_close(&slice);
	}
}

/* More than 64 KiB in a segment comes back in pieces. */
static void
not_sent_large(void **state)
{
	unsigned int kind;

	(void)state;
	port_open(MULTI, 0);
	fill_ring(0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		unit_open(b, bufs, BUFS);
		unit_add(&b[0], (enum unit_kind)kind, 0, 300000);
		unit_add(&b[0], (enum unit_kind)kind, 300000, 300000);
		assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 0);
		assert_fill(&b[0], 0, 600000);
		assert_same(lbuf_peek(&b[0], 600000), 0, 600000);
		unit_close(b, BUFS);
	}
}

static void
one_that_cannot_be_sent(void **state)
{
	unsigned int i;

	(void)state;
	port_open(MULTI, 0);
	unit_open(b, bufs, BUFS);
	for (i = 0; i < BUFS; i++)
		if (i != 3)
			fill_buf(i);
	lbuf_close(&b[7]);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, BUFS), 3);
	assert_int_equal(rte_errno, ENODATA);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + 3, BUFS - 3), 0);
	assert_int_equal(rte_errno, ENODATA);
	assert_fill(&b[4], pos_of(4), len_of(4));
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + 4, BUFS - 4), 3);
	assert_int_equal(rte_errno, EPIPE);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs + 8, BUFS - 8), BUFS - 8);
	assert_int_equal(rte_errno, 0);
	assert_int_equal(port_stats().tx_packets, BUFS - 2);
	assert_int_equal(port_stats().tx_failed, 3);
	assert_int_equal(port_empty(), BUFS - 2);
	unit_close(b, BUFS);
}

/* No room and an error behind: the driver stopped first. */
static void
no_room_before_an_error(void **state)
{
	(void)state;
	port_open(MULTI, 0);
	unit_open(b, bufs, BUFS);
	fill_buf(0);
	fill_buf(1);
	fill_ring(1);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 3), 1);
	assert_int_equal(rte_errno, 0);
	assert_fill(&b[1], pos_of(1), len_of(1));
	unit_close(b, BUFS);
}

static void
more_than_a_burst(void **state)
{
	static struct lbuf many[LBUF_BURST_MAX + 10];
	struct lbuf *all[RTE_DIM(many)];
	unsigned int i;

	(void)state;
	port_open(MULTI, 0);
	unit_open(many, all, RTE_DIM(many));
	for (i = 0; i < RTE_DIM(many); i++)
		unit_put(&many[i], i, 60);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, all, RTE_DIM(many)), LBUF_BURST_MAX);
	assert_fill(&many[LBUF_BURST_MAX], LBUF_BURST_MAX, 60);
	assert_int_equal(port_empty(), LBUF_BURST_MAX);
	unit_close(many, RTE_DIM(many));
}

/* A null device frees at once what it is sent. */
static void
sent_is_freed(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool };
	unsigned int round, i;

	(void)state;
	port.bridge = lbuf_port_create(port.null, &params);
	assert_non_null(port.bridge);
	for (round = 0; round < 500; round++) {
		unit_open(b, bufs, BUFS);
		for (i = 0; i < BUFS; i++)
			fill_buf(i);
		assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, BUFS), BUFS);
		assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
		assert_int_equal(unit.exts, 0);
		unit_close(b, BUFS);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
	assert_int_equal(port_stats().tx_packets, 500 * BUFS);
	/* Not of the ring: this device takes single segments. */
	assert_int_equal(port_stats().tx_copied, 500 * BUFS / 4 * 3);
}

/* Frees the packets of a queue, on another lcore. */
static int
free_packets(void *arg)
{
	unsigned int *left = arg, spins = 0;
	struct rte_mbuf *m;

	while (*left > 0 && spins++ < 500000000) {
		if (rte_eth_rx_burst(port.ring, 0, &m, 1) == 0)
			continue;
		if (!unit_same(rte_pktmbuf_mtod(m, void *), 4, m->data_len))
			return -1;
		rte_pktmbuf_free(m);
		(*left)--;
	}
	return *left == 0 ? 0 : -1;
}

/* Memory that this lcore still has, and the one that frees the packets. */
static void
freed_on_another_lcore(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), left = 3000, i;
	struct lbuf parent, slice, kept, *buf = &slice;

	(void)state;
	port_open(MULTI, 0);
	assert_int_equal(rte_eal_remote_launch(free_packets, &left, lcore), 0);
	for (i = 0; i < 3000; i++) {
		lbuf_init(&parent, unit.pool);
		unit_add(&parent, (enum unit_kind)(i % UNIT_KINDS), 0, 50);
		assert_int_equal(lbuf_skip(&parent, 4), 0);
		assert_int_equal(lbuf_slice(&parent, 20, &slice), 0);
		assert_int_equal(lbuf_slice(&parent, 20, &kept), 0);
		while (lbuf_port_tx(port.bridge, 0, &buf, 1) == 0)
			rte_pause();
		lbuf_close(&slice);
		lbuf_close(&parent);
		assert_fill(&kept, 24, 20);
		lbuf_close(&kept);
	}
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
	assert_int_equal(left, 0);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(a_burst),
	PORT_TEST(no_room_in_the_ring),
	PORT_TEST(not_sent_pointers_hold),
	PORT_TEST(not_sent_with_pending_bytes),
	PORT_TEST(not_sent_slices),
	PORT_TEST(not_sent_large),
	PORT_TEST(one_that_cannot_be_sent),
	PORT_TEST(no_room_before_an_error),
	PORT_TEST(more_than_a_burst),
	PORT_TEST(sent_is_freed),
	PORT_TEST(freed_on_another_lcore),
};

UNIT_MAIN(tests)
