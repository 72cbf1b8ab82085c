/* SPDX-License-Identifier: BSD-3-Clause */

/* Packet mbufs with the memory in their data room. */

#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>

#define ENGINE mbuf
#define ENGINE_BULK

#define CACHE_MAX RTE_MEMPOOL_CACHE_MAX_SIZE
#define CACHE_MIN PERF_BURST
#define CACHE_BYTES ((size_t)96 << 20)

struct mbuf_ctx {
	struct rte_mempool *mp;
};

static inline void *
mbuf_get(struct mbuf_ctx *e, size_t size)
{
	(void)size;
	return rte_pktmbuf_alloc(e->mp);
}

static inline void
mbuf_put(struct mbuf_ctx *e, void *obj)
{
	(void)e;
	rte_pktmbuf_free_seg(obj);
}

static inline void *
mbuf_addr(void *obj)
{
	return rte_pktmbuf_mtod((struct rte_mbuf *)obj, void *);
}

static inline int
mbuf_get_bulk(struct mbuf_ctx *e, size_t size, void **objs, unsigned int n)
{
	(void)size;
	return rte_pktmbuf_alloc_bulk(e->mp, (struct rte_mbuf **)objs, n);
}

static inline void
mbuf_put_bulk(struct mbuf_ctx *e, void **objs, unsigned int n)
{
	(void)e;
	rte_pktmbuf_free_bulk((struct rte_mbuf **)objs, n);
}

#include "alloc_loops.h"

static void *
mbuf_open(const struct alloc_engine *e, const struct alloc_need *need, const char **why)
{
	struct mbuf_ctx *ctx = calloc(1, sizeof(*ctx));
	unsigned int cache = CACHE_MAX;
	static unsigned int serial;
	char name[RTE_MEMPOOL_NAMESIZE];

	(void)e;
	if (ctx == NULL)
		return NULL;
	while (cache > CACHE_MIN && need->lcores * cache * need->size > CACHE_BYTES)
		cache /= 2;
	snprintf(name, sizeof(name), "perf_mbuf%u", serial++);
	if (need->size + RTE_PKTMBUF_HEADROOM > UINT16_MAX)
		*why = "an mbuf holds less than 64 KiB";
	else
		ctx->mp = rte_pktmbuf_pool_create(name,
				need->hold + need->lcores * (cache + cache / 2), cache, 0,
				(uint16_t)(need->size + RTE_PKTMBUF_HEADROOM),
				(int)rte_socket_id());
	if (ctx->mp == NULL) {
		free(ctx);
		return NULL;
	}
	return ctx;
}

static void
mbuf_close(void *ctx)
{
	struct mbuf_ctx *e = ctx;

	rte_mempool_free(e->mp);
	free(e);
}

const struct alloc_engine alloc_mbuf = {
	.name = "mbuf", .open = mbuf_open, .close = mbuf_close, ENGINE_LOOPS
};
