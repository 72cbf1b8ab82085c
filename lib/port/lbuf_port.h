/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Port bridge: mbufs become linked buffers, and the reverse. Packets that most likely nobody
 * looks at are best received as bursts: lbuf_burst.h.
 *
 * What a port received is taken over segment by segment, without a copy. What is
 * to be sent becomes an mbuf chain: mbufs that nobody else views go out as they
 * are, all other memory by reference, as external buffers of mbufs; but small pieces are
 * copied, since that is cheaper (lbuf_port_params::copy_break). Else payload is copied only
 * where the port cannot take it otherwise, and this is counted: a port without
 * multi-segment TX, more segments than it takes, memory that its device cannot reach.
 * doc/ports.md has a table of drivers and kinds of memory.
 *
 * **Queues.** A bridge serves the queues that its port has now. The port may be stopped,
 * configured anew with more or fewer queues or other offloads, and started again: the
 * bridge follows, as far as RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE stays off. A queue that the
 * port does not have is an error of each function, EINVAL; where the usual call returns a
 * number of packets, that is 0 with rte_errno. A stopped port receives and takes nothing.
 *
 * Threads: as in ethdev, one thread per queue at a time, and none while the port is
 * configured, stopped or started.
 */

#ifndef LBUF_PORT_H
#define LBUF_PORT_H

#include <stdint.h>

#include <lbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lbuf_port;

/** Default of lbuf_port_params::nb_refs. */
#define LBUF_PORT_REFS 8191

/** Largest lbuf_port_params::nb_refs. */
#define LBUF_PORT_REFS_MAX (1u << 22)

/**
 * Default of lbuf_port_params::copy_break, bytes. doc/ports.md shows what it was chosen by;
 * `lbuf-perf --case copy-break` measures it.
 */
#define LBUF_PORT_COPY_BREAK 256

/** Largest lbuf_port_params::copy_break, bytes. */
#define LBUF_PORT_COPY_MAX 2048

/** Most linked buffers in one burst. */
#define LBUF_BURST_MAX 512

/** Settings of a bridge. All zero but for the pool is the default. */
struct lbuf_port_params {
	/** Memory for copies; must outlive the bridge. */
	struct lbuf_pool *pool;
	/** mbufs for segments in flight by reference, 192 B each and copy_break.
	 *  0: LBUF_PORT_REFS. Of no account for a port to which nothing goes by reference.
	 */
	uint32_t nb_refs;
	/** Pieces of up to so many bytes are copied into the packet, several side by side, in the
	 *  place of being sent by reference. Only such as lie in chunks, or in external memory
	 *  without a callback: that of others is called once the driver is done. Each of the
	 *  nb_refs mbufs has so much room. 0: LBUF_PORT_COPY_BREAK; 1 is as good as never. Of no
	 *  account for a port to which nothing goes by reference.
	 */
	uint32_t copy_break;
	/** Most mbufs of an RX queue that linked buffers may hold, see lbuf_hold.h. 0 and
	 *  LBUF_HOLD_AUTO: half of what the queue's pool can spare; LBUF_HOLD_ALL: any number.
	 *  lbuf_port_hold_set() sets it for one queue.
	 */
	uint32_t rx_hold;
	/** Packets of up to so many bytes are copied when they are to be held. 0: none, as there
	 *  was no size up to which that took less time: `lbuf-perf --case hold-break` measures it,
	 *  doc/governor.md has figures. It saves mbufs.
	 */
	uint32_t rx_copy_break;
};

/**
 * Figures of one queue pair. What passes as a struct lbuf_burst nobody looks at, so that bytes
 * of such packets are only in the driver's figures.
 */
struct lbuf_port_stats {
	uint64_t rx_packets; /**< Packets received. */
	uint64_t rx_bytes;   /**< Bytes in them, but for those received in bursts. */
	uint64_t rx_nombuf;  /**< Packets dropped: no memory for segments or copies. */
	uint64_t tx_packets; /**< Packets sent. */
	uint64_t tx_bytes;   /**< Bytes in them, but for those sent in bursts. */
	uint64_t tx_refs;    /**< Segments sent by reference. */
	uint64_t tx_small;   /**< Pieces that were copied because they are small. */
	uint64_t tx_copied;  /**< Packets that had to be copied to be sent. */
	uint64_t tx_failed;  /**< Packets that could not become mbufs. */
};

/**
 * Create the bridge of a port.
 *
 * @param port_id
 *   A port that is configured with rte_eth_dev_configure(). Offloads decide:
 *   with RTE_ETH_TX_OFFLOAD_MULTI_SEGS a linked buffer goes out in segments,
 *   without it in one piece. RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE must be off, for
 *   mbufs come from several pools. A zero-copy memif (`zero-copy=yes`) is to have its
 *   bridge before rte_eth_dev_start(): its copies lie in memory that the other end maps
 *   when they connect.
 * @param params
 *   Settings, not kept.
 * @return
 *   The bridge, to be freed by lbuf_port_free(); NULL on error, with rte_errno:
 *   - EINVAL: no pool, or nb_refs over LBUF_PORT_REFS_MAX
 *   - ENODEV: no such port
 *   - ENOTSUP: MBUF_FAST_FREE is on
 *   - EEXIST: the port has a bridge
 *   - ENOMEM: no memory, no room left in mbufs for a dynamic field of 8 bytes, or the
 *     pool cannot be mapped for the device
 *   - ENOSPC: the pool serves as many devices as it can, see lbuf_pool_dev_add()
 *   The log says which.
 *
 * Threads: one at a time for a port.
 */
struct lbuf_port *
lbuf_port_create(uint16_t port_id, const struct lbuf_port_params *params);

/**
 * Stop the port of a bridge for good: rte_eth_dev_stop(), and the pool's memory is no
 * longer mapped for it. To be followed by rte_eth_dev_close() and lbuf_port_free(), in
 * this order: when the drivers of some devices (virtio) have closed them, EAL cannot
 * unmap any more, and some hold mbufs until then.
 *
 * @return
 *   0, also if the port is stopped already; a negative errno of the driver's: then
 *   nothing was unmapped.
 */
int
lbuf_port_stop(struct lbuf_port *port);

/**
 * Free a bridge. NULL does nothing.
 *
 * The port must be stopped and have freed its mbufs (rte_eth_dev_stop() does, in
 * most drivers; rte_eth_dev_close() does in all). Before it is closed use
 * lbuf_port_stop().
 *
 * @return
 *   0; -EBUSY while mbufs of the bridge are still out: nothing is freed then.
 */
int
lbuf_port_free(struct lbuf_port *port);

/**
 * Receive a burst of packets, one to each linked buffer.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   RX queue.
 * @param bufs
 *   Open linked buffers. A packet is appended to each, readable at once.
 * @param n
 *   How many, at most LBUF_BURST_MAX.
 * @return
 *   How many received a packet: the first ones of bufs. 0 with rte_errno EINVAL if the
 *   port has no such queue; else rte_errno is left alone.
 *
 * Cost: no copy.
 */
uint16_t
lbuf_port_rx(struct lbuf_port *port, uint16_t queue, struct lbuf **bufs, uint16_t n);

/**
 * Receive a burst of packets into one linked buffer, readable at once.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   RX queue.
 * @param b
 *   Open linked buffer; packets are appended in order.
 * @param n
 *   Most packets, at most LBUF_BURST_MAX.
 * @return
 *   Packets received. 0 with rte_errno EINVAL if the port has no such queue; else
 *   rte_errno is left alone.
 *
 * Cost: no copy.
 */
uint16_t
lbuf_port_rx_append(struct lbuf_port *port, uint16_t queue, struct lbuf *b, uint16_t n);

/**
 * Get the first readable bytes of each buffer of a burst, to change them in place:
 * lbuf_edit() for many.
 *
 * @param bufs
 *   Linked buffers, mostly as lbuf_port_rx() filled them.
 * @param n
 *   How many.
 * @param len
 *   Bytes of each.
 * @param data
 *   Room for n addresses. Out: where the bytes of each buffer are, as lbuf_edit()
 *   returns it; NULL for a buffer that has fewer readable bytes, is closed, or could
 *   not be given a copy of its own for want of memory.
 * @return
 *   How many of the addresses are not NULL.
 *
 * Cost: no copy, but where others see the bytes, or segments divide them.
 */
uint16_t
lbuf_array_edit(struct lbuf **bufs, uint16_t n, uint32_t len, void **data);

/**
 * Consume and release all readable bytes of each buffer of a burst: lbuf_skip() and
 * lbuf_release() for many. The buffers stay open; closed ones stay closed.
 *
 * @param bufs
 *   Linked buffers, mostly as lbuf_port_rx() filled them.
 * @param n
 *   How many.
 *
 * Cost: mbufs go back to their pool in bulk.
 */
void
lbuf_array_drop(struct lbuf **bufs, uint16_t n);

/**
 * Send the readable bytes of linked buffers, a packet of each.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   TX queue.
 * @param bufs
 *   Linked buffers, or slices. Those sent are empty and released afterwards, and
 *   open. Memory is held until the driver has sent it.
 * @param n
 *   How many, at most LBUF_BURST_MAX. 0: as lbuf_port_tx_done_cleanup() of all packets,
 *   which a loop that has nothing to send may call now and then.
 * @return
 *   How many were taken: the first ones of bufs. The next one, if any, is
 *   unchanged to its reader, and is one that the driver had no room for or, when
 *   rte_errno is not 0, one that cannot be sent:
 *   - ENODATA: empty
 *   - EMSGSIZE: needs more segments, or more bytes in one, than the port takes
 *   - ENOMEM, ENOBUFS: no memory for the references or the copy
 *   - EPIPE: closed
 *   - ENOTSUP: it takes more than one mbuf, and MBUF_FAST_FREE was switched on since the
 *     bridge was made
 *   - EINVAL: the port has no such queue
 *
 * Cost: no copy, but see the file's description.
 */
uint16_t
lbuf_port_tx(struct lbuf_port *port, uint16_t queue, struct lbuf **bufs, uint16_t n);

/**
 * Turn the readable bytes of a linked buffer into an mbuf chain, for the port's
 * limits.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   TX queue whose figures count it.
 * @param b
 *   Linked buffer, or slice; empty and released afterwards.
 * @return
 *   The chain, the caller's, to be sent or freed on any thread; NULL on error,
 *   with rte_errno as lbuf_port_tx(), and b unchanged. Of chains that go to a zero-copy
 *   memif past lbuf_port_tx(), what it loses with its other end is not had back.
 */
struct rte_mbuf *
lbuf_port_export(struct lbuf_port *port, uint16_t queue, struct lbuf *b);

/**
 * Turn the first readable bytes of a linked buffer into an mbuf chain: as many as
 * one packet of the port takes, and no more than asked for. Called again and
 * again it cuts a long message into packets, without a copy.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   TX queue whose figures count it.
 * @param b
 *   Linked buffer, or slice, which goes on behind the bytes taken.
 * @param max
 *   Most bytes, at least 1.
 * @return
 *   The chain, as lbuf_port_export(); its pkt_len tells how many bytes. NULL on
 *   error, with rte_errno as there, or EINVAL if max is 0.
 */
struct rte_mbuf *
lbuf_port_export_part(struct lbuf_port *port, uint16_t queue, struct lbuf *b, uint32_t max);

/**
 * Figures of a queue pair: of RX queue and TX queue `queue`. They are kept when the port
 * is configured anew, and with fewer queues those that were there at first can be asked
 * for as before.
 *
 * @return
 *   0; -EINVAL for a NULL argument, or a queue that the port neither has nor had when the
 *   bridge was made.
 */
int
lbuf_port_stats_get(const struct lbuf_port *port, uint16_t queue, struct lbuf_port_stats *stats);

/**
 * Have the driver free what it has sent: for a queue that nothing is sent on any more,
 * where drivers keep the last packets, and with them memory.
 *
 * rte_eth_tx_done_cleanup(), or for a driver that has none but frees at each burst, an
 * empty burst. doc/ports.md says which do. What is still on its way stays.
 *
 * @param port
 *   The bridge.
 * @param queue
 *   TX queue, which this is a use of: by its thread.
 * @param free_cnt
 *   Most packets to free, 0: all. An empty burst takes no notice.
 * @return
 *   Packets freed, where the driver counts them, else 0; or a negative errno:
 *   - -EINVAL: the port has no such queue, or port is NULL
 *   - -ENOTSUP: the driver cannot; its queue gives back the last packets when others
 *     follow, or with rte_eth_dev_stop()
 *   - others of the driver's
 *
 * Cost: that of the driver's call; the bridge's is a lookup.
 */
int
lbuf_port_tx_done_cleanup(struct lbuf_port *port, uint16_t queue, uint32_t free_cnt);

/** Mbufs of the bridge that drivers, or users of lbuf_port_export(), hold. */
uint32_t
lbuf_port_refs_out(const struct lbuf_port *port);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_PORT_H */
