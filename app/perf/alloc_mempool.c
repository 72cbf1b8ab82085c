/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * rte_mempool as its users tune it: a cache on each lcore, inline calls, bulk
 * calls where there is a bulk.
 */

#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_mempool.h>

#define ENGINE mempool
#define ENGINE_BULK

/* Largest cache that DPDK has, and the smallest that bursts of 32 fit into. */
#define CACHE_MAX RTE_MEMPOOL_CACHE_MAX_SIZE
#define CACHE_MIN PERF_BURST
/* Memory that may be spent on a large cache, and at all, bytes. */
#define CACHE_BYTES ((size_t)96 << 20)
#define BYTES_MAX ((size_t)600 << 20)

struct mempool_ctx {
	struct rte_mempool *mp;
};

static inline void *
mempool_get(struct mempool_ctx *e, size_t size)
{
	void *obj;

	(void)size;
	return rte_mempool_get(e->mp, &obj) == 0 ? obj : NULL;
}

static inline void
mempool_put(struct mempool_ctx *e, void *obj)
{
	rte_mempool_put(e->mp, obj);
}

static inline void *
mempool_addr(void *obj)
{
	return obj;
}

static inline int
mempool_get_bulk(struct mempool_ctx *e, size_t size, void **objs, unsigned int n)
{
	(void)size;
	return rte_mempool_get_bulk(e->mp, objs, n);
}

static inline void
mempool_put_bulk(struct mempool_ctx *e, void **objs, unsigned int n)
{
	rte_mempool_put_bulk(e->mp, objs, n);
}

#include "alloc_loops.h"

/* Objects that are needed with caches of a size, which fill to 1.5 of it. */
static unsigned int
objects(const struct alloc_need *need, unsigned int cache)
{
	unsigned int caches = need->lcores * (cache + cache / 2);

	/* One lcore finds the objects of its own cache. */
	return need->lcores == 1 ? RTE_MAX(need->hold + cache, caches) : need->hold + caches;
}

static void *
mempool_open(const struct alloc_engine *e, const struct alloc_need *need, const char **why)
{
	struct mempool_ctx *ctx = calloc(1, sizeof(*ctx));
	unsigned int cache = CACHE_MAX;
	static unsigned int serial;
	char name[RTE_MEMPOOL_NAMESIZE];

	(void)e;
	if (ctx == NULL)
		return NULL;
	while (cache > CACHE_MIN && objects(need, cache) * need->size > CACHE_BYTES)
		cache /= 2;
	snprintf(name, sizeof(name), "perf_mp%u", serial++);
	if (!need->much && objects(need, cache) * need->size > BYTES_MAX)
		*why = "would need more than 600 MiB";
	else
		ctx->mp = rte_mempool_create(name, objects(need, cache), (unsigned int)need->size,
				cache, 0, NULL, NULL, NULL, NULL, (int)rte_socket_id(),
				RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (ctx->mp == NULL) {
		free(ctx);
		return NULL;
	}
	return ctx;
}

static void
mempool_close(void *ctx)
{
	struct mempool_ctx *e = ctx;

	rte_mempool_free(e->mp);
	free(e);
}

const struct alloc_engine alloc_mempool = {
	.name = "mempool", .open = mempool_open, .close = mempool_close, ENGINE_LOOPS
};
