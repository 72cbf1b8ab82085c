/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * The governor: how many received mbufs linked buffers may hold, so that whoever holds packets
 * does not starve the NIC. doc/governor.md tells how to choose.
 *
 * Linked buffers hold received mbufs for as long as a message takes to complete, or a consumer
 * to read. An RX queue has few mbufs; when all are held its NIC drops, for everybody. So each
 * RX queue of a bridge has a *bound* on the mbufs of its packets that linked buffers hold,
 * those of all lcores together: slices and clones count, too, and each mbuf counts once,
 * from when lbuf_burst_take(), lbuf_burst_append(), lbuf_port_rx() or lbuf_port_rx_append() put
 * it into a buffer until the last view of it is gone or it is sent on, on whichever lcore.
 * Packets in bursts (lbuf_burst.h) are not held, however long.
 *
 * Once the bound is reached these verbs copy packets into chunks of the buffer's pool (of its
 * share for receiving, lbuf_share.h) in the place of referring to them, and the mbufs go back
 * at once. The bound is never exceeded. Packets up to the *copy-break*, if one is set, are copied
 * whenever they are to be held: a small packet would keep a whole mbuf from being used. Only
 * lbuf_port_rx() keeps those as they are, since what it receives is mostly sent on at once.
 *
 * **What is held already** and stays for long is copied out when mbufs become short: by the
 * lcore that holds it, when it next receives or releases. Which buffers these are says
 * lbuf_keep() (lbuf_memory.h); and of others, what they still have when they are released.
 *
 * **No memory for copies.** Where the pool's limit is reached, too, a callback says what is to
 * be given up (lbuf_port_hold_cb_set()). Without one it is the packet that was to be held: the
 * verb returns -ENOBUFS and the packet stays in the burst, to be sent on or dropped;
 * lbuf_port_rx() and lbuf_port_rx_append() drop it and count it.
 *
 * Mbufs that a program appends with lbuf_append_mbuf() itself, or puts into a burst with
 * lbuf_burst_add(), are of no queue, and not counted.
 */

#ifndef LBUF_HOLD_H
#define LBUF_HOLD_H

#include <stdio.h>

#include <lbuf_pool.h>
#include <lbuf_port.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bound of a queue: as many mbufs as there are. */
#define LBUF_HOLD_ALL UINT32_MAX
/** Bound of a queue: what its pool lets it be, as if it had never been set. */
#define LBUF_HOLD_AUTO (UINT32_MAX - 1)

/** Figures of an RX queue. */
struct lbuf_hold_stats {
	uint32_t bound;      /**< Mbufs that may be held; LBUF_HOLD_ALL: no bound. */
	uint32_t copy_break; /**< Bytes. */
	uint32_t held;       /**< Mbufs that are. */
	uint32_t high;       /**< Most that were, as far as lcores told. */
	uint64_t copied;     /**< Mbufs that were copied since the bound was reached. */
	uint64_t small;      /**< Mbufs that were copied as they had few bytes. */
	uint64_t moved;      /**< Mbufs that were held, and copied out of later. */
	uint64_t pinned;     /**< Times that one was left alone: a pointer into it was out. */
	uint64_t given_up;   /**< Packets for which there was no memory either. */
};

/**
 * Set the bound of an RX queue.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   RX queue; one that the port does not have yet, too.
 * @param mbufs
 *   Most mbufs that may be held; 0: all packets that are to be held are copied; LBUF_HOLD_ALL:
 *   no bound; LBUF_HOLD_AUTO: the default. Fewer may be given than are held: nothing is held then
 *   until so many have gone.
 * @return
 *   0; -EINVAL: no bridge, or it has no place for such a queue; -ENOSPC: over 500 queues are
 *   counted already, so of this one any number may be held.
 *
 * Until it is set the bound is half of what the queue's pool can spare, divided between all
 * queues that have the same pool: found out when a first packet is to be held, and with
 * LBUF_HOLD_AUTO when a next one is; until then the figures say 0.
 *
 * Threads: any, at any time.
 */
int
lbuf_port_hold_set(struct lbuf_port *port, uint16_t queue, uint32_t mbufs);

/**
 * Set the copy-break of an RX queue.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   RX queue; one that the port does not have yet, too.
 * @param bytes
 *   Packets of up to so many bytes are copied when they are to be held; 0: none.
 * @return
 *   As lbuf_port_hold_set().
 *
 * Threads: any, at any time.
 */
int
lbuf_port_hold_break_set(struct lbuf_port *port, uint16_t queue, uint32_t bytes);

/**
 * Tell the figures of an RX queue.
 *
 * @return
 *   0; -EINVAL for a NULL argument, or a queue of which no packet was ever received, and
 *   nothing was set.
 *
 * Threads: any. While lcores receive and release `held` is off by what they just do.
 */
int
lbuf_port_hold_get(const struct lbuf_port *port, uint16_t queue, struct lbuf_hold_stats *stats);

/**
 * Called when a packet can neither be held nor copied, by the verb that was to hold it.
 *
 * @param port_id
 *   The port that it came by, and
 * @param queue
 *   its queue.
 * @param bytes
 *   Bytes of the packet.
 * @param arg
 *   As given to lbuf_port_hold_cb_set().
 * @return
 *   Over 0: something was given up (buffers closed, say), so try again: that is done up to 16
 *   times. 0: the packet is given up.
 *
 * It may call any verb on any buffer but the one that the packet is to be appended to, and is
 * called by whichever thread holds packets of the queue.
 */
typedef int (*lbuf_port_hold_cb_t)(uint16_t port_id, uint16_t queue, uint32_t bytes, void *arg);

/**
 * Set what decides when memory for copies is out, too.
 *
 * @param port
 *   The bridge.
 * @param cb
 *   For all queues of the bridge; NULL: none, see the file's description.
 * @param arg
 *   For cb.
 *
 * Threads: none may receive meanwhile.
 */
void
lbuf_port_hold_cb_set(struct lbuf_port *port, lbuf_port_hold_cb_t cb, void *arg);

/** Buffers that hold received mbufs, and were kept (lbuf_keep()) by one place in a program. */
struct lbuf_hold_holder {
	uint16_t port;          /**< Whose mbufs they hold. */
	uint16_t queue;         /**< The same, its RX queue. */
	char tag[LBUF_TAG_LEN]; /**< By lbuf_tag_set(); empty: none. */
	/** Where lbuf_keep() was called; NULL: all buffers that hold mbufs and are not kept. */
	const void *caller;
	uint64_t buffers; /**< How many; 0 of those that are not kept, which nobody counts. */
	uint64_t mbufs;   /**< That they view. */
	uint64_t used;    /**< Bytes of them that are viewed. */
	uint64_t pinned;  /**< Bytes of their data rooms. */
	double oldest_s;  /**< Age of the oldest, seconds. */
};

/**
 * Tell who holds received mbufs. Of a kept buffer it is what it held when it was kept, or last
 * copied out of.
 *
 * @param holders
 *   Receives one element for each queue, tag and place.
 * @param n
 *   Elements of holders; what goes beyond is left out.
 * @return
 *   Elements filled in; -EINVAL for a NULL argument.
 *
 * Threads: any. Cost: a walk over all kept buffers, whose lcores wait meanwhile if they keep,
 * close or copy out of one.
 */
int
lbuf_hold_holders_get(struct lbuf_hold_holder *holders, unsigned int n);

/** Print what lbuf_hold_holders_get() tells, a line each. */
void
lbuf_hold_holders_dump(FILE *f);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_HOLD_H */
