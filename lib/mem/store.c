/* SPDX-License-Identifier: BSD-3-Clause */

/* What freed pools leave for the next ones. */

#include <rte_malloc.h>

#include "pool_priv.h"

/*
 * Structures of pools that were freed, with those of their lcores. They are used
 * again, never freed: a thread's lbuf_self may still refer to them, and finds their
 * caches empty, or in use by the next pool.
 */
static struct {
	rte_spinlock_t lock;
	TAILQ_HEAD(, pool_priv) unused;
	uint8_t last_tag;
} store = {
	.lock = RTE_SPINLOCK_INITIALIZER,
	.unused = TAILQ_HEAD_INITIALIZER(store.unused),
};

static bool
same_sockets(const struct pool_priv *priv, const struct lbuf_pool_params *p)
{
	uint32_t i;

	if (priv->nb_slots != p->nb_sockets)
		return false;
	for (i = 0; i < p->nb_sockets; i++)
		if (priv->slot[i].socket != p->sockets[i])
			return false;
	return true;
}

struct pool_priv *
store_take(const struct lbuf_pool_params *p)
{
	struct pool_priv *priv;

	rte_spinlock_lock(&store.lock);
	TAILQ_FOREACH(priv, &store.unused, tended)
		if (same_sockets(priv, p))
			break;
	if (priv != NULL) {
		TAILQ_REMOVE(&store.unused, priv, tended);
	} else {
		priv = rte_zmalloc("lbuf_pool", sizeof(*priv), RTE_CACHE_LINE_SIZE);
		if (priv != NULL && store.last_tag < TAG_MAX)
			priv->tag = ++store.last_tag;
	}
	rte_spinlock_unlock(&store.lock);
	return priv;
}

void
store_put(struct pool_priv *priv)
{
	rte_spinlock_lock(&store.lock);
	TAILQ_INSERT_TAIL(&store.unused, priv, tended);
	rte_spinlock_unlock(&store.lock);
}

unsigned int
store_pieces(void)
{
	struct pool_priv *priv;
	unsigned int i, n = 0;

	rte_spinlock_lock(&store.lock);
	TAILQ_FOREACH(priv, &store.unused, tended) {
		n++;
		for (i = 0; i < RTE_MAX_LCORE; i++)
			n += priv->lcore[i] != NULL;
	}
	rte_spinlock_unlock(&store.lock);
	return n;
}
