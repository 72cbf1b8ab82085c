/* SPDX-License-Identifier: BSD-3-Clause */

/* Depots grow by slabs, within the limit and as far as there is memory. */

#include <errno.h>

#include "depot_grow.h"
#include "mem_trace.h"

/* A slab of n chunks, if the heap has memory for it. */
static struct lbuf_slab *
slab_try(struct depot *depot, uint32_t n)
{
	size_t bytes = slab_bytes(&depot->cls, n);
	struct lbuf_slab *slab;

	if (heap_in_backoff(depot->mem->heap, bytes) || depot_reserve(depot, n) != 0)
		return NULL;
	slab = slab_new(&depot->cls, n, depot->grows);
	if (slab == NULL)
		heap_backoff(depot->mem->heap, bytes);
	return slab;
}

static void
slab_add(struct depot *depot, struct lbuf_slab *slab)
{
	size_t bytes = slab_bytes(&depot->cls, slab->n);
	uint32_t i;

	TAILQ_INSERT_TAIL(&depot->slabs, slab, next);
	depot->chunks += slab->n;
	depot->bytes += bytes;
	depot->high_water = RTE_MAX(depot->high_water, depot->bytes);
	depot->grows++;
	depot_tell_size(depot);
	lbuf_trace_grow(depot->mem->pool, depot->mem->socket, depot->cls.size, slab->n, bytes);

	rte_spinlock_lock(&depot->lock);
	for (i = slab->n; i-- > 0;)
		depot->obj[depot->n++] = &slab->chunk[i];
	depot->puts++;
	rte_spinlock_unlock(&depot->lock);
}

static uint32_t
next_chunks(const struct depot *depot, bool one)
{
	return one ? 1 : slab_chunks(&depot->cls, depot->chunks);
}

size_t
depot_grow_bytes(const struct depot *depot, bool one)
{
	return slab_bytes(&depot->cls, next_chunks(depot, one));
}

int
depot_grow(struct depot *depot, bool one)
{
	size_t bytes = depot_grow_bytes(depot, one);
	struct lbuf_slab *slab;
	int ret = budget_take(&depot->mem->budget, bytes);

	if (ret != 0)
		return ret;
	slab = slab_try(depot, next_chunks(depot, one));
	if (slab == NULL) {
		budget_give(&depot->mem->budget, bytes);
		return -ENOMEM;
	}
	slab_add(depot, slab);
	return 0;
}
