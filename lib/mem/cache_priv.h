/* SPDX-License-Identifier: BSD-3-Clause */

/* The caches of an lcore. */

#ifndef LBUF_CACHE_PRIV_H
#define LBUF_CACHE_PRIV_H

#include <stdbool.h>

#include <rte_spinlock.h>

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
	uint32_t home;     /* place of its stack; obj is above where it was robbed */
	/* The tender's: what `allocs` and top were in its last window. */
	uint64_t seen_allocs;
	uint32_t seen_top;
};

struct lcore_caches {
	struct lbuf_lcore pub; /* first */
	/*
	 * Who robs the caches keeps the lcore out of all but the inline functions, see
	 * rob.c. No lock is taken inside but that of a depot's stack.
	 */
	rte_spinlock_t lock;
	bool local;              /* the lcore is the primary process's */
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

/*
 * Chunks in a cache. To others it may look as if there were less than none, while the
 * lcore finds out that it has taken too many, or while it is robbed.
 */
static inline uint64_t
cache_net(const struct lcore_caches *lc, uint32_t i)
{
	return (uint64_t)(int64_t)(int32_t)(cache_top(lc, i) - (uint32_t)lc->pub.obj[i]);
}

static inline uint32_t
cache_len(const struct lcore_caches *lc, uint32_t i)
{
	return (uint32_t)RTE_MAX((int64_t)cache_net(lc, i), 0);
}

/* Allocations up to the next sample; negative when it is due. */
static inline int32_t
cache_left(const struct lcore_caches *lc, uint32_t i)
{
	return (int32_t)(lc->pub.state[i] >> 32);
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
	return lc->cache[i].granted - (uint64_t)(int64_t)cache_left(lc, i);
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
/* Undo an allocation of n that the inline functions have begun. */
void
cache_undo(struct lcore_caches *lc, uint32_t i, uint32_t n);
/* Begin a new period behind an allocation that is a sample. */
void
cache_renew(struct lcore_caches *lc, uint32_t i);
/*
 * Take n chunks out of a cache, CACHE_BULK_MAX at most, filled from the depot if need be:
 * 0 or a negative errno. *sample: one of them is one.
 */
int
cache_take(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk **chunks, uint32_t n,
		bool *sample);
/* Put n chunks into a cache, as many as it has room for in all at most. */
void
cache_put(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk *const *chunks,
		uint32_t n);

/* rob.c */

/* Find out whether this process can rob; called when a pool is made. */
void
rob_init(void);
/*
 * Pass what lies in the caches of the primary process's lcores on to the depots, whatever
 * these lcores do; returns how many chunks. 0 where the kernel does not help.
 */
size_t
lcores_rob(struct pool_priv *priv);

#endif /* LBUF_CACHE_PRIV_H */
