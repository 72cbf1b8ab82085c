/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Both ends of a memif link in one process: a driver that has no call to free what it has
 * sent, and must not be asked in another way where it copies.
 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>

#include <lbuf_burst.h>
#include <lbuf_grow.h>

#include "unit_port.h"

#define PACKETS 32
#define LEN 60
/* The ends find each other within this time, and packets arrive. */
#define WAIT_MS 5000

enum end {
	SERVER,
	CLIENT,
	ENDS
};

static const char *const names[ENDS] = { "net_memif0", "net_memif1" };
static const char *const roles[ENDS] = { "server", "client" };

static struct {
	uint16_t id;
	struct lbuf_port *bridge;
} ends[ENDS];

/* Bursts of nothing that the driver was given. */
static unsigned int empty_bursts;

/* The driver is about to be given a burst. */
static uint16_t
count_empty(uint16_t id, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	RTE_SET_USED(id);
	RTE_SET_USED(queue);
	RTE_SET_USED(pkts);
	RTE_SET_USED(arg);
	empty_bursts += n == 0;
	return n;
}

static int
make_end(enum end end)
{
	char args[128];

	snprintf(args, sizeof(args), "role=%s,socket=lbuf-memif-%d", roles[end], getpid());
	return rte_eal_hotplug_add("vdev", names[end], args) != 0
			? -1
			: rte_eth_dev_get_port_by_name(names[end], &ends[end].id);
}

/* Make the link, once. It stays up. */
static int
make_link(void)
{
	const struct rte_eth_conf conf = { .txmode = { .offloads = 0 } };
	static bool made;
	int end, ret = 0;
	uint16_t id;

	if (made)
		return 0;
	made = true;
	for (end = 0; ret == 0 && end < ENDS; end++) {
		ret = make_end((enum end)end);
		id = ends[end].id;
		if (ret != 0 || rte_eth_dev_configure(id, 1, 1, &conf) != 0 ||
				rte_eth_rx_queue_setup(id, 0, 512, SOCKET_ID_ANY, NULL,
						unit.mbufs) != 0 ||
				rte_eth_tx_queue_setup(id, 0, 512, SOCKET_ID_ANY, NULL) != 0 ||
				rte_eth_add_tx_callback(id, 0, count_empty, NULL) == NULL)
			return -1;
		ret = rte_eth_dev_start(id);
	}
	return ret;
}

static bool
connected(enum end end)
{
	struct rte_eth_link link = { 0 };

	return rte_eth_link_get_nowait(ends[end].id, &link) == 0 &&
			link.link_status == RTE_ETH_LINK_UP;
}

static bool
wait_for_link(void)
{
	unsigned int ms;

	for (ms = 0; ms < WAIT_MS && !(connected(SERVER) && connected(CLIENT)); ms++)
		rte_delay_us_sleep(1000);
	return ms < WAIT_MS;
}

static int
memif_setup(void **state)
{
	struct lbuf_port_params params = { 0 };
	int end;

	if (make_link() != 0 || !wait_for_link() || port_setup(state) != 0)
		return -1;
	params.pool = unit.pool;
	for (end = 0; end < ENDS; end++) {
		ends[end].bridge = lbuf_port_create(ends[end].id, &params);
		if (ends[end].bridge == NULL)
			return -1;
	}
	return 0;
}

static int
memif_teardown(void **state)
{
	int ret = 0, end;

	for (end = 0; end < ENDS; end++)
		ret |= lbuf_port_free(ends[end].bridge);
	return port_teardown(state) == 0 && ret == 0 ? 0 : -1;
}

/* A packet whose bytes follow those that a buffer has. */
static void
append_packet(struct lbuf *b, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(unit.mbufs);

	assert_non_null(m);
	unit_fill(rte_pktmbuf_append(m, len), lbuf_pending(b), len);
	assert_int_equal(lbuf_append_mbuf(b, m), 0);
}

static void
make_packets(struct lbuf_burst *burst)
{
	struct rte_mbuf *m;
	unsigned int i;

	lbuf_burst_init(burst);
	for (i = 0; i < PACKETS; i++) {
		m = rte_pktmbuf_alloc(unit.mbufs);
		assert_non_null(m);
		unit_fill(rte_pktmbuf_append(m, LEN), (uint64_t)i * LEN, LEN);
		assert_int_equal(lbuf_burst_add(burst, &m, 1), 1);
	}
}

/* A server has no place to write to before the client has offered some, with its first burst. */
static void
check_way(enum end from, enum end to)
{
	struct lbuf_burst out, in;
	struct lbuf b;
	unsigned int ms;

	make_packets(&out);
	lbuf_burst_init(&in);
	for (ms = 0; ms < WAIT_MS && in.n < PACKETS; ms++) {
		lbuf_burst_rx(&in, ends[to].bridge, 0, PACKETS);
		lbuf_burst_tx(&out, ends[from].bridge, 0);
		rte_delay_us_sleep(1000);
	}
	assert_int_equal(out.n, 0);
	assert_int_equal(in.n, PACKETS);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_burst_append(&in, &b), 0);
	assert_fill(&b, 0, (uint64_t)PACKETS * LEN);
	lbuf_close(&b);
}

static void
packets_both_ways(void **state)
{
	(void)state;
	check_way(SERVER, CLIENT);
	check_way(CLIENT, SERVER);
}

/* Bytes of chunks and of packets in one buffer, which either end sends. */
static void
check_written(enum end from, enum end to)
{
	struct lbuf_burst in;
	struct lbuf b, *bufs[] = { &b };
	uint16_t sent = 0;
	unsigned int ms;
	void *p;

	lbuf_burst_init(&in);
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, LEN);
	assert_non_null(p);
	unit_fill(p, 0, LEN);
	append_packet(&b, LEN);
	lbuf_flush(&b);
	for (ms = 0; ms < WAIT_MS && in.n == 0; ms++) {
		if (sent == 0)
			sent = lbuf_port_tx(ends[from].bridge, 0, bufs, 1);
		lbuf_burst_rx(&in, ends[to].bridge, 0, PACKETS);
		rte_delay_us_sleep(1000);
	}
	assert_int_equal(sent, 1);
	assert_int_equal(in.n, 1);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_burst_append(&in, &b), 0);
	assert_fill(&b, 0, (uint64_t)2 * LEN);
	lbuf_close(&b);
}

static void
what_was_written(void **state)
{
	(void)state;
	check_written(SERVER, CLIENT);
	check_written(CLIENT, SERVER);
}

/* A buffer without bytes is no packet: there is nothing that could be sent. */
static void
send_nothing(enum end end)
{
	struct lbuf b, *bufs[] = { &b };

	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_port_tx(ends[end].bridge, 0, bufs, 1), 0);
	assert_int_equal(rte_errno, ENODATA);
	lbuf_close(&b);
}

/* Where it copies, the driver reads the first packet of a burst, from DPDK 23.03 on. */
static void
no_burst_of_nothing(void **state)
{
	int end;

	empty_bursts = 0;
	for (end = 0; end < ENDS; end++) {
		/* As a forwarder does that receives nothing. */
		assert_int_equal(lbuf_port_tx_done_cleanup(ends[end].bridge, 0, 0), -ENOTSUP);
		assert_int_equal(lbuf_port_tx(ends[end].bridge, 0, NULL, 0), 0);
		assert_int_equal(rte_errno, 0);
		send_nothing((enum end)end);
	}
	packets_both_ways(state);
	assert_int_equal(empty_bursts, 0);
}

/* One end gets more mbufs: it is stopped for that, and the ends find each other again. */
static void
more_mbufs(void **state)
{
	const struct lbuf_mbufs_params params = { .n = 1023 };
	const uint16_t id = ends[CLIENT].id;
	struct lbuf_mbufs *mbufs;

	(void)state;
	assert_int_equal(rte_eth_dev_stop(id), 0);
	mbufs = lbuf_mbufs_create(ends[CLIENT].bridge, 0, &params);
	assert_non_null(mbufs);
	assert_int_equal(rte_eth_dev_start(id), 0);
	assert_true(wait_for_link());
	packets_both_ways(state);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 1024, LBUF_MBUFS_QUEUE), -ENOTSUP);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 1024, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_true(wait_for_link());
	packets_both_ways(state);
	assert_int_equal(rte_mempool_in_use_count(lbuf_mbufs_pool(mbufs)), 0);
	/* The queue has the mbufs of the other tests again. */
	assert_int_equal(rte_eth_dev_stop(id), 0);
	assert_int_equal(rte_eth_rx_queue_setup(id, 0, 512, SOCKET_ID_ANY, NULL, unit.mbufs), 0);
	assert_int_equal(lbuf_mbufs_free(mbufs), 0);
	assert_int_equal(rte_eth_dev_start(id), 0);
	/* They connect on threads of their own: memory is to be as it was. */
	assert_true(wait_for_link());
	packets_both_ways(state);
}

#define MEMIF_TEST(func) \
	{ \
#func, func, memif_setup, memif_teardown, NULL \
	}

static const struct CMUnitTest tests[] = {
	MEMIF_TEST(packets_both_ways),
	MEMIF_TEST(what_was_written),
	MEMIF_TEST(no_burst_of_nothing),
	MEMIF_TEST(more_mbufs),
};
UNIT_MAIN(tests)
