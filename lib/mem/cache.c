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

static struct lbuf_lcore *
lcore_new(struct pool_priv *priv, unsigned int id)
{
	int socket = (int)rte_lcore_to_socket_id(id);
	int slot = pool_slot(priv, socket);
	struct lbuf_lcore *lcore;

	slot = RTE_MAX(slot, 0);
	lcore = rte_zmalloc_socket("lbuf_lcore", sizeof(*lcore) +
		slot_base(priv->nb_slots) * sizeof(struct lbuf_cache), RTE_CACHE_LINE_SIZE,
		priv->socket[slot]);
	if (lcore == NULL)
		return NULL;
	lcore->base = slot_base((uint32_t)slot);
	lcore->id = (uint16_t)id;
	priv->pub.lcore[id] = lcore;
	return lcore;
}

/* Caches of the calling thread; NULL if it has none. */
static struct lbuf_lcore *
lcore_self(struct pool_priv *priv)
{
	struct lbuf_lcore *lcore = lbuf_lcore_self(&priv->pub);
	unsigned int id = rte_lcore_id();

	if (lcore != priv->none)
		return lcore;
	if (id >= RTE_MAX_LCORE || (priv->params.flags & LBUF_POOL_F_NO_CACHE) != 0)
		return NULL;
	return lcore_new(priv, id);
}

/* Give a cache its room when it is first used. */
static int
cache_open(struct lbuf_cache *cache, const struct depot *depot)
{
	size_t n = pool_priv(depot->pool)->params.cache_bytes / depot->size;

	if (cache->cap != 0)
		return 0;
	n = RTE_MIN(RTE_MAX(n, (size_t)CACHE_MIN), (size_t)CACHE_MAX);
	cache->obj = rte_malloc_socket("lbuf_cache", n * sizeof(*cache->obj),
		RTE_CACHE_LINE_SIZE, depot->socket);
	if (cache->obj == NULL)
		return -ENOMEM;
	cache->cap = (uint32_t)n;
	return 0;
}

/* A chunk out of a cache, which is refilled to a half if it is empty. */
static struct lbuf_chunk *
cache_alloc(struct lbuf_lcore *lcore, struct depot *depot)
{
	struct lbuf_cache *cache = &lcore->cache[depot->cidx];
	uint32_t i;

	if (cache_open(cache, depot) != 0)
		return NULL;
	if (cache->len == 0) {
		cache->len = depot_get(depot, cache->obj, cache->cap / 2);
		if (cache->len == 0) {
			cache->failures++;
			return NULL;
		}
		cache->refills++;
		for (i = 0; i < cache->len; i++)
			cache->obj[i]->lcore = lcore->id;
	}
	cache->allocs++;
	return cache->obj[--cache->len];
}

/* A chunk for a thread that has no cache. */
static struct lbuf_chunk *
depot_alloc(struct depot *depot)
{
	struct lbuf_chunk *chunk = NULL;
	uint32_t got = depot_get(depot, &chunk, 1);

	if (got != 0)
		chunk->lcore = RTE_MAX_LCORE;
	rte_spinlock_lock(&depot->lock);
	if (got != 0)
		depot->allocs++;
	else
		depot->failures++;
	rte_spinlock_unlock(&depot->lock);
	return chunk;
}

static struct lbuf_chunk *
slot_alloc(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct lbuf_lcore *lcore;
	struct depot *depot;
	struct lbuf_chunk *chunk = NULL;

	if (size > priv->pub.middle_max)
		return large_alloc(priv, size, slot);
	depot = depot_of(priv, slot_base(slot) + lbuf_cache_index(&priv->pub, size));
	if (depot == NULL)
		return NULL;
	lcore = lcore_self(priv);
	if (lcore != NULL)
		chunk = cache_alloc(lcore, depot);
	else
		chunk = depot_alloc(depot);
	return chunk;
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
	uint32_t n = cache->cap / 2;

	depot_put(depot, cache->obj, n);
	cache->len -= n;
	memmove(cache->obj, cache->obj + n, cache->len * sizeof(*cache->obj));
	cache->flushes++;
}

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

	if (chunk->mem.cidx == CIDX_LARGE) {
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
	if (cache->len == cache->cap)
		cache_flush_half(cache, depot);
	if (chunk->lcore != lcore->id) {
		chunk->lcore = lcore->id;
		cache->remote++;
	}
	cache->obj[cache->len++] = chunk;
	cache->frees++;
}

void
lcore_flush(struct lbuf_lcore *lcore, struct pool_priv *priv)
{
	uint32_t c;

	for (c = 1; c < slot_base(priv->nb_slots); c++) {
		struct lbuf_cache *cache = &lcore->cache[c];

		if (cache->len == 0)
			continue;
		depot_put(priv->depot[c], cache->obj, cache->len);
		cache->len = 0;
		cache->flushes++;
	}
}
