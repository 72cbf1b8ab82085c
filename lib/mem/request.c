/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Chunks taken from the caches and depots, and given back to them: what lies behind
 * the inline functions where those find no chunk, or no room.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "debug.h"
#include "holders.h"
#include "notify.h"
#include "request.h"
#include "supply.h"

/* Largest request: more cannot be one object in C. */
#define SIZE_LIMIT ((size_t)PTRDIFF_MAX)

int
request_slot(const struct pool_priv *priv, size_t size, int socket, enum lbuf_share share)
{
	int i;

	if (socket == SOCKET_ID_ANY)
		i = (int)sockets_home(&priv->sockets, (int)rte_socket_id());
	else
		i = sockets_find(&priv->sockets, socket);
	if (size == 0 || size > SIZE_LIMIT || i < 0 || share >= LBUF_SHARE_NUM)
		return -EINVAL;
	return (int)slot_of(priv, (uint32_t)i, share);
}

/* Count a failure, and whether lcores have what was asked for. */
static void
count_failure(struct pool_priv *priv, struct depot *depot)
{
	bool stranded = lcores_hold(&priv->lcores, depot->cls.cidx);

	rte_spinlock_lock(&depot->lock);
	depot->failures++;
	depot->stranded += stranded;
	rte_spinlock_unlock(&depot->lock);
}

static struct lbuf_chunk *
fail(struct pool_priv *priv, struct depot *depot, int ret)
{
	count_failure(priv, depot);
	rte_errno = -ret;
	return NULL;
}

/* Fetch what the depot lacks for a cache, as often as it takes; 0 or a negative errno. */
static __rte_noinline int
take_fetched(struct pool_priv *priv, struct lcore_caches *lc, struct depot *depot,
		struct lbuf_chunk **chunks, uint32_t n, bool *sample)
{
	struct cache_batch batch;
	int got;

	batch.n = 0;
	while (cache_take(lc, depot, chunks, n, sample, &batch) != 0) {
		/* With no lock held: to make chunks takes long, and may need other locks. */
		got = supply_depot(priv, depot, batch.chunk, batch.want);
		if (got < 0)
			return got;
		batch.n = (uint32_t)got;
	}
	return 0;
}

/* A chunk out of a cache, which is refilled if it is empty; *sample: it is one. */
static struct lbuf_chunk *
cache_alloc(struct pool_priv *priv, struct lcore_caches *lc, struct depot *depot, bool *sample)
{
	struct lbuf_chunk *chunk;
	int ret;

	lcore_handle(lc);
	cache_open(lc, depot);
	ret = take_fetched(priv, lc, depot, &chunk, 1, sample);
	return ret != 0 ? fail(priv, depot, ret) : chunk;
}

/* Caches of the calling thread that chunks of a depot go by; NULL: they go by none. */
static struct lcore_caches *
caches_for(struct pool_priv *priv, const struct depot *depot)
{
	struct lcore_caches *lc = depot_is_cached(depot) ? lcore_self(&priv->lcores) : NULL;

	return lc != NULL && depot->cls.cidx < lc->nb ? lc : NULL;
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
depot_alloc(struct pool_priv *priv, struct depot *depot)
{
	struct lbuf_chunk *chunk = NULL;
	int ret = supply_depot(priv, depot, &chunk, 1);

	if (ret < 0)
		return fail(priv, depot, ret);
	count_alloc(depot);
	return chunk;
}

/* A large chunk has an owner in any pool. */
static struct lbuf_chunk *
large_alloc_owned(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller)
{
	struct lbuf_chunk *chunk = supply_large(priv, size, slot);

	if (chunk == NULL)
		return NULL;
	if (unlikely(pool_is_debug(priv)))
		debug_alloc(priv, chunk, size, caller);
	else
		owner_set(owner_of(chunk), chunk, size, caller);
	return chunk;
}

struct lbuf_chunk *
request_waiting(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller, bool grow)
{
	struct lbuf_chunk *chunk = NULL;
	struct depot *depot;
	int got;

	if (size_is_large(priv, size))
		return grow ? large_alloc_owned(priv, size, slot, caller) : NULL;
	depot = depot_for(priv, size, slot);
	if (depot == NULL)
		return NULL;
	got = grow ? supply_depot(priv, depot, &chunk, 1) : (int)depot_pop(depot, &chunk, 1);
	if (got <= 0)
		return NULL;
	count_alloc(depot);
	if (pool_is_debug(priv))
		debug_alloc(priv, chunk, size, caller);
	return chunk;
}

struct lbuf_chunk *
request_alloc(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller)
{
	struct lcore_caches *lc;
	struct lbuf_chunk *chunk;
	struct depot *depot;
	bool sample = false;

	if (size_is_large(priv, size))
		return large_alloc_owned(priv, size, slot, caller);
	depot = depot_for(priv, size, slot);
	if (depot == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	lc = caches_for(priv, depot);
	chunk = lc != NULL ? cache_alloc(priv, lc, depot, &sample) : depot_alloc(priv, depot);
	if (chunk == NULL)
		return NULL;
	if (unlikely(pool_is_debug(priv)))
		debug_alloc(priv, chunk, size, caller);
	else if (sample)
		chunk = sample_begin(&priv->samples, chunk, size, caller);
	return chunk;
}

bool
request_bulk(struct pool_priv *priv, size_t size, struct lbuf_chunk **chunks, unsigned int n,
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
	lcore_handle(lc);
	if (take_fetched(priv, lc, depot, chunks, n, &sample) != 0)
		return false;
	if (sample)
		chunks[0] = sample_begin(&priv->samples, chunks[0], size, caller);
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
	lcore_handle(lc);
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

uint32_t
request_free_run(struct lbuf_chunk *const *chunks, uint32_t n)
{
	struct lcore_caches *lc = lbuf_self.caches;
	uint32_t i = chunks[0]->mem.cidx, run;

	if (lbuf_cache_of(chunks[0]) >= 2 * LBUF_CACHES || !cache_is_open(lc, i) ||
			cache_is_wanted(lc, i))
		return 0;
	run = run_length(chunks, RTE_MIN(n, lc->cache[i].room));
	cache_put(lc, lc->shared->depots->depot[i], chunks, run);
	return run;
}

void
request_free(struct pool_priv *priv, struct lbuf_chunk *chunk)
{
	struct lcore_caches *lc;
	struct depot *depot;

	if (unlikely(pool_is_debug(priv)) && !debug_free(priv, chunk))
		return;
	if ((chunk->mem.flags & LBUF_MEM_TRACKED) != 0)
		chunk = sample_end(&priv->samples, chunk);
	if (chunk->tier == LBUF_TIER_LARGE) {
		large_free(&priv->slot[chunk->slot].large, chunk);
	} else {
		depot = priv->depots.depot[chunk->mem.cidx];
		lc = caches_for(priv, depot);
		if (lc != NULL)
			cache_recycle(lc, depot, chunk);
		else
			depot_recycle(depot, chunk);
	}
}
