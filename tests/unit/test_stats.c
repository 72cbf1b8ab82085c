/* SPDX-License-Identifier: BSD-3-Clause */

/* Figures of pools, their caches and depots. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_lcore.h>

#include "unit.h"

static void
stats_bad_arguments(void **state)
{
	struct lbuf_pool_stats stats;
	const int socket = SOCKET_ID_ANY;

	(void)state;
	assert_int_equal(lbuf_pool_stats_get(NULL, LBUF_TIER_NUM, socket, 0, &stats), -EINVAL);
	assert_int_equal(lbuf_pool_stats_get(unit.pool, LBUF_TIER_NUM, socket, 0, NULL), -EINVAL);
	assert_int_equal(lbuf_pool_stats_get(unit.pool, (enum lbuf_tier)(LBUF_TIER_NUM + 1), socket,
					 0, &stats),
			-EINVAL);
	assert_int_equal(lbuf_pool_stats_get(unit.pool, (enum lbuf_tier) - 1, socket, 0, &stats),
			-EINVAL);
	assert_int_equal(lbuf_pool_stats_get(unit.pool, LBUF_TIER_NUM, 999, 0, &stats), -EINVAL);
	assert_int_equal(lbuf_pool_stats_get(unit.pool, LBUF_TIER_NUM, -2, 0, &stats), -EINVAL);
}

static void
stats_start_at_zero(void **state)
{
	static const struct lbuf_pool_stats zero;
	struct lbuf_pool_stats stats = unit_stats(unit.pool);

	(void)state;
	assert_memory_equal(&stats, &zero, sizeof(zero));
}

static void
stats_follow_chunks(void **state)
{
	static const size_t size[LBUF_TIER_NUM] = { 896, 4096, LBUF_MIDDLE_MAX + 1 };
	struct lbuf_chunk *chunk[10];
	struct lbuf_pool_stats s;
	unsigned int tier, i;

	(void)state;
	for (tier = 0; tier < LBUF_TIER_NUM; tier++) {
		for (i = 0; i < RTE_DIM(chunk); i++) {
			chunk[i] = lbuf_chunk_alloc(unit.pool, size[tier]);
			assert_non_null(chunk[i]);
			s = unit_stats_of(unit.pool, (enum lbuf_tier)tier, 0);
			assert_int_equal(s.out, i + 1);
			assert_int_equal(s.allocs, i + 1);
			assert_int_equal(s.frees, 0);
			assert_in_range(s.chunks, s.out + s.cached, UINT64_MAX);
			assert_in_range(s.bytes, s.chunks * size[tier], s.high_water);
			assert_in_range(s.grows, 1, s.chunks);
		}
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), RTE_DIM(chunk));
		for (i = 0; i < RTE_DIM(chunk); i++) {
			lbuf_chunk_put(chunk[i]);
			s = unit_stats_of(unit.pool, (enum lbuf_tier)tier, 0);
			assert_int_equal(s.out, RTE_DIM(chunk) - i - 1);
			assert_int_equal(s.frees, i + 1);
		}
		assert_int_equal(s.allocs, RTE_DIM(chunk));
		assert_int_equal(s.remote, 0);
		assert_int_equal(s.failures, 0);
		assert_int_equal(s.fallbacks, 0);
	}
}

/* Figures are sums: of classes over a tier, of tiers over the pool. */
static void
stats_add_up(void **state)
{
	struct lbuf_pool_stats all, tier[LBUF_TIER_NUM], class, socket;
	struct lbuf_chunk *chunk[LBUF_CLASS_NUM + 1];
	uint64_t out = 0, allocs = 0;
	uint32_t i, n;

	(void)state;
	for (i = 0; i < LBUF_CLASS_NUM && lbuf_class_size(i) <= ((size_t)1 << 20); i++) {
		chunk[i] = lbuf_chunk_alloc(unit.pool, lbuf_class_size(i));
		assert_non_null(chunk[i]);
		class = unit_stats_of(unit.pool,
				lbuf_class_size(i) < LBUF_MIDDLE_MIN ? LBUF_TIER_SMALL
								     : LBUF_TIER_MIDDLE,
				lbuf_class_size(i));
		assert_int_equal(class.out, 1);
		assert_int_equal(class.allocs, 1);
		out += class.out;
		allocs += class.allocs;
	}
	chunk[i] = lbuf_chunk_alloc(unit.pool, LBUF_MIDDLE_MAX + 4096);
	assert_non_null(chunk[i]);
	n = i + 1;
	all = unit_stats(unit.pool);
	for (i = 0; i < LBUF_TIER_NUM; i++)
		tier[i] = unit_stats_of(unit.pool, (enum lbuf_tier)i, 0);
	assert_int_equal(tier[LBUF_TIER_SMALL].out + tier[LBUF_TIER_MIDDLE].out, out);
	assert_int_equal(tier[LBUF_TIER_SMALL].allocs + tier[LBUF_TIER_MIDDLE].allocs, allocs);
	assert_int_equal(tier[LBUF_TIER_LARGE].out, 1);
	assert_int_equal(all.out, out + 1);
	assert_int_equal(all.allocs, allocs + 1);
	assert_int_equal(all.bytes, tier[0].bytes + tier[1].bytes + tier[2].bytes);
	assert_int_equal(all.chunks, tier[0].chunks + tier[1].chunks + tier[2].chunks);
	assert_int_equal(all.refills, tier[0].refills + tier[1].refills + tier[2].refills);
	assert_int_equal(lbuf_pool_stats_get(unit.pool, LBUF_TIER_NUM, (int)rte_socket_id(), 0,
					 &socket),
			0);
	assert_int_equal(socket.out, all.out);
	assert_int_equal(socket.bytes, all.bytes);
	lbuf_chunk_put_bulk(chunk, n);
}

static void
flush_and_trim(void **state)
{
	struct lbuf_pool_stats before, after;
	struct lbuf_chunk *chunk[200];
	unsigned int i;
	size_t bytes;

	(void)state;
	assert_int_equal(lbuf_pool_trim(unit.pool), 0);
	for (i = 0; i < RTE_DIM(chunk); i++) {
		chunk[i] = lbuf_chunk_alloc(unit.pool, i % 2 == 0 ? 2048 : 300);
		assert_non_null(chunk[i]);
	}
	unit_fill(chunk[0]->data, 0, 2048);
	lbuf_chunk_put_bulk(chunk + 1, RTE_DIM(chunk) - 1);
	assert_true(unit_stats(unit.pool).cached > 0);
	lbuf_pool_flush(unit.pool);
	before = unit_stats(unit.pool);
	assert_int_equal(before.cached, 0);
	assert_true(before.flushes > 0);
	assert_int_equal(before.out, 1);
	/* What a chunk is cut from stays as long as the chunk is out. */
	bytes = lbuf_pool_trim(unit.pool);
	after = unit_stats(unit.pool);
	assert_true(bytes > 0);
	assert_int_equal(after.bytes, before.bytes - bytes);
	assert_true(after.bytes >= chunk[0]->size);
	assert_true(after.shrinks > before.shrinks);
	assert_int_equal(after.high_water, before.high_water);
	assert_true(after.high_water >= before.bytes);
	assert_same(chunk[0]->data, 0, 2048);
	lbuf_chunk_put(chunk[0]);
	lbuf_pool_flush(unit.pool);
	assert_int_equal(lbuf_pool_trim(unit.pool), after.bytes);
	after = unit_stats(unit.pool);
	assert_int_equal(after.bytes, 0);
	assert_int_equal(after.chunks, 0);
	/* And the pool goes on. */
	chunk[0] = lbuf_chunk_alloc(unit.pool, 2048);
	assert_non_null(chunk[0]);
	memset(chunk[0]->data, 1, chunk[0]->size);
	lbuf_chunk_put(chunk[0]);
}

/* How many chunks the calling lcore keeps after 2000 were out. */
static uint64_t
cached_with(size_t cache_bytes, uint32_t flags, size_t size)
{
	struct lbuf_pool_params params = { .cache_bytes = cache_bytes, .flags = flags };
	struct lbuf_pool *pool = lbuf_pool_create("cached", &params);
	static struct lbuf_chunk *chunk[2000];
	struct lbuf_pool_stats stats;

	assert_non_null(pool);
	assert_int_equal(lbuf_chunk_alloc_bulk(pool, size, chunk, RTE_DIM(chunk)), 0);
	lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
	stats = unit_stats(pool);
	assert_int_equal(stats.out, 0);
	assert_int_equal(stats.allocs, RTE_DIM(chunk));
	assert_int_equal(stats.frees, RTE_DIM(chunk));
	assert_int_equal(lbuf_pool_free(pool), 0);
	return stats.cached;
}

static void
cache_bytes(void **state)
{
	(void)state;
	assert_in_range(cached_with(1, 0, 2048), 1, 64);
	assert_in_range(cached_with(SIZE_MAX, 0, 64), 17, 512);
	assert_in_range(cached_with(64 * 2048, 0, 2048), 1, 128);
	assert_int_equal(cached_with(0, LBUF_POOL_F_NO_CACHE, 2048), 0);
}

static void
depots_are_mempools(void **state)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_NO_BACKGROUND };
	struct lbuf_pool *pool = lbuf_pool_create("depot", &params);
	struct lbuf_chunk *chunk[2];
	char middle[RTE_MEMPOOL_NAMESIZE], small[RTE_MEMPOOL_NAMESIZE];
	struct lbuf_pool_stats stats;
	FILE *null = fopen("/dev/null", "w");
	void *obj;

	(void)state;
	assert_non_null(null);
	assert_non_null(pool);
	snprintf(middle, sizeof(middle), "depot.%u.4K", rte_socket_id());
	snprintf(small, sizeof(small), "depot.%u.112s", rte_socket_id());
	assert_null(rte_mempool_lookup(middle));
	chunk[0] = lbuf_chunk_alloc(pool, 4000);
	assert_non_null(chunk[0]);
	assert_non_null(rte_mempool_lookup(middle));
	assert_null(rte_mempool_lookup(small));
	chunk[1] = lbuf_chunk_alloc(pool, 100);
	assert_non_null(chunk[1]);
	assert_non_null(rte_mempool_lookup(small));
	lbuf_chunk_put_bulk(chunk, 2);
	/* DPDK's tools see what is in the depot. */
	lbuf_pool_flush(pool);
	stats = unit_stats_of(pool, LBUF_TIER_MIDDLE, 4096);
	assert_true(stats.chunks > 0);
	assert_int_equal(rte_mempool_avail_count(rte_mempool_lookup(middle)), stats.chunks);
	assert_int_equal(rte_mempool_lookup(middle)->size, stats.chunks);
	assert_int_equal(rte_mempool_get(rte_mempool_lookup(middle), &obj), 0);
	assert_int_equal(rte_mempool_avail_count(rte_mempool_lookup(middle)), stats.chunks - 1);
	assert_int_equal(rte_mempool_in_use_count(rte_mempool_lookup(middle)), 1);
	rte_mempool_put(rte_mempool_lookup(middle), obj);
	rte_mempool_list_dump(null);
	fclose(null);
	assert_int_equal(lbuf_pool_free(pool), 0);
	assert_null(rte_mempool_lookup(middle));
	assert_null(rte_mempool_lookup(small));
}

/* Lines that a dump prints. */
static unsigned int
dump_lines(const struct lbuf_pool *pool, const char *must_contain)
{
	unsigned int lines = 0;
	char *text = NULL;
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	lbuf_pool_dump(pool, f);
	fclose(f);
	assert_non_null(strstr(text, must_contain));
	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	assert_int_equal(text[size - 1], '\n');
	free(text);
	return lines;
}

static void
dump(void **state)
{
	struct lbuf_chunk *chunk[3];
	unsigned int empty;

	(void)state;
	empty = dump_lines(unit.pool, lbuf_pool_name(unit.pool));
	assert_true(empty >= 1);
	assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, 4096, chunk, 2), 0);
	assert_int_equal(dump_lines(unit.pool, "4096"), empty + 1);
	lbuf_chunk_put(chunk[1]);
	chunk[1] = lbuf_chunk_alloc(unit.pool, 100);
	assert_non_null(chunk[1]);
	assert_int_equal(dump_lines(unit.pool, "112"), empty + 2);
	chunk[2] = lbuf_chunk_alloc(unit.pool, LBUF_MIDDLE_MAX + 1);
	assert_non_null(chunk[2]);
	assert_int_equal(dump_lines(unit.pool, "large"), empty + 3);
	lbuf_chunk_put_bulk(chunk, 3);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST_NO_BACKGROUND(stats_bad_arguments),
	UNIT_TEST_NO_BACKGROUND(stats_start_at_zero),
	UNIT_TEST_NO_BACKGROUND(stats_follow_chunks),
	UNIT_TEST_NO_BACKGROUND(stats_add_up),
	UNIT_TEST_NO_BACKGROUND(flush_and_trim),
	UNIT_TEST_NO_BACKGROUND(cache_bytes),
	UNIT_TEST_NO_BACKGROUND(depots_are_mempools),
	UNIT_TEST_NO_BACKGROUND(dump),
};

UNIT_MAIN(tests)
