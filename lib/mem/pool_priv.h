/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Inside of a pool.
 *
 *   lcore caches  one per lcore, socket and class; no locks (lbuf_chunk.h)
 *   depots        one per socket and class; a stack under a spinlock, and an
 *                 rte_mempool so that DPDK's tools see it (depot.c)
 *   slabs         memory and descriptors of many chunks, from EAL's heap
 *
 * A cache index (cidx) names socket, tier and class at once: alloc computes it
 * from the size, free reads it from the chunk. The large tier has none.
 */

#ifndef LBUF_POOL_PRIV_H
#define LBUF_POOL_PRIV_H

#include <stdbool.h>

#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_spinlock.h>
#include <rte_tailq.h>

#include <lbuf_chunk.h>
#include <lbuf_pool.h>

extern int lbuf_mem_logtype;
#define MEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_##level, (uint32_t)lbuf_mem_logtype, "lbuf: " fmt "\n", ##__VA_ARGS__)

/* Sockets that a pool can serve. */
#define SLOTS_MAX 8
/* Caches of one socket: small classes, then middle ones. */
#define SLOT_CACHES (2 * LBUF_CLASS_NUM)
#define CIDX_MAX (SLOTS_MAX * SLOT_CACHES)

/* Bits of lbuf_lcore::home that hold the lcore id. */
#define HOME_LCORE_BITS 11
_Static_assert(RTE_MAX_LCORE <= 1 << HOME_LCORE_BITS, "lcore ids fit");

struct pool_priv;

/* Memory of a number of chunks, and their descriptors. */
struct lbuf_slab {
	TAILQ_ENTRY(lbuf_slab) next;
	uint8_t *data;
	uint32_t n;    /* chunks */
	uint32_t home; /* of these, in the depot; counted while trimming */
	struct lbuf_chunk chunk[] __rte_cache_aligned;
};

struct depot {
	rte_spinlock_t lock;     /* guards obj and the figures behind it */
	uint32_t n;              /* chunks in the depot */
	uint32_t room;           /* chunks that fit into obj */
	struct lbuf_chunk **obj; /* stack, the last one given back on top */
	uint64_t allocs;         /* by threads that have no cache */
	uint64_t frees;
	uint64_t failures;
	uint64_t fallbacks; /* requests for this socket that another served */

	rte_spinlock_t grow_lock; /* one thread at a time adds or takes slabs */
	TAILQ_HEAD(, lbuf_slab) slabs;
	uint64_t chunks;
	uint64_t bytes; /* data and descriptors */
	uint64_t high_water;
	uint64_t grows;
	uint64_t shrinks;

	size_t size; /* of a chunk, bytes */
	uint16_t cidx;
	uint8_t slot;
	uint8_t tier;
	int socket;
	struct rte_mempool *mp;
	struct lbuf_pool *pool;
} __rte_cache_aligned;

/* Figures of the large tier on a socket. */
struct large {
	rte_spinlock_t lock;
	struct lbuf_pool_stats stats;
} __rte_cache_aligned;

struct pool_priv {
	struct lbuf_pool pub; /* first: a struct lbuf_pool * is one of these */
	char name[LBUF_POOL_NAMESIZE];
	struct lbuf_pool_params params;
	int inject; /* see lbuf_pool_inject() */

	uint32_t nb_slots;
	int socket[SLOTS_MAX]; /* socket id of each slot */

	rte_spinlock_t lock;                     /* guards the making of depots and lcores */
	struct lbuf_lcore *lcore[RTE_MAX_LCORE]; /* NULL until first used */
	struct depot *depot[CIDX_MAX];
	struct large large[SLOTS_MAX];
};

static inline struct pool_priv *
pool_priv(const struct lbuf_pool *pool)
{
	return (struct pool_priv *)(uintptr_t)pool;
}

static inline uint32_t
slot_base(uint32_t slot)
{
	return slot * SLOT_CACHES;
}

/* Caches in use on each lcore. */
static inline uint32_t
nb_caches(const struct pool_priv *priv)
{
	return slot_base(priv->nb_slots);
}

static inline uint32_t
cache_len(const struct lbuf_cache *cache)
{
	return cache->obj == NULL ? 0 : (uint32_t)(cache->top - cache->obj);
}

/* Slot of a socket, or -1. */
int
pool_slot(const struct pool_priv *priv, int socket);
/* Slot that is nearest to `slot` among those not in the bit set `tried`, or -1. */
int
pool_nearest_slot(const struct pool_priv *priv, uint32_t slot, uint32_t tried);

/* The depot of a class, made if it does not exist; NULL: no memory. */
struct depot *
depot_of(struct pool_priv *priv, uint32_t cidx);
void
depot_free(struct depot *depot);
/* Take up to n chunks, growing the depot if it is empty: 0 is out of memory. */
uint32_t
depot_get(struct depot *depot, struct lbuf_chunk **obj, uint32_t n);
void
depot_put(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n);
size_t
depot_trim(struct depot *depot);

struct lbuf_chunk *
large_alloc(struct pool_priv *priv, size_t size, uint32_t slot);
void
large_free(struct lbuf_chunk *chunk);

/* Caches of the calling thread, made if it has none yet; NULL: it cannot. */
struct lbuf_lcore *
lcore_self(struct pool_priv *priv);
/* Give all that an lcore's caches hold to the depots; NULL does nothing. */
void
lcore_flush(struct lbuf_lcore *lcore, struct pool_priv *priv);
/* Free an lcore's caches, which are not in use any more. */
void
lcore_free(struct lbuf_lcore *lcore, const struct pool_priv *priv);

/*
 * For tests, and only in pools with LBUF_POOL_F_NO_CACHE: the nth allocation of
 * a chunk from now on fails with ENOMEM. 1 is the next one, 0 none.
 */
void
lbuf_pool_inject(struct lbuf_pool *pool, int nth);

#endif /* LBUF_POOL_PRIV_H */
