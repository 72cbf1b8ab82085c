/* SPDX-License-Identifier: BSD-3-Clause */

/* What the tests of bursts share: one burst, and packets for it. */

#ifndef UNIT_BURST_H
#define UNIT_BURST_H

#include <lbuf_burst.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
/* Bytes of a packet. */
#define LEN 50

static struct lbuf_burst burst;
static struct rte_mbuf *given[LBUF_BURST_MAX];

static inline void
open_all(uint64_t offloads)
{
	port_open(offloads, 0);
	lbuf_burst_init(&burst);
}

/* All memory is back. */
static inline void
check_back(void)
{
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM);
	assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
}

/* Put a packet where it is received next; returns it. */
static inline struct rte_mbuf *
arrive(struct rte_mbuf *m)
{
	assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
	return m;
}

/* Receive so many packets of LEN bytes, packet i from position 100 * i on. */
static inline void
receive(unsigned int n)
{
	unsigned int i, had = burst.n;

	for (i = 0; i < n; i++)
		given[i] = arrive(unit_mbuf(unit.tiny, 100 * i, LEN));
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, (uint16_t)n), n);
	assert_int_equal(burst.n, had + n);
}

/* Receive one packet alone. */
static inline void
receive_one(struct rte_mbuf *m)
{
	arrive(m);
	assert_int_equal(lbuf_burst_rx(&burst, port.bridge, 0, 1), 1);
}

/* A packet whose data is another mbuf's. */
static inline struct rte_mbuf *
indirect(uint64_t pos, size_t n)
{
	struct rte_mbuf *own = unit_mbuf(unit.mbufs, pos, n);
	struct rte_mbuf *view = rte_pktmbuf_clone(own, unit.tiny);

	assert_non_null(view);
	rte_pktmbuf_free(own);
	return view;
}

static inline void
free_nothing(void *addr, void *opaque)
{
	(void)addr;
	(void)opaque;
}

static uint8_t foreign[LEN];
static struct rte_mbuf_ext_shared_info foreign_info = { .free_cb = free_nothing };

/* A packet in memory that EAL knows nothing of. */
static inline struct rte_mbuf *
external(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(unit.tiny);

	assert_non_null(m);
	unit_fill(foreign, 0, LEN);
	rte_mbuf_ext_refcnt_set(&foreign_info, 1);
	rte_pktmbuf_attach_extbuf(m, foreign, (rte_iova_t)(uintptr_t)foreign, LEN, &foreign_info);
	assert_non_null(rte_pktmbuf_append(m, LEN));
	return m;
}

/* The next packet out of the ring is one that was sent as it is. */
static inline void
check_sent(const struct rte_mbuf *want)
{
	struct rte_mbuf *m = port_take();

	assert_ptr_equal(m, want);
	rte_pktmbuf_free(m);
}

/* It holds these bytes, in so many segments. */
static inline void
check_made(uint64_t pos, uint32_t n, uint16_t segs)
{
	struct rte_mbuf *m = port_take();

	assert_packet(m, pos, n);
	assert_int_equal(m->nb_segs, segs);
	rte_pktmbuf_free(m);
}

#endif /* UNIT_BURST_H */
