/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Random stress of a pool by all lcores at once: allocate, free, free what others
 * allocated, in bulk, references, flush, trim, limits, and waiting for memory.
 * LBUF_SEED and LBUF_STRESS_S in the environment set the seed, and how many seconds.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#include <lbuf_wait.h>

#include "unit.h"

#define HELD 128
#define BULK 24
#define RING 1024
#define LIMIT ((size_t)48 << 20)

static struct {
	uint64_t seed;
	uint64_t end_tsc;
	struct rte_ring *ring;
	rte_spinlock_t ring_lock;
	uint64_t steps;
} stress;

/* One lcore at it. */
struct worker {
	uint64_t seed;
	struct lbuf_chunk *held[HELD];
	struct lbuf_waiter waiter;
	struct lbuf_chunk *waited; /* what the waiter was handed, set by any thread */
	bool waits;
	unsigned int bad;
};

static struct worker worker[RTE_MAX_LCORE];

static uint64_t
draw(struct worker *w, uint64_t n)
{
	return unit_rand(&w->seed) % n;
}

static size_t
draw_size(struct worker *w)
{
	if (draw(w, 200) == 0)
		return 1 + draw(w, LBUF_MIDDLE_MAX + (4 << 20));
	return 1 + draw(w, UINT64_C(1) << draw(w, 17));
}

/* Mark a chunk at both ends, such that two owners of one would be noticed. */
static void
mark(struct lbuf_chunk *chunk)
{
	uint64_t word = (uint64_t)(uintptr_t)chunk ^ stress.seed;

	memcpy(chunk->data, &word, sizeof(word));
	memcpy(chunk->data + chunk->size - sizeof(word), &word, sizeof(word));
}

static bool
is_marked(const struct lbuf_chunk *chunk)
{
	uint64_t word = (uint64_t)(uintptr_t)chunk ^ stress.seed;

	return memcmp(chunk->data, &word, sizeof(word)) == 0 &&
			memcmp(chunk->data + chunk->size - sizeof(word), &word, sizeof(word)) == 0;
}

static void
drop(struct worker *w, struct lbuf_chunk *chunk)
{
	if (chunk == NULL)
		return;
	w->bad += !is_marked(chunk);
	memset(chunk->data, 0, sizeof(uint64_t));
	lbuf_chunk_put(chunk);
}

static void
keep(struct worker *w, struct lbuf_chunk *chunk)
{
	struct lbuf_chunk **held = &w->held[draw(w, HELD)];

	if (chunk == NULL) {
		w->bad += rte_errno != ENOBUFS && rte_errno != ENOMEM;
		return;
	}
	drop(w, *held);
	*held = chunk;
	mark(chunk);
}

static void
do_free(struct worker *w, struct lbuf_chunk **held)
{
	drop(w, *held);
	*held = NULL;
}

static void
do_bulk(struct worker *w)
{
	struct lbuf_chunk *chunk[BULK];
	unsigned int n = 1 + (unsigned int)draw(w, BULK), i;

	if (lbuf_chunk_alloc_bulk(unit.pool, draw_size(w) % 20000 + 1, chunk, n) != 0)
		return;
	for (i = 0; i < n; i++)
		mark(chunk[i]);
	for (i = 0; i < n; i++) {
		w->bad += !is_marked(chunk[i]);
		memset(chunk[i]->data, 0, sizeof(uint64_t));
	}
	lbuf_chunk_put_bulk(chunk, n);
}

/* A second reference, and both gone again. */
static void
do_reference(struct worker *w)
{
	struct lbuf_chunk *chunk = w->held[draw(w, HELD)];

	if (chunk == NULL)
		return;
	lbuf_chunk_get(chunk);
	lbuf_mem_share(&chunk->mem);
	lbuf_chunk_put(chunk);
	w->bad += !is_marked(chunk);
}

/*
 * Under a lock: with several producers, who takes an object out of a ring is ordered
 * only behind the last of them, as far as C and ThreadSanitizer are concerned.
 */
static void
do_pass_on(struct worker *w)
{
	struct lbuf_chunk **held = &w->held[draw(w, HELD)];

	if (*held == NULL)
		return;
	rte_spinlock_lock(&stress.ring_lock);
	if (rte_ring_enqueue(stress.ring, *held) == 0)
		*held = NULL;
	rte_spinlock_unlock(&stress.ring_lock);
}

static void
do_take_over(struct worker *w)
{
	void *obj = NULL;

	rte_spinlock_lock(&stress.ring_lock);
	rte_ring_dequeue(stress.ring, &obj);
	rte_spinlock_unlock(&stress.ring_lock);
	drop(w, obj);
}

static void
waited(struct lbuf_waiter *waiter, struct lbuf_chunk *chunk, void *arg)
{
	struct worker *w = arg;

	(void)waiter;
	__atomic_store_n(&w->waited, chunk, __ATOMIC_RELEASE);
}

static void
do_wait(struct worker *w)
{
	struct lbuf_chunk *chunk = __atomic_load_n(&w->waited, __ATOMIC_ACQUIRE);

	if (w->waits && chunk == NULL)
		return;
	if (w->waits) {
		w->waits = false;
		w->waited = NULL;
		keep(w, chunk);
		return;
	}
	w->waits = lbuf_chunk_wait(unit.pool, &w->waiter, draw_size(w), SOCKET_ID_ANY, waited, w) ==
			0;
}

static void
do_limit(struct worker *w)
{
	lbuf_pool_limit_set(unit.pool, (int)rte_socket_id_by_idx(0),
			draw(w, 4) == 0 ? LBUF_LIMIT_MIN : LIMIT);
}

static void
step(struct worker *w)
{
	uint64_t what = draw(w, 4096);

	if (what < 1500)
		keep(w, lbuf_chunk_alloc(unit.pool, draw_size(w)));
	else if (what < 2900)
		do_free(w, &w->held[what % HELD]);
	else if (what < 3100)
		do_bulk(w);
	else if (what < 3300)
		do_reference(w);
	else if (what < 3700)
		do_pass_on(w);
	else if (what < 4050)
		do_take_over(w);
	else if (what < 4080)
		do_wait(w);
	else if (what < 4088)
		lbuf_pool_flush(unit.pool);
	else if (what < 4090)
		lbuf_pool_trim(unit.pool);
	else if (what < 4092)
		do_limit(w);
}

static int
stress_lcore(void *arg)
{
	struct worker *w = arg;
	uint64_t n = 0, spins = 0;
	unsigned int i;

	while (rte_get_tsc_cycles() < stress.end_tsc) {
		for (i = 0; i < 64; i++)
			step(w);
		n += i;
	}
	/* Who waits still gets what he waits for, from what all give back now. */
	for (i = 0; i < HELD; i++)
		drop(w, w->held[i]);
	memset(w->held, 0, sizeof(w->held));
	lbuf_pool_flush(unit.pool);
	while (w->waits && __atomic_load_n(&w->waited, __ATOMIC_ACQUIRE) == NULL && spins++ < 100) {
		do_take_over(w);
		rte_delay_ms(10);
	}
	if (w->waits && !lbuf_chunk_wait_cancel(&w->waiter)) {
		while (__atomic_load_n(&w->waited, __ATOMIC_ACQUIRE) == NULL)
			rte_pause();
		lbuf_chunk_put(w->waited);
	}
	lbuf_pool_flush(unit.pool);
	__atomic_fetch_add(&stress.steps, n, __ATOMIC_RELAXED);
	return w->bad == 0 ? 0 : -1;
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 0);
}

static void
all_at_once(void **state)
{
	struct lbuf_pool_stats stats;
	unsigned int i, failed;
	void *obj;

	(void)state;
	stress.seed = number("LBUF_SEED", (uint64_t)time(NULL));
	printf("LBUF_SEED=%" PRIu64 "\n", stress.seed);
	fflush(stdout);
	stress.ring = rte_ring_create("stress", RING, SOCKET_ID_ANY, 0);
	assert_non_null(stress.ring);
	for (i = 0; i < RTE_DIM(worker); i++)
		worker[i] = (struct worker){ .seed = stress.seed + i };
	stress.end_tsc = rte_get_tsc_cycles() + number("LBUF_STRESS_S", 3) * rte_get_tsc_hz();
	failed = unit_lcores(stress_lcore, worker, sizeof(worker[0]));
	while (rte_ring_dequeue(stress.ring, &obj) == 0)
		lbuf_chunk_put(obj);
	rte_ring_free(stress.ring);
	assert_int_equal(failed, 0);
	stats = unit_stats(unit.pool);
	printf("%" PRIu64 " steps, %" PRIu64 " grows, %" PRIu64 " shrinks, %" PRIu64 " failures\n",
			stress.steps, stats.grows, stats.shrinks, stats.failures);
	assert_int_equal(stats.out, 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(all_at_once),
};

UNIT_MAIN(tests)
