/* SPDX-License-Identifier: BSD-3-Clause */

/* Cases that allocate and free on several lcores: wall time. */

#include <stdlib.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "alloc.h"
#include "cases.h"

/* Objects on their way from lcore to lcore. */
#define RING_SIZE 1024

struct multi_ctx {
	const struct alloc_engine *e;
	void *ctx;
	unsigned int lcores;
	size_t size;
	uint64_t n; /* operations of each lcore */
	struct alloc_xcore x;
	unsigned int waiting; /* lcores that are not ready yet */
	bool failed;
	bool disturbed;
	uint64_t first[RTE_MAX_LCORE]; /* TSC, by index of the lcore */
	uint64_t last[RTE_MAX_LCORE];
	uint64_t pace[RTE_MAX_LCORE]; /* the slower of before and after */
};

/* Does one lcore's part, by its index. */
static bool
part_scale(struct multi_ctx *m, unsigned int idx)
{
	(void)idx;
	return m->e->loop[ALLOC_BURST][TOUCH_NONE](m->ctx, m->size, m->n);
}

static bool
part_xcore(struct multi_ctx *m, unsigned int idx)
{
	if (idx == 0)
		m->e->produce(m->ctx, &m->x);
	else
		m->e->consume(m->ctx, &m->x);
	return !m->x.failed;
}

struct launch {
	struct multi_ctx *m;
	bool (*part)(struct multi_ctx *m, unsigned int idx);
	unsigned int idx;
};

/* On each lcore: wait for the others, work, and tell whether it was disturbed. */
static int
on_lcore(void *arg)
{
	struct launch *l = arg;
	struct multi_ctx *m = l->m;
	uint64_t before = clock_preemptions(), pace = clock_pace();

	__atomic_fetch_sub(&m->waiting, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&m->waiting, __ATOMIC_ACQUIRE) != 0)
		rte_pause();
	m->first[l->idx] = rte_rdtsc_precise();
	if (!l->part(m, l->idx))
		__atomic_store_n(&m->failed, true, __ATOMIC_RELAXED);
	m->last[l->idx] = rte_rdtsc_precise();
	if (clock_preemptions() != before)
		__atomic_store_n(&m->disturbed, true, __ATOMIC_RELAXED);
	m->pace[l->idx] = RTE_MAX(pace, clock_pace());
	return 0;
}

/* Run a part on so many lcores, the main one among them. */
static void
run_parts(struct multi_ctx *m, bool (*part)(struct multi_ctx *m, unsigned int idx), struct watch *w)
{
	struct launch l[RTE_MAX_LCORE];
	uint64_t first = UINT64_MAX, last = 0;
	unsigned int id, idx = 1;

	m->waiting = m->lcores;
	m->failed = false;
	m->disturbed = false;
	RTE_LCORE_FOREACH_WORKER(id) {
		if (idx >= m->lcores)
			break;
		l[idx] = (struct launch){ m, part, idx };
		rte_eal_remote_launch(on_lcore, &l[idx], id);
		idx++;
	}
	l[0] = (struct launch){ m, part, 0 };
	on_lcore(&l[0]);
	rte_eal_mp_wait_lcore();
	for (idx = 0; idx < m->lcores; idx++) {
		first = RTE_MIN(first, m->first[idx]);
		last = RTE_MAX(last, m->last[idx]);
		w->pace = RTE_MAX(w->pace, m->pace[idx]);
	}
	w->tsc = last - first;
	w->disturbed = m->disturbed;
}

static struct multi_ctx *
multi_open(const struct perf_op *op, size_t size, unsigned int lcores, unsigned int hold,
		const char **why)
{
	const struct alloc_engine *e = op->arg;
	struct alloc_need need = { .size = size, .hold = hold, .lcores = lcores };
	struct multi_ctx *m;

	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->e = e;
	m->lcores = lcores;
	m->size = size;
	m->ctx = e->open(e, &need, why);
	if (m->ctx == NULL) {
		free(m);
		return NULL;
	}
	return m;
}

static void
multi_close(void *ctx)
{
	struct multi_ctx *m = ctx;

	m->e->close(m->ctx);
	rte_ring_free(m->x.ring);
	free(m);
}

static void *
xcore_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	const struct alloc_engine *e = op->arg;
	struct multi_ctx *m;
	static unsigned int serial;
	char name[RTE_RING_NAMESIZE];

	if (c->variant != 0 && e->loop[ALLOC_BULK][TOUCH_NONE] == NULL) {
		*why = "has no bulk calls";
		return NULL;
	}
	m = multi_open(op, size, 2, RING_SIZE + 2 * PERF_BURST, why);
	if (m == NULL)
		return NULL;
	snprintf(name, sizeof(name), "perf_ring%u", serial++);
	m->x.ring = rte_ring_create(name, RING_SIZE, (int)rte_socket_id(),
			RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (m->x.ring == NULL) {
		*why = rte_strerror(rte_errno);
		multi_close(m);
		return NULL;
	}
	m->x.size = size;
	m->x.bulk = c->variant != 0;
	return m;
}

static uint64_t
xcore_run(void *ctx, uint64_t n, struct watch *w)
{
	struct multi_ctx *m = ctx;

	m->x.n = RTE_ALIGN_CEIL(n, (uint64_t)PERF_BURST);
	run_parts(m, part_xcore, w);
	return m->failed ? 0 : m->x.n;
}

static void *
scale_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	return multi_open(op, size, c->lcores, c->lcores * PERF_BURST, why);
}

static uint64_t
scale_run(void *ctx, uint64_t n, struct watch *w)
{
	struct multi_ctx *m = ctx;

	m->n = RTE_ALIGN_CEIL(n, (uint64_t)PERF_BURST);
	run_parts(m, part_scale, w);
	return m->failed ? 0 : m->n;
}

#define MULTI_OP(prefix, name, engine_struct) \
	{ \
		.engine = (name), .open = prefix##_open, .run = prefix##_run, \
		.close = multi_close, .arg = &(engine_struct) \
	}
#define MULTI_OPS(prefix) \
	{ \
		MULTI_OP(prefix, "lbuf", alloc_lbuf), MULTI_OP(prefix, "mempool", alloc_mempool), \
				MULTI_OP(prefix, "rte_malloc", alloc_rte_malloc), \
				MULTI_OP(prefix, "mbuf", alloc_mbuf), \
				MULTI_OP(prefix, "glibc", alloc_glibc), \
				MULTI_OP(prefix, "jemalloc", alloc_jemalloc), \
				MULTI_OP(prefix, "tcmalloc", alloc_tcmalloc), \
				MULTI_OP(prefix, "mimalloc", alloc_mimalloc), { .engine = NULL }, \
	}

static const struct perf_op xcore_ops[] = MULTI_OPS(xcore);
static const struct perf_op scale_ops[] = MULTI_OPS(scale);

static const size_t multi_sizes[] = { 2048, 65536, 0 };

const struct perf_case case_xcore = {
	.name = "xcore",
	.unit = "ns",
	.help = "allocate on one lcore, write a byte, through a ring of 1024, read it, free",
	.flags = PERF_WALL,
	.lcores = 2,
	.sizes = multi_sizes,
	.ops = xcore_ops,
};

const struct perf_case case_xcore_bulk = {
	.name = "xcore-bulk32",
	.unit = "ns",
	.help = "the same, allocated and freed in bulk calls of 32",
	.flags = PERF_WALL,
	.lcores = 2,
	.variant = 1,
	.sizes = multi_sizes,
	.ops = xcore_ops,
};

#define SCALE_CASE(n) \
	const struct perf_case case_scale_##n = { \
		.name = "scale-" #n, \
		.unit = "ns", \
		.help = "bursts of 32 as alloc-burst32, on " #n " lcores at once", \
		.flags = PERF_WALL, \
		.lcores = (n), \
		.sizes = multi_sizes, \
		.ops = scale_ops, \
	}

SCALE_CASE(1);
SCALE_CASE(2);
SCALE_CASE(3);
SCALE_CASE(4);
SCALE_CASE(6);
SCALE_CASE(8);
SCALE_CASE(12);
SCALE_CASE(16);
