/* SPDX-License-Identifier: BSD-3-Clause */

/* Chunks and linked buffers on many lcores, and on threads that are none. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_ring.h>

#include <pool_priv.h>

#include "unit.h"

#define ROUNDS 20000
#define HANDED 2000
#define RING 1024

/* Argument of a worker: unit_lcores() passes each its own. */
struct worker {
	struct rte_ring *in;
	struct rte_ring *out;
	struct lbuf_chunk *chunk;
	unsigned int done;
};

static struct worker worker[RTE_MAX_LCORE];

static struct rte_ring *
new_ring(const char *name)
{
	struct rte_ring *ring = rte_ring_create(name, RING, SOCKET_ID_ANY, 0);

	assert_non_null(ring);
	return ring;
}

/* Allocate, fill, check and free at random; failures. */
static unsigned int
churn(uint64_t seed)
{
	struct lbuf_chunk *chunk[64] = { NULL };
	uint64_t size[RTE_DIM(chunk)];
	unsigned int i, k, bad = 0;

	for (i = 0; i < ROUNDS; i++) {
		k = (unsigned int)(unit_rand(&seed) % RTE_DIM(chunk));
		if (chunk[k] != NULL) {
			bad += !unit_same(chunk[k]->data, size[k], RTE_MIN(size[k], 100u));
			lbuf_chunk_put(chunk[k]);
			chunk[k] = NULL;
			continue;
		}
		size[k] = 1 + unit_rand(&seed) % (UINT64_C(1) << unit_rand(&seed) % 15);
		chunk[k] = lbuf_chunk_alloc(unit.pool, size[k]);
		if (chunk[k] == NULL)
			return bad + 1;
		unit_fill(chunk[k]->data, size[k], RTE_MIN(size[k], 100u));
	}
	for (k = 0; k < RTE_DIM(chunk); k++)
		lbuf_chunk_put(chunk[k]);
	return bad;
}

static int
churn_lcore(void *arg)
{
	(void)arg;
	return (int)churn(rte_lcore_id());
}

static void
all_lcores_at_once(void **state)
{
	struct lbuf_pool_stats stats;

	(void)state;
	assert_int_equal(unit_lcores(churn_lcore, worker, sizeof(worker[0])), 0);
	stats = unit_stats(unit.pool);
	assert_int_equal(stats.out, 0);
	assert_int_equal(stats.allocs, stats.frees);
	assert_in_range(stats.allocs, (rte_lcore_count() - 1) * ROUNDS / 2, UINT64_MAX);
}

/* Allocates chunks for the next lcore and frees those of the one before. */
static int
pass_chunks(void *arg)
{
	struct worker *w = arg;
	unsigned int sent = 0, got = 0, spins = 0;
	struct lbuf_chunk *chunk = NULL;
	void *obj;

	while ((sent < HANDED || got < HANDED) && spins++ < 500000000) {
		if (sent < HANDED && chunk == NULL) {
			chunk = lbuf_chunk_alloc(unit.pool, 1 + sent * 7);
			if (chunk == NULL)
				return -1;
			unit_fill(chunk->data, sent, 1 + sent * 7);
		}
		if (chunk != NULL && rte_ring_enqueue(w->out, chunk) == 0) {
			chunk = NULL;
			sent++;
		}
		if (rte_ring_dequeue(w->in, &obj) == 0) {
			if (!unit_same(((struct lbuf_chunk *)obj)->data, got, 1 + got * 7))
				return -1;
			lbuf_chunk_put(obj);
			got++;
		}
	}
	return sent == HANDED && got == HANDED ? 0 : -1;
}

static int
put_chunk(void *arg)
{
	lbuf_chunk_put(*(struct lbuf_chunk **)arg);
	return 0;
}

/* Wherever a chunk is freed, that is one free, and it is one chunk that is back. */
static void
free_on_another_lcore_counts_once(void **state)
{
	static const size_t size[] = { 100, 5000, 100000, LBUF_MIDDLE_MAX + 1 };
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), i, round;
	struct lbuf_pool_stats stats;
	struct lbuf_chunk *chunk;
	uint64_t n = 0;

	(void)state;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < RTE_DIM(size); i++) {
			chunk = lbuf_chunk_alloc(unit.pool, size[i]);
			assert_non_null(chunk);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
			assert_int_equal(rte_eal_remote_launch(put_chunk, &chunk, lcore), 0);
			assert_int_equal(rte_eal_wait_lcore(lcore), 0);
			n++;
			stats = unit_stats(unit.pool);
			assert_int_equal(stats.allocs, n);
			assert_int_equal(stats.frees, n);
			assert_int_equal(stats.out, 0);
			assert_in_range(stats.remote, 0, n);
		}
	}
}

static void
free_on_another_lcore(void **state)
{
	struct lbuf_pool_stats stats;
	unsigned int i, n = rte_lcore_count() - 1;
	struct rte_ring *ring[RTE_MAX_LCORE];
	char name[16];

	(void)state;
	assert_true(n >= 2);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "pass%u", i);
		ring[i] = new_ring(name);
	}
	/* The main lcore has index 0, and takes no part. */
	for (i = 0; i < n; i++)
		worker[i + 1] = (struct worker){ .in = ring[i], .out = ring[(i + 1) % n] };
	assert_int_equal(unit_lcores(pass_chunks, worker, sizeof(worker[0])), 0);
	stats = unit_stats(unit.pool);
	assert_int_equal(stats.out, 0);
	assert_int_equal(stats.allocs, n * HANDED);
	/* As many come to each lcore as go: that is no net flow. */
	assert_int_equal(stats.remote, 0);
	for (i = 0; i < n; i++)
		rte_ring_free(ring[i]);
}

/* What one lcore allocates and another frees is counted. */
static int
free_chunks(void *arg)
{
	struct worker *w = arg;
	void *obj;

	while (rte_ring_dequeue(w->in, &obj) == 0) {
		lbuf_chunk_put(obj);
		w->done++;
	}
	return 0;
}

static void
remote_frees_are_counted(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), i;
	struct lbuf_pool_stats stats;

	(void)state;
	worker[0] = (struct worker){ .in = new_ring("remote") };
	for (i = 0; i < RING - 1; i++)
		assert_int_equal(rte_ring_enqueue(worker[0].in, lbuf_chunk_alloc(unit.pool, 2048)),
				0);
	assert_int_equal(rte_eal_remote_launch(free_chunks, &worker[0], lcore), 0);
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
	assert_int_equal(worker[0].done, RING - 1);
	stats = unit_stats(unit.pool);
	assert_int_equal(stats.out, 0);
	assert_int_equal(stats.remote, RING - 1);
	rte_ring_free(worker[0].in);
}

/* Takes and drops references of one chunk, and in the end the one it was given. */
static int
share_chunk(void *arg)
{
	struct worker *w = arg;
	unsigned int i, bad = 0;

	for (i = 0; i < ROUNDS; i++) {
		lbuf_chunk_get(w->chunk);
		if (i % 100 == 0)
			bad += !unit_same(w->chunk->data, 5, w->chunk->size);
		lbuf_chunk_put(w->chunk);
	}
	lbuf_chunk_put(w->chunk);
	return (int)bad;
}

static void
shared_chunk(void **state)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, 4096);
	unsigned int i, n = rte_lcore_count() - 1;

	(void)state;
	assert_non_null(chunk);
	unit_fill(chunk->data, 5, chunk->size);
	for (i = 0; i < n; i++) {
		lbuf_chunk_get(chunk);
		worker[i + 1].chunk = chunk;
	}
	lbuf_mem_share(&chunk->mem);
	assert_int_equal(unit_lcores(share_chunk, worker, sizeof(worker[0])), 0);
	assert_int_equal(chunk->mem.refcnt, 1);
	assert_same(chunk->data, 5, chunk->size);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
}

/* Reads slices that main cut, and closes them here. */
static int
take_slices(void *arg)
{
	struct worker *w = arg;
	unsigned int spins = 0, bad = 0;
	uint64_t len;
	struct lbuf *b;
	uint8_t *copy;
	uint64_t pos;
	void *obj;

	while (w->done < HANDED && spins++ < 500000000) {
		if (rte_ring_dequeue(w->in, &obj) != 0)
			continue;
		b = obj;
		len = lbuf_len(b);
		copy = malloc(len);
		if (copy == NULL || lbuf_read(b, &pos, sizeof(pos)) != 0 ||
				lbuf_read(b, copy, len - sizeof(pos)) != 0)
			return -1;
		bad += !unit_same(copy, pos, len - sizeof(pos));
		free(copy);
		lbuf_close(b);
		free(b);
		w->done++;
	}
	return w->done == HANDED ? (int)bad : -1;
}

/* A message: its position in the endless string, then bytes from there. */
static void
put_message(struct lbuf *b, uint64_t pos, size_t n)
{
	assert_int_equal(lbuf_write(b, &pos, sizeof(pos)), 0);
	if (n > 0)
		unit_add(b, (enum unit_kind)(pos % UNIT_KINDS), pos, n);
	assert_int_equal(lbuf_flush(b), 0);
}

static void
handoff_of_slices(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), i;
	struct lbuf b, *slice, keep[8];
	uint64_t seed = 3;
	size_t n;

	(void)state;
	worker[0] = (struct worker){ .in = new_ring("slices") };
	for (i = 0; i < RTE_DIM(keep); i++)
		lbuf_init(&keep[i], unit.pool);
	lbuf_init(&b, unit.pool);
	assert_int_equal(rte_eal_remote_launch(take_slices, &worker[0], lcore), 0);
	for (i = 0; i < HANDED; i++) {
		n = 1 + unit_rand(&seed) % 3000;
		put_message(&b, i * 3, n);
		put_message(&b, 77, 5); /* behind it, often in the same memory */
		/* Some of what goes to the other lcore stays visible here, too. */
		if (i % 5 == 0)
			assert_non_null(lbuf_peek(&b, 9));
		slice = malloc(sizeof(*slice));
		assert_non_null(slice);
		assert_int_equal(lbuf_slice(&b, 8 + n, slice), 0);
		lbuf_close(&keep[i % RTE_DIM(keep)]);
		assert_int_equal(lbuf_slice(&b, 13, &keep[i % RTE_DIM(keep)]), 0);
		lbuf_handoff(slice);
		while (rte_ring_enqueue(worker[0].in, slice) != 0)
			rte_pause();
		assert_int_equal(lbuf_release(&b), 0);
	}
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
	for (i = 0; i < RTE_DIM(keep); i++) {
		assert_int_equal(lbuf_skip(&keep[i], 8), 0);
		assert_fill(&keep[i], 77, 5);
		lbuf_close(&keep[i]);
	}
	lbuf_close(&b);
	rte_ring_free(worker[0].in);
}

static void *
churn_thread(void *arg)
{
	bool *registered = arg;
	unsigned int bad;

	if (*registered && rte_thread_register() != 0)
		return (void *)1;
	bad = churn((uintptr_t)arg);
	if (*registered)
		rte_thread_unregister();
	return (void *)(uintptr_t)bad;
}

static void
threads_that_are_no_lcores(void **state)
{
	bool registered[] = { false, true, false, true };
	pthread_t thread[RTE_DIM(registered)];
	unsigned int i, round;
	void *bad;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < RTE_DIM(thread); i++)
			assert_int_equal(pthread_create(&thread[i], NULL, churn_thread,
							 &registered[i]),
					0);
		assert_int_equal(churn(99), 0);
		for (i = 0; i < RTE_DIM(thread); i++) {
			assert_int_equal(pthread_join(thread[i], &bad), 0);
			assert_null(bad);
		}
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

struct turn {
	unsigned int *step; /* of both, atomic */
	unsigned int bad;
};

static void
await(const struct turn *turn, unsigned int step)
{
	while (__atomic_load_n(turn->step, __ATOMIC_ACQUIRE) < step)
		rte_pause();
}

/* An lcore that ends, and lives on as a thread that is none. */
static void *
ends_as_lcore(void *arg)
{
	struct turn *turn = arg;

	if (rte_thread_register() != 0)
		turn->bad++;
	turn->bad += churn(1);
	rte_thread_unregister();
	__atomic_store_n(turn->step, 1, __ATOMIC_RELEASE);
	await(turn, 2);
	turn->bad += churn(2);
	return NULL;
}

/* An lcore that gets the same id. */
static void *
begins_as_lcore(void *arg)
{
	struct turn *turn = arg;

	await(turn, 1);
	if (rte_thread_register() != 0)
		turn->bad++;
	__atomic_store_n(turn->step, 2, __ATOMIC_RELEASE);
	turn->bad += churn(3);
	rte_thread_unregister();
	turn->bad += churn(4);
	return NULL;
}

static void
lcore_id_used_again(void **state)
{
	unsigned int step = 0;
	struct turn turn[2] = { { .step = &step }, { .step = &step } };
	struct lbuf_pool_stats stats;
	pthread_t thread[2];

	(void)state;
	assert_int_equal(pthread_create(&thread[0], NULL, ends_as_lcore, &turn[0]), 0);
	assert_int_equal(pthread_create(&thread[1], NULL, begins_as_lcore, &turn[1]), 0);
	assert_int_equal(pthread_join(thread[0], NULL), 0);
	assert_int_equal(pthread_join(thread[1], NULL), 0);
	assert_int_equal(turn[0].bad, 0);
	assert_int_equal(turn[1].bad, 0);
	/* What the lcore had in its caches is back in the depots. */
	stats = unit_stats(unit.pool);
	assert_int_equal(stats.cached, 0);
	assert_int_equal(stats.out, 0);
}

/* Chunk and verdict of the next two. */
static struct {
	struct lbuf_chunk *chunk;
	unsigned int bad;
} last_act;

/*
 * What a program does when one of its lcores ends: it uses the pool once more. EAL calls this for
 * all lcores, too, when it is not to be called any more.
 */
static void
acts_as_it_ends(unsigned int lcore_id, void *arg)
{
	struct lbuf_chunk *chunk;

	(void)lcore_id;
	(void)arg;
	if (last_act.chunk == NULL)
		return;
	lbuf_chunk_put(last_act.chunk);
	last_act.chunk = NULL;
	chunk = lbuf_chunk_alloc(unit.pool, 2000);
	last_act.bad += chunk == NULL || lbuf_self.pool != NULL;
	lbuf_chunk_put(chunk);
}

/* Have a chunk, out of a cache of its own. */
static void
act_as_lcore(void)
{
	if (rte_thread_register() != 0)
		last_act.bad++;
	last_act.chunk = lbuf_chunk_alloc(unit.pool, 2000);
	last_act.bad += last_act.chunk == NULL || lbuf_self.pool != unit.pool;
	rte_thread_unregister();
}

static void *
ends_with_an_act(void *arg)
{
	(void)arg;
	act_as_lcore();
	last_act.bad += churn(5);
	last_act.bad += lbuf_self.pool != NULL;
	act_as_lcore();
	return NULL;
}

static void
used_by_a_callback_as_it_ends(void **state)
{
	pthread_t thread;
	void *handle;

	(void)state;
	if (pool_is_debug(pool_priv(unit.pool))) /* there are no caches */
		skip();
	handle = rte_lcore_callback_register("unit", NULL, acts_as_it_ends, NULL);
	assert_non_null(handle);
	memset(&last_act, 0, sizeof(last_act));
	assert_int_equal(pthread_create(&thread, NULL, ends_with_an_act, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	rte_lcore_callback_unregister(handle);
	assert_int_equal(last_act.bad, 0);
	assert_int_equal(unit_stats(unit.pool).cached, 0);
	assert_int_equal(unit_stats(unit.pool).out, 0);
}

/* Two pools by turns: the caches of each are its own. */
static void
two_pools_by_turns(void **state)
{
	struct lbuf_pool *other = lbuf_pool_create("turns", NULL);
	struct lbuf_chunk *a, *b;
	unsigned int i;

	(void)state;
	assert_non_null(other);
	for (i = 0; i < 2000; i++) {
		a = lbuf_chunk_alloc(unit.pool, 2000);
		b = lbuf_chunk_alloc(other, 2000);
		assert_true(a != NULL && b != NULL);
		assert_ptr_equal(a->pool, unit.pool);
		assert_ptr_equal(b->pool, other);
		assert_int_equal(lbuf_pool_chunks_out(other), 1);
		if (i % 2 == 0)
			RTE_SWAP(a, b);
		lbuf_chunk_put(a);
		lbuf_chunk_put(b);
	}
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(lbuf_pool_free(other), 0);
	/* One that takes the place of a freed one. */
	other = lbuf_pool_create("turns", NULL);
	assert_non_null(other);
	a = lbuf_chunk_alloc(other, 2000);
	assert_non_null(a);
	assert_ptr_equal(a->pool, other);
	assert_int_equal(lbuf_pool_chunks_out(other), 1);
	lbuf_chunk_put(a);
	assert_int_equal(lbuf_pool_free(other), 0);
}

/* Chunks out of every tier, from one who has no lcore id. */
static void *
one_of_each(void *arg)
{
	static const size_t size[] = { 1, 1023, 1024, LBUF_MIDDLE_MAX, LBUF_MIDDLE_MAX + 1 };
	struct lbuf_chunk **chunk = arg;
	unsigned int i;

	for (i = 0; i < RTE_DIM(size); i++) {
		chunk[i] = lbuf_chunk_alloc(unit.pool, size[i]);
		if (chunk[i] == NULL)
			return (void *)1;
		unit_fill(chunk[i]->data, i, size[i]);
	}
	return NULL;
}

static void
chunks_of_a_thread(void **state)
{
	struct lbuf_chunk *chunk[5] = { NULL };
	pthread_t thread;
	unsigned int i;
	void *bad;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, one_of_each, chunk), 0);
	assert_int_equal(pthread_join(thread, &bad), 0);
	assert_null(bad);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 5);
	assert_int_equal(unit_out(LBUF_TIER_SMALL), 2);
	assert_int_equal(unit_out(LBUF_TIER_MIDDLE), 2);
	assert_int_equal(unit_out(LBUF_TIER_LARGE), 1);
	for (i = 0; i < RTE_DIM(chunk); i++)
		assert_same(chunk[i]->data, i, i == 0 ? 1 : 1023);
	lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(all_lcores_at_once),
	UNIT_TEST(free_on_another_lcore),
	UNIT_TEST(remote_frees_are_counted),
	UNIT_TEST(free_on_another_lcore_counts_once),
	UNIT_TEST(shared_chunk),
	UNIT_TEST(handoff_of_slices),
	UNIT_TEST(threads_that_are_no_lcores),
	UNIT_TEST(lcore_id_used_again),
	UNIT_TEST(used_by_a_callback_as_it_ends),
	UNIT_TEST(two_pools_by_turns),
	UNIT_TEST(chunks_of_a_thread),
};

UNIT_MAIN(tests)
