/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Waiting for memory, instead of trying again and again.
 *
 * A request that failed with ENOBUFS or ENOMEM may be put in line. When a chunk is
 * free, whichever lcore freed it, the first in line whom it suits gets it.
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
 * Called once a waiter's chunk is there, on the thread that freed memory, or on the
 * pool's control thread: it must be short, and may not free a pool. It may allocate,
 * free, and wait again.
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
	uint32_t slot;                 /**< The socket's place in the pool. */
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
 *   Place for the line, of any content. To be left alone until the callback has run
 *   or lbuf_chunk_wait_cancel() has returned.
 * @param size
 *   Bytes, at least 1.
 * @param socket
 *   Socket id, or SOCKET_ID_ANY for the calling thread's. Only its memory will do.
 * @param cb
 *   Called when the chunk is there; maybe before this function returns.
 * @param arg
 *   For cb.
 * @return
 *   0; -EINVAL for arguments that cannot be; -ENOTSUP in a secondary process.
 *
 * Threads: any. Nobody in line is overtaken by one behind who wants a chunk of the
 * same class; who does not stand in line may find a chunk in an lcore's cache.
 *
 * Cost: while somebody waits, frees of all lcores take the slow path.
 */
int
lbuf_chunk_wait(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		lbuf_wait_cb_t cb, void *arg);

/**
 * Leave the line.
 *
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
