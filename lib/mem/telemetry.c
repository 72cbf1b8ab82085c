/* SPDX-License-Identifier: BSD-3-Clause */

/* Figures of pools for rte_telemetry. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal_memconfig.h>

#include <lbuf_debug.h>
#include <lbuf_share.h>

#include "answer.h"
#include "holders.h"
#include "mempools.h"
#include "registry.h"
#include "stats.h"
#include "telemetry.h"

/* Holders that are told of. */
#define HOLDERS 256

static void
add_stats(struct dict *d, const struct lbuf_pool_stats *st)
{
	dict_add(d, "total", st->chunks);
	dict_add(d, "out", st->out);
	dict_add(d, "cached", st->cached);
	dict_add(d, "free", stats_free(st));
	dict_add(d, "bytes", st->bytes);
	dict_add(d, "high_water", st->high_water);
	dict_add(d, "allocs", st->allocs);
	dict_add(d, "frees", st->frees);
	dict_add(d, "remote", st->remote);
	dict_add(d, "refills", st->refills);
	dict_add(d, "flushes", st->flushes);
	dict_add(d, "grows", st->grows);
	dict_add(d, "stalls", st->stalls);
	dict_add(d, "shrinks", st->shrinks);
	dict_add(d, "fallbacks", st->fallbacks);
	dict_add(d, "failures", st->failures);
	dict_add(d, "stranded", st->stranded);
	dict_add(d, "dma_failures", st->dma_failures);
}

static struct dict
settings(const struct pool_priv *priv)
{
	const struct lbuf_pool_params *p = &priv->params;
	struct dict d = dict_new();

	if (d.data == NULL)
		return d;
	dict_add(&d, "middle_min", p->middle_min);
	dict_add(&d, "middle_max", p->middle_max);
	dict_add(&d, "cache_bytes", p->cache_bytes);
	dict_add(&d, "large_bytes", p->large_bytes);
	dict_add(&d, "idle_ms", p->idle_ms);
	dict_add_text(&d, "policy", p->policy == LBUF_POLICY_STRICT ? "strict" : "prefer");
	dict_add(&d, "flags", p->flags);
	return d;
}

/* A limit of 0 is none, as in lbuf_pool_limit_set(). */
static void
add_budget(struct dict *d, const struct budget *budget, uint64_t refusals)
{
	uint64_t limit = budget_limit(budget);

	dict_add(d, "limit_bytes", limit == UINT64_MAX ? 0 : limit);
	dict_add(d, "used_bytes", budget_used(budget));
	dict_add(d, "refusals", refusals);
}

static struct dict
share_budget(const struct pool_priv *priv, uint32_t i, enum lbuf_share share)
{
	struct lbuf_share_stats st;
	struct dict d = dict_new();

	if (d.data == NULL || lbuf_pool_share_get(&priv->pub, priv->sockets.id[i], share, &st) != 0)
		return d;
	dict_add(&d, "limit_bytes", st.limit_bytes);
	dict_add(&d, "used_bytes", st.used_bytes);
	dict_add(&d, "refusals", st.refusals);
	dict_add(&d, "waiters", st.waiters);
	dict_add(&d, "out", st.sum.out);
	dict_add(&d, "failures", st.sum.failures);
	return d;
}

/* Each share on its own where the limit is divided, or was, and there is something left. */
static struct dict
socket_budget(const struct pool_priv *priv, uint32_t i)
{
	const struct budget *rest = &priv->slot[i].mem.budget;
	const struct budget *rx = &priv->slot[priv->sockets.nb + i].mem.budget;
	struct dict d = dict_new(), inner;

	if (d.data == NULL)
		return d;
	dict_add_int(&d, "socket", priv->sockets.id[i]);
	add_budget(&d, &priv->socket[i].total,
			__atomic_load_n(&rest->refusals, __ATOMIC_RELAXED) +
					__atomic_load_n(&rx->refusals, __ATOMIC_RELAXED));
	if (socket_rx_bytes(priv, i) == 0 && budget_used(rx) == 0)
		return d;
	inner = share_budget(priv, i, LBUF_SHARE_RX);
	dict_add_dict(&d, "share_rx", &inner);
	inner = share_budget(priv, i, LBUF_SHARE_REST);
	dict_add_dict(&d, "share_rest", &inner);
	return d;
}

/* A tier, or LBUF_TIER_NUM for all. */
static struct dict
tier_sums(const struct pool_priv *priv, enum lbuf_tier tier)
{
	struct lbuf_pool_stats st;
	struct dict d = dict_new();

	if (d.data == NULL)
		return d;
	lbuf_pool_stats_get(&priv->pub, tier, SOCKET_ID_ANY, 0, &st);
	add_stats(&d, &st);
	return d;
}

static void
tell_pool(struct pool_priv *priv, struct page *page)
{
	struct dict d = { .data = page->data }, inner;
	char name[16];
	uint32_t i;

	dict_add_text(&d, "name", priv->name);
	inner = settings(priv);
	dict_add_dict(&d, "settings", &inner);
	for (i = 0; i < priv->sockets.nb; i++) {
		snprintf(name, sizeof(name), "socket_%d", priv->sockets.id[i]);
		inner = socket_budget(priv, i);
		dict_add_dict(&d, name, &inner);
	}
	for (i = 0; i < LBUF_TIER_NUM; i++) {
		inner = tier_sums(priv, i);
		dict_add_dict(&d, tier_name(i), &inner);
	}
	inner = tier_sums(priv, LBUF_TIER_NUM);
	dict_add_dict(&d, "sum", &inner);
	dict_add(&d, "bugs", lbuf_pool_bugs(&priv->pub));
	dict_add(&d, "waiters",
			(uint64_t)__atomic_load_n(&priv->waiters.nb[LBUF_SHARE_REST],
					__ATOMIC_RELAXED) +
					__atomic_load_n(&priv->waiters.nb[LBUF_SHARE_RX],
							__ATOMIC_RELAXED));
	dict_add(&d, "untracked", __atomic_load_n(&priv->samples.lost, __ATOMIC_RELAXED));
}

/* What each lcore has of a class in its cache: by lcore id, without those of 0. */
static struct dict
lcores_of(const struct pool_priv *priv, uint32_t cidx)
{
	struct dict d = dict_new();
	char name[16];
	uint32_t id;

	for (id = 0; d.data != NULL && id < RTE_MAX_LCORE; id++) {
		const struct lcore_caches *lc = lcores_at(&priv->lcores, id);

		if (lc == NULL || cache_len(lc, cidx) == 0)
			continue;
		snprintf(name, sizeof(name), "%u", id);
		dict_add(&d, name, cache_len(lc, cidx));
	}
	return d;
}

/* Behind the names of what receiving has for itself. */
static const char *
share_mark(const struct pool_priv *priv, uint32_t slot)
{
	return slot_share(priv, slot) == LBUF_SHARE_RX ? "_rx" : "";
}

static void
tell_class(const struct pool_priv *priv, const struct depot *depot, struct page *page)
{
	struct lbuf_pool_stats st;
	struct dict entry, lcores;
	char name[48];

	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	snprintf(name, sizeof(name), "%s_%d_%zu%s", tier_name(depot->cls.tier), depot->cls.socket,
			depot->cls.size, share_mark(priv, depot->cls.slot));
	class_stats(priv, depot, &st);
	dict_add_text(&entry, "tier", tier_name(depot->cls.tier));
	dict_add_int(&entry, "socket", depot->cls.socket);
	dict_add(&entry, "size", depot->cls.size);
	add_stats(&entry, &st);
	lcores = lcores_of(priv, depot->cls.cidx);
	dict_add_dict(&entry, "cached_by_lcore", &lcores);
	page_add(page, name, &entry, &lcores);
}

static void
tell_large(const struct pool_priv *priv, uint32_t slot, struct page *page)
{
	struct lbuf_pool_stats st;
	struct dict entry;
	char name[24];

	large_stats(priv, slot, &st);
	if (st.allocs + st.failures == 0 || !page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	snprintf(name, sizeof(name), "large_%d%s", priv->slot[slot].mem.socket,
			share_mark(priv, slot));
	dict_add_text(&entry, "tier", tier_name(LBUF_TIER_LARGE));
	dict_add_int(&entry, "socket", priv->slot[slot].mem.socket);
	dict_add(&entry, "size", 0);
	add_stats(&entry, &st);
	page_add(page, name, &entry, NULL);
}

static void
tell_classes(struct pool_priv *priv, struct page *page)
{
	uint32_t slot, c;

	for (slot = 0; slot < nb_slots(priv); slot++) {
		for (c = slot_base(slot); c < slot_base(slot + 1); c++)
			if (depot_at(priv, c) != NULL)
				tell_class(priv, depot_at(priv, c), page);
		tell_large(priv, slot, page);
	}
	page_end(page);
}

static void
tell_holder(const struct lbuf_holder *h, struct page *page)
{
	char where[64], name[24];
	struct dict entry;

	snprintf(name, sizeof(name), "%" PRIu64, page->n);
	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	caller_text(h->caller, where, sizeof(where));
	dict_add_text(&entry, "tag", h->tag);
	dict_add_text(&entry, "at", where);
	dict_add_text(&entry, "share", h->share == LBUF_SHARE_RX ? "rx" : "rest");
	dict_add(&entry, "size", h->size);
	dict_add(&entry, "chunks", h->chunks);
	dict_add(&entry, "seen", h->seen);
	dict_add(&entry, "oldest_ms", (uint64_t)(h->oldest_s * 1000));
	page_add(page, name, &entry, NULL);
}

static void
tell_holders(struct pool_priv *priv, struct page *page)
{
	struct lbuf_holder *h = calloc(HOLDERS, sizeof(*h));
	int i, n;

	if (h == NULL)
		return;
	n = lbuf_pool_holders_get(&priv->pub, h, HOLDERS);
	for (i = 0; i < n; i++)
		tell_holder(&h[i], page);
	free(h);
	page_end(page);
}

/* The pool and the page that "NAME" or "NAME,FIRST" mean; NULL: there is none. */
static struct pool_priv *
find(const char *params, struct page *page)
{
	struct pool_priv *priv = registry_find(params);
	const char *comma = strrchr(params, ',');
	char name[LBUF_POOL_NAMESIZE], *end;

	/* Names may have commas of their own. */
	if (priv != NULL || comma == NULL || comma - params >= LBUF_POOL_NAMESIZE)
		return priv;
	snprintf(name, sizeof(name), "%.*s", (int)(comma - params), params);
	page->first = strtoull(comma + 1, &end, 10);
	if (comma[1] < '0' || comma[1] > '9' || *end != '\0')
		return NULL;
	return registry_find(name);
}

/*
 * Answer about one pool. The lock keeps it in existence meanwhile: a pool leaves the
 * list before its memory goes.
 */
static int
answer(const char *params, struct rte_tel_data *data,
		void (*tell)(struct pool_priv *priv, struct page *page))
{
	struct page page = { .data = data, .next = UINT64_MAX };
	struct pool_priv *priv;

	if (params == NULL || params[0] == '\0')
		return -EINVAL;
	rte_mcfg_tailq_read_lock();
	priv = find(params, &page);
	if (priv != NULL) {
		rte_tel_data_start_dict(data);
		tell(priv, &page);
	}
	rte_mcfg_tailq_read_unlock();
	return priv == NULL ? -ENOENT : 0;
}

static void
list_pool(struct lbuf_pool *pool, void *arg)
{
	rte_tel_data_add_array_string(arg, lbuf_pool_name(pool));
}

static int
handle_list(const char *cmd, const char *params, struct rte_tel_data *data)
{
	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
	registry_list(list_pool, data);
	return 0;
}

static int
handle_pool(const char *cmd, const char *params, struct rte_tel_data *data)
{
	RTE_SET_USED(cmd);
	return answer(params, data, tell_pool);
}

static int
handle_classes(const char *cmd, const char *params, struct rte_tel_data *data)
{
	RTE_SET_USED(cmd);
	return answer(params, data, tell_classes);
}

static int
handle_holders(const char *cmd, const char *params, struct rte_tel_data *data)
{
	RTE_SET_USED(cmd);
	return answer(params, data, tell_holders);
}

void
telemetry_register(void)
{
	rte_telemetry_register_cmd("/lbuf/list", handle_list, "Names of pools. No parameters");
	rte_telemetry_register_cmd("/lbuf/pool", handle_pool,
			"Settings and sums of a pool. Parameters: name");
	rte_telemetry_register_cmd("/lbuf/pool_class", handle_classes,
			"Figures of a pool's classes. Parameters: name [first entry]");
	rte_telemetry_register_cmd("/lbuf/holders", handle_holders,
			"Who holds chunks of a pool. Parameters: name [first entry]");
	mempools_register();
}
