/* SPDX-License-Identifier: BSD-3-Clause */

/* The depots of a pool: made when a class is first used. */

#include "depot_ops.h"
#include "depots.h"

static struct depot *
depot_new(const struct depots *depots, uint32_t cidx, struct socket_mem *mem)
{
	uint32_t i = cidx % LBUF_SOCKET_CACHES;
	bool middle = i > lbuf_class_index(depots->pool->middle_min - 1);
	struct depot *depot;

	depot = meta_alloc(&mem->meta, mem->socket, sizeof(*depot));
	if (depot == NULL)
		return NULL;
	TAILQ_INIT(&depot->slabs);
	depot->mem = mem;
	depot->cls = (struct slab_class){
		.pool = depots->pool,
		.size = lbuf_class_size(middle ? i - 1 : i),
		.cidx = (uint16_t)cidx,
		.slot = (uint8_t)(cidx / LBUF_SOCKET_CACHES),
		.tier = middle ? LBUF_TIER_MIDDLE : LBUF_TIER_SMALL,
		.debug = depots->debug,
		.socket = mem->socket,
	};
	slab_sizes(&depot->cls);
	/* Requests that only a part of the class may serve do not go by caches. */
	if (depot->cls.size <= depots->pool->middle_max)
		depot->cls.flags = (uint8_t)(depots->tag << LBUF_MEM_TAG_SHIFT);
	if (!depot_ops_register())
		return depot;
	depot->mp = depot_mempool(depot);
	return depot->mp == NULL ? NULL : depot;
}

struct depot *
depots_get(struct depots *depots, uint32_t cidx, struct socket_mem *mem)
{
	struct depot *depot = depots_at(depots, cidx);

	if (likely(depot != NULL))
		return depot;
	rte_spinlock_lock(&depots->lock);
	depot = depots->depot[cidx];
	if (depot == NULL) {
		depot = depot_new(depots, cidx, mem);
		__atomic_store_n(&depots->depot[cidx], depot, __ATOMIC_RELEASE);
	}
	rte_spinlock_unlock(&depots->lock);
	return depot;
}

static void
depot_free(struct depot *depot)
{
	struct lbuf_slab *slab;

	while ((slab = TAILQ_FIRST(&depot->slabs)) != NULL) {
		TAILQ_REMOVE(&depot->slabs, slab, next);
		slab_free(slab);
	}
	rte_mempool_free(depot->mp);
	depot_stack_free(depot);
}

void
depots_free(struct depots *depots)
{
	uint32_t i;

	for (i = 0; i < LBUF_CACHES; i++) {
		if (depots->depot[i] != NULL)
			depot_free(depots->depot[i]);
		depots->depot[i] = NULL;
	}
}
