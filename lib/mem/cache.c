/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Caches of lcores: opened, filled, flushed, and called upon by others.
 *
 * An lcore alone touches its caches. Who wants something of it lowers the limits
 * of all its caches ("rings"), so that its next free comes by here: that costs the
 * data path nothing. A ring asks for one of three things: to give up caches that lie
 * idle, as the tender saw them (struct cache); to empty all, for who trims; and, while
 * somebody waits for memory, to pass what is freed on to the depots.
 */

#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "pool_priv.h"

/* What a cache may hold to begin with, bytes, but chunks within these bounds. */
#define START_BYTES ((size_t)256 << 10)
#define START_MIN 8
#define START_MAX 64
/* It may grow to this in any case, so that bursts of 32 fit twice, or to the most. */
#define ROOM_BURSTS 64
#define ROOM_MAX 512
/* NULLs under the lowest chunk: one would do, but so bursts are aligned. */
#define BOTTOM (RTE_CACHE_LINE_SIZE / sizeof(struct lbuf_chunk *))
/* Trips to the depot that double a cache. */
#define TRIPS 16

_Static_assert(offsetof(struct lbuf_lcore, lim) == sizeof(void *) * LBUF_CACHES &&
				sizeof(int64_t) == sizeof(void *),
		"elements of all arrays have one size: lbuf_self.own moves on by elements");

__thread struct lbuf_self lbuf_self;

/* Chunks that a cache may hold to begin with. */
static uint32_t
room_start(const struct depot *depot)
{
	size_t n = START_BYTES / depot->size;

	return (uint32_t)RTE_MIN(RTE_MAX(n, (size_t)START_MIN), (size_t)START_MAX);
}

static void
set_lim(struct lcore_caches *lc, uint32_t i, struct lbuf_chunk **lim)
{
	__atomic_store_n(&lc->pub.lim[i], lim, __ATOMIC_RELAXED);
}

static void
cache_reset(struct lcore_caches *lc, uint32_t i)
{
	lc->pub.top[i] = &lc->none + 1;
	lc->pub.obj[i] = &lc->none + 1;
	lc->pub.left[i] = 0;
	set_lim(lc, i, &lc->none + 1);
	if (i < lc->nb)
		lc->cache[i] = (struct cache){ 0 };
}

static uint32_t
lcore_slot(const struct pool_priv *priv, unsigned int id)
{
	return (uint32_t)RTE_MAX(pool_slot(priv, (int)rte_lcore_to_socket_id(id)), 0);
}

static struct lcore_caches *
lcore_new(struct pool_priv *priv, unsigned int id)
{
	uint32_t slot = lcore_slot(priv, id);
	size_t bytes = sizeof(struct lcore_caches) + nb_caches(priv) * sizeof(struct cache);
	struct lcore_caches *lc;
	uint32_t i;

	lc = rte_zmalloc_socket("lbuf_lcore", bytes, RTE_CACHE_LINE_SIZE, priv->slot[slot].socket);
	if (lc == NULL) /* a socket without memory: its lcores have caches all the same */
		lc = rte_zmalloc("lbuf_lcore", bytes, RTE_CACHE_LINE_SIZE);
	if (lc == NULL)
		return NULL;
	lc->nb = nb_caches(priv);
	for (i = 0; i < LBUF_CACHES; i++)
		cache_reset(lc, i);
	__atomic_store_n(&priv->lcore[id], lc, __ATOMIC_RELEASE);
	return lc;
}

void
lcore_close(struct lcore_caches *lc)
{
	uint32_t i;

	if (lc == NULL)
		return;
	for (i = 0; i < lc->nb; i++)
		cache_reset(lc, i);
	lc->bell = 0;
	lc->grown_bytes = 0;
}

/* lbuf_mem_head() of the chunks of a pool that caches take, as lbuf_self has it. */
static uint64_t
want_of(const struct pool_priv *priv)
{
	struct lbuf_mem mem = {
		.refcnt = 1,
		.kind = LBUF_MEM_CHUNK,
		.flags = (uint8_t)(priv->tag << LBUF_MEM_TAG_SHIFT),
	};

	return lbuf_mem_head(&mem) << 16;
}

/* Caches of the calling thread, made if it has none yet; NULL: it cannot. */
static struct lcore_caches *
lcore_self(struct pool_priv *priv)
{
	unsigned int id = rte_lcore_id();
	struct lcore_caches *lc;

	if (likely(lbuf_self.pool == &priv->pub && !priv->uncached))
		return (struct lcore_caches *)lbuf_self.all;
	if (id >= RTE_MAX_LCORE || priv->uncached)
		return NULL;
	lc = priv->lcore[id];
	if (lc == NULL)
		lc = lcore_new(priv, id);
	if (lc == NULL)
		return NULL;
	/* An earlier process may have had the lcore on another socket. */
	lc->base = slot_base(lcore_slot(priv, id));
	lbuf_self.pool = &priv->pub;
	lbuf_self.all = &lc->pub;
	lbuf_self.own = RTE_PTR_ADD(&lc->pub, lc->base * sizeof(lc->pub.top[0]));
	lbuf_self.want = want_of(priv);
	return lc;
}

/* Give a cache its room when it is first used. */
static int
cache_open(struct lcore_caches *lc, const struct depot *depot)
{
	uint32_t i = depot->cidx;
	struct lbuf_chunk **obj;

	if (cache_is_open(lc, i))
		return 0;
	obj = meta_alloc(depot->priv, depot->slot, (BOTTOM + ROOM_MAX) * sizeof(*obj));
	if (obj == NULL)
		return -ENOMEM;
	lc->pub.obj[i] = obj + BOTTOM;
	lc->pub.top[i] = obj + BOTTOM;
	__atomic_store_n(&lc->cache[i].room, room_start(depot), __ATOMIC_RELEASE);
	set_lim(lc, i, lc->pub.obj[i] + lc->cache[i].room);
	return 0;
}

/* Change what a cache may hold. */
static void
set_room(struct lcore_caches *lc, const struct depot *depot, uint32_t room)
{
	uint32_t i = depot->cidx, old = lc->cache[i].room;

	lc->grown_bytes += room * depot->size - old * depot->size;
	__atomic_store_n(&lc->cache[i].room, room, __ATOMIC_RELAXED);
}

/*
 * A trip to the depot. Where there are many the cache is too small: it doubles as
 * long as all of the lcore's have not grown too much.
 */
static void
cache_trip(struct lcore_caches *lc, const struct depot *depot)
{
	struct cache *cache = &lc->cache[depot->cidx];
	size_t bytes = cache->room * depot->size;

	if (++cache->trips < TRIPS)
		return;
	cache->trips = 0;
	if (cache->room >= ROOM_MAX)
		return;
	if (cache->room >= ROOM_BURSTS && lc->grown_bytes + bytes > depot->priv->params.cache_bytes)
		return;
	set_room(lc, depot, 2 * cache->room);
	set_lim(lc, depot->cidx, lc->pub.obj[depot->cidx] + cache->room);
}

/* Fill the lower half of an empty cache: 0 or a negative errno. */
static int
cache_refill(struct lcore_caches *lc, struct depot *depot)
{
	uint32_t i = depot->cidx;
	struct cache *cache = &lc->cache[i];
	int n = depot_get(depot, lc->pub.obj[i], cache->room / 2);

	if (n < 0)
		return n;
	lc->pub.top[i] += n;
	cache->refilled += (uint64_t)n;
	cache->refills++;
	cache_trip(lc, depot);
	return 0;
}

/* Pass the n coldest chunks of a cache on to the depot. */
static void
cache_flush(struct lcore_caches *lc, struct pool_priv *priv, uint32_t i, uint32_t n)
{
	struct lbuf_chunk **obj = lc->pub.obj[i];
	struct cache *cache = &lc->cache[i];

	if (n == 0)
		return;
	depot_put(priv->depot[i], obj, n);
	lc->pub.top[i] -= n;
	memmove(obj, obj + n, cache_len(lc, i) * sizeof(*obj));
	cache->flushed += n;
	cache->flushes++;
}

void
lcore_flush(struct lcore_caches *lc, struct pool_priv *priv)
{
	uint32_t i;

	if (lc == NULL)
		return;
	for (i = 0; i < lc->nb; i++)
		cache_flush(lc, priv, i, cache_len(lc, i));
}

/* Give up a cache that nothing went in or out of since the tender saw it. */
static void
cache_give_up_idle(struct lcore_caches *lc, struct pool_priv *priv, uint32_t i)
{
	struct cache *cache = &lc->cache[i];

	if (__atomic_load_n(&cache->seen_top, __ATOMIC_RELAXED) != lc->pub.top[i] ||
			__atomic_load_n(&cache->seen_allocs, __ATOMIC_RELAXED) !=
					cache_allocs(lc, i))
		return;
	cache_flush(lc, priv, i, cache_len(lc, i));
	set_room(lc, priv->depot[i], room_start(priv->depot[i]));
}

/*
 * Do what a ring asks for. The limits are raised before the bell is reset: a ring in
 * between lowers them again.
 */
static void
answer(struct lcore_caches *lc, struct pool_priv *priv)
{
	uint32_t bell = __atomic_load_n(&lc->bell, __ATOMIC_ACQUIRE);
	uint32_t i;

	if (likely(bell == 0))
		return;
	if (bell == BELL_FLUSH || __atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0)
		lcore_flush(lc, priv);
	if (__atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0)
		return; /* and be called with the next free, too */
	for (i = 0; i < lc->nb; i++) {
		if (!cache_is_open(lc, i))
			continue;
		cache_give_up_idle(lc, priv, i);
		set_lim(lc, i, lc->pub.obj[i] + lc->cache[i].room);
	}
	__atomic_exchange_n(&lc->bell, 0, __ATOMIC_SEQ_CST);
}

void
lcore_ring(struct pool_priv *priv, uint32_t bell)
{
	uint32_t id, i;

	for (id = 0; id < RTE_MAX_LCORE; id++) {
		struct lcore_caches *lc = __atomic_load_n(&priv->lcore[id], __ATOMIC_ACQUIRE);

		if (lc == NULL)
			continue;
		__atomic_exchange_n(&lc->bell, bell, __ATOMIC_SEQ_CST);
		for (i = 0; i < lc->nb; i++)
			if (cache_is_open(lc, i))
				set_lim(lc, i, lc->pub.obj[i]);
	}
}

bool
lcore_answered(const struct pool_priv *priv)
{
	uint32_t id;

	for (id = 0; id < RTE_MAX_LCORE; id++) {
		const struct lcore_caches *lc = __atomic_load_n(&priv->lcore[id], __ATOMIC_ACQUIRE);

		if (lc != NULL && __atomic_load_n(&lc->bell, __ATOMIC_ACQUIRE) != 0)
			return false;
	}
	return true;
}

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

/* Allocations up to the next sample are used up. */
static void
grant(struct lcore_caches *lc, uint32_t i)
{
	while (lc->pub.left[i] < 0) {
		lc->pub.left[i] += SAMPLE_PERIOD;
		lc->cache[i].granted += SAMPLE_PERIOD;
	}
}

/* A chunk out of a cache, which is refilled if it is empty; *sample: it is one. */
static struct lbuf_chunk *
cache_alloc(struct lcore_caches *lc, struct depot *depot, bool *sample)
{
	uint32_t i = depot->cidx;
	int ret;

	if (lc->pub.left[i] < 0)
		lc->pub.left[i] = 0; /* counted by the fast path already */
	answer(lc, depot->priv);
	ret = cache_open(lc, depot);
	if (ret == 0 && cache_len(lc, i) == 0)
		ret = cache_refill(lc, depot);
	if (ret != 0)
		return fail(depot, ret);
	lc->pub.left[i]--;
	*sample = lc->pub.left[i] < 0;
	grant(lc, i);
	return *--lc->pub.top[i];
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

int
cache_alloc_bulk(struct pool_priv *priv, size_t size, struct lbuf_chunk **chunks, unsigned int n,
		const void *caller)
{
	struct lcore_caches *lc;
	uint32_t i;

	if (lbuf_self.pool != &priv->pub || size - 1 >= LBUF_CLASS_MAX)
		return -ENOENT;
	lc = (struct lcore_caches *)lbuf_self.all;
	i = lc->base + lbuf_cache_index(&priv->pub, size);
	if (lc->pub.left[i] >= 0)
		return -ENOENT;
	/* The fast path found enough, and that a sample is due. */
	grant(lc, i);
	lc->pub.top[i] -= n;
	memcpy(chunks, lc->pub.top[i], n * sizeof(*chunks));
	track_begin(priv, chunks[0], size, caller);
	return 0;
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
	uint32_t i = depot->cidx;

	if (cache_open(lc, depot) != 0) {
		depot_recycle(depot, chunk);
		return;
	}
	if (cache_len(lc, i) >= lc->cache[i].room) {
		cache_flush(lc, depot->priv, i, lc->cache[i].room / 2);
		cache_trip(lc, depot);
	}
	*lc->pub.top[i]++ = chunk;
	answer(lc, depot->priv);
}

void
lbuf_chunk_recycle_slow(struct lbuf_chunk *chunk)
{
	struct pool_priv *priv = pool_priv(chunk->pool);
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
	if (unlikely(__atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0))
		waiters_serve(priv);
}
