/* SPDX-License-Identifier: BSD-3-Clause */

/* The EAL's memory at its end: errors, and all as before once some is back. */

#include <errno.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_malloc.h>

#include "unit_port.h"

/* Memory taken from the EAL's heap, each piece with the address of the next. */
static void **hoard;

static void
take_all_memory(void)
{
	size_t size;
	void **piece;

	for (size = (size_t)64 << 20; size >= 64; size /= 2) {
		while ((piece = rte_malloc(NULL, size, 0)) != NULL) {
			*piece = hoard;
			hoard = piece;
		}
	}
}

static void
give_back_all(void)
{
	void **next;

	for (; hoard != NULL; hoard = next) {
		next = *hoard;
		rte_free(hoard);
	}
}

static int
setup(void **state)
{
	return port_setup(state);
}

static int
teardown(void **state)
{
	give_back_all();
	return port_teardown(state);
}

/* Classes one after the other take what there is left, down to the smallest. */
static void
chunks_until_none_is_left(void **state)
{
	static const size_t size[] = { LBUF_MIDDLE_MAX, 1 << 20, 100000, 5000, 1024, 700, 64 };
	static struct lbuf_chunk *chunk[RTE_DIM(size)][200000];
	unsigned int n[RTE_DIM(size)], i, k, round;
	struct lbuf_pool_stats stats;
	uint64_t out = 0;

	(void)state;
	if (unit.huge)
		skip(); /* it would take the memory of others */
	for (round = 0; round < 2; round++) {
		for (k = 0, out = 0; k < RTE_DIM(size); k++) {
			for (n[k] = 0; n[k] < RTE_DIM(chunk[k]); n[k]++) {
				rte_errno = 0;
				chunk[k][n[k]] = lbuf_chunk_alloc(unit.pool, size[k]);
				if (chunk[k][n[k]] == NULL)
					break;
				unit_fill(chunk[k][n[k]]->data, n[k] * 64 + k, 64);
			}
			assert_in_range(n[k], k == 0 ? 1 : 0, RTE_DIM(chunk[k]) - 1);
			assert_int_equal(rte_errno, ENOMEM);
			out += n[k];
		}
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), out);
		stats = unit_stats(unit.pool);
		assert_in_range(stats.failures, 1, (round + 1) * RTE_DIM(size));
		assert_int_equal(stats.fallbacks, 0);
		for (k = 0; k < RTE_DIM(size); k++) {
			for (i = 0; i < n[k]; i++) {
				assert_same(chunk[k][i]->data, i * 64 + k, 64);
				lbuf_chunk_put(chunk[k][i]); /* one by one: caches overflow */
			}
		}
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		lbuf_pool_flush(unit.pool);
		lbuf_pool_trim(unit.pool);
	}
}

/* No memory for what lies around chunks: caches, depots, pools, bridges. */
static void
nothing_can_be_made(void **state)
{
	struct lbuf_port_params params = { .pool = unit.pool };
	struct lbuf_chunk *chunk;
	struct lbuf_pool *pool;
	struct lbuf b;
	unsigned int i;

	(void)state;
	if (unit.huge)
		skip();
	take_all_memory();
	assert_null_errno(lbuf_pool_create("short", NULL), ENOMEM);
	assert_null_errno(lbuf_pool_lookup("short"), ENOENT);
	assert_null_errno(lbuf_port_create(port.ring, &params), ENOMEM);
	for (i = 0; i < LBUF_CLASS_NUM; i++)
		assert_null_errno(lbuf_chunk_alloc(unit.pool, lbuf_class_size(i)), ENOMEM);
	lbuf_init(&b, unit.pool);
	assert_null_errno(lbuf_reserve(&b, 10), ENOMEM);
	assert_int_equal(lbuf_write(&b, "0123456789", 10), -ENOMEM);
	assert_null_errno(lbuf_prepend(&b, 10), ENOMEM);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	give_back_all();
	unit_put(&b, 0, 10);
	assert_fill(&b, 0, 10);
	lbuf_close(&b);
	chunk = lbuf_chunk_alloc(unit.pool, 5000);
	assert_non_null(chunk);
	lbuf_chunk_put(chunk);
	pool = lbuf_pool_create("short", NULL);
	assert_non_null(pool);
	assert_int_equal(lbuf_pool_free(pool), 0);
	port.bridge = lbuf_port_create(port.ring, &params);
	assert_non_null(port.bridge);
}

/* From little to nothing: each thing that is made may be the one that fails. */
static void
little_can_be_made(void **state)
{
	struct lbuf_pool *pool;
	struct lbuf_chunk *chunk;
	unsigned int i, made = 0, failed = 0;
	void **piece;

	(void)state;
	if (unit.huge)
		skip();
	take_all_memory();
	/* Give back one piece after the other, and try each time. */
	for (i = 0; i < 400 && hoard != NULL; i++) {
		piece = *hoard;
		rte_free(hoard);
		hoard = piece;
		pool = lbuf_pool_create("little", NULL);
		if (pool == NULL) {
			assert_int_equal(rte_errno, ENOMEM);
			failed++;
			continue;
		}
		chunk = lbuf_chunk_alloc(pool, 1000 * (1 + i % 9));
		if (chunk == NULL)
			assert_int_equal(rte_errno, ENOMEM);
		else
			memset(chunk->data, 1, chunk->size);
		made += chunk != NULL;
		failed += chunk == NULL;
		lbuf_chunk_put(chunk);
		assert_int_equal(lbuf_pool_chunks_out(pool), 0);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
	assert_true(made > 0);
	assert_true(failed > 0);
}

#define SHORT_TEST(func) \
	{ \
#func, func, setup, teardown, NULL \
	}

static const struct CMUnitTest tests[] = {
	SHORT_TEST(chunks_until_none_is_left),
	SHORT_TEST(nothing_can_be_made),
	SHORT_TEST(little_can_be_made),
};

UNIT_MAIN(tests)
