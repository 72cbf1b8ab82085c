/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Shares: the limit of a pool, divided between what receiving holds and all else.
 *
 * Who copies what it receives out of mbufs must not take the memory that answers are
 * written to, nor be kept from it by those. So the limit of a socket
 * (lbuf_pool_limit_set()) may be divided: a part of it is for requests that say that they
 * are for receiving (lbuf_chunk_alloc_share()), and what is left for all others. Each
 * share then has a limit, depots, lcore caches, kept mappings, counters, and waiters of
 * its own. A share at its limit refuses with ENOBUFS whatever the other one has, and takes
 * nothing from it, not even what lies idle there.
 *
 * **How exact.** A share is counted as the limit is: by slabs and mappings, whose chunks
 * are in use, in an lcore's cache, or free. So what is out of a share, with descriptors
 * and all, never exceeds it, whoever frees, and on whichever lcore: a chunk goes back to
 * the share that it came from. What lies free or in caches counts for the share, too;
 * before a request is refused what idles in its share's other classes is given up, and
 * who waits also gets what its share has in caches (lbuf_wait.h). Both shares together
 * never exceed the limit, also while a share holds more than a limit that was lowered.
 *
 * A limit bounds, and reserves nothing: that a share can have what it may takes as many
 * hugepages as the limit has bytes.
 *
 * While a limit is not divided, which is the default, requests for receiving are as any
 * other. Allocating and freeing for the rest cost the same with a division as without.
 */

#ifndef LBUF_SHARE_H
#define LBUF_SHARE_H

#include <lbuf_chunk.h>
#include <lbuf_pool.h>
#include <lbuf_wait.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Divide the limit of a socket: of what it may hold so much is for receiving, at most, and
 * only what is left of the limit for all else.
 *
 * @param pool
 *   The pool.
 * @param socket
 *   One of its sockets.
 * @param rx_bytes
 *   Bytes that receiving may hold, LBUF_LIMIT_MIN at least, and less than the limit by as
 *   much; 0: no division. If there is no limit, the rest has none either. May be less than
 *   what receiving holds: then no request for it is served that needs memory until enough
 *   has been freed. What was allocated before stays with the share it was counted for.
 * @return
 *   0; -EINVAL for a socket that is not the pool's, or a share that is too low, or leaves
 *   too little of the limit.
 *
 * An lcore that has used the pool before it was first divided has no cache for receiving:
 * it goes to the depots, which take a lock. So divide it before lcores begin. A divided
 * pool takes twice the memory for caches: some 300 KiB more for each lcore and socket.
 * lbuf_chunk_put_bulk_raw() (lbuf_raw.h) looks at descriptors in a pool that was ever divided.
 *
 * Threads: any, at any time.
 */
int
lbuf_pool_share_set(struct lbuf_pool *pool, int socket, size_t rx_bytes);

/** Figures of a share on a socket. */
struct lbuf_share_stats {
	uint64_t limit_bytes;       /**< What it may hold, 0: no limit of its own. */
	uint64_t used_bytes;        /**< What it holds, in use or not. */
	uint64_t refusals;          /**< Requests for memory that met a limit. */
	uint64_t waiters;           /**< Who waits for memory of it, on all sockets. */
	struct lbuf_pool_stats sum; /**< Sums over all tiers and classes of it. */
};

/**
 * Tell what a share of a socket has. What lbuf_pool_stats_get() tells are sums of both.
 *
 * @param pool
 *   The pool.
 * @param socket
 *   One of its sockets.
 * @param share
 *   The share. That of receiving is empty where the limit has never been divided.
 * @param stats
 *   Receives the figures.
 * @return
 *   0; -EINVAL for a NULL argument, or a socket or share that is not the pool's.
 */
int
lbuf_pool_share_get(const struct lbuf_pool *pool, int socket, enum lbuf_share share,
		struct lbuf_share_stats *stats);

/**
 * Allocate a chunk for a share. It is freed as any other.
 *
 * @param pool
 *   The pool.
 * @param size
 *   Bytes, at least 1.
 * @param socket
 *   Socket id, or SOCKET_ID_ANY for lbuf_chunk_alloc()'s. With LBUF_POLICY_PREFER another
 *   socket's same share may serve.
 * @param share
 *   For whom.
 * @return
 *   As lbuf_chunk_alloc(), with ENOBUFS at the limit of the share. EINVAL also for a socket
 *   or share that does not exist.
 *
 * Threads: any. Cost: a call more than lbuf_chunk_alloc().
 */
struct lbuf_chunk *
lbuf_chunk_alloc_share(struct lbuf_pool *pool, size_t size, int socket, enum lbuf_share share);

/**
 * Wait for a chunk of a share: as lbuf_chunk_wait(), which waits for one of the rest. Who
 * waits at the limit of its share slows down frees of its chunks alone.
 *
 * @param pool
 *   The pool.
 * @param w
 *   Place for the line, see lbuf_chunk_wait().
 * @param size
 *   Bytes, at least 1.
 * @param socket
 *   Socket id, or SOCKET_ID_ANY for the calling thread's. Only its memory will do.
 * @param share
 *   For whom. It is settled now: if the limit is divided later, the waiter is still served
 *   from what it was when it came.
 * @param cb
 *   Called when the chunk is there; maybe before this function returns.
 * @param arg
 *   For cb.
 * @return
 *   As lbuf_chunk_wait(); -E2BIG also if it is more than the share can ever give.
 */
int
lbuf_chunk_wait_share(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		enum lbuf_share share, lbuf_wait_cb_t cb, void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_SHARE_H */
