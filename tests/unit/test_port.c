/* SPDX-License-Identifier: BSD-3-Clause */

/* The port bridge: receive, and send what was received. */

#include <errno.h>
#include <stdlib.h>

#include <rte_lcore.h>

#include <chunk.h>
#include <lbuf_hold.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS

static void
create_bad_arguments(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool }, no_pool = { 0 };

	(void)state;
	assert_null_errno(lbuf_port_create(port.ring, NULL), EINVAL);
	assert_null_errno(lbuf_port_create(port.ring, &no_pool), EINVAL);
	assert_null_errno(lbuf_port_create(RTE_MAX_ETHPORTS, &params), ENODEV);
	assert_null_errno(lbuf_port_create(RTE_MAX_ETHPORTS - 1, &params), ENODEV);
	assert_null_errno(lbuf_port_create(UINT16_MAX, &params), ENODEV);
	assert_int_equal(lbuf_port_free(NULL), 0);
	params.nb_refs = UINT32_MAX;
	assert_null_errno(lbuf_port_create(port.ring, &params), EINVAL);
	params.nb_refs = LBUF_PORT_REFS_MAX + 1;
	assert_null_errno(lbuf_port_create(port.ring, &params), EINVAL);
}

static void
create_without_fast_free(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool };

	(void)state;
	port.wrapped = 0;
	port.tx_offloads = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	port.bridge = lbuf_port_create(port.ring, &params);
	if (port.wrapped == 0)
		skip(); /* the library is shared: it calls DPDK itself */
	assert_null(port.bridge);
	assert_int_equal(rte_errno, ENOTSUP);
}

static void
create_once(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool };
	struct lbuf_port *other;

	(void)state;
	port_open(0, 0);
	assert_null_errno(lbuf_port_create(port.ring, &params), EEXIST);
	other = lbuf_port_create(port.null, &params);
	assert_non_null(other);
	assert_int_equal(lbuf_port_free(other), 0);
	assert_int_equal(lbuf_port_free(port.bridge), 0);
	port.bridge = lbuf_port_create(port.ring, &params);
	assert_non_null(port.bridge);
}

/* Its node has no memory, or is no socket to EAL: the bridge's memory is of another. */
static void
create_elsewhere(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool };
	struct lbuf_port_stats st;
	struct lbuf b, *bufp = &b;

	(void)state;
	port.elsewhere = true;
	port.bridge = lbuf_port_create(port.ring, &params);
	assert_non_null(port.bridge);
	lbuf_init(&b, unit.pool);
	assert_non_null(lbuf_reserve(&b, 1000));
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &bufp, 1), 1);
	lbuf_close(&b);
	assert_int_equal(lbuf_port_stats_get(port.bridge, 0, &st), 0);
	assert_int_equal(st.tx_refs, 1);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 1);
}

static void
stats_bad_arguments(void **state)
{
	static const struct lbuf_port_stats zero;
	struct lbuf_port_stats stats;

	(void)state;
	port_open(0, 0);
	assert_int_equal(lbuf_port_stats_get(NULL, 0, &stats), -EINVAL);
	assert_int_equal(lbuf_port_stats_get(port.bridge, 0, NULL), -EINVAL);
	assert_int_equal(lbuf_port_stats_get(port.bridge, PORT_QUEUES, &stats), -EINVAL);
	assert_int_equal(lbuf_port_stats_get(port.bridge, UINT16_MAX, &stats), -EINVAL);
	stats = port_stats();
	assert_memory_equal(&stats, &zero, sizeof(zero));
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
}

/* A device that receives without end. */
static void
rx_burst(void **state)
{
	static struct lbuf b[LBUF_BURST_MAX + 1];
	struct lbuf_port_params params = { .pool = unit.pool, .rx_hold = LBUF_HOLD_ALL };
	struct lbuf *bufs[LBUF_BURST_MAX + 1];
	struct lbuf_port_stats stats;
	unsigned int n;

	(void)state;
	port.bridge = lbuf_port_create(port.null, &params);
	assert_non_null(port.bridge);
	unit_open(b, bufs, RTE_DIM(b));
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, 0), 0);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, 1), 1);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, 32), 32);
	/* Behind what is in them already. */
	assert_int_equal(lbuf_len(&b[0]), 128);
	assert_int_equal(lbuf_len(&b[1]), 64);
	assert_int_equal(lbuf_len(&b[31]), 64);
	assert_int_equal(lbuf_len(&b[32]), 0);
	assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM - 33);
	n = lbuf_port_rx(port.bridge, 0, bufs, LBUF_BURST_MAX + 1);
	assert_int_equal(n, LBUF_BURST_MAX);
	assert_int_equal(lbuf_len(&b[LBUF_BURST_MAX]), 0);
	stats = port_stats();
	assert_int_equal(stats.rx_packets, 33 + LBUF_BURST_MAX);
	assert_int_equal(stats.rx_bytes, 64 * (33 + LBUF_BURST_MAX));
	assert_int_equal(stats.rx_nombuf, 0);
	assert_int_equal(stats.tx_packets, 0);
	unit_close(b, RTE_DIM(b));
}

/* Put packets of these lengths into the ring, from mbufs with room for 64 bytes. */
static void
into_ring(uint16_t queue, const unsigned int *len, unsigned int n, struct rte_mbuf **m)
{
	uint64_t pos = 0;
	unsigned int i;

	for (i = 0; i < n; pos += len[i++])
		m[i] = unit_mbuf(unit.tiny, pos, len[i]);
	assert_int_equal(rte_eth_tx_burst(port.ring, queue, m, (uint16_t)n), n);
}

static void
rx_append(void **state)
{
	static const unsigned int len[] = { 60, 1, 1500, 64, 65, 9000 };
	struct rte_mbuf *m[RTE_DIM(len)];
	struct lbuf b;

	(void)state;
	port_open(0, 0);
	lbuf_init(&b, unit.pool);
	into_ring(0, len, RTE_DIM(len), m);
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, &b, 2), 2);
	assert_fill(&b, 0, 61);
	assert_ptr_equal(lbuf_peek(&b, 60), rte_pktmbuf_mtod(m[0], void *));
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, &b, 32), RTE_DIM(len) - 2);
	assert_fill(&b, 0, 10690);
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, &b, 32), 0);
	assert_int_equal(port_stats().rx_packets, RTE_DIM(len));
	assert_int_equal(port_stats().rx_bytes, 10690);
	unit_drain(&b, 0, 10690);
	lbuf_close(&b);
}

static void
rx_packet_by_packet(void **state)
{
	static const unsigned int len[] = { 60, 1500, 64 };
	struct lbuf b[RTE_DIM(len)], *bufs[RTE_DIM(len)];
	struct rte_mbuf *m[RTE_DIM(len)];
	unsigned int i;
	uint64_t pos;

	(void)state;
	port_open(0, 0);
	unit_open(b, bufs, RTE_DIM(len));
	into_ring(1, len, RTE_DIM(len), m);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, RTE_DIM(len)), 0);
	assert_int_equal(lbuf_port_rx(port.bridge, 1, bufs, RTE_DIM(len)), RTE_DIM(len));
	for (i = 0, pos = 0; i < RTE_DIM(len); pos += len[i++]) {
		assert_ptr_equal(lbuf_peek(&b[i], 1), rte_pktmbuf_mtod(m[i], void *));
		assert_fill(&b[i], pos, len[i]);
	}
	/* Figures are kept by queue. */
	assert_int_equal(port_stats().rx_packets, 0);
	unit_close(b, RTE_DIM(len));
}

/* A packet without a byte in it, which drivers of virtual devices can bring. */
static void
rx_nothing(void **state)
{
	static const unsigned int len[] = { 10, 0, 20 };
	struct lbuf b[RTE_DIM(len)], *bufs[RTE_DIM(len)];
	struct rte_mbuf *m[RTE_DIM(len)];

	(void)state;
	port_open(0, 0);
	unit_open(b, bufs, RTE_DIM(len));
	into_ring(0, len, RTE_DIM(len), m);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, RTE_DIM(len)), RTE_DIM(len));
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM - 2);
	assert_fill(&b[0], 0, 10);
	assert_int_equal(lbuf_len(&b[1]), 0);
	assert_null_errno(lbuf_peek(&b[1], 1), ENODATA);
	unit_add(&b[1], UNIT_EXT, 0, 100);
	assert_fill(&b[1], 0, 100);
	assert_same(lbuf_next(&b[1], 100), 0, 100);
	assert_fill(&b[2], 10, 20);
	unit_close(b, RTE_DIM(len));
}

static void
rx_without_memory(void **state)
{
	static const unsigned int len[] = { 60, 61, 62 };
	struct lbuf b[RTE_DIM(len)], *bufs[RTE_DIM(len)];
	struct rte_mbuf *m[RTE_DIM(len)];
	unsigned int i, k;

	(void)state;
	port_open(0, 0);
	for (i = 0; i < RTE_DIM(len); i++) {
		lbuf_init(&b[i], unit.pool);
		for (k = 0; k < LBUF_INLINE_SEGS; k++) /* the next needs a vector */
			unit_add(&b[i], UNIT_EXT, 1000 + k, 1);
		bufs[i] = &b[i];
	}
	into_ring(0, len, RTE_DIM(len), m);
	lbuf_pool_inject(unit.pool, 2);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, RTE_DIM(len)), 2);
	lbuf_pool_inject(unit.pool, 0);
	assert_int_equal(port_stats().rx_packets, 2);
	assert_int_equal(port_stats().rx_bytes, 60 + 62);
	assert_int_equal(port_stats().rx_nombuf, 1);
	for (i = 0; i < 2; i++) {
		assert_int_equal(lbuf_skip(&b[i], LBUF_INLINE_SEGS), 0);
		assert_fill(&b[i], i == 0 ? 0 : 60 + 61, len[2 * i]);
	}
	assert_fill(&b[2], 1000, LBUF_INLINE_SEGS);
	unit_close(b, RTE_DIM(len));
}

/* In at one queue, out at the other: the same mbufs, as they were. */
static void
forward_without_copy(void **state)
{
	static const unsigned int len[] = { 60, 1500, 64, 1 };
	struct lbuf b[RTE_DIM(len)], *bufs[RTE_DIM(len)];
	struct rte_mbuf *m[RTE_DIM(len)], *out[RTE_DIM(len)], *x, *y;
	struct lbuf_port_stats stats;
	void *data[RTE_DIM(len)];
	unsigned int i;
	uint64_t pos;

	(void)state;
	port_open(MULTI, 0);
	unit_open(b, bufs, RTE_DIM(len));
	into_ring(0, len, RTE_DIM(len), m);
	for (i = 0; i < RTE_DIM(len); i++)
		data[i] = rte_pktmbuf_mtod(m[i], void *);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, RTE_DIM(len)), RTE_DIM(len));
	assert_int_equal(lbuf_port_tx(port.bridge, 1, bufs, RTE_DIM(len)), RTE_DIM(len));
	assert_int_equal(rte_errno, 0);
	assert_int_equal(rte_eth_rx_burst(port.ring, 1, out, RTE_DIM(len)), RTE_DIM(len));
	for (i = 0, pos = 0; i < RTE_DIM(len); pos += len[i++]) {
		assert_ptr_equal(out[i], m[i]);
		assert_ptr_equal(rte_pktmbuf_mtod(out[i], void *), data[i]);
		assert_packet(out[i], pos, len[i]);
		assert_int_equal(out[i]->nb_segs, (len[i] + 63) / 64);
		for (x = out[i], y = m[i]; x != NULL; x = x->next, y = y->next)
			assert_true(RTE_MBUF_DIRECT(x));
		rte_pktmbuf_free(out[i]);
		/* Sent they are empty and open. */
		assert_int_equal(lbuf_len(&b[i]), 0);
		unit_put(&b[i], 0, 10);
		assert_fill(&b[i], 0, 10);
		lbuf_close(&b[i]);
	}
	assert_int_equal(lbuf_port_stats_get(port.bridge, 1, &stats), 0);
	assert_int_equal(stats.tx_packets, RTE_DIM(len));
	assert_int_equal(stats.tx_bytes, 1625);
	assert_int_equal(stats.tx_refs, 0);
	assert_int_equal(stats.tx_copied, 0);
	assert_int_equal(stats.tx_failed, 0);
	assert_int_equal(stats.rx_packets, 0);
	assert_int_equal(port_stats().tx_packets, 0);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
}

/* With a header changed, one taken off and one put in front. */
static void
forward_with_new_headers(void **state)
{
	static const unsigned int len[] = { 60 };
	struct rte_mbuf *m, *out;
	struct lbuf b, *buf = &b;
	uint8_t *data, *p;

	(void)state;
	port_open(0, 0);
	lbuf_init(&b, unit.pool);
	into_ring(0, len, 1, &m);
	data = rte_pktmbuf_mtod(m, uint8_t *);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &buf, 1), 1);
	assert_ptr_equal(lbuf_next(&b, 14), data);
	assert_int_equal(lbuf_release(&b), 0);
	p = lbuf_edit(&b, 2);
	assert_ptr_equal(p, data + 14);
	unit_fill(p, 118, 2);
	p = lbuf_prepend(&b, 18);
	assert_ptr_equal(p, data - 4);
	unit_fill(p, 100, 18);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	out = port_take();
	assert_ptr_equal(out, m);
	assert_int_equal(out->pkt_len, 64);
	assert_same(rte_pktmbuf_mtod(out, void *), 100, 20);
	assert_same(rte_pktmbuf_mtod_offset(out, uint8_t *, 20), 16, 44);
	rte_pktmbuf_free(out);
	lbuf_close(&b);
}

static void
free_when_all_is_back(void **state)
{
	struct lbuf b, *buf = &b;
	struct rte_mbuf *m;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 100);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	lbuf_close(&b);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 1);
	assert_int_equal(lbuf_port_free(port.bridge), -EBUSY);
	m = port_take();
	assert_int_equal(lbuf_port_free(port.bridge), -EBUSY);
	assert_packet(m, 0, 100); /* nothing was freed */
	rte_pktmbuf_free(m);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
	assert_int_equal(lbuf_port_free(port.bridge), 0);
	port.bridge = NULL;
}

/* Once it is stopped for good the bridge is as free as before, and only that. */
static void
free_when_stopped(void **state)
{
	struct lbuf b, *buf = &b;

	(void)state;
	port_open(0, 0);
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 100);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	lbuf_close(&b);
	assert_int_equal(lbuf_port_stop(port.bridge), 0);
	assert_int_equal(lbuf_port_stop(port.bridge), 0);
	assert_int_equal(lbuf_port_free(port.bridge), -EBUSY);
	assert_int_equal(rte_eth_dev_start(port.ring), 0);
	rte_pktmbuf_free(port_take());
	assert_int_equal(lbuf_port_stop(port.bridge), 0);
	assert_int_equal(lbuf_port_free(port.bridge), 0);
	port.bridge = NULL;
}

struct forwarder {
	uint16_t queue;
	unsigned int packets;
};

/* Receive from one queue of the ring and send to the same, on any lcore. */
static int
forward(void *arg)
{
	struct forwarder *f = arg;
	struct lbuf b[32], *bufs[32];
	unsigned int n, sent, spins = 0;

	unit_open(b, bufs, RTE_DIM(b));
	while (f->packets < 20000 && spins++ < 100000000) {
		n = lbuf_port_rx(port.bridge, f->queue, bufs, RTE_DIM(b));
		sent = lbuf_port_tx(port.bridge, f->queue, bufs, (uint16_t)n);
		if (sent != n)
			return -1;
		f->packets += sent;
	}
	unit_close(b, RTE_DIM(b));
	return f->packets >= 20000 ? 0 : -1;
}

static void
two_queues_two_lcores(void **state)
{
	struct forwarder f[PORT_QUEUES] = { { .queue = 0 }, { .queue = 1 } };
	struct rte_mbuf *m[100];
	struct lbuf_port_stats stats;
	unsigned int lcore[PORT_QUEUES], i, q;

	(void)state;
	port_open(MULTI, 0);
	lcore[0] = rte_get_next_lcore(-1, 1, 0);
	lcore[1] = rte_get_next_lcore(lcore[0], 1, 0);
	assert_true(lcore[1] < RTE_MAX_LCORE);
	for (q = 0; q < PORT_QUEUES; q++) {
		for (i = 0; i < RTE_DIM(m); i++)
			m[i] = unit_mbuf(i % 2 == 0 ? unit.tiny : unit.mbufs, 77, 200);
		assert_int_equal(rte_eth_tx_burst(port.ring, (uint16_t)q, m, RTE_DIM(m)),
				RTE_DIM(m));
	}
	for (q = 0; q < PORT_QUEUES; q++)
		assert_int_equal(rte_eal_remote_launch(forward, &f[q], lcore[q]), 0);
	for (q = 0; q < PORT_QUEUES; q++)
		assert_int_equal(rte_eal_wait_lcore(lcore[q]), 0);
	for (q = 0; q < PORT_QUEUES; q++) {
		assert_int_equal(lbuf_port_stats_get(port.bridge, (uint16_t)q, &stats), 0);
		assert_int_equal(stats.rx_packets, f[q].packets);
		assert_int_equal(stats.tx_packets, f[q].packets);
		assert_int_equal(stats.tx_bytes, f[q].packets * UINT64_C(200));
		assert_int_equal(stats.tx_copied + stats.tx_refs + stats.tx_failed, 0);
		for (i = 0; i < RTE_DIM(m); i++) {
			assert_int_equal(rte_eth_rx_burst(port.ring, (uint16_t)q, m, 1), 1);
			assert_packet(m[0], 77, 200);
			rte_pktmbuf_free(m[0]);
		}
	}
	assert_int_equal(port_empty(), 0);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(create_bad_arguments),
	PORT_TEST(create_without_fast_free),
	PORT_TEST(create_once),
	PORT_TEST(create_elsewhere),
	PORT_TEST(stats_bad_arguments),
	PORT_TEST(rx_burst),
	PORT_TEST(rx_append),
	PORT_TEST(rx_packet_by_packet),
	PORT_TEST(rx_nothing),
	PORT_TEST_NO_CACHE(rx_without_memory),
	PORT_TEST(forward_without_copy),
	PORT_TEST(forward_with_new_headers),
	PORT_TEST(free_when_all_is_back),
	PORT_TEST(free_when_stopped),
	PORT_TEST(two_queues_two_lcores),
};

UNIT_MAIN(tests)
