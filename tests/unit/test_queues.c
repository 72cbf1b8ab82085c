/* SPDX-License-Identifier: BSD-3-Clause */

/* Queues of a bridge: those that there are not, a port that is configured anew, idle ones. */

#include <errno.h>
#include <string.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS

/* Whatever is asked of a queue, it is refused, and the buffer is left alone. */
static void
check_refused(uint16_t queue)
{
	struct lbuf b, *buf = &b;

	lbuf_init(&b, unit.pool);
	rte_errno = 0;
	assert_int_equal(lbuf_port_rx(port.bridge, queue, &buf, 1), 0);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(lbuf_port_rx_append(port.bridge, queue, &b, 8), 0);
	assert_int_equal(rte_errno, EINVAL);
	unit_put(&b, 5, 100);
	rte_errno = 0;
	assert_int_equal(lbuf_port_tx(port.bridge, queue, &buf, 1), 0);
	assert_int_equal(rte_errno, EINVAL);
	rte_errno = 0;
	assert_int_equal(lbuf_port_tx(port.bridge, queue, &buf, 0), 0);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(lbuf_port_tx_done_cleanup(port.bridge, queue, 0), -EINVAL);
	assert_fill(&b, 5, 100);
	lbuf_close(&b);
}

/* Nor has it figures. */
static void
check_unknown(uint16_t queue)
{
	struct lbuf_port_stats stats;
	struct lbuf b;

	lbuf_init(&b, unit.pool);
	unit_put(&b, 5, 100);
	assert_null_errno(lbuf_port_export(port.bridge, queue, &b), EINVAL);
	assert_null_errno(lbuf_port_export_part(port.bridge, queue, &b, 10), EINVAL);
	assert_int_equal(lbuf_port_stats_get(port.bridge, queue, &stats), -EINVAL);
	assert_fill(&b, 5, 100);
	lbuf_close(&b);
}

/* A packet goes out by a queue and comes in by it. */
static void
check_carries(uint16_t queue)
{
	struct lbuf_port_stats before, after;
	struct lbuf b, *buf = &b;

	lbuf_init(&b, unit.pool);
	unit_put(&b, 9, 300);
	assert_int_equal(lbuf_port_stats_get(port.bridge, queue, &before), 0);
	assert_int_equal(lbuf_port_tx(port.bridge, queue, &buf, 1), 1);
	assert_int_equal(lbuf_port_rx(port.bridge, queue, &buf, 1), 1);
	assert_fill(&b, 9, 300);
	lbuf_close(&b);
	assert_int_equal(lbuf_port_stats_get(port.bridge, queue, &after), 0);
	assert_int_equal(after.tx_packets, before.tx_packets + 1);
	assert_int_equal(after.rx_bytes, before.rx_bytes + 300);
}

static void
no_such_queue(void **state)
{
	static const uint16_t beyond[] = { PORT_QUEUES, PORT_QUEUES + 1,
		RTE_MAX_QUEUES_PER_PORT - 1, RTE_MAX_QUEUES_PER_PORT, RTE_MAX_QUEUES_PER_PORT + 1,
		UINT16_MAX };
	unsigned int i;

	(void)state;
	port_open(MULTI, 0);
	for (i = 0; i < RTE_DIM(beyond); i++) {
		check_refused(beyond[i]);
		check_unknown(beyond[i]);
	}
	for (i = 0; i < PORT_QUEUES; i++)
		check_carries((uint16_t)i);
}

/* Queues that the driver can have. */
static uint16_t
queues_max(void)
{
	struct rte_eth_dev_info info;

	assert_int_equal(rte_eth_dev_info_get(port.ring, &info), 0);
	return RTE_MIN(info.max_rx_queues, info.max_tx_queues);
}

static void
configured_with_more_queues(void **state)
{
	uint16_t q, max = queues_max();

	(void)state;
	assert_true(max > PORT_QUEUES);
	port_open(MULTI, 0);
	port_configure(max, MULTI);
	for (q = 0; q < max; q++)
		check_carries(q);
	check_refused(max);
	check_unknown(max);
	port_configure(PORT_QUEUES, MULTI);
}

/* What was counted of a queue can be asked for when it is gone. */
static void
configured_with_fewer_queues(void **state)
{
	struct lbuf_port_stats stats;

	(void)state;
	port_open(MULTI, 0);
	check_carries(1);
	port_configure(1, MULTI);
	check_carries(0);
	check_refused(1);
	assert_int_equal(lbuf_port_stats_get(port.bridge, 1, &stats), 0);
	assert_int_equal(stats.tx_packets, 1);
	port_configure(PORT_QUEUES, MULTI);
	check_carries(1);
}

static void
a_stopped_port_takes_nothing(void **state)
{
	struct lbuf b, *buf = &b;

	(void)state;
	port_open(MULTI, 0);
	assert_int_equal(rte_eth_dev_stop(port.ring), 0);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &buf, 1), 0);
	unit_put(&b, 0, 100);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 0);
	assert_fill(&b, 0, 100);
	lbuf_close(&b);
	assert_int_equal(rte_eth_dev_start(port.ring), 0);
	check_carries(0);
}

/* Send two segments, and return how many came out. */
static unsigned int
segments_out(void)
{
	struct lbuf b, *buf = &b;
	struct rte_mbuf *m;
	unsigned int n;

	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, unit_mbuf(unit.mbufs, 0, 100)), 0);
	assert_int_equal(lbuf_append_mbuf(&b, unit_mbuf(unit.mbufs, 100, 100)), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	lbuf_close(&b);
	m = port_take();
	assert_packet(m, 0, 200);
	n = m->nb_segs;
	rte_pktmbuf_free(m);
	return n;
}

static void
segments_as_configured_now(void **state)
{
	(void)state;
	port_open(MULTI, 0);
	assert_int_equal(segments_out(), 2);
	port_configure(PORT_QUEUES, 0);
	assert_int_equal(segments_out(), 1);
	assert_int_equal(port_stats().tx_copied, 1);
	port_configure(PORT_QUEUES, MULTI);
	assert_int_equal(segments_out(), 2);
	assert_int_equal(port_stats().tx_copied, 1);
}

/* Fast free, switched on behind the bridge's back, is an error where it would do harm. */
static void
fast_free_later(void **state)
{
	struct lbuf b, *buf = &b;

	(void)state;
	port_open(MULTI, 0);
	port.tx_offloads = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 100);
	assert_int_equal(lbuf_append_mbuf(&b, unit_mbuf(unit.mbufs, 100, 100)), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 0);
	assert_int_equal(rte_errno, ENOTSUP);
	assert_fill(&b, 0, 200);
	port.tx_offloads = 0;
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	lbuf_close(&b);
}

static void
idle_queue_is_cleaned(void **state)
{
	(void)state;
	port_open(MULTI, 0);
	port.has_cleanup = true;
	port.cleanup_ret = 7;
	assert_int_equal(lbuf_port_tx(port.bridge, 1, NULL, 0), 0);
	assert_int_equal(rte_errno, 0);
	assert_int_equal(port.cleanups, 1);
	assert_int_equal(port.cleanup_queue, 1);
	assert_int_equal(port.cleanup_cnt, 0);
	assert_int_equal(lbuf_port_tx_done_cleanup(port.bridge, 0, 33), 7);
	assert_int_equal(port.cleanups, 2);
	assert_int_equal(port.cleanup_cnt, 33);
}

static void
idle_queue_that_cannot_be_cleaned(void **state)
{
	(void)state;
	port_open(MULTI, 0);
	port.has_cleanup = true;
	port.cleanup_ret = -ENOTSUP;
	assert_int_equal(lbuf_port_tx_done_cleanup(port.bridge, 0, 0), -ENOTSUP);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, NULL, 0), 0);
	assert_int_equal(rte_errno, 0);
	port.cleanup_ret = -EIO;
	assert_int_equal(lbuf_port_tx_done_cleanup(port.bridge, 0, 0), -EIO);
	assert_int_equal(lbuf_port_tx_done_cleanup(NULL, 0, 0), -EINVAL);
}

/*
 * Memif has no such call. Where it copies it keeps nothing, and must not be given a burst of
 * nothing, for it may read the first packet.
 */
static void
idle_queue_of_memif(void **state)
{
	(void)state;
	port.driver = "net_memif";
	port_open(MULTI, 0);
	port.has_cleanup = true;
	port.cleanup_ret = -ENOTSUP;
	assert_int_equal(lbuf_port_tx_done_cleanup(port.bridge, 0, 0), -ENOTSUP);
	port.cleanup_ret = -EIO;
	assert_int_equal(lbuf_port_tx_done_cleanup(port.bridge, 0, 0), -EIO);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(no_such_queue),
	PORT_TEST(configured_with_more_queues),
	PORT_TEST(configured_with_fewer_queues),
	PORT_TEST(a_stopped_port_takes_nothing),
	PORT_TEST(segments_as_configured_now),
	PORT_TEST(fast_free_later),
	PORT_TEST(idle_queue_is_cleaned),
	PORT_TEST(idle_queue_that_cannot_be_cleaned),
	PORT_TEST(idle_queue_of_memif),
};
UNIT_MAIN(tests)
