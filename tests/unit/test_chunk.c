/* SPDX-License-Identifier: BSD-3-Clause */

/* Chunks on one lcore: tiers, sizes, references, addresses, shortage. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_memory.h>

#include <chunk.h>
#include <pool_priv.h>

#include "unit.h"

/* Chunks that a test has at a time, at most. */
#define CHUNKS 2000

/* Allocate a chunk that must come from this tier. */
static void
check_tier(struct lbuf_pool *pool, size_t size, enum lbuf_tier tier)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, size);
	struct lbuf_pool_stats stats;
	unsigned int i;

	assert_non_null(chunk);
	assert_int_equal(chunk->tier, tier);
	assert_true(chunk->size >= size);
	assert_ptr_equal(chunk->pool, pool);
	assert_int_equal(chunk->mem.refcnt, 1);
	assert_int_equal(chunk->mem.kind, LBUF_MEM_CHUNK);
	assert_ptr_equal(lbuf_chunk_of(&chunk->mem), chunk);
	for (i = 0; i < LBUF_TIER_NUM; i++) {
		stats = unit_stats_of(pool, (enum lbuf_tier)i, 0);
		assert_int_equal(stats.out, i == (unsigned int)tier ? 1 : 0);
	}
	chunk->data[0] = 1;
	chunk->data[size - 1] = 2;
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
}

static void
tier_boundaries(void **state)
{
	(void)state;
	check_tier(unit.pool, 1, LBUF_TIER_SMALL);
	check_tier(unit.pool, 1023, LBUF_TIER_SMALL);
	check_tier(unit.pool, 1024, LBUF_TIER_MIDDLE);
	check_tier(unit.pool, 1025, LBUF_TIER_MIDDLE);
	check_tier(unit.pool, 8388607, LBUF_TIER_MIDDLE);
	check_tier(unit.pool, 8388608, LBUF_TIER_MIDDLE);
	check_tier(unit.pool, 8388609, LBUF_TIER_LARGE);
	check_tier(unit.pool, 20000001, LBUF_TIER_LARGE);
}

static void
tier_boundaries_set(void **state)
{
	static const size_t bound[][2] = { { 256, 65536 }, { 5000, 70001 }, { 64, 64 },
		{ 1024, 1024 }, { 8192, LBUF_CLASS_MAX } };
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_BASE_PAGES };
	struct lbuf_pool *pool;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(bound); i++) {
		params.middle_min = bound[i][0];
		params.middle_max = bound[i][1];
		params.flags ^= LBUF_POOL_F_NO_CACHE; /* the other way for each */
		pool = lbuf_pool_create("bounds", &params);
		assert_non_null(pool);
		check_tier(pool, 1, LBUF_TIER_SMALL);
		check_tier(pool, bound[i][0] - 1, LBUF_TIER_SMALL);
		check_tier(pool, bound[i][0], LBUF_TIER_MIDDLE);
		check_tier(pool, bound[i][1], LBUF_TIER_MIDDLE);
		check_tier(pool, bound[i][1] + 1, LBUF_TIER_LARGE);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
}

static void
size_and_alignment(void **state)
{
	struct lbuf_chunk *chunk;
	size_t size, align;
	uint32_t i;
	int d;

	(void)state;
	for (i = 0; i < LBUF_CLASS_NUM && lbuf_class_size(i) <= ((size_t)1 << 20); i++) {
		for (d = -1; d <= 1; d++) {
			size = lbuf_class_size(i) + (size_t)d;
			chunk = lbuf_chunk_alloc(unit.pool, size);
			assert_non_null(chunk);
			assert_in_range(chunk->size, size,
					RTE_MAX(size + size / 4, LBUF_CLASS_MIN));
			/* Its own size, as far as that is a power of two, up to a line. */
			align = RTE_MIN(chunk->size & -chunk->size, (size_t)RTE_CACHE_LINE_SIZE);
			assert_int_equal((uintptr_t)chunk->data % align, 0);
			memset(chunk->data, 0x5a, chunk->size);
			lbuf_chunk_put(chunk);
		}
	}
	chunk = lbuf_chunk_alloc(unit.pool, LBUF_MIDDLE_MAX + 1);
	assert_non_null(chunk);
	assert_int_equal((uintptr_t)chunk->data % 4096, 0);
	assert_in_range(chunk->size, LBUF_MIDDLE_MAX + 1, (LBUF_MIDDLE_MAX + 1) / 4 * 5);
	lbuf_chunk_put(chunk);
}

static void
bad_arguments(void **state)
{
	struct lbuf_chunk *chunk[2] = { NULL, NULL };

	(void)state;
	assert_null_errno(lbuf_chunk_alloc(unit.pool, 0), EINVAL);
	assert_null_errno(lbuf_chunk_alloc(unit.pool, SIZE_MAX), EINVAL);
	assert_null_errno(lbuf_chunk_alloc(unit.pool, SIZE_MAX - 4095), EINVAL);
	assert_null_errno(lbuf_chunk_alloc(unit.pool, (size_t)1 << 63), EINVAL);
	assert_null_errno(lbuf_chunk_alloc(unit.pool, (size_t)1 << 46), ENOMEM);
	assert_null_errno(lbuf_chunk_alloc_socket(unit.pool, 0, SOCKET_ID_ANY), EINVAL);
	assert_null_errno(lbuf_chunk_alloc_socket(unit.pool, 100, 999), EINVAL);
	assert_null_errno(lbuf_chunk_alloc_socket(unit.pool, 100, -2), EINVAL);
	assert_null_errno(lbuf_chunk_alloc_socket(unit.pool, LBUF_MIDDLE_MAX + 1, 999), EINVAL);
	assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, 0, chunk, 2), -EINVAL);
	assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, (size_t)1 << 46, chunk, 2), -ENOMEM);
	assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, 100, chunk, 0), 0);
	lbuf_chunk_put(NULL);
	lbuf_chunk_put_bulk(chunk, 0);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
}

static void
references(void **state)
{
	static const size_t size[] = { 200, 4096, LBUF_MIDDLE_MAX + 1 };
	struct lbuf_chunk *chunk, *other;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < RTE_DIM(size); i++) {
		chunk = lbuf_chunk_alloc(unit.pool, size[i]);
		assert_non_null(chunk);
		unit_fill(chunk->data, 7, size[i]);
		for (j = 0; j < 3; j++)
			lbuf_chunk_get(chunk);
		assert_int_equal(chunk->mem.refcnt, 4);
		for (j = 0; j < 3; j++) {
			lbuf_chunk_put(chunk);
			other = lbuf_chunk_alloc(unit.pool, size[i]);
			assert_non_null(other);
			assert_ptr_not_equal(other, chunk);
			memset(other->data, 0, size[i]);
			lbuf_chunk_put(other);
			assert_same(chunk->data, 7, size[i]);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
		}
		lbuf_chunk_put(chunk);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

/* Marked as shared, it counts alike, and comes back unmarked. */
static void
references_shared(void **state)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, 4096);

	(void)state;
	assert_non_null(chunk);
	lbuf_mem_share(&chunk->mem);
	assert_int_equal(chunk->mem.flags & LBUF_MEM_SHARED,
			0); /* one reference moves as a whole */
	lbuf_chunk_get(chunk);
	lbuf_mem_share(&chunk->mem);
	assert_int_equal(chunk->mem.flags & LBUF_MEM_SHARED, LBUF_MEM_SHARED);
	lbuf_chunk_get(chunk);
	assert_int_equal(chunk->mem.refcnt, 3);
	lbuf_chunk_put(chunk);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(chunk->mem.refcnt, 1);
	assert_int_equal(chunk->mem.flags & LBUF_MEM_SHARED, 0);
}

static void
the_warmest_first(void **state)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, 4096), *again;
	uint8_t *data;

	(void)state;
	assert_non_null(chunk);
	data = chunk->data;
	lbuf_chunk_put(chunk);
	again = lbuf_chunk_alloc(unit.pool, 4000);
	assert_ptr_equal(again->data, data); /* the first was one of the sample */
	lbuf_chunk_put(again);
}

static void
socket(void **state)
{
	static const size_t size[] = { 100, 4096, LBUF_MIDDLE_MAX + 1 };
	struct lbuf_chunk *chunk;
	unsigned int i, j;
	int id;

	(void)state;
	for (i = 0; i < rte_socket_count(); i++) {
		id = rte_socket_id_by_idx(i);
		for (j = 0; j < RTE_DIM(size); j++) {
			chunk = lbuf_chunk_alloc_socket(unit.pool, size[j], id);
			assert_non_null(chunk);
			assert_int_equal(chunk->socket, id);
			assert_int_equal(chunk->tier, j);
			lbuf_chunk_put(chunk);
		}
	}
	chunk = lbuf_chunk_alloc_socket(unit.pool, 100, SOCKET_ID_ANY);
	assert_non_null(chunk);
	assert_int_equal(chunk->socket, rte_socket_id());
	lbuf_chunk_put(chunk);
}

static int
by_address(const void *a, const void *b)
{
	const struct lbuf_chunk *const *x = a, *const *y = b;

	return (*x)->data < (*y)->data ? -1 : (*x)->data > (*y)->data;
}

/* No chunk is there twice, or lies over another one. At most CHUNKS. */
static void
assert_apart(struct lbuf_chunk *const *chunk, unsigned int n)
{
	static struct lbuf_chunk *sorted[CHUNKS];
	unsigned int i;

	assert_in_range(n, 1, CHUNKS);
	memcpy(sorted, chunk, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), by_address);
	for (i = 0; i + 1 < n; i++)
		assert_true(sorted[i]->data + sorted[i]->size <= sorted[i + 1]->data);
}

/* No chunk lies over another one or over a descriptor, and each keeps its bytes. */
static void
chunks_do_not_overlap(void **state)
{
	static struct lbuf_chunk *chunk[CHUNKS];
	uint64_t seed = 1, size[RTE_DIM(chunk)];
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < RTE_DIM(chunk); i++) {
			if (chunk[i] != NULL)
				continue;
			size[i] = 1 + unit_rand(&seed) % (UINT64_C(1) << unit_rand(&seed) % 17);
			chunk[i] = lbuf_chunk_alloc(unit.pool, size[i]);
			assert_non_null(chunk[i]);
			/* All of it is ours, not only what was asked for. */
			unit_fill(chunk[i]->data, i * 100, chunk[i]->size);
		}
		assert_apart(chunk, RTE_DIM(chunk));
		for (i = 0; i < RTE_DIM(chunk); i++) {
			assert_same(chunk[i]->data, i * 100, chunk[i]->size);
			if (unit_rand(&seed) % 2 == 0 || round == 3) {
				lbuf_chunk_put(chunk[i]);
				chunk[i] = NULL;
			}
		}
	}
}

static void
bulk(void **state)
{
	static const size_t size[] = { 100, 1024, 70000, LBUF_MIDDLE_MAX + 1 };
	static const unsigned int count[] = { 700, 1500, 33, 3 };
	static struct lbuf_chunk *chunk[1500];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < RTE_DIM(size); i++) {
		assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, size[i], chunk, count[i]), 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), count[i]);
		for (j = 0; j < count[i]; j++) {
			assert_true(chunk[j]->size >= size[i]);
			unit_fill(chunk[j]->data, j * 1000, size[i]);
		}
		for (j = 0; j < count[i]; j++)
			assert_same(chunk[j]->data, j * 1000, size[i]);
		lbuf_chunk_put_bulk(chunk, count[i]);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

/* Use a cache in bulk until it has grown to what it may hold, and the depot has as much. */
static void
grow_cache(size_t size)
{
	struct lbuf_chunk *chunk[2 * CACHE_BULK_MAX];
	unsigned int i;

	for (i = 0; i < 100; i++) {
		assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, size, chunk, RTE_DIM(chunk)), 0);
		lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
	}
}

/* Use a class of the middle tier; where the stack of its cache begins, in pointers. */
static uint64_t
open_class(uint32_t index)
{
	size_t size = lbuf_class_size(index);
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, size);
	const struct lcore_caches *lc = lbuf_self.caches;

	assert_non_null(chunk);
	assert_int_equal(chunk->tier, LBUF_TIER_MIDDLE);
	lbuf_chunk_put(chunk);
	return lc->pub.obj[lc->base + lbuf_cache_index(unit.pool, size)];
}

/*
 * Use one class after the other until the stack of one lies right behind that of the one
 * before: some lie further off. Returns the index of that one before.
 */
static uint32_t
open_neighbours(uint32_t index)
{
	uint64_t before, stack = open_class(index);

	do {
		before = stack;
		stack = open_class(++index);
	} while (stack - before >= 2 * CACHE_BULK_MAX);
	return index - 1;
}

/* A bulk that finds a part of it in the cache: what is added stays in the cache's stack. */
static void
bulk_fills_its_cache_alone(void **state)
{
	static const unsigned int held[] = { 40, CACHE_BULK_MAX - 1 };
	struct lbuf_chunk *chunk[2 * CACHE_BULK_MAX];
	unsigned int index, i, k, n;
	size_t first, second;

	(void)state;
	/* Of these sizes and up a cache never holds more than a bulk. */
	index = open_neighbours(lbuf_class_index(512 << 10));
	first = lbuf_class_size(index);
	second = lbuf_class_size(index + 1);
	grow_cache(first);
	for (i = 0; i < RTE_DIM(held); i++) {
		lbuf_pool_flush(unit.pool);
		assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, first, chunk, CACHE_BULK_MAX), 0);
		n = CACHE_BULK_MAX - held[i];
		lbuf_chunk_put_bulk(&chunk[n], held[i]);
		assert_int_equal(unit_stats_of(unit.pool, LBUF_TIER_NUM, first).cached, held[i]);
		assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, first, &chunk[n], CACHE_BULK_MAX),
				0);
		n += CACHE_BULK_MAX;
		for (k = 0; k < n; k++)
			assert_int_equal(chunk[k]->size, first);
		for (; k < RTE_DIM(chunk); k++) {
			chunk[k] = lbuf_chunk_alloc(unit.pool, second);
			assert_non_null(chunk[k]);
			assert_int_equal(chunk[k]->size, second);
		}
		assert_apart(chunk, k);
		lbuf_chunk_put_bulk(chunk, k);
	}
}

/* Of other pools, sizes and tiers, with references left, with none. */
static void
bulk_of_all_sorts(void **state)
{
	static const size_t size[] = { 100, 100, 1024, 70000, 100, LBUF_MIDDLE_MAX + 1, 1024 };
	struct lbuf_pool *pool[3];
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_NO_CACHE };
	struct lbuf_chunk *chunk[60];
	unsigned int i, odd, round;

	(void)state;
	pool[0] = unit.pool;
	pool[1] = lbuf_pool_create("second", NULL);
	pool[2] = lbuf_pool_create("third", &params);
	assert_true(pool[1] != NULL && pool[2] != NULL);
	for (round = 0; round < 300; round++) {
		/* All alike but for one, at any place; then any. */
		odd = round < RTE_DIM(chunk) ? round : RTE_DIM(chunk);
		for (i = 0; i < RTE_DIM(chunk); i++) {
			unsigned int k = round >= 200 ? round * 7 + i * (round % 5 + 1) : i == odd;

			chunk[i] = lbuf_chunk_alloc(pool[k % 3], size[k * 2 % RTE_DIM(size)]);
			assert_non_null(chunk[i]);
			chunk[i]->data[0] = (uint8_t)i;
		}
		if (odd < RTE_DIM(chunk))
			lbuf_chunk_get(chunk[odd]);
		if (round >= 200) {
			lbuf_chunk_get(chunk[round % 60]);
			lbuf_mem_share(&chunk[round % 60]->mem);
			odd = round % 60;
		}
		lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
		assert_int_equal(lbuf_pool_chunks_out(pool[0]) + lbuf_pool_chunks_out(pool[1]) +
						lbuf_pool_chunks_out(pool[2]),
				odd < RTE_DIM(chunk) ? 1 : 0);
		if (odd < RTE_DIM(chunk)) {
			assert_int_equal(chunk[odd]->mem.refcnt, 1);
			assert_int_equal(chunk[odd]->data[0], odd);
			lbuf_chunk_put(chunk[odd]);
		}
	}
	/* The same chunk more than once. */
	chunk[0] = lbuf_chunk_alloc(unit.pool, 100);
	assert_non_null(chunk[0]);
	lbuf_chunk_get(chunk[0]);
	lbuf_chunk_get(chunk[0]);
	chunk[1] = chunk[0];
	chunk[2] = chunk[0];
	lbuf_chunk_put_bulk(chunk, 3);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(lbuf_pool_free(pool[1]), 0);
	assert_int_equal(lbuf_pool_free(pool[2]), 0);
}

/* The injected failure, and bulk's all or nothing. */
static void
inject(void **state)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_NO_CACHE };
	struct lbuf_pool *pool = lbuf_pool_create("inject", &params);
	struct lbuf_chunk *chunk[8];

	(void)state;
	assert_non_null(pool);
	lbuf_pool_inject(pool, 2);
	chunk[0] = lbuf_chunk_alloc(pool, 2000);
	assert_non_null(chunk[0]);
	assert_null_errno(lbuf_chunk_alloc(pool, 2000), ENOMEM);
	chunk[1] = lbuf_chunk_alloc(pool, 2000);
	assert_non_null(chunk[1]);
	lbuf_chunk_put_bulk(chunk, 2);
	lbuf_pool_inject(pool, 5);
	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 100, chunk, RTE_DIM(chunk)), -ENOMEM);
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
	lbuf_pool_inject(pool, 1);
	lbuf_pool_inject(pool, 0);
	assert_int_equal(lbuf_chunk_alloc_bulk(pool, 100, chunk, RTE_DIM(chunk)), 0);
	lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
iova(void **state)
{
	static const size_t size[] = { 100, 1280, 5000, 300000, LBUF_MIDDLE_MAX,
		LBUF_MIDDLE_MAX + 1 };
	struct lbuf_chunk *chunk;
	size_t off, len;
	rte_iova_t at;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(size); i++) {
		chunk = lbuf_chunk_alloc(unit.pool, size[i]);
		assert_non_null(chunk);
		memset(chunk->data, 0, size[i]);
		len = 1;
		if (chunk->tier == LBUF_TIER_LARGE &&
				lbuf_chunk_iova(chunk, chunk->data, &len) == RTE_BAD_IOVA) {
			lbuf_chunk_put(chunk);
			continue;
		}
		for (off = 0; off < size[i]; off += len) {
			len = size[i] - off;
			at = lbuf_chunk_iova(chunk, chunk->data + off, &len);
			assert_in_range(len, 1, size[i] - off);
			if (rte_eal_iova_mode() == RTE_IOVA_VA)
				assert_int_equal(len, size[i] - off);
			assert_int_equal(at, rte_mem_virt2iova(chunk->data + off));
			assert_int_equal(at + len - 1,
					rte_mem_virt2iova(chunk->data + off + len - 1));
		}
		assert_int_equal(off, size[i]);
		lbuf_chunk_put(chunk);
	}
}

/* Whether any page of a range is there. */
static bool
is_there(const uint8_t *mem, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), off;
	unsigned char in_core;

	for (off = 0; off < n; off += page)
		if (mincore((void *)(uintptr_t)(mem + off), page, &in_core) == 0 &&
				(in_core & 1) != 0)
			return true;
	return false;
}

/* Large memory is the system's again, at the latest when the pool is trimmed. */
static void
large_goes_back(void **state)
{
	struct lbuf_pool_stats stats;
	struct lbuf_chunk *chunk;
	size_t size = (size_t)24 << 20;
	const uint8_t *mem;
	struct lbuf b;

	(void)state;
	chunk = lbuf_chunk_alloc(unit.pool, size);
	assert_non_null(chunk);
	mem = chunk->data;
	assert_true(is_there(mem, size));
	lbuf_chunk_put(chunk);
	lbuf_pool_trim(unit.pool);
	assert_false(is_there(mem, size));

	/* The same for what a linked buffer has read, after its release. */
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, size);
	mem = lbuf_next(&b, size);
	assert_non_null(mem);
	assert_true(is_there(mem, size));
	assert_int_equal(lbuf_release(&b), 0);
	lbuf_pool_trim(unit.pool);
	assert_false(is_there(mem, size));
	lbuf_close(&b);
	stats = unit_stats_of(unit.pool, LBUF_TIER_LARGE, 0);
	assert_int_equal(stats.bytes, 0);
	assert_int_equal(stats.chunks, 0);
	assert_int_equal(stats.grows, stats.shrinks);
	assert_in_range(stats.high_water, size, 2 * size);
}

/* Without leave to use base pages, a large chunk has hugepages or is refused. */
static void
large_on_hugepages_alone(void **state)
{
	struct lbuf_pool *pool = lbuf_pool_create("large", NULL);
	struct lbuf_chunk *chunk;
	struct lbuf_pool_stats stats;

	(void)state;
	assert_non_null(pool);
	rte_errno = 0;
	chunk = lbuf_chunk_alloc(pool, LBUF_MIDDLE_MAX + 1);
	if (chunk == NULL)
		assert_int_equal(rte_errno, ENOMEM);
	else
		memset(chunk->data, 1, chunk->size); /* no SIGBUS */
	lbuf_chunk_put(chunk);
	assert_null_errno(lbuf_chunk_alloc(pool, (size_t)1 << 42), ENOMEM);
	stats = unit_stats_of(pool, LBUF_TIER_LARGE, 0);
	assert_int_equal(stats.out, 0);
	assert_int_equal(stats.failures, chunk == NULL ? 2 : 1);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(tier_boundaries),
	UNIT_TEST(tier_boundaries_set),
	UNIT_TEST(size_and_alignment),
	UNIT_TEST(bad_arguments),
	UNIT_TEST(references),
	UNIT_TEST(references_shared),
	UNIT_TEST(the_warmest_first),
	UNIT_TEST(socket),
	UNIT_TEST(chunks_do_not_overlap),
	UNIT_TEST(bulk),
	UNIT_TEST(bulk_of_all_sorts),
	UNIT_TEST_NO_BACKGROUND(bulk_fills_its_cache_alone),
	UNIT_TEST(inject),
	UNIT_TEST(iova),
	UNIT_TEST(large_on_hugepages_alone),
	UNIT_TEST(large_goes_back),
};

UNIT_MAIN(tests)
