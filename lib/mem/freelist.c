/* SPDX-License-Identifier: BSD-3-Clause */

/* Structures of freed pools, for the next ones. */

#include <rte_malloc.h>

#include "freelist.h"

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
} freelist = {
	.lock = RTE_SPINLOCK_INITIALIZER,
	.unused = TAILQ_HEAD_INITIALIZER(freelist.unused),
};

static bool
same_sockets(const struct pool_priv *priv, const struct lbuf_pool_params *p)
{
	uint32_t i;

	if (priv->sockets.nb != p->nb_sockets)
		return false;
	for (i = 0; i < p->nb_sockets; i++)
		if (priv->sockets.id[i] != p->sockets[i])
			return false;
	return true;
}

/* An unused structure for a pool with caches, or NULL. The lock must be held. */
static struct pool_priv *
get_unused(const struct lbuf_pool_params *p)
{
	struct pool_priv *priv;

	TAILQ_FOREACH(priv, &freelist.unused, next)
		if (same_sockets(priv, p))
			break;
	if (priv != NULL)
		TAILQ_REMOVE(&freelist.unused, priv, next);
	return priv;
}

struct pool_priv *
freelist_get(const struct lbuf_pool_params *p, bool cached)
{
	struct pool_priv *priv = NULL;

	rte_spinlock_lock(&freelist.lock);
	if (cached)
		priv = get_unused(p);
	if (priv == NULL) {
		priv = rte_zmalloc("lbuf_pool", sizeof(*priv), RTE_CACHE_LINE_SIZE);
		if (priv != NULL && cached && freelist.last_tag < TAG_MAX)
			priv->tag = ++freelist.last_tag;
	}
	freelist.cached += priv != NULL && priv->tag != 0;
	rte_spinlock_unlock(&freelist.lock);
	return priv;
}

void
freelist_put(struct pool_priv *priv)
{
	if (priv->tag == 0) {
		rte_free(priv);
		return;
	}
	rte_spinlock_lock(&freelist.lock);
	TAILQ_INSERT_TAIL(&freelist.unused, priv, next);
	freelist.cached--;
	rte_spinlock_unlock(&freelist.lock);
}

unsigned int
freelist_cached(void)
{
	unsigned int n;

	rte_spinlock_lock(&freelist.lock);
	n = freelist.cached;
	rte_spinlock_unlock(&freelist.lock);
	return n;
}

unsigned int
freelist_pieces(void)
{
	struct pool_priv *priv;
	unsigned int i, n = 0;

	rte_spinlock_lock(&freelist.lock);
	TAILQ_FOREACH(priv, &freelist.unused, next) {
		n++;
		for (i = 0; i < RTE_MAX_LCORE; i++)
			n += priv->lcores.lcore[i] != NULL;
	}
	rte_spinlock_unlock(&freelist.lock);
	return n;
}
