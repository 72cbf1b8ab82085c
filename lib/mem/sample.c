/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A sample of the chunks that are out: one allocation in SAMPLE_PERIOD of each class on each
 * lcore.
 */

#include <rte_malloc.h>

#include "sample.h"

/* Records that are tried for a free one. */
#define PROBES 16

/* A free record; NULL: none was found. The lock must be held. */
static struct owner *
free_record(struct samples *samples)
{
	uint32_t i;

	if (samples->record == NULL)
		samples->record = rte_zmalloc("lbuf_track", SAMPLES_MAX * sizeof(*samples->record),
				0);
	for (i = 0; samples->record != NULL && i < PROBES; i++) {
		struct owner *o = &samples->record[samples->next];

		samples->next = (samples->next + 1) % SAMPLES_MAX;
		if (o->chunk == NULL)
			return o;
	}
	return NULL;
}

void
sample_begin(struct samples *samples, struct lbuf_chunk *chunk, size_t size, const void *caller)
{
	struct owner *o;

	rte_spinlock_lock(&samples->lock);
	o = free_record(samples);
	if (o != NULL) {
		owner_set(o, chunk, size, caller);
		chunk->track = (uint32_t)(o - samples->record);
		chunk->mem.flags |= LBUF_MEM_TRACKED;
	} else {
		samples->lost++;
	}
	rte_spinlock_unlock(&samples->lock);
}

void
sample_end(struct samples *samples, struct lbuf_chunk *chunk)
{
	rte_spinlock_lock(&samples->lock);
	samples->record[chunk->track].chunk = NULL;
	rte_spinlock_unlock(&samples->lock);
	chunk->track = 0;
	chunk->mem.flags &= (uint8_t)~LBUF_MEM_TRACKED;
}

void
samples_free(struct samples *samples)
{
	rte_free(samples->record);
	samples->record = NULL;
}
