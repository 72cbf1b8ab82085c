/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEPOT_H
#define LBUF_MEM_DEPOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_mempool.h>
#include <rte_spinlock.h>

#include "slab.h"
#include "socket_mem.h"

/* Stacks up to this many chunks are kept with the pool's other small things. */
#define STACK_SMALL 1024

/* What lies behind the caches of lcores, of a socket and class. */
struct depot {
	rte_spinlock_t lock;     /* guards what follows */
	uint32_t n;              /* chunks in the depot */
	uint32_t low;            /* least that n was since depot_window() */
	uint32_t room;           /* chunks that fit into obj */
	struct lbuf_chunk **obj; /* stack, the last one given back on top */
	uint64_t allocs;         /* by threads that have no cache */
	uint64_t frees;
	uint64_t gets; /* batches taken */
	uint64_t puts; /* batches put, and slabs added */
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
	uint64_t trim_puts; /* of puts, those of trimming itself */
	uint64_t fruitless; /* 1 + the other puts before a trim that gave nothing; 0: none */

	/* What the background thread remembers. */
	uint64_t seen_gets;   /* at its last pass */
	uint64_t window_gets; /* when its window began */

	struct slab_class cls;
	struct rte_mempool *mp; /* for tools; NULL: they do not see it */
	struct socket_mem *mem;
} __rte_cache_aligned;

/* Whether lcores cache the chunks. */
static inline bool
depot_is_cached(const struct depot *depot)
{
	return depot->cls.flags != 0;
}

/* Take up to n chunks of those that are there; returns how many. */
uint32_t
depot_pop(struct depot *depot, struct lbuf_chunk **obj, uint32_t n);
void
depot_put(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n);
/* Chunks that were never needed since the last call. */
uint32_t
depot_window(struct depot *depot);

/* For the others of the depot's sources; the grow lock must be held. */

/* Make room in the stack for all chunks there are and n more; 0 or -ENOMEM. */
int
depot_reserve(struct depot *depot, uint32_t n);
/* Move a large stack that has become too roomy to a smaller array. */
void
depot_shrink(struct depot *depot);
/*
 * Take up to n of the coldest chunks out, as an array for free(); *got tells how many.
 * NULL: nothing was taken.
 */
struct lbuf_chunk **
depot_take_cold(struct depot *depot, uint64_t n, uint32_t *got);
/* Tell DPDK's tools how many chunks there are. */
void
depot_tell_size(struct depot *depot);
/* Free the stack. */
void
depot_stack_free(struct depot *depot);

#endif /* LBUF_MEM_DEPOT_H */
