/* SPDX-License-Identifier: BSD-3-Clause */

/* Verbs on all buffers of a burst: the usual packets, and all others among them. */

#include <errno.h>

#include <lbuf_priv.h>

#include "unit_port.h"

/* Bytes of a packet, and of what is edited of it. */
#define LEN 50
#define HEAD 14
/* More packets than are freed together. */
#define MANY 200

static struct lbuf bufs[MANY];
static struct lbuf *bufp[MANY];
static void *data[MANY];

static void
open_all(void)
{
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	unit_open(bufs, bufp, MANY);
}

static void
close_all(void)
{
	unit_close(bufs, MANY);
}

static void
receive_mbuf(struct lbuf *b, struct rte_mbuf *m)
{
	assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &b, 1), 1);
}

/* Receive a packet of n bytes from position 0 on into a buffer. */
static void
receive(struct lbuf *b, struct rte_mempool *mp, size_t n)
{
	receive_mbuf(b, unit_mbuf(mp, 0, n));
}

/* The same, of a packet that the caller holds, too. */
static struct rte_mbuf *
receive_shared(struct lbuf *b)
{
	struct rte_mbuf *m = unit_mbuf(unit.tiny, 0, LEN);

	rte_mbuf_refcnt_update(m, 1);
	receive_mbuf(b, m);
	return m;
}

/* The same, of one whose data is another mbuf's, that nobody else holds. */
static struct rte_mbuf *
receive_indirect(struct lbuf *b)
{
	struct rte_mbuf *own = unit_mbuf(unit.mbufs, 0, LEN);
	struct rte_mbuf *view = rte_pktmbuf_clone(own, unit.tiny);

	assert_non_null(view);
	rte_pktmbuf_free(own);
	receive_mbuf(b, view);
	return view;
}

/* Send what was edited, and find the change in it. */
static void
send_edited(struct lbuf *b)
{
	uint8_t mem[HEAD];
	struct rte_mbuf *m;

	memset(mem, 0xee, sizeof(mem));
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &b, 1), 1);
	m = port_take();
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), mem, sizeof(mem));
	assert_same(rte_pktmbuf_mtod_offset(m, void *, HEAD), HEAD, LEN - HEAD);
	rte_pktmbuf_free(m);
}

static void
edit_as_received(void **state)
{
	unsigned int i;

	(void)state;
	open_all();
	for (i = 0; i < 3; i++)
		receive(&bufs[i], unit.tiny, LEN);
	assert_int_equal(lbuf_array_edit(bufp, 0, HEAD, data), 0);
	assert_int_equal(lbuf_array_edit(bufp, 3, HEAD, data), 3);
	for (i = 0; i < 3; i++) {
		assert_ptr_equal(data[i], rte_pktmbuf_mtod(seg_mbuf(bufs[i].rd), void *));
		assert_same(data[i], 0, HEAD);
		memset(data[i], 0xee, HEAD);
		assert_int_equal(lbuf_len(&bufs[i]), LEN);
		/* Goes out as quickly as one that nobody looked at. */
		assert_int_not_equal(bufs[i].flags & LBUF_F_RAW, 0);
		send_edited(&bufs[i]);
	}
	close_all();
}

/* Who reads the packet afterwards finds the change. */
static void
edit_then_read(void **state)
{
	uint8_t mem[HEAD];

	(void)state;
	open_all();
	receive(&bufs[0], unit.tiny, LEN);
	assert_int_equal(lbuf_array_edit(bufp, 1, HEAD, data), 1);
	memset(data[0], 0xee, HEAD);
	memset(mem, 0xee, sizeof(mem));
	assert_memory_equal(lbuf_next(&bufs[0], HEAD), mem, HEAD);
	assert_fill(&bufs[0], HEAD, LEN - HEAD);
	close_all();
}

/* All that is no packet as it was received is what lbuf_edit() makes of it. */
static void
edit_others(void **state)
{
	struct rte_mbuf *shared;
	struct lbuf view;
	unsigned int i;

	(void)state;
	open_all();
	receive(&bufs[0], unit.tiny, HEAD - 1); /* too short */
	shared = receive_shared(&bufs[1]);      /* somebody else holds its mbuf, too */
	receive(&bufs[2], unit.tiny, LEN);      /* a slice views it */
	assert_int_equal(lbuf_slice(&bufs[2], 1, &view), 0);
	lbuf_close(&view);
	lbuf_close(&bufs[3]);
	unit_put(&bufs[4], 0, LEN);              /* a chunk */
	receive(&bufs[6], unit.tiny, 64 + HEAD); /* a chain of two */
	assert_int_equal(lbuf_array_edit(bufp, 7, HEAD, data), 4);
	assert_null(data[0]);
	assert_non_null(data[1]);
	assert_ptr_not_equal(data[1], rte_pktmbuf_mtod(shared, void *));
	assert_non_null(data[2]);
	assert_null(data[3]);
	assert_non_null(data[4]);
	assert_null(data[5]); /* empty */
	assert_non_null(data[6]);
	memset(data[1], 0xee, HEAD);
	assert_same(rte_pktmbuf_mtod(shared, void *), 0, LEN);
	rte_pktmbuf_free(shared);
	assert_fill(&bufs[0], 0, HEAD - 1);
	assert_fill(&bufs[2], 1, LEN - 1);
	assert_fill(&bufs[4], 0, LEN);
	assert_fill(&bufs[6], 0, 64 + HEAD);
	for (i = 0; i < 2; i++)
		assert_int_equal(lbuf_len(&bufs[i]), i == 0 ? HEAD - 1 : LEN);
	close_all();
}

static void
drop_as_received(void **state)
{
	unsigned int i;

	(void)state;
	open_all();
	for (i = 0; i < MANY; i++) /* of two pools, in no good order */
		receive(&bufs[i], i % 7 < 3 ? unit.tiny : unit.mbufs, LEN);
	lbuf_array_drop(bufp, 0);
	assert_int_equal(lbuf_len(&bufs[0]), LEN);
	lbuf_array_drop(bufp, MANY);
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM);
	assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
	for (i = 0; i < MANY; i++)
		assert_int_equal(lbuf_len(&bufs[i]), 0);
	receive(&bufs[0], unit.tiny, LEN); /* they are open */
	assert_fill(&bufs[0], 0, LEN);
	close_all();
}

static void
drop_others(void **state)
{
	struct rte_mbuf *shared;

	(void)state;
	open_all();
	shared = receive_shared(&bufs[0]);
	receive(&bufs[1], unit.tiny, LEN); /* has been looked at, and partly read */
	assert_non_null(lbuf_next(&bufs[1], 3));
	lbuf_close(&bufs[2]);
	receive(&bufs[3], unit.tiny, 200); /* a chain */
	unit_put(&bufs[4], 0, LEN);
	assert_int_equal(lbuf_write(&bufs[4], "pending", 7), 0);
	lbuf_array_drop(bufp, 6);
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM - 1);
	assert_int_equal(rte_mbuf_refcnt_read(shared), 1);
	assert_same(rte_pktmbuf_mtod(shared, void *), 0, LEN);
	rte_pktmbuf_free(shared);
	assert_int_equal(lbuf_pending(&bufs[4]), 7);
	assert_int_equal(lbuf_flush(&bufs[4]), 0);
	assert_str(&bufs[4], "pending");
	assert_int_equal(lbuf_flush(&bufs[2]), -EPIPE);
	close_all();
}

/* An mbuf without data of its own goes back together with what it views. */
static void
drop_indirect(void **state)
{
	struct rte_mbuf *view;

	(void)state;
	open_all();
	view = receive_indirect(bufp[0]);
	/* Who holds it, too, must not see a change: there is a copy. */
	assert_int_equal(lbuf_array_edit(bufp, 1, HEAD, data), 1);
	assert_ptr_not_equal(data[0], rte_pktmbuf_mtod(view, void *));
	lbuf_array_drop(bufp, 1);
	receive_indirect(bufp[0]);
	lbuf_array_drop(bufp, 1);
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM);
	assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
	close_all();
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(edit_as_received),
	PORT_TEST(edit_then_read),
	PORT_TEST(edit_others),
	PORT_TEST(drop_as_received),
	PORT_TEST(drop_others),
	PORT_TEST(drop_indirect),
};

UNIT_MAIN(tests)
