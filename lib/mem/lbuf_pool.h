/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Pools: three tiers of memory on all sockets, behind one handle.
 *
 * A request is served by the tier that its size names:
 *
 *   small    under middle_min            rte_malloc, cut into classes
 *   middle   middle_min to middle_max    size classes, a depot mempool for each
 *   large    over middle_max             hugepage mmap
 *
 * Small and middle chunks come from the calling lcore's own cache, without lock
 * or atomic instruction, refilled and flushed in batches. The depot behind the
 * caches is one rte_mempool per socket and class; rte_mempool_list_dump() and
 * the mempool telemetry show it as POOL.SOCKET.SIZE, with an "s" behind the
 * sizes of the small tier. Depots appear when a class is first used.
 */

#ifndef LBUF_POOL_H
#define LBUF_POOL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>

#include <lbuf_class.h>
#include <lbuf_mem.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest pool name with its ending NUL, bytes. */
#define LBUF_POOL_NAMESIZE 13

/** Default of lbuf_pool_params::middle_min, bytes. */
#define LBUF_MIDDLE_MIN ((size_t)1024)
/** Default of lbuf_pool_params::middle_max, bytes. */
#define LBUF_MIDDLE_MAX ((size_t)8 << 20)
/** Default of lbuf_pool_params::cache_bytes. */
#define LBUF_CACHE_BYTES ((size_t)4 << 20)

/** Where a chunk comes from. */
enum lbuf_tier {
	LBUF_TIER_SMALL,
	LBUF_TIER_MIDDLE,
	LBUF_TIER_LARGE,
	LBUF_TIER_NUM
};

/** What a pool does when the socket asked for has no memory left. */
enum lbuf_policy {
	/** Take the nearest other socket, and count it. */
	LBUF_POLICY_PREFER,
	/** Fail with ENOMEM. */
	LBUF_POLICY_STRICT,
};

/** Serve every request from the depots: for debugging, slow. */
#define LBUF_POOL_F_NO_CACHE 0x1
/** Large chunks may consist of base pages where hugepages run out. */
#define LBUF_POOL_F_BASE_PAGES 0x2

/** Settings of a pool. All zero, or NULL in its place, is the default. */
struct lbuf_pool_params {
	/** Smallest request of the middle tier, bytes. 0: LBUF_MIDDLE_MIN. */
	size_t middle_min;
	/** Largest request of the middle tier, bytes, LBUF_CLASS_MAX at most.
	 *  0: LBUF_MIDDLE_MAX.
	 */
	size_t middle_max;
	/** What one lcore may cache of one class, bytes, but at least 16 and at
	 *  most 512 chunks. 0: LBUF_CACHE_BYTES.
	 */
	size_t cache_bytes;
	/** Where to turn when a socket is out of memory. */
	enum lbuf_policy policy;
	/** LBUF_POOL_F_* */
	uint32_t flags;
};

struct lbuf_chunk;

/**
 * Cache of one class on one lcore: a stack whose warmest chunk is on top. For
 * the inline functions only.
 *
 * A NULL lies under the lowest chunk, so that popping tells an empty cache by
 * what it reads. Chunks handed out are not counted: they are what came in less
 * what went out and what is there.
 */
struct lbuf_cache {
	struct lbuf_chunk **top; /**< Behind the topmost chunk. */
	struct lbuf_chunk **lim; /**< Highest top can be. */
	uint64_t frees;          /**< Chunks taken back from users. */
	struct lbuf_chunk **obj; /**< The lowest chunk; NULL until first used. */
	uint64_t refilled;       /**< Chunks that came from the depot. */
	uint64_t flushed;        /**< Chunks that went to the depot. */
	uint64_t remote;         /**< Frees of what another lcore handed out. */
	uint32_t refills;        /**< Batches that came from the depot. */
	uint32_t flushes;        /**< Batches that went to the depot. */
} __rte_cache_aligned;

/** Caches of one lcore. For the inline functions only. */
struct lbuf_lcore {
	uint32_t home;           /**< See lbuf_self; unique to pool and lcore. */
	uint32_t base;           /**< First cache of the lcore's own socket. */
	struct lbuf_chunk *none; /**< NULL: what lies under a cache not yet used. */
	/** By lbuf_mem::cidx. */
	struct lbuf_cache cache[] __rte_cache_aligned;
};

/** Part of a pool that the inline functions read. Not to be written. */
struct lbuf_pool {
	uint32_t id;       /**< Unique in the process, not 0. */
	size_t middle_min; /**< Smallest request of the middle tier, bytes. */
	size_t middle_max; /**< Largest request of the middle tier, bytes. */
};

/**
 * The caches that the calling thread used last. For the inline functions only.
 *
 * Comparing an id with a thread-local one takes the caches' address from the
 * thread alone, off the chain of loads that begins at a chunk: that makes an
 * allocation and a free a third cheaper than finding the caches by lcore id.
 */
struct lbuf_self {
	uint32_t pool_id;         /**< lbuf_pool::id, or 0: none yet. */
	uint32_t home;            /**< lbuf_lcore::home, or 0. */
	struct lbuf_lcore *lcore; /**< Valid if pool_id is not 0. */
};

/** Of the calling thread. */
extern __thread struct lbuf_self lbuf_self __attribute__((tls_model("initial-exec")));

/** Figures of a pool, a tier, a socket or a class: sums over all lcores. */
struct lbuf_pool_stats {
	uint64_t bytes;      /**< Memory held, in use or not, bytes. */
	uint64_t high_water; /**< Most that `bytes` has been. */
	uint64_t chunks;     /**< Chunks in existence. */
	uint64_t out;        /**< Of these, in the hands of users. */
	uint64_t cached;     /**< Of these, in the caches of lcores. */
	uint64_t allocs;     /**< Requests served. */
	uint64_t frees;      /**< Chunks given back. */
	uint64_t refills;    /**< Batches from a depot to an lcore. */
	uint64_t flushes;    /**< Batches from an lcore to a depot. */
	uint64_t remote;     /**< Frees by another lcore than the allocating. */
	uint64_t grows;      /**< Slabs, and large mappings, added. */
	uint64_t shrinks;    /**< Slabs, and large mappings, given back. */
	uint64_t fallbacks;  /**< Requests served by another socket. */
	uint64_t failures;   /**< Requests that failed. */
};

/**
 * Create a pool.
 *
 * Takes some tens of KiB; chunks follow when asked for. Call it on any thread
 * after rte_eal_init(), in a primary process.
 *
 * @param name
 *   Unique, 1 to LBUF_POOL_NAMESIZE - 1 characters.
 * @param params
 *   Settings, or NULL for the defaults. Not kept.
 * @return
 *   The pool, to be given back by lbuf_pool_free(); NULL on error, with
 *   rte_errno:
 *   - EINVAL: name empty, middle_min under LBUF_CLASS_MIN or over middle_max,
 *     middle_max over LBUF_CLASS_MAX, an unknown flag or policy
 *   - ENAMETOOLONG: name too long
 *   - EEXIST: name taken
 *   - ENOMEM: no memory
 *   - EPERM: not a primary process
 */
struct lbuf_pool *
lbuf_pool_create(const char *name, const struct lbuf_pool_params *params);

/**
 * Free a pool, whose chunks must all have been given back.
 *
 * @param pool
 *   The pool; NULL does nothing. No other thread may use it any more.
 * @return
 *   0, or -EBUSY while chunks are out: nothing is freed then.
 */
int
lbuf_pool_free(struct lbuf_pool *pool);

/**
 * Find a pool by name.
 *
 * @return
 *   The pool, or NULL with rte_errno ENOENT (EINVAL for NULL).
 */
struct lbuf_pool *
lbuf_pool_lookup(const char *name);

/** Name of a pool; valid as long as the pool. */
const char *
lbuf_pool_name(const struct lbuf_pool *pool);

/**
 * Give the calling lcore's cached chunks back to the depots: for an lcore that
 * goes idle. Does nothing on a thread that is no EAL lcore.
 *
 * Cost: a lock for each class that holds chunks.
 */
void
lbuf_pool_flush(struct lbuf_pool *pool);

/**
 * Give the slabs whose chunks are all in their depot back to the system.
 *
 * Chunks in lcore caches stay: let idle lcores call lbuf_pool_flush() first.
 * Safe beside other threads' allocations.
 *
 * @return
 *   Bytes given back.
 */
size_t
lbuf_pool_trim(struct lbuf_pool *pool);

/**
 * Sum up figures.
 *
 * Exact when no other thread is inside the pool; beside running lcores each
 * counter is right but they are not read at one instant.
 *
 * @param pool
 *   The pool.
 * @param tier
 *   A tier, or LBUF_TIER_NUM for all.
 * @param socket
 *   A socket, or SOCKET_ID_ANY for all.
 * @param size
 *   A class by the size of its chunks, bytes, or 0 for all.
 * @param stats
 *   Receives the sums.
 * @return
 *   0; -EINVAL for a NULL argument or a tier or socket that is not the pool's.
 */
int
lbuf_pool_stats_get(const struct lbuf_pool *pool, enum lbuf_tier tier, int socket, size_t size,
		struct lbuf_pool_stats *stats);

/** Chunks in the hands of users, over all tiers: 0 when nothing leaks. */
uint64_t
lbuf_pool_chunks_out(const struct lbuf_pool *pool);

/**
 * Print a line for the pool and one for each socket and class in use.
 */
void
lbuf_pool_dump(const struct lbuf_pool *pool, FILE *f);

/** Call a function for each pool of the process. It must not create or free one. */
void
lbuf_pool_walk(void (*func)(struct lbuf_pool *pool, void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_POOL_H */
