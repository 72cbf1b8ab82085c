/* SPDX-License-Identifier: BSD-3-Clause */

/* Cases about memory, not time: what lbuf takes for what it gives. */

#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include <lbuf_chunk.h>

#include "alloc.h"
#include "cases.h"

/* What the case `overhead` fills a class with, bytes: so much that a page is little. */
#define FILL_BYTES ((size_t)256 << 20)
/* What the case `give-back` takes, at most, bytes. */
#define GIVE_BYTES ((uint64_t)512 << 20)

struct memory_ctx {
	struct lbuf_pool *pool;
	size_t size;
};

static struct rte_malloc_socket_stats
heap(void)
{
	struct rte_malloc_socket_stats stats = { 0 };

	rte_malloc_get_socket_stats((int)rte_socket_id(), &stats);
	return stats;
}

static void *
memory_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct lbuf_pool_params params = { .flags = c->variant };
	struct memory_ctx *m;

	if (op->arg != NULL && !rte_eal_has_hugepages()) {
		*why = "no hugepages";
		return NULL;
	}
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->size = size;
	m->pool = lbuf_pool_create("pf_memory", &params);
	if (m->pool == NULL) {
		*why = rte_strerror(rte_errno);
		free(m);
		return NULL;
	}
	return m;
}

static void
memory_close(void *ctx)
{
	struct memory_ctx *m = ctx;

	lbuf_pool_free(m->pool);
	free(m);
}

/* How much larger a chunk is than the request; the size that fits worst. */
static uint64_t
fit_run(void *ctx, uint64_t n, struct watch *w)
{
	struct memory_ctx *m = ctx;
	size_t size = m->pool->middle_min;
	struct lbuf_chunk *chunk;
	double ratio;

	while (size <= m->pool->middle_max) {
		chunk = lbuf_chunk_alloc(m->pool, size);
		if (chunk == NULL)
			return 0;
		ratio = (double)chunk->size / (double)size;
		w->value = RTE_MAX(w->value, ratio);
		size = chunk->size + 1; /* the next class at its worst */
		lbuf_chunk_put(chunk);
		lbuf_pool_trim(m->pool);
	}
	return n;
}

/*
 * What a class takes beyond its chunks' bytes: descriptors, headers, padding, and what
 * lies fallow in the pages that EAL's heap grew by.
 */
static uint64_t
overhead_run(void *ctx, uint64_t n, struct watch *w)
{
	size_t before = heap().heap_totalsz_bytes, taken;
	struct memory_ctx *m = ctx;
	size_t nb = RTE_MAX(FILL_BYTES / m->size, (size_t)8), i;
	struct lbuf_chunk **chunks = calloc(nb, sizeof(struct lbuf_chunk *));
	struct lbuf_pool_stats stats;
	int ret;

	if (chunks == NULL)
		return 0;
	for (i = 0; i < nb; i++) {
		chunks[i] = lbuf_chunk_alloc(m->pool, m->size);
		if (chunks[i] == NULL)
			break;
	}
	ret = lbuf_pool_stats_get(m->pool, LBUF_TIER_NUM, SOCKET_ID_ANY, 0, &stats);
	taken = heap().heap_totalsz_bytes - before; /* 0 with --no-huge */
	if (i < nb || ret != 0)
		n = 0;
	else
		w->value = ((double)RTE_MAX(taken, stats.bytes) / (double)(stats.chunks * m->size) -
					   1) *
				100;
	lbuf_chunk_put_bulk(chunks, (unsigned int)i);
	free(chunks);
	return n;
}

static uint64_t
footprint_run(void *ctx, uint64_t n, struct watch *w)
{
	size_t before = heap().heap_allocsz_bytes;
	struct lbuf_pool *pool = lbuf_pool_create("pf_print", NULL);

	(void)ctx;
	if (pool == NULL)
		return 0;
	w->value = (double)(heap().heap_allocsz_bytes - before) / (1 << 20);
	lbuf_pool_free(pool);
	return n;
}

/* A list of chunks in their own first bytes. */
static void
push(struct lbuf_chunk **list, struct lbuf_chunk *chunk)
{
	*(struct lbuf_chunk **)chunk->data = *list;
	*list = chunk;
}

/* Grow by a mix of sizes, free all of it: how much of the pages comes back? */
static uint64_t
give_back_run(void *ctx, uint64_t n, struct watch *w)
{
	static const size_t sizes[] = { 1024, 2048, 9000, 65536, 300000, 1 << 20 };
	size_t before = heap().heap_totalsz_bytes, peak, after;
	uint64_t bytes = 0, limit = RTE_MIN(GIVE_BYTES, machine_free_hugepages() / 2);
	struct lbuf_chunk *list = NULL, *chunk;
	struct memory_ctx *m = ctx;
	unsigned int i;

	for (i = 0; bytes < limit; i++) {
		chunk = lbuf_chunk_alloc(m->pool, sizes[i % RTE_DIM(sizes)]);
		if (chunk == NULL)
			break;
		bytes += chunk->size;
		push(&list, chunk);
	}
	peak = heap().heap_totalsz_bytes;
	while (list != NULL) {
		chunk = list;
		list = *(struct lbuf_chunk **)chunk->data;
		lbuf_chunk_put(chunk);
	}
	lbuf_pool_flush(m->pool);
	lbuf_pool_trim(m->pool);
	after = heap().heap_totalsz_bytes;
	if (peak == before)
		return 0;
	w->value = (double)(peak - after) / (double)(peak - before) * 100;
	return n;
}

/* `huge` is an address, of anything, where hugepages are needed. */
#define MEMORY_OPS(name, huge) \
	static const struct perf_op name##_ops[] = { \
		{ "lbuf", memory_open, name##_run, memory_close, huge }, \
		{ .engine = NULL }, \
	}

MEMORY_OPS(fit, NULL);
MEMORY_OPS(overhead, NULL);
MEMORY_OPS(footprint, NULL);
MEMORY_OPS(give_back, &alloc_lbuf);

static const size_t overhead_sizes[] = { 1024, 2048, 4096, 16384, 65536, 1 << 20, 8 << 20, 0 };

const struct perf_case case_fit = {
	.name = "fit",
	.unit = "ratio",
	.help = "chunk size over the size asked for, at the worst size of the middle tier",
	.flags = PERF_VALUE,
	.variant = LBUF_POOL_F_NO_CACHE,
	.ops = fit_ops,
};

const struct perf_case case_overhead = {
	.name = "overhead",
	.unit = "%",
	.help = "memory of a class beyond its chunks' bytes",
	.flags = PERF_VALUE,
	.variant = LBUF_POOL_F_NO_BACKGROUND, /* which grows and shrinks while that is counted */
	.sizes = overhead_sizes,
	.ops = overhead_ops,
};

const struct perf_case case_footprint = {
	.name = "footprint",
	.unit = "MiB",
	.help = "memory of a pool that was just created",
	.flags = PERF_VALUE,
	.ops = footprint_ops,
};

const struct perf_case case_give_back = {
	.name = "give-back",
	.unit = "%",
	.help = "pages that return to the system when all chunks are freed",
	.flags = PERF_VALUE,
	.ops = give_back_ops,
};
