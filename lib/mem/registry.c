/* SPDX-License-Identifier: BSD-3-Clause */

/* The list of all pools, which EAL keeps for all processes. */

#include <errno.h>
#include <string.h>

#include <rte_eal_memconfig.h>
#include <rte_malloc.h>
#include <rte_tailq.h>

#include "registry.h"

TAILQ_HEAD(pool_list, rte_tailq_entry);

static struct rte_tailq_elem pool_tailq = {
	.name = "LBUF_POOL",
};
EAL_REGISTER_TAILQ(pool_tailq)

static struct pool_list *
pool_list(void)
{
	return RTE_TAILQ_CAST(pool_tailq.head, pool_list);
}

/* The list entry of a pool by name. The tailq lock must be held. */
static struct rte_tailq_entry *
entry_of(const char *name)
{
	struct rte_tailq_entry *te;

	TAILQ_FOREACH(te, pool_list(), next) {
		const struct pool_priv *priv = te->data;

		if (strcmp(priv->name, name) == 0)
			return te;
	}
	return NULL;
}

struct pool_priv *
registry_find(const char *name)
{
	struct rte_tailq_entry *te = entry_of(name);

	return te == NULL ? NULL : te->data;
}

int
registry_add(struct pool_priv *priv)
{
	struct rte_tailq_entry *te = rte_zmalloc("LBUF_TAILQ_ENTRY", sizeof(*te), 0);
	int ret = 0;

	if (te == NULL)
		return -ENOMEM;
	te->data = priv;
	rte_mcfg_tailq_write_lock();
	if (entry_of(priv->name) == NULL)
		TAILQ_INSERT_TAIL(pool_list(), te, next);
	else
		ret = -EEXIST;
	rte_mcfg_tailq_write_unlock();
	if (ret != 0)
		rte_free(te);
	return ret;
}

int
registry_remove(struct pool_priv *priv)
{
	struct rte_tailq_entry *te = NULL;
	int ret = -EBUSY;

	rte_mcfg_tailq_write_lock();
	if (__atomic_load_n(&priv->walkers, __ATOMIC_ACQUIRE) == 0) {
		te = entry_of(priv->name);
		ret = 0;
	}
	if (te != NULL)
		TAILQ_REMOVE(pool_list(), te, next);
	rte_mcfg_tailq_write_unlock();
	rte_free(te);
	return ret;
}

void
registry_list(void (*func)(struct lbuf_pool *pool, void *arg), void *arg)
{
	struct rte_tailq_entry *te;

	rte_mcfg_tailq_read_lock();
	TAILQ_FOREACH(te, pool_list(), next)
		func(te->data, arg);
	rte_mcfg_tailq_read_unlock();
}

/*
 * The entry behind one that a walker has in hand, or the first, in hand now; that one is
 * let go. EAL's lock is not held in between, for the walker may need it: the entry stays
 * on the list for its pool cannot be freed.
 */
static struct rte_tailq_entry *
walk_on(struct rte_tailq_entry *te)
{
	struct pool_priv *priv;

	rte_mcfg_tailq_read_lock();
	if (te == NULL) {
		te = TAILQ_FIRST(pool_list());
	} else {
		priv = te->data;
		te = TAILQ_NEXT(te, next);
		__atomic_fetch_sub(&priv->walkers, 1, __ATOMIC_RELEASE);
	}
	if (te != NULL) {
		priv = te->data;
		__atomic_fetch_add(&priv->walkers, 1, __ATOMIC_RELAXED);
	}
	rte_mcfg_tailq_read_unlock();
	return te;
}

void
lbuf_pool_walk(void (*func)(struct lbuf_pool *pool, void *arg), void *arg)
{
	struct rte_tailq_entry *te;

	for (te = walk_on(NULL); te != NULL; te = walk_on(te))
		func(te->data, arg);
}

const char *
lbuf_pool_name(const struct lbuf_pool *pool)
{
	return pool_priv(pool)->name;
}
