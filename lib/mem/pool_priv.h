/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Inside of a pool.
 *
 *   lcore caches  one per lcore, socket and class; no locks (lbuf_chunk.h, cache.c)
 *   depots        one per socket and class; a stack under a spinlock, and an
 *                 rte_mempool so that DPDK's tools see it (depot.c, depot_ops.c)
 *   slabs         memory and descriptors of many chunks, from EAL's heap (slab.c)
 *   large chunks  mappings in an arena per socket, some of them kept (large.c)
 *   budget        bytes of a socket, over all tiers, and their limit (budget.c)
 *   tender        a control thread: grows ahead, gives back what idles (tender.c)
 *   waiters       a line, served from the depots and from robbed caches (wait.c, rob.c)
 *
 * A cache index (cidx) names socket, tier and class at once: alloc computes it
 * from the size, free reads it from the chunk. The large tier has none.
 *
 * Locks, in the order in which they are taken: the tender's, a pool's waiters, a
 * depot's grow lock, that of devices or of large chunks, an lcore's caches, a depot's
 * stack. Callbacks of users are called with none of them held.
 */

#ifndef LBUF_POOL_PRIV_H
#define LBUF_POOL_PRIV_H

#include <errno.h>
#include <stdbool.h>

#include <rte_eal.h>
#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_spinlock.h>
#include <rte_tailq.h>

#include <lbuf_chunk.h>
#include <lbuf_pool.h>

#include "cache_priv.h"

extern int lbuf_mem_logtype;
#define MEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_##level, (uint32_t)lbuf_mem_logtype, "lbuf: " fmt "\n", ##__VA_ARGS__)

/* Pools with lcore caches: a tag is what the upper bits of lbuf_mem::flags hold. */
#define TAG_MAX (UINT8_MAX >> LBUF_MEM_TAG_SHIFT)

/* Allocations of a class on an lcore, of which one is kept account of. */
#define SAMPLE_PERIOD 512

/* Pages of the large tier, bytes: those of 2 MiB, which every machine has. */
#define LARGE_PAGE_SHIFT 21
#define LARGE_PAGE ((size_t)1 << LARGE_PAGE_SHIFT)

/* Devices that a pool's memory can be mapped for. */
#define DEVICES_MAX 32

/* Bytes behind each chunk of a debug pool that nobody may write. */
#define GUARD_BYTES 64

struct pool_priv;

/* Who has a chunk, or had it last. */
struct owner {
	uint64_t tsc;             /* since when */
	const void *caller;       /* who called, in the process of the lcore */
	char tag[LBUF_TAG_LEN];   /* see lbuf_tag_set() */
	size_t size;              /* bytes that were asked for */
	struct lbuf_chunk *chunk; /* NULL: a free record */
	uint32_t lcore;
	bool out; /* debug pools: not free */
};

/* Memory of a number of chunks, and their descriptors. */
struct lbuf_slab {
	TAILQ_ENTRY(lbuf_slab) next;
	uint8_t *mem; /* all of it, of EAL's heap */
	uint8_t *data;
	struct owner *owner; /* of each chunk, in debug pools */
	uint32_t n;          /* chunks */
	uint32_t home;       /* of these, in the depot; counted while trimming */
	struct lbuf_chunk chunk[] __rte_cache_aligned;
};

struct depot {
	rte_spinlock_t lock;     /* guards what follows */
	uint32_t n;              /* chunks in the depot */
	uint32_t low;            /* least that n was since depot_window() */
	uint32_t room;           /* chunks that fit into obj */
	struct lbuf_chunk **obj; /* stack, the last one given back on top */
	uint64_t allocs;         /* by threads that have no cache */
	uint64_t frees;
	uint64_t gets; /* batches taken */
	uint64_t failures;
	uint64_t stranded;  /* failures while lcore caches had chunks */
	uint64_t fallbacks; /* requests for this socket that another served */

	rte_spinlock_t grow_lock; /* one thread at a time adds or takes slabs */
	TAILQ_HEAD(, lbuf_slab) slabs;
	uint64_t chunks;
	uint64_t bytes; /* data and descriptors */
	uint64_t high_water;
	uint64_t grows;
	uint64_t stalls; /* of these, by a thread that needed a chunk */
	uint64_t shrinks;

	/* The tender's. */
	uint64_t seen_gets;   /* at its last pass */
	uint64_t window_gets; /* when its window began */

	size_t size;       /* of a chunk, bytes */
	uint32_t slab_min; /* chunks of its first slab */
	uint32_t slab_max; /* chunks of its largest slabs */
	uint16_t cidx;
	uint8_t slot;
	uint8_t tier;
	bool uncached; /* lcores do not cache its chunks */
	int socket;
	struct rte_mempool *mp;
	struct pool_priv *priv;
} __rte_cache_aligned;

/* A mapping of a large chunk, in use or kept. */
struct large_chunk {
	struct lbuf_chunk chunk;       /* first */
	TAILQ_ENTRY(large_chunk) next; /* in a bucket, or among those that are out */
	TAILQ_ENTRY(large_chunk) age;  /* among those that are kept */
	TAILQ_ENTRY(large_chunk) dma;  /* among those that devices reach */
	size_t bytes;                  /* of the mapping */
	uint64_t freed_tsc;
	bool huge;   /* pages that devices can reach */
	bool mapped; /* for devices, now and to come */
	struct owner owner;
};
TAILQ_HEAD(large_list, large_chunk);

/* Address space that large chunks are mapped in. */
struct arena {
	uint8_t *base; /* NULL: not yet reserved */
	uint32_t nb_pages;
	uint32_t next;   /* where to look for room first */
	bool registered; /* with EAL */
	uint8_t *used;   /* of each page, whether it is */
};

/* A device that large chunks are mapped for. */
struct device {
	struct rte_device *dev;
	uint32_t users; /* times that it was added */
	bool vfio;      /* has the IOMMU container that those under vfio-pci share */
};

/* Buckets of kept mappings: a class each, and one for all that are larger. */
#define LARGE_BUCKETS (LBUF_CLASS_NUM + 1)

struct large {
	rte_spinlock_t lock;
	struct lbuf_pool_stats stats;
	struct large_list bucket[LARGE_BUCKETS];
	struct large_list kept; /* all of them, the oldest first */
	struct large_list out;  /* chunks in the hands of users */
	size_t kept_bytes;
	rte_spinlock_t arena_lock;
	struct arena arena;
} __rte_cache_aligned;

/* A socket. */
struct pool_slot {
	int socket;
	uint64_t limit; /* bytes; UINT64_MAX: none */
	uint64_t used;  /* bytes of slabs and mappings */
	uint64_t refusals;
	uint64_t warned_tsc; /* when the log last told of one */
	uint64_t dry_tsc;    /* until when EAL's heap is not asked for so many bytes */
	uint64_t dry_bytes;
	rte_spinlock_t meta_lock;
	struct meta_block *meta;
	struct large large;
};

TAILQ_HEAD(waiter_list, lbuf_waiter);

struct pool_priv {
	struct lbuf_pool pub; /* first: a struct lbuf_pool * is one of these */
	char name[LBUF_POOL_NAMESIZE];
	uint8_t tag;   /* 0: none; stays when the structure is used again */
	bool uncached; /* served from the depots alone */
	struct lbuf_pool_params params;
	int inject;                    /* see lbuf_pool_inject() */
	uint32_t walkers;              /* that have the pool in hand, see lbuf_pool_walk() */
	TAILQ_ENTRY(pool_priv) tended; /* of the primary process */
	uint64_t window_tsc;           /* when the tender's window began */

	uint32_t nb_slots;
	struct pool_slot slot[LBUF_SOCKETS_MAX];

	rte_spinlock_t lock;                       /* guards the making of depots and lcores */
	struct lcore_caches *lcore[RTE_MAX_LCORE]; /* NULL until first used */
	struct depot *depot[LBUF_CACHES];

	rte_spinlock_t wait_lock;
	struct waiter_list waiters;
	uint32_t nb_waiters;

	rte_spinlock_t track_lock;
	struct owner *track; /* records of the sample; NULL until the first */
	uint32_t track_next; /* where to look for a free one */
	uint64_t track_lost; /* chunks that found none */
	uint64_t bugs;       /* that a debug pool found */

	rte_spinlock_t dev_lock;
	struct large_list mapped; /* for all of the devices */
	uint64_t dev_warned_tsc;  /* when the log last told of one that could not be */
	bool dma;                 /* it has had a device: EAL knows of the arenas */
	uint32_t nb_devs;
	struct device dev[DEVICES_MAX];
};

static inline struct pool_priv *
pool_priv(const struct lbuf_pool *pool)
{
	return (struct pool_priv *)(uintptr_t)pool;
}

static inline bool
pool_is_debug(const struct pool_priv *priv)
{
	return (priv->params.flags & LBUF_POOL_F_DEBUG) != 0;
}

static inline uint32_t
slot_base(uint32_t slot)
{
	return slot * LBUF_SOCKET_CACHES;
}

/* Caches in use on each lcore. */
static inline uint32_t
nb_caches(const struct pool_priv *priv)
{
	return slot_base(priv->nb_slots);
}

static inline const char *
tier_name(enum lbuf_tier tier)
{
	static const char *const name[] = { "small", "middle", "large" };

	return name[tier];
}

static inline struct depot *
depot_at(const struct pool_priv *priv, uint32_t cidx)
{
	return __atomic_load_n(&priv->depot[cidx], __ATOMIC_ACQUIRE);
}

/* pool.c */

/* Slot of a socket, or -1. */
int
pool_slot(const struct pool_priv *priv, int socket);
/* Slot that is nearest to `slot` among those not in the bit set `tried`, or -1. */
int
pool_nearest_slot(const struct pool_priv *priv, uint32_t slot, uint32_t tried);
/* A pool by name; NULL: there is none. EAL's tailq lock must be held. */
struct pool_priv *
pool_find(const char *name);
/* As lbuf_pool_walk(), but under EAL's lock: no pool is kept from being freed. */
void
pools_list(void (*func)(struct lbuf_pool *pool, void *arg), void *arg);

/*
 * store.c: a structure for these sockets, with a tag if the pool is to have caches and
 * one is free; NULL: no memory.
 */
struct pool_priv *
store_take(const struct lbuf_pool_params *p, bool cached);
void
store_put(struct pool_priv *priv);
/* Pools that have caches; TAG_MAX can. */
unsigned int
store_cached(void);
/* For tests: pieces of EAL's heap that freed pools have left for the next ones. */
unsigned int
store_pieces(void);

/* stats.c: figures of a class, and of the large tier of a slot */
void
class_stats(const struct pool_priv *priv, const struct depot *depot, struct lbuf_pool_stats *st);
void
large_stats(const struct pool_priv *priv, uint32_t slot, struct lbuf_pool_stats *st);

/* Chunks in depots, or kept. Figures that were read beside running lcores may not add up. */
static inline uint64_t
stats_free(const struct lbuf_pool_stats *st)
{
	return st->chunks > st->out + st->cached ? st->chunks - st->out - st->cached : 0;
}

/* telemetry.c: make the commands known to EAL. */
void
telemetry_register(void);

/* params.c: fill the defaults in, and check; 0 or a negative errno. */
int
params_check(const char *name, struct lbuf_pool_params *p);

/*
 * meta.c: zeroed memory, on the socket if it has any, aligned to a cache line, that
 * lives as long as the pool; at most some KiB. NULL: no memory.
 */
void *
meta_alloc(struct pool_priv *priv, uint32_t slot, size_t bytes);
void
meta_free_all(struct pool_priv *priv, uint32_t slot);

/* slab.c */
struct lbuf_slab *
slab_new(const struct depot *depot, uint32_t n);
void
slab_free(struct lbuf_slab *slab);
/* Bytes of a slab of n chunks. */
size_t
slab_bytes(const struct depot *depot, uint32_t n);
/* Find the slabs that a depot begins with, and ends up with. */
void
slab_sizes(struct depot *depot);
/* Chunks of a depot's next slab: as many as there are, and as its pages hold. */
uint32_t
slab_chunks(const struct depot *depot);
/* log2 of the pages that IOVA breaks at; 0: nowhere. */
uint8_t
iova_page_shift(const void *addr);

/* depot.c */

/* The depot of a class, made if it does not exist; NULL: no memory. */
struct depot *
depot_of(struct pool_priv *priv, uint32_t cidx);
void
depot_free(struct depot *depot);
/*
 * Take 1 to n chunks, growing the depot if it is empty; returns how many, or a
 * negative errno: -ENOMEM, -ENOBUFS at the limit.
 */
int
depot_get(struct depot *depot, struct lbuf_chunk **obj, uint32_t n);
/* Take up to n chunks of those that are there; returns how many. */
uint32_t
depot_pop(struct depot *depot, struct lbuf_chunk **obj, uint32_t n);
void
depot_put(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n);
/* Add a slab, unless another thread is at it; 0 or a negative errno. */
int
depot_grow_ahead(struct depot *depot);
/* Give back slabs of which all chunks are there, up to so many chunks; bytes. */
size_t
depot_trim(struct depot *depot, uint64_t max_chunks);
/* The same, or nothing where another thread adds or takes slabs. */
size_t
depot_try_trim(struct depot *depot);
/* Chunks that were never needed since the last call. */
uint32_t
depot_window(struct depot *depot);

/* depot_ops.c: the face of a depot to DPDK's tools; NULL: no memory. */
struct rte_mempool *
depot_mempool(struct depot *depot);

/* large.c */
void
large_init(struct large *large);
/* NULL with rte_errno. */
struct lbuf_chunk *
large_alloc(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller);
void
large_free(struct lbuf_chunk *chunk);
/* Give kept mappings back that were freed before a time; returns bytes. */
size_t
large_trim(struct pool_priv *priv, uint32_t slot, uint64_t before_tsc);
/* Give all back, at the end of a pool. */
/* Write down where devices find a chunk, as EAL tells. */
void
large_set_iova(struct large_chunk *lc);
void
large_fini(struct pool_priv *priv, uint32_t slot);

/* arena.c */

/* The largest chunk that an arena has address space for, bytes. */
size_t
arena_room(const struct pool_priv *priv);

/*
 * Map memory on a socket, every page of it there, hugepages or others; NULL: it
 * cannot be had.
 */
/* Tell EAL of a socket's arena, if there is one. */
void
arena_register(struct pool_priv *priv, uint32_t slot);
uint8_t *
arena_map(struct pool_priv *priv, uint32_t slot, size_t bytes, bool huge);
void
arena_unmap(struct pool_priv *priv, uint32_t slot, uint8_t *addr, size_t bytes);
void
arena_free(struct arena *arena);

/*
 * dma.c: let all devices of a pool, and those to come, reach a chunk of hugepages. 0,
 * also if it has no IOVA (lc->mapped tells), or -ENOMEM: nothing is mapped then.
 */
int
dma_map(struct pool_priv *priv, struct large_chunk *lc);
void
dma_unmap(struct pool_priv *priv, struct large_chunk *lc);

/* budget.c */

/* Whether it is time to log again what may be all the time; *last: when that was. */
bool
log_due(uint64_t *last_tsc);

/* Take bytes of a socket: 0 or -ENOBUFS. */
int
budget_take(struct pool_priv *priv, uint32_t slot, size_t bytes);
void
budget_give(struct pool_priv *priv, uint32_t slot, size_t bytes);
/*
 * Whether EAL's heap had not that many bytes a moment ago: to ask it then takes 30
 * microseconds and more, in which it looks for pages. And to note that it had not, or
 * that the pool gave it something back.
 */
bool
heap_is_dry(const struct pool_priv *priv, uint32_t slot, size_t bytes);
void
heap_set_dry(struct pool_priv *priv, uint32_t slot, size_t bytes);
void
heap_reset_dry(struct pool_priv *priv, uint32_t slot);
/*
 * Give back what lies idle on a socket, for others to have; returns bytes. While somebody
 * waits only he may have it.
 */
size_t
budget_reclaim(struct pool_priv *priv, uint32_t slot);

/* take.c */

/*
 * A chunk of a slot, by the lcore's cache or else from the depot or a mapping;
 * NULL with rte_errno.
 */
struct lbuf_chunk *
slot_alloc(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller);
/* n chunks by the lcore's cache at once; false: that cannot be. */
bool
cache_alloc_bulk(struct pool_priv *priv, size_t size, struct lbuf_chunk **chunks, unsigned int n,
		const void *caller);

/*
 * A chunk for one who waits, past the caches; NULL: there is none, and none may or can be
 * added.
 */
struct lbuf_chunk *
take_one(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller, bool grow);

/* chunk.c: slot of a request, or -EINVAL. */
int
request_slot(const struct pool_priv *priv, size_t size, int socket);

/* wait.c */

/*
 * Serve those who wait, as far as there is memory; with force, also what lies in lcores'
 * caches. In one of their callbacks it does nothing: they are served behind that.
 */
void
waiters_serve(struct pool_priv *priv, bool with_force);
/* Whether the calling thread is in the callback of one who waited. */
bool
waiters_called(void);

/* tender.c */
int
tender_add(struct pool_priv *priv);
void
tender_remove(struct pool_priv *priv);
/* Have a look soon: a data lcore had to grow a depot. */
void
tender_hurry(void);

/* owner.c */

/* Keep a record of one chunk of the sample, and drop it. */
void
track_begin(struct pool_priv *priv, struct lbuf_chunk *chunk, size_t size, const void *caller);
void
track_end(struct pool_priv *priv, struct lbuf_chunk *chunk);
/* Note the calling thread as owner. */
void
owner_set(struct owner *owner, struct lbuf_chunk *chunk, size_t size, const void *caller);
/* A place in the code: the function if its name is known. */
void
caller_text(const void *caller, char *buf, size_t len);
/* "lcore 1, tag rx, function+0x10, 0.3 s ago" */
void
owner_text(const struct owner *owner, char *buf, size_t len);
/* Who has, or had, a chunk of a debug pool or of the large tier; NULL: not known. */
struct owner *
owner_of(struct lbuf_chunk *chunk);
/* Call a function for each owner that is known, and how many chunks one stands for. */
void
owner_walk(struct pool_priv *priv, void (*func)(const struct owner *o, uint32_t weight, void *arg),
		void *arg);

/* debug.c: of debug pools */

/* Check a chunk that is handed out, and note its owner. */
void
debug_alloc(struct pool_priv *priv, struct lbuf_chunk *chunk, size_t size, const void *caller);
/* Check a chunk that comes back; false if it must not be taken. */
bool
debug_free(struct pool_priv *priv, struct lbuf_chunk *chunk);
/* Prepare chunks that are new. */
void
debug_poison(struct lbuf_chunk *chunk);
/* Log who holds what, at most so many chunks. */
void
debug_leaks(struct pool_priv *priv, unsigned int max);

/*
 * For tests, and only in pools with LBUF_POOL_F_NO_CACHE: the nth allocation of
 * a chunk from now on fails with ENOMEM. 1 is the next one, 0 none.
 */
void
lbuf_pool_inject(struct lbuf_pool *pool, int nth);

#endif /* LBUF_POOL_PRIV_H */
