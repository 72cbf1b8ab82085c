/* SPDX-License-Identifier: BSD-3-Clause */

/* What a pool holds is made less by its user. */

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "depot_trim.h"
#include "notify.h"
#include "wait.h"

/* Time that lcores have to empty their caches, microseconds. */
#define NOTICE_US 500

void
lbuf_pool_flush(struct lbuf_pool *pool)
{
	struct pool_priv *priv = pool_priv(pool);
	unsigned int id = rte_lcore_id();

	if (id < RTE_MAX_LCORE)
		lcore_flush(priv->lcores.lcore[id]);
	if (pool_has_waiters(priv))
		waiters_serve(priv, false);
}

static size_t
trim_depots(struct pool_priv *priv)
{
	size_t bytes = 0;
	uint32_t i;

	for (i = 0; i < nb_caches(priv); i++) {
		struct depot *depot = depot_at(priv, i);

		if (depot != NULL)
			bytes += depot_trim(depot, UINT64_MAX);
	}
	return bytes;
}

/* Have lcores empty their caches. Only those that free something in time do so. */
static void
empty_caches(struct pool_priv *priv)
{
	uint64_t end = rte_get_tsc_cycles() + rte_get_tsc_hz() * NOTICE_US / 1000000;

	lcores_notify(&priv->lcores, CACHE_FLUSH_ALL);
	while (lcores_pending(&priv->lcores) && rte_get_tsc_cycles() < end)
		rte_pause();
}

size_t
lbuf_pool_trim(struct lbuf_pool *pool)
{
	struct pool_priv *priv = pool_priv(pool);
	size_t bytes;
	uint32_t i;

	lbuf_pool_flush(pool);
	empty_caches(priv);
	bytes = trim_depots(priv);
	/* What lcores took since came from the slabs that are most in use. */
	empty_caches(priv);
	bytes += trim_depots(priv);
	for (i = 0; i < nb_slots(priv); i++)
		bytes += large_trim(&priv->slot[i].large, UINT64_MAX, NULL);
	return bytes;
}
