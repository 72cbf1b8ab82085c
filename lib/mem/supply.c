/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Memory for depots, and large chunks: where there is none, or the limit is in the way,
 * what lies idle elsewhere is given back first.
 */

#include <errno.h>

#include <rte_errno.h>

#include "depot_grow.h"
#include "reclaim.h"
#include "supply.h"
#include "wakeup.h"

/* Times that a request reclaims: once for the limit, and once for the memory. */
#define RECLAIMS 2

/* Add a slab; the grow lock must be held. 0 or a negative errno. */
static int
grow_by(struct pool_priv *priv, struct depot *depot, bool one)
{
	int ret = depot_grow(depot, one);
	unsigned int i;

	for (i = 0; ret != 0 && i < RECLAIMS; i++) {
		if (reclaim_for_request(priv, depot->cls.slot, depot_grow_bytes(depot, one)) == 0)
			break;
		ret = depot_grow(depot, one);
	}
	if (ret == -ENOBUFS)
		budget_refuse(&depot->mem->budget, depot->mem->pool, depot->mem->socket,
				depot_grow_bytes(depot, one));
	return ret;
}

/* Add a slab as large as all before it or, if that cannot be had, of one chunk. */
static int
grow(struct pool_priv *priv, struct depot *depot)
{
	int ret = grow_by(priv, depot, false);

	return ret == 0 ? 0 : grow_by(priv, depot, true);
}

int
supply_depot(struct pool_priv *priv, struct depot *depot, struct lbuf_chunk **obj, uint32_t n)
{
	uint32_t got = depot_pop(depot, obj, n);
	int ret = 0;

	if (likely(got != 0))
		return (int)got;
	/* A thread that had to wait for the lock finds what the one before it added. */
	rte_spinlock_lock(&depot->grow_lock);
	for (;;) {
		got = depot_pop(depot, obj, n);
		if (got != 0)
			break;
		ret = grow(priv, depot);
		if (ret != 0)
			break;
		depot->stalls++;
	}
	rte_spinlock_unlock(&depot->grow_lock);
	if (got == 0)
		return ret;
	/* That the next one finds more ahead of demand. */
	wakeup();
	return (int)got;
}

int
supply_ahead(struct pool_priv *priv, struct depot *depot)
{
	int ret;

	if (rte_spinlock_trylock(&depot->grow_lock) == 0)
		return -EAGAIN;
	ret = grow(priv, depot);
	rte_spinlock_unlock(&depot->grow_lock);
	return ret;
}

struct lbuf_chunk *
supply_large_again(struct pool_priv *priv, size_t size, uint32_t slot, int ret)
{
	struct large *large = &priv->slot[slot].large;
	struct lbuf_chunk *chunk = NULL;
	unsigned int i;

	for (i = 0; chunk == NULL && ret != -ENOTSUP && i < RECLAIMS; i++) {
		if (reclaim_for_request(priv, slot, RTE_ALIGN_CEIL(size, LARGE_PAGE)) == 0)
			break;
		chunk = large_alloc(large, size, &ret);
	}
	if (chunk != NULL)
		return chunk;
	if (ret == -ENOBUFS)
		budget_refuse(&large->mem->budget, priv->name, large->mem->socket,
				RTE_ALIGN_CEIL(size, LARGE_PAGE));
	large_count_failure(large);
	rte_errno = -ret;
	return NULL;
}
