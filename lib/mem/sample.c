/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A sample of the chunks that are out: one allocation in SAMPLE_PERIOD of each class on each
 * lcore.
 *
 * Who frees such a chunk must end its record, but the calls for many chunks at once are not
 * to look at each descriptor for that. So it is handed out as a *stand-in*: a copy of its
 * descriptor at an address that has a bit which others lack, and all the addresses of a bulk
 * are looked at together.
 */

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_malloc.h>

#include "sample.h"

/* Records that are tried for a free one. */
#define PROBES 16

/* Bytes of the records. */
#define RECORDS_BYTES RTE_ALIGN_CEIL(SAMPLES_MAX * sizeof(struct owner), RTE_CACHE_LINE_MIN_SIZE)

_Static_assert(sizeof(struct lbuf_chunk) % (2 * LBUF_CHUNK_STAND_IN) == 0,
		"all stand-ins have the bit if the first has it");

/* Memory for records and stand-ins, once. The lock must be held. */
static bool
samples_open(struct samples *samples)
{
	uint8_t *mem;

	if (likely(samples->record != NULL))
		return true;
	mem = rte_zmalloc("lbuf_track",
			RECORDS_BYTES + LBUF_CHUNK_STAND_IN +
					SAMPLES_MAX * sizeof(*samples->stand_in),
			RTE_CACHE_LINE_MIN_SIZE);
	if (mem == NULL)
		return false;
	samples->stand_in = (struct lbuf_chunk *)(mem + RECORDS_BYTES + LBUF_CHUNK_STAND_IN);
	samples->record = (struct owner *)mem;
	return true;
}

/* A free record; NULL: none was found. The lock must be held. */
static struct owner *
free_record(struct samples *samples)
{
	uint32_t i;

	if (!samples_open(samples))
		return NULL;
	for (i = 0; i < PROBES; i++) {
		struct owner *o = &samples->record[samples->next];

		samples->next = (samples->next + 1) % SAMPLES_MAX;
		if (o->chunk == NULL)
			return o;
	}
	return NULL;
}

struct lbuf_chunk *
sample_begin(struct samples *samples, struct lbuf_chunk *chunk, size_t size, const void *caller)
{
	struct lbuf_chunk *stand_in = chunk;
	struct owner *o;

	rte_spinlock_lock(&samples->lock);
	o = free_record(samples);
	if (o != NULL) {
		owner_set(o, chunk, size, caller);
		stand_in = &samples->stand_in[o - samples->record];
		*stand_in = *chunk;
		stand_in->track = (uint32_t)(o - samples->record);
		stand_in->mem.flags |= LBUF_MEM_TRACKED;
	} else {
		samples->lost++;
	}
	rte_spinlock_unlock(&samples->lock);
	return stand_in;
}

struct lbuf_chunk *
sample_end(struct samples *samples, const struct lbuf_chunk *stand_in)
{
	struct owner *o = &samples->record[stand_in->track];
	struct lbuf_chunk *chunk;

	rte_spinlock_lock(&samples->lock);
	chunk = o->chunk;
	o->chunk = NULL;
	rte_spinlock_unlock(&samples->lock);
	return chunk;
}

void
samples_free(struct samples *samples)
{
	rte_free(samples->record);
	samples->record = NULL;
	samples->stand_in = NULL;
}
