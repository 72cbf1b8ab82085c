/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * By reference or copied: what doc/ports.md says of each driver and kind of memory. The
 * ring is given out for a port of each driver; which of them read what they are given is
 * for the end-to-end tests.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define LEN 1000
#define LARGE ((size_t)9 << 20)

enum how {
	AS_IT_IS,
	BY_REFERENCE,
	COPIED
};

enum kind {
	MBUF,
	FOREIGN_MBUF,
	EXT,
	SMALL,
	MIDDLE,
	LARGE_CHUNK,
	KINDS
};

static const char *const kind_name[] = { "mbuf", "foreign mbuf", "ext", "small", "middle",
	"large" };

/* Memory that EAL knows nothing of. */
static uint8_t foreign[LEN];
static struct lbuf_ext ext;
static struct rte_mbuf_ext_shared_info shared;

static void
free_nothing(void *addr, void *opaque)
{
	(void)addr;
	(void)opaque;
}

static struct rte_mbuf *
foreign_mbuf(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(unit.mbufs);

	assert_non_null(m);
	shared.free_cb = free_nothing;
	rte_mbuf_ext_refcnt_set(&shared, 1);
	rte_pktmbuf_attach_extbuf(m, foreign, (rte_iova_t)(uintptr_t)foreign, LEN, &shared);
	assert_non_null(rte_pktmbuf_append(m, LEN));
	return m;
}

static void
put_reserved(struct lbuf *b, size_t room)
{
	void *p = lbuf_reserve(b, room);

	assert_non_null(p);
	unit_fill(p, 0, LEN);
	assert_int_equal(lbuf_ack(b, LEN), 0);
}

/* LEN bytes of a kind of memory. */
static void
put(struct lbuf *b, enum kind kind)
{
	switch (kind) {
	case MBUF:
		assert_int_equal(lbuf_append_mbuf(b, unit_mbuf(unit.mbufs, 0, LEN)), 0);
		break;
	case FOREIGN_MBUF:
		assert_int_equal(lbuf_append_mbuf(b, foreign_mbuf()), 0);
		break;
	case EXT:
		assert_int_equal(lbuf_write_ext(b, &ext, foreign, LEN), 0);
		break;
	case SMALL:
		put_reserved(b, LEN);
		break;
	case MIDDLE:
		put_reserved(b, 16384);
		break;
	default:
		put_reserved(b, LARGE);
	}
	assert_int_equal(lbuf_flush(b), 0);
}

static enum how
how_sent(enum kind kind)
{
	struct lbuf_port_stats before = port_stats(), after;
	struct lbuf b, *buf = &b;
	struct rte_mbuf *m;

	lbuf_init(&b, unit.pool);
	put(&b, kind);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	lbuf_close(&b);
	m = port_take();
	assert_packet(m, 0, LEN);
	rte_pktmbuf_free(m);
	after = port_stats();
	if (after.tx_copied != before.tx_copied)
		return COPIED;
	return after.tx_refs != before.tx_refs ? BY_REFERENCE : AS_IT_IS;
}

static void
check_driver(const char *driver, const enum how expected[KINDS])
{
	unsigned int kind;

	port.driver = driver;
	port.wrapped = 0;
	port_open(MULTI, 0);
	if (port.wrapped == 0)
		skip(); /* the library is shared: it calls DPDK itself */
	lbuf_ext_init(&ext, NULL, NULL);
	unit_fill(foreign, 0, LEN);
	for (kind = 0; kind < KINDS; kind++) {
		enum how how = how_sent((enum kind)kind);

		if (how != expected[kind])
			print_error("%s, %s: %d\n", driver, kind_name[kind], how);
		assert_int_equal(how, expected[kind]);
	}
	assert_int_equal(lbuf_port_free(port.bridge), 0);
	port.bridge = NULL;
}

static void
read_by_a_core(void **state)
{
	static const char *const drivers[] = { "net_af_packet", "net_memif", "net_null", "net_pcap",
		"net_ring", "net_tap", "net_tun", "net_vhost" };
	static const enum how expected[KINDS] = { AS_IT_IS, AS_IT_IS, BY_REFERENCE, BY_REFERENCE,
		BY_REFERENCE, BY_REFERENCE };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(drivers); i++)
		check_driver(drivers[i], expected);
}

/* AF_XDP sends mbufs of its own pool where they lie, for which they must have their own data. */
static void
read_by_a_core_or_in_place(void **state)
{
	static const enum how expected[KINDS] = { AS_IT_IS, BY_REFERENCE, BY_REFERENCE,
		BY_REFERENCE, BY_REFERENCE, BY_REFERENCE };

	(void)state;
	check_driver("net_af_xdp", expected);
}

/* Virtio-user, and drivers that nothing is known of. */
static void
read_by_who_maps_the_heap(void **state)
{
	static const char *const drivers[] = { "net_virtio_user", "net_bonding", "net_unheard_of" };
	static const enum how expected[KINDS] = { AS_IT_IS, COPIED, COPIED, BY_REFERENCE,
		BY_REFERENCE, COPIED };
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(drivers); i++)
		check_driver(drivers[i], expected);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(read_by_a_core),
	PORT_TEST(read_by_a_core_or_in_place),
	PORT_TEST(read_by_who_maps_the_heap),
};
UNIT_MAIN(tests)
