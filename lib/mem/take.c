/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Chunks taken from the caches and depots, and given back to them: what lies behind
 * the inline functions where those find no chunk, or no room.
 */

#include <rte_errno.h>

#include "pool_priv.h"

/* Count a failure, and whether lcores have what was asked for. */
static void
count_failure(struct depot *depot)
{
	const struct pool_priv *priv = depot->priv;
	bool stranded = false;
	uint32_t id;

	for (id = 0; id < RTE_MAX_LCORE && !stranded; id++)
		stranded = priv->lcore[id] != NULL && cache_len(priv->lcore[id], depot->cidx) != 0;
	rte_spinlock_lock(&depot->lock);
	depot->failures++;
	depot->stranded += stranded;
	rte_spinlock_unlock(&depot->lock);
}

static struct lbuf_chunk *
fail(struct depot *depot, int ret)
{
	count_failure(depot);
	rte_errno = -ret;
	return NULL;
}

/* A chunk out of a cache, which is refilled if it is empty; *sample: it is one. */
static struct lbuf_chunk *
cache_alloc(struct lcore_caches *lc, struct depot *depot, bool *sample)
{
	struct lbuf_chunk *chunk;
	int ret;

	lcore_answer(lc, depot->priv);
	cache_open(lc, depot);
	ret = cache_take(lc, depot, &chunk, 1, sample);
	return ret != 0 ? fail(depot, ret) : chunk;
}

static void
count_alloc(struct depot *depot)
{
	rte_spinlock_lock(&depot->lock);
	depot->allocs++;
	rte_spinlock_unlock(&depot->lock);
}

/* A chunk for a thread that has no cache. */
static struct lbuf_chunk *
depot_alloc(struct depot *depot)
{
	struct lbuf_chunk *chunk = NULL;
	int ret = depot_get(depot, &chunk, 1);

	if (ret < 0)
		return fail(depot, ret);
	count_alloc(depot);
	return chunk;
}

struct lbuf_chunk *
take_one(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller, bool grow)
{
	struct lbuf_chunk *chunk = NULL;
	struct depot *depot;

	if (size > priv->pub.middle_max)
		return grow ? large_alloc(priv, size, slot, caller) : NULL;
	depot = depot_of(priv, slot_base(slot) + lbuf_cache_index(&priv->pub, size));
	if (depot == NULL)
		return NULL;
	if ((grow ? depot_get(depot, &chunk, 1) : (int)depot_pop(depot, &chunk, 1)) <= 0)
		return NULL;
	count_alloc(depot);
	if (pool_is_debug(priv))
		debug_alloc(priv, chunk, size, caller);
	return chunk;
}

struct lbuf_chunk *
slot_alloc(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller)
{
	struct lcore_caches *lc;
	struct lbuf_chunk *chunk;
	struct depot *depot;
	bool sample = false;

	if (size > priv->pub.middle_max)
		return large_alloc(priv, size, slot, caller);
	depot = depot_of(priv, slot_base(slot) + lbuf_cache_index(&priv->pub, size));
	if (depot == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	lc = depot->uncached ? NULL : lcore_self(priv);
	chunk = lc != NULL ? cache_alloc(lc, depot, &sample) : depot_alloc(depot);
	if (chunk == NULL)
		return NULL;
	if (unlikely(pool_is_debug(priv)))
		debug_alloc(priv, chunk, size, caller);
	else if (sample)
		track_begin(priv, chunk, size, caller);
	return chunk;
}

bool
cache_alloc_bulk(struct pool_priv *priv, size_t size, struct lbuf_chunk **chunks, unsigned int n,
		const void *caller)
{
	struct lcore_caches *lc = lbuf_self.caches;
	struct depot *depot;
	bool sample;
	uint32_t i;

	if (lbuf_self.pool != &priv->pub || size - 1 >= LBUF_CLASS_MAX || n > CACHE_BULK_MAX)
		return false;
	i = lc->base + lbuf_cache_index(&priv->pub, size);
	depot = depot_at(priv, i);
	if (depot == NULL || !cache_is_open(lc, i))
		return false;
	lcore_answer(lc, priv);
	if (cache_take(lc, depot, chunks, n, &sample) != 0)
		return false;
	if (sample)
		track_begin(priv, chunks[0], size, caller);
	return true;
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

static void
cache_recycle(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk *chunk)
{
	cache_open(lc, depot);
	cache_put(lc, depot, &chunk, 1);
	lcore_answer(lc, depot->priv);
}

void
lbuf_chunk_put_slow(struct lbuf_chunk *chunk)
{
	if (lbuf_mem_drop(&chunk->mem))
		lbuf_chunk_recycle_slow(chunk);
}

/* How many of the first chunks are like the first: of one class, and free to go. */
static uint32_t
run_length(struct lbuf_chunk *const *chunks, uint32_t n)
{
	uint64_t head = lbuf_mem_head(&chunks[0]->mem);
	uint32_t run = 1;

	while (run < n && lbuf_mem_head(&chunks[run]->mem) == head)
		run++;
	return run;
}

/* Put the first chunks on their cache at once; returns how many, or 0: it cannot. */
static uint32_t
cache_recycle_run(struct lbuf_chunk *const *chunks, uint32_t n)
{
	struct lcore_caches *lc = lbuf_self.caches;
	uint32_t i = chunks[0]->mem.cidx, run;

	if (lbuf_cache_of(chunks[0]) >= 2 * LBUF_CACHES || !cache_is_open(lc, i) ||
			__atomic_load_n(&lc->bell, __ATOMIC_RELAXED) != 0)
		return 0;
	run = run_length(chunks, RTE_MIN(n, lc->cache[i].room));
	cache_put(lc, pool_priv(chunks[0]->pool)->depot[i], chunks, run);
	return run;
}

void
lbuf_chunk_put_bulk_slow(struct lbuf_chunk **chunks, unsigned int n)
{
	uint32_t run;

	for (; n != 0; chunks += run, n -= run) {
		run = cache_recycle_run(chunks, n);
		if (run != 0)
			continue;
		lbuf_chunk_put(chunks[0]);
		run = 1;
	}
}

/* Take a chunk back whose last reference is gone. */
static void
recycle(struct pool_priv *priv, struct lbuf_chunk *chunk)
{
	struct lcore_caches *lc;
	struct depot *depot;

	if (unlikely(pool_is_debug(priv)) && !debug_free(priv, chunk))
		return;
	if ((chunk->mem.flags & LBUF_MEM_TRACKED) != 0)
		track_end(priv, chunk);
	if (chunk->tier == LBUF_TIER_LARGE) {
		large_free(chunk);
	} else {
		depot = priv->depot[chunk->mem.cidx];
		lc = depot->uncached ? NULL : lcore_self(priv);
		if (lc != NULL)
			cache_recycle(lc, depot, chunk);
		else
			depot_recycle(depot, chunk);
	}
}

void
lbuf_chunk_recycle_slow(struct lbuf_chunk *chunk)
{
	struct pool_priv *priv = pool_priv(chunk->pool);

	recycle(priv, chunk);
	if (unlikely(__atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0))
		waiters_serve(priv, false);
}

/* For who is in the middle of something: those who wait are served by the tender. */
void
lbuf_chunk_recycle_quietly(struct lbuf_chunk *chunk)
{
	struct pool_priv *priv = pool_priv(chunk->pool);

	recycle(priv, chunk);
	if (unlikely(__atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0))
		tender_hurry();
}
