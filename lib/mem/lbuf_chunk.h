/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Chunks: contiguous memory of one tier, with a reference count.
 *
 * The descriptor is one cache line (64 bytes, also where DPDK takes lines for 128) and
 * lies apart from the data, which wastes nothing then and cannot overrun a header. Data
 * is aligned to a cache line, or to the largest power of two in the size if that is
 * less, that of the large tier to a page: chunks that all began with a page would share
 * few sets of the caches. A chunk that lies free has a reference count of 1: allocating
 * and freeing it write neither its descriptor nor its data. So a chunk that wanders from
 * lcore to lcore takes no cache line along but those of its data.
 */

#ifndef LBUF_CHUNK_H
#define LBUF_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include <rte_common.h>
#include <rte_lcore.h>
#include <rte_memory.h>

#include <lbuf_cache.h>
#include <lbuf_pool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lbuf_slab;

/** Bit that the addresses of stand-ins have, and those of other descriptors have not: a
 *  chunk of the sample that is kept account of is handed out as a copy of its descriptor,
 *  which lies apart.
 */
#define LBUF_CHUNK_STAND_IN 32

/** Descriptor of a chunk. Read freely; only the library writes it. */
struct lbuf_chunk {
	struct lbuf_mem mem;    /**< Reference count; must be first. */
	uint32_t track;         /**< With LBUF_MEM_TRACKED: which stand-in it is. */
	int32_t socket;         /**< Socket of the memory. */
	uint8_t *data;          /**< First byte. */
	size_t size;            /**< Bytes, the requested ones or more. */
	rte_iova_t iova;        /**< Of data; RTE_BAD_IOVA if it has none. */
	struct lbuf_pool *pool; /**< Where it returns to. */
	struct lbuf_slab *slab; /**< Memory it was cut from. */
	uint8_t tier;           /**< enum lbuf_tier */
	uint8_t slot;           /**< Index of its socket in the pool. */
	uint8_t page_shift;     /**< log2 of pages that IOVA breaks at; 0: none. */
} __rte_aligned(LBUF_CHUNK_STAND_IN);

/** The chunk that a memory head belongs to; its kind must be LBUF_MEM_CHUNK. */
LBUF_INLINE struct lbuf_chunk *
lbuf_chunk_of(struct lbuf_mem *mem)
{
	return (struct lbuf_chunk *)mem;
}

/** @cond parts of lbuf_chunk_alloc() and lbuf_chunk_put(). Not to be called. */
__rte_cold struct lbuf_chunk *
lbuf_chunk_alloc_slow(struct lbuf_pool *pool, size_t size, int socket);
__rte_cold void
lbuf_chunk_recycle_slow(struct lbuf_chunk *chunk);
__rte_cold void
lbuf_chunk_recycle_quietly(struct lbuf_chunk *chunk);
__rte_cold void
lbuf_chunk_put_slow(struct lbuf_chunk *chunk);
__rte_cold struct lbuf_chunk *
lbuf_chunk_alloc_popped(struct lbuf_pool *pool, size_t size, struct lbuf_chunk *chunk);
__rte_cold int
lbuf_chunk_alloc_bulk_slow(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n);
__rte_cold int
lbuf_chunk_alloc_bulk_popped(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n);
__rte_cold void
lbuf_chunk_put_bulk_slow(struct lbuf_chunk **chunks, unsigned int n);
/** @endcond */

/** lbuf_chunk_alloc() of a class. For the library only. */
static inline struct lbuf_chunk *
lbuf_cache_pop(struct lbuf_pool *pool, size_t size, uint32_t cls)
{
	size_t i = cls + (size >= pool->middle_min);
	struct lbuf_lcore *own = lbuf_self.own;
	uint64_t *word = lbuf_cache_state(own, (int64_t)i);
	uint64_t at = *word, state = at - LBUF_STATE_STEP;
	struct lbuf_chunk **slot, *chunk;

	lbuf_cache_note(i);
	slot = lbuf_cache_commit(own, &word, state, at);
	chunk = LBUF_CACHE_READ(slot - 1);
	if (unlikely(chunk == NULL))
		return lbuf_chunk_alloc_popped(pool, size, NULL);
	if (unlikely((int64_t)state < 0))
		return lbuf_chunk_alloc_popped(pool, size, chunk);
	return chunk;
}

/**
 * Allocate a chunk on the calling lcore's socket.
 *
 * On a thread that is no EAL lcore: on its socket if it has one, else on the
 * first. Where the socket's node has no memory: on the nearest one that has, see
 * lbuf_pool_params::sockets. Any thread.
 *
 * @param pool
 *   The pool.
 * @param size
 *   Bytes, at least 1.
 * @return
 *   The chunk, with one reference: the caller's, who gives it back with
 *   lbuf_chunk_put(). Its content is undefined. NULL on error, with rte_errno:
 *   - EINVAL: size is 0, or so large that it cannot be an object
 *   - ENOMEM: out of memory
 *
 * Cost: a few instructions, whatever the size up to middle_max, when the
 * lcore's cache holds a chunk; else a batch from the depot.
 */
LBUF_INLINE struct lbuf_chunk *
lbuf_chunk_alloc(struct lbuf_pool *pool, size_t size)
{
	const uint8_t *row = lbuf_class_row();
	size_t last = size - 1;

	if (unlikely(lbuf_self.pool != pool))
		return lbuf_chunk_alloc_slow(pool, size, SOCKET_ID_ANY);
	if (likely(last < LBUF_CLASS_FINE_MAX))
		return lbuf_cache_pop(pool, size, lbuf_class_fine(row, last));
	if (unlikely(last >= LBUF_CLASS_MAX))
		return lbuf_chunk_alloc_slow(pool, size, SOCKET_ID_ANY);
	return lbuf_cache_pop(pool, size, lbuf_class_coarse(row, last));
}

/**
 * Allocate a chunk on a socket.
 *
 * @param pool
 *   The pool.
 * @param size
 *   Bytes, at least 1.
 * @param socket
 *   Socket id, or SOCKET_ID_ANY for lbuf_chunk_alloc()'s.
 * @return
 *   As lbuf_chunk_alloc(); EINVAL also for a socket that does not exist.
 */
struct lbuf_chunk *
lbuf_chunk_alloc_socket(struct lbuf_pool *pool, size_t size, int socket);

/** Two pointers. */
typedef uint64_t lbuf_chunk_pair_t __attribute__((vector_size(16), may_alias, aligned(8)));

/**
 * Copy pointers. For the library only. A call of memcpy() would cost as much as the
 * copy of a burst, and stores of another width would not be forwarded.
 */
static inline void
lbuf_chunk_copy(struct lbuf_chunk **dst, struct lbuf_chunk *const *src, unsigned int n)
{
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
	}
#endif
	for (; i < n; i++)
		LBUF_CACHE_WRITE(&dst[i], LBUF_CACHE_READ(&src[i]));
}

/**
 * Allocate chunks of one size, all or none.
 *
 * @param pool
 *   The pool.
 * @param size
 *   Bytes of each, at least 1.
 * @param chunks
 *   Receives the chunks.
 * @param n
 *   How many.
 * @return
 *   0, or a negative errno as lbuf_chunk_alloc().
 */
LBUF_INLINE int
lbuf_chunk_alloc_bulk(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	struct lbuf_chunk **slot;
	uint64_t at, state, *word;
	uint32_t cls;
	size_t i;

	cls = lbuf_class_find(size);
	if (unlikely(lbuf_self.pool != pool || cls == LBUF_CLASS_NONE))
		return lbuf_chunk_alloc_bulk_slow(pool, size, chunks, n);
	i = cls + (size >= pool->middle_min);
	word = lbuf_cache_state(lbuf_self.own, (int64_t)i);
	at = *word;
	state = at - n * LBUF_STATE_STEP;
	slot = lbuf_cache_commit(lbuf_self.own, &word, state, state);
	/* How many there are is read only now: who steals lessens it before it takes any. */
	if (unlikely((int64_t)((uint32_t)at - lbuf_cache_obj(word)) < (int64_t)n ||
			    (int64_t)state < 0))
		return lbuf_chunk_alloc_bulk_popped(pool, size, chunks, n);
	__asm__ volatile("" : "+r"(slot)); /* not to be read before */
	lbuf_chunk_copy(chunks, slot, n);
	return 0;
}

/** Take a further reference. Cost: one increment, see lbuf_mem_get(). */
LBUF_INLINE void
lbuf_chunk_get(struct lbuf_chunk *chunk)
{
	lbuf_mem_get(&chunk->mem);
}

/**
 * Which cache of the calling thread a chunk goes to. For the library only.
 *
 * @return
 *   LBUF_CACHES and the index from the first cache of the lcore's socket on, which may
 *   be negative. At least 2 * LBUF_CACHES if the chunk is none of the thread's pool,
 *   has further references, or is not to be cached.
 */
static inline uint64_t
lbuf_cache_of(const struct lbuf_chunk *chunk)
{
	return lbuf_mem_head(&chunk->mem) - lbuf_self.want;
}

/** Put a chunk on its cache; false if that cannot be. For the library only. */
static inline bool
lbuf_chunk_cache(struct lbuf_chunk *chunk)
{
	uint64_t i = lbuf_cache_of(chunk), state, *word;
	struct lbuf_lcore *own = lbuf_self.own;
	struct lbuf_chunk **slot;

	if (!lbuf_cache_guess(&i) && unlikely(i >= 2 * LBUF_CACHES))
		return false;
	word = lbuf_cache_state(own, (int64_t)i - LBUF_CACHES);
	state = *word;
	if (unlikely((uint32_t)state >= lbuf_cache_lim(word)))
		return false;
	slot = lbuf_cache_slot(own, state);
	LBUF_CACHE_WRITE(slot, chunk);
	__asm__("" : "+r"(word) : "m"(*slot)); /* the state after the chunk */
	LBUF_CACHE_WRITE(word, state + 1);
	return true;
}

/** Give a chunk back whose last reference is gone. For the library only: lbuf_chunk_put(). */
static inline void
lbuf_chunk_recycle(struct lbuf_chunk *chunk)
{
	if (unlikely(!lbuf_chunk_cache(chunk)))
		lbuf_chunk_recycle_slow(chunk);
}

/**
 * Drop a reference; the last one gives the chunk back.
 *
 * Any thread, but mind lbuf_mem_share() when references are on several lcores.
 *
 * @param chunk
 *   The chunk; NULL does nothing.
 */
LBUF_INLINE void
lbuf_chunk_put(struct lbuf_chunk *chunk)
{
	if (chunk == NULL)
		return;
	if (unlikely(!lbuf_chunk_cache(chunk)))
		lbuf_chunk_put_slow(chunk);
}

/** The first 16 bytes of a descriptor, the same in all free chunks of a class. */
typedef uint64_t lbuf_chunk_head_t __attribute__((vector_size(16), may_alias));

/** Whether the heads of all chunks are that of the first. For the library only. */
static inline bool
lbuf_chunks_alike(struct lbuf_chunk **chunks, unsigned int n)
{
	lbuf_chunk_head_t want = *(const lbuf_chunk_head_t *)chunks[0];
	lbuf_chunk_head_t a = { 0, 0 }, b = { 0, 0 };
	unsigned int i;

	for (i = 0; i + 4 <= n; i += 4) {
		a |= (*(const lbuf_chunk_head_t *)chunks[i] ^ want) |
				(*(const lbuf_chunk_head_t *)chunks[i + 1] ^ want);
		b |= (*(const lbuf_chunk_head_t *)chunks[i + 2] ^ want) |
				(*(const lbuf_chunk_head_t *)chunks[i + 3] ^ want);
	}
	for (; i < n; i++)
		a |= *(const lbuf_chunk_head_t *)chunks[i] ^ want;
	a |= b;
	return (a[0] | a[1]) == 0;
}

/** Put alike chunks on their cache; false if it has no room. For the library only. */
static inline bool
lbuf_chunk_cache_bulk(struct lbuf_chunk **chunks, unsigned int n)
{
	uint64_t i = lbuf_self.bulk, state, *word;

	/* Mostly it is the same as last time: then where to store does not wait for chunks. */
	if (unlikely(lbuf_cache_of(chunks[0]) != i))
		lbuf_self.bulk = i = lbuf_cache_of(chunks[0]);
	if (unlikely(i >= 2 * LBUF_CACHES))
		return false;
	word = lbuf_cache_state(lbuf_self.own, (int64_t)i - LBUF_CACHES);
	state = *word;
	if (unlikely((uint32_t)state + (uint64_t)n > lbuf_cache_lim(word)))
		return false;
	if (unlikely(!lbuf_chunks_alike(chunks, n)))
		return false;
	lbuf_chunk_copy(lbuf_cache_slot(lbuf_self.own, state), chunks, n);
	__asm__ volatile("" : : : "memory"); /* the state after the chunks */
	LBUF_CACHE_WRITE(word, state + n);
	return true;
}

/**
 * Drop a reference of each chunk of an array.
 *
 * @param chunks
 *   The chunks, of any sizes and pools; none NULL. Fastest when all are of one
 *   class, each with its last reference.
 * @param n
 *   How many.
 */
LBUF_INLINE void
lbuf_chunk_put_bulk(struct lbuf_chunk **chunks, unsigned int n)
{
	if (n != 0 && unlikely(!lbuf_chunk_cache_bulk(chunks, n)))
		lbuf_chunk_put_bulk_slow(chunks, n);
}

/**
 * IOVA of an address inside a chunk. A large chunk has one as soon as the pool has a
 * device: see lbuf_pool_dev_add().
 *
 * @param chunk
 *   The chunk.
 * @param addr
 *   The address.
 * @param len
 *   In: bytes wanted. Out: bytes from there that are contiguous in IOVA space;
 *   fewer only in PA mode, where the chunk crosses a page.
 * @return
 *   The IOVA; RTE_BAD_IOVA if the memory has none.
 */
rte_iova_t
lbuf_chunk_iova(const struct lbuf_chunk *chunk, const void *addr, size_t *len);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_CHUNK_H */
