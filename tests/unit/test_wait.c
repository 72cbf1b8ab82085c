/* SPDX-License-Identifier: BSD-3-Clause */

/* Waiting for memory that others have in their caches, or that can never be had. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <depot_trim.h>
#include <lbuf_wait.h>
#include <pool_priv.h>

#include "unit.h"

#define MIB ((size_t)1 << 20)
#define LIMIT (16 * MIB)
#define SIZE ((size_t)64 << 10)
#define CHUNKS_MAX 1000
/* So many fit into a cache that has seen no more. */
#define FEW 4
/* What the header promises, and as much again for a busy machine; ms. */
#define BOUND_MS 200

static struct lbuf_chunk *chunks[CHUNKS_MAX];

static struct lbuf_pool *
limited(const char *name, uint32_t flags)
{
	struct lbuf_pool_params params = {
		.limit_bytes = LIMIT,
		.flags = LBUF_POOL_F_BASE_PAGES | flags,
		.policy = LBUF_POLICY_STRICT,
	};
	struct lbuf_pool *pool = lbuf_pool_create(name, &params);

	assert_non_null(pool);
	return pool;
}

static unsigned int
exhaust(struct lbuf_pool *pool, size_t size)
{
	unsigned int n = 0;

	while (n < CHUNKS_MAX && (chunks[n] = lbuf_chunk_alloc(pool, size)) != NULL)
		n++;
	assert_in_range(n, 1, CHUNKS_MAX - 1);
	assert_int_equal(rte_errno, ENOBUFS);
	return n;
}

/* A waiter of the tests, and what it got. */
struct queued {
	struct lbuf_waiter w;
	struct lbuf_chunk *chunk;
};

static void
got(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	(void)w;
	__atomic_store_n(&((struct queued *)arg)->chunk, chunk, __ATOMIC_RELEASE);
}

static int
queue(struct lbuf_pool *pool, struct queued *q, size_t size)
{
	*q = (struct queued){ .chunk = NULL };
	return lbuf_chunk_wait(pool, &q->w, size, SOCKET_ID_ANY, got, q);
}

static struct lbuf_chunk *
chunk_of(struct queued *q)
{
	return __atomic_load_n(&q->chunk, __ATOMIC_ACQUIRE);
}

/* An lcore that takes chunks into its cache, and then does something else. */
struct hoarder {
	struct lbuf_pool *pool;
	struct lbuf_chunk **chunk; /* to free first */
	unsigned int n;
	size_t allocs; /* what it allocates without end; 0: it calls nothing */
	unsigned int held;
	bool ready, stop;
};

static int
hoard(void *arg)
{
	static struct lbuf_chunk *held[CHUNKS_MAX];
	struct hoarder *h = arg;
	struct lbuf_chunk *chunk;

	while (h->n > 0)
		lbuf_chunk_put(h->chunk[--h->n]);
	__atomic_store_n(&h->ready, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE)) {
		if (h->allocs == 0 || h->held == CHUNKS_MAX)
			continue;
		chunk = lbuf_chunk_alloc(h->pool, h->allocs);
		if (chunk == NULL)
			continue;
		held[h->held] = chunk;
		__atomic_store_n(&h->held, h->held + 1, __ATOMIC_RELEASE);
	}
	lbuf_chunk_put_bulk(held, h->held);
	lbuf_pool_flush(h->pool);
	return 0;
}

static unsigned int
start(struct hoarder *h)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);

	assert_int_equal(rte_eal_remote_launch(hoard, h, lcore), 0);
	while (!__atomic_load_n(&h->ready, __ATOMIC_ACQUIRE))
		rte_pause();
	return lcore;
}

static void
stop_lcore(struct hoarder *h, unsigned int lcore)
{
	__atomic_store_n(&h->stop, true, __ATOMIC_RELEASE);
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
}

/*
 * How many of n waiters are served in the time that the header promises, or until the others'
 * chunks are held by an lcore.
 */
static unsigned int
served_in_time(struct queued *q, unsigned int n, const struct hoarder *holder)
{
	uint64_t end = rte_get_tsc_cycles() + BOUND_MS * rte_get_tsc_hz() / 1000;
	unsigned int i, served, held;

	do {
		for (i = served = 0; i < n; i++)
			served += chunk_of(&q[i]) != NULL;
		held = holder == NULL ? 0 : __atomic_load_n(&holder->held, __ATOMIC_ACQUIRE);
	} while (served + held < n && rte_get_tsc_cycles() < end);
	return served;
}

/* Without a control thread even: within the call. */
static void
served_from_the_cache_of_an_lcore_that_calls_nothing(void **state)
{
	struct lbuf_pool *pool = limited("spins", LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n = exhaust(pool, SIZE), i, lcore;
	struct hoarder h = { .pool = pool, .chunk = &chunks[n - FEW], .n = FEW };
	struct queued q[FEW];

	(void)state;
	lcore = start(&h);
	if (!pool_is_debug(pool_priv(pool)))
		assert_int_equal(unit_stats(pool).cached, FEW);
	for (i = 0; i < FEW; i++) {
		assert_int_equal(queue(pool, &q[i], SIZE), 0);
		assert_non_null(chunk_of(&q[i]));
	}
	stop_lcore(&h, lcore);
	for (i = 0; i < FEW; i++)
		lbuf_chunk_put(q[i].chunk);
	lbuf_chunk_put_bulk(chunks, n - FEW);
	assert_int_equal(unit_stats(pool).out, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* What it has in its cache of another size becomes memory for what is wanted. */
static void
served_from_idle_caches_of_other_classes(void **state)
{
	struct lbuf_pool *pool = limited("others", LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n = exhaust(pool, 4 * MIB - 4096), lcore;
	struct hoarder h = { .pool = pool, .chunk = &chunks[n - 1], .n = 1 };
	struct queued q;

	(void)state;
	lcore = start(&h);
	assert_int_equal(queue(pool, &q, 2 * MIB), 0);
	assert_non_null(chunk_of(&q));
	stop_lcore(&h, lcore);
	lbuf_chunk_put(q.chunk);
	lbuf_chunk_put_bulk(chunks, n - 1);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/*
 * Chunks of the same size: none is left to it that it does not hold. Or of another: one who
 * waits has one out of its cache; of the rest it may make what it wants, once nobody waits.
 */
static void
served_beside_an_lcore_that_only_allocates(void **state)
{
	static const struct {
		size_t size;
		unsigned int waiters;
	} beside[] = { { SIZE, FEW }, { 2000, 1 } };
	unsigned int i, k, n, lcore, served;
	struct queued q[FEW];
	bool same;

	(void)state;
	if (pool_is_debug(pool_priv(unit.pool))) /* there is no cache: it takes what it freed */
		skip();
	for (k = 0; k < RTE_DIM(beside); k++) {
		struct lbuf_pool *pool = limited("allocs", 0);
		struct hoarder h = { .pool = pool, .n = FEW, .allocs = beside[k].size };

		n = exhaust(pool, SIZE);
		h.chunk = &chunks[n - FEW];
		lcore = start(&h);
		for (i = 0; i < beside[k].waiters; i++)
			assert_int_equal(queue(pool, &q[i], SIZE), 0);
		same = beside[k].size == SIZE;
		served = served_in_time(q, beside[k].waiters, same ? &h : NULL);
		stop_lcore(&h, lcore);
		assert_int_equal(served + (same ? h.held : 0), beside[k].waiters);
		assert_int_equal(served_in_time(q, beside[k].waiters, NULL), beside[k].waiters);
		for (i = 0; i < beside[k].waiters; i++)
			lbuf_chunk_put(q[i].chunk);
		lbuf_chunk_put_bulk(chunks, n - FEW);
		assert_int_equal(unit_stats(pool).out, 0);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
}

/* By a request that had begun to, before he came. */
static void
what_is_there_for_one_who_waits_is_not_reclaimed(void **state)
{
	struct lbuf_pool *pool = limited("came", LBUF_POOL_F_NO_BACKGROUND);
	struct pool_priv *priv = pool_priv(pool);
	struct lbuf_chunk *large = lbuf_chunk_alloc(pool, LBUF_MIDDLE_MAX + 1);
	struct lbuf_chunk *middle = lbuf_chunk_alloc(pool, SIZE);
	struct depot *depot = depot_for(priv, SIZE, 0);
	uint32_t waiters = 1, n;

	(void)state;
	lbuf_chunk_put(large);
	lbuf_chunk_put(middle);
	lbuf_pool_flush(pool);
	n = depot->n;
	assert_int_not_equal(n, 0);
	assert_int_equal(depot_try_trim(depot, &waiters), 0);
	assert_int_equal(large_trim(&priv->slot[0].large, UINT64_MAX, &waiters), 0);
	assert_int_equal(depot->n, n);
	waiters = 0;
	assert_int_not_equal(depot_try_trim(depot, &waiters), 0);
	assert_int_not_equal(large_trim(&priv->slot[0].large, UINT64_MAX, &waiters), 0);
	assert_int_equal(depot->n, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
more_than_can_ever_be_is_refused(void **state)
{
	struct lbuf_pool *pool = limited("never", 0);
	struct queued q;

	(void)state;
	/* Over the limit: chunks of either tier. */
	assert_int_equal(queue(pool, &q, LIMIT), 0);
	lbuf_chunk_put(q.chunk);
	assert_int_equal(queue(pool, &q, LIMIT + 1), -E2BIG);
	assert_int_equal(queue(pool, &q, (size_t)PTRDIFF_MAX), -E2BIG);
	assert_int_equal(lbuf_pool_limit_set(pool, (int)rte_socket_id_by_idx(0), LBUF_LIMIT_MIN),
			0);
	assert_int_equal(queue(pool, &q, LBUF_MIDDLE_MAX), -E2BIG);
	assert_int_equal(queue(pool, &q, MIB), 0);
	lbuf_chunk_put(q.chunk);
	/* Over the arena. */
	assert_int_equal(lbuf_pool_limit_set(pool, (int)rte_socket_id_by_idx(0), 0), 0);
	assert_int_equal(queue(pool, &q, arena_room(&pool_priv(pool)->slot[0].large.arena) + 1),
			-E2BIG);
	assert_int_equal(queue(pool, &q, (size_t)PTRDIFF_MAX), -E2BIG);
	assert_int_equal(queue(pool, &q, (size_t)PTRDIFF_MAX + 1), -EINVAL);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* A limit that is lowered leaves who waits in line, until there is enough again. */
static void
limit_lowered_below_what_one_waits_for(void **state)
{
	struct lbuf_pool *pool = limited("lowered", LBUF_POOL_F_NO_BACKGROUND);
	int socket = (int)rte_socket_id_by_idx(0);
	unsigned int n = exhaust(pool, SIZE);
	struct queued large, small;

	(void)state;
	assert_int_equal(queue(pool, &large, 6 * MIB), 0);
	assert_null(chunk_of(&large));
	assert_int_equal(lbuf_pool_limit_set(pool, socket, LBUF_LIMIT_MIN), 0);
	/* It holds nobody up. */
	assert_int_equal(queue(pool, &small, SIZE), 0);
	assert_null(chunk_of(&small));
	lbuf_chunk_put(chunks[--n]);
	assert_non_null(chunk_of(&small));
	assert_null(chunk_of(&large));
	lbuf_chunk_put(small.chunk);
	lbuf_chunk_put_bulk(chunks, n);
	assert_null(chunk_of(&large));
	assert_int_equal(lbuf_pool_limit_set(pool, socket, LIMIT), 0);
	assert_non_null(chunk_of(&large));
	lbuf_chunk_put(large.chunk);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Neither for a chunk that is there, nor for one that memory can be added for. */
static void
nobody_waits_behind_one_who_cannot_be_served(void **state)
{
	struct lbuf_pool *pool = limited("behind", LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n = exhaust(pool, SIZE), i;
	struct queued first[2], there, added[3];

	(void)state;
	/* Half of the memory, as whole slabs: not enough for these. */
	assert_int_equal(queue(pool, &first[0], 15 * MIB), 0);
	assert_int_equal(queue(pool, &first[1], 7 * MIB), 0);
	for (i = 0; i < n / 4; i++)
		lbuf_chunk_put(chunks[--n]);
	assert_null(chunk_of(&first[0]));
	assert_null(chunk_of(&first[1]));
	assert_int_equal(queue(pool, &there, SIZE), 0);
	assert_non_null(chunk_of(&there));
	for (i = 0; i < RTE_DIM(added); i++) {
		assert_int_equal(queue(pool, &added[i], 100 << 2 * i), 0);
		assert_non_null(chunk_of(&added[i]));
	}
	assert_null(chunk_of(&first[0]));
	assert_null(chunk_of(&first[1]));
	assert_true(lbuf_chunk_wait_cancel(&first[0].w));
	assert_true(lbuf_chunk_wait_cancel(&first[1].w));
	lbuf_chunk_put(there.chunk);
	for (i = 0; i < RTE_DIM(added); i++)
		lbuf_chunk_put(added[i].chunk);
	lbuf_chunk_put_bulk(chunks, n);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Waits again each time it is called. */
struct again {
	struct lbuf_waiter w;
	struct lbuf_pool *pool;
	struct lbuf_chunk *kept; /* freed in the next call */
	unsigned int left;
	bool keeps;
	uintptr_t low, high; /* where the stack was */
};

static void
wait_again(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	struct again *a = arg;
	char here;

	a->low = RTE_MIN(a->low, (uintptr_t)&here);
	a->high = RTE_MAX(a->high, (uintptr_t)&here);
	if (a->keeps) {
		lbuf_chunk_put(a->kept);
		a->kept = chunk;
	} else {
		lbuf_chunk_put(chunk);
	}
	if (a->left-- > 0)
		assert_int_equal(lbuf_chunk_wait(a->pool, w, SIZE, SOCKET_ID_ANY, wait_again, a),
				0);
}

static void
callback_waits_again_without_stack(void **state)
{
	struct lbuf_pool *pool = limited("again", LBUF_POOL_F_NO_BACKGROUND);
	struct again a[2];
	unsigned int n, i;

	(void)state;
	for (i = 0; i < RTE_DIM(a); i++)
		a[i] = (struct again){
			.pool = pool, .left = 50000, .keeps = i == 1, .low = UINTPTR_MAX
		};
	/* By a call, and by a free. */
	assert_int_equal(lbuf_chunk_wait(pool, &a[0].w, SIZE, SOCKET_ID_ANY, wait_again, &a[0]), 0);
	n = exhaust(pool, SIZE);
	assert_int_equal(lbuf_chunk_wait(pool, &a[1].w, SIZE, SOCKET_ID_ANY, wait_again, &a[1]), 0);
	assert_int_equal(a[1].left, 50000);
	for (i = 0; i < 2; i++)
		lbuf_chunk_put(chunks[--n]);
	for (i = 0; i < RTE_DIM(a); i++) {
		assert_int_equal(a[i].left, (unsigned int)-1);
		assert_in_range(a[i].high - a[i].low, 0, 1024);
	}
	lbuf_chunk_put(a[1].kept);
	lbuf_chunk_put_bulk(chunks, n);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* What a callback may do, on whatever thread it is called. */
struct called {
	struct lbuf_pool *pool;
	struct lbuf_pool *other;
	struct queued inner;
	unsigned int bad;
	bool done;
};

static void
does_it_all(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	struct lbuf_pool_params params = { .idle_ms = 10 };
	struct called *c = arg;
	struct lbuf_pool_stats stats;
	struct lbuf_chunk *more;

	(void)w;
	lbuf_chunk_put(chunk);
	c->other = lbuf_pool_create("inner", &params);
	c->bad += c->other == NULL || lbuf_pool_lookup("inner") != c->other;
	/* Of a class that is not yet used, here and there. */
	more = lbuf_chunk_alloc(c->pool, 300);
	c->bad += more == NULL;
	lbuf_chunk_put(more);
	more = lbuf_chunk_alloc(c->other, 300);
	c->bad += more == NULL;
	lbuf_chunk_put(more);
	c->bad += queue(c->other, &c->inner, SIZE) != 0 || c->inner.chunk == NULL;
	lbuf_chunk_put(c->inner.chunk);
	lbuf_pool_flush(c->pool);
	lbuf_pool_trim(c->other);
	c->bad += lbuf_pool_stats_get(c->pool, LBUF_TIER_NUM, SOCKET_ID_ANY, 0, &stats) != 0;
	/* But this it may not. */
	c->bad += lbuf_pool_free(c->other) != -EBUSY;
	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
}

static void
callback_may_call_all_but_freeing_a_pool(void **state)
{
	struct lbuf_pool *pool = limited("calls", 0);
	uint64_t end = rte_get_tsc_cycles() + 5 * rte_get_tsc_hz();
	struct budget *budget = &pool_priv(pool)->socket[0].total;
	unsigned int n, i;

	(void)state;
	/* On the thread that frees, and on the control thread. */
	for (i = 0; i < 2; i++) {
		struct called c = { .pool = pool };
		struct lbuf_waiter w;

		n = exhaust(pool, SIZE);
		assert_int_equal(lbuf_chunk_wait(pool, &w, SIZE, SOCKET_ID_ANY, does_it_all, &c),
				0);
		if (i == 0)
			lbuf_chunk_put(chunks[--n]);
		else /* which nobody is told of */
			budget_limit_set(budget, 2 * LIMIT);
		while (!__atomic_load_n(&c.done, __ATOMIC_ACQUIRE) && rte_get_tsc_cycles() < end)
			rte_pause();
		assert_true(c.done);
		assert_int_equal(c.bad, 0);
		assert_int_equal(lbuf_pool_free(c.other), 0);
		lbuf_chunk_put_bulk(chunks, n);
	}
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(served_from_the_cache_of_an_lcore_that_calls_nothing),
	UNIT_TEST(served_from_idle_caches_of_other_classes),
	UNIT_TEST(served_beside_an_lcore_that_only_allocates),
	UNIT_TEST(what_is_there_for_one_who_waits_is_not_reclaimed),
	UNIT_TEST(more_than_can_ever_be_is_refused),
	UNIT_TEST(limit_lowered_below_what_one_waits_for),
	UNIT_TEST(nobody_waits_behind_one_who_cannot_be_served),
	UNIT_TEST(callback_waits_again_without_stack),
	UNIT_TEST(callback_may_call_all_but_freeing_a_pool),
};

UNIT_MAIN(tests)
