/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_CACHE_H
#define LBUF_MEM_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_spinlock.h>

#include <lbuf_chunk.h>
#include <lbuf_pool.h>

#include "depots.h"

/* Bulks up to this go by a cache at once. */
#define CACHE_BULK_MAX 64
/* Chunks that a cache is filled with at once at most. */
#define CACHE_BATCH_MAX 256

/* What the caches of all lcores of a pool have in common. */
struct cache_shared {
	/* Who waits for what caches of a share have: while there are any, they hoard nothing. */
	uint32_t nb_waiters[LBUF_SHARE_NUM];
	uint32_t rx_base; /* index of the first cache for receiving */
	size_t grow_max;  /* what the caches of an lcore may grow by, bytes */
	struct depots *depots;
};

/* What an lcore's cache keeps beside struct lbuf_lcore. Positions count as there. */
struct cache {
	uint64_t granted;  /* allocations that `left` was ever set to */
	uint64_t refilled; /* chunks that came from the depot */
	uint64_t flushed;  /* chunks that went to the depot */
	uint32_t refills;  /* batches that came from the depot */
	uint32_t flushes;  /* batches that went to the depot */
	uint32_t room;     /* chunks that it may hold now */
	uint32_t trips;    /* full and empty by turns: it should be larger */
	uint32_t home;     /* position of its stack; obj is above where chunks were stolen */
	/* What `allocs` and top were in the background thread's last window. */
	uint64_t seen_allocs;
	uint32_t seen_top;
};

/* The caches of an lcore. */
struct lcore_caches {
	struct lbuf_lcore pub; /* first */
	/*
	 * Who steals from the caches keeps the lcore out of all but the inline functions,
	 * see steal.c. No lock is taken inside but that of a depot's stack.
	 */
	rte_spinlock_t lock;
	bool local;         /* the lcore is the primary process's */
	uint32_t nb;        /* caches in use: without those for receiving if it has none */
	uint32_t base;      /* first one of the lcore's own socket */
	uint32_t pending;   /* CACHE_*: what others want of it, see notify.c */
	size_t grown_bytes; /* what caches may hold beyond what they began with */
	uint32_t next;      /* position of the next stack */
	struct cache_shared *shared;
	struct lbuf_chunk *none; /* NULL: lies under a cache not yet used */
	struct cache cache[];    /* and behind them the stacks */
};

/* What lbuf_self::own is. */
static inline struct lbuf_lcore *
cache_own(const struct lcore_caches *lc)
{
	return (struct lbuf_lcore *)(uintptr_t)&lc->pub.state[lc->base];
}

/* Position behind the topmost chunk. */
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
 * lcore finds out that it has taken too many, or while chunks are stolen.
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
	return i < lc->nb && __atomic_load_n(&lc->cache[i].room, __ATOMIC_ACQUIRE) != 0;
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

/* Chunks that are fetched for a cache where its depot lacks them. */
struct cache_batch {
	uint32_t want; /* how many */
	uint32_t n;    /* how many there are */
	struct lbuf_chunk *chunk[CACHE_BATCH_MAX];
};

/* What lcores are notified for: to give up caches that lie idle, or all those of a share. */
#define CACHE_IDLE 1u
#define CACHE_FLUSH(share) (2u << (share))
#define CACHE_FLUSH_ALL (CACHE_FLUSH(LBUF_SHARE_REST) | CACHE_FLUSH(LBUF_SHARE_RX))

static inline bool
cache_has_waiters(const struct cache_shared *shared, enum lbuf_share share)
{
	return unlikely(__atomic_load_n(&shared->nb_waiters[share], __ATOMIC_RELAXED) != 0);
}

static inline enum lbuf_share
cache_share(const struct lcore_caches *lc, uint32_t i)
{
	return i < lc->shared->rx_base ? LBUF_SHARE_REST : LBUF_SHARE_RX;
}

/* Whether others want something of a cache of the lcore. */
static inline bool
cache_is_wanted(const struct lcore_caches *lc, uint32_t i)
{
	return (__atomic_load_n(&lc->pending, __ATOMIC_RELAXED) &
			       (CACHE_IDLE | CACHE_FLUSH(cache_share(lc, i)))) != 0;
}

/* Words that the stack of a cache takes up at most. */
size_t
cache_stack_words(uint32_t i);
/* Have a cache be empty and, until it is opened, without room. */
void
cache_reset(struct lcore_caches *lc, uint32_t i);
/* Count positions from somewhere else on, `by` higher. The lock must be held. */
void
cache_rebase(struct lcore_caches *lc, uint32_t i, uint32_t by);
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
 * Take n chunks out of a cache, CACHE_BULK_MAX at most, filled from the depot if need be.
 * *sample: one of them is one. 0, or -EAGAIN if the depot has too few: then the caller is
 * to fetch some into the batch, which is empty at first, and to call again.
 */
int
cache_take(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk **chunks, uint32_t n,
		bool *sample, struct cache_batch *batch);
/* Put n chunks into a cache, as many as it has room for in all at most. */
void
cache_put(struct lcore_caches *lc, struct depot *depot, struct lbuf_chunk *const *chunks,
		uint32_t n);

/* Have the lcore's next free come into the library. Any thread may call this. */
void
cache_block(struct lcore_caches *lc, uint32_t i);

/* Let the lcore fill a cache without coming into the library, unless it is wanted again. */
void
cache_unblock(struct lcore_caches *lc, uint32_t i);

/* For what follows the lock must be held. */

/* Pass all chunks of a cache on to the depot. */
void
cache_flush(struct lcore_caches *lc, uint32_t i);
/* Give up a cache that nothing went in or out of since the background thread saw it. */
void
cache_give_up_idle(struct lcore_caches *lc, uint32_t i);

#endif /* LBUF_MEM_CACHE_H */
