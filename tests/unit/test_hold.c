/* SPDX-License-Identifier: BSD-3-Clause */

/* The governor: how many mbufs buffers hold, whatever becomes of them. */

#include <errno.h>
#include <pthread.h>

#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lbuf_needed.h>
#include <lbuf_priv.h>
#include <relieve.h>

#include "unit_hold.h"

#define BOUND 10
#define N 8
#define BUFS 64

static struct lbuf bufs[BUFS];
static struct lbuf *bufp[BUFS];

RTE_INIT(stop_relieving)
{
	relieve_stopped = true;
}

/* Receive N packets again and again and append them, up to so many. */
static void
append_many(struct lbuf *b, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i += N) {
		receive(N);
		assert_int_equal(lbuf_burst_append(&burst, b), 0);
		assert_in_range(held(), 0, hold_stats(0).bound);
	}
}

/* Past the bound packets are copied, and their mbufs are back at once. */
static void
bound_of_one_buffer(void **state)
{
	struct lbuf_hold_stats stats;
	struct lbuf b;
	unsigned int i;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	append_many(&b, 5 * N);
	stats = hold_stats(0);
	assert_int_equal(stats.bound, BOUND);
	assert_int_equal(stats.held, BOUND);
	assert_int_equal(stats.high, BOUND);
	assert_int_equal(stats.copied, 5 * N - BOUND);
	assert_int_equal(stats.small, 0);
	assert_int_equal(mbufs_out(), BOUND);
	assert_int_equal(lbuf_len(&b), 5 * N * LEN);
	for (i = 0; i < 5 * N; i++)
		assert_same(lbuf_next(&b, LEN), 100 * (i % N), LEN);
	lbuf_release(&b);
	assert_int_equal(held(), 0);
	lbuf_close(&b);
	check_back();
}

/* Packets one by one, in buffers of their own, that are closed in any order. */
static void
bound_of_many_buffers(void **state)
{
	unsigned int i, k, n = 0;
	uint64_t rand = 1;

	(void)state;
	open_bound(BOUND);
	unit_open(bufs, bufp, BUFS);
	for (k = 0; k < 40; k++) {
		receive(N);
		for (i = 0; i < N; i++) {
			struct lbuf *b = &bufs[unit_rand(&rand) % BUFS];

			lbuf_close(b);
			lbuf_init(b, unit.pool);
			assert_int_equal(lbuf_burst_take(&burst, (uint16_t)i, b), 0);
			assert_fill(b, 100 * i, LEN);
			assert_in_range(held(), 0, BOUND);
		}
		lbuf_burst_drop(&burst);
		assert_int_equal(mbufs_out(), held());
		n += N;
	}
	assert_int_equal(hold_stats(0).high, BOUND);
	assert_in_range(hold_stats(0).copied, 1, n);
	unit_close(bufs, BUFS);
	assert_int_equal(held(), 0);
	check_back();
}

/* Arrays of buffers: received, edited, dropped and sent. */
static void
bound_of_arrays(void **state)
{
	void *data[N];
	unsigned int i, k;

	(void)state;
	open_bound(BOUND);
	unit_open(bufs, bufp, 2 * N);
	for (k = 0; k < 2; k++) {
		for (i = 0; i < N; i++)
			arrive(unit_mbuf(unit.tiny, 100 * i, LEN));
		assert_int_equal(lbuf_port_rx(port.bridge, 0, bufp + k * N, N), N);
	}
	assert_int_equal(held(), BOUND);
	assert_int_equal(hold_stats(0).copied, 2 * N - BOUND);
	assert_int_equal(lbuf_array_edit(bufp, N, 14, data), N);
	for (i = 0; i < 2 * N; i++)
		assert_fill(&bufs[i], 100 * (i % N), LEN);
	lbuf_array_drop(bufp, N);
	assert_int_equal(held(), BOUND - N);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufp + N, N), N);
	assert_int_equal(held(), 0);
	for (i = 0; i < N; i++)
		check_made(100 * i, LEN, 1);
	unit_close(bufs, 2 * N);
	check_back();
}

/* An mbuf counts once, as long as anybody views it. */
static void
views(void **state)
{
	struct lbuf b, part[3], twin, again;
	unsigned int i;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	receive(2);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 2);
	for (i = 0; i < 3; i++)
		assert_int_equal(lbuf_slice(&b, 20, &part[i]), 0);
	assert_int_equal(lbuf_clone(&b, 0, 5, &twin), 0);
	assert_int_equal(held(), 2);
	lbuf_close(&b);
	assert_int_equal(held(), 2);
	lbuf_close(&part[0]);
	lbuf_close(&part[1]);
	assert_int_equal(held(), 2);
	lbuf_close(&part[2]);
	assert_int_equal(held(), 1);
	lbuf_close(&twin);
	assert_int_equal(held(), 0);
	check_back();
	/* Alone again it is the segment's own, and still counts. */
	lbuf_init(&b, unit.pool);
	receive(1);
	assert_int_equal(lbuf_burst_take(&burst, 0, &b), 0);
	lbuf_burst_drop(&burst);
	assert_int_equal(lbuf_clone(&b, 0, 10, &twin), 0);
	lbuf_close(&twin);
	assert_non_null(lbuf_edit(&b, 10));
	lbuf_init(&again, unit.pool);
	assert_int_equal(lbuf_append(&again, &b), 0);
	lbuf_flush(&again);
	lbuf_move(&twin, &again);
	lbuf_close(&b);
	assert_int_equal(held(), 1);
	assert_int_equal(lbuf_skip(&twin, LEN), 0);
	assert_int_equal(held(), 1);
	lbuf_release(&twin);
	assert_int_equal(held(), 0);
	lbuf_close(&twin);
	check_back();
}

/* An mbuf of which somebody else has a reference, too. */
static void
with_others(void **state)
{
	struct rte_mbuf *m;
	struct lbuf b, part;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	m = unit_mbuf(unit.tiny, 0, LEN);
	rte_mbuf_refcnt_update(m, 1);
	receive_one(m);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 1);
	assert_int_equal(lbuf_slice(&b, 10, &part), 0);
	lbuf_close(&b);
	assert_int_equal(held(), 1);
	lbuf_close(&part);
	assert_int_equal(held(), 0);
	rte_pktmbuf_free(m);
	check_back();
}

/* Each mbuf of a chain counts; those without data do not. */
static void
chains(void **state)
{
	struct rte_mbuf *m, *empty;
	struct lbuf b;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	receive_one(unit_mbuf(unit.tiny, 0, 3 * UNIT_TINY_ROOM));
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 3);
	m = unit_mbuf(unit.tiny, 3 * UNIT_TINY_ROOM, 2 * UNIT_TINY_ROOM);
	empty = rte_pktmbuf_alloc(unit.tiny);
	assert_non_null(empty);
	assert_int_equal(rte_pktmbuf_chain(m, empty), 0);
	receive_one(m);
	assert_int_equal(lbuf_burst_take(&burst, 0, &b), 0);
	lbuf_burst_drop(&burst);
	assert_int_equal(held(), 5);
	/* Of six mbufs none is held if not all can be. */
	receive_one(unit_mbuf(unit.tiny, 5 * UNIT_TINY_ROOM, 6 * UNIT_TINY_ROOM));
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 5);
	assert_int_equal(hold_stats(0).copied, 6);
	assert_fill(&b, 0, 11 * UNIT_TINY_ROOM);
	lbuf_close(&b);
	assert_int_equal(held(), 0);
	check_back();
}

static void
small_packets(void **state)
{
	struct lbuf b;
	unsigned int i;

	(void)state;
	port.rx_copy_break = LEN;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 6; i++)
		arrive(unit_mbuf(unit.tiny, 100 * i, i % 2 == 0 ? LEN : LEN + 1));
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, 6), 6);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 3);
	assert_int_equal(hold_stats(0).small, 3);
	assert_int_equal(mbufs_out(), 3);
	for (i = 0; i < 6; i++)
		assert_same(lbuf_next(&b, LEN + i % 2), 100 * i, LEN + i % 2);
	lbuf_close(&b);
	/* A packet alone, and not as an array is received. */
	receive(2);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_burst_take(&burst, 0, &b), 0);
	assert_int_equal(held(), 0);
	lbuf_close(&b);
	lbuf_burst_drop(&burst);
	assert_int_equal(lbuf_port_hold_break_set(port.bridge, 0, LEN - 1), 0);
	receive(1);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_burst_take(&burst, 0, &b), 0);
	assert_int_equal(held(), 1);
	lbuf_close(&b);
	check_back();
}

/* Lowered, nothing is held until enough has gone; and raised again. */
static void
another_bound(void **state)
{
	struct lbuf b, more;

	(void)state;
	open_bound(4 * N);
	lbuf_init(&b, unit.pool);
	lbuf_init(&more, unit.pool);
	append_many(&b, 3 * N);
	assert_int_equal(held(), 3 * N);
	assert_int_equal(lbuf_port_hold_set(port.bridge, 0, 2 * N), 0);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &more), 0);
	assert_int_equal(held(), 3 * N);
	assert_int_equal(lbuf_skip(&b, N * LEN), 0);
	lbuf_release(&b);
	assert_int_equal(held(), 2 * N);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &more), 0);
	assert_int_equal(held(), 2 * N);
	assert_int_equal(lbuf_skip(&b, LEN), 0);
	lbuf_release(&b);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &more), 0);
	assert_int_equal(held(), 2 * N);
	assert_int_equal(lbuf_port_hold_set(port.bridge, 0, 3 * N), 0);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &more), 0);
	assert_int_equal(held(), 3 * N);
	assert_int_equal(lbuf_port_hold_set(port.bridge, 0, 0), 0);
	lbuf_close(&b);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &more), 0);
	lbuf_close(&more);
	assert_int_equal(held(), 0);
	receive(N);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 0);
	assert_int_equal(lbuf_port_hold_set(port.bridge, 0, LBUF_HOLD_ALL), 0);
	assert_int_equal(hold_stats(0).bound, LBUF_HOLD_ALL);
	append_many(&b, 5 * N);
	assert_int_equal(held(), 5 * N);
	lbuf_close(&b);
	check_back();
}

/* Packets of two queues in one burst, moved about; each counts for its own. */
static void
mixed_bursts(void **state)
{
	struct lbuf_burst other, *ways[2] = { &other, &burst };
	uint16_t way[2 * N];
	void *keep[2 * N];
	struct rte_mbuf *m;
	struct lbuf b;
	unsigned int i;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	lbuf_burst_init(&other);
	for (i = 0; i < N; i++) {
		m = unit_mbuf(unit.tiny, 100 * i, LEN);
		assert_int_equal(rte_eth_tx_burst(port.ring, 1, &m, 1), 1);
		arrive(unit_mbuf(unit.tiny, 100 * i, LEN));
	}
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, N / 2), N / 2);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 1, N), N);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, N / 2), N / 2);
	/* 0 0 0 0 1 1 1 1 1 1 1 1 0 0 0 0: the first goes, then every third. */
	lbuf_burst_drop_at(&burst, 0);
	for (i = 0; i < 2 * N; i++)
		keep[i] = i % 3 == 0 ? NULL : keep;
	assert_int_equal(lbuf_burst_keep(&burst, keep), 10);
	/* 0 0 1 1 1 1 1 1 0 0, of which every other one moves. */
	for (i = 0; i < 10; i++)
		way[i] = i % 2 == 0 ? 0 : 5;
	assert_int_equal(lbuf_burst_split(&burst, way, ways, 1), 5);
	/* 0 1 1 1 0, both. */
	m = unit_mbuf(unit.tiny, 0, LEN);
	assert_int_equal(lbuf_burst_add(&other, &m, 1), 1);
	assert_int_equal(lbuf_burst_take(&other, 1, &b), 0);
	assert_int_equal(hold_stats(1).held, 1);
	assert_int_equal(held(), 0);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 2);
	assert_int_equal(hold_stats(1).held, 4);
	assert_int_equal(lbuf_burst_tx_some(&other, port.bridge, 0, 1), 1);
	assert_int_equal(lbuf_burst_append(&other, &b), 0);
	assert_int_equal(held() + hold_stats(1).held, 9);
	assert_int_equal(hold_stats(1).held, 6);
	assert_int_equal(mbufs_out(), 11);
	lbuf_close(&b);
	assert_int_equal(held(), 0);
	assert_int_equal(hold_stats(1).held, 0);
	port_empty();
	check_back();
}

static uint16_t room;

static uint16_t
refuse(uint16_t port_id, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	(void)port_id;
	(void)queue;
	(void)pkts;
	(void)arg;
	return RTE_MIN(n, room);
}

/* What a driver refuses is held as before: raw packets, looked at ones, and several. */
static void
refused_packets(void **state)
{
	const struct rte_eth_rxtx_callback *cb;
	struct lbuf part;
	unsigned int i;

	(void)state;
	open_bound(4 * N);
	unit_open(bufs, bufp, N);
	cb = rte_eth_add_tx_callback(port.ring, 0, refuse, NULL);
	assert_non_null(cb);
	room = N + 1;
	for (i = 0; i < N; i++)
		arrive(unit_mbuf(unit.tiny, 100 * i, LEN));
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufp, N), N);
	/* 0 to 2 stay raw. */
	lbuf_skip(&bufs[3], 1);
	arrive(unit_mbuf(unit.tiny, 100 * 4 + LEN, LEN));
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, &bufs[4], 1), 1);
	assert_int_equal(lbuf_slice(&bufs[5], LEN / 2, &part), 0);
	lbuf_swap(&bufs[6], &part);
	lbuf_peek(&bufs[7], 1);
	assert_int_equal(held(), N + 1);
	room = 0;
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufp, N), 0);
	assert_int_equal(held(), N + 1);
	room = 2;
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufp, N), 2);
	assert_int_equal(port_empty(), 2);
	assert_int_equal(held(), N - 1);
	assert_fill(&bufs[2], 200, LEN);
	assert_fill(&bufs[3], 301, LEN - 1);
	assert_fill(&bufs[4], 400, 2 * LEN);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufp + 2, 2), 2);
	assert_int_equal(held(), N - 3);
	lbuf_close(&part);
	assert_int_equal(rte_eth_remove_tx_callback(port.ring, 0, cb), 0);
	rte_free((void *)(uintptr_t)cb);
	assert_int_equal(port_empty(), 2);
	assert_int_equal(held(), mbufs_out());
	unit_close(bufs, N);
	assert_int_equal(held(), 0);
	check_back();
}

/* What is exported is not held; what it refers to is, until the driver has freed it. */
static void
exported(void **state)
{
	struct rte_mbuf *m;
	struct lbuf b, part;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	receive(3);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(lbuf_slice(&b, 10, &part), 0);
	m = lbuf_port_export(port.bridge, 0, &b);
	assert_non_null(m);
	assert_int_equal(held(), 1);
	lbuf_close(&part);
	assert_int_equal(held(), 1);
	rte_pktmbuf_free(m);
	assert_int_equal(held(), 0);
	receive(1);
	assert_int_equal(lbuf_burst_take(&burst, 0, &b), 0);
	lbuf_burst_drop(&burst);
	assert_int_equal(held(), 1);
	m = lbuf_port_export(port.bridge, 0, &b);
	assert_int_equal(held(), 0);
	rte_pktmbuf_free(m);
	lbuf_close(&b);
	check_back();
}

/* Half of what the pool can spare, divided between the queues that have it. */
static void
first_bound(void **state)
{
	uint32_t cached = lbuf_mbufs_cached(unit.tiny->cache_size) * rte_lcore_count();
	/* Neither driver has rings that hold mbufs; either may have this pool. */
	uint32_t bound = (unit.tiny->size - cached - 2 * PORT_QUEUES * 64) / (2 * PORT_QUEUES) / 2;
	struct lbuf_hold_stats stats;
	struct rte_mbuf *m;
	struct lbuf b;

	(void)state;
	open_bound(BOUND);
	lbuf_port_free(port.bridge);
	port.rx_hold = 0;
	open_all(MULTI);
	assert_int_equal(lbuf_port_hold_get(port.bridge, 0, &stats), -EINVAL);
	assert_int_equal(lbuf_port_hold_get(port.bridge, UINT16_MAX, &stats), -EINVAL);
	assert_int_equal(lbuf_port_hold_get(port.bridge, 0, NULL), -EINVAL);
	assert_int_equal(lbuf_port_hold_set(port.bridge, UINT16_MAX, 1), -EINVAL);
	assert_int_equal(lbuf_port_hold_set(NULL, 0, 1), -EINVAL);
	lbuf_init(&b, unit.pool);
	receive(1);
	assert_int_equal(lbuf_burst_take(&burst, 0, &b), 0);
	assert_int_equal(hold_stats(0).bound, bound);
	assert_int_equal(held(), 1);
	m = unit_mbuf(unit.tiny, 0, LEN);
	assert_int_equal(rte_eth_tx_burst(port.ring, 1, &m, 1), 1);
	assert_int_equal(lbuf_port_rx_append(port.bridge, 1, &b, 1), 1);
	assert_int_equal(hold_stats(0).bound, bound);
	assert_int_equal(hold_stats(1).bound, bound);
	lbuf_close(&b);
	check_back();
}

static void
needed(void **state)
{
	struct lbuf_mbufs_conf conf = { 0 };

	(void)state;
	assert_int_equal(lbuf_port_mbufs_needed(&conf), 0);
	conf = (struct lbuf_mbufs_conf){
		.rx_queues = 2,
		.rx_desc = 512,
		.tx_queues = 3,
		.tx_desc = 1024,
		.burst = 32,
		.lcores = 3,
		.cache_size = 250,
		.hold = 1000,
		.frame = 1518,
		.room = 2048,
	};
	assert_int_equal(lbuf_mbufs_cached(0), 0);
	assert_int_equal(lbuf_port_mbufs_needed(&conf),
			1024 + 3072 + 64 + 3 * lbuf_mbufs_cached(250) + 2000);
	conf.frame = 9018;
	assert_int_equal(lbuf_port_mbufs_needed(&conf),
			1024 + 3072 + 5 * 64 + 3 * lbuf_mbufs_cached(250) + 2000);
	conf.rx_desc = UINT32_MAX;
	assert_int_equal(lbuf_port_mbufs_needed(&conf), UINT32_MAX);
}

/* A thread that ends as an lcore leaves its row of cells to the next with that number. */
static void *
become_and_end(void *arg)
{
	unsigned int *bad = arg, i;

	for (i = 0; i < 2; i++) {
		if (rte_thread_register() != 0)
			++*bad;
		*bad += hold_cell(0) != hold_cells[rte_lcore_id()];
		*bad += hold_row != hold_cells[rte_lcore_id()];
		rte_thread_unregister();
		*bad += hold_cell(0) != hold_cells[RTE_MAX_LCORE];
	}
	return NULL;
}

static void
rows_of_threads(void **state)
{
	unsigned int bad = 0;
	pthread_t thread;
	struct lbuf b;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	append_many(&b, N);
	lbuf_close(&b);
	assert_int_equal(pthread_create(&thread, NULL, become_and_end, &bad), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(bad, 0);
	check_back();
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(bound_of_one_buffer),
	PORT_TEST(bound_of_many_buffers),
	PORT_TEST(bound_of_arrays),
	PORT_TEST(views),
	PORT_TEST(with_others),
	PORT_TEST(chains),
	PORT_TEST(small_packets),
	PORT_TEST(another_bound),
	PORT_TEST(mixed_bursts),
	PORT_TEST(refused_packets),
	PORT_TEST(exported),
	PORT_TEST(first_bound),
	PORT_TEST(needed),
	PORT_TEST(rows_of_threads),
};

UNIT_MAIN(tests)
