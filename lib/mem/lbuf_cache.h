/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Caches of lcores, as the inline functions of lbuf_chunk.h see them. Not to be used
 * directly.
 */

#ifndef LBUF_CACHE_H
#define LBUF_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

#include <lbuf_pool.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__SANITIZE_THREAD__)
#define LBUF_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LBUF_TSAN
#endif
#endif

/*
 * What an lcore does to its caches without a lock, while another may be stealing chunks out
 * of them (see steal.c). To ThreadSanitizer these are atomics.
 */
/** @cond for the library only */
#ifdef LBUF_TSAN
#define LBUF_CACHE_READ(word) __atomic_load_n(word, __ATOMIC_RELAXED)
#define LBUF_CACHE_WRITE(word, value) __atomic_store_n(word, value, __ATOMIC_RELEASE)
#else
#define LBUF_CACHE_READ(word) (*(word))
#define LBUF_CACHE_WRITE(word, value) (*(word) = (value))
#endif
/** @endcond */

struct lbuf_chunk;

/** Caches of one socket: small classes, then middle ones; the one that both tiers
 *  have a part of is there twice.
 */
#define LBUF_SOCKET_CACHES (LBUF_CLASS_NUM + 1)
/** Caches of an lcore: those of all sockets, for each share. */
#define LBUF_CACHES (LBUF_SHARE_NUM * LBUF_SOCKETS_MAX * LBUF_SOCKET_CACHES)

/**
 * Caches of one lcore: stacks, the warmest chunk on top. For the inline functions
 * only, which index them by lbuf_mem::cidx.
 *
 * The stacks lie behind this structure. Where one ends is told as a position, which counts
 * pointers from lbuf_self::own on. A NULL lies under the lowest chunk, so that popping
 * tells an empty cache by what it reads. There is an array for each field, because an index
 * then addresses it without a computation. What is freed is not counted: it follows from
 * what was allocated, what came and went in batches, and what is there.
 */
struct lbuf_lcore {
	/** Lower half: position behind the topmost chunk. Upper half: allocations up to the
	 *  next sample; in one word they cost a load and a store less.
	 */
	uint64_t state[LBUF_CACHES];
	/** Highest position. Others lower it to have the lcore come into the library with
	 *  its next free.
	 */
	uint64_t lim[LBUF_CACHES];
	uint64_t obj[LBUF_CACHES]; /**< Position of the lowest chunk. */
};

/** What an allocation takes off lbuf_lcore::state. */
#define LBUF_STATE_STEP ((uint64_t)1 << 32 | 1)

/**
 * The caches that the calling thread used last. For the inline functions only.
 *
 * Comparing with what the thread has at hand keeps the caches' address off the chain
 * of loads that begins at a chunk: that makes an allocation and a free a third
 * cheaper than finding the caches by lcore id. The cache that was allocated from last
 * serves the same purpose, see lbuf_cache_guess().
 */
struct lbuf_self {
	const struct lbuf_pool *pool; /**< Whose caches; NULL: none yet. */
	struct lbuf_lcore *own;       /**< The caches, moved on to those of its socket. */
	/** lbuf_mem_head() of chunks that go there, with the index of the first cache of
	 *  its socket, less LBUF_CACHES.
	 */
	uint64_t want;
	/** lbuf_cache_of() of a chunk from the cache that was allocated from last; 0: none. */
	uint64_t last;
	uint64_t bulk; /**< The same of what was freed in bulk last. */
	void *caches;  /**< The library's: all of them. */
};

/** Of the calling thread. */
extern __thread struct lbuf_self lbuf_self __attribute__((tls_model("initial-exec")));

/** Where the positions in struct lbuf_lcore count from. For the library only. */
static inline struct lbuf_chunk **
lbuf_cache_slots(struct lbuf_lcore *own)
{
	return (struct lbuf_chunk **)own;
}

/**
 * The ith state of a cache, by an address in a register of its own. For the library only.
 *
 * The statement without instructions hides from the compiler how the address came about,
 * else it would use base + 8 * index in each access. Intel's cores of 2023 forward a
 * store to the load that follows at once only where both have a plain base: a pair of
 * an allocation and a free, each of which reads what the last one wrote, takes four times
 * as long otherwise. lim and obj are at a constant distance, see lbuf_cache_lim().
 */
static inline uint64_t *
lbuf_cache_state(struct lbuf_lcore *own, int64_t i)
{
	uint64_t *state = own->state + i;

	__asm__("" : "+r"(state));
	return state;
}

/** Address of a position, in a register of its own for the same reason. For the library only. */
static inline struct lbuf_chunk **
lbuf_cache_slot(struct lbuf_lcore *own, uint64_t state)
{
	struct lbuf_chunk **slot = lbuf_cache_slots(own) + (uint32_t)state;

	__asm__("" : "+r"(slot));
	return slot;
}

/**
 * Write a state, and return the address of a position: what it and *word lead to is read
 * only after that. Who steals from the cache relies on this order, see steal.c; it is the
 * compiler's alone, and costs nothing. For the library only.
 */
static inline struct lbuf_chunk **
lbuf_cache_commit(struct lbuf_lcore *own, uint64_t **word, uint64_t state, uint64_t at)
{
	struct lbuf_chunk **slot = lbuf_cache_slots(own) + (uint32_t)at;
	uint64_t *hidden = *word;

	LBUF_CACHE_WRITE(hidden, state);
	__asm__("" : "+r"(slot), "+r"(hidden) : "m"(**word));
	*word = hidden;
	return slot;
}

/**
 * Position that a cache may be filled up to. For the library only.
 *
 * Others lower it to notify the lcore. It is read plainly, so that it becomes a part of the
 * comparison: which cache it is of comes out of a chunk, so no compiler can keep it.
 */
static inline uint64_t
lbuf_cache_lim(const uint64_t *state)
{
	return LBUF_CACHE_READ(state + offsetof(struct lbuf_lcore, lim) / sizeof(*state));
}

/** Position of the lowest chunk of a cache. For the library only. */
static inline uint64_t
lbuf_cache_obj(const uint64_t *state)
{
	return LBUF_CACHE_READ(state + offsetof(struct lbuf_lcore, obj) / sizeof(*state));
}

/**
 * Note which cache an allocation is from. Not to be joined with another store: it must not
 * wait for the chunk. For the library only.
 */
static inline void
lbuf_cache_note(uint64_t i)
{
	lbuf_self.last = i + LBUF_CACHES;
	__asm__("" : "+m"(lbuf_self.last));
}

/**
 * Whether a chunk is of the cache that was allocated from last; if so *i, which comes out of
 * the chunk, is replaced by the same value, which does not. For the library only.
 *
 * A free writes the state of a cache, and the next allocation reads that of the same or of
 * another one. A CPU holds such a load back until it knows where the store goes. Were that
 * known only when the chunk's descriptor is there, then programs that use several sizes by
 * turns would wait for three loads, one after the other, at each of them: 5.9 ns instead of
 * 2.7 on an EPYC of family 26. Here the CPU's branch predictor makes that one of no matter.
 * The compiler must not see that the two are equal, or it uses the one that is late.
 */
static inline bool
lbuf_cache_guess(uint64_t *i)
{
	uint64_t guess = lbuf_self.last, diff = *i ^ guess;

	__asm__("" : "+r"(diff));
	if (unlikely(diff != 0))
		return false;
	__asm__ volatile("" : "+r"(guess));
	*i = guess;
	return true;
}

/** Index among the caches of one socket. For the library only. */
static inline uint32_t
lbuf_cache_index(const struct lbuf_pool *pool, size_t size)
{
	return lbuf_class_index(size) + (size >= pool->middle_min);
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_CACHE_H */
