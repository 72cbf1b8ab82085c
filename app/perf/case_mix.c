/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Cases that allocate several sizes by turns, one at a time: what is at hand for one size
 * alone, in a register or a predictor, does not help the next one. The rival has a mempool
 * for each size, and picks it as lbuf picks the size: out of a list.
 */

#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include <lbuf_chunk.h>

#include "cases.h"

#define SIZES_MAX 8
/* Entries of the list, which is gone through again and again. */
#define LIST 4096
/* Chunks that are held in the cases which free the oldest. */
#define HELD 64
/* Objects of a mempool. */
#define OBJECTS 511

/* Variants are the number of sizes, and whether it is left to chance which is next. */
#define AT_RANDOM 0x100

static const size_t mix_sizes[SIZES_MAX] = { 1 << 10, 4 << 10, 16 << 10, 64 << 10, 2 << 10, 8 << 10,
	32 << 10, 1280 };

struct mix_ctx {
	struct lbuf_pool *pool;
	struct rte_mempool *mp[SIZES_MAX];
	union {
		size_t size[LIST];
		struct rte_mempool *mp_next[LIST];
	};
};

/* Which size comes at place i of the list. */
static unsigned int
next_size(unsigned int variant, unsigned int i, uint32_t *seed)
{
	unsigned int nb = variant & ~AT_RANDOM;

	if (nb < 2)
		return 0; /* The only one there is. */
	if ((variant & AT_RANDOM) == 0)
		return i % nb;
	*seed = *seed * 1664525 + 1013904223; /* Numerical Recipes' generator */
	return (*seed >> 16) % nb;
}

static void *
mix_lbuf_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct mix_ctx *ctx = calloc(1, sizeof(*ctx));
	uint32_t seed = 1;
	unsigned int i;

	(void)op;
	(void)size;
	if (ctx == NULL)
		return NULL;
	ctx->pool = lbuf_pool_create("mix", NULL);
	if (ctx->pool == NULL) {
		*why = rte_strerror(rte_errno);
		free(ctx);
		return NULL;
	}
	for (i = 0; i < LIST; i++)
		ctx->size[i] = mix_sizes[next_size(c->variant, i, &seed)];
	return ctx;
}

static uint64_t
mix_lbuf_run(void *arg, uint64_t n, struct watch *w)
{
	struct mix_ctx *ctx = arg;
	struct lbuf_pool *pool = ctx->pool;
	uint64_t i;

	watch_start(w);
	for (i = 0; i < n; i++) {
		struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, ctx->size[i % LIST]);

		if (unlikely(chunk == NULL))
			return 0;
		PERF_HIDE(chunk);
		lbuf_chunk_put(chunk);
	}
	watch_stop(w);
	return n;
}

/* The same, but what is freed is the oldest of those that are held. */
static uint64_t
held_lbuf_run(void *arg, uint64_t n, struct watch *w)
{
	struct mix_ctx *ctx = arg;
	struct lbuf_pool *pool = ctx->pool;
	struct lbuf_chunk *held[HELD] = { NULL };
	uint64_t i;

	watch_start(w);
	for (i = 0; i < n; i++) {
		struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, ctx->size[i % LIST]);

		if (unlikely(chunk == NULL))
			break;
		lbuf_chunk_put(held[i % HELD]);
		held[i % HELD] = chunk;
	}
	watch_stop(w);
	n = i;
	for (i = 0; i < HELD; i++)
		lbuf_chunk_put(held[i]);
	return n;
}

static void
mix_lbuf_close(void *arg)
{
	struct mix_ctx *ctx = arg;

	lbuf_pool_free(ctx->pool);
	free(ctx);
}

static void
mix_mempool_close(void *arg)
{
	struct mix_ctx *ctx = arg;
	unsigned int i;

	for (i = 0; i < SIZES_MAX; i++)
		rte_mempool_free(ctx->mp[i]);
	free(ctx);
}

static void *
mix_mempool_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct mix_ctx *ctx = calloc(1, sizeof(*ctx));
	char name[RTE_MEMPOOL_NAMESIZE];
	uint32_t seed = 1;
	unsigned int i;

	(void)op;
	(void)size;
	if (ctx == NULL)
		return NULL;
	for (i = 0; i < (c->variant & ~AT_RANDOM); i++) {
		snprintf(name, sizeof(name), "perf_mix%u", i);
		ctx->mp[i] = rte_mempool_create(name, OBJECTS, (unsigned int)mix_sizes[i],
				OBJECTS / 2, 0, NULL, NULL, NULL, NULL, (int)rte_socket_id(),
				RTE_MEMPOOL_F_NO_IOVA_CONTIG);
		if (ctx->mp[i] == NULL) {
			*why = rte_strerror(rte_errno);
			mix_mempool_close(ctx);
			return NULL;
		}
	}
	for (i = 0; i < LIST; i++)
		ctx->mp_next[i] = ctx->mp[next_size(c->variant, i, &seed)];
	return ctx;
}

static uint64_t
mix_mempool_run(void *arg, uint64_t n, struct watch *w)
{
	struct mix_ctx *ctx = arg;
	uint64_t i;

	watch_start(w);
	for (i = 0; i < n; i++) {
		struct rte_mempool *mp = ctx->mp_next[i % LIST];
		void *obj;

		if (unlikely(rte_mempool_get(mp, &obj) != 0))
			return 0;
		PERF_HIDE(obj);
		rte_mempool_put(mp, obj);
	}
	watch_stop(w);
	return n;
}

static uint64_t
held_mempool_run(void *arg, uint64_t n, struct watch *w)
{
	struct mix_ctx *ctx = arg;
	struct rte_mempool *from[HELD] = { NULL };
	void *held[HELD] = { NULL };
	uint64_t i;

	watch_start(w);
	for (i = 0; i < n; i++) {
		struct rte_mempool *mp = ctx->mp_next[i % LIST];
		void *obj;

		if (unlikely(rte_mempool_get(mp, &obj) != 0))
			break;
		if (likely(held[i % HELD] != NULL))
			rte_mempool_put(from[i % HELD], held[i % HELD]);
		held[i % HELD] = obj;
		from[i % HELD] = mp;
	}
	watch_stop(w);
	n = i;
	for (i = 0; i < HELD; i++)
		if (held[i] != NULL)
			rte_mempool_put(from[i], held[i]);
	return n;
}

static const struct perf_op mix_ops[] = {
	{ .engine = "lbuf", .open = mix_lbuf_open, .run = mix_lbuf_run, .close = mix_lbuf_close },
	{ .engine = "mempool",
			.open = mix_mempool_open,
			.run = mix_mempool_run,
			.close = mix_mempool_close },
	{ .engine = NULL },
};

static const struct perf_op held_ops[] = {
	{ .engine = "lbuf", .open = mix_lbuf_open, .run = held_lbuf_run, .close = mix_lbuf_close },
	{ .engine = "mempool",
			.open = mix_mempool_open,
			.run = held_mempool_run,
			.close = mix_mempool_close },
	{ .engine = NULL },
};

#define MIX_CASES(nb) \
	const struct perf_case case_alloc_turn_##nb = { \
		.name = "alloc-turn" #nb, \
		.unit = "ns", \
		.help = "allocate and free, one at a time, " #nb " sizes in turn", \
		.variant = (nb), \
		.ops = mix_ops, \
	}; \
	const struct perf_case case_alloc_random_##nb = { \
		.name = "alloc-random" #nb, \
		.unit = "ns", \
		.help = "the same, at random", \
		.variant = (nb) | AT_RANDOM, \
		.ops = mix_ops, \
	}; \
	const struct perf_case case_alloc_held_##nb = { \
		.name = "alloc-held" #nb, \
		.unit = "ns", \
		.help = "the same, and free the oldest of 64 instead", \
		.variant = (nb) | AT_RANDOM, \
		.ops = held_ops, \
	}

MIX_CASES(2);
MIX_CASES(4);
MIX_CASES(8);
