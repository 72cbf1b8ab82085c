/* SPDX-License-Identifier: BSD-3-Clause */

/* rte_malloc: EAL's heap, which grows and shrinks on demand. */

#include <rte_malloc.h>

#define ENGINE rtem

struct rtem_ctx {
	int unused;
};

static inline void *
rtem_get(struct rtem_ctx *e, size_t size)
{
	(void)e;
	return rte_malloc(NULL, size, 0);
}

static inline void
rtem_put(struct rtem_ctx *e, void *obj)
{
	(void)e;
	rte_free(obj);
}

static inline void *
rtem_addr(void *obj)
{
	return obj;
}

#include "alloc_loops.h"

static void *
rtem_open(const struct alloc_engine *e, const struct alloc_need *need, const char **why)
{
	static struct rtem_ctx ctx;

	(void)e;
	(void)need;
	(void)why;
	return &ctx;
}

static void
rtem_close(void *ctx)
{
	(void)ctx;
}

const struct alloc_engine alloc_rte_malloc = {
	.name = "rte_malloc", .open = rtem_open, .close = rtem_close, ENGINE_LOOPS
};
