/* SPDX-License-Identifier: BSD-3-Clause */

/* Packets whose memory others hold as well, and packets that are cloned. */

#include <errno.h>
#include <stdlib.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS

/* A stack keeps what it sent, to send it again. */
static void
the_sender_keeps_the_mbuf(void **state)
{
	struct rte_mbuf *kept, *m[2];
	unsigned int round;
	struct lbuf b;

	(void)state;
	port_open(MULTI, 0);
	for (round = 0; round < 3; round++) {
		kept = unit_mbuf(unit.mbufs, 0, 1000);
		rte_mbuf_refcnt_update(kept, 1);
		lbuf_init(&b, unit.pool);
		assert_int_equal(lbuf_append_mbuf(&b, kept), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_int_equal(lbuf_skip(&b, 100), 0);
		if (round == 1) /* in two packets */
			assert_non_null(m[1] = lbuf_port_export_part(port.bridge, 0, &b, 400));
		m[0] = lbuf_port_export(port.bridge, 0, &b);
		lbuf_close(&b);
		/* To whom keeps it, it is what it was. */
		assert_packet(kept, 0, 1000);
		assert_int_equal(kept->nb_segs, 1);
		if (round == 1) {
			assert_packet(m[1], 100, 400);
			assert_packet(m[0], 500, 500);
			rte_pktmbuf_free(m[1]);
		} else {
			assert_packet(m[0], 100, 900);
		}
		if (round == 2) {
			rte_pktmbuf_free(kept);
			unit_scribble();
			assert_packet(m[0], 100, 900);
			rte_pktmbuf_free(m[0]);
		} else {
			rte_pktmbuf_free(m[0]);
			assert_int_equal(rte_mbuf_refcnt_read(kept), 1);
			assert_packet(kept, 0, 1000);
			rte_pktmbuf_free(kept);
		}
		assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
	}
}

/* The same payload behind a header of each receiver's. */
static void
multicast(void **state)
{
	struct rte_mbuf *payload = unit_mbuf(unit.mbufs, 1000, 500), *m[4];
	unsigned int i;
	uint8_t *p;
	struct lbuf b;

	(void)state;
	port_open(MULTI, 0);
	rte_mbuf_refcnt_update(payload, RTE_DIM(m) - 1);
	for (i = 0; i < RTE_DIM(m); i++) {
		lbuf_init(&b, unit.pool);
		assert_int_equal(lbuf_append_mbuf(&b, payload), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		p = lbuf_prepend(&b, 14 + i);
		assert_non_null(p);
		unit_fill(p, 1000 - 14 - i, 14 + i);
		m[i] = lbuf_port_export(port.bridge, 0, &b);
		lbuf_close(&b);
	}
	for (i = 0; i < RTE_DIM(m); i++) {
		assert_packet(m[i], 1000 - 14 - i, 514 + i);
		assert_int_equal(m[i]->nb_segs, 2);
	}
	for (i = 0; i < RTE_DIM(m); i++) {
		assert_packet(m[i ^ 2], 1000 - 14 - (i ^ 2), 514 + (i ^ 2));
		rte_pktmbuf_free(m[i ^ 2]);
		unit_scribble();
	}
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
}

/* Overwrite what free references there are. */
static void
use_references(unsigned int n)
{
	struct rte_mbuf *m[64];
	unsigned int i;
	struct lbuf b;

	for (i = 0; i < n; i++) {
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, 10);
		m[i] = lbuf_port_export(port.bridge, 0, &b);
		assert_non_null(m[i]);
		lbuf_close(&b);
	}
	rte_pktmbuf_free_bulk(m, n);
}

/* An exported packet is cloned, as to mirror it, and freed before the clone is. */
static void
clones_of_exported(void **state)
{
	struct rte_mbuf *m, *clone[2];
	unsigned int kind, i;
	struct lbuf b;

	(void)state;
	port_open(MULTI, 64);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		for (i = 0; i < 3; i++)
			unit_add(&b, (enum unit_kind)((kind + i) % UNIT_KINDS), i * 100, 100);
		assert_same(lbuf_peek(&b, 1), 0, 1); /* so that mbufs are referred to */
		m = lbuf_port_export(port.bridge, 0, &b);
		assert_packet(m, 0, 300);
		lbuf_close(&b);
		for (i = 0; i < 2; i++) {
			clone[i] = rte_pktmbuf_clone(m, unit.tiny);
			assert_non_null(clone[i]);
		}
		rte_pktmbuf_free(m);
		for (i = 0; i < 2; i++) {
			use_references(50);
			unit_scribble();
			assert_packet(clone[i], 0, 300);
			assert_int_equal(lbuf_port_free(port.bridge), -EBUSY);
			rte_pktmbuf_free(clone[i]);
		}
		assert_int_equal(unit.exts, 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
		assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
	}
}

/* Taken in again, cut, and sent once more. */
static void
exported_comes_back(void **state)
{
	struct lbuf b, part;
	struct rte_mbuf *m;
	unsigned int round;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	for (round = 0; round < 3; round++)
		unit_add(&b, (enum unit_kind)(round % UNIT_KINDS), round * 100, 100);
	for (round = 0; round < 20; round++) {
		m = lbuf_port_export(port.bridge, 0, &b);
		assert_packet(m, 0, 300);
		assert_int_equal(lbuf_append_mbuf(&b, m), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_int_equal(lbuf_slice(&b, 110 + round, &part), 0);
		assert_int_equal(lbuf_append(&part, &b), -EROFS);
		unit_scribble();
		assert_fill(&part, 0, 110 + round);
		assert_fill(&b, 110 + round, 190 - round);
		m = lbuf_port_export(port.bridge, 0, &part);
		lbuf_close(&part);
		lbuf_init(&part, unit.pool);
		assert_int_equal(lbuf_append_mbuf(&part, m), 0);
		assert_int_equal(lbuf_append(&part, &b), 0);
		assert_int_equal(lbuf_append(&b, &part), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		lbuf_close(&part);
		assert_fill(&b, 0, 300);
	}
	lbuf_close(&b);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(the_sender_keeps_the_mbuf),
	PORT_TEST(multicast),
	PORT_TEST(clones_of_exported),
	PORT_TEST(exported_comes_back),
};

UNIT_MAIN(tests)
