/* SPDX-License-Identifier: BSD-3-Clause */

/* Chunks freed in bulk by who knows what they are: lbuf_chunk_put_bulk_raw(). */

#include <string.h>

#include <rte_lcore.h>
#include <rte_log.h>

#include <lbuf_debug.h>
#include <lbuf_raw.h>
#include <lbuf_wait.h>
#include <pool_priv.h>

#include "unit.h"

#define MIB ((size_t)1 << 20)
#define MANY 20000
#define HOLDERS 8

static struct lbuf_chunk *chunks[MANY];

/* Each of some number of chunks is another one, and is there again behind it. */
static void
all_come_back(void **state)
{
	static const size_t sizes[] = { 1, 100, 1023, 1024, 2000, 65536, 100000 };
	static const unsigned int counts[] = { 1, 2, 3, 7, 8, 9, 31, 32, 33, 64, 65, 700 };
	unsigned int i, k, n;

	(void)state;
	lbuf_chunk_put_bulk_raw(unit.pool, 1, chunks, 0);
	for (k = 0; k < RTE_DIM(sizes) * RTE_DIM(counts); k++) {
		size_t size = sizes[k / RTE_DIM(counts)];

		n = counts[k % RTE_DIM(counts)];
		assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, size, chunks, n), 0);
		for (i = 0; i < n; i++)
			chunks[i]->data[0] = (uint8_t)i;
		for (i = 0; i < n; i++)
			assert_int_equal(chunks[i]->data[0], (uint8_t)i);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), n);
		lbuf_chunk_put_bulk_raw(unit.pool, size, chunks, n);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

/* Chunks that holders are known of, by tag; scaled up. */
static uint64_t
held_by(const char *tag)
{
	struct lbuf_holder h[HOLDERS] = { 0 };
	int n = lbuf_pool_holders_get(unit.pool, h, RTE_DIM(h));
	uint64_t sum = 0;
	unsigned int i;

	assert_in_range(n, 0, RTE_DIM(h));
	for (i = 0; i < RTE_MIN((unsigned int)n, RTE_DIM(h)); i++)
		if (strcmp(h[i].tag, tag) == 0)
			sum += h[i].chunks;
	return sum;
}

/* What was freed so has no holder any more, and the next one who takes it is its own. */
static void
the_sample_ends(void **state)
{
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 3; round++) {
		lbuf_tag_set("first");
		for (i = 0; i < MANY; i++) {
			chunks[i] = lbuf_chunk_alloc(unit.pool, 256);
			assert_non_null(chunks[i]);
		}
		assert_in_range(held_by("first"), MANY * 9 / 10, MANY * 11 / 10);
		for (i = 0; i < MANY; i += 32)
			lbuf_chunk_put_bulk_raw(unit.pool, 256, &chunks[i], 32);
		assert_int_equal(lbuf_pool_holders_get(unit.pool, (struct lbuf_holder[1]){ 0 }, 1),
				0);
		lbuf_tag_set("second");
		for (i = 0; i < MANY; i += 32)
			assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, 256, &chunks[i], 32), 0);
		lbuf_tag_set(NULL);
		assert_int_equal(held_by("first"), 0);
		assert_in_range(held_by("second"), MANY * 9 / 10, MANY * 11 / 10);
		lbuf_chunk_put_bulk_raw(unit.pool, 250, chunks, MANY);
		assert_int_equal(held_by("second"), 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

static int
free_raw(void *arg)
{
	(void)arg;
	lbuf_chunk_put_bulk_raw(unit.pool, 3000, chunks, 1000);
	return 0;
}

/* Any lcore may free them. */
static void
from_another_lcore(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), round;

	(void)state;
	for (round = 0; round < 20; round++) {
		assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, 3000, chunks, 1000), 0);
		assert_int_equal(rte_eal_remote_launch(free_raw, NULL, lcore), 0);
		assert_int_equal(rte_eal_wait_lcore(lcore), 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

static void
got(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	(void)w;
	*(struct lbuf_chunk **)arg = chunk;
}

/* Who waits is served in the call, though the cache has room. */
static void
who_waits_is_served(void **state)
{
	struct lbuf_pool_params params = {
		.limit_bytes = 16 * MIB,
		.flags = LBUF_POOL_F_NO_BACKGROUND,
	};
	struct lbuf_pool *pool = lbuf_pool_create("waits", &params);
	struct lbuf_chunk *chunk = NULL;
	struct lbuf_waiter w;
	unsigned int n = 0;

	(void)state;
	assert_non_null(pool);
	while (n < MANY && (chunks[n] = lbuf_chunk_alloc(pool, 65536)) != NULL)
		n++;
	assert_in_range(n, 100, MANY - 1);
	assert_int_equal(lbuf_chunk_wait(pool, &w, 65536, SOCKET_ID_ANY, got, &chunk), 0);
	assert_null(chunk);
	lbuf_chunk_put_bulk_raw(pool, 65536, chunks, 2);
	assert_non_null(chunk);
	lbuf_chunk_put(chunk);
	lbuf_chunk_put_bulk_raw(pool, 65536, chunks + 2, n - 2);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Debug pools find what is not as the caller claims, and nothing breaks. */
static void
bugs_are_found(void **state)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_DEBUG };
	struct lbuf_pool *pool = lbuf_pool_create("debugged", &params), *other;
	struct lbuf_chunk *c[4];

	(void)state;
	other = lbuf_pool_create("other", NULL);
	assert_true(pool != NULL && other != NULL);
	rte_log_set_global_level(RTE_LOG_CRIT);

	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 2000, c, 4), 0);
	lbuf_chunk_put_bulk_raw(pool, 2000, c, 4);
	assert_int_equal(lbuf_pool_bugs(pool), 0);

	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 2000, c, 3), 0);
	c[3] = lbuf_chunk_alloc(pool, 5000);
	lbuf_chunk_put_bulk_raw(pool, 2000, c, 4);
	assert_int_equal(lbuf_pool_bugs(pool), 1);

	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 2000, c, 3), 0);
	c[3] = lbuf_chunk_alloc(other, 2000);
	lbuf_chunk_put_bulk_raw(pool, 2000, c, 4);
	assert_int_equal(lbuf_pool_bugs(pool), 2);

	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 2000, c, 4), 0);
	lbuf_chunk_get(c[1]);
	lbuf_chunk_put_bulk_raw(pool, 2000, c, 4);
	assert_int_equal(lbuf_pool_bugs(pool), 3);
	assert_int_equal(lbuf_pool_chunks_out(pool), 1);
	lbuf_chunk_put(c[1]);

	lbuf_chunk_put_bulk_raw(pool, 2000, c, 1); /* freed twice */
	assert_int_equal(lbuf_pool_bugs(pool), 4);
	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 2000, c, 2), 0);
	lbuf_chunk_put_bulk_raw(pool, LBUF_MIDDLE_MAX + 1, c, 2);
	assert_int_equal(lbuf_pool_bugs(pool), 6);

	rte_log_set_global_level(RTE_LOG_INFO);
	assert_int_equal(lbuf_pool_free(other), 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(all_come_back),
	UNIT_TEST(the_sample_ends),
	UNIT_TEST(from_another_lcore),
	UNIT_TEST(who_waits_is_served),
	UNIT_TEST(bugs_are_found),
};

UNIT_MAIN(tests)
