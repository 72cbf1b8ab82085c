/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Depots give complete slabs back, and put the other chunks in an order that
 * makes more slabs complete.
 */

#include <stdlib.h>

#include "depot_trim.h"
#include "mem_trace.h"

/* Chunks that trimming puts back at a time, under the lock. */
#define PUT_BATCH 512
/* Chunks that it leaves to others meanwhile; so few that it can take them last. */
#define TRIM_LEAVES 256
/* How slabs are told apart when chunks are put back, see rank(). */
#define BANDS 4
#define LARGE_SLAB ((size_t)1 << 20) /* bytes */
#define RANKS (2 * BANDS + 1)

/* Count for each slab how many of its chunks are in an array. */
static void
count_home(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n)
{
	struct lbuf_slab *slab;
	uint32_t i;

	TAILQ_FOREACH(slab, &depot->slabs, next)
		slab->home = 0;
	for (i = 0; i < n; i++)
		obj[i]->slab->home++;
}

/*
 * How little a slab is worth keeping, from 0 to RANKS - 1, which is that of a complete one.
 * Large slabs are worth less than small ones, and less the more of their chunks are here.
 */
static uint32_t
rank(const struct depot *depot, const struct lbuf_slab *slab)
{
	uint32_t band = slab->home * BANDS / slab->n;

	if (band == BANDS)
		return RANKS - 1;
	return slab->n * depot->cls.size > LARGE_SLAB ? BANDS + band : band;
}

/* Put the chunks of slabs of a rank back. */
static void
put_back(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n, uint32_t which)
{
	struct lbuf_chunk *batch[PUT_BATCH];
	uint32_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (rank(depot, obj[i]->slab) != which)
			continue;
		batch[k++] = obj[i];
		if (k == PUT_BATCH) {
			depot_put(depot, batch, k);
			depot->trim_puts++;
			k = 0;
		}
	}
	if (k == 0)
		return;
	depot_put(depot, batch, k);
	depot->trim_puts++;
}

/* Take a slab out, and free it. Returns its bytes. */
static size_t
slab_remove(struct depot *depot, struct lbuf_slab *slab)
{
	size_t bytes = slab_bytes(&depot->cls, slab->n);

	TAILQ_REMOVE(&depot->slabs, slab, next);
	depot->chunks -= slab->n;
	depot->shrinks++;
	lbuf_trace_trim(depot->mem->pool, depot->mem->socket, depot->cls.size, slab->n, bytes);
	slab_free(slab);
	return bytes;
}

static size_t
free_complete(struct depot *depot)
{
	struct lbuf_slab *slab, *next;
	size_t bytes = 0;

	for (slab = TAILQ_FIRST(&depot->slabs); slab != NULL; slab = next) {
		next = TAILQ_NEXT(slab, next);
		if (slab->home == slab->n)
			bytes += slab_remove(depot, slab);
	}
	depot->bytes -= bytes;
	budget_give(&depot->mem->budget, bytes);
	if (bytes != 0)
		heap_backoff_end(depot->mem->heap);
	depot_tell_size(depot);
	return bytes;
}

/* A trim that gives nothing back once somebody waits. */
struct trim {
	const uint32_t *waiters; /* how many wait; NULL: does not matter */
	bool called_off;         /* for there were some */
};

/*
 * To be asked once chunks have been taken out: what was freed for one who waits was put in
 * after he had been counted, so if it is among them, he is seen.
 */
static bool
call_off(struct trim *trim)
{
	if (trim->waiters != NULL && __atomic_load_n(trim->waiters, __ATOMIC_SEQ_CST) != 0)
		trim->called_off = true;
	return trim->called_off;
}

/*
 * Give back the complete slabs among the coldest chunks. The others go back into
 * the stack such that those of slabs that are soonest complete are handed out last:
 * what is in use gathers in few, small slabs. The grow lock must be held.
 */
static size_t
trim_cold(struct depot *depot, uint64_t max_chunks, struct trim *trim)
{
	struct lbuf_chunk **obj;
	uint32_t n = 0, which;
	size_t bytes = 0;

	if (depot->n == 0 || max_chunks == 0)
		return 0;
	obj = depot_take_cold(depot, max_chunks, &n);
	if (obj == NULL)
		return 0;
	count_home(depot, obj, n);
	for (which = call_off(trim) ? RANKS : RANKS - 1; which-- > 0;)
		put_back(depot, obj, n, which);
	if (!trim->called_off)
		bytes = free_complete(depot);
	free(obj);
	depot_shrink(depot);
	return bytes;
}

/*
 * Trim in two steps, so that others find an empty depot only while the last few chunks are
 * looked at. The grow lock must be held.
 */
static size_t
trim_steps(struct depot *depot, uint64_t max_chunks, struct trim *trim)
{
	size_t bytes = 0;

	if (depot->n > TRIM_LEAVES)
		bytes = trim_cold(depot, RTE_MIN(max_chunks, (uint64_t)depot->n - TRIM_LEAVES),
				trim);
	if (depot->n <= 2 * TRIM_LEAVES && max_chunks >= depot->n)
		bytes += trim_cold(depot, max_chunks, trim);
	return bytes;
}

size_t
depot_trim(struct depot *depot, uint64_t max_chunks)
{
	struct trim trim = { .waiters = NULL };
	size_t bytes;

	rte_spinlock_lock(&depot->grow_lock);
	bytes = trim_steps(depot, max_chunks, &trim);
	rte_spinlock_unlock(&depot->grow_lock);
	return bytes;
}

/*
 * Who is at the limit asks again and again. As long as nothing is put into the depot no slab
 * becomes complete.
 */
size_t
depot_try_trim(struct depot *depot, const uint32_t *waiters)
{
	struct trim trim = { .waiters = waiters };
	uint64_t news = depot->puts - depot->trim_puts + 1;
	size_t bytes;

	if (depot->n == 0 || news == depot->fruitless ||
			rte_spinlock_trylock(&depot->grow_lock) == 0)
		return 0;
	news = depot->puts - depot->trim_puts + 1;
	bytes = trim_steps(depot, UINT64_MAX, &trim);
	depot->fruitless = bytes == 0 && !trim.called_off ? news : 0;
	rte_spinlock_unlock(&depot->grow_lock);
	return bytes;
}
