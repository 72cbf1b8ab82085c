/* SPDX-License-Identifier: BSD-3-Clause */

/* Figures: kept by lcores, depots and the large tier, summed up when they are read. */

#include <errno.h>
#include <inttypes.h>

#include <lbuf_share.h>

#include "depot_ops.h"
#include "stats.h"

/* Add what the lcores counted for one class. */
static void
add_caches(struct lbuf_pool_stats *st, const struct pool_priv *priv, uint32_t cidx)
{
	uint32_t i;

	for (i = 0; i < RTE_MAX_LCORE; i++) {
		const struct lcore_caches *lc = priv->lcores.lcore[i];
		const struct cache *cache;
		uint64_t allocs, frees;

		if (lc == NULL || cidx >= lc->nb)
			continue;
		cache = &lc->cache[cidx];
		allocs = cache_allocs(lc, cidx);
		/*
		 * What went out or is there, and did not come from the depot. An allocation
		 * that is going to be undone is counted, and its chunks are not there.
		 */
		frees = allocs + cache->flushed - cache->refilled + cache_net(lc, cidx);
		st->cached += cache_len(lc, cidx);
		st->allocs += allocs;
		st->frees += frees;
		st->remote += frees > allocs ? frees - allocs : 0;
		st->refills += cache->refills;
		st->flushes += cache->flushes;
	}
}

static void
add_class(struct lbuf_pool_stats *st, const struct pool_priv *priv, const struct depot *depot)
{
	add_caches(st, priv, depot->cls.cidx);
	st->bytes += depot->bytes;
	st->high_water += depot->high_water;
	st->chunks += depot->chunks;
	st->allocs += depot->allocs;
	st->frees += depot->frees;
	st->grows += depot->grows;
	st->shrinks += depot->shrinks;
	st->fallbacks += depot->fallbacks;
	st->failures += depot->failures;
	st->stalls += depot->stalls;
	st->stranded += depot->stranded;
}

static void
add_large(struct lbuf_pool_stats *st, const struct large *large)
{
	const struct lbuf_pool_stats *from = &large->stats;

	st->stalls += from->stalls;
	st->bytes += from->bytes;
	st->high_water += from->high_water;
	st->chunks += from->chunks;
	st->allocs += from->allocs;
	st->frees += from->frees;
	st->grows += from->grows;
	st->shrinks += from->shrinks;
	st->fallbacks += from->fallbacks;
	st->dma_failures += from->dma_failures;
	st->failures += from->failures;
}

static void
add_slot(struct lbuf_pool_stats *st, const struct pool_priv *priv, uint32_t slot,
		enum lbuf_tier tier, size_t size)
{
	uint32_t c;

	for (c = slot_base(slot); c < slot_base(slot + 1); c++) {
		const struct depot *depot = depot_at(priv, c);

		if (depot == NULL || (tier != LBUF_TIER_NUM && depot->cls.tier != tier) ||
				(size != 0 && depot->cls.size != size))
			continue;
		add_class(st, priv, depot);
	}
	if ((tier == LBUF_TIER_LARGE || tier == LBUF_TIER_NUM) && size == 0)
		add_large(st, &priv->slot[slot].large);
}

int
lbuf_pool_stats_get(const struct lbuf_pool *pool, enum lbuf_tier tier, int socket, size_t size,
		struct lbuf_pool_stats *stats)
{
	const struct pool_priv *priv = pool_priv(pool);
	uint32_t slot;

	if (pool == NULL || stats == NULL || tier > LBUF_TIER_NUM)
		return -EINVAL;
	if (socket != SOCKET_ID_ANY && sockets_find(&priv->sockets, socket) < 0)
		return -EINVAL;
	*stats = (struct lbuf_pool_stats){ 0 };
	for (slot = 0; slot < nb_slots(priv); slot++)
		if (socket == SOCKET_ID_ANY || priv->slot[slot].mem.socket == socket)
			add_slot(stats, priv, slot, tier, size);
	stats->out = stats->allocs - stats->frees;
	return 0;
}

int
lbuf_pool_share_get(const struct lbuf_pool *pool, int socket, enum lbuf_share share,
		struct lbuf_share_stats *stats)
{
	const struct pool_priv *priv = pool_priv(pool);
	const struct budget *budget;
	uint32_t slot;
	int i;

	if (pool == NULL || stats == NULL || share >= LBUF_SHARE_NUM)
		return -EINVAL;
	i = sockets_find(&priv->sockets, socket);
	if (i < 0)
		return -EINVAL;
	slot = share == LBUF_SHARE_RX ? priv->sockets.nb + (uint32_t)i : (uint32_t)i;
	budget = &priv->slot[slot].mem.budget;
	*stats = (struct lbuf_share_stats){
		.limit_bytes = budget_limit(budget) == UINT64_MAX ? 0 : budget_limit(budget),
		.used_bytes = budget_used(budget),
		.refusals = __atomic_load_n(&budget->refusals, __ATOMIC_RELAXED),
		.waiters = __atomic_load_n(&priv->waiters.nb[share], __ATOMIC_RELAXED),
	};
	add_slot(&stats->sum, priv, slot, LBUF_TIER_NUM, 0);
	stats->sum.out = stats->sum.allocs - stats->sum.frees;
	return 0;
}

uint64_t
lbuf_pool_chunks_out(const struct lbuf_pool *pool)
{
	struct lbuf_pool_stats stats;

	if (lbuf_pool_stats_get(pool, LBUF_TIER_NUM, SOCKET_ID_ANY, 0, &stats) != 0)
		return 0;
	return stats.out;
}

void
class_stats(const struct pool_priv *priv, const struct depot *depot, struct lbuf_pool_stats *st)
{
	*st = (struct lbuf_pool_stats){ 0 };
	add_class(st, priv, depot);
	st->out = st->allocs - st->frees;
}

void
large_stats(const struct pool_priv *priv, uint32_t slot, struct lbuf_pool_stats *st)
{
	*st = (struct lbuf_pool_stats){ 0 };
	add_large(st, &priv->slot[slot].large);
	st->out = st->allocs - st->frees;
}

/* " (1: 24, 3: 8)": what each lcore has in its cache. */
static void
dump_caches(const struct pool_priv *priv, FILE *f, uint32_t cidx)
{
	const char *sep = " (";
	uint32_t id, n;

	for (id = 0; id < RTE_MAX_LCORE; id++) {
		n = priv->lcores.lcore[id] == NULL ? 0 : cache_len(priv->lcores.lcore[id], cidx);
		if (n == 0)
			continue;
		fprintf(f, "%s%u: %u", sep, id, n);
		sep = ", ";
	}
	if (sep[0] == ',')
		fputc(')', f);
}

/* depot: NULL for the large tier. */
static void
dump_line(const struct pool_priv *priv, FILE *f, uint32_t slot, const struct depot *depot,
		const struct lbuf_pool_stats *st)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "%s", slot < priv->sockets.nb ? "large" : "large r");
	if (depot != NULL)
		depot_name(depot, name, sizeof(name));
	fprintf(f,
			"  %-22s socket %d size %8zu total %8" PRIu64 " out %8" PRIu64
			" cached %6" PRIu64,
			name, priv->slot[slot].mem.socket, depot == NULL ? 0 : depot->cls.size,
			st->chunks, st->out, st->cached);
	if (depot != NULL)
		dump_caches(priv, f, depot->cls.cidx);
	fprintf(f,
			" free %8" PRIu64 " grows %" PRIu64 " shrinks %" PRIu64 " failures %" PRIu64
			"\n",
			stats_free(st), st->grows, st->shrinks, st->failures);
}

static void
dump_slot(const struct pool_priv *priv, FILE *f, uint32_t slot)
{
	struct lbuf_pool_stats st;
	uint32_t c;

	for (c = slot_base(slot); c < slot_base(slot + 1); c++) {
		const struct depot *depot = depot_at(priv, c);

		if (depot == NULL)
			continue;
		class_stats(priv, depot, &st);
		dump_line(priv, f, slot, depot, &st);
	}
	large_stats(priv, slot, &st);
	if (st.allocs + st.failures != 0)
		dump_line(priv, f, slot, NULL, &st);
}

void
lbuf_pool_dump(const struct lbuf_pool *pool, FILE *f)
{
	const struct pool_priv *priv = pool_priv(pool);
	struct lbuf_pool_stats st;
	uint32_t slot;

	if (pool == NULL || f == NULL)
		return;
	lbuf_pool_stats_get(pool, LBUF_TIER_NUM, SOCKET_ID_ANY, 0, &st);
	fprintf(f,
			"lbuf pool %s: middle %zu to %zu B, %" PRIu64 " B held, %" PRIu64
			" chunks out, %" PRIu64 " failures\n",
			priv->name, pool->middle_min, pool->middle_max, st.bytes, st.out,
			st.failures);
	for (slot = 0; slot < nb_slots(priv); slot++)
		dump_slot(priv, f, slot);
}
