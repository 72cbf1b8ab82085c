/* SPDX-License-Identifier: BSD-3-Clause */

/* Cases that allocate and free on one lcore. */

#include <stdlib.h>

#include "alloc.h"
#include "cases.h"

struct alloc_ctx {
	const struct alloc_engine *e;
	void *ctx;
	size_t size;
	bool (*loop)(void *ctx, size_t size, uint64_t n);
};

static void *
alloc_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	const struct alloc_engine *e = op->arg;
	unsigned int kind = c->variant / TOUCH_KINDS, touch = c->variant % TOUCH_KINDS;
	struct alloc_need need = {
		.size = size, .hold = kind == ALLOC_PAIR ? 1 : PERF_BURST, .lcores = 1
	};
	struct alloc_ctx *a;

	if (e->loop[kind][touch] == NULL) {
		*why = "has no bulk calls";
		return NULL;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->e = e;
	a->size = size;
	a->loop = e->loop[kind][touch];
	a->ctx = e->open(e, &need, why);
	if (a->ctx == NULL) {
		free(a);
		return NULL;
	}
	return a;
}

static uint64_t
alloc_run(void *ctx, uint64_t n, struct watch *w)
{
	struct alloc_ctx *a = ctx;
	bool ok;

	n = RTE_ALIGN_CEIL(n, (uint64_t)PERF_BURST);
	watch_start(w);
	ok = a->loop(a->ctx, a->size, n);
	watch_stop(w);
	return ok ? n : 0;
}

static void
alloc_close(void *ctx)
{
	struct alloc_ctx *a = ctx;

	a->e->close(a->ctx);
	free(a);
}

#define ALLOC_OP(name, engine_struct) \
	{ \
		.engine = (name), .open = alloc_open, .run = alloc_run, .close = alloc_close, \
		.arg = &(engine_struct) \
	}

static const struct perf_op alloc_ops[] = {
	ALLOC_OP("lbuf", alloc_lbuf),
	ALLOC_OP("mempool", alloc_mempool),
	ALLOC_OP("rte_malloc", alloc_rte_malloc),
	ALLOC_OP("mbuf", alloc_mbuf),
	ALLOC_OP("glibc", alloc_glibc),
	ALLOC_OP("jemalloc", alloc_jemalloc),
	ALLOC_OP("tcmalloc", alloc_tcmalloc),
	ALLOC_OP("mimalloc", alloc_mimalloc),
	{ .engine = NULL },
};

static const size_t alloc_sizes[] = { 16, 64, 256, 1023, 1024, 2048, 4096, 16384, 65536, 262144,
	1 << 20, 4 << 20, 8 << 20, 16 << 20, 64 << 20, 0 };

/* The classes of the middle tier, then some sizes of the small one. */
#define DOUBLING(n) (n), (n) / 4 * 5, (n) / 4 * 6, (n) / 4 * 7
static const size_t class_sizes[] = { DOUBLING(1 << 10), DOUBLING(2 << 10), DOUBLING(4 << 10),
	DOUBLING(8 << 10), DOUBLING(16 << 10), DOUBLING(32 << 10), DOUBLING(64 << 10),
	DOUBLING(128 << 10), DOUBLING(256 << 10), DOUBLING(512 << 10), DOUBLING(1 << 20),
	DOUBLING(2 << 20), DOUBLING(4 << 20), 8 << 20, 16, 64, 256, 1023, 0 };

static const struct perf_op class_ops[] = {
	ALLOC_OP("lbuf", alloc_lbuf),
	{ .engine = NULL },
};

const struct perf_case case_alloc_classes = {
	.name = "alloc-classes",
	.unit = "ns",
	.help = "allocate and free, one at a time; lbuf's sizes beside each other",
	.flags = PERF_SIZES,
	.variant = ALLOC_PAIR * TOUCH_KINDS + TOUCH_NONE,
	.sizes = class_sizes,
	.ops = class_ops,
};

#define ALLOC_CASE(symbol, text, kind, touch, what) \
	const struct perf_case symbol = { \
		.name = (text), \
		.unit = "ns", \
		.help = (what), \
		.variant = (kind)*TOUCH_KINDS + (touch), \
		.sizes = alloc_sizes, \
		.ops = alloc_ops, \
	}

ALLOC_CASE(case_alloc_pair, "alloc-pair", ALLOC_PAIR, TOUCH_NONE,
		"allocate and free, one at a time");
ALLOC_CASE(case_alloc_pair_byte, "alloc-pair-byte", ALLOC_PAIR, TOUCH_BYTE,
		"the same, the first byte is written");
ALLOC_CASE(case_alloc_pair_page, "alloc-pair-page", ALLOC_PAIR, TOUCH_PAGE,
		"the same, a byte of each 4 KiB is written");
ALLOC_CASE(case_alloc_burst, "alloc-burst32", ALLOC_BURST, TOUCH_NONE,
		"allocate 32, one after the other, then free them likewise; each");
ALLOC_CASE(case_alloc_burst_byte, "alloc-burst32-byte", ALLOC_BURST, TOUCH_BYTE,
		"the same, the first byte of each is written");
ALLOC_CASE(case_alloc_burst_page, "alloc-burst32-page", ALLOC_BURST, TOUCH_PAGE,
		"the same, a byte of each 4 KiB is written");
ALLOC_CASE(case_alloc_bulk, "alloc-bulk32", ALLOC_BULK, TOUCH_NONE,
		"allocate 32 in one call, free them in one; each");
ALLOC_CASE(case_alloc_bulk_byte, "alloc-bulk32-byte", ALLOC_BULK, TOUCH_BYTE,
		"the same, the first byte of each is written");
ALLOC_CASE(case_alloc_bulk_page, "alloc-bulk32-page", ALLOC_BULK, TOUCH_PAGE,
		"the same, a byte of each 4 KiB is written");
ALLOC_CASE(case_alloc_raw, "alloc-raw32", ALLOC_RAW, TOUCH_NONE,
		"as alloc-bulk32, but what is freed is not looked at");
