/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Who holds memory, and for how long.
 *
 * Every pool keeps account of its large chunks and of a sample of the others, at no
 * cost that could be measured. With LBUF_POOL_F_DEBUG it keeps account of all, and
 * finds double frees, writes to memory that was freed, and overruns.
 */

#ifndef LBUF_DEBUG_H
#define LBUF_DEBUG_H

#include <lbuf_pool.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Name what the calling thread does, for reports of who holds chunks.
 *
 * @param tag
 *   Not copied: a string constant, say. The first LBUF_TAG_LEN - 1 characters
 *   count. NULL: none.
 * @return
 *   The tag up to now, to be set again afterwards.
 */
const char *
lbuf_tag_set(const char *tag);

/** Chunks of one size that one place in a program holds. */
struct lbuf_holder {
	char tag[LBUF_TAG_LEN]; /**< By lbuf_tag_set(); empty: none. */
	/** Where they were allocated, in the process that did it; NULL: not known. */
	const void *caller;
	size_t size;           /**< Of a chunk, bytes. */
	uint64_t chunks;       /**< How many, about: those that were seen, scaled up. */
	uint64_t seen;         /**< Of these, known one by one. */
	double oldest_s;       /**< Age of the oldest, seconds. */
	enum lbuf_share share; /**< Where the limit is divided: whose memory it is. */
};

/**
 * Tell who holds chunks of a pool.
 *
 * @param pool
 *   The pool.
 * @param holders
 *   Receives one element for each tag, place, size and share.
 * @param n
 *   Elements of holders; what goes beyond is left out.
 * @return
 *   Elements filled in; -EINVAL for a NULL argument.
 *
 * Threads: any. Cost: a walk over all that is known.
 */
int
lbuf_pool_holders_get(struct lbuf_pool *pool, struct lbuf_holder *holders, unsigned int n);

/** Print what lbuf_pool_holders_get() tells, a line each. */
void
lbuf_pool_holders_dump(struct lbuf_pool *pool, FILE *f);

/**
 * Bugs that a pool with LBUF_POOL_F_DEBUG has found. Each was logged with the chunk's
 * last owner.
 */
uint64_t
lbuf_pool_bugs(const struct lbuf_pool *pool);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_DEBUG_H */
