/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Several sockets. Where the machine has but one, external heaps stand for further
 * ones: to a pool they are sockets like any other.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <numaif.h>

#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include <lbuf_share.h>

#include "unit.h"

#define HEAPS 2
#define HEAP_BYTES ((size_t)48 << 20)
#define PAGE 4096
/* What a cache holds at most where caches do not grow. */
#define CACHED 64
/* The heaps and, last, the socket of the machine. */
#define HOMES (HEAPS + 1)

static struct {
	char name[16];
	void *addr;
	int socket;
} heap[HEAPS];

/* Where the calling lcore pretends to be; SOCKET_ID_ANY: where it is. */
static int home = SOCKET_ID_ANY;

/* The node that has no memory, as the kernel is made to say; SOCKET_ID_ANY: none. */
static int poor = SOCKET_ID_ANY;

long
__real_get_mempolicy(int *mode, unsigned long *nodes, unsigned long max, void *addr,
		unsigned int flags);
long
__wrap_get_mempolicy(int *mode, unsigned long *nodes, unsigned long max, void *addr,
		unsigned int flags);
unsigned int
__real_rte_lcore_to_socket_id(unsigned int lcore);
unsigned int
__wrap_rte_lcore_to_socket_id(unsigned int lcore);
unsigned int
__real_rte_socket_id(void);
unsigned int
__wrap_rte_socket_id(void);

long
__wrap_get_mempolicy(int *mode, unsigned long *nodes, unsigned long max, void *addr,
		unsigned int flags)
{
	long ret = __real_get_mempolicy(mode, nodes, max, addr, flags);

	if (ret == 0 && poor != SOCKET_ID_ANY && (flags & MPOL_F_MEMS_ALLOWED) != 0) {
		nodes[0] &= ~(1UL << poor);
		poor = SOCKET_ID_ANY;
	}
	return ret;
}

unsigned int
__wrap_rte_lcore_to_socket_id(unsigned int lcore)
{
	return home == SOCKET_ID_ANY ? __real_rte_lcore_to_socket_id(lcore) : (unsigned int)home;
}

unsigned int
__wrap_rte_socket_id(void)
{
	return home == SOCKET_ID_ANY ? __real_rte_socket_id() : (unsigned int)home;
}

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
		/* It fails where memory is still in use. */
		assert_int_equal(rte_malloc_heap_memory_remove(heap[i].name, heap[i].addr,
						 HEAP_BYTES),
				0);
		assert_int_equal(rte_malloc_heap_destroy(heap[i].name), 0);
		munmap(heap[i].addr, HEAP_BYTES);
	}
}

static int
home_socket(unsigned int i)
{
	return i < HEAPS ? heap[i].socket : rte_socket_id_by_idx(0);
}

static struct lbuf_pool *
pool_on_heaps(enum lbuf_policy policy)
{
	struct lbuf_pool_params params = {
		.policy = policy,
		.nb_sockets = HOMES,
		.sockets = { home_socket(0), home_socket(1), home_socket(2) },
		.cache_bytes = 1, /* up to CACHED chunks */
		.flags = LBUF_POOL_F_NO_BACKGROUND,
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

static struct lbuf_pool_stats
stats_of(const struct lbuf_pool *pool, int socket, size_t size)
{
	struct lbuf_pool_stats stats;

	assert_int_equal(lbuf_pool_stats_get(pool, LBUF_TIER_NUM, socket, size, &stats), 0);
	return stats;
}

static uint64_t
fallbacks(const struct lbuf_pool *pool, int socket)
{
	return stats_of(pool, socket, 0).fallbacks;
}

static void
on_the_socket_asked_for(void **state)
{
	static const size_t size[] = { 100, 2000, 70000, 1 << 20 };
	struct lbuf_pool *pool;
	struct lbuf_chunk *chunk;
	unsigned int i, k;
	uint8_t *data;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_STRICT);
	for (i = 0; i < HEAPS; i++)
		for (k = 0; k < RTE_DIM(size); k++) {
			chunk = lbuf_chunk_alloc_socket(pool, size[k], heap[i].socket);
			assert_non_null(chunk);
			assert_true(on_heap(chunk, i));
			/* It comes back to where it was, and is found there again. */
			data = chunk->data;
			lbuf_chunk_put(chunk);
			chunk = lbuf_chunk_alloc_socket(pool, size[k], heap[i].socket);
			assert_non_null(chunk);
			assert_ptr_equal(chunk->data, data);
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

/* A share falls back to the same share of another socket, within that one's limit. */
static void
share_falls_back(void **state)
{
	static struct lbuf_chunk *chunk[1000];
	struct lbuf_share_stats st;
	struct lbuf_pool *pool;
	unsigned int n = 0, i;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_PREFER);
	for (i = 0; i < HOMES; i++)
		assert_int_equal(lbuf_pool_share_set(pool, home_socket(i), LBUF_LIMIT_MIN), 0);
	while (n < RTE_DIM(chunk) &&
			(chunk[n] = lbuf_chunk_alloc_share(pool, 64 << 10, heap[0].socket,
					 LBUF_SHARE_RX)) != NULL)
		n++;
	assert_int_equal(rte_errno, ENOBUFS);
	for (i = 0; i < HOMES; i++) {
		assert_int_equal(lbuf_pool_share_get(pool, home_socket(i), LBUF_SHARE_RX, &st), 0);
		assert_in_range(st.sum.out, 1, LBUF_LIMIT_MIN / (64 << 10));
		assert_in_range(st.used_bytes, 1, LBUF_LIMIT_MIN);
		assert_int_equal(lbuf_pool_share_get(pool, home_socket(i), LBUF_SHARE_REST, &st),
				0);
		assert_int_equal(st.used_bytes, 0);
	}
	assert_in_range(fallbacks(pool, heap[0].socket), 1, n);
	assert_true(on_heap(chunk[0], 0));
	/* The rest is not concerned. */
	chunk[n] = lbuf_chunk_alloc_socket(pool, 64 << 10, heap[0].socket);
	assert_non_null(chunk[n]);
	assert_true(on_heap(chunk[n], 0));
	lbuf_chunk_put_bulk(chunk, n + 1);
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
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

/*
 * Have the calling lcore be on another socket, as if an earlier process had had it
 * elsewhere: seen when the lcore comes back to a pool from another one.
 */
static void
move_home(unsigned int i)
{
	home = home_socket(i);
	lbuf_chunk_put(lbuf_chunk_alloc(unit.pool, 100));
}

/*
 * Use more chunks than a cache holds, of the socket where the lcore is, and give them
 * back where it goes next; how many.
 */
static unsigned int
use_many(struct lbuf_pool *pool, size_t size, unsigned int here, unsigned int next)
{
	static struct lbuf_chunk *chunk[3 * CACHED];
	struct lbuf_pool_stats stats;
	unsigned int i;

	move_home(here);
	for (i = 0; i < RTE_DIM(chunk); i++) {
		chunk[i] = lbuf_chunk_alloc(pool, size);
		assert_non_null(chunk[i]);
		assert_int_equal(chunk[i]->socket, home);
		assert_in_range(chunk[i]->size, size, size + size / 4);
		unit_fill(chunk[i]->data, i * 1000, chunk[i]->size);
	}
	assert_int_equal(stats_of(pool, home, 0).out, RTE_DIM(chunk));
	move_home(next);
	for (i = 0; i < RTE_DIM(chunk); i++) {
		assert_same(chunk[i]->data, i * 1000, chunk[i]->size);
		lbuf_chunk_put(chunk[i]);
	}
	stats = stats_of(pool, home_socket(here), chunk[0]->size);
	assert_int_equal(stats.out, 0);
	assert_in_range(stats.cached, 1, CACHED);
	move_home(here);
	return i;
}

/* Use classes whose stacks are short: if one lay in a wrong place it would meet another. */
static void
use_few(struct lbuf_pool *pool, unsigned int i)
{
	static const size_t size[] = { 512 << 10, 640 << 10, 768 << 10 };
	struct lbuf_chunk *chunk[3];
	unsigned int k, j;

	for (k = 0; k < RTE_DIM(size); k++) {
		for (j = 0; j < RTE_DIM(chunk); j++) {
			chunk[j] = lbuf_chunk_alloc_socket(pool, size[k], home_socket(i));
			assert_non_null(chunk[j]);
			assert_int_equal(chunk[j]->socket, home_socket(i));
			assert_int_equal(chunk[j]->size, size[k]);
		}
		lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
	}
}

/* What was given back last on a socket is the next there, wherever the lcore is. */
static void
check_cached(struct lbuf_pool *pool, struct lbuf_chunk *const *warmest)
{
	struct lbuf_chunk *chunk;
	unsigned int i;

	for (i = 0; i < HOMES; i++) {
		if (warmest[i] == NULL)
			continue;
		chunk = lbuf_chunk_alloc_socket(pool, warmest[i]->size, home_socket(i));
		assert_ptr_equal(chunk, warmest[i]);
		lbuf_chunk_put(chunk);
		use_few(pool, i);
	}
}

/* An lcore's caches follow it, with all that is in them. */
static void
lcore_on_another_socket(void **state)
{
	static const unsigned int way[] = { 2, 1, 0, 2, 0, 1, 2 };
	struct lbuf_chunk *chunk, *warmest[HOMES] = { NULL };
	struct lbuf_pool *pool;
	uint64_t n = 0;
	unsigned int i;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	pool = pool_on_heaps(LBUF_POLICY_STRICT);
	for (i = 0; i < RTE_DIM(way); i++) {
		/* A stack that is new and filled, behind short ones of the last place. */
		n += use_many(pool, (size_t)300 << i, way[i], 2);
		check_cached(pool, warmest);
		n += use_many(pool, 2048, way[i], way[(i + 1) % RTE_DIM(way)]);
		chunk = lbuf_chunk_alloc(pool, 2048);
		assert_non_null(chunk);
		assert_int_equal(chunk->socket, home);
		warmest[way[i]] = chunk;
		lbuf_chunk_put(chunk);
		use_few(pool, way[i]);
	}
	check_cached(pool, warmest);
	assert_in_range(stats_of(pool, SOCKET_ID_ANY, 0).allocs, n, 2 * n);
	assert_in_range(stats_of(pool, SOCKET_ID_ANY, 2048).cached, HOMES, HOMES * CACHED);
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
	lbuf_pool_flush(pool);
	assert_int_equal(stats_of(pool, SOCKET_ID_ANY, 0).cached, 0);
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
	home = SOCKET_ID_ANY;
	close_heaps();
}

/*
 * The machine's node has no memory that the process may use: lcores on it are at home on the
 * nearest socket that has, which is no fallback, and is the same with either policy.
 */
static void
lcore_without_memory(void **state)
{
	static const size_t size[] = { 100, 2000, 1 << 20 };
	static const enum lbuf_policy policy[] = { LBUF_POLICY_PREFER, LBUF_POLICY_STRICT };
	struct lbuf_chunk *chunk;
	struct lbuf_pool *pool;
	unsigned int i, k, n;

	(void)state;
	assert_int_equal(open_heaps(), 0);
	/* The lcore's structure stays when a pool goes, so it is not to be in a heap. */
	pool = pool_on_heaps(LBUF_POLICY_STRICT);
	lbuf_chunk_put(lbuf_chunk_alloc(pool, 100));
	assert_int_equal(lbuf_pool_free(pool), 0);
	for (k = 0; k < RTE_DIM(policy); k++) {
		poor = home_socket(HEAPS);
		pool = pool_on_heaps(policy[k]);
		if (poor != SOCKET_ID_ANY) {
			poor = SOCKET_ID_ANY;
			assert_int_equal(lbuf_pool_free(pool), 0);
			close_heaps();
			skip(); /* no NUMA in the kernel, or the library is shared */
		}
		for (i = 0; i < RTE_DIM(size); i++) {
			for (n = 0; n < 3; n++) {
				chunk = lbuf_chunk_alloc(pool, size[i]);
				assert_non_null(chunk);
				assert_true(on_heap(chunk, 0));
				lbuf_chunk_put(chunk);
			}
			assert_in_range(stats_of(pool, heap[0].socket, chunk->size).cached, 1,
					CACHED);
		}
		assert_int_equal(fallbacks(pool, SOCKET_ID_ANY), 0);
		assert_int_equal(stats_of(pool, SOCKET_ID_ANY, 0).failures, 0);
		/* Others are served as ever, and so is the socket if it is asked for. */
		chunk = lbuf_chunk_alloc_socket(pool, 2000, heap[1].socket);
		assert_non_null(chunk);
		assert_true(on_heap(chunk, 1));
		lbuf_chunk_put(chunk);
		chunk = lbuf_chunk_alloc_socket(pool, 2000, home_socket(HEAPS));
		assert_non_null(chunk);
		assert_int_equal(chunk->socket, home_socket(HEAPS));
		lbuf_chunk_put(chunk);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
	close_heaps();
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(on_the_socket_asked_for),
	UNIT_TEST(strict_fails),
	UNIT_TEST(prefer_falls_back_and_counts),
	UNIT_TEST(share_falls_back),
	UNIT_TEST(limit_of_each),
	UNIT_TEST(lcore_on_another_socket),
	UNIT_TEST(lcore_without_memory),
};

UNIT_MAIN(tests)
