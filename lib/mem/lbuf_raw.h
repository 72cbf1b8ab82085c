/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Chunks that are given back by who knows what they are: nothing of them is looked at.
 */

#ifndef LBUF_RAW_H
#define LBUF_RAW_H

#include <lbuf_chunk.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond part of lbuf_chunk_put_bulk_raw(). Not to be called. */
__rte_cold void
lbuf_chunk_put_bulk_raw_slow(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n);
/** @endcond */

/** Copy pointers, and tell whether one of them is that of a stand-in. For the library only. */
static inline bool
lbuf_chunk_copy_raw(struct lbuf_chunk **dst, struct lbuf_chunk *const *src, unsigned int n)
{
	lbuf_chunk_pair_t any = { 0, 0 };
	uintptr_t last = 0;
	unsigned int i = 0;

#ifndef LBUF_TSAN
	for (; i + 8 <= n; i += 8) {
		const lbuf_chunk_pair_t *from = (const lbuf_chunk_pair_t *)&src[i];
		lbuf_chunk_pair_t *to = (lbuf_chunk_pair_t *)&dst[i];
		lbuf_chunk_pair_t a = from[0], b = from[1], c = from[2], d = from[3];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		any |= (a | b) | (c | d);
	}
#endif
	for (; i < n; i++) {
		LBUF_CACHE_WRITE(&dst[i], src[i]);
		last |= (uintptr_t)src[i];
	}
	return ((any[0] | any[1] | last) & LBUF_CHUNK_STAND_IN) != 0;
}

/** lbuf_chunk_put_bulk_raw() of a class; false if that cannot be. For the library only. */
static inline bool
lbuf_chunk_cache_bulk_raw(const struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	uint32_t cls = lbuf_class_find(size);
	uint64_t i, state, *word;

	if (unlikely(lbuf_self.pool != pool || LBUF_CACHE_READ(&pool->mixed) ||
			    cls == LBUF_CLASS_NONE))
		return false;
	i = cls + (size >= pool->middle_min);
	/* Compared, not looked up: so where to store does not wait for the descriptor. */
	if (unlikely(lbuf_cache_of(chunks[0]) != i + LBUF_CACHES))
		return false;
	word = lbuf_cache_state(lbuf_self.own, (int64_t)i);
	state = *word;
	if (unlikely((uint32_t)state + (uint64_t)n > lbuf_cache_lim(word)))
		return false;
	/* What lies above the top does not matter: so it may turn out behind the copy. */
	if (unlikely(lbuf_chunk_copy_raw(lbuf_cache_slot(lbuf_self.own, state), chunks, n)))
		return false;
	__asm__ volatile("" : : : "memory"); /* the state after the chunks */
	LBUF_CACHE_WRITE(word, state + n);
	return true;
}

/**
 * Give back chunks that the caller knows to be alike, as rte_mbuf_raw_free_bulk() does with
 * mbufs: of this pool and of the class of this size, each with its last reference, none
 * marked as shared (lbuf_mem_share()). No descriptor is read but that of the first.
 *
 * Pools with LBUF_POOL_F_DEBUG check it: chunks that are not as they must be are logged,
 * counted by lbuf_pool_bugs(), and dealt with as by lbuf_chunk_put_bulk(). In other pools
 * who breaks the rule corrupts the pool. Where chunks of one size may be of several sockets
 * (LBUF_POLICY_PREFER with several sockets), which no caller knows, all are looked at, as
 * lbuf_chunk_put_bulk() does.
 *
 * @param pool
 *   The pool.
 * @param size
 *   Bytes that were asked for, or any other size of the same class.
 * @param chunks
 *   The chunks, none NULL; from any lcore, and any allocation.
 * @param n
 *   How many.
 *
 * Threads: any. Cost: two instructions for two chunks, where the cache has room.
 */
LBUF_INLINE void
lbuf_chunk_put_bulk_raw(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	if (n != 0 && unlikely(!lbuf_chunk_cache_bulk_raw(pool, size, chunks, n)))
		lbuf_chunk_put_bulk_raw_slow(pool, size, chunks, n);
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_RAW_H */
