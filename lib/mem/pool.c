/* SPDX-License-Identifier: BSD-3-Clause */

/* Pools: created, found, freed. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "background.h"
#include "debug.h"
#include "depot_ops.h"
#include "freelist.h"
#include "mem_log.h"
#include "params.h"
#include "registry.h"
#include "steal.h"
#include "telemetry.h"
#include "wait.h"

/* Chunks that are named when a debug pool cannot be freed. */
#define LEAKS_MAX 32

/* From here, for a static library takes along only what is referred to. */
RTE_INIT(pool_telemetry)
{
	telemetry_register();
}

static void
flush_lcore(struct lbuf_pool *pool, void *lcore_id)
{
	lcore_flush(pool_priv(pool)->lcores.lcore[*(const unsigned int *)lcore_id]);
}

/*
 * A thread becomes an lcore: it has no number yet. EAL calls this also for the lcores that there
 * are, on the thread that watches them.
 */
static int
lcore_begins(unsigned int lcore_id, void *arg)
{
	RTE_SET_USED(lcore_id);
	RTE_SET_USED(arg);
	lcore_thread_begins();
	return 0;
}

/*
 * An lcore that ends leaves no chunks behind. Runs on the lcore; callbacks of the user's may
 * follow, which still have its number.
 */
static void
lcore_ends(unsigned int lcore_id, void *arg)
{
	RTE_SET_USED(arg);
	registry_list(flush_lcore, &lcore_id);
	lcore_thread_ends();
}

static void
watch_lcores(void)
{
	static void *handle;

	if (handle == NULL)
		handle = rte_lcore_callback_register("lbuf", lcore_begins, lcore_ends, NULL);
}

static void
slot_init(struct pool_priv *priv, uint32_t i)
{
	const struct lbuf_pool_params *p = &priv->params;
	struct pool_socket *common = &priv->socket[slot_socket(priv, i)];
	struct pool_slot *s = &priv->slot[i];
	int socket = p->sockets[slot_socket(priv, i)];

	*s = (struct pool_slot){
		.mem = {
			.socket = socket,
			.pool = priv->name,
			.budget.total = &common->total,
			.heap = &common->heap,
		},
		.large = {
			.kept_max = p->large_bytes,
			.base_pages = (p->flags & LBUF_POOL_F_BASE_PAGES) != 0,
			.debug = pool_is_debug(priv),
			.slot = (uint8_t)i,
			.pool = &priv->pub,
			.mem = &s->mem,
			.devices = &priv->devices,
			.arena = {
				.socket = socket,
				.pool = priv->name,
				.guarded = pool_is_debug(priv),
			},
		},
	};
	if (slot_share(priv, i) == LBUF_SHARE_RX)
		s->mem.mark[0] = 'r';
	budget_limit_set(&s->mem.budget, 0);
	large_init(&s->large);
}

/* The parts, which know what of the pool they need. What lcores have stays as it is. */
static void
parts_init(struct pool_priv *priv)
{
	const struct lbuf_pool_params *p = &priv->params;
	struct lcores *lcores = &priv->lcores;
	uint32_t i;

	sockets_init(&priv->sockets, p->sockets, p->nb_sockets);
	for (i = 0; i < priv->sockets.nb; i++) {
		priv->socket[i] = (struct pool_socket){ 0 };
		budget_limit_set(&priv->socket[i].total, p->limit_bytes);
	}
	for (i = 0; i < nb_slots(priv); i++)
		slot_init(priv, i);
	priv->divided = 0;
	priv->depots.pool = &priv->pub;
	priv->depots.tag = priv->tag;
	priv->depots.debug = pool_is_debug(priv);
	lcores->pool = &priv->pub;
	lcores->tag = priv->tag;
	lcores->sockets = &priv->sockets;
	lcores->divided = false;
	lcores->shared.rx_base = slot_base(p->nb_sockets);
	lcores->shared.grow_max = p->cache_bytes;
	lcores->shared.depots = &priv->depots;
	TAILQ_INIT(&priv->waiters.line);
	priv->samples.lost = 0;
	priv->devices = (struct devices){ .pool = priv->name };
	TAILQ_INIT(&priv->devices.mapped);
}

static struct pool_priv *
pool_new(const char *name, const struct lbuf_pool_params *params)
{
	bool cached = (params->flags & (LBUF_POOL_F_NO_CACHE | LBUF_POOL_F_DEBUG)) == 0;
	struct pool_priv *priv = freelist_get(params, cached);

	if (priv == NULL)
		return NULL;
	/* All but what stays: the tag, and the lcores' structures. */
	priv->pub.middle_min = params->middle_min;
	priv->pub.middle_max = params->middle_max;
	priv->pub.mixed = params->nb_sockets > 1 && params->policy == LBUF_POLICY_PREFER;
	priv->params = *params;
	memcpy(priv->name, name, strlen(name) + 1);
	if (cached && priv->tag == 0)
		MEM_LOG(NOTICE,
				"pool %s: slower, without lcore caches: %u pools have them, %u "
				"can: use fewer pools at a time, or free some before",
				name, freelist_cached(), TAG_MAX);
	priv->inject = 0;
	priv->bugs = 0;
	parts_init(priv);
	return priv;
}

static void
pool_delete(struct pool_priv *priv)
{
	uint32_t i;

	lcores_close(&priv->lcores);
	depots_free(&priv->depots);
	for (i = 0; i < nb_slots(priv); i++) {
		large_fini(&priv->slot[i].large);
		meta_free_all(&priv->slot[i].mem.meta);
	}
	samples_free(&priv->samples);
	freelist_put(priv);
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
	ret = registry_add(priv);
	if (ret != 0) {
		MEM_LOG(ERR, "pool %s: %s", name,
				ret == -EEXIST ? "a pool has this name" : "no memory");
		pool_delete(priv);
		rte_errno = -ret;
		return NULL;
	}
	watch_lcores();
	steal_init();
	if (background_add(priv) != 0) {
		MEM_LOG(WARNING, "pool %s: no control thread: it grows on demand alone", name);
		priv->params.flags |= LBUF_POOL_F_NO_BACKGROUND;
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
	if (pool_has_waiters(priv)) {
		MEM_LOG(ERR, "pool %s: not freed, %u wait for memory", priv->name,
				priv->waiters.nb[LBUF_SHARE_REST] +
						priv->waiters.nb[LBUF_SHARE_RX]);
		return -EBUSY;
	}
	if (waiters_called()) {
		MEM_LOG(ERR, "pool %s: not freed in a callback of lbuf_chunk_wait()", priv->name);
		return -EBUSY;
	}
	if (registry_remove(priv) != 0) {
		MEM_LOG(ERR, "pool %s: not freed while lbuf_pool_walk() is at it", priv->name);
		return -EBUSY;
	}
	background_remove(priv);
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
	priv = registry_find(name);
	rte_mcfg_tailq_read_unlock();
	if (priv == NULL) {
		rte_errno = ENOENT;
		return NULL;
	}
	watch_lcores(); /* of a secondary process */
	depot_ops_register();
	return &priv->pub;
}
