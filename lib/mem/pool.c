/* SPDX-License-Identifier: BSD-3-Clause */

/* Pools: created, found, freed. */

#include <inttypes.h>
#include <string.h>

#include <numa.h>

#include <rte_cycles.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_pause.h>

#include "pool_priv.h"

/* Time that lcores at work have to answer a call, microseconds. */
#define ANSWER_US 500
/* Chunks that are named when a debug pool cannot be freed. */
#define LEAKS_MAX 32

RTE_LOG_REGISTER(lbuf_mem_logtype, lib.lbuf.mem, NOTICE);

TAILQ_HEAD(pool_list, rte_tailq_entry);

static struct rte_tailq_elem pool_tailq = {
	.name = "LBUF_POOL",
};
EAL_REGISTER_TAILQ(pool_tailq)

/* From here, for a static library takes along only what is referred to. */
RTE_INIT(pool_telemetry)
{
	telemetry_register();
}

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
pool_find(const char *name)
{
	struct rte_tailq_entry *te = entry_of(name);

	return te == NULL ? NULL : te->data;
}

int
pool_slot(const struct pool_priv *priv, int socket)
{
	uint32_t i;

	for (i = 0; i < priv->nb_slots; i++)
		if (priv->slot[i].socket == socket)
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
				: numa_distance(priv->slot[slot].socket, priv->slot[i].socket);
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

static void
slot_init(struct pool_slot *s, int socket, size_t limit)
{
	*s = (struct pool_slot){ .socket = socket, .limit = limit == 0 ? UINT64_MAX : limit };
	large_init(&s->large);
}

static struct pool_priv *
pool_new(const char *name, const struct lbuf_pool_params *params)
{
	bool cached = (params->flags & (LBUF_POOL_F_NO_CACHE | LBUF_POOL_F_DEBUG)) == 0;
	struct pool_priv *priv = store_take(params, cached);
	uint32_t i;

	if (priv == NULL)
		return NULL;
	/* All but what stays: the tag, and the lcores' structures. */
	priv->pub.middle_min = params->middle_min;
	priv->pub.middle_max = params->middle_max;
	priv->params = *params;
	memcpy(priv->name, name, strlen(name) + 1);
	priv->uncached = priv->tag == 0;
	if (cached && priv->uncached)
		MEM_LOG(NOTICE,
				"pool %s: slower, without lcore caches: %u pools have them, %u "
				"can: use fewer pools at a time, or free some before",
				name, store_cached(), TAG_MAX);
	priv->inject = 0;
	priv->nb_slots = params->nb_sockets;
	for (i = 0; i < priv->nb_slots; i++)
		slot_init(&priv->slot[i], params->sockets[i], params->limit_bytes);
	TAILQ_INIT(&priv->waiters);
	TAILQ_INIT(&priv->mapped);
	priv->dev_warned_tsc = 0;
	priv->track_lost = 0;
	priv->bugs = 0;
	return priv;
}

static void
pool_delete(struct pool_priv *priv)
{
	uint32_t i;

	for (i = 0; i < RTE_MAX_LCORE; i++)
		lcore_close(priv->lcore[i]);
	for (i = 0; i < LBUF_CACHES; i++) {
		depot_free(priv->depot[i]);
		priv->depot[i] = NULL;
	}
	for (i = 0; i < priv->nb_slots; i++) {
		large_fini(priv, i);
		meta_free_all(priv, i);
	}
	rte_free(priv->track);
	priv->track = NULL;
	priv->nb_devs = 0;
	store_put(priv);
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
	if (entry_of(priv->name) == NULL)
		TAILQ_INSERT_TAIL(pool_list(), te, next);
	else
		ret = -EEXIST;
	rte_mcfg_tailq_write_unlock();
	if (ret != 0)
		rte_free(te);
	return ret;
}

/* Take a pool off the list; -EBUSY: a walker has it in hand. */
static int
pool_unpublish(struct pool_priv *priv)
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
	ret = params_check(name, &p);
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
	rob_init();
	if (tender_add(priv) != 0) {
		MEM_LOG(WARNING, "pool %s: no control thread: it grows on demand alone", name);
		priv->params.flags |= LBUF_POOL_F_NO_TENDER;
	}
	return &priv->pub;
}

int
lbuf_pool_free(struct lbuf_pool *pool)
{
	struct pool_priv *priv = pool_priv(pool);
	uint64_t out;

	if (pool == NULL)
		return 0;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		MEM_LOG(ERR, "pool %s: not freed, that is up to the primary process", priv->name);
		return -EPERM;
	}
	out = lbuf_pool_chunks_out(pool);
	if (out != 0) {
		MEM_LOG(ERR, "pool %s: not freed, %" PRIu64 " chunks are out%s", priv->name, out,
				pool_is_debug(priv) ? "" : ": LBUF_DEBUG=1 names who has them");
		if (pool_is_debug(priv))
			debug_leaks(priv, LEAKS_MAX);
		return -EBUSY;
	}
	if (priv->nb_waiters != 0) {
		MEM_LOG(ERR, "pool %s: not freed, %u wait for memory", priv->name,
				priv->nb_waiters);
		return -EBUSY;
	}
	if (waiters_called()) {
		MEM_LOG(ERR, "pool %s: not freed in a callback of lbuf_chunk_wait()", priv->name);
		return -EBUSY;
	}
	if (pool_unpublish(priv) != 0) {
		MEM_LOG(ERR, "pool %s: not freed while lbuf_pool_walk() is at it", priv->name);
		return -EBUSY;
	}
	tender_remove(priv);
	pool_delete(priv);
	return 0;
}

struct lbuf_pool *
lbuf_pool_lookup(const char *name)
{
	struct pool_priv *priv;

	if (name == NULL) {
		rte_errno = EINVAL;
		return NULL;
	}
	rte_mcfg_tailq_read_lock();
	priv = pool_find(name);
	rte_mcfg_tailq_read_unlock();
	if (priv == NULL) {
		rte_errno = ENOENT;
		return NULL;
	}
	watch_lcores(); /* of a secondary process */
	return &priv->pub;
}

void
pools_list(void (*func)(struct lbuf_pool *pool, void *arg), void *arg)
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

void
lbuf_pool_flush(struct lbuf_pool *pool)
{
	unsigned int id = rte_lcore_id();

	if (id < RTE_MAX_LCORE)
		lcore_flush(pool_priv(pool)->lcore[id], pool_priv(pool));
	if (__atomic_load_n(&pool_priv(pool)->nb_waiters, __ATOMIC_RELAXED) != 0)
		waiters_serve(pool_priv(pool), false);
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

/* Have lcores at work empty their caches; those that are not do not answer. */
static void
call_in_caches(struct pool_priv *priv)
{
	uint64_t end = rte_get_tsc_cycles() + rte_get_tsc_hz() * ANSWER_US / 1000000;

	lcore_ring(priv, BELL_FLUSH);
	while (!lcore_answered(priv) && rte_get_tsc_cycles() < end)
		rte_pause();
}

size_t
lbuf_pool_trim(struct lbuf_pool *pool)
{
	struct pool_priv *priv = pool_priv(pool);
	size_t bytes;
	uint32_t i;

	lbuf_pool_flush(pool);
	call_in_caches(priv);
	bytes = trim_depots(priv);
	/* What lcores took since came from the slabs that are most in use. */
	call_in_caches(priv);
	bytes += trim_depots(priv);
	for (i = 0; i < priv->nb_slots; i++)
		bytes += large_trim(priv, i, UINT64_MAX);
	return bytes;
}

void
lbuf_pool_inject(struct lbuf_pool *pool, int nth)
{
	pool_priv(pool)->inject = nth;
}
