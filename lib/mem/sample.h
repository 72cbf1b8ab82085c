/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SAMPLE_H
#define LBUF_MEM_SAMPLE_H

#include <rte_spinlock.h>

#include <lbuf_chunk.h>

#include "owner.h"

/* Allocations of a class on an lcore, of which one is kept account of. */
#define SAMPLE_PERIOD 512
/* Chunks of the sample that are out at a time. */
#define SAMPLES_MAX 1024

/* The chunks of the sample that are out. */
struct samples {
	rte_spinlock_t lock;
	struct owner *record;        /* SAMPLES_MAX of them; NULL until the first */
	struct lbuf_chunk *stand_in; /* of each; the same piece of memory */
	uint32_t next;               /* where to look for a free one */
	uint64_t lost;               /* chunks that found none */
};

/*
 * Keep a record of a chunk of the sample. Returns its stand-in, which is to be handed out in
 * place of it; the chunk itself where no record is free.
 */
struct lbuf_chunk *
sample_begin(struct samples *samples, struct lbuf_chunk *chunk, size_t size, const void *caller);
/* Drop the record of a stand-in, and return the chunk itself. */
struct lbuf_chunk *
sample_end(struct samples *samples, const struct lbuf_chunk *stand_in);
void
samples_free(struct samples *samples);

#endif /* LBUF_MEM_SAMPLE_H */
