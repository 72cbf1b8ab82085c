/* SPDX-License-Identifier: BSD-3-Clause */

/* Bursts to ports that do not take every packet as it is. */

#include <errno.h>

#include "unit_burst.h"

/* A port that takes no chains, or none so long, is sent one piece. */
static void
chains(void **state)
{
	struct rte_mbuf *chain, *one;

	(void)state;
	port.driver = "net_tap";
	open_all(0);
	one = unit_mbuf(unit.tiny, 0, LEN);
	receive_one(one);
	receive_one(unit_mbuf(unit.tiny, 100, 3 * UNIT_TINY_ROOM));
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 2);
	check_sent(one);
	check_made(100, 3 * UNIT_TINY_ROOM, 1);
	assert_int_equal(port_stats().tx_copied, 1);
	/* The port is configured anew. */
	port_configure(PORT_QUEUES, MULTI);
	chain = unit_mbuf(unit.tiny, 100, 3 * UNIT_TINY_ROOM);
	receive_one(chain);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 1);
	check_sent(chain);
	port.tx_offloads = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	chain = unit_mbuf(unit.tiny, 100, 3 * UNIT_TINY_ROOM);
	receive(1);
	receive_one(chain);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 1);
	assert_int_equal(rte_errno, ENOTSUP);
	port.tx_offloads = 0;
	assert_ptr_equal(burst.pkts[0], chain);
	assert_packet(chain, 100, 3 * UNIT_TINY_ROOM);
	lbuf_burst_drop(&burst);
	check_sent(given[0]);
	check_back();
}

/* What a device is asked for, and what one has found, goes on with a packet made anew. */
static void
requests_stay(void **state)
{
	const uint64_t flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM | RTE_MBUF_F_TX_VLAN;
	struct rte_mbuf *chain = unit_mbuf(unit.tiny, 100, 3 * UNIT_TINY_ROOM), *m;

	(void)state;
	port.driver = "net_tap";
	open_all(0);
	chain->ol_flags |= flags;
	chain->l2_len = 14;
	chain->l3_len = 20;
	chain->vlan_tci = 7;
	chain->hash.rss = 0x1234;
	receive_one(chain);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 1);
	m = port_take();
	assert_packet(m, 100, 3 * UNIT_TINY_ROOM);
	assert_int_equal(m->nb_segs, 1);
	assert_int_equal(m->ol_flags & RTE_MBUF_F_TX_OFFLOAD_MASK, flags);
	assert_int_equal(m->l2_len, 14);
	assert_int_equal(m->l3_len, 20);
	assert_int_equal(m->vlan_tci, 7);
	assert_int_equal(m->hash.rss, 0x1234);
	rte_pktmbuf_free(m);
	check_back();
}

/* What cannot be sent stays as it is, and those before it are sent. */
static void
too_long(void **state)
{
	struct rte_mbuf *chain;

	(void)state;
	port.driver = "net_tap";
	open_all(0);
	receive(2);
	chain = unit_mbuf(unit.mbufs, 0, 70000);
	receive_one(chain);
	receive_one(unit_mbuf(unit.tiny, 0, LEN));
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 2);
	assert_int_equal(rte_errno, EMSGSIZE);
	assert_int_equal(burst.n, 2);
	assert_ptr_equal(burst.pkts[0], chain);
	assert_packet(chain, 0, 70000);
	assert_int_equal(port_stats().tx_failed, 1);
	lbuf_burst_drop_at(&burst, 0);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 1);
	check_sent(given[0]);
	check_sent(given[1]);
	check_made(0, LEN, 1);
	check_back();
}

/* As doc/ports.md says: a driver that shares EAL's memory takes no other. */
static void
out_of_reach(void **state)
{
	struct rte_mbuf *held = unit_mbuf(unit.tiny, 0, LEN);

	(void)state;
	port.driver = "net_virtio_user";
	open_all(MULTI);
	rte_mbuf_refcnt_update(held, 1);
	receive_one(held);
	receive_one(external());
	receive(1);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 3);
	check_sent(held);
	rte_pktmbuf_free(held);
	assert_int_equal(rte_mbuf_ext_refcnt_read(&foreign_info), 0);
	check_made(0, LEN, 1);
	check_sent(given[0]);
	assert_int_equal(port_stats().tx_copied, 1);
	check_back();
}

/* And one that takes mbufs only with data of their own is given a reference. */
static void
direct_only(void **state)
{
	struct rte_mbuf *view, *m;

	(void)state;
	port.driver = "net_af_xdp";
	open_all(MULTI);
	view = indirect(0, LEN);
	receive_one(view);
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 1);
	m = port_take();
	assert_ptr_not_equal(m, view);
	assert_packet(m, 0, LEN);
	assert_int_equal(port_stats().tx_refs, 1);
	rte_pktmbuf_free(m);
	check_back();
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(chains),
	PORT_TEST(requests_stay),
	PORT_TEST(too_long),
	PORT_TEST(out_of_reach),
	PORT_TEST(direct_only),
};

UNIT_MAIN(tests)
