/* SPDX-License-Identifier: BSD-3-Clause */

/* lbuf's chunks. */

#include <stdlib.h>

#include <rte_errno.h>
#include <rte_memory.h>

#include <lbuf_chunk.h>
#include <lbuf_raw.h>

#define ENGINE lbuf
#define ENGINE_BULK
#define ENGINE_RAW

struct lbuf_ctx {
	struct lbuf_pool *pool;
};

static inline void *
lbuf_get(struct lbuf_ctx *e, size_t size)
{
	return lbuf_chunk_alloc(e->pool, size);
}

static inline void
lbuf_put(struct lbuf_ctx *e, void *obj)
{
	(void)e;
	lbuf_chunk_put(obj);
}

static inline void *
lbuf_addr(void *obj)
{
	return ((struct lbuf_chunk *)obj)->data;
}

static inline int
lbuf_get_bulk(struct lbuf_ctx *e, size_t size, void **objs, unsigned int n)
{
	return lbuf_chunk_alloc_bulk(e->pool, size, (struct lbuf_chunk **)objs, n);
}

static inline void
lbuf_put_bulk(struct lbuf_ctx *e, void **objs, unsigned int n)
{
	(void)e;
	lbuf_chunk_put_bulk((struct lbuf_chunk **)objs, n);
}

static inline void
lbuf_put_raw(struct lbuf_ctx *e, size_t size, void **objs, unsigned int n)
{
	lbuf_chunk_put_bulk_raw(e->pool, size, (struct lbuf_chunk **)objs, n);
}

#include "alloc_loops.h"

static void *
lbuf_open(const struct alloc_engine *e, const struct alloc_need *need, const char **why)
{
	struct lbuf_ctx *ctx = calloc(1, sizeof(*ctx));
	static unsigned int serial;
	char name[LBUF_POOL_NAMESIZE];

	(void)need;
	if (ctx == NULL)
		return NULL;
	snprintf(name, sizeof(name), "pf%u", serial++ % 1000000);
	ctx->pool = lbuf_pool_create(name, e->arg);
	if (ctx->pool == NULL) {
		*why = rte_strerror(rte_errno);
		free(ctx);
		return NULL;
	}
	return ctx;
}

static void
lbuf_done(void *ctx)
{
	struct lbuf_ctx *e = ctx;

	lbuf_pool_free(e->pool);
	free(e);
}

const struct alloc_engine alloc_lbuf = {
	.name = "lbuf", .open = lbuf_open, .close = lbuf_done, ENGINE_LOOPS
};
