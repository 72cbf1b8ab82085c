/* SPDX-License-Identifier: BSD-3-Clause */

/* Bursts of packets: what is done with them between receiving and sending. */

#include <errno.h>

#include <rte_malloc.h>

#include <chunk.h>
#include <lbuf_priv.h>

#include "unit_burst.h"

/* Bytes of what is edited of a packet. */
#define HEAD 14
#define N 8

static void *data[LBUF_BURST_MAX];

static void
forward(void **state)
{
	struct rte_mbuf *held, *chain;
	unsigned int i;

	(void)state;
	open_all(0);
	receive(N);
	/* As they are: also chains, and packets that others hold, too. */
	held = unit_mbuf(unit.tiny, 0, LEN);
	rte_mbuf_refcnt_update(held, 1);
	receive_one(held);
	chain = unit_mbuf(unit.tiny, 0, 3 * UNIT_TINY_ROOM);
	receive_one(chain);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), N + 2);
	assert_int_equal(burst.n, 0);
	for (i = 0; i < N; i++)
		check_sent(given[i]);
	check_sent(held);
	check_sent(chain);
	assert_int_equal(rte_mbuf_refcnt_read(held), 1);
	rte_pktmbuf_free(held);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 0);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, N), 0);
	assert_int_equal(port_stats().rx_packets, N + 2);
	assert_int_equal(port_stats().tx_packets, N + 2);
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

/* What the driver does not take is sent later, before what came since. */
static void
rest_later(void **state)
{
	const struct rte_eth_rxtx_callback *cb;
	struct rte_mbuf *first[N];
	unsigned int i;

	(void)state;
	open_all(0);
	receive(N);
	memcpy(first, given, sizeof(first));
	cb = rte_eth_add_tx_callback(port.ring, 0, refuse, NULL);
	assert_non_null(cb);
	room = 3;
	rte_errno = EIO;
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 3);
	assert_int_equal(rte_errno, 0);
	assert_int_equal(burst.n, N - 3);
	room = 0;
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 0);
	assert_int_equal(burst.n, N - 3);
	assert_int_equal(rte_eth_remove_tx_callback(port.ring, 0, cb), 0);
	rte_free((void *)(uintptr_t)cb);
	for (i = 0; i < 3; i++)
		check_sent(first[i]);
	receive(2);
	assert_int_equal(lbuf_burst_tx_some(&burst, port.bridge, 0, 4), 4);
	assert_int_equal(lbuf_burst_tx_some(&burst, port.bridge, 0, 100), N - 5);
	for (i = 3; i < N; i++)
		check_sent(first[i]);
	check_sent(given[0]);
	check_sent(given[1]);
	check_back();
}

static void
limits(void **state)
{
	struct rte_mbuf *m[2];
	unsigned int i;

	(void)state;
	open_all(0);
	rte_errno = 0;
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, PORT_QUEUES, 4), 0);
	assert_int_equal(rte_errno, EINVAL);
	for (i = 0; i < LBUF_BURST_MAX + 2; i++)
		arrive(unit_mbuf(unit.tiny, 0, LEN));
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, 2), 2);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, UINT16_MAX), LBUF_BURST_MAX - 2);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, 1), 0);
	m[0] = unit_mbuf(unit.tiny, 0, LEN);
	m[1] = unit_mbuf(unit.tiny, 0, LEN);
	assert_int_equal(lbuf_burst_add(&burst, m, 1), 0);
	lbuf_burst_drop_at(&burst, 7);
	assert_int_equal(lbuf_burst_add(&burst, m, 2), 1); /* into the gap */
	assert_ptr_equal(burst.pkts[LBUF_BURST_MAX - 1], m[0]);
	rte_pktmbuf_free(m[1]);
	rte_errno = 0;
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, PORT_QUEUES), 0);
	assert_int_equal(rte_errno, EINVAL);
	assert_int_equal(burst.n, LBUF_BURST_MAX);
	lbuf_burst_drop(&burst);
	assert_int_equal(burst.n, 0);
	assert_int_equal(port_empty(), 2);
	check_back();
}

static void
edit_as_received(void **state)
{
	unsigned int i;

	(void)state;
	open_all(0);
	receive(N);
	lbuf_burst_prefetch(&burst);
	assert_int_equal(lbuf_burst_edit(&burst, HEAD, data), N);
	for (i = 0; i < N; i++) {
		assert_ptr_equal(data[i], rte_pktmbuf_mtod(given[i], void *));
		assert_same(data[i], 100 * i, HEAD);
		assert_ptr_equal(lbuf_burst_edit_at(&burst, (uint16_t)i, LEN), data[i]);
		assert_null(lbuf_burst_edit_at(&burst, (uint16_t)i, LEN + 1));
	}
	lbuf_burst_drop(&burst);
	check_back();
}

/* Others must not see what is changed, and the payload is not copied. */
static void
edit_others(void **state)
{
	struct rte_mbuf *held = unit_mbuf(unit.tiny, 0, LEN), *out;
	uint8_t mem[HEAD];
	unsigned int i;

	(void)state;
	open_all(MULTI);
	memset(mem, 0xee, HEAD);
	rte_mbuf_refcnt_update(held, 1);
	receive_one(held);
	receive_one(indirect(0, LEN));
	receive_one(external());
	receive_one(unit_mbuf(unit.tiny, 0, HEAD - 1));
	receive_one(unit_mbuf(unit.tiny, 0, LEN));
	receive_one(unit_mbuf(unit.tiny, 0, 2 * UNIT_TINY_ROOM)); /* not divided so early */
	lbuf_burst_drop_at(&burst, 4);
	assert_int_equal(lbuf_burst_edit(&burst, HEAD, data), 4);
	assert_null(data[3]);
	assert_null(data[4]);
	assert_ptr_equal(data[5], rte_pktmbuf_mtod(burst.pkts[5], void *));
	for (i = 0; i < 3; i++) {
		assert_same(data[i], 0, HEAD);
		memset(data[i], 0xee, HEAD);
	}
	assert_same(rte_pktmbuf_mtod(held, void *), 0, LEN);
	assert_same(foreign, 0, LEN);
	assert_int_equal(rte_mbuf_refcnt_read(held), 2); /* the payload */
	assert_int_equal(lbuf_burst_keep(&burst, data), 4);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 4);
	for (i = 0; i < 3; i++) {
		out = port_take();
		assert_int_equal(out->pkt_len, LEN);
		assert_int_equal(out->nb_segs, 2);
		assert_memory_equal(rte_pktmbuf_mtod(out, void *), mem, HEAD);
		assert_same(rte_pktmbuf_mtod(out->next, void *), HEAD, LEN - HEAD);
		rte_pktmbuf_free(out);
	}
	check_made(0, 2 * UNIT_TINY_ROOM, 2);
	assert_int_equal(rte_mbuf_refcnt_read(held), 1);
	rte_pktmbuf_free(held);
	/* What was made on the way is in no figures of the port. */
	assert_int_equal(port_stats().tx_refs, 0);
	check_back();
}

/* Where segments divide what is edited, on a port that is to send one segment. */
static void
edit_divided(void **state)
{
	uint32_t n = UNIT_TINY_ROOM + 10;

	(void)state;
	open_all(0);
	receive_one(unit_mbuf(unit.tiny, 0, n));
	assert_int_equal(lbuf_burst_edit(&burst, n, data), 1);
	assert_same(data[0], 0, n);
	unit_fill(data[0], 5000, n);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 1);
	check_made(5000, n, 1);
	/* Nobody knows by what to make a copy of a packet that came by no port. */
	lbuf_burst_init(&burst);
	given[0] = unit_mbuf(unit.tiny, 0, n);
	assert_int_equal(lbuf_burst_add(&burst, given, 1), 1);
	assert_int_equal(lbuf_burst_edit(&burst, n, data), 0);
	assert_ptr_equal(burst.pkts[0], given[0]);
	assert_packet(burst.pkts[0], 0, n);
	lbuf_burst_drop(&burst);
	check_back();
}

static void
keep_some(void **state)
{
	unsigned int i;

	(void)state;
	open_all(0);
	receive(N);
	assert_int_equal(lbuf_burst_edit(&burst, HEAD, data), N);
	data[0] = NULL;
	data[3] = NULL;
	data[4] = NULL;
	lbuf_burst_drop_at(&burst, 5);
	lbuf_burst_drop_at(&burst, 5); /* is not there any more */
	lbuf_burst_drop_at(&burst, N);
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM - N + 1);
	assert_int_equal(lbuf_burst_keep(&burst, data), 4);
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM - 4);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 4);
	for (i = 0; i < N; i++)
		if (i != 0 && (i < 3 || i > 5))
			check_sent(given[i]);
	check_back();
}

static void
drop_all(void **state)
{
	struct rte_mbuf *held = unit_mbuf(unit.tiny, 0, LEN);
	unsigned int i;

	(void)state;
	open_all(0);
	for (i = 0; i < 100; i++) /* of two pools, in no good order */
		receive_one(unit_mbuf(i % 7 < 3 ? unit.tiny : unit.mbufs, 0, LEN));
	rte_mbuf_refcnt_update(held, 1);
	receive_one(held);
	receive_one(unit_mbuf(unit.tiny, 0, 200)); /* a chain */
	receive_one(indirect(0, LEN));
	receive_one(external());
	lbuf_burst_drop_at(&burst, 2);
	lbuf_burst_drop(&burst);
	assert_int_equal(burst.n, 0);
	assert_int_equal(rte_mbuf_refcnt_read(held), 1);
	rte_pktmbuf_free(held);
	lbuf_burst_drop(&burst);
	check_back();
}

static void
split(void **state)
{
	static struct lbuf_burst a, b;
	struct lbuf_burst *ways[] = { &a, &b };
	uint16_t way[N] = { 0, 1, 0, 2, UINT16_MAX, 1, 1, 0 };

	(void)state;
	open_all(0);
	lbuf_burst_init(&a);
	lbuf_burst_init(&b);
	receive(N);
	lbuf_burst_drop_at(&burst, 6);
	assert_int_equal(lbuf_burst_split(&burst, way, ways, RTE_DIM(ways)), 2);
	assert_int_equal(a.n, 3);
	assert_int_equal(b.n, 2);
	assert_int_equal(lbuf_burst_tx(&b, port.bridge, 0), 2);
	assert_int_equal(lbuf_burst_tx(&a, port.bridge, 0), 3);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 2);
	check_sent(given[1]);
	check_sent(given[5]);
	check_sent(given[0]);
	check_sent(given[2]);
	check_sent(given[7]);
	check_sent(given[3]);
	check_sent(given[4]);
	/* No place where it is to go: it stays. */
	receive(2);
	way[1] = 0;
	a.n = LBUF_BURST_MAX;
	assert_int_equal(lbuf_burst_split(&burst, way, ways, RTE_DIM(ways)), 2);
	lbuf_burst_drop(&burst);
	check_back();
}

static void
take(void **state)
{
	struct lbuf b, closed;
	unsigned int i;

	(void)state;
	open_all(0);
	lbuf_init(&b, unit.pool);
	lbuf_init(&closed, unit.pool);
	lbuf_close(&closed);
	receive(4);
	assert_int_equal(lbuf_burst_take(&burst, 4, &b), -EINVAL);
	assert_int_equal(lbuf_burst_take(&burst, 1, &closed), -EPIPE);
	assert_int_equal(burst.n, 4);
	assert_int_equal(lbuf_burst_take(&burst, 1, &b), 0);
	assert_int_equal(b.flags & LBUF_F_RAW, LBUF_F_RAW);
	assert_fill(&b, 100, LEN);
	assert_int_equal(lbuf_burst_take(&burst, 1, &b), -EINVAL);
	/* The others have kept their numbers. */
	assert_int_equal(lbuf_write(&b, "x", 1), 0);
	assert_int_equal(lbuf_burst_take(&burst, 2, &b), 0);
	assert_int_equal(lbuf_len(&b), 2 * LEN + 1);
	assert_int_equal(lbuf_burst_edit(&burst, HEAD, data), 2);
	assert_null(data[1]);
	assert_null(data[2]);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 2);
	check_sent(given[0]);
	check_sent(given[3]);
	/* Gaps are closed by whatever goes on. */
	receive(3);
	lbuf_release(&b);
	for (i = 0; i < 3; i++)
		assert_int_equal(lbuf_burst_take(&burst, (uint16_t)i, &b), 0);
	assert_int_equal(burst.n, 3);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, 1), 0);
	assert_int_equal(burst.n, 0);
	lbuf_close(&b);
	check_back();
}

static void
append(void **state)
{
	struct lbuf b, view;

	(void)state;
	open_all(0);
	lbuf_init(&b, unit.pool);
	receive_one(unit_mbuf(unit.tiny, 1, 20));
	receive_one(unit_mbuf(unit.tiny, 500, LEN));
	receive_one(unit_mbuf(unit.tiny, 21, 40));
	receive_one(unit_mbuf(unit.tiny, 61, 200)); /* a chain */
	receive_one(indirect(261, LEN));
	receive_one(rte_pktmbuf_alloc(unit.tiny)); /* nothing in it */
	receive_one(unit_mbuf(unit.tiny, 311, 10));
	unit_fill(lbuf_reserve(&b, 1), 0, 1);
	lbuf_burst_drop_at(&burst, 1);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(burst.n, 0);
	assert_int_equal(lbuf_pending(&b), 0);
	assert_fill(&b, 0, 321);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	/* Those that are not appended stay. */
	assert_int_equal(lbuf_slice(&b, 10, &view), 0);
	receive(2);
	assert_int_equal(lbuf_burst_append(&burst, &view), -EROFS);
	lbuf_close(&view);
	assert_int_equal(lbuf_burst_append(&burst, &view), -EPIPE);
	assert_int_equal(burst.n, 2);
	lbuf_close(&b);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 2);
	check_sent(given[0]);
	check_sent(given[1]);
	check_back();
}

/* More packets than a buffer has room for, and no memory for a vector. */
static void
append_no_memory(void **state)
{
	struct lbuf b;
	unsigned int i;

	(void)state;
	open_all(0);
	lbuf_init(&b, unit.pool);
	receive(N);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_burst_append(&burst, &b), -ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	assert_int_equal(burst.n, N);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	for (i = 0; i < N; i++)
		assert_same(lbuf_next(&b, LEN), 100 * i, LEN);
	lbuf_close(&b);
	check_back();
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(forward),
	PORT_TEST(rest_later),
	PORT_TEST(limits),
	PORT_TEST(edit_as_received),
	PORT_TEST(edit_others),
	PORT_TEST(edit_divided),
	PORT_TEST(keep_some),
	PORT_TEST(drop_all),
	PORT_TEST(split),
	PORT_TEST(take),
	PORT_TEST(append),
	PORT_TEST_NO_CACHE(append_no_memory),
};

UNIT_MAIN(tests)
