/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Who has how much for how long: exact in the large tier and in debug pools, else
 * from a sample of one allocation in SAMPLE_PERIOD of each class on each lcore.
 */

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lbuf_debug.h>

#include "pool_priv.h"

/* Chunks of the sample that are out at a time. */
#define RECORDS 1024
/* Records that are tried for a free one. */
#define PROBES 16
/* Lines that a report can have. */
#define GROUPS 64

static __thread const char *self_tag;

const char *
lbuf_tag_set(const char *tag)
{
	const char *old = self_tag;

	self_tag = tag;
	return old;
}

void
owner_set(struct owner *owner, struct lbuf_chunk *chunk, size_t size, const void *caller)
{
	owner->tsc = rte_rdtsc();
	owner->caller = caller;
	owner->size = size;
	owner->chunk = chunk;
	owner->lcore = rte_lcore_id();
	owner->tag[0] = '\0';
	if (unlikely(self_tag != NULL))
		snprintf(owner->tag, sizeof(owner->tag), "%s", self_tag);
}

struct owner *
owner_of(struct lbuf_chunk *chunk)
{
	if (chunk->tier == LBUF_TIER_LARGE)
		return &((struct large_chunk *)chunk)->owner;
	if (chunk->slab->owner == NULL)
		return NULL;
	return &chunk->slab->owner[chunk - chunk->slab->chunk];
}

static double
age_s(const struct owner *owner)
{
	return (double)(rte_rdtsc() - owner->tsc) / (double)rte_get_tsc_hz();
}

void
caller_text(const void *caller, char *buf, size_t len)
{
	Dl_info info;

	if (caller == NULL)
		snprintf(buf, len, "unknown place");
	else if (dladdr(caller, &info) != 0 && info.dli_sname != NULL)
		snprintf(buf, len, "%s+0x%zx", info.dli_sname,
				(size_t)((const uint8_t *)caller - (uint8_t *)info.dli_saddr));
	else
		snprintf(buf, len, "%p", caller);
}

void
owner_text(const struct owner *owner, char *buf, size_t len)
{
	char place[64], lcore[24] = "no lcore";

	caller_text(owner->caller, place, sizeof(place));
	if (owner->lcore < RTE_MAX_LCORE)
		snprintf(lcore, sizeof(lcore), "lcore %u", owner->lcore);
	snprintf(buf, len, "%s, tag %s, %s, %.3f s ago", lcore,
			owner->tag[0] == '\0' ? "none" : owner->tag, place, age_s(owner));
}

/* A free record; NULL: none was found. The lock must be held. */
static struct owner *
free_record(struct pool_priv *priv)
{
	uint32_t i;

	if (priv->track == NULL)
		priv->track = rte_zmalloc("lbuf_track", RECORDS * sizeof(*priv->track), 0);
	for (i = 0; priv->track != NULL && i < PROBES; i++) {
		struct owner *o = &priv->track[priv->track_next];

		priv->track_next = (priv->track_next + 1) % RECORDS;
		if (o->chunk == NULL)
			return o;
	}
	return NULL;
}

void
track_begin(struct pool_priv *priv, struct lbuf_chunk *chunk, size_t size, const void *caller)
{
	struct owner *o;

	rte_spinlock_lock(&priv->track_lock);
	o = free_record(priv);
	if (o != NULL) {
		owner_set(o, chunk, size, caller);
		chunk->track = (uint32_t)(o - priv->track);
		chunk->mem.flags |= LBUF_MEM_TRACKED;
	} else {
		priv->track_lost++;
	}
	rte_spinlock_unlock(&priv->track_lock);
}

void
track_end(struct pool_priv *priv, struct lbuf_chunk *chunk)
{
	rte_spinlock_lock(&priv->track_lock);
	priv->track[chunk->track].chunk = NULL;
	rte_spinlock_unlock(&priv->track_lock);
	chunk->track = 0;
	chunk->mem.flags &= (uint8_t)~LBUF_MEM_TRACKED;
}

static void
walk_large(struct pool_priv *priv, void (*func)(const struct owner *o, uint32_t weight, void *arg),
		void *arg)
{
	struct large_chunk *lc;
	uint32_t i;

	for (i = 0; i < priv->nb_slots; i++) {
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
owner_walk(struct pool_priv *priv, void (*func)(const struct owner *o, uint32_t weight, void *arg),
		void *arg)
{
	uint32_t i;

	walk_large(priv, func, arg);
	for (i = 0; pool_is_debug(priv) && i < nb_caches(priv); i++)
		if (depot_at(priv, i) != NULL)
			walk_slabs(depot_at(priv, i), func, arg);
	rte_spinlock_lock(&priv->track_lock);
	for (i = 0; priv->track != NULL && i < RECORDS; i++)
		if (priv->track[i].chunk != NULL)
			func(&priv->track[i], SAMPLE_PERIOD, arg);
	rte_spinlock_unlock(&priv->track_lock);
}

struct groups {
	struct lbuf_holder *h;
	unsigned int n;
	unsigned int max;
};

static void
add_to_group(const struct owner *o, uint32_t weight, void *arg)
{
	struct groups *g = arg;
	struct lbuf_holder *h;
	unsigned int i;

	for (i = 0; i < g->n; i++) {
		h = &g->h[i];
		if (h->caller == o->caller && h->size == o->chunk->size &&
				strcmp(h->tag, o->tag) == 0)
			break;
	}
	if (i == g->max)
		return;
	h = &g->h[i];
	if (i == g->n) {
		g->n++;
		*h = (struct lbuf_holder){ .caller = o->caller, .size = o->chunk->size };
		snprintf(h->tag, sizeof(h->tag), "%s", o->tag);
	}
	h->chunks += weight;
	h->seen++;
	h->oldest_s = RTE_MAX(h->oldest_s, age_s(o));
}

int
lbuf_pool_holders_get(struct lbuf_pool *pool, struct lbuf_holder *holders, unsigned int n)
{
	struct groups g = { .h = holders, .max = n };

	if (pool == NULL || holders == NULL)
		return -EINVAL;
	owner_walk(pool_priv(pool), add_to_group, &g);
	return (int)g.n;
}

void
lbuf_pool_holders_dump(struct lbuf_pool *pool, FILE *f)
{
	struct lbuf_holder h[GROUPS];
	char place[64];
	int i, n;

	if (pool == NULL || f == NULL)
		return;
	n = lbuf_pool_holders_get(pool, h, GROUPS);
	fprintf(f, "lbuf pool %s: who holds what\n", lbuf_pool_name(pool));
	for (i = 0; i < n; i++) {
		caller_text(h[i].caller, place, sizeof(place));
		fprintf(f, "  size %8zu chunks %s%8" PRIu64 " oldest %10.3f s tag %s at %s\n",
				h[i].size, h[i].seen == h[i].chunks ? " " : "~", h[i].chunks,
				h[i].oldest_s, h[i].tag[0] == '\0' ? "none" : h[i].tag, place);
	}
}
