/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Figures of pools for rte_telemetry.
 *
 * EAL has a buffer of 16 KiB for an answer, and leaves out without a word what does
 * not fit. So long answers come in pages: dictionaries of entries, in which "entries"
 * tells how many there are, and "next" which one the next page begins with. Names in
 * dictionaries have letters, digits and underscores alone.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal_memconfig.h>

#include <lbuf_debug.h>

#include "compat.h"
#include "pool_priv.h"

/* Bytes of a page's entries. */
#define PAGE_BYTES ((size_t)15 << 10)
/* Holders that are told of. */
#define HOLDERS 256

/* A dictionary that grows, and about how many bytes it will be printed to. */
struct dict {
	struct rte_tel_data *data;
	size_t bytes;
};

/* The part of an answer that is wanted. */
struct page {
	struct rte_tel_data *data;
	uint64_t first; /* entry */
	uint64_t n;     /* entries up to now */
	uint64_t next;  /* first one that did not fit; UINT64_MAX: all did */
	size_t bytes;
};

static struct dict
dict_new(void)
{
	struct dict d = { .data = rte_tel_data_alloc(), .bytes = 2 };

	if (d.data != NULL)
		rte_tel_data_start_dict(d.data);
	return d;
}

static void
add(struct dict *d, const char *name, uint64_t value)
{
	d->bytes += (size_t)snprintf(NULL, 0, "\"%s\":%" PRIu64 ",", name, value);
	rte_tel_data_add_dict_uint(d->data, name, value);
}

static void
add_text(struct dict *d, const char *name, const char *text)
{
	d->bytes += (size_t)snprintf(NULL, 0, "\"%s\":\"%s\",", name, text);
	rte_tel_data_add_dict_string(d->data, name, text);
}

/* Sockets of external heaps, too, have ids of their own. */
static void
add_int(struct dict *d, const char *name, int value)
{
	d->bytes += (size_t)snprintf(NULL, 0, "\"%s\":%d,", name, value);
	rte_tel_data_add_dict_int(d->data, name, value);
}

/* The inner one goes to the outer one; it is printed as [] if it is empty. */
static void
add_dict(struct dict *d, const char *name, const struct dict *inner)
{
	if (inner->data == NULL)
		return;
	d->bytes += inner->bytes + strlen(name) + 4;
	if (rte_tel_data_add_dict_container(d->data, name, inner->data, 0) != 0)
		rte_tel_data_free(inner->data);
}

static void
add_stats(struct dict *d, const struct lbuf_pool_stats *st)
{
	add(d, "total", st->chunks);
	add(d, "out", st->out);
	add(d, "cached", st->cached);
	add(d, "free", stats_free(st));
	add(d, "bytes", st->bytes);
	add(d, "high_water", st->high_water);
	add(d, "allocs", st->allocs);
	add(d, "frees", st->frees);
	add(d, "remote", st->remote);
	add(d, "refills", st->refills);
	add(d, "flushes", st->flushes);
	add(d, "grows", st->grows);
	add(d, "stalls", st->stalls);
	add(d, "shrinks", st->shrinks);
	add(d, "fallbacks", st->fallbacks);
	add(d, "failures", st->failures);
	add(d, "stranded", st->stranded);
	add(d, "dma_failures", st->dma_failures);
}

/* Whether the next entry is on the page. */
static bool
page_wants(struct page *page)
{
	uint64_t i = page->n++;

	return i >= page->first && page->next == UINT64_MAX;
}

/* Put the entry on the page if it fits; `inner` is a dictionary that it has, or NULL. */
static void
page_add(struct page *page, const char *name, const struct dict *entry, const struct dict *inner)
{
	size_t bytes = entry->bytes + strlen(name) + 4;

	if (entry->data == NULL)
		return;
	if (page->bytes + bytes <= PAGE_BYTES &&
			rte_tel_data_add_dict_container(page->data, name, entry->data, 0) == 0) {
		page->bytes += bytes;
		return;
	}
	page->next = page->n - 1;
	if (inner != NULL)
		rte_tel_data_free(inner->data);
	rte_tel_data_free(entry->data);
}

static void
page_end(const struct page *page)
{
	rte_tel_data_add_dict_uint(page->data, "entries", page->n);
	if (page->next != UINT64_MAX)
		rte_tel_data_add_dict_uint(page->data, "next", page->next);
}

static struct dict
settings(const struct pool_priv *priv)
{
	const struct lbuf_pool_params *p = &priv->params;
	struct dict d = dict_new();

	if (d.data == NULL)
		return d;
	add(&d, "middle_min", p->middle_min);
	add(&d, "middle_max", p->middle_max);
	add(&d, "cache_bytes", p->cache_bytes);
	add(&d, "large_bytes", p->large_bytes);
	add(&d, "idle_ms", p->idle_ms);
	add_text(&d, "policy", p->policy == LBUF_POLICY_STRICT ? "strict" : "prefer");
	add(&d, "flags", p->flags);
	return d;
}

/* A limit of 0 is none, as in lbuf_pool_limit_set(). */
static struct dict
socket_budget(const struct pool_slot *s)
{
	uint64_t limit = __atomic_load_n(&s->limit, __ATOMIC_RELAXED);
	struct dict d = dict_new();

	if (d.data == NULL)
		return d;
	add_int(&d, "socket", s->socket);
	add(&d, "limit_bytes", limit == UINT64_MAX ? 0 : limit);
	add(&d, "used_bytes", __atomic_load_n(&s->used, __ATOMIC_RELAXED));
	add(&d, "refusals", __atomic_load_n(&s->refusals, __ATOMIC_RELAXED));
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

	add_text(&d, "name", priv->name);
	inner = settings(priv);
	add_dict(&d, "settings", &inner);
	for (i = 0; i < priv->nb_slots; i++) {
		snprintf(name, sizeof(name), "socket_%d", priv->slot[i].socket);
		inner = socket_budget(&priv->slot[i]);
		add_dict(&d, name, &inner);
	}
	for (i = 0; i < LBUF_TIER_NUM; i++) {
		inner = tier_sums(priv, i);
		add_dict(&d, tier_name(i), &inner);
	}
	inner = tier_sums(priv, LBUF_TIER_NUM);
	add_dict(&d, "sum", &inner);
	add(&d, "bugs", lbuf_pool_bugs(&priv->pub));
	add(&d, "waiters", __atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED));
	add(&d, "untracked", __atomic_load_n(&priv->track_lost, __ATOMIC_RELAXED));
}

/* What each lcore has of a class in its cache: by lcore id, without those of 0. */
static struct dict
lcores_of(const struct pool_priv *priv, uint32_t cidx)
{
	struct dict d = dict_new();
	char name[16];
	uint32_t id;

	for (id = 0; d.data != NULL && id < RTE_MAX_LCORE; id++) {
		const struct lcore_caches *lc = __atomic_load_n(&priv->lcore[id], __ATOMIC_ACQUIRE);

		if (lc == NULL || cache_len(lc, cidx) == 0)
			continue;
		snprintf(name, sizeof(name), "%u", id);
		add(&d, name, cache_len(lc, cidx));
	}
	return d;
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
	snprintf(name, sizeof(name), "%s_%d_%zu", tier_name(depot->tier), depot->socket,
			depot->size);
	class_stats(priv, depot, &st);
	add_text(&entry, "tier", tier_name(depot->tier));
	add_int(&entry, "socket", depot->socket);
	add(&entry, "size", depot->size);
	add_stats(&entry, &st);
	lcores = lcores_of(priv, depot->cidx);
	add_dict(&entry, "cached_by_lcore", &lcores);
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
	snprintf(name, sizeof(name), "large_%d", priv->slot[slot].socket);
	add_text(&entry, "tier", tier_name(LBUF_TIER_LARGE));
	add_int(&entry, "socket", priv->slot[slot].socket);
	add(&entry, "size", 0);
	add_stats(&entry, &st);
	page_add(page, name, &entry, NULL);
}

static void
tell_classes(struct pool_priv *priv, struct page *page)
{
	uint32_t slot, c;

	for (slot = 0; slot < priv->nb_slots; slot++) {
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
	char place[64], name[24];
	struct dict entry;

	snprintf(name, sizeof(name), "%" PRIu64, page->n);
	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	caller_text(h->caller, place, sizeof(place));
	add_text(&entry, "tag", h->tag);
	add_text(&entry, "at", place);
	add(&entry, "size", h->size);
	add(&entry, "chunks", h->chunks);
	add(&entry, "seen", h->seen);
	add(&entry, "oldest_ms", (uint64_t)(h->oldest_s * 1000));
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
	struct pool_priv *priv = pool_find(params);
	const char *comma = strrchr(params, ',');
	char name[LBUF_POOL_NAMESIZE], *end;

	/* Names may have commas of their own. */
	if (priv != NULL || comma == NULL || comma - params >= LBUF_POOL_NAMESIZE)
		return priv;
	snprintf(name, sizeof(name), "%.*s", (int)(comma - params), params);
	page->first = strtoull(comma + 1, &end, 10);
	if (comma[1] < '0' || comma[1] > '9' || *end != '\0')
		return NULL;
	return pool_find(name);
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
	pools_list(list_pool, data);
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
}
