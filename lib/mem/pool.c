/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <string.h>

#include <numa.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "pool_priv.h"

RTE_LOG_REGISTER(lbuf_mem_logtype, lib.lbuf.mem, NOTICE);

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
pool_find(const char *name)
{
	struct rte_tailq_entry *te;

	TAILQ_FOREACH(te, pool_list(), next) {
		const struct pool_priv *priv = te->data;

		if (strcmp(priv->name, name) == 0)
			return te;
	}
	return NULL;
}

static int
check_name(const char *name)
{
	if (name == NULL || name[0] == '\0') {
		MEM_LOG(ERR, "pool: the name is empty");
		return -EINVAL;
	}
	if (strlen(name) >= LBUF_POOL_NAMESIZE) {
		MEM_LOG(ERR, "pool %s: the name has over %d characters", name,
				LBUF_POOL_NAMESIZE - 1);
		return -ENAMETOOLONG;
	}
	return 0;
}

/* Fill the defaults in, and check. */
static int
check_params(const char *name, struct lbuf_pool_params *p)
{
	if (p->middle_min == 0)
		p->middle_min = LBUF_MIDDLE_MIN;
	if (p->middle_max == 0)
		p->middle_max = LBUF_MIDDLE_MAX;
	if (p->cache_bytes == 0)
		p->cache_bytes = LBUF_CACHE_BYTES;
	if (p->middle_min < LBUF_CLASS_MIN || p->middle_min > p->middle_max ||
			p->middle_max > LBUF_CLASS_MAX) {
		MEM_LOG(ERR,
				"pool %s: middle_min %zu and middle_max %zu must be in this order, "
				"from %zu to %zu",
				name, p->middle_min, p->middle_max, LBUF_CLASS_MIN, LBUF_CLASS_MAX);
		return -EINVAL;
	}
	if ((p->flags & ~(LBUF_POOL_F_NO_CACHE | LBUF_POOL_F_BASE_PAGES)) != 0) {
		MEM_LOG(ERR, "pool %s: unknown flags 0x%x", name, p->flags);
		return -EINVAL;
	}
	if (p->policy != LBUF_POLICY_PREFER && p->policy != LBUF_POLICY_STRICT) {
		MEM_LOG(ERR, "pool %s: unknown policy %d", name, p->policy);
		return -EINVAL;
	}
	return 0;
}

int
pool_slot(const struct pool_priv *priv, int socket)
{
	uint32_t i;

	for (i = 0; i < priv->nb_slots; i++)
		if (priv->socket[i] == socket)
			return (int)i;
	return -1;
}

int
pool_nearest_slot(const struct pool_priv *priv, uint32_t slot, uint32_t tried)
{
	int best = -1, best_distance = 0;
	uint32_t i;

	for (i = 0; i < priv->nb_slots; i++) {
		int distance;

		if ((tried & (1u << i)) != 0)
			continue;
		/* 0 where it is not known: then they are taken in order. */
		distance = numa_available() < 0
				? 0
				: numa_distance(priv->socket[slot], priv->socket[i]);
		if (best < 0 || distance < best_distance) {
			best = (int)i;
			best_distance = distance;
		}
	}
	return best;
}

/* An lcore that ends leaves no chunks behind. Runs on the lcore. */
static void
lcore_ends(unsigned int lcore_id, void *arg)
{
	struct rte_tailq_entry *te;

	RTE_SET_USED(arg);
	rte_mcfg_tailq_read_lock();
	TAILQ_FOREACH(te, pool_list(), next) {
		struct pool_priv *priv = te->data;

		lcore_flush(priv->lcore[lcore_id], priv);
	}
	rte_mcfg_tailq_read_unlock();
	lbuf_self = (struct lbuf_self){ 0 };
}

static void
watch_lcores(void)
{
	static void *handle;

	if (handle == NULL)
		handle = rte_lcore_callback_register("lbuf", NULL, lcore_ends, NULL);
}

/* Ids come around after two million pools. */
static uint32_t
next_id(void)
{
	static uint32_t last;
	uint32_t id;

	do {
		id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
		id &= UINT32_MAX >> HOME_LCORE_BITS;
	} while (id == 0);
	return id;
}

static struct pool_priv *
pool_new(const char *name, const struct lbuf_pool_params *params)
{
	struct pool_priv *priv;
	uint32_t i;

	priv = rte_zmalloc("lbuf_pool", sizeof(*priv), RTE_CACHE_LINE_SIZE);
	if (priv == NULL)
		return NULL;
	priv->nb_slots = RTE_MIN(rte_socket_count(), (unsigned int)SLOTS_MAX);
	for (i = 0; i < priv->nb_slots; i++)
		priv->socket[i] = rte_socket_id_by_idx(i);
	priv->pub.id = next_id();
	priv->pub.middle_min = params->middle_min;
	priv->pub.middle_max = params->middle_max;
	priv->params = *params;
	memcpy(priv->name, name, strlen(name) + 1);
	return priv;
}

static void
pool_delete(struct pool_priv *priv)
{
	uint32_t i, c;

	for (i = 0; i < RTE_MAX_LCORE; i++)
		lcore_free(priv->lcore[i], priv);
	for (c = 0; c < CIDX_MAX; c++)
		depot_free(priv->depot[c]);
	rte_free(priv);
}

/* Put a pool on the list, unless its name is there. */
static int
pool_publish(struct pool_priv *priv)
{
	struct rte_tailq_entry *te = rte_zmalloc("LBUF_TAILQ_ENTRY", sizeof(*te), 0);
	int ret = 0;

	if (te == NULL)
		return -ENOMEM;
	te->data = priv;
	rte_mcfg_tailq_write_lock();
	if (pool_find(priv->name) == NULL)
		TAILQ_INSERT_TAIL(pool_list(), te, next);
	else
		ret = -EEXIST;
	rte_mcfg_tailq_write_unlock();
	if (ret != 0)
		rte_free(te);
	return ret;
}

struct lbuf_pool *
lbuf_pool_create(const char *name, const struct lbuf_pool_params *params)
{
	struct lbuf_pool_params p = { 0 };
	struct pool_priv *priv;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		MEM_LOG(ERR, "pool: create it in the primary process, look it up in others");
		rte_errno = EPERM;
		return NULL;
	}
	if (params != NULL)
		p = *params;
	ret = check_name(name);
	if (ret == 0)
		ret = check_params(name, &p);
	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	priv = pool_new(name, &p);
	if (priv == NULL) {
		MEM_LOG(ERR, "pool %s: no memory: give EAL more hugepages, or -m with --no-huge",
				name);
		rte_errno = ENOMEM;
		return NULL;
	}
	ret = pool_publish(priv);
	if (ret != 0) {
		MEM_LOG(ERR, "pool %s: %s", name,
				ret == -EEXIST ? "a pool has this name" : "no memory");
		pool_delete(priv);
		rte_errno = -ret;
		return NULL;
	}
	watch_lcores();
	return &priv->pub;
}

int
lbuf_pool_free(struct lbuf_pool *pool)
{
	struct pool_priv *priv = pool_priv(pool);
	struct rte_tailq_entry *te;
	uint64_t out;

	if (pool == NULL)
		return 0;
	out = lbuf_pool_chunks_out(pool);
	if (out != 0) {
		MEM_LOG(ERR, "pool %s: not freed, %" PRIu64 " chunks are out", priv->name, out);
		return -EBUSY;
	}
	rte_mcfg_tailq_write_lock();
	te = pool_find(priv->name);
	if (te != NULL)
		TAILQ_REMOVE(pool_list(), te, next);
	rte_mcfg_tailq_write_unlock();
	rte_free(te);
	pool_delete(priv);
	return 0;
}

struct lbuf_pool *
lbuf_pool_lookup(const char *name)
{
	struct rte_tailq_entry *te;

	if (name == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	rte_mcfg_tailq_read_lock();
	te = pool_find(name);
	rte_mcfg_tailq_read_unlock();
	if (te == NULL) {
		rte_errno = ENOENT;
		return NULL;
	}
	return te->data;
}

void
lbuf_pool_walk(void (*func)(struct lbuf_pool *pool, void *arg), void *arg)
{
	struct rte_tailq_entry *te;

	rte_mcfg_tailq_read_lock();
	TAILQ_FOREACH(te, pool_list(), next)
		func(te->data, arg);
	rte_mcfg_tailq_read_unlock();
}

const char *
lbuf_pool_name(const struct lbuf_pool *pool)
{
	return pool_priv(pool)->name;
}

void
lbuf_pool_flush(struct lbuf_pool *pool)
{
	unsigned int id = rte_lcore_id();

	if (id < RTE_MAX_LCORE)
		lcore_flush(pool_priv(pool)->lcore[id], pool_priv(pool));
}

size_t
lbuf_pool_trim(struct lbuf_pool *pool)
{
	struct pool_priv *priv = pool_priv(pool);
	size_t bytes = 0;
	uint32_t c;

	for (c = 0; c < nb_caches(priv); c++) {
		struct depot *depot = __atomic_load_n(&priv->depot[c], __ATOMIC_ACQUIRE);

		if (depot != NULL)
			bytes += depot_trim(depot);
	}
	return bytes;
}

void
lbuf_pool_inject(struct lbuf_pool *pool, int nth)
{
	pool_priv(pool)->inject = nth;
}
