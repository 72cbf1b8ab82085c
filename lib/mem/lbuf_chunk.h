/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Chunks: contiguous memory of one tier, with a reference count.
 *
 * The descriptor is one cache line and lies apart from the data, so that data
 * is aligned to its own size or to a page, wastes nothing and cannot overrun a
 * header. A chunk that lies free has a reference count of 1: allocating it
 * touches neither its descriptor nor its data.
 */

#ifndef LBUF_CHUNK_H
#define LBUF_CHUNK_H

#include <stdbool.h>

#include <rte_common.h>
#include <rte_lcore.h>
#include <rte_memcpy.h>

#include <lbuf_pool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lbuf_slab;

/** lbuf_chunk::home of chunks that no lcore caches. */
#define LBUF_NO_HOME UINT32_MAX

/** Descriptor of a chunk. Read freely; only the library writes it. */
struct lbuf_chunk {
	struct lbuf_mem mem;    /**< Reference count; must be first. */
	uint32_t home;          /**< lbuf_lcore::home of who handed it out. */
	int32_t socket;         /**< Socket of the memory. */
	uint8_t *data;          /**< First byte. */
	size_t size;            /**< Bytes, the requested ones or more. */
	rte_iova_t iova;        /**< Of data; RTE_BAD_IOVA if it has none. */
	struct lbuf_pool *pool; /**< Where it returns to. */
	struct lbuf_slab *slab; /**< Memory it was cut from. */
	uint8_t tier;           /**< enum lbuf_tier */
	uint8_t slot;           /**< Index of its socket in the pool. */
	uint8_t page_shift;     /**< log2 of pages that IOVA breaks at; 0: none. */
} __rte_cache_aligned;

/** The chunk that a memory head belongs to; its kind must be LBUF_MEM_CHUNK. */
static inline struct lbuf_chunk *
lbuf_chunk_of(struct lbuf_mem *mem)
{
	return (struct lbuf_chunk *)mem;
}

/** @cond parts of lbuf_chunk_alloc() and lbuf_chunk_put(). Not to be called. */
struct lbuf_chunk *
lbuf_chunk_alloc_slow(struct lbuf_pool *pool, size_t size, int socket);
void
lbuf_chunk_recycle_slow(struct lbuf_chunk *chunk);
int
lbuf_chunk_alloc_bulk_slow(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n);
/** @endcond */

/** Index among the caches of one socket: small classes, then middle ones. */
static inline uint32_t
lbuf_cache_index(const struct lbuf_pool *pool, size_t size)
{
	return lbuf_class_index(size) + (size >= pool->middle_min ? LBUF_CLASS_NUM : 0);
}

/**
 * Allocate a chunk on the calling lcore's socket.
 *
 * On a thread that is no EAL lcore: on its socket if it has one, else on the
 * first. Any thread.
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
static inline struct lbuf_chunk *
lbuf_chunk_alloc(struct lbuf_pool *pool, size_t size)
{
	struct lbuf_lcore *lcore = lbuf_self.lcore;
	struct lbuf_chunk *chunk;
	struct lbuf_cache *cache;

	if (unlikely(lbuf_self.pool_id != pool->id || size - 1 >= pool->middle_max))
		return lbuf_chunk_alloc_slow(pool, size, SOCKET_ID_ANY);
	cache = &lcore->cache[lcore->base + lbuf_cache_index(pool, size)];
	chunk = cache->top[-1];
	if (unlikely(chunk == NULL))
		return lbuf_chunk_alloc_slow(pool, size, SOCKET_ID_ANY);
	cache->top--;
	return chunk;
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
static inline int
lbuf_chunk_alloc_bulk(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	struct lbuf_lcore *lcore = lbuf_self.lcore;
	struct lbuf_cache *cache;

	if (unlikely(lbuf_self.pool_id != pool->id || size - 1 >= pool->middle_max))
		return lbuf_chunk_alloc_bulk_slow(pool, size, chunks, n);
	cache = &lcore->cache[lcore->base + lbuf_cache_index(pool, size)];
	if (unlikely((size_t)(cache->top - cache->obj) < n || cache->obj == NULL))
		return lbuf_chunk_alloc_bulk_slow(pool, size, chunks, n);
	cache->top -= n;
	rte_memcpy(chunks, cache->top, n * sizeof(*chunks));
	return 0;
}

/** Take a further reference. Cost: one increment, see lbuf_mem_get(). */
static inline void
lbuf_chunk_get(struct lbuf_chunk *chunk)
{
	lbuf_mem_get(&chunk->mem);
}

/** Give a chunk back whose last reference is gone. Use lbuf_chunk_put(). */
static inline void
lbuf_chunk_recycle(struct lbuf_chunk *chunk)
{
	struct lbuf_cache *cache;

	/* Of another pool, of another lcore, or never cached. */
	if (unlikely(chunk->home != lbuf_self.home)) {
		lbuf_chunk_recycle_slow(chunk);
		return;
	}
	cache = &lbuf_self.lcore->cache[chunk->mem.cidx];
	if (unlikely(cache->top == cache->lim)) {
		lbuf_chunk_recycle_slow(chunk);
		return;
	}
	*cache->top++ = chunk;
	cache->frees++;
}

/**
 * Drop a reference; the last one gives the chunk back.
 *
 * Any thread, but mind lbuf_mem_share() when references are on several lcores.
 *
 * @param chunk
 *   The chunk; NULL does nothing.
 */
static inline void
lbuf_chunk_put(struct lbuf_chunk *chunk)
{
	if (chunk != NULL && lbuf_mem_drop(&chunk->mem))
		lbuf_chunk_recycle(chunk);
}

/** What a free looks at: the first 16 bytes of a descriptor. */
typedef uint64_t lbuf_chunk_head_t __attribute__((vector_size(16), may_alias));

/**
 * Whether all chunks can go to the lcore's cache side by side: of one class, each
 * with its last reference, handed out by this lcore. For the library only.
 */
static inline bool
lbuf_chunks_alike(struct lbuf_chunk **chunks, unsigned int n)
{
	const struct lbuf_chunk *first = chunks[0];
	lbuf_chunk_head_t want = *(const lbuf_chunk_head_t *)first, diff = { 0, 0 };
	unsigned int i;

	if (first->mem.refcnt != 1 || first->mem.flags != 0 || first->home != lbuf_self.home)
		return false;
	for (i = 1; i < n; i++)
		diff |= *(const lbuf_chunk_head_t *)chunks[i] ^ want;
	return (diff[0] | diff[1]) == 0;
}

/**
 * Drop a reference of each chunk of an array.
 *
 * @param chunks
 *   The chunks, of any sizes and pools; none NULL. Fastest when all are alike.
 * @param n
 *   How many.
 */
static inline void
lbuf_chunk_put_bulk(struct lbuf_chunk **chunks, unsigned int n)
{
	struct lbuf_cache *cache;
	unsigned int i;

	if (n != 0 && likely(lbuf_chunks_alike(chunks, n))) {
		cache = &lbuf_self.lcore->cache[chunks[0]->mem.cidx];
		if (likely((size_t)(cache->lim - cache->top) >= n)) {
			rte_memcpy(cache->top, chunks, n * sizeof(*chunks));
			cache->top += n;
			cache->frees += n;
			return;
		}
	}
	for (i = 0; i < n; i++)
		lbuf_chunk_put(chunks[i]);
}

/**
 * IOVA of an address inside a chunk.
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
