/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Caches of lcores: opened, filled, flushed, and called upon by others.
 *
 * An lcore alone touches its caches, but for who robs them (rob.c): so all here takes
 * their lock. Who wants something of an lcore lowers the limits
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

static void
set_obj(struct lcore_caches *lc, uint32_t i, uint32_t place)
{
	__atomic_store_n(&lc->pub.obj[i], place, __ATOMIC_RELAXED);
}

/* Let a cache be filled, unless the lcore is called for. */
static void
raise_lim(struct lcore_caches *lc, uint32_t i)
{
	set_lim(lc, i, lc->cache[i].home + lc->cache[i].room);
	/* Against lcore_ring(): either it lowers the limit after this, or it is seen here. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&lc->bell, __ATOMIC_RELAXED) != 0)
		set_lim(lc, i, 0);
}

/* Move the top of a cache by so many chunks. */
static void
move_top(struct lcore_caches *lc, uint32_t i, int32_t n)
{
	set_state(lc, i, cache_top(lc, i) + (uint32_t)n, (uint32_t)cache_left(lc, i));
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
	set_obj(lc, i, place);
	set_lim(lc, i, place);
	if (i < lc->nb)
		lc->cache[i] = (struct cache){ .home = place };
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
	rte_spinlock_init(&lc->lock);
	lc->local = rte_eal_process_type() == RTE_PROC_PRIMARY;
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

/* Count places from the caches of another socket on. The lock must be held. */
static void
rebase(struct lcore_caches *lc, uint32_t base)
{
	uint32_t i, by = lc->base - base;

	lc->base = base;
	lc->next += by;
	for (i = 0; i < LBUF_CACHES; i++) {
		move_top(lc, i, (int32_t)by);
		set_obj(lc, i, (uint32_t)lc->pub.obj[i] + by);
		set_lim(lc, i, (uint32_t)lc->pub.lim[i] + by);
	}
	for (i = 0; i < lc->nb; i++) {
		lc->cache[i].home += by;
		raise_lim(lc, i);
	}
}

/* An earlier thread may have had the lcore on another socket, or in another process. */
static void
lcore_adopt(struct lcore_caches *lc, uint32_t base)
{
	bool local = rte_eal_process_type() == RTE_PROC_PRIMARY;

	if (likely(lc->base == base && lc->local == local))
		return;
	rte_spinlock_lock(&lc->lock);
	if (lc->base != base)
		rebase(lc, base);
	lc->local = local;
	rte_spinlock_unlock(&lc->lock);
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
	lcore_adopt(lc, slot_base(lcore_slot(priv, id)));
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
	lc->cache[i].home = place;
	set_obj(lc, i, place);
	set_state(lc, i, place, 0);
	__atomic_store_n(&lc->cache[i].room, room_start(depot), __ATOMIC_RELEASE);
	raise_lim(lc, i);
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
 * What follows, up to the next function that is not static, is called with the lock
 * held.
 */

/* Move the chunks of a cache that was robbed down to where its stack begins. */
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
	raise_lim(lc, depot->cidx);
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
	move_top(lc, i, -(int32_t)n);
	memmove(obj, obj + n, cache_len(lc, i) * sizeof(*obj));
	cache->flushed += n;
	cache->flushes++;
}

static void
flush_all(struct lcore_caches *lc, struct pool_priv *priv)
{
	uint32_t i;

	for (i = 0; i < lc->nb; i++)
		cache_flush(lc, priv, i, cache_len(lc, i));
}

/*
 * Fetch chunks that the depot lacks, with no lock held: to make them takes long, and may
 * need other locks. Returns how many, or a negative errno.
 */
static int
fetch(struct lcore_caches *lc, struct depot *depot, uint32_t n)
{
	struct lbuf_chunk *batch[ROOM_MAX / 2];
	int got;

	rte_spinlock_unlock(&lc->lock);
	got = depot_get(depot, batch, RTE_MIN(n, (uint32_t)RTE_DIM(batch)));
	rte_spinlock_lock(&lc->lock);
	if (got <= 0)
		return got;
	settle(lc, depot->cidx);
	memcpy(cache_end(lc, depot->cidx), batch, (unsigned int)got * sizeof(*batch));
	return got;
}

/* Fill a cache so that it holds n: 0 or a negative errno. */
static int
fill(struct lcore_caches *lc, struct depot *depot, uint32_t n)
{
	uint32_t i = depot->cidx, want = n;
	struct cache *cache = &lc->cache[i];
	int got;

	/* Not more than that while others wait: it would be taken away again. */
	if (likely(__atomic_load_n(&depot->priv->nb_waiters, __ATOMIC_RELAXED) == 0))
		want = RTE_MAX(cache->room / 2, n);
	while (cache_len(lc, i) < n) {
		got = (int)depot_pop(depot, cache_end(lc, i), want - cache_len(lc, i));
		if (got == 0)
			got = fetch(lc, depot, want - cache_len(lc, i));
		if (got < 0)
			return got;
		move_top(lc, i, got);
		cache->refilled += (uint64_t)got;
		cache->refills++;
		count_trip(lc, depot);
	}
	return 0;
}

static void
make_room(struct lcore_caches *lc, struct depot *depot, uint32_t n)
{
	uint32_t i = depot->cidx, len = cache_len(lc, i), room = lc->cache[i].room;

	if (len + n <= room)
		return;
	cache_flush(lc, depot->priv, i, RTE_MIN(RTE_MAX(room / 2, len + n - room), len));
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

/* Give up a cache that nothing went in or out of since the tender saw it. */
static void
give_up_idle(struct lcore_caches *lc, struct pool_priv *priv, uint32_t i)
{
	struct cache *cache = &lc->cache[i];

	if (__atomic_load_n(&cache->seen_top, __ATOMIC_RELAXED) != cache_top(lc, i) ||
			__atomic_load_n(&cache->seen_allocs, __ATOMIC_RELAXED) !=
					cache_allocs(lc, i))
		return;
	settle(lc, i);
	cache_flush(lc, priv, i, cache_len(lc, i));
	set_room(lc, priv->depot[i], room_start(priv->depot[i]));
}

int
cache_take(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk **chunks, uint32_t n,
		bool *sample)
{
	uint32_t i = depot->cidx;
	int ret;

	rte_spinlock_lock(&lc->lock);
	settle(lc, i);
	ret = fill(lc, depot, n);
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
	uint32_t i = depot->cidx;

	rte_spinlock_lock(&lc->lock);
	settle(lc, i);
	make_room(lc, depot, n);
	memcpy(cache_end(lc, i), chunks, n * sizeof(*chunks));
	move_top(lc, i, (int32_t)n);
	rte_spinlock_unlock(&lc->lock);
}

void
cache_undo(struct lcore_caches *lc, uint32_t i, uint32_t n)
{
	rte_spinlock_lock(&lc->lock);
	__atomic_store_n(&lc->pub.state[i], lc->pub.state[i] + n * LBUF_STATE_STEP,
			__ATOMIC_RELAXED);
	rte_spinlock_unlock(&lc->lock);
}

void
cache_renew(struct lcore_caches *lc, uint32_t i)
{
	rte_spinlock_lock(&lc->lock);
	renew(lc, i);
	rte_spinlock_unlock(&lc->lock);
}

void
lcore_flush(struct lcore_caches *lc, struct pool_priv *priv)
{
	if (lc == NULL)
		return;
	rte_spinlock_lock(&lc->lock);
	flush_all(lc, priv);
	rte_spinlock_unlock(&lc->lock);
}

/* The limits are raised before the bell is reset: a ring in between lowers them again. */
static void
answer(struct lcore_caches *lc, struct pool_priv *priv, uint32_t bell)
{
	uint32_t i;

	if (bell == BELL_FLUSH || __atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0)
		flush_all(lc, priv);
	if (__atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0)
		return; /* and be called with the next free, too */
	for (i = 0; i < lc->nb; i++) {
		if (!cache_is_open(lc, i))
			continue;
		give_up_idle(lc, priv, i);
		set_lim(lc, i, lc->cache[i].home + lc->cache[i].room);
	}
	__atomic_exchange_n(&lc->bell, 0, __ATOMIC_SEQ_CST);
}

void
lcore_answer(struct lcore_caches *lc, struct pool_priv *priv)
{
	uint32_t bell = __atomic_load_n(&lc->bell, __ATOMIC_ACQUIRE);

	if (likely(bell == 0))
		return;
	rte_spinlock_lock(&lc->lock);
	answer(lc, priv, bell);
	rte_spinlock_unlock(&lc->lock);
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
				set_lim(lc, i, 0);
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
