/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Waiting for memory, instead of trying again and again.
 *
 * A request that failed with ENOBUFS or ENOMEM may be put in line. Each time that memory
 * may have become free, whichever lcore freed it, the line is gone through from its head,
 * and who can be served is called.
 *
 * **In what time.** What is free in a pool is had
 *
 * - within lbuf_chunk_wait() if it is free then: in depots, in kept mappings, and in the
 *   caches of all lcores of the primary process, whatever these lcores do: poll, receive,
 *   allocate, sleep, or call nothing of the library at all. Idle memory of other sizes
 *   is given up for it;
 * - in the call that frees it, later;
 * - at the latest at the next pass of the pool's background thread: it passes every 5 ms
 *   while somebody waits, and may need up to 100 ms to notice that somebody does, or as
 *   long as the system keeps it from a CPU. That is how what an lcore has fetched into its
 *   cache meanwhile is had. Without one (LBUF_POOL_F_NO_BACKGROUND) only calls
 *   of lbuf_chunk_wait(), frees, lbuf_pool_flush() and lbuf_pool_limit_set() serve.
 *
 * Chunks are taken out of others' caches with the system call membarrier(). Where that is
 * forbidden the log says so once, and the caches of lcores that free nothing stay out of
 * reach. So do those of secondary processes' lcores, in any case: they give up what they
 * have with their next free, or allocation that their cache cannot serve.
 *
 * **In what order.** Who is nearer to the head is served first of what suits both; nobody
 * waits behind one who cannot be served. What is not promised: one who wants much may be
 * overtaken without end by others who want less and whom the little that is freed at a
 * time suffices, and by those who do not stand in line and find a chunk in a cache or a
 * depot, or room below the limit. But while somebody waits, idle memory is given up for
 * those in line alone.
 */

#ifndef LBUF_WAIT_H
#define LBUF_WAIT_H

#include <stdbool.h>
#include <sys/queue.h>

#include <lbuf_chunk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lbuf_waiter;

/**
 * Called once a waiter's chunk is there, on the thread that freed memory, in whatever
 * call did that, or on the pool's background thread: it must be short.
 *
 * No lock of the library is held. It may call all of the library, and wait again any
 * number of times: that takes no stack, it is called again after it has returned. Only
 * lbuf_pool_free() fails with EBUSY. It must return: longjmp() out of it is not possible.
 *
 * @param w
 *   The waiter, no longer in line; it may be reused or freed in the call.
 * @param chunk
 *   Its chunk, with one reference, which is the callback's to give back.
 * @param arg
 *   As given to lbuf_chunk_wait().
 */
typedef void (*lbuf_wait_cb_t)(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg);

/** A place in the line, in the caller's memory. Its fields are the library's. */
struct lbuf_waiter {
	TAILQ_ENTRY(lbuf_waiter) next; /**< Behind it. */
	struct lbuf_pool *pool;        /**< Whose memory. */
	size_t size;                   /**< Bytes wanted. */
	uint32_t slot;                 /**< What of the pool it is served from. */
	uint32_t shares;               /**< Whose caches it may be served from, a bit each. */
	bool queued;                   /**< Whether it is in line. */
	lbuf_wait_cb_t cb;             /**< Whom to tell. */
	void *arg;                     /**< For cb. */
};

/**
 * Wait for a chunk.
 *
 * @param pool
 *   The pool.
 * @param w
 *   Place for the line, of any content. To be left alone until the callback has begun
 *   or lbuf_chunk_wait_cancel() has returned true.
 * @param size
 *   Bytes, at least 1.
 * @param socket
 *   Socket id, or SOCKET_ID_ANY for the calling thread's. Only its memory will do.
 * @param cb
 *   Called when the chunk is there; maybe before this function returns.
 * @param arg
 *   For cb.
 * @return
 *   0, and the callback is or will be called, unless the waiter is called off;
 *   - -EINVAL for arguments that cannot be
 *   - -E2BIG if the socket can never give as much: over its limit (with what a chunk of
 *     that size takes at least) or, for large chunks, over its address space for them. A
 *     limit that is lowered later leaves who waits in line: it is served when the limit
 *     is raised again, and meanwhile holds up nobody
 *   - -ENOTSUP in a secondary process
 *
 * Threads: any, callbacks included.
 *
 * Cost: while somebody waits, frees of all lcores take the slow path. If it cannot be
 * served at once, some microseconds for each lcore that has anything in its caches, on
 * that lcore too.
 */
int
lbuf_chunk_wait(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		lbuf_wait_cb_t cb, void *arg);

/**
 * Leave the line.
 *
 * @param w
 *   The waiter; must have been in line, and its memory must still be there.
 * @return
 *   true: the callback will not be called. false: it has been, or is about to be on
 *   another thread.
 */
bool
lbuf_chunk_wait_cancel(struct lbuf_waiter *w);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_WAIT_H */
