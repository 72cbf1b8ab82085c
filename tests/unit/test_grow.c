/* SPDX-License-Identifier: BSD-3-Clause */

/* Mbufs of a queue that grow: a null device, which takes each packet out of the queue's pool. */

#include <errno.h>
#include <stdio.h>

#include <rte_cycles.h>

#include <lbuf_grow.h>
#include <lbuf_needed.h>

#include "unit_hold.h"

#define N 64
#define FIRST 1023
#define MORE 1024
#define CACHE 32
#define RUNTIME RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP

/* What ethdev is made to do. */
static struct {
	bool queues;         /* queues can be restarted */
	int stop;            /* what stopping one returns */
	unsigned int fail;   /* so many set-ups fail from now on */
	unsigned int stops;  /* queues stopped, */
	unsigned int starts; /* queues started, */
	unsigned int ports;  /* and ports */
} eth;

static struct lbuf_mbufs *mbufs;
static struct lbuf bufs[N];
static struct lbuf *bufp[N];

int
__real_rte_eth_rx_queue_setup(uint16_t id, uint16_t q, uint16_t nb_desc, unsigned int socket,
		const struct rte_eth_rxconf *conf, struct rte_mempool *mp);
int
__wrap_rte_eth_rx_queue_setup(uint16_t id, uint16_t q, uint16_t nb_desc, unsigned int socket,
		const struct rte_eth_rxconf *conf, struct rte_mempool *mp);
int
__wrap_rte_eth_dev_rx_queue_stop(uint16_t id, uint16_t q);
int
__wrap_rte_eth_dev_rx_queue_start(uint16_t id, uint16_t q);
int
__real_rte_eth_dev_start(uint16_t id);
int
__wrap_rte_eth_dev_start(uint16_t id);

/* The driver lets no queue of a started port be set up: it is stopped for that. */
int
__wrap_rte_eth_rx_queue_setup(uint16_t id, uint16_t q, uint16_t nb_desc, unsigned int socket,
		const struct rte_eth_rxconf *conf, struct rte_mempool *mp)
{
	bool restart = eth.queues && eth.stops != eth.starts;
	int ret;

	if (eth.fail > 0) {
		eth.fail--;
		return -EIO;
	}
	if (restart)
		assert_int_equal(rte_eth_dev_stop(id), 0);
	ret = __real_rte_eth_rx_queue_setup(id, q, nb_desc, socket, conf, mp);
	if (restart)
		assert_int_equal(__real_rte_eth_dev_start(id), 0);
	return ret;
}

int
__wrap_rte_eth_dev_rx_queue_stop(uint16_t id, uint16_t q)
{
	assert_int_equal(id, port.null);
	assert_int_equal(q, 0);
	if (eth.stop == 0)
		eth.stops++;
	return eth.stop;
}

int
__wrap_rte_eth_dev_rx_queue_start(uint16_t id, uint16_t q)
{
	assert_int_equal(id, port.null);
	assert_int_equal(q, 0);
	eth.starts++;
	return 0;
}

int
__wrap_rte_eth_dev_start(uint16_t id)
{
	eth.ports++;
	return __real_rte_eth_dev_start(id);
}

static const struct lbuf_mbufs_params params = { .n = FIRST, .cache_size = CACHE };

static int
grow_setup(void **state)
{
	memset(&eth, 0, sizeof(eth));
	if (port_setup(state) != 0)
		return -1;
	return 0;
}

/* The null device's queue 0 with mbufs that can grow; started. */
static void
open_null(uint32_t rx_hold)
{
	struct lbuf_port_params port_params = { .pool = unit.pool, .rx_hold = rx_hold };

	assert_int_equal(rte_eth_dev_stop(port.null), 0);
	port.bridge = lbuf_port_create(port.null, &port_params);
	assert_non_null(port.bridge);
	mbufs = lbuf_mbufs_create(port.bridge, 0, &params);
	assert_non_null(mbufs);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST);
	assert_int_equal(rte_eth_dev_start(port.null), 0);
	eth.ports = 0;
	unit_open(bufs, bufp, N);
}

/* Until all pools but the queue's are gone. */
static void
wait_reaped(unsigned int at_first)
{
	uint64_t end = rte_get_timer_cycles() + 10 * rte_get_timer_hz();

	assert_int_equal(lbuf_mbufs_reap(mbufs), at_first);
	while (lbuf_mbufs_reap(mbufs) != 0 && rte_get_timer_cycles() < end)
		rte_delay_us_sleep(10000);
	assert_int_equal(lbuf_mbufs_reap(mbufs), 0);
}

static void
close_null(void)
{
	unit_close(bufs, N);
	assert_int_equal(lbuf_mbufs_free(mbufs), 0);
}

/* Receive n packets, a buffer each, out of the pool that the queue has. */
static void
receive_null(unsigned int n)
{
	struct rte_mempool *mp = lbuf_mbufs_pool(mbufs);
	unsigned int out = rte_mempool_in_use_count(mp);

	assert_int_equal(lbuf_port_rx(port.bridge, 0, bufp, (uint16_t)n), n);
	assert_int_equal(rte_mempool_in_use_count(mp), out + n);
}

/* The bound of a queue that a pool of n mbufs has for itself; another may have it, too. */
static uint32_t
bound_of(uint32_t n, uint32_t queues)
{
	uint32_t cached = lbuf_mbufs_cached(CACHE) * rte_lcore_count();

	return (n - cached - queues * 64) / queues / 2;
}

/* A driver that sets queues up on a stopped port only. */
static void
port_restart(void **state)
{
	const uint32_t queues = 2 * PORT_QUEUES; /* no driver tells of its pools */
	struct rte_mempool *first;
	char name[RTE_MEMPOOL_NAMESIZE];

	(void)state;
	open_null(0);
	first = lbuf_mbufs_pool(mbufs);
	snprintf(name, sizeof(name), "%s", first->name);
	receive_null(N);
	assert_int_equal(held(), N);
	assert_int_equal(hold_stats(0).bound, bound_of(FIRST, queues));

	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_NOTHING), -ENOTSUP);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_QUEUE), -ENOTSUP);
	assert_ptr_equal(lbuf_mbufs_pool(mbufs), first);
	assert_int_equal(eth.ports, 0);
	assert_int_equal(hold_stats(0).bound, bound_of(FIRST, queues));

	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(eth.ports, 1);
	assert_int_equal(eth.stops, 0);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST + MORE);
	assert_int_equal(hold_stats(0).bound, bound_of(FIRST + MORE, queues));
	assert_int_equal(held(), N);

	/* What is held is as it was, and goes back to where it came from. */
	assert_int_equal(lbuf_len(&bufs[0]), 64);
	assert_non_null(lbuf_peek(&bufs[0], 64));
	assert_int_equal(lbuf_mbufs_reap(mbufs), 1);
	unit_close(bufs, N);
	assert_int_equal(rte_mempool_in_use_count(first), 0);
	assert_int_equal(held(), 0);
	unit_open(bufs, bufp, N);
	receive_null(N);
	assert_int_equal(held(), N);
	assert_int_equal(lbuf_mbufs_free(mbufs), -EBUSY);
	wait_reaped(1);
	assert_null(rte_mempool_lookup(name));
	close_null();
}

/* One that sets up a queue when that is stopped. */
static void
queue_restart(void **state)
{
	(void)state;
	open_null(0);
	eth.queues = true;
	port.dev_capa = RUNTIME;
	receive_null(N);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_NOTHING), -ENOTSUP);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_QUEUE);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_QUEUE), LBUF_MBUFS_QUEUE);
	assert_int_equal(eth.ports, 0);
	assert_int_equal(eth.stops, 2);
	assert_int_equal(eth.starts, 2);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST + 2 * MORE);
	unit_close(bufs, N);
	unit_open(bufs, bufp, N);
	receive_null(N);
	wait_reaped(2);
	close_null();
}

/* One that says so, but stops none. */
static void
queue_does_not_stop(void **state)
{
	(void)state;
	open_null(0);
	port.dev_capa = RUNTIME;
	eth.queues = true;
	eth.stop = -ENOTSUP;
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_QUEUE), -ENOTSUP);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST);
	assert_int_equal(eth.ports, 0);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(eth.ports, 1);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST + MORE);
	receive_null(N);
	close_null();
}

static void
stopped_port(void **state)
{
	(void)state;
	open_null(0);
	assert_int_equal(rte_eth_dev_stop(port.null), 0);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 1, LBUF_MBUFS_NOTHING), LBUF_MBUFS_NOTHING);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST + 1);
	assert_int_equal(eth.ports, 0);
	assert_int_equal(rte_eth_dev_start(port.null), 0);
	receive_null(N);
	close_null();
}

/* A driver that does not take the new mbufs keeps those that it has. */
static void
set_up_fails(void **state)
{
	struct rte_mempool *first;

	(void)state;
	open_null(0);
	first = lbuf_mbufs_pool(mbufs);
	receive_null(N);
	eth.fail = 1;
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), -EIO);
	assert_int_equal(eth.fail, 0);
	assert_ptr_equal(lbuf_mbufs_pool(mbufs), first);
	unit_close(bufs, N);
	unit_open(bufs, bufp, N);
	receive_null(N);
	wait_reaped(1);

	/* Neither: the port stays stopped, and can be had back. */
	eth.fail = 2;
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), -EIO);
	assert_int_equal(eth.fail, 0);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_NOTHING), LBUF_MBUFS_NOTHING);
	assert_int_equal(rte_eth_dev_start(port.null), 0);
	unit_close(bufs, N);
	unit_open(bufs, bufp, N);
	receive_null(N);
	close_null();
}

/* Mbufs of many pools are out: there is an end to it, and an end to that. */
static void
many_pools(void **state)
{
	unsigned int i;

	(void)state;
	open_null(LBUF_HOLD_ALL);
	for (i = 1; i < LBUF_MBUFS_POOLS; i++) {
		assert_int_equal(lbuf_port_rx(port.bridge, 0, &bufp[i], 1), 1);
		assert_int_equal(lbuf_mbufs_grow(mbufs, 1, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	}
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST + LBUF_MBUFS_POOLS - 1);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 1, LBUF_MBUFS_PORT), -ENOSPC);
	lbuf_close(&bufs[3]);
	lbuf_close(&bufs[1]);
	assert_int_equal(lbuf_mbufs_reap(mbufs), LBUF_MBUFS_POOLS - 1);
	rte_delay_us_sleep(1100000);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 1, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(lbuf_mbufs_reap(mbufs), LBUF_MBUFS_POOLS - 2);
	assert_int_equal(lbuf_mbufs_free(mbufs), -EBUSY);
	assert_int_equal(held(), LBUF_MBUFS_POOLS - 3);
	close_null();
}

/* A bound that was set stays; LBUF_HOLD_AUTO makes it the pool's again. */
static void
bounds(void **state)
{
	const uint32_t queues = 2 * PORT_QUEUES;

	(void)state;
	open_null(40);
	receive_null(32);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(hold_stats(0).bound, 40);
	assert_int_equal(lbuf_port_hold_set(port.bridge, 0, LBUF_HOLD_AUTO), 0);
	assert_int_equal(held(), 32);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &bufp[32], 32), 32);
	assert_int_equal(hold_stats(0).bound, bound_of(FIRST + MORE, queues));
	assert_int_equal(held(), 64);
	assert_int_equal(hold_stats(0).copied, 0);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(hold_stats(0).bound, bound_of(FIRST + 2 * MORE, queues));
	close_null();
}

/* A packet of an earlier pool may be the first that is held: no bound of that stays. */
static void
late_packet(void **state)
{
	const uint32_t queues = 2 * PORT_QUEUES;

	(void)state;
	open_null(0);
	lbuf_burst_init(&burst);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, 1), 1);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(lbuf_burst_append(&burst, &bufs[0]), 0);
	assert_int_equal(held(), 1);
	unit_close(bufs, N);
	wait_reaped(1);
	assert_int_equal(hold_stats(0).bound, bound_of(FIRST + MORE, queues));
	close_null();
}

static void
wrong_arguments(void **state)
{
	struct rte_mempool *mps[1] = { unit.mbufs };
	struct rte_eth_rxconf conf = { .rx_mempools = mps, .rx_nmempool = 1 };
	struct lbuf_mbufs_params wrong = params;

	(void)state;
	open_null(0);
	assert_int_equal(lbuf_mbufs_free(NULL), 0);
	assert_int_equal(lbuf_mbufs_grow(NULL, 1, LBUF_MBUFS_PORT), -EINVAL);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 0, LBUF_MBUFS_PORT), -EINVAL);
	assert_int_equal(lbuf_mbufs_grow(mbufs, UINT32_MAX, LBUF_MBUFS_PORT), -EINVAL);
	assert_int_equal(lbuf_mbufs_grow(mbufs, 1u << 30, LBUF_MBUFS_PORT), -EINVAL);
	assert_null_errno(lbuf_mbufs_create(port.bridge, 0, &wrong), EBUSY);
	assert_int_equal(rte_eth_dev_stop(port.null), 0);
	assert_null_errno(lbuf_mbufs_create(NULL, 0, &wrong), EINVAL);
	assert_null_errno(lbuf_mbufs_create(port.bridge, 0, NULL), EINVAL);
	assert_null_errno(lbuf_mbufs_create(port.bridge, PORT_QUEUES, &wrong), EINVAL);
	wrong.rx_conf = &conf;
	assert_null_errno(lbuf_mbufs_create(port.bridge, 0, &wrong), EINVAL);
	wrong.rx_conf = NULL;
	wrong.n = 0;
	assert_null_errno(lbuf_mbufs_create(port.bridge, 0, &wrong), EINVAL);
	wrong.n = 64;
	eth.fail = 1;
	assert_null_errno(lbuf_mbufs_create(port.bridge, 0, &wrong), EIO);
	close_null();
}

#define GROW_TEST(func) \
	{ \
#func, func, grow_setup, port_teardown, NULL \
	}

/* The bridge's device is where EAL has no memory: mbufs are of any socket, also further ones. */
static void
elsewhere(void **state)
{
	(void)state;
	port.elsewhere = true;
	open_null(0);
	receive_null(N);
	unit_close(bufs, N);
	assert_int_equal(lbuf_mbufs_grow(mbufs, MORE, LBUF_MBUFS_PORT), LBUF_MBUFS_PORT);
	assert_int_equal(lbuf_mbufs_pool(mbufs)->size, FIRST + MORE);
	unit_open(bufs, bufp, N);
	receive_null(N);
	close_null();
}

static const struct CMUnitTest tests[] = {
	GROW_TEST(port_restart),
	GROW_TEST(queue_restart),
	GROW_TEST(queue_does_not_stop),
	GROW_TEST(stopped_port),
	GROW_TEST(set_up_fails),
	GROW_TEST(many_pools),
	GROW_TEST(bounds),
	GROW_TEST(late_packet),
	GROW_TEST(elsewhere),
	GROW_TEST(wrong_arguments),
};

UNIT_MAIN(tests)
