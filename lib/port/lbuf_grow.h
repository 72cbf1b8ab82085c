/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * The mbufs of an RX queue, of which there can be more while the program runs.
 *
 * A mempool has as many mbufs as it was created with, and a queue has the mempool that it was
 * set up with. No DPDK from 22.11 to 26.07 gives a queue a further one later:
 * rte_eth_rxconf::rx_mempools, too, is for the set-up alone. Nor is a second mempool there a
 * reserve of the first: which one a packet comes in is undefined, and the only driver that takes
 * several (cnxk) takes just two and chooses by the length of the packet. So a queue grows by
 * being set up anew, with a larger mempool in the place of the one that it had. Drivers with
 * RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP do so while the port's other queues go on; with the
 * others the port is restarted.
 *
 * Mbufs of the earlier mempool that linked buffers, bursts or other queues have are good as
 * before. They go back to it, and once it is whole it is freed. So until then there is memory
 * for the mbufs of both.
 *
 * The bound on mbufs that may be held (lbuf_hold.h) follows where it is the default.
 */

#ifndef LBUF_GROW_H
#define LBUF_GROW_H

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <lbuf_port.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Mempools of a queue at a time: the one that it has, and earlier ones with mbufs out. */
#define LBUF_MBUFS_POOLS 8

/** What is stopped and started so that a queue gets other mbufs. */
enum lbuf_mbufs_restart {
	LBUF_MBUFS_NOTHING, /**< Nothing: the port is stopped. */
	LBUF_MBUFS_QUEUE,   /**< The queue. */
	LBUF_MBUFS_PORT,    /**< The port. */
};

/** The mbufs of an RX queue. */
struct lbuf_mbufs;

/** What a queue is set up with. All zero but for n is the default. */
struct lbuf_mbufs_params {
	uint32_t n;          /**< Mbufs at first, at least 1; see lbuf_port_mbufs_needed(). */
	uint32_t cache_size; /**< As for rte_pktmbuf_pool_create(). */
	uint16_t priv_size;  /**< The same, bytes. */
	uint16_t data_room;  /**< The same, bytes; 0: RTE_MBUF_DEFAULT_BUF_SIZE. */
	uint16_t nb_desc;    /**< Descriptors of the queue; 0: as the driver would have it. */
	/** Of the queue, without mempools of its own; copied. NULL: the driver's default. */
	const struct rte_eth_rxconf *rx_conf;
};

/**
 * Create a mempool for an RX queue, and set up the queue with it.
 *
 * @param port
 *   The bridge of a port that is stopped. It must be there as long as lbuf_mbufs_grow() and
 *   lbuf_mbufs_reap() are called.
 * @param queue
 *   RX queue that the port is configured with.
 * @param params
 *   Not kept.
 * @return
 *   The mbufs, to be freed by lbuf_mbufs_free(); NULL on error, with rte_errno:
 *   - EINVAL: a NULL argument, no such queue, n is 0, or rx_conf has mempools or segments
 *   - EBUSY: the port is started
 *   - ENOMEM: no memory
 *   - others of rte_pktmbuf_pool_create() and rte_eth_rx_queue_setup()
 *
 * Threads: one at a time for a port.
 */
struct lbuf_mbufs *
lbuf_mbufs_create(struct lbuf_port *port, uint16_t queue, const struct lbuf_mbufs_params *params);

/**
 * Give the queue more mbufs: a mempool with as many as it has and n more takes the place of the
 * one that it has.
 *
 * @param mbufs
 *   Of the queue.
 * @param n
 *   Further mbufs, at least 1.
 * @param most
 *   What may be restarted for it at most.
 * @return
 *   What was, an enum lbuf_mbufs_restart; or a negative errno, and the queue has what it had:
 *   - -EINVAL: mbufs is NULL, n is 0, or more than a mempool can have
 *   - -ENOTSUP: more than `most` had to be restarted, as the log says
 *   - -ENOSPC: LBUF_MBUFS_POOLS mempools are there, of all earlier ones mbufs are out
 *   - -ENOMEM, and others of rte_pktmbuf_pool_create()
 *   - others of the driver's. If it does not take the mempool that it had either, the queue or
 *     the port stays stopped, as the log says.
 *
 * Packets that arrive while the queue or the port is stopped are lost; those that wait in it,
 * too. A queue that was stopped by itself is started. A port that is restarted has what ethdev
 * restores then, so no flow rules with drivers that do not keep them
 * (RTE_ETH_DEV_CAPA_FLOW_RULE_KEEP), and its link goes down for a while.
 *
 * Threads: one at a time for a port. None may receive by the queue meanwhile, nor with
 * LBUF_MBUFS_PORT use the port at all. Packets may be held and released by any.
 * Cost: that of creating the mempool, and of the restart: up to seconds with some drivers.
 */
int
lbuf_mbufs_grow(struct lbuf_mbufs *mbufs, uint32_t n, enum lbuf_mbufs_restart most);

/**
 * Free the earlier mempools that are whole again: those that were so a second ago, too, so that
 * no thread is still putting the last mbuf back. lbuf_mbufs_grow() does it as well.
 *
 * @param mbufs
 *   Of the queue.
 * @return
 *   Earlier mempools that there still are.
 *
 * Threads: one at a time for a port; mbufs may be released meanwhile. Cost: a look at the caches
 * of all lcores for each of the mempools.
 */
unsigned int
lbuf_mbufs_reap(struct lbuf_mbufs *mbufs);

/**
 * The mempool that the queue has now: for its figures. Not to be kept beyond
 * lbuf_mbufs_grow().
 */
struct rte_mempool *
lbuf_mbufs_pool(const struct lbuf_mbufs *mbufs);

/**
 * Free all mempools. NULL does nothing.
 *
 * The queue must have given its mbufs back, and not be used with them again: best after
 * rte_eth_dev_close(). The bridge may be gone.
 *
 * @return
 *   0; -EBUSY while mbufs are out: nothing is freed then.
 *
 * Threads: none may be releasing mbufs of the queue.
 */
int
lbuf_mbufs_free(struct lbuf_mbufs *mbufs);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_GROW_H */
