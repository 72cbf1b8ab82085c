/* SPDX-License-Identifier: BSD-3-Clause */

/* What freed pools leave for the next ones. */

#include <rte_malloc.h>

#include "pool_priv.h"

/*
 * Structures of pools with caches that were freed, with those of their lcores. They are
 * used again, never freed: a thread's lbuf_self may still refer to them, and finds their
 * caches empty, or in use by the next pool. So each keeps its tag, too: what such a
 * thread takes for its pool's chunks must never be those of another structure.
 *
 * To pools without caches nobody refers: they have no tag, and their structures go.
 */
static struct {
	rte_spinlock_t lock;
	TAILQ_HEAD(, pool_priv) unused;
	uint8_t last_tag;
	unsigned int cached; /* pools that have a tag now */
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

/* An unused structure for a pool with caches, or NULL. The lock must be held. */
static struct pool_priv *
take_unused(const struct lbuf_pool_params *p)
{
	struct pool_priv *priv;

	TAILQ_FOREACH(priv, &store.unused, tended)
		if (same_sockets(priv, p))
			break;
	if (priv != NULL)
		TAILQ_REMOVE(&store.unused, priv, tended);
	return priv;
}

struct pool_priv *
store_take(const struct lbuf_pool_params *p, bool cached)
{
	struct pool_priv *priv = NULL;

	rte_spinlock_lock(&store.lock);
	if (cached)
		priv = take_unused(p);
	if (priv == NULL) {
		priv = rte_zmalloc("lbuf_pool", sizeof(*priv), RTE_CACHE_LINE_SIZE);
		if (priv != NULL && cached && store.last_tag < TAG_MAX)
			priv->tag = ++store.last_tag;
	}
	store.cached += priv != NULL && priv->tag != 0;
	rte_spinlock_unlock(&store.lock);
	return priv;
}

void
store_put(struct pool_priv *priv)
{
	if (priv->tag == 0) {
		rte_free(priv);
		return;
	}
	rte_spinlock_lock(&store.lock);
	TAILQ_INSERT_TAIL(&store.unused, priv, tended);
	store.cached--;
	rte_spinlock_unlock(&store.lock);
}

unsigned int
store_cached(void)
{
	unsigned int n;

	rte_spinlock_lock(&store.lock);
	n = store.cached;
	rte_spinlock_unlock(&store.lock);
	return n;
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
