/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * How many mbufs a pool needs. `scripts/size-pools.py` reckons the same way.
 */

#ifndef LBUF_NEEDED_H
#define LBUF_NEEDED_H

#include <stdint.h>

#include <rte_mempool.h>
#include <rte_version.h>

#include <lbuf_inline.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What has to do with a pool. What is 0 counts for nothing. */
struct lbuf_mbufs_conf {
	uint32_t rx_queues;  /**< That receive into it, all ports. */
	uint32_t rx_desc;    /**< Descriptors of each. */
	uint32_t tx_queues;  /**< That what was received into it is sent by, all ports. */
	uint32_t tx_desc;    /**< Descriptors of each. */
	uint32_t burst;      /**< Packets in a burst. */
	uint32_t lcores;     /**< That receive, send or free; the main one too if it does. */
	uint32_t cache_size; /**< Of the pool, see rte_pktmbuf_pool_create(). */
	uint32_t hold;       /**< Bound of each RX queue, see lbuf_port_hold_set(). */
	uint32_t frame;      /**< Longest frame, bytes: the MTU and its headers. */
	uint32_t room;       /**< Data room of an mbuf without the headroom, bytes. */
};

/**
 * Mbufs that an lcore may have in its cache of a pool: before DPDK 26.07 half more than the
 * cache's size.
 */
LBUF_INLINE uint32_t
lbuf_mbufs_cached(uint32_t cache_size)
{
#if RTE_VERSION >= RTE_VERSION_NUM(26, 7, 0, 0)
	return cache_size;
#else
	return cache_size * 3 / 2;
#endif
}

/**
 * Mbufs that a pool needs so that no queue is ever without: descriptors of both sides, bursts
 * on their way, caches of lcores, and what linked buffers may hold.
 *
 * @param conf
 *   Not kept.
 * @return
 *   The number; UINT32_MAX if it is more than that.
 *
 * A queue's bound that is not set is half of what the pool can spare: to have bounds of `hold`
 * mbufs then, double it here.
 */
uint32_t
lbuf_port_mbufs_needed(const struct lbuf_mbufs_conf *conf);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_NEEDED_H */
