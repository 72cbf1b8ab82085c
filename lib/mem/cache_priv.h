/* SPDX-License-Identifier: BSD-3-Clause */

/* The caches of an lcore. */

#ifndef LBUF_CACHE_PRIV_H
#define LBUF_CACHE_PRIV_H

#include <stdbool.h>

#include <lbuf_chunk.h>
#include <lbuf_pool.h>

struct depot;
struct pool_priv;

/* What an lcore's cache keeps beside struct lbuf_lcore. */
struct cache {
	uint64_t granted;  /* allocations that `left` was ever set to */
	uint64_t refilled; /* chunks that came from the depot */
	uint64_t flushed;  /* chunks that went to the depot */
	uint32_t refills;  /* batches that came from the depot */
	uint32_t flushes;  /* batches that went to the depot */
	uint32_t room;     /* chunks that it may hold now */
	uint32_t trips;    /* full and empty by turns: it should be larger */
	/* The tender's: what `allocs` and top were in its last window. */
	uint64_t seen_allocs;
	uint32_t seen_top;
};

struct lcore_caches {
	struct lbuf_lcore pub;   /* first */
	uint32_t nb;             /* caches in use */
	uint32_t base;           /* first one of the lcore's own socket */
	uint32_t bell;           /* others want something, see lcore_ring() */
	size_t grown_bytes;      /* what caches may hold beyond what they began with */
	uint32_t next;           /* place of the next stack */
	struct lbuf_chunk *none; /* NULL: lies under a cache not yet used */
	struct cache cache[];    /* and behind them the stacks */
};

/* What lbuf_self::own is. */
static inline struct lbuf_lcore *
cache_own(const struct lcore_caches *lc)
{
	return (struct lbuf_lcore *)(uintptr_t)&lc->pub.state[lc->base];
}

/* Place behind the topmost chunk. */
static inline uint32_t
cache_top(const struct lcore_caches *lc, uint32_t i)
{
	return (uint32_t)lc->pub.state[i];
}

/* The same as an address. */
static inline struct lbuf_chunk **
cache_end(const struct lcore_caches *lc, uint32_t i)
{
	return &lbuf_cache_slots(cache_own(lc))[cache_top(lc, i)];
}

/* Chunks in a cache. */
static inline uint32_t
cache_len(const struct lcore_caches *lc, uint32_t i)
{
	return cache_top(lc, i) - (uint32_t)lc->pub.obj[i];
}

/* Allocations up to the next sample. */
static inline uint32_t
cache_left(const struct lcore_caches *lc, uint32_t i)
{
	return (uint32_t)(lc->pub.state[i] >> 32);
}

/* Whether a cache has been used: its arrays may then be looked at by others. */
static inline bool
cache_is_open(const struct lcore_caches *lc, uint32_t i)
{
	return __atomic_load_n(&lc->cache[i].room, __ATOMIC_ACQUIRE) != 0;
}

/* Chunks that a cache handed out. */
static inline uint64_t
cache_allocs(const struct lcore_caches *lc, uint32_t i)
{
	return lc->cache[i].granted - cache_left(lc, i);
}

/* Bytes of the chunks of a cache, at least: one class of a socket is there twice. */
static inline size_t
cache_size(uint32_t i)
{
	i %= LBUF_SOCKET_CACHES;
	return lbuf_class_size(i == 0 ? 0 : i - 1);
}

/* cache.c */

/* Bulks up to this go by a cache at once. */
#define CACHE_BULK_MAX 64

/* Caches of the calling thread, made if it has none yet; NULL: it cannot. */
struct lcore_caches *
lcore_self(struct pool_priv *priv);
/* Give all that an lcore's caches hold to the depots; NULL does nothing. */
void
lcore_flush(struct lcore_caches *lc, struct pool_priv *priv);
/* What lcores are called for: to give up idle caches, or all. */
#define BELL_IDLE 1
#define BELL_FLUSH 2
/* Have all lcores that use a pool come by with their next free. */
void
lcore_ring(struct pool_priv *priv, uint32_t bell);
/* Do what the calling lcore was rung for, if it was. */
void
lcore_answer(struct lcore_caches *lc, struct pool_priv *priv);
/* Whether all have. */
bool
lcore_answered(const struct pool_priv *priv);
/* Forget what an lcore's caches hold: the pool goes. */
void
lcore_close(struct lcore_caches *lc);
/* Give a cache its room if this is its first use. */
void
cache_open(struct lcore_caches *lc, const struct depot *depot);
/* Move the top of a cache by so many chunks. */
void
cache_move_top(struct lcore_caches *lc, uint32_t i, int32_t n);
void
cache_set_left(struct lcore_caches *lc, uint32_t i, uint32_t left);
/* Fill a cache so that it holds n, CACHE_BULK_MAX at most: 0 or a negative errno. */
int
cache_fill(struct lcore_caches *lc, struct depot *depot, uint32_t n);
/* Make room for n chunks, as many as the cache has room for in all at most. */
void
cache_make_room(struct lcore_caches *lc, struct depot *depot, uint32_t n);

#endif /* LBUF_CACHE_PRIV_H */
