/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A cache of an lcore: filled from its depot, and flushed to it.
 *
 * An lcore alone touches its caches, but for who steals from them (steal.c): so all that
 * is not in an inline function takes their lock.
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>

#include "cache.h"
#include "sample.h"

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
 * positions of a stack that are used most, its first ones, must differ there from the
 * words that are read and written with them: an allocation takes three times as long
 * otherwise.
 */
#define ALIAS_SPAN 4096
#define ASIDE 64
/* Trips to the depot that double a cache. */
#define TRIPS 16

_Static_assert(CACHE_BATCH_MAX >= ROOM_MAX / 2, "half of the largest cache");
_Static_assert(sizeof(uint64_t) == sizeof(struct lbuf_chunk *),
		"positions count from lbuf_self::own on, which is within an array of words");

/* Chunks that a cache may hold to begin with. */
static uint32_t
room_start(const struct depot *depot)
{
	size_t n = START_BYTES / depot->cls.size;

	return (uint32_t)RTE_MIN(RTE_MAX(n, (size_t)START_MIN), (size_t)START_MAX);
}

/* Chunks that the caches of a class may grow to. */
static uint32_t
room_max(size_t size)
{
	size_t n = rte_align64prevpow2(ROOM_BYTES / size);

	return (uint32_t)RTE_MIN(RTE_MAX(n, (size_t)ROOM_BURSTS), (size_t)ROOM_MAX);
}

size_t
cache_stack_words(uint32_t i)
{
	return ASIDE + BOTTOM + room_max(cache_size(i));
}

static void
set_lim(struct lcore_caches *lc, uint32_t i, uint32_t pos)
{
	__atomic_store_n(&lc->pub.lim[i], pos, __ATOMIC_RELAXED);
}

static void
set_state(struct lcore_caches *lc, uint32_t i, uint32_t top, uint32_t left)
{
	__atomic_store_n(&lc->pub.state[i], (uint64_t)left << 32 | top, __ATOMIC_RELAXED);
}

static void
set_obj(struct lcore_caches *lc, uint32_t i, uint32_t pos)
{
	__atomic_store_n(&lc->pub.obj[i], pos, __ATOMIC_RELAXED);
}

void
cache_unblock(struct lcore_caches *lc, uint32_t i)
{
	set_lim(lc, i, lc->cache[i].home + lc->cache[i].room);
	/* Against lcores_notify(): either it lowers the limit after this, or it is seen here. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cache_is_wanted(lc, i))
		set_lim(lc, i, 0);
}

/* Move the top of a cache by so many chunks. */
static void
move_top(struct lcore_caches *lc, uint32_t i, int32_t n)
{
	set_state(lc, i, cache_top(lc, i) + (uint32_t)n, (uint32_t)cache_left(lc, i));
}

/* Position of an address. */
static uint32_t
position_of(const struct lcore_caches *lc, struct lbuf_chunk *const *addr)
{
	return (uint32_t)(addr - lbuf_cache_slots(cache_own(lc)));
}

void
cache_reset(struct lcore_caches *lc, uint32_t i)
{
	uint32_t pos = position_of(lc, &lc->none + 1);

	set_state(lc, i, pos, 0);
	set_obj(lc, i, pos);
	set_lim(lc, i, pos);
	if (i < lc->nb)
		lc->cache[i] = (struct cache){ .home = pos };
}

void
cache_rebase(struct lcore_caches *lc, uint32_t i, uint32_t by)
{
	move_top(lc, i, (int32_t)by);
	set_obj(lc, i, (uint32_t)lc->pub.obj[i] + by);
	set_lim(lc, i, (uint32_t)lc->pub.lim[i] + by);
	if (i >= lc->nb)
		return;
	lc->cache[i].home += by;
	cache_unblock(lc, i);
}

/* Whether a load from the bottom of a stack could be taken for one of a word. */
static bool
is_alias(struct lbuf_chunk *const *stack, const uint64_t *word)
{
	return ((uintptr_t)word - (uintptr_t)stack) % ALIAS_SPAN < ASIDE * sizeof(*word);
}

/* Make a stack of n chunks; returns its position. */
static uint32_t
stack_new(struct lcore_caches *lc, uint32_t i, uint32_t n)
{
	struct lbuf_chunk **bottom = &lbuf_cache_slots(cache_own(lc))[lc->next];
	struct lbuf_chunk **stack = bottom + BOTTOM;

	if (is_alias(stack, &lc->pub.state[i]) || is_alias(stack, &lc->pub.lim[i]))
		bottom += ASIDE;
	memset(bottom, 0, BOTTOM * sizeof(*bottom));
	lc->next = position_of(lc, bottom + BOTTOM + n);
	return position_of(lc, bottom + BOTTOM);
}

void
cache_open(struct lcore_caches *lc, const struct depot *depot)
{
	uint32_t i = depot->cls.cidx, pos;

	if (cache_is_open(lc, i))
		return;
	pos = stack_new(lc, i, room_max(depot->cls.size));
	lc->cache[i].home = pos;
	set_obj(lc, i, pos);
	set_state(lc, i, pos, 0);
	__atomic_store_n(&lc->cache[i].room, room_start(depot), __ATOMIC_RELEASE);
	cache_unblock(lc, i);
}

/* Change what a cache may hold. */
static void
set_room(struct lcore_caches *lc, const struct depot *depot, uint32_t room)
{
	uint32_t i = depot->cls.cidx, old = lc->cache[i].room;

	lc->grown_bytes += room * depot->cls.size - old * depot->cls.size;
	__atomic_store_n(&lc->cache[i].room, room, __ATOMIC_RELAXED);
}

void
cache_block(struct lcore_caches *lc, uint32_t i)
{
	set_lim(lc, i, 0);
}

/* What follows, up to cache_give_up_idle(), is called with the lock held. */

/* Move the chunks of a cache that some were stolen from down to where its stack begins. */
static void
settle(struct lcore_caches *lc, uint32_t i)
{
	struct lbuf_chunk **slots = lbuf_cache_slots(cache_own(lc));
	uint32_t obj = (uint32_t)lc->pub.obj[i], by = obj - lc->cache[i].home;

	if (likely(by == 0))
		return;
	memmove(&slots[lc->cache[i].home], &slots[obj], cache_len(lc, i) * sizeof(*slots));
	set_obj(lc, i, lc->cache[i].home);
	move_top(lc, i, -(int32_t)by);
}

/*
 * A trip to the depot. Where there are many the cache is too small: it doubles as
 * long as all of the lcore's have not grown too much.
 */
static void
count_trip(struct lcore_caches *lc, const struct depot *depot)
{
	struct cache *cache = &lc->cache[depot->cls.cidx];
	size_t bytes = cache->room * depot->cls.size;

	if (++cache->trips < TRIPS)
		return;
	cache->trips = 0;
	if (cache->room >= room_max(depot->cls.size))
		return;
	if (cache->room >= ROOM_BURSTS && lc->grown_bytes + bytes > lc->shared->grow_max)
		return;
	set_room(lc, depot, 2 * cache->room);
	cache_unblock(lc, depot->cls.cidx);
}

/* Pass the n coldest chunks of a cache on to the depot. */
static void
flush(struct lcore_caches *lc, uint32_t i, uint32_t n)
{
	struct lbuf_chunk **obj = &lbuf_cache_slots(cache_own(lc))[lc->pub.obj[i]];
	struct cache *cache = &lc->cache[i];

	if (n == 0)
		return;
	depot_put(lc->shared->depots->depot[i], obj, n);
	move_top(lc, i, -(int32_t)n);
	memmove(obj, obj + n, cache_len(lc, i) * sizeof(*obj));
	cache->flushed += n;
	cache->flushes++;
}

void
cache_flush(struct lcore_caches *lc, uint32_t i)
{
	flush(lc, i, cache_len(lc, i));
}

/* Take over chunks that were fetched, or that the depot has. */
static void
add(struct lcore_caches *lc, const struct depot *depot, uint32_t n)
{
	struct cache *cache = &lc->cache[depot->cls.cidx];

	move_top(lc, depot->cls.cidx, (int32_t)n);
	cache->refilled += n;
	cache->refills++;
	count_trip(lc, depot);
}

/* What was fetched goes on top of the chunks that there are. */
static void
add_batch(struct lcore_caches *lc, const struct depot *depot, struct cache_batch *batch)
{
	memcpy(cache_end(lc, depot->cls.cidx), batch->chunk, batch->n * sizeof(*batch->chunk));
	add(lc, depot, batch->n);
	batch->n = 0;
}

/* Fill a cache so that it holds n: 0, or -EAGAIN and how many the depot lacks. */
static int
fill(struct lcore_caches *lc, struct depot *depot, uint32_t n, struct cache_batch *batch)
{
	uint32_t i = depot->cls.cidx, want = n, got;

	/* Not more than that while others wait: it would be taken away again. */
	if (likely(!cache_has_waiters(lc->shared, cache_share(lc, i))))
		want = RTE_MAX(lc->cache[i].room / 2, n);
	if (unlikely(batch->n != 0))
		add_batch(lc, depot, batch);
	while (cache_len(lc, i) < n) {
		got = depot_pop(depot, cache_end(lc, i), want - cache_len(lc, i));
		if (got == 0) {
			batch->want = RTE_MIN(want - cache_len(lc, i), (uint32_t)CACHE_BATCH_MAX);
			return -EAGAIN;
		}
		add(lc, depot, got);
	}
	return 0;
}

static void
make_room(struct lcore_caches *lc, struct depot *depot, uint32_t n)
{
	uint32_t i = depot->cls.cidx, len = cache_len(lc, i), room = lc->cache[i].room;

	if (len + n <= room)
		return;
	flush(lc, i, RTE_MIN(RTE_MAX(room / 2, len + n - room), len));
	count_trip(lc, depot);
}

/* Begin as many new periods as it takes. */
static void
renew(struct lcore_caches *lc, uint32_t i)
{
	int32_t left = cache_left(lc, i);

	for (; left < 0; left += SAMPLE_PERIOD)
		lc->cache[i].granted += SAMPLE_PERIOD;
	set_state(lc, i, cache_top(lc, i), (uint32_t)left);
}

void
cache_give_up_idle(struct lcore_caches *lc, uint32_t i)
{
	const struct depot *depot = lc->shared->depots->depot[i];
	struct cache *cache = &lc->cache[i];

	if (__atomic_load_n(&cache->seen_top, __ATOMIC_RELAXED) != cache_top(lc, i) ||
			__atomic_load_n(&cache->seen_allocs, __ATOMIC_RELAXED) !=
					cache_allocs(lc, i))
		return;
	settle(lc, i);
	flush(lc, i, cache_len(lc, i));
	set_room(lc, depot, room_start(depot));
}

int
cache_take(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk **chunks, uint32_t n,
		bool *sample, struct cache_batch *batch)
{
	uint32_t i = depot->cls.cidx;
	int ret;

	rte_spinlock_lock(&lc->lock);
	settle(lc, i);
	ret = fill(lc, depot, n, batch);
	if (ret == 0) {
		set_state(lc, i, cache_top(lc, i) - n, (uint32_t)cache_left(lc, i) - n);
		*sample = cache_left(lc, i) < 0;
		renew(lc, i);
		memcpy(chunks, cache_end(lc, i), n * sizeof(*chunks));
	}
	rte_spinlock_unlock(&lc->lock);
	return ret;
}

void
cache_put(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk *const *chunks,
		uint32_t n)
{
	uint32_t i = depot->cls.cidx;

	rte_spinlock_lock(&lc->lock);
	settle(lc, i);
	make_room(lc, depot, n);
	memcpy(cache_end(lc, i), chunks, n * sizeof(*chunks));
	move_top(lc, i, (int32_t)n);
	rte_spinlock_unlock(&lc->lock);
}

/* Add to the state of a cache what an allocation of n took off it. */
static void
restore_state(struct lcore_caches *lc, uint32_t i, uint32_t n)
{
	__atomic_store_n(&lc->pub.state[i], lc->pub.state[i] + n * LBUF_STATE_STEP,
			__ATOMIC_RELAXED);
}

void
cache_undo(struct lcore_caches *lc, uint32_t i, uint32_t n)
{
	/* Nobody steals from a cache that was never opened, as those of large sizes. */
	if (!cache_is_open(lc, i)) {
		restore_state(lc, i, n);
		return;
	}
	rte_spinlock_lock(&lc->lock);
	restore_state(lc, i, n);
	rte_spinlock_unlock(&lc->lock);
}

void
cache_renew(struct lcore_caches *lc, uint32_t i)
{
	rte_spinlock_lock(&lc->lock);
	renew(lc, i);
	rte_spinlock_unlock(&lc->lock);
}
