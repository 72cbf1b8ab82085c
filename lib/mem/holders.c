/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Who has how much for how long: exact in the large tier and in debug pools, else from a
 * sample of one allocation in SAMPLE_PERIOD of each class on each lcore.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "holders.h"

/* Lines that a report can have. */
#define GROUPS 64

struct owner *
owner_of(struct lbuf_chunk *chunk)
{
	if (chunk->tier == LBUF_TIER_LARGE)
		return &((struct large_chunk *)chunk)->owner;
	if (chunk->slab->owner == NULL)
		return NULL;
	return &chunk->slab->owner[chunk - chunk->slab->chunk];
}

static void
walk_large(struct pool_priv *priv, void (*func)(const struct owner *o, uint32_t weight, void *arg),
		void *arg)
{
	struct large_chunk *lc;
	uint32_t i;

	for (i = 0; i < nb_slots(priv); i++) {
		rte_spinlock_lock(&priv->slot[i].large.lock);
		TAILQ_FOREACH(lc, &priv->slot[i].large.out, next)
			if (lc->owner.chunk != NULL) /* else it is just being handed out */
				func(&lc->owner, 1, arg);
		rte_spinlock_unlock(&priv->slot[i].large.lock);
	}
}

static void
walk_slabs(struct depot *depot, void (*func)(const struct owner *o, uint32_t weight, void *arg),
		void *arg)
{
	struct lbuf_slab *slab;
	uint32_t i;

	rte_spinlock_lock(&depot->grow_lock);
	TAILQ_FOREACH(slab, &depot->slabs, next)
		for (i = 0; i < slab->n; i++)
			if (slab->owner[i].out)
				func(&slab->owner[i], 1, arg);
	rte_spinlock_unlock(&depot->grow_lock);
}

void
holders_walk(struct pool_priv *priv,
		void (*func)(const struct owner *o, uint32_t weight, void *arg), void *arg)
{
	uint32_t i;

	walk_large(priv, func, arg);
	for (i = 0; pool_is_debug(priv) && i < nb_caches(priv); i++)
		if (depot_at(priv, i) != NULL)
			walk_slabs(depot_at(priv, i), func, arg);
	rte_spinlock_lock(&priv->samples.lock);
	for (i = 0; priv->samples.record != NULL && i < SAMPLES_MAX; i++)
		if (priv->samples.record[i].chunk != NULL)
			func(&priv->samples.record[i], SAMPLE_PERIOD, arg);
	rte_spinlock_unlock(&priv->samples.lock);
}

struct groups {
	const struct pool_priv *priv;
	struct lbuf_holder *h;
	unsigned int n;
	unsigned int max;
};

static void
add_to_group(const struct owner *o, uint32_t weight, void *arg)
{
	struct groups *g = arg;
	enum lbuf_share share = slot_share(g->priv, o->chunk->slot);
	struct lbuf_holder *h;
	unsigned int i;

	for (i = 0; i < g->n; i++) {
		h = &g->h[i];
		if (h->caller == o->caller && h->size == o->chunk->size && h->share == share &&
				strcmp(h->tag, o->tag) == 0)
			break;
	}
	if (i == g->max)
		return;
	h = &g->h[i];
	if (i == g->n) {
		g->n++;
		*h = (struct lbuf_holder){
			.caller = o->caller, .size = o->chunk->size, .share = share
		};
		snprintf(h->tag, sizeof(h->tag), "%s", o->tag);
	}
	h->chunks += weight;
	h->seen++;
	h->oldest_s = RTE_MAX(h->oldest_s, owner_age_s(o));
}

int
lbuf_pool_holders_get(struct lbuf_pool *pool, struct lbuf_holder *holders, unsigned int n)
{
	struct groups g = { .priv = pool_priv(pool), .h = holders, .max = n };

	if (pool == NULL || holders == NULL)
		return -EINVAL;
	holders_walk(pool_priv(pool), add_to_group, &g);
	return (int)g.n;
}

void
lbuf_pool_holders_dump(struct lbuf_pool *pool, FILE *f)
{
	struct lbuf_holder h[GROUPS];
	char where[64];
	int i, n;

	if (pool == NULL || f == NULL)
		return;
	n = lbuf_pool_holders_get(pool, h, GROUPS);
	fprintf(f, "lbuf pool %s: who holds what\n", pool_priv(pool)->name);
	for (i = 0; i < n; i++) {
		caller_text(h[i].caller, where, sizeof(where));
		fprintf(f, "  size %8zu chunks %s%8" PRIu64 " oldest %10.3f s%s tag %s at %s\n",
				h[i].size, h[i].seen == h[i].chunks ? " " : "~", h[i].chunks,
				h[i].oldest_s, h[i].share == LBUF_SHARE_RX ? " share rx" : "",
				h[i].tag[0] == '\0' ? "none" : h[i].tag, where);
	}
}
