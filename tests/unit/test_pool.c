/* SPDX-License-Identifier: BSD-3-Clause */

/* Pools: create, free, look up. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>

#include <freelist.h>
#include <pool_priv.h>

#include "unit.h"

static void
create_bad_arguments(void **state)
{
	static const struct lbuf_pool_params bad[] = {
		{ .middle_min = LBUF_CLASS_MIN - 1 },
		{ .middle_min = 4096, .middle_max = 2048 },
		{ .middle_min = LBUF_MIDDLE_MAX + 1 },
		{ .middle_max = LBUF_MIDDLE_MIN - 1 },
		{ .middle_max = LBUF_CLASS_MAX + 1 },
		{ .middle_max = SIZE_MAX },
		{ .policy = (enum lbuf_policy)2 },
		{ .policy = (enum lbuf_policy) - 1 },
		{ .flags = UINT32_C(1) << 31 },
		{ .flags = UINT32_MAX },
	};
	unsigned int i;

	(void)state;
	assert_null_errno(lbuf_pool_create(NULL, NULL), EINVAL);
	assert_null_errno(lbuf_pool_create("", NULL), EINVAL);
	for (i = 0; i < RTE_DIM(bad); i++) {
		assert_null_errno(lbuf_pool_create("bad", &bad[i]), EINVAL);
		assert_null_errno(lbuf_pool_lookup("bad"), ENOENT);
	}
}

static void
create_limits(void **state)
{
	static const struct lbuf_pool_params good[] = {
		{ .middle_min = LBUF_CLASS_MIN },
		{ .middle_min = 4096, .middle_max = 4096 },
		{ .middle_max = LBUF_CLASS_MAX },
		{ .middle_min = LBUF_CLASS_MAX, .middle_max = LBUF_CLASS_MAX },
		{ .policy = LBUF_POLICY_STRICT },
		{ .flags = LBUF_POOL_F_NO_CACHE },
		{ .flags = LBUF_POOL_F_NO_CACHE | LBUF_POOL_F_BASE_PAGES },
		{ .cache_bytes = 1 },
		{ .cache_bytes = SIZE_MAX },
	};
	struct lbuf_pool *pool;
	struct lbuf_chunk *chunk;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(good); i++) {
		pool = lbuf_pool_create("good", &good[i]);
		assert_non_null(pool);
		chunk = lbuf_chunk_alloc(pool, 2000);
		assert_non_null(chunk);
		lbuf_chunk_put(chunk);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
}

static void
default_boundaries(void **state)
{
	struct lbuf_pool *pool = lbuf_pool_create("default", NULL);

	(void)state;
	assert_non_null(pool);
	assert_int_equal(pool->middle_min, 1024);
	assert_int_equal(pool->middle_max, 8388608);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
names(void **state)
{
	struct lbuf_pool *a, *b;

	(void)state;
	assert_null_errno(lbuf_pool_create("thirteen_char", NULL), ENAMETOOLONG);
	a = lbuf_pool_create("twelve_chars", NULL);
	assert_non_null(a);
	assert_string_equal(lbuf_pool_name(a), "twelve_chars");
	assert_null_errno(lbuf_pool_create("twelve_chars", NULL), EEXIST);
	b = lbuf_pool_create("b", NULL);
	assert_non_null(b);
	assert_ptr_equal(lbuf_pool_lookup("twelve_chars"), a);
	assert_ptr_equal(lbuf_pool_lookup("b"), b);
	assert_null_errno(lbuf_pool_lookup("twelve_char"), ENOENT);
	assert_null_errno(lbuf_pool_lookup(""), ENOENT);
	assert_null_errno(lbuf_pool_lookup(NULL), EINVAL);
	assert_int_equal(lbuf_pool_free(a), 0);
	assert_null_errno(lbuf_pool_lookup("twelve_chars"), ENOENT);
	assert_ptr_equal(lbuf_pool_lookup("b"), b);
	a = lbuf_pool_create("twelve_chars", NULL);
	assert_non_null(a);
	assert_int_equal(lbuf_pool_free(b), 0);
	assert_int_equal(lbuf_pool_free(a), 0);
}

static void
free_null_and_busy(void **state)
{
	static const size_t size[] = { 100, 5000, LBUF_MIDDLE_MAX + 1 };
	struct lbuf_chunk *chunk;
	unsigned int i;

	(void)state;
	assert_int_equal(lbuf_pool_free(NULL), 0);
	for (i = 0; i < RTE_DIM(size); i++) {
		chunk = lbuf_chunk_alloc(unit.pool, size[i]);
		assert_non_null(chunk);
		unit_fill(chunk->data, i, size[i]);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
		assert_int_equal(lbuf_pool_free(unit.pool), -EBUSY);
		/* Nothing was freed. */
		assert_ptr_equal(lbuf_pool_lookup(lbuf_pool_name(unit.pool)), unit.pool);
		assert_same(chunk->data, i, size[i]);
		lbuf_chunk_put(chunk);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

struct seen {
	const struct lbuf_pool *want[2];
	unsigned int hits[2];
	unsigned int all;
};

static void
see(struct lbuf_pool *pool, void *arg)
{
	struct seen *seen = arg;

	seen->all++;
	seen->hits[0] += pool == seen->want[0];
	seen->hits[1] += pool == seen->want[1];
}

static void
walk(void **state)
{
	struct lbuf_pool *other = lbuf_pool_create("other", NULL);
	struct seen seen = { .want = { unit.pool, other } };

	(void)state;
	assert_non_null(other);
	lbuf_pool_walk(see, &seen);
	assert_int_equal(seen.hits[0], 1);
	assert_int_equal(seen.hits[1], 1);
	assert_int_equal(seen.all, 2);
	assert_int_equal(lbuf_pool_free(other), 0);
	memset(seen.hits, 0, sizeof(seen.hits));
	lbuf_pool_walk(see, &seen);
	assert_int_equal(seen.hits[0], 1);
	assert_int_equal(seen.hits[1], 0);
}

/* What a walker does with each pool, and with others. */
static void
do_in_walk(struct lbuf_pool *pool, void *arg)
{
	struct seen inner = { .want = { pool } };
	unsigned int *n = arg;
	struct lbuf_chunk *chunk;
	struct lbuf_pool *made;

	if (strcmp(lbuf_pool_name(pool), "made") == 0)
		return;
	/* A class that is not yet used: that adds to EAL's lists. */
	chunk = lbuf_chunk_alloc(pool, 3000);
	assert_non_null(chunk);
	lbuf_chunk_put(chunk);
	lbuf_pool_trim(pool);
	assert_ptr_equal(lbuf_pool_lookup(lbuf_pool_name(pool)), pool);
	lbuf_pool_walk(see, &inner);
	assert_int_equal(inner.hits[0], 1);
	made = lbuf_pool_create("made", NULL);
	assert_non_null(made);
	assert_int_equal(lbuf_pool_free(made), 0);
	/* But the one in hand stays. */
	assert_int_equal(lbuf_pool_free(pool), -EBUSY);
	(*n)++;
}

static void
walker_may_call_all_but_freeing_its_pool(void **state)
{
	struct lbuf_pool *other = lbuf_pool_create("other", NULL);
	unsigned int n = 0;

	(void)state;
	assert_non_null(other);
	lbuf_pool_walk(do_in_walk, &n);
	assert_int_equal(n, 2);
	assert_int_equal(lbuf_pool_free(other), 0);
}

/* More pools than there could be memzones, were any of them left. */
static void
many_pools(void **state)
{
	struct lbuf_pool *pool[20];
	struct lbuf_chunk *chunk[3];
	unsigned int i, j;
	char name[LBUF_POOL_NAMESIZE];

	(void)state;
	for (i = 0; i < 60; i++) {
		for (j = 0; j < RTE_DIM(pool); j++) {
			snprintf(name, sizeof(name), "many%u", j);
			pool[j] = lbuf_pool_create(name, NULL);
			assert_non_null(pool[j]);
			if (j % 4 != 0)
				continue;
			chunk[0] = lbuf_chunk_alloc(pool[j], 100);
			chunk[1] = lbuf_chunk_alloc(pool[j], 1024);
			chunk[2] = lbuf_chunk_alloc(pool[j], 9000);
			assert_true(chunk[0] != NULL && chunk[1] != NULL && chunk[2] != NULL);
			lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
		}
		for (j = 0; j < RTE_DIM(pool); j++)
			assert_int_equal(lbuf_pool_free(pool[j]), 0);
	}
}

/* Whether a pool keeps what is freed in lcore caches. */
static bool
has_caches(struct lbuf_pool *pool)
{
	lbuf_chunk_put(lbuf_chunk_alloc(pool, 2000));
	return unit_stats(pool).cached != 0;
}

/* Make a pool; returns whether it has caches. */
static bool
create_numbered(struct lbuf_pool **pool, unsigned int i, uint32_t flags)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_NO_BACKGROUND | flags };
	char name[LBUF_POOL_NAMESIZE];

	snprintf(name, sizeof(name), "nr%u", i);
	*pool = lbuf_pool_create(name, &params);
	assert_non_null(*pool);
	return has_caches(*pool);
}

/*
 * Hundreds at once, of which only some have caches, leave those that come later as well
 * off as the first ones were.
 */
static void
later_pools_have_caches_when_earlier_ones_are_gone(void **state)
{
	enum {
		AT_ONCE = 300
	};
	static struct lbuf_pool *pool[AT_ONCE];
	bool debug = pool_is_debug(pool_priv(unit.pool));
	unsigned int i, round, cached;

	(void)state;
	for (round = 0; round < 2; round++) {
		cached = 0;
		for (i = 0; i < AT_ONCE; i++)
			cached += create_numbered(&pool[i], i, 0);
		/* One of them is the unit's. */
		assert_int_equal(cached, debug ? 0 : TAG_MAX - 1);
		assert_int_equal(freelist_cached(), debug ? 0 : TAG_MAX);
		/* One that had caches goes, and makes room for the next. */
		assert_int_equal(lbuf_pool_free(pool[0]), 0);
		assert_int_equal(create_numbered(&pool[0], 0, 0), !debug);
		/* From either end. */
		for (i = 0; i < AT_ONCE; i++)
			assert_int_equal(lbuf_pool_free(pool[round == 0 ? i : AT_ONCE - 1 - i]), 0);
	}
	for (i = 0; i < AT_ONCE; i++) {
		assert_int_equal(create_numbered(&pool[0], i, 0), !debug);
		assert_int_equal(lbuf_pool_free(pool[0]), 0);
	}
	/* Those that want none take none away. */
	for (i = 0; i < AT_ONCE; i++)
		assert_false(create_numbered(&pool[i], i, LBUF_POOL_F_NO_CACHE));
	assert_int_equal(create_numbered(&pool[0], AT_ONCE, 0), !debug);
	assert_int_equal(lbuf_pool_free(pool[0]), 0);
	pool[0] = lbuf_pool_lookup("nr0");
	for (i = 0; i < AT_ONCE; i++)
		assert_int_equal(lbuf_pool_free(pool[i]), 0);
}

static void *
create_here(void *arg)
{
	struct lbuf_pool *pool = lbuf_pool_create("thread", NULL);
	struct lbuf_chunk *chunk;

	(void)arg;
	if (pool == NULL)
		return NULL;
	chunk = lbuf_chunk_alloc(pool, 2000);
	if (chunk == NULL)
		return NULL;
	lbuf_chunk_put(chunk);
	lbuf_pool_flush(pool); /* does nothing here */
	return pool;
}

static void
create_on_a_thread(void **state)
{
	pthread_t thread;
	void *pool;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, create_here, NULL), 0);
	assert_int_equal(pthread_join(thread, &pool), 0);
	assert_non_null(pool);
	assert_ptr_equal(lbuf_pool_lookup("thread"), pool);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(create_bad_arguments),
	UNIT_TEST(create_limits),
	UNIT_TEST(default_boundaries),
	UNIT_TEST(names),
	UNIT_TEST(free_null_and_busy),
	UNIT_TEST(walk),
	UNIT_TEST(walker_may_call_all_but_freeing_its_pool),
	UNIT_TEST(many_pools),
	UNIT_TEST(later_pools_have_caches_when_earlier_ones_are_gone),
	UNIT_TEST(create_on_a_thread),
};

UNIT_MAIN(tests)
