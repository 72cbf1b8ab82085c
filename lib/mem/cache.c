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
/* It may grow to this in any case, so that bursts of 32 fit twice, ... */
#define ROOM_BURSTS CACHE_BULK_MAX
/* ... and to what is 32 MiB, but chunks within these bounds, at most. */
#define ROOM_BYTES ((size_t)32 << 20)
#define ROOM_MAX 512
/* NULLs under the lowest chunk: one would do, but so bursts are aligned. */
#define BOTTOM (RTE_CACHE_LINE_SIZE / sizeof(struct lbuf_chunk *))
/*
 * CPUs look for the store that a load reads from by the lower 12 bits of addresses. The
 * places of a stack that are used most, its first ones, must differ there from the words
 * that are read and written with them: an allocation takes three times as long otherwise.
 */
#define ALIAS_SPAN 4096
#define ASIDE 64
/* Trips to the depot that double a cache. */
#define TRIPS 16

_Static_assert(sizeof(uint64_t) == sizeof(struct lbuf_chunk *),
		"places count from lbuf_self::own on, which is within an array of words");

__thread struct lbuf_self lbuf_self;

/* Chunks that a cache may hold to begin with. */
static uint32_t
room_start(const struct depot *depot)
{
	size_t n = START_BYTES / depot->size;

	return (uint32_t)RTE_MIN(RTE_MAX(n, (size_t)START_MIN), (size_t)START_MAX);
}

/* Chunks that the caches of a class may grow to. */
static uint32_t
room_max(size_t size)
{
	size_t n = rte_align64prevpow2(ROOM_BYTES / size);

	return (uint32_t)RTE_MIN(RTE_MAX(n, (size_t)ROOM_BURSTS), (size_t)ROOM_MAX);
}

/* Words of the stacks of all caches. */
static size_t
stack_words(uint32_t nb)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < nb; i++)
		n += ASIDE + BOTTOM + room_max(cache_size(i));
	return n;
}

static void
set_lim(struct lcore_caches *lc, uint32_t i, uint32_t place)
{
	__atomic_store_n(&lc->pub.lim[i], place, __ATOMIC_RELAXED);
}

static void
set_state(struct lcore_caches *lc, uint32_t i, uint32_t top, uint32_t left)
{
	__atomic_store_n(&lc->pub.state[i], (uint64_t)left << 32 | top, __ATOMIC_RELAXED);
}

void
cache_move_top(struct lcore_caches *lc, uint32_t i, int32_t n)
{
	set_state(lc, i, cache_top(lc, i) + (uint32_t)n, cache_left(lc, i));
}

void
cache_set_left(struct lcore_caches *lc, uint32_t i, uint32_t left)
{
	set_state(lc, i, cache_top(lc, i), left);
}

/* Place of an address. */
static uint32_t
place_of(const struct lcore_caches *lc, struct lbuf_chunk *const *addr)
{
	return (uint32_t)(addr - lbuf_cache_slots(cache_own(lc)));
}

static void
cache_reset(struct lcore_caches *lc, uint32_t i)
{
	uint32_t place = place_of(lc, &lc->none + 1);

	set_state(lc, i, place, 0);
	lc->pub.obj[i] = place;
	set_lim(lc, i, place);
	if (i < lc->nb)
		lc->cache[i] = (struct cache){ 0 };
}

static struct lbuf_chunk **
stacks(struct lcore_caches *lc)
{
	return RTE_PTR_ALIGN_CEIL((struct lbuf_chunk **)&lc->cache[lc->nb], RTE_CACHE_LINE_SIZE);
}

/* Begin anew, with empty caches. */
static void
lcore_reset(struct lcore_caches *lc)
{
	uint32_t i;

	for (i = 0; i < LBUF_CACHES; i++)
		cache_reset(lc, i);
	lc->next = place_of(lc, stacks(lc));
	lc->bell = 0;
	lc->grown_bytes = 0;
}

static uint32_t
lcore_slot(const struct pool_priv *priv, unsigned int id)
{
	return (uint32_t)RTE_MAX(pool_slot(priv, (int)rte_lcore_to_socket_id(id)), 0);
}

static struct lcore_caches *
lcore_new(struct pool_priv *priv, unsigned int id)
{
	uint32_t slot = lcore_slot(priv, id), nb = nb_caches(priv);
	struct lcore_caches *lc;
	size_t bytes;

	bytes = sizeof(*lc) + nb * sizeof(lc->cache[0]) + RTE_CACHE_LINE_SIZE +
			stack_words(nb) * sizeof(struct lbuf_chunk *);
	lc = rte_zmalloc_socket("lbuf_lcore", bytes, RTE_CACHE_LINE_SIZE, priv->slot[slot].socket);
	if (lc == NULL) /* a socket without memory: its lcores have caches all the same */
		lc = rte_zmalloc("lbuf_lcore", bytes, RTE_CACHE_LINE_SIZE);
	if (lc == NULL)
		return NULL;
	lc->nb = nb;
	lc->base = slot_base(slot);
	lcore_reset(lc);
	__atomic_store_n(&priv->lcore[id], lc, __ATOMIC_RELEASE);
	return lc;
}

void
lcore_close(struct lcore_caches *lc)
{
	if (lc != NULL)
		lcore_reset(lc);
}

/* An earlier process may have had the lcore on another socket. */
static void
lcore_rebase(struct lcore_caches *lc, uint32_t base)
{
	uint32_t i, by = lc->base - base;

	if (by == 0)
		return;
	lc->base = base;
	lc->next += by;
	for (i = 0; i < LBUF_CACHES; i++) {
		cache_move_top(lc, i, (int32_t)by);
		lc->pub.obj[i] = (uint32_t)lc->pub.obj[i] + by;
		set_lim(lc, i, (uint32_t)lc->pub.lim[i] + by);
	}
}

/* What lbuf_self::want is. */
static uint64_t
want_of(const struct pool_priv *priv, const struct lcore_caches *lc)
{
	struct lbuf_mem mem = {
		.refcnt = 1,
		.kind = LBUF_MEM_CHUNK,
		.flags = (uint8_t)(priv->tag << LBUF_MEM_TAG_SHIFT),
		.cidx = (uint16_t)lc->base,
	};

	return lbuf_mem_head(&mem) - LBUF_CACHES;
}

struct lcore_caches *
lcore_self(struct pool_priv *priv)
{
	unsigned int id = rte_lcore_id();
	struct lcore_caches *lc;

	if (likely(lbuf_self.pool == &priv->pub && !priv->uncached))
		return lbuf_self.caches;
	if (id >= RTE_MAX_LCORE || priv->uncached)
		return NULL;
	lc = priv->lcore[id];
	if (lc == NULL)
		lc = lcore_new(priv, id);
	if (lc == NULL)
		return NULL;
	lcore_rebase(lc, slot_base(lcore_slot(priv, id)));
	lbuf_self = (struct lbuf_self){
		.pool = &priv->pub,
		.own = cache_own(lc),
		.want = want_of(priv, lc),
		.caches = lc,
	};
	return lc;
}

/* Whether one of the first places of a stack could be taken for a word. */
static bool
is_alias(struct lbuf_chunk *const *stack, const uint64_t *word)
{
	return ((uintptr_t)word - (uintptr_t)stack) % ALIAS_SPAN < ASIDE * sizeof(*word);
}

/* Place for a stack of n chunks. */
static uint32_t
place_new(struct lcore_caches *lc, uint32_t i, uint32_t n)
{
	struct lbuf_chunk **bottom = &lbuf_cache_slots(cache_own(lc))[lc->next];
	struct lbuf_chunk **stack = bottom + BOTTOM;

	if (is_alias(stack, &lc->pub.state[i]) || is_alias(stack, &lc->pub.lim[i]))
		bottom += ASIDE;
	memset(bottom, 0, BOTTOM * sizeof(*bottom));
	lc->next = place_of(lc, bottom + BOTTOM + n);
	return place_of(lc, bottom + BOTTOM);
}

void
cache_open(struct lcore_caches *lc, const struct depot *depot)
{
	uint32_t i = depot->cidx, place;

	if (cache_is_open(lc, i))
		return;
	place = place_new(lc, i, room_max(depot->size));
	lc->pub.obj[i] = place;
	set_state(lc, i, place, 0);
	__atomic_store_n(&lc->cache[i].room, room_start(depot), __ATOMIC_RELEASE);
	set_lim(lc, i, place + lc->cache[i].room);
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
	if (cache->room >= room_max(depot->size))
		return;
	if (cache->room >= ROOM_BURSTS && lc->grown_bytes + bytes > depot->priv->params.cache_bytes)
		return;
	set_room(lc, depot, 2 * cache->room);
	set_lim(lc, depot->cidx, (uint32_t)lc->pub.obj[depot->cidx] + cache->room);
}

int
cache_fill(struct lcore_caches *lc, struct depot *depot, uint32_t n)
{
	uint32_t i = depot->cidx;
	struct cache *cache = &lc->cache[i];
	int got;

	while (cache_len(lc, i) < n) {
		got = depot_get(depot, cache_end(lc, i),
				RTE_MAX(cache->room / 2, n) - cache_len(lc, i));
		if (got < 0)
			return got;
		cache_move_top(lc, i, got);
		cache->refilled += (uint64_t)got;
		cache->refills++;
		cache_trip(lc, depot);
	}
	return 0;
}

/* Pass the n coldest chunks of a cache on to the depot. */
static void
cache_flush(struct lcore_caches *lc, struct pool_priv *priv, uint32_t i, uint32_t n)
{
	struct lbuf_chunk **obj = &lbuf_cache_slots(cache_own(lc))[lc->pub.obj[i]];
	struct cache *cache = &lc->cache[i];

	if (n == 0)
		return;
	depot_put(priv->depot[i], obj, n);
	cache_move_top(lc, i, -(int32_t)n);
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

void
cache_make_room(struct lcore_caches *lc, struct depot *depot, uint32_t n)
{
	uint32_t i = depot->cidx, len = cache_len(lc, i), room = lc->cache[i].room;

	if (len + n <= room)
		return;
	cache_flush(lc, depot->priv, i, RTE_MIN(RTE_MAX(room / 2, len + n - room), len));
	cache_trip(lc, depot);
}

/* Give up a cache that nothing went in or out of since the tender saw it. */
static void
cache_give_up_idle(struct lcore_caches *lc, struct pool_priv *priv, uint32_t i)
{
	struct cache *cache = &lc->cache[i];

	if (__atomic_load_n(&cache->seen_top, __ATOMIC_RELAXED) != cache_top(lc, i) ||
			__atomic_load_n(&cache->seen_allocs, __ATOMIC_RELAXED) !=
					cache_allocs(lc, i))
		return;
	cache_flush(lc, priv, i, cache_len(lc, i));
	set_room(lc, priv->depot[i], room_start(priv->depot[i]));
}

/* The limits are raised before the bell is reset: a ring in between lowers them again. */
void
lcore_answer(struct lcore_caches *lc, struct pool_priv *priv)
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
		set_lim(lc, i, (uint32_t)lc->pub.obj[i] + lc->cache[i].room);
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
				set_lim(lc, i, (uint32_t)lc->pub.obj[i]);
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
