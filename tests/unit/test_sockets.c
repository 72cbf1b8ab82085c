/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Several sockets. Where the machine has but one, external heaps stand for further
 * ones: to a pool they are sockets like any other.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "unit.h"

#define HEAPS 2
#define HEAP_BYTES ((size_t)24 << 20)
#define PAGE 4096

static struct {
	char name[16];
	void *addr;
	int socket;
} heap[HEAPS];

static int
open_heaps(void)
{
	unsigned int i;

	for (i = 0; i < HEAPS; i++) {
		snprintf(heap[i].name, sizeof(heap[i].name), "heap%u", i);
		heap[i].addr = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (heap[i].addr == MAP_FAILED || rte_malloc_heap_create(heap[i].name) != 0 ||
				rte_malloc_heap_memory_add(heap[i].name, heap[i].addr, HEAP_BYTES,
						NULL, HEAP_BYTES / PAGE, PAGE) != 0)
			return -1;
		heap[i].socket = rte_malloc_heap_get_socket(heap[i].name);
	}
	return 0;
}

static void
close_heaps(void)
{
	unsigned int i;

	for (i = 0; i < HEAPS; i++) {
		rte_malloc_heap_memory_remove(heap[i].name, heap[i].addr, HEAP_BYTES);
		rte_malloc_heap_destroy(heap[i].name);
		munmap(heap[i].addr, HEAP_BYTES);
	}
}

/* The heaps and, last, the socket of the machine. */
static struct lbuf_pool *
pool_on_heaps(enum lbuf_policy policy)
{
	struct lbuf_pool_params params = {
		.policy = policy,
		.nb_sockets = HEAPS + 1,
		.sockets = { heap[0].socket, heap[1].socket, (int)rte_socket_id_by_idx(0) },
		.flags = LBUF_POOL_F_NO_TENDER,
	};
	struct lbuf_pool *pool = lbuf_pool_create("heaps", &params);

	assert_non_null(pool);
	return pool;
}

static bool
on_heap(const struct lbuf_chunk *chunk, unsigned int i)
{
	const uint8_t *start = heap[i].addr;

	return chunk->socket == heap[i].socket && chunk->data >= start &&
			chunk->data + chunk->size <= start + HEAP_BYTES;
}

static uint64_t
fallbacks(const struct lbuf_pool *pool, int socket)
{
	struct lbuf_pool_stats stats;

	assert_int_equal(lbuf_pool_stats_get(pool, LBUF_TIER_NUM, socket, 0, &stats), 0);
	return stats.fallbacks;
}

static void
on_the_socket_asked_for(void **state)
{
	static const size_t size[] = { 100, 2000, 70000, 1 << 20 };
	struct lbuf_pool *pool;
	struct lbuf_chunk *chunk;
	unsigned int i, k;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_STRICT);
	for (i = 0; i < HEAPS; i++)
		for (k = 0; k < RTE_DIM(size); k++) {
			chunk = lbuf_chunk_alloc_socket(pool, size[k], heap[i].socket);
			assert_non_null(chunk);
			assert_true(on_heap(chunk, i));
			/* It comes back to where it was, and is found there again. */
			lbuf_chunk_put(chunk);
			assert_ptr_equal(lbuf_chunk_alloc_socket(pool, size[k], heap[i].socket),
					chunk);
			lbuf_chunk_put(chunk);
		}
	/* The lcore's own is that of the machine. */
	chunk = lbuf_chunk_alloc(pool, 2000);
	assert_non_null(chunk);
	assert_int_equal(chunk->socket, rte_socket_id_by_idx(0));
	lbuf_chunk_put(chunk);
	assert_null_errno(lbuf_chunk_alloc_socket(pool, 100, 77), EINVAL);
	assert_int_equal(lbuf_pool_free(pool), 0);
	close_heaps();
}

/* Use a heap up; returns how many chunks there were. */
static unsigned int
use_up(struct lbuf_pool *pool, struct lbuf_chunk **chunk, unsigned int max, unsigned int i)
{
	unsigned int n = 0;

	while (n < max) {
		chunk[n] = lbuf_chunk_alloc_socket(pool, 64 << 10, heap[i].socket);
		if (chunk[n] == NULL || !on_heap(chunk[n], i))
			break;
		n++;
	}
	assert_in_range(n, HEAP_BYTES / (64 << 10) / 2, max - 1);
	return n;
}

static void
strict_fails(void **state)
{
	static struct lbuf_chunk *chunk[1000];
	struct lbuf_pool *pool;
	unsigned int n;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_STRICT);
	n = use_up(pool, chunk, RTE_DIM(chunk), 0);
	assert_null_errno(lbuf_chunk_alloc_socket(pool, 64 << 10, heap[0].socket), ENOMEM);
	assert_int_equal(fallbacks(pool, heap[0].socket), 0);
	lbuf_chunk_put_bulk(chunk, n);
	assert_int_equal(lbuf_pool_free(pool), 0);
	close_heaps();
}

static void
prefer_falls_back_and_counts(void **state)
{
	static struct lbuf_chunk *chunk[1000];
	struct lbuf_pool *pool;
	unsigned int n;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_PREFER);
	n = use_up(pool, chunk, RTE_DIM(chunk), 0);
	/* The one that did not fit came from the next. */
	assert_non_null(chunk[n]);
	assert_true(on_heap(chunk[n], 1));
	assert_int_equal(fallbacks(pool, heap[0].socket), 1);
	assert_int_equal(fallbacks(pool, heap[1].socket), 0);
	lbuf_chunk_put_bulk(chunk, n + 1);
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
	close_heaps();
}

/* One socket's limit is not the other's. */
static void
limit_of_each(void **state)
{
	struct lbuf_pool *pool;
	struct lbuf_chunk *chunk[100];
	unsigned int n = 0;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_STRICT);
	assert_int_equal(lbuf_pool_limit_set(pool, heap[0].socket, LBUF_LIMIT_MIN), 0);
	while (n < RTE_DIM(chunk) &&
			(chunk[n] = lbuf_chunk_alloc_socket(pool, 256 << 10, heap[0].socket)) !=
					NULL)
		n++;
	assert_int_equal(rte_errno, ENOBUFS);
	assert_in_range(n, 1, LBUF_LIMIT_MIN / (256 << 10));
	chunk[n] = lbuf_chunk_alloc_socket(pool, 256 << 10, heap[1].socket);
	assert_non_null(chunk[n]);
	lbuf_chunk_put_bulk(chunk, n + 1);
	assert_int_equal(lbuf_pool_free(pool), 0);
	close_heaps();
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(on_the_socket_asked_for),
	UNIT_TEST(strict_fails),
	UNIT_TEST(prefer_falls_back_and_counts),
	UNIT_TEST(limit_of_each),
};

UNIT_MAIN(tests)
