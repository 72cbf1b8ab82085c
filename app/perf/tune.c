/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * --tune: where each tier of the pool starts to win on this machine.
 *
 * Three sweeps, each with lbuf against itself under other settings, run in turn
 * like any case. A default stays unless another setting wins by more than noise.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>

#include <lbuf_pool.h>

#include "alloc.h"
#include "perf.h"

/* A setting must be so much better to take the place of the default. */
#define MARGIN 1.05
/* Chunks that any cache may hold, however large they are. */
#define CACHE_CHUNKS 16
/* Part of the hugepages that lcores may keep in the caches of one class. */
#define CACHE_PART 4
/* Chunks of one round of the sweep over caches. */
#define DEPTH 256

#define CANDIDATES 8

/* A pool with settings, or a depth of the sweep over caches, as an engine. */
struct candidate {
	char name[SIZE_TEXT];
	struct lbuf_pool_params params;
	struct alloc_engine engine;
};

struct tuned {
	size_t middle_min;
	size_t middle_max;
	size_t cache_bytes;
};

struct sweep_ctx {
	const struct alloc_engine *e;
	void *ctx;
	size_t size;
	void *objs[DEPTH];
};

static void *
sweep_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct alloc_need need = { .size = size, .hold = DEPTH, .lcores = 1 };
	struct sweep_ctx *s = calloc(1, sizeof(*s));

	(void)c;
	if (s == NULL)
		return NULL;
	s->e = op->arg;
	s->size = size;
	s->ctx = s->e->open(s->e, &need, why);
	if (s->ctx == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void
sweep_close(void *ctx)
{
	struct sweep_ctx *s = ctx;

	s->e->close(s->ctx);
	free(s);
}

/* Bursts of 32. */
static uint64_t
burst_run(void *ctx, uint64_t n, struct watch *w)
{
	struct sweep_ctx *s = ctx;
	bool ok;

	n = RTE_ALIGN_CEIL(n, (uint64_t)PERF_BURST);
	watch_start(w);
	ok = s->e->loop[ALLOC_BURST][TOUCH_NONE](s->ctx, s->size, n);
	watch_stop(w);
	return ok ? n : 0;
}

/* One at a time. */
static uint64_t
pair_run(void *ctx, uint64_t n, struct watch *w)
{
	struct sweep_ctx *s = ctx;
	bool ok;

	watch_start(w);
	ok = s->e->loop[ALLOC_PAIR][TOUCH_NONE](s->ctx, s->size, n);
	watch_stop(w);
	return ok ? n : 0;
}

/* Many: more than small caches hold. */
static uint64_t
depth_run(void *ctx, uint64_t n, struct watch *w)
{
	struct sweep_ctx *s = ctx;
	uint64_t done, got = DEPTH;

	watch_start(w);
	for (done = 0; got == DEPTH && done < n; done += DEPTH) {
		got = s->e->fill(s->ctx, s->size, s->objs, DEPTH);
		s->e->drain(s->ctx, s->objs, got);
	}
	watch_stop(w);
	return got == DEPTH ? done : 0;
}

/* Make engines of candidates, and operations of engines. */
static void
make_ops(struct candidate *cand, struct perf_op *ops, unsigned int n,
		uint64_t (*run)(void *ctx, uint64_t n, struct watch *w))
{
	unsigned int i;

	memset(ops, 0, (n + 1) * sizeof(*ops));
	for (i = 0; i < n; i++) {
		cand[i].engine = alloc_lbuf;
		cand[i].engine.arg = &cand[i].params;
		ops[i].engine = cand[i].name;
		ops[i].open = sweep_open;
		ops[i].run = run;
		ops[i].close = sweep_close;
		ops[i].arg = &cand[i].engine;
	}
}

/* One line of a sweep's table; false if there are figures missing. */
static bool
print_line(size_t size, const struct figure *figs, unsigned int n)
{
	char text[SIZE_TEXT];
	unsigned int i;
	bool all = true;

	output_progress(NULL, NULL, 0);
	printf("  %8s", size_text(size, text, sizeof(text)));
	for (i = 0; i < n; i++) {
		if (figs[i].lacks != NULL)
			printf(" %10s", "-");
		else
			printf(" %10.2f", figs[i].median);
		all &= figs[i].lacks == NULL;
	}
	putchar('\n');
	fflush(stdout);
	return all;
}

static void
print_head(const char *what, const struct candidate *cand, unsigned int n)
{
	unsigned int i;

	printf("\n%s, ns\n  %8s", what, "size");
	for (i = 0; i < n; i++)
		printf(" %10s", cand[i].name);
	putchar('\n');
}

/* Where the middle tier begins. */
static size_t
tune_min(const struct perf_args *args)
{
	static const size_t sizes[] = { 64, 128, 256, 512, 1024, 2048, 4096, 8192 };
	struct candidate cand[2] = {
		{ .name = "small", .params = { .middle_min = 65536 } },
		{ .name = "middle", .params = { .middle_min = LBUF_CLASS_MIN } },
	};
	struct perf_op ops[RTE_DIM(cand) + 1];
	struct perf_case c = { .name = "tune-small", .unit = "ns", .ops = ops };
	struct figure figs[PERF_ENGINES_MAX] = { { .c = &c } };
	double cost[RTE_DIM(sizes) + 1] = { 0 }, usual = 0;
	size_t best = 0, i, j;

	make_ops(cand, ops, RTE_DIM(cand), burst_run);
	print_head("small and middle tier, bursts of 32", cand, RTE_DIM(cand));
	for (i = 0; i < RTE_DIM(sizes); i++) {
		runner_compare(&c, sizes[i], args, figs);
		if (!print_line(sizes[i], figs, RTE_DIM(cand)))
			return LBUF_MIDDLE_MIN;
		/* cost[j]: sizes from the j-th on are the middle tier's. */
		for (j = 0; j <= RTE_DIM(sizes); j++)
			cost[j] += figs[j <= i].median;
	}
	for (j = 0; j < RTE_DIM(sizes); j++) {
		if (cost[j] < cost[best])
			best = j;
		if (sizes[j] == LBUF_MIDDLE_MIN)
			usual = cost[j];
	}
	if (usual <= cost[best] * MARGIN) {
		printf("small_max %zu: no other border is faster by more than noise\n",
				LBUF_MIDDLE_MIN - 1);
		return LBUF_MIDDLE_MIN;
	}
	printf("small_max %zu: over all sizes %.1f %% faster than %zu\n", sizes[best] - 1,
			(usual / cost[best] - 1) * 100, LBUF_MIDDLE_MIN - 1);
	return sizes[best];
}

/* Where the middle tier ends. */
static size_t
tune_max(const struct perf_args *args)
{
	static const size_t sizes[] = { 2 << 20, 4 << 20, 8 << 20, 16 << 20, 32 << 20, 64 << 20 };
	struct candidate cand[2] = {
		{ .name = "middle", .params = { .middle_max = LBUF_CLASS_MAX } },
		{ .name = "large", .params = { .middle_max = 1 << 20 } },
	};
	struct perf_op ops[RTE_DIM(cand) + 1];
	struct perf_case c = { .name = "tune-large", .unit = "ns", .ops = ops };
	struct figure figs[PERF_ENGINES_MAX] = { { .c = &c } };
	uint64_t pages = machine_free_hugepages();
	unsigned int lcores = rte_lcore_count();
	const char *why = "the middle tier is faster at every size";
	size_t best = 1 << 20, i;
	char text[SIZE_TEXT];

	make_ops(cand, ops, RTE_DIM(cand), pair_run);
	print_head("middle and large tier, one at a time", cand, RTE_DIM(cand));
	for (i = 0; i < RTE_DIM(sizes); i++) {
		if (sizes[i] > pages / 2) {
			why = "there are too few free hugepages to try more";
			break;
		}
		runner_compare(&c, sizes[i], args, figs);
		if (!print_line(sizes[i], figs, RTE_DIM(cand))) {
			why = "memory is short from there on";
			break;
		}
		if (figs[0].median > figs[1].median) {
			why = "the large tier is faster from there on";
			break;
		}
		if (CACHE_CHUNKS * sizes[i] * lcores > pages / CACHE_PART) {
			why = "larger chunks in the caches would hold too many hugepages";
			break;
		}
		best = sizes[i];
	}
	printf("middle_max %zu: %s\n", best, why);
	if (i < RTE_DIM(sizes))
		printf("  (%u chunks of %s on each of %u lcores, at most 1/%u of the hugepages)\n",
				CACHE_CHUNKS, size_text(sizes[i], text, sizeof(text)), lcores,
				CACHE_PART);
	return best;
}

/* A figure in parts of the first one's, which has no ratio. */
static double
by_rounds(const struct figure *fig)
{
	return fig->ratio_to != NULL ? fig->ratio : 1.0;
}

/* The one in the middle: a setting has to be better at most sizes, not at one. */
static double
middle_of(const double v[3])
{
	return RTE_MAX(RTE_MIN(v[0], v[1]), RTE_MIN(RTE_MAX(v[0], v[1]), v[2]));
}

/* What an lcore may keep of a class. */
static size_t
tune_cache(const struct perf_args *args)
{
	static const size_t sizes[3] = { 2048, 16384, 65536 };
	struct candidate cand[CANDIDATES] = { { .name = "" } };
	struct perf_op ops[CANDIDATES + 1];
	struct perf_case c = { .name = "tune-cache", .unit = "ns", .ops = ops };
	struct figure figs[PERF_ENGINES_MAX] = { { .c = &c } };
	double ratio[CANDIDATES][RTE_DIM(sizes)], cost[CANDIDATES];
	unsigned int best = 0, usual = 0, i, j;

	for (i = 0; i < CANDIDATES; i++) {
		cand[i].params.cache_bytes = ((size_t)256 << 10) << i;
		size_text(cand[i].params.cache_bytes, cand[i].name, sizeof(cand[i].name));
		if (cand[i].params.cache_bytes == LBUF_CACHE_BYTES)
			usual = i;
	}
	make_ops(cand, ops, CANDIDATES, depth_run);
	print_head("cache of an lcore and class, 256 chunks out and back", cand, CANDIDATES);
	for (j = 0; j < RTE_DIM(sizes); j++) {
		runner_compare(&c, sizes[j], args, figs);
		if (!print_line(sizes[j], figs, CANDIDATES))
			return LBUF_CACHE_BYTES;
		for (i = 0; i < CANDIDATES; i++)
			ratio[i][j] = by_rounds(&figs[i]) / by_rounds(&figs[usual]);
	}
	for (i = 0; i < CANDIDATES; i++)
		cost[i] = middle_of(ratio[i]);
	for (i = 1; i < CANDIDATES; i++)
		if (cost[i] * MARGIN < cost[best])
			best = i; /* the smallest among equals */
	if (cost[usual] <= cost[best] * MARGIN) {
		printf("cache_bytes %zu: no other size is faster by more than noise\n",
				LBUF_CACHE_BYTES);
		return LBUF_CACHE_BYTES;
	}
	printf("cache_bytes %zu: %.1f %% faster than %zu\n", cand[best].params.cache_bytes,
			(cost[usual] / cost[best] - 1) * 100, LBUF_CACHE_BYTES);
	return cand[best].params.cache_bytes;
}

static int
write_config(const char *name, const struct tuned *t)
{
	FILE *f = fopen(name, "w");

	if (f == NULL) {
		fprintf(stderr, "lbuf-perf: --write: cannot write %s: %s\n", name, strerror(errno));
		return -1;
	}
	fprintf(f, "; found by lbuf-perf --tune\n[pool]\n");
	fprintf(f, "middle_min = %zu\nmiddle_max = %zu\ncache_bytes = %zu\n", t->middle_min,
			t->middle_max, t->cache_bytes);
	if (fclose(f) != 0) {
		fprintf(stderr, "lbuf-perf: --write: cannot write %s: %s\n", name, strerror(errno));
		return -1;
	}
	printf("\nwritten to %s, for lbuf-fwd --config %s\n", name, name);
	return 0;
}

int
tune_run(const struct perf_args *args)
{
	struct perf_args own = *args;
	struct tuned t;

	own.engines = NULL;
	t.middle_min = tune_min(&own);
	t.middle_max = tune_max(&own);
	t.cache_bytes = tune_cache(&own);
	printf("\nrecommended: small_max %zu (middle_min %zu), middle_max %zu, cache_bytes %zu\n",
			t.middle_min - 1, t.middle_min, t.middle_max, t.cache_bytes);
	return args->write == NULL ? 0 : write_config(args->write, &t);
}
