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
 * sizes of the small tier, and an "r" where it is of receiving's share. Depots appear when
 * a class is first used.
 *
 * Telemetry tells of pools, too: /lbuf/list their names, /lbuf/pool,NAME settings and
 * sums, /lbuf/pool_class,NAME every class in use, /lbuf/holders,NAME who holds chunks, and
 * /lbuf/mempools how many objects of every rte_mempool of the program are in use. An answer
 * of DPDK's has 16 KiB at most: where the last three have a field "next", NAME,NEXT in place
 * of NAME (or /lbuf/mempools,NEXT) tells of what has not fitted.
 */

#ifndef LBUF_POOL_H
#define LBUF_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>

#include <lbuf_class.h>
#include <lbuf_mem.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @page processes Pools in several processes
 *
 * Secondary processes find the pools of the primary one with lbuf_pool_lookup(), and
 * allocate, read, write and free small and middle chunks: their own and those of
 * others. The large tier is the primary's: a secondary gets ENOTSUP, and may free
 * large chunks but not touch their data. Limits, caches and figures are common to all.
 *
 * As EAL demands, no two processes may have lcores of one id at a time. What the
 * lcores of a secondary process have in their caches stays there when it ends, counted
 * as cached and not as out, for the next process with such lcores: so each of them
 * should call lbuf_pool_flush() before, because EAL has no hook for that. A process
 * that is killed inside the library may leave a lock behind, as in all of DPDK.
 *
 * Mempool operations go by number: programs that are to see each other's depots with
 * DPDK's tools must be linked with the same mempool drivers.
 */

/** Sockets that a pool can serve. */
#define LBUF_SOCKETS_MAX 8

/** Longest pool name with its ending NUL, bytes. */
#define LBUF_POOL_NAMESIZE 13

/** Default of lbuf_pool_params::middle_min, bytes. */
#define LBUF_MIDDLE_MIN ((size_t)1024)
/** Default of lbuf_pool_params::middle_max, bytes. */
#define LBUF_MIDDLE_MAX ((size_t)8 << 20)
/** Default of lbuf_pool_params::cache_bytes. */
#define LBUF_CACHE_BYTES ((size_t)16 << 20)
/** Default of lbuf_pool_params::large_bytes. */
#define LBUF_LARGE_BYTES ((size_t)256 << 20)
/** Default of lbuf_pool_params::idle_ms. */
#define LBUF_IDLE_MS 10000

/** Where a chunk comes from. */
enum lbuf_tier {
	LBUF_TIER_SMALL,
	LBUF_TIER_MIDDLE,
	LBUF_TIER_LARGE,
	LBUF_TIER_NUM
};

/** Whom a request is for, see lbuf_pool_share_set(). */
enum lbuf_share {
	LBUF_SHARE_REST, /**< All that is not for receiving. */
	LBUF_SHARE_RX,   /**< What receiving holds, see lbuf_chunk_alloc_share(). */
	LBUF_SHARE_NUM
};

/** Least limit that lbuf_pool_limit_set() takes, bytes: a slab. */
#define LBUF_LIMIT_MIN ((size_t)4 << 20)

/** What a pool does when the socket asked for has no memory left. */
enum lbuf_policy {
	/** Take the nearest other socket, and count it. */
	LBUF_POLICY_PREFER,
	/** Fail with ENOMEM. */
	LBUF_POLICY_STRICT,
};

/** Serve every request from the depots: for debugging, slow. */
#define LBUF_POOL_F_NO_CACHE 0x1
/** Large chunks may be out of the reach of devices: of base pages where hugepages run
 *  out, or of hugepages that a device cannot have mapped. What is sent of them is copied.
 */
#define LBUF_POOL_F_BASE_PAGES 0x2
/** Find double frees, uses after free and overruns, and name who leaks. Slow. Also
 *  set in all pools by the environment variable LBUF_DEBUG=1.
 */
#define LBUF_POOL_F_DEBUG 0x4
/** No background thread for this pool: it grows when asked for chunks, and shrinks by
 *  lbuf_pool_trim().
 */
#define LBUF_POOL_F_NO_BACKGROUND 0x8
/** The name that it had at first. */
#define LBUF_POOL_F_NO_TENDER LBUF_POOL_F_NO_BACKGROUND
/** All of them. */
#define LBUF_POOL_F_ALL 0xf

/** Longest tag that is kept, with its ending NUL, see lbuf_tag_set(). */
#define LBUF_TAG_LEN 16

/** Settings of a pool. All zero, or NULL in its place, is the default. */
struct lbuf_pool_params {
	/** Smallest request of the middle tier, bytes. 0: LBUF_MIDDLE_MIN. */
	size_t middle_min;
	/** Largest request of the middle tier, bytes, LBUF_CLASS_MAX at most.
	 *  0: LBUF_MIDDLE_MAX.
	 */
	size_t middle_max;
	/** What the caches of one lcore may grow by, over all classes, bytes.
	 *  0: LBUF_CACHE_BYTES, but no more than a 32nd of limit_bytes. A cache begins
	 *  with 256 KiB, 8 to 64 chunks; one that is often full or empty doubles, to at
	 *  most 512 chunks, one that idles shrinks. Up to 64 chunks it may have in any
	 *  case.
	 */
	size_t cache_bytes;
	/** Most that a socket may hold, bytes, over all tiers: what is in use and
	 *  what is not. 0: no limit. See lbuf_pool_limit_set().
	 */
	size_t limit_bytes;
	/** Freed large chunks that a socket keeps, bytes. 0: LBUF_LARGE_BYTES;
	 *  SIZE_MAX: no bound of its own.
	 */
	size_t large_bytes;
	/** Time without use after which memory goes back to the system, ms.
	 *  0: LBUF_IDLE_MS.
	 */
	uint32_t idle_ms;
	/** Sockets to serve; 0: all that EAL knows (rte_socket_count()). */
	uint32_t nb_sockets;
	/** Their ids, those of external heaps (rte_malloc_heap_get_socket()) among
	 *  them. The first one serves threads whose socket is not listed. Threads on
	 *  a socket that has no memory at all, or none that the process may use
	 *  (cpuset.mems of its control group) when the pool is created, are served by
	 *  the nearest one that has, whatever the policy.
	 */
	int sockets[LBUF_SOCKETS_MAX];
	/** Where to turn when a socket is out of memory. */
	enum lbuf_policy policy;
	/** LBUF_POOL_F_* */
	uint32_t flags;
};

struct lbuf_chunk;

/** Part of a pool that the inline functions read. Not to be written. */
struct lbuf_pool {
	size_t middle_min; /**< Smallest request of the middle tier, bytes. */
	size_t middle_max; /**< Largest request of the middle tier, bytes. */
	bool mixed;        /**< Chunks of one size may be of several sockets or shares. */
};

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
	/** Chunks that lcores freed beyond those they allocated. What goes back and
	 *  forth between two lcores cancels out.
	 */
	uint64_t remote;
	uint64_t grows;     /**< Slabs, and large mappings, added. */
	uint64_t stalls;    /**< Of these, while a thread waited for a chunk. */
	uint64_t shrinks;   /**< Slabs, and large mappings, given back. */
	uint64_t fallbacks; /**< Requests served by another socket. */
	uint64_t failures;  /**< Requests that failed. */
	/** Of these, while caches of lcores had chunks of the class: a smaller
	 *  cache_bytes, or lbuf_pool_flush() on idle lcores, would have served them.
	 */
	uint64_t stranded;
	/** Large chunks that could not be mapped for a device: they were refused or,
	 *  with LBUF_POOL_F_BASE_PAGES, handed out without an IOVA.
	 */
	uint64_t dma_failures;
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
 *     middle_max over LBUF_CLASS_MAX, limit_bytes under LBUF_LIMIT_MIN, a socket
 *     that does not exist or is listed twice, an unknown flag or policy
 *   - ENAMETOOLONG: name too long
 *   - EEXIST: name taken
 *   - ENOMEM: no memory
 *   - EPERM: not a primary process
 */
struct lbuf_pool *
lbuf_pool_create(const char *name, const struct lbuf_pool_params *params);

/**
 * Free a pool, whose chunks must all have been given back. To be done before
 * rte_eal_cleanup().
 *
 * @param pool
 *   The pool; NULL does nothing. No other thread may use it any more.
 * @return
 *   0, or nothing is freed:
 *   - -EBUSY while chunks are out, somebody waits for memory, or a callback of
 *     lbuf_pool_walk() has it in hand; and in a callback of lbuf_chunk_wait()
 *   - -EPERM in a secondary process
 */
int
lbuf_pool_free(struct lbuf_pool *pool);

/**
 * Find a pool by name, in any process.
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
 * Give idle memory back to the system: slabs whose chunks are all in their depot,
 * and kept large mappings.
 *
 * Empties the caches of the calling lcore and of those that free something within a
 * millisecond. Other lcores' caches stay: let them call lbuf_pool_flush() before
 * they go idle. Safe beside other threads' allocations.
 *
 * @return
 *   Bytes given back.
 */
size_t
lbuf_pool_trim(struct lbuf_pool *pool);

/**
 * Set the most that a socket may hold, over all tiers, in use or not. Exact to one
 * slab. At the limit, and when nothing idle can be given back, requests fail with
 * ENOBUFS.
 *
 * @param pool
 *   The pool.
 * @param socket
 *   One of its sockets.
 * @param bytes
 *   The limit, LBUF_LIMIT_MIN at least; 0: none. May be less than what is in use:
 *   then no request is served that needs memory until enough has been freed. Who waits
 *   for more stays in line, see lbuf_chunk_wait(). Where the limit is divided by
 *   lbuf_pool_share_set(), that of the rest changes.
 * @return
 *   0; -EINVAL for a socket that is not the pool's, or a limit that is too low: also if it
 *   leaves less than LBUF_LIMIT_MIN to the rest.
 *
 * Threads: any, at any time.
 */
int
lbuf_pool_limit_set(struct lbuf_pool *pool, int socket, size_t bytes);

struct rte_device;

/**
 * Let a device reach the memory of a pool by DMA: large chunks, too, which are no
 * memory of EAL's heap, and those that come later. lbuf_port_create() does it for
 * its port. In a secondary process it does nothing: its devices are the primary's.
 *
 * @param pool
 *   The pool.
 * @param dev
 *   The device. Adding one twice is fine: it has to be removed as often.
 * @return
 *   0, also if the device needs no mapping; -EINVAL; -ENOMEM if it could not be
 *   mapped; -ENOSPC over 32 devices.
 */
int
lbuf_pool_dev_add(struct lbuf_pool *pool, struct rte_device *dev);

/**
 * Undo lbuf_pool_dev_add(), when the device is stopped, and before it is closed: the
 * drivers of some devices (virtio) give up with it what EAL needs for that. What EAL
 * could not unmap it would map again for the next device.
 *
 * @return
 *   0; -EINVAL; -ENOENT if it was not added.
 */
int
lbuf_pool_dev_remove(struct lbuf_pool *pool, struct rte_device *dev);

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
 * Print a line for the pool and one for each socket and class in use: the name of its
 * depot, socket, size, chunks in existence, out, cached (and by which lcores), free in
 * the depot, slabs added and given back, failures. The large tier has a line for each
 * socket.
 */
void
lbuf_pool_dump(const struct lbuf_pool *pool, FILE *f);

/**
 * Call a function for each pool of the process.
 *
 * No lock is held meanwhile: the function may call all of the library, lbuf_pool_walk()
 * and lbuf_pool_create() included. Only the pool it is called for stays: lbuf_pool_free()
 * of it fails with EBUSY, on any thread.
 *
 * @param func
 *   Called once for each pool; whether also for one that is created meanwhile is not
 *   said.
 * @param arg
 *   For func.
 */
void
lbuf_pool_walk(void (*func)(struct lbuf_pool *pool, void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_POOL_H */
