/* SPDX-License-Identifier: BSD-3-Clause */

/* Cases that get memory from the system: the first large chunk, the first GiB. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include <lbuf_chunk.h>

#include "alloc.h"
#include "cases.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

#define GIB ((uint64_t)1 << 30)
#define HUGEPAGE ((size_t)2 << 20)

/* --- first: a large chunk that no cache has --------------------------------- */

struct first_ctx {
	struct lbuf_pool *pool; /* NULL: mmap */
	size_t size;
};

static void *
first_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct first_ctx *f;

	(void)c;
	if (!rte_eal_has_hugepages()) {
		*why = "no hugepages";
		return NULL;
	}
	if (size <= LBUF_MIDDLE_MAX) {
		*why = "not a large chunk";
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->size = size;
	if (op->arg == NULL)
		return f;
	f->pool = lbuf_pool_create("pf_first", NULL);
	if (f->pool == NULL) {
		*why = rte_strerror(rte_errno);
		free(f);
		return NULL;
	}
	return f;
}

static uint64_t
first_lbuf_run(void *ctx, uint64_t n, struct watch *w)
{
	struct first_ctx *f = ctx;
	struct lbuf_chunk *chunk;
	uint64_t i;

	for (i = 0; i < n; i++) {
		watch_start(w);
		chunk = lbuf_chunk_alloc(f->pool, f->size);
		watch_stop(w);
		if (chunk == NULL)
			return 0;
		lbuf_chunk_put(chunk);
		lbuf_pool_flush(f->pool);
		lbuf_pool_trim(f->pool);
	}
	return n;
}

static uint64_t
first_mmap_run(void *ctx, uint64_t n, struct watch *w)
{
	struct first_ctx *f = ctx;
	size_t bytes = RTE_ALIGN_CEIL(f->size, HUGEPAGE);
	uint64_t i;
	void *addr;
	int ret;

	for (i = 0; i < n; i++) {
		watch_start(w);
		addr = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
		ret = addr == MAP_FAILED ? -1 : madvise(addr, bytes, MADV_POPULATE_WRITE);
		watch_stop(w);
		if (addr != MAP_FAILED)
			munmap(addr, bytes);
		if (ret != 0)
			return 0;
	}
	return n;
}

static void
first_close(void *ctx)
{
	struct first_ctx *f = ctx;

	lbuf_pool_free(f->pool);
	free(f);
}

static const struct perf_op first_ops[] = {
	{ "lbuf", first_open, first_lbuf_run, first_close, &alloc_lbuf },
	{ "mmap", first_open, first_mmap_run, first_close, NULL },
	{ .engine = NULL },
};

static const size_t first_sizes[] = { 16 << 20, 64 << 20, 0 };

const struct perf_case case_first = {
	.name = "first",
	.unit = "ns",
	.help = "allocate a large chunk that no cache has, beside mmap and populate",
	.sizes = first_sizes,
	.ops = first_ops,
};

/* --- grow: until a GiB is out ----------------------------------------------- */

struct grow_ctx {
	const struct alloc_engine *e;
	size_t size;
	uint64_t n;
	void **objs;
};

/* Bytes to grow to: a GiB, or most of what there is. */
static uint64_t
grow_target(void)
{
	struct rte_malloc_socket_stats stats;
	uint64_t bytes = machine_free_hugepages();

	if (!rte_eal_has_hugepages() &&
			rte_malloc_get_socket_stats((int)rte_socket_id(), &stats) == 0)
		bytes = stats.heap_freesz_bytes;
	return RTE_MIN(GIB, bytes / 10 * 7);
}

static void *
grow_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct grow_ctx *g = calloc(1, sizeof(*g));

	(void)c;
	if (g == NULL)
		return NULL;
	g->e = op->arg;
	g->size = size;
	g->n = grow_target() / size;
	g->objs = calloc(g->n + 1, sizeof(*g->objs));
	if (g->n == 0 || g->objs == NULL) {
		*why = "too little memory is free";
		free(g->objs);
		free(g);
		return NULL;
	}
	/* calloc's pages come when they are first written: now, not later. */
	memset(g->objs, 1, (g->n + 1) * sizeof(*g->objs));
	return g;
}

static uint64_t
grow_run(void *ctx, uint64_t n, struct watch *w)
{
	struct grow_ctx *g = ctx;
	struct alloc_need need = {
		.size = g->size, .hold = (unsigned int)g->n, .lcores = 1, .much = true
	};
	const char *why;
	uint64_t got = 0;
	void *engine;

	watch_start(w);
	engine = g->e->open(g->e, &need, &why);
	if (engine != NULL)
		got = g->e->fill(engine, g->size, g->objs, g->n);
	watch_stop(w);
	if (engine != NULL) {
		g->e->drain(engine, g->objs, got);
		g->e->close(engine);
	}
	w->value = watch_ns(w) / 1e6 * (double)GIB / (double)(g->n * g->size);
	return got == g->n ? n : 0;
}

static void
grow_close(void *ctx)
{
	struct grow_ctx *g = ctx;

	free(g->objs);
	free(g);
}

#define GROW_OP(name, engine_struct) \
	{ \
		name, grow_open, grow_run, grow_close, &(engine_struct) \
	}

static const struct perf_op grow_ops[] = {
	GROW_OP("lbuf", alloc_lbuf),
	GROW_OP("mempool", alloc_mempool),
	GROW_OP("rte_malloc", alloc_rte_malloc),
	GROW_OP("glibc", alloc_glibc),
	GROW_OP("jemalloc", alloc_jemalloc),
	GROW_OP("tcmalloc", alloc_tcmalloc),
	GROW_OP("mimalloc", alloc_mimalloc),
	{ .engine = NULL },
};

static const size_t grow_sizes[] = { 2048, 65536, 1 << 20, 0 };

const struct perf_case case_grow = {
	.name = "grow",
	.unit = "ms/GiB",
	.help = "time to the first GiB, all pages touched (or less, where less is free)",
	.flags = PERF_VALUE | PERF_ONCE,
	.sizes = grow_sizes,
	.ops = grow_ops,
};
