/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SLAB_H
#define LBUF_MEM_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <lbuf_chunk.h>

#include "owner.h"

/* A class on a socket: what its chunks are like, and its slabs. */
struct slab_class {
	size_t size;    /* of a chunk, bytes */
	uint32_t first; /* chunks of its first slab */
	uint32_t max;   /* chunks of its largest slabs */
	uint16_t cidx;
	uint8_t slot;
	uint8_t tier;
	uint8_t flags; /* of lbuf_mem: the pool's tag; 0: lcores do not cache its chunks */
	bool debug;    /* chunks have owners, and guards behind them */
	int socket;
	struct lbuf_pool *pool;
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

/* A slab of n chunks; `nth` is how many the class has had before. NULL: no memory. */
struct lbuf_slab *
slab_new(const struct slab_class *cls, uint32_t n, uint64_t nth);
void
slab_free(struct lbuf_slab *slab);
/* Bytes of a slab of n chunks. */
size_t
slab_bytes(const struct slab_class *cls, uint32_t n);
/* Find how many chunks the first slab of a class has, and the largest ones. */
void
slab_sizes(struct slab_class *cls);
/* Chunks of the next slab of a class that has n: as many, and as its pages hold. */
uint32_t
slab_chunks(const struct slab_class *cls, uint64_t n);

#endif /* LBUF_MEM_SLAB_H */
