/* SPDX-License-Identifier: BSD-3-Clause */

/* A long message cut into packets. */

#include <errno.h>
#include <stdlib.h>

#include <chunk.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS

/* Cut all of a buffer that begins at pos into packets of at most max; how many. */
static unsigned int
cut(struct lbuf *b, uint64_t pos, uint32_t max, unsigned int nb_segs)
{
	uint64_t len = lbuf_len(b);
	unsigned int packets = 0;
	struct rte_mbuf *m;
	uint32_t n;

	while (len > 0) {
		m = lbuf_port_export_part(port.bridge, 0, b, max);
		assert_non_null(m);
		n = m->pkt_len;
		assert_in_range(n, 1, RTE_MIN((uint64_t)max, len));
		assert_in_range(m->nb_segs, 1, nb_segs);
		assert_packet(m, pos, n);
		pos += n;
		len -= n;
		assert_fill(b, pos, len);
		rte_pktmbuf_free(m);
		packets++;
	}
	assert_null_errno(lbuf_port_export_part(port.bridge, 0, b, max), ENODATA);
	return packets;
}

static void
fill_with_segments(struct lbuf *b, unsigned int segs, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < segs; i++)
		unit_add(b, (enum unit_kind)(i % UNIT_KINDS), i * size, size);
}

static void
packets_of_the_mtu(void **state)
{
	static const uint32_t max[] = { 1, 99, 100, 101, 1460, 2999, 3000, UINT32_MAX };
	struct lbuf b;
	unsigned int i;

	(void)state;
	port_open(MULTI, 0);
	for (i = 0; i < RTE_DIM(max); i++) {
		lbuf_init(&b, unit.pool);
		fill_with_segments(&b, 30, 100);
		assert_int_equal(cut(&b, 0, max[i], 31), (3000 - 1) / max[i] + 1);
		lbuf_close(&b);
	}
	assert_int_equal(port_stats().tx_copied, 0);
}

/* Fewer bytes than were asked for where the port takes no more segments. */
static void
packets_of_few_segments(void **state)
{
	struct lbuf b;

	(void)state;
	port.seg_max = 4;
	port.wrapped = 0;
	port_open(MULTI, 0);
	if (port.wrapped == 0)
		skip(); /* the library is shared: it calls DPDK itself */
	lbuf_init(&b, unit.pool);
	fill_with_segments(&b, 30, 100);
	assert_int_equal(cut(&b, 0, UINT32_MAX, 4), 8);
	fill_with_segments(&b, 30, 100);
	assert_int_equal(cut(&b, 0, 1000, 4), 8);
	fill_with_segments(&b, 30, 100);
	assert_int_equal(cut(&b, 0, 250, 4), 12);
	fill_with_segments(&b, 1, 1000000);
	assert_int_equal(cut(&b, 0, UINT32_MAX, 4), 4);
	assert_int_equal(port_stats().tx_copied, 0);
	lbuf_close(&b);
}

/* In single segments: by reference where one is enough. */
static void
packets_of_one_segment(void **state)
{
	struct lbuf b;

	(void)state;
	port_open(0, 0);
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_EXT, 0, 200000);
	assert_int_equal(cut(&b, 0, UINT32_MAX, 1), 4);
	assert_int_equal(port_stats().tx_copied, 0);
	fill_with_segments(&b, 30, 100);
	assert_true(cut(&b, 0, 1460, 1) >= 3);
	lbuf_close(&b);
}

static void
pending_and_pointers(void **state)
{
	const uint8_t *next, *peek;
	struct rte_mbuf *m;
	struct lbuf b;
	unsigned int kind;

	(void)state;
	port_open(MULTI, 0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 0, 100);
		unit_put(&b, 100, 100);
		unit_fill(lbuf_reserve(&b, 50), 200, 50);
		next = lbuf_next(&b, 20);
		peek = lbuf_peek(&b, 80);
		assert_same(next, 0, 20);
		assert_same(peek, 20, 80);
		m = lbuf_port_export_part(port.bridge, 0, &b, 120);
		assert_packet(m, 20, 120);
		assert_fill(&b, 140, 60);
		assert_int_equal(lbuf_pending(&b), 50);
		assert_int_equal(lbuf_flush(&b), 0);
		rte_pktmbuf_free(m);
		unit_scribble();
		assert_fill(&b, 140, 110);
		assert_int_equal(cut(&b, 140, 33, 3), 4);
		lbuf_close(&b);
	}
}

static void
errors(void **state)
{
	struct lbuf b;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	assert_null_errno(lbuf_port_export_part(port.bridge, 0, &b, 0), EINVAL);
	assert_null_errno(lbuf_port_export_part(port.bridge, 0, &b, 1), ENODATA);
	unit_put(&b, 0, 10);
	assert_null_errno(lbuf_port_export_part(port.bridge, 0, &b, 0), EINVAL);
	assert_fill(&b, 0, 10);
	lbuf_close(&b);
	assert_null_errno(lbuf_port_export_part(port.bridge, 0, &b, 1), EPIPE);
	assert_int_equal(port_stats().tx_failed, 4);
}

static void
case_37_out_of_memory(void **state)
{
	unsigned int failed = 0, segs;
	struct rte_mbuf *m;
	struct lbuf b;
	int nth;

	(void)state;
	port_open(MULTI, 0);
	for (segs = 1; segs < 100; segs++) {
		for (m = NULL, nth = 1; m == NULL && nth < 20; nth++) {
			lbuf_init(&b, unit.pool);
			fill_with_segments(&b, segs, 100);
			lbuf_pool_inject(unit.pool, nth);
			rte_errno = 0;
			m = lbuf_port_export_part(port.bridge, 0, &b, segs * 100 - 50);
			lbuf_pool_inject(unit.pool, 0);
			if (m == NULL) {
				assert_int_equal(rte_errno, ENOMEM);
				assert_fill(&b, 0, segs * 100);
				assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
				failed++;
			} else {
				assert_packet(m, 0, segs * 100 - 50);
				assert_fill(&b, segs * 100 - 50, 50);
			}
			rte_pktmbuf_free(m);
			lbuf_close(&b);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		}
		assert_true(nth < 20);
	}
	assert_true(failed > 90);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(packets_of_the_mtu),
	PORT_TEST(packets_of_few_segments),
	PORT_TEST(packets_of_one_segment),
	PORT_TEST(pending_and_pointers),
	PORT_TEST(errors),
	PORT_TEST_NO_CACHE(case_37_out_of_memory),
};

UNIT_MAIN(tests)
