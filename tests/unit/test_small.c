/* SPDX-License-Identifier: BSD-3-Clause */

/* Small pieces of a packet, which are copied since that is cheaper than a reference. */

#include <errno.h>

#include <rte_malloc.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define BREAK 128

static struct lbuf b, *bufs[1] = { &b };

static void
open_all(uint64_t offloads, uint32_t nb_refs)
{
	port.copy_break = BREAK;
	port_open(offloads, nb_refs);
	lbuf_init(&b, unit.pool);
}

/* Memory that is always there. */
static void
add_static(uint64_t pos, size_t n)
{
	static uint8_t mem[4096];
	static struct lbuf_ext ext;

	assert_true(pos + n <= sizeof(mem));
	unit_fill(mem + pos, pos, n);
	lbuf_ext_init(&ext, NULL, NULL);
	assert_int_equal(lbuf_write_ext(&b, &ext, mem + pos, n), 0);
	assert_int_equal(lbuf_flush(&b), 0);
}

/* Send the buffer, and find n bytes from 0 on in segments of these lengths. */
static void
check_sent(const uint16_t *seg, uint16_t nb_segs)
{
	struct rte_mbuf *m, *s;
	uint32_t n = 0;
	uint16_t i;

	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 1);
	lbuf_close(&b);
	unit_scribble();
	m = port_take();
	assert_int_equal(m->nb_segs, nb_segs);
	for (i = 0, s = m; i < nb_segs; i++, s = s->next) {
		assert_int_equal(s->data_len, seg[i]);
		n += seg[i];
	}
	assert_packet(m, 0, n);
	rte_pktmbuf_free(m);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
}

#define assert_segs(...) \
	do { \
		const uint16_t seg[] = { __VA_ARGS__ }; \
		check_sent(seg, RTE_DIM(seg)); \
	} while (0)

static void
assert_counts(uint64_t small, uint64_t refs)
{
	assert_int_equal(port_stats().tx_small, small);
	assert_int_equal(port_stats().tx_refs, refs);
	assert_int_equal(port_stats().tx_copied, 0);
	assert_int_equal(port_stats().tx_failed, 0);
}

static void
header_and_payload(void **state)
{
	(void)state;
	open_all(MULTI, 0);
	unit_put(&b, 0, 20);
	unit_add(&b, UNIT_MBUF, 20, 1000);
	assert_segs(20, 1000);
	assert_counts(1, 0);
}

static void
side_by_side(void **state)
{
	(void)state;
	open_all(MULTI, 0);
	unit_add(&b, UNIT_OWN, 0, BREAK - 10);
	add_static(BREAK - 10, 10);
	unit_add(&b, UNIT_OWN, BREAK, 1); /* no room for it */
	add_static(BREAK + 1, 50);
	unit_add(&b, UNIT_MBUF, BREAK + 51, 30);
	unit_add(&b, UNIT_OWN, BREAK + 81, 7);
	assert_segs(BREAK, 51, 30, 7);
	assert_counts(5, 0);
}

static void
larger_ones(void **state)
{
	(void)state;
	open_all(MULTI, 0);
	unit_put(&b, 0, BREAK + 1);
	assert_segs(BREAK + 1);
	assert_counts(0, 1);
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, BREAK);
	assert_segs(BREAK);
	assert_counts(1, 1);
}

/* Whose end somebody waits for goes by reference, and ends when it is sent. */
static void
awaited(void **state)
{
	struct rte_mbuf *m;

	(void)state;
	open_all(MULTI, 0);
	unit_put(&b, 0, 10);
	unit_add(&b, UNIT_EXT, 10, 20);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 1);
	lbuf_close(&b);
	assert_int_equal(unit.exts, 1);
	m = port_take();
	assert_packet(m, 0, 30);
	rte_pktmbuf_free(m);
	assert_int_equal(unit.exts, 0);
	assert_counts(1, 1);
}

/* What makes one piece needs no copy of the whole. */
static void
one_segment(void **state)
{
	(void)state;
	open_all(0, 0);
	unit_add(&b, UNIT_OWN, 0, 30);
	add_static(30, 40);
	unit_add(&b, UNIT_OWN, 70, BREAK - 70);
	assert_segs(BREAK);
	assert_counts(3, 0);
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_OWN, 0, BREAK);
	add_static(BREAK, 1);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 1);
	lbuf_close(&b);
	assert_int_equal(port_stats().tx_copied, 1);
	assert_int_equal(port_empty(), 1);
}

static void
in_parts(void **state)
{
	struct rte_mbuf *m;

	(void)state;
	open_all(MULTI, 0);
	unit_put(&b, 0, 1000);
	m = lbuf_port_export_part(port.bridge, 0, &b, 100);
	assert_packet(m, 0, 100);
	rte_pktmbuf_free(m);
	assert_counts(1, 0);
	assert_fill(&b, 100, 900);
	m = lbuf_port_export_part(port.bridge, 0, &b, 500);
	assert_packet(m, 100, 500);
	rte_pktmbuf_free(m);
	assert_counts(1, 1);
	lbuf_close(&b);
}

static uint16_t
refuse(uint16_t port_id, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	(void)port_id;
	(void)queue;
	(void)pkts;
	(void)n;
	(void)arg;
	return 0;
}

/* Not sent: what was handed out of it holds, and it is what it was. */
static void
refused(void **state)
{
	const struct rte_eth_rxtx_callback *cb;
	const uint8_t *p;

	(void)state;
	open_all(MULTI, 0);
	unit_put(&b, 0, 20);
	unit_add(&b, UNIT_MBUF, 20, 100);
	p = lbuf_peek(&b, 15);
	cb = rte_eth_add_tx_callback(port.ring, 0, refuse, NULL);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 0);
	assert_int_equal(rte_eth_remove_tx_callback(port.ring, 0, cb), 0);
	rte_free((void *)(uintptr_t)cb);
	unit_scribble();
	assert_same(p, 0, 15);
	assert_fill(&b, 0, 120);
	assert_segs(20, 100);
}

static void
none_left(void **state)
{
	struct rte_mbuf *m[2];
	unsigned int i;

	(void)state;
	open_all(MULTI, 1);
	for (i = 0; i < 2; i++) {
		unit_put(&b, 0, 20);
		m[i] = lbuf_port_export(port.bridge, 0, &b);
	}
	assert_non_null(m[0]);
	assert_null(m[1]);
	assert_int_equal(rte_errno, ENOBUFS);
	assert_fill(&b, 0, 20);
	rte_pktmbuf_free(m[0]);
	assert_segs(20);
}

static void
setting(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool,
		.copy_break = LBUF_PORT_COPY_MAX + 1 };

	(void)state;
	assert_null_errno(lbuf_port_create(port.ring, &params), EINVAL);
	params.copy_break = 0;
	port.bridge = lbuf_port_create(port.ring, &params);
	assert_non_null(port.bridge);
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, LBUF_PORT_COPY_BREAK);
	assert_segs(LBUF_PORT_COPY_BREAK);
	assert_counts(1, 0);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(header_and_payload),
	PORT_TEST(side_by_side),
	PORT_TEST(larger_ones),
	PORT_TEST(awaited),
	PORT_TEST(one_segment),
	PORT_TEST(in_parts),
	PORT_TEST(refused),
	PORT_TEST(none_left),
	PORT_TEST(setting),
};

UNIT_MAIN(tests)
