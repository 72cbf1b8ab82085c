/* SPDX-License-Identifier: BSD-3-Clause */

/* Debug pools find bugs; every pool tells who holds its chunks. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

#include <lbuf_debug.h>

#include "unit.h"

static const size_t sizes[] = { 100, 1023, 1024, 5000, 100000 };

/* What the library logs while a debug pool is in use. */
static char *logged;
static size_t logged_len;
static FILE *log_file;

static struct lbuf_pool *
debug_pool(void)
{
	struct lbuf_pool_params params = {
		.flags = LBUF_POOL_F_DEBUG | LBUF_POOL_F_BASE_PAGES,
	};
	struct lbuf_pool *pool = lbuf_pool_create("debug", &params);

	assert_non_null(pool);
	log_file = open_memstream(&logged, &logged_len);
	assert_non_null(log_file);
	assert_int_equal(rte_openlog_stream(log_file), 0);
	return pool;
}

/* Exactly this many bugs were found, and the log has a word about it. */
static void
assert_bugs(struct lbuf_pool *pool, uint64_t n, const char *word)
{
	assert_int_equal(lbuf_pool_bugs(pool), n);
	fflush(log_file);
	assert_non_null(strstr(logged, word));
}

static void
debug_end(struct lbuf_pool *pool)
{
	assert_int_equal(lbuf_pool_free(pool), 0);
	rte_openlog_stream(NULL);
	fclose(log_file);
	free(logged);
}

static void
nothing_to_find(void **state)
{
	struct lbuf_pool *pool = debug_pool();
	struct lbuf_chunk *chunk;
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 3; round++)
		for (i = 0; i < RTE_DIM(sizes); i++) {
			chunk = lbuf_chunk_alloc(pool, sizes[i]);
			assert_non_null(chunk);
			memset(chunk->data, 0, chunk->size); /* all of it may be used */
			lbuf_chunk_put(chunk);
		}
	chunk = lbuf_chunk_alloc(pool, LBUF_MIDDLE_MAX + 1);
	if (chunk != NULL)
		memset(chunk->data, 0, chunk->size);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_bugs(pool), 0);
	debug_end(pool);
}

static void
freed_twice(void **state)
{
	struct lbuf_pool *pool = debug_pool();
	struct lbuf_chunk *chunk, *other;
	unsigned int i;

	(void)state;
	lbuf_tag_set("twice");
	for (i = 0; i < RTE_DIM(sizes); i++) {
		chunk = lbuf_chunk_alloc(pool, sizes[i]);
		assert_non_null(chunk);
		lbuf_chunk_put(chunk);
		lbuf_chunk_put(chunk);
		assert_bugs(pool, i + 1, "freed twice, byte 0; last owner: lcore 0, tag twice");
		/* It does not come to be handed out twice. */
		chunk = lbuf_chunk_alloc(pool, sizes[i]);
		other = lbuf_chunk_alloc(pool, sizes[i]);
		assert_ptr_not_equal(chunk, other);
		lbuf_chunk_put(chunk);
		lbuf_chunk_put(other);
		assert_int_equal(lbuf_pool_chunks_out(pool), 0);
	}
	lbuf_tag_set(NULL);
	debug_end(pool);
}

static void
written_after_free(void **state)
{
	struct lbuf_pool *pool = debug_pool();
	struct lbuf_chunk *chunk;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(sizes); i++) {
		chunk = lbuf_chunk_alloc(pool, sizes[i]);
		assert_non_null(chunk);
		lbuf_chunk_put(chunk);
		chunk->data[sizes[i] / 2] ^= 1;
		assert_ptr_equal(lbuf_chunk_alloc(pool, sizes[i]), chunk);
		assert_bugs(pool, i + 1, "written after it was freed, byte 50; last owner");
		lbuf_chunk_put(chunk);
	}
	debug_end(pool);
}

static void
written_behind_the_end(void **state)
{
	struct lbuf_pool *pool = debug_pool();
	struct lbuf_chunk *chunk;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(sizes); i++) {
		chunk = lbuf_chunk_alloc(pool, sizes[i]);
		assert_non_null(chunk);
		chunk->data[chunk->size] = 0;
		lbuf_chunk_put(chunk);
		assert_bugs(pool, i + 1, "written behind its end, byte 112; last owner");
	}
	debug_end(pool);
}

static void
leaks_are_named(void **state)
{
	struct lbuf_pool *pool = debug_pool();
	struct lbuf_chunk *chunk;

	(void)state;
	lbuf_tag_set("leaker");
	chunk = lbuf_chunk_alloc(pool, 3000);
	lbuf_tag_set(NULL);
	assert_non_null(chunk);
	assert_int_equal(lbuf_pool_free(pool), -EBUSY);
	fflush(log_file);
	assert_non_null(strstr(logged,
			"of 3072 B, 3000 asked for, middle tier; "
			"lcore 0, tag leaker, "));
	lbuf_chunk_put(chunk);
	debug_end(pool);
}

/* The environment turns it on in any program. */
static void
by_environment(void **state)
{
	struct lbuf_pool *pool;
	struct lbuf_chunk *chunk;

	(void)state;
	setenv("LBUF_DEBUG", "1", 1);
	pool = lbuf_pool_create("env", NULL);
	unsetenv("LBUF_DEBUG");
	assert_non_null(pool);
	chunk = lbuf_chunk_alloc(pool, 100);
	lbuf_chunk_put(chunk);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_bugs(pool), 1);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Without debugging a sample tells, scaled up, who holds how much. */
static void
sample_of_holders(void **state)
{
	static struct lbuf_chunk *chunk[100000];
	struct lbuf_holder h[8];
	uint64_t kept = 0, lost = 0;
	unsigned int i;
	int n;

	(void)state;
	for (i = 0; i < RTE_DIM(chunk); i++) {
		lbuf_tag_set(i % 4 == 0 ? "lost" : "kept");
		chunk[i] = lbuf_chunk_alloc(unit.pool, 256);
		assert_non_null(chunk[i]);
	}
	lbuf_tag_set(NULL);
	n = lbuf_pool_holders_get(unit.pool, h, RTE_DIM(h));
	assert_in_range(n, 1, RTE_DIM(h));
	for (i = 0; i < (unsigned int)n; i++) {
		assert_int_equal(h[i].size, 256);
		assert_true(h[i].oldest_s >= 0 && h[i].oldest_s < 60);
		if (strcmp(h[i].tag, "kept") == 0)
			kept += h[i].chunks;
		else if (strcmp(h[i].tag, "lost") == 0)
			lost += h[i].chunks;
	}
	assert_in_range(kept + lost, RTE_DIM(chunk) * 9 / 10, RTE_DIM(chunk) * 11 / 10);
	lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(lbuf_pool_holders_get(unit.pool, h, RTE_DIM(h)), 0);
	assert_int_equal(lbuf_pool_holders_get(NULL, h, 1), -EINVAL);
	assert_int_equal(lbuf_pool_holders_get(unit.pool, NULL, 1), -EINVAL);
}

/* Large chunks are all known. */
static void
holders_of_large(void **state)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, LBUF_MIDDLE_MAX + 1);
	struct lbuf_holder h;
	FILE *null = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(chunk);
	assert_non_null(null);
	assert_int_equal(lbuf_pool_holders_get(unit.pool, &h, 1), 1);
	assert_int_equal(h.chunks, 1);
	assert_int_equal(h.seen, 1);
	assert_int_equal(h.size, chunk->size);
	lbuf_pool_holders_dump(unit.pool, null);
	lbuf_pool_holders_dump(NULL, null);
	fclose(null);
	lbuf_chunk_put(chunk);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(nothing_to_find),
	UNIT_TEST(freed_twice),
	UNIT_TEST(written_after_free),
	UNIT_TEST(written_behind_the_end),
	UNIT_TEST(leaks_are_named),
	UNIT_TEST(by_environment),
	UNIT_TEST(sample_of_holders),
	UNIT_TEST(holders_of_large),
};

UNIT_MAIN(tests)
