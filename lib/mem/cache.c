/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Behind the fast paths of lbuf_chunk.h: lcore caches that are empty, full, or
 * not there yet, and threads that have none.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "pool_priv.h"

/* Least and most chunks that a cache holds. */
#define CACHE_MIN 16
#define CACHE_MAX 512

/* Largest request: more cannot be one object in C. */
#define SIZE_LIMIT ((size_t)PTRDIFF_MAX)

__thread struct lbuf_self lbuf_self;

static struct lbuf_lcore *
lcore_new(struct pool_priv *priv, unsigned int id)
{
	int socket = (int)rte_lcore_to_socket_id(id);
	int slot = pool_slot(priv, socket);
	struct lbuf_lcore *lcore;
	uint32_t c;

	slot = RTE_MAX(slot, 0);
	lcore = rte_zmalloc_socket("lbuf_lcore",
			sizeof(*lcore) + nb_caches(priv) * sizeof(lcore->cache[0]),
			RTE_CACHE_LINE_SIZE, priv->socket[slot]);
	if (lcore == NULL)
		return NULL;
	lcore->home = priv->pub.id << HOME_LCORE_BITS | id;
	lcore->base = slot_base((uint32_t)slot);
	for (c = 0; c < nb_caches(priv); c++) {
		lcore->cache[c].top = &lcore->none + 1;
		lcore->cache[c].lim = lcore->cache[c].top;
	}
	priv->lcore[id] = lcore;
	return lcore;
}

void
lcore_free(struct lbuf_lcore *lcore, const struct pool_priv *priv)
{
	uint32_t c;

	if (lcore == NULL)
		return;
	for (c = 0; c < nb_caches(priv); c++)
		if (lcore->cache[c].obj != NULL)
			rte_free(lcore->cache[c].obj - 1);
	rte_free(lcore);
}

struct lbuf_lcore *
lcore_self(struct pool_priv *priv)
{
	unsigned int id = rte_lcore_id();
	struct lbuf_lcore *lcore;

	if (likely(lbuf_self.pool_id == priv->pub.id))
		return lbuf_self.lcore;
	if (id >= RTE_MAX_LCORE || (priv->params.flags & LBUF_POOL_F_NO_CACHE) != 0)
		return NULL;
	lcore = priv->lcore[id];
	if (lcore == NULL)
		lcore = lcore_new(priv, id);
	if (lcore == NULL)
		return NULL;
	lbuf_self.pool_id = priv->pub.id;
	lbuf_self.home = lcore->home;
	lbuf_self.lcore = lcore;
	return lcore;
}

/* Give a cache its room when it is first used. */
static int
cache_open(struct lbuf_cache *cache, const struct depot *depot)
{
	size_t n = pool_priv(depot->pool)->params.cache_bytes / depot->size;
	struct lbuf_chunk **obj;

	if (cache->obj != NULL)
		return 0;
	n = RTE_MAX(n, (size_t)CACHE_MIN);
	n = RTE_MIN(n, (size_t)CACHE_MAX);
	obj = rte_zmalloc_socket("lbuf_cache", (1 + n) * sizeof(*obj), RTE_CACHE_LINE_SIZE,
			depot->socket);
	if (obj == NULL)
		return -ENOMEM;
	cache->obj = obj + 1; /* above the NULL at the bottom */
	cache->top = cache->obj;
	cache->lim = cache->obj + n;
	return 0;
}

static uint32_t
cache_room(const struct lbuf_cache *cache)
{
	return (uint32_t)(cache->lim - cache->obj);
}

/* Fill the lower half of an empty cache. */
static uint32_t
cache_refill(struct lbuf_cache *cache, struct depot *depot, uint32_t home)
{
	uint32_t i, n = depot_get(depot, cache->obj, cache_room(cache) / 2);

	if (n == 0)
		return 0;
	for (i = 0; i < n; i++)
		cache->obj[i]->home = home;
	cache->top = cache->obj + n;
	cache->refilled += n;
	cache->refills++;
	return n;
}

static void
count_failure(struct depot *depot)
{
	rte_spinlock_lock(&depot->lock);
	depot->failures++;
	rte_spinlock_unlock(&depot->lock);
}

/* A chunk out of a cache, which is refilled if it is empty. */
static struct lbuf_chunk *
cache_alloc(struct lbuf_lcore *lcore, struct depot *depot)
{
	struct lbuf_cache *cache = &lcore->cache[depot->cidx];

	if (cache_open(cache, depot) != 0 ||
			(cache->top == cache->obj &&
					cache_refill(cache, depot, lcore->home) == 0)) {
		count_failure(depot);
		return NULL;
	}
	return *--cache->top;
}

/* A chunk for a thread that has no cache. */
static struct lbuf_chunk *
depot_alloc(struct depot *depot)
{
	struct lbuf_chunk *chunk = NULL;

	if (depot_get(depot, &chunk, 1) == 0) {
		count_failure(depot);
		return NULL;
	}
	chunk->home = LBUF_NO_HOME;
	rte_spinlock_lock(&depot->lock);
	depot->allocs++;
	rte_spinlock_unlock(&depot->lock);
	return chunk;
}

static struct lbuf_chunk *
slot_alloc(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct lbuf_lcore *lcore;
	struct depot *depot;

	if (size > priv->pub.middle_max)
		return large_alloc(priv, size, slot);
	depot = depot_of(priv, slot_base(slot) + lbuf_cache_index(&priv->pub, size));
	if (depot == NULL)
		return NULL;
	lcore = lcore_self(priv);
	return lcore != NULL ? cache_alloc(lcore, depot) : depot_alloc(depot);
}

static void
count_fallback(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct large *large = &priv->large[slot];
	struct depot *depot;

	if (size > priv->pub.middle_max) {
		rte_spinlock_lock(&large->lock);
		large->stats.fallbacks++;
		rte_spinlock_unlock(&large->lock);
		return;
	}
	depot = depot_of(priv, slot_base(slot) + lbuf_cache_index(&priv->pub, size));
	if (depot == NULL)
		return;
	rte_spinlock_lock(&depot->lock);
	depot->fallbacks++;
	rte_spinlock_unlock(&depot->lock);
}

/* A chunk on a slot or, if the policy says so, on one near to it. */
static struct lbuf_chunk *
policy_alloc(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct lbuf_chunk *chunk = slot_alloc(priv, size, slot);
	uint32_t tried = 1u << slot;
	int other;

	while (chunk == NULL && priv->params.policy == LBUF_POLICY_PREFER) {
		other = pool_nearest_slot(priv, slot, tried);
		if (other < 0)
			return NULL;
		chunk = slot_alloc(priv, size, (uint32_t)other);
		tried |= 1u << other;
		if (chunk != NULL)
			count_fallback(priv, size, slot);
	}
	return chunk;
}

static bool
injected(struct pool_priv *priv)
{
	return unlikely(priv->inject > 0) && --priv->inject == 0;
}

struct lbuf_chunk *
lbuf_chunk_alloc_slow(struct lbuf_pool *pool, size_t size, int socket)
{
	struct pool_priv *priv = pool_priv(pool);
	struct lbuf_chunk *chunk = NULL;
	int slot;

	if (socket == SOCKET_ID_ANY)
		slot = RTE_MAX(pool_slot(priv, (int)rte_socket_id()), 0);
	else
		slot = pool_slot(priv, socket);
	if (size == 0 || size > SIZE_LIMIT || slot < 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	if (!injected(priv))
		chunk = policy_alloc(priv, size, (uint32_t)slot);
	if (chunk == NULL)
		rte_errno = ENOMEM;
	return chunk;
}

/* Pass the colder half of a full cache on to the depot. */
static void
cache_flush_half(struct lbuf_cache *cache, struct depot *depot)
{
	uint32_t n = cache_room(cache) / 2;

	depot_put(depot, cache->obj, n);
	cache->top -= n;
	memmove(cache->obj, cache->obj + n, cache_len(cache) * sizeof(*cache->obj));
	cache->flushed += n;
	cache->flushes++;
}

/* Take a chunk back on a thread that has no cache. */
static void
depot_recycle(struct depot *depot, struct lbuf_chunk *chunk)
{
	depot_put(depot, &chunk, 1);
	rte_spinlock_lock(&depot->lock);
	depot->frees++;
	rte_spinlock_unlock(&depot->lock);
}

void
lbuf_chunk_recycle_slow(struct lbuf_chunk *chunk)
{
	struct pool_priv *priv = pool_priv(chunk->pool);
	struct lbuf_cache *cache;
	struct lbuf_lcore *lcore;
	struct depot *depot;

	if (chunk->tier == LBUF_TIER_LARGE) {
		large_free(chunk);
		return;
	}
	depot = priv->depot[chunk->mem.cidx];
	lcore = lcore_self(priv);
	cache = lcore == NULL ? NULL : &lcore->cache[depot->cidx];
	if (cache == NULL || cache_open(cache, depot) != 0) {
		depot_recycle(depot, chunk);
		return;
	}
	if (cache->top == cache->lim)
		cache_flush_half(cache, depot);
	if (chunk->home != lcore->home) {
		chunk->home = lcore->home;
		cache->remote++;
	}
	*cache->top++ = chunk;
	cache->frees++;
}

void
lcore_flush(struct lbuf_lcore *lcore, struct pool_priv *priv)
{
	uint32_t c;

	if (lcore == NULL)
		return;
	for (c = 0; c < nb_caches(priv); c++) {
		struct lbuf_cache *cache = &lcore->cache[c];
		uint32_t n = cache_len(cache);

		if (n == 0)
			continue;
		depot_put(priv->depot[c], cache->obj, n);
		cache->top = cache->obj;
		cache->flushed += n;
		cache->flushes++;
	}
}
