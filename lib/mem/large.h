/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_LARGE_H
#define LBUF_MEM_LARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbuf_chunk.h>

#include "arena.h"
#include "dma.h"
#include "owner.h"
#include "socket_mem.h"

/* A mapping of a large chunk, in use or kept. */
struct large_chunk {
	struct lbuf_chunk chunk;       /* first */
	TAILQ_ENTRY(large_chunk) next; /* in a bucket, or among those that are out */
	TAILQ_ENTRY(large_chunk) age;  /* among those that are kept */
	struct dma_range range;        /* all of the mapping */
	uint64_t freed_tsc;
	bool huge; /* pages that devices can reach */
	struct owner owner;
};
TAILQ_HEAD(large_list, large_chunk);

/* Buckets of kept mappings: a class each, and one for all that are larger. */
#define LARGE_BUCKETS (LBUF_CLASS_NUM + 1)

/* The large tier on a socket. */
struct large {
	rte_spinlock_t lock;
	struct lbuf_pool_stats stats;
	struct large_list bucket[LARGE_BUCKETS];
	struct large_list kept; /* all of them, the oldest first */
	struct large_list out;  /* chunks in the hands of users */
	size_t kept_bytes;
	size_t kept_max;
	bool base_pages; /* they will do where hugepages cannot be had */
	bool debug;
	uint8_t slot;
	struct lbuf_pool *pool;
	struct socket_mem *mem;
	struct devices *devices;
	struct arena arena;
} __rte_cache_aligned;

/* All else but what is set before is made ready; the structure must have been zeroed. */
void
large_init(struct large *large);
/*
 * A chunk, kept or new; NULL, and *ret why: -ENOBUFS if the limit is in the way, -ENOMEM
 * if there is no memory, -ENOTSUP in a secondary process.
 */
struct lbuf_chunk *
large_alloc(struct large *large, size_t size, int *ret);
/* Count a request that failed, or one that another socket served. */
void
large_count_failure(struct large *large);
void
large_count_fallback(struct large *large);
void
large_free(struct large *large, struct lbuf_chunk *chunk);
/*
 * Give kept mappings back that were freed before a time, or none where *waiters is not 0, if
 * that is not NULL; returns bytes.
 */
size_t
large_trim(struct large *large, uint64_t before_tsc, const uint32_t *waiters);
/*
 * Have devices reach what was mapped before there was one. Their lock must be held. A
 * chunk that comes at this very time may be left out: then it is copied to be sent.
 */
void
large_adopt(struct large *large);
/* Give all back, at the end of a pool. */
void
large_fini(struct large *large);

#endif /* LBUF_MEM_LARGE_H */
