/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Hugepages that a control group refuses, while the system has plenty: an error with
 * each request, never a SIGBUS, nothing lost, and all as before once the limit is up.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <lbuf_wait.h>

#include "cgroup.h"
#include "unit.h"

#define MIB ((size_t)1 << 20)
#define PAGE (2 * MIB)
#define CHUNKS_MAX (1 << 16)
/* Of the large tier, and what it takes of hugepages. */
#define LARGE (10 * MIB)
#define BUSY_MS 300
/* Requests that fail, and the time for them: if each asked EAL it would be 600 ms. */
#define REFUSALS 10000
#define REFUSALS_MS 200

static struct lbuf_chunk *chunks[CHUNKS_MAX];

static int
setup(void **state)
{
	const char *why;

	if (unit_setup(state) != 0)
		return -1;
	if (!unit.huge)
		return 0;
	why = cgroup_enter();
	if (why == NULL)
		return 0;
	print_message("no limits of a control group: %s\n", why);
	cgroup_leave();
	unit.huge = false;
	return 0;
}

static int
teardown(void **state)
{
	if (unit.huge)
		cgroup_leave();
	return unit_teardown(state);
}

static struct lbuf_pool *
pool_new(uint32_t flags)
{
	struct lbuf_pool_params params = { .flags = flags };
	struct lbuf_pool *pool;

	if (!unit.huge)
		skip(); /* nothing that a group could limit */
	pool = lbuf_pool_create("cgroup", &params);
	assert_non_null(pool);
	return pool;
}

/* And wait until a pool that found no memory asks EAL again. */
static void
limit(enum cgroup_limit which, size_t bytes)
{
	assert_int_equal(cgroup_set(which, bytes), 0);
	rte_delay_ms(2);
}

/* Allocate until it is refused, write all over what there was; returns how many. */
static unsigned int
exhaust(struct lbuf_pool *pool, size_t size, unsigned int n)
{
	rte_errno = 0;
	while (n < CHUNKS_MAX && (chunks[n] = lbuf_chunk_alloc(pool, size)) != NULL) {
		memset(chunks[n]->data, (int)n, chunks[n]->size);
		n++;
	}
	assert_in_range(n, 0, CHUNKS_MAX - 1);
	assert_int_equal(rte_errno, ENOMEM);
	return n;
}

static void
put_all(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		assert_int_equal(chunks[i]->data[0], i & 0xff);
		assert_int_equal(chunks[i]->data[chunks[i]->size - 1], i & 0xff);
	}
	lbuf_chunk_put_bulk(chunks, n);
}

/* Call a function for each kind of limit, with a pool of its own. */
static void
for_each_limit(void (*func)(struct lbuf_pool *pool, enum cgroup_limit which))
{
	enum cgroup_limit which;
	struct lbuf_pool *pool;

	for (which = 0; which < CGROUP_LIMITS; which++) {
		pool = pool_new(LBUF_POOL_F_NO_BACKGROUND);
		func(pool, which);
		limit(which, SIZE_MAX);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
}

static void
large_at(struct lbuf_pool *pool, enum cgroup_limit which)
{
	unsigned int n;

	/* In the midst of the third one; a page for EAL's heap. */
	limit(which, 2 * LARGE + 3 * PAGE);
	n = exhaust(pool, LARGE, 0);
	assert_int_equal(n, 2);
	put_all(n);
	/* They are kept, and come again. */
	n = exhaust(pool, LARGE, 0);
	assert_int_equal(n, 2);
	put_all(n);
	/* Of another size: what is kept goes, for it is in the way. */
	n = exhaust(pool, 2 * LARGE, 0);
	assert_int_equal(n, 1);
	limit(which, 6 * LARGE);
	n = exhaust(pool, LARGE, n);
	assert_in_range(n, 4, 5);
	put_all(n);
}

static void
large_chunks(void **state)
{
	(void)state;
	for_each_limit(large_at);
}

static void
middle_chunks(void **state)
{
	static const size_t size[] = { LBUF_MIDDLE_MAX, MIB, 70000, 2048 };
	enum cgroup_limit which;
	struct lbuf_pool *pool;
	unsigned int i, n, more;

	(void)state;
	for (i = 0; i < CGROUP_LIMITS * RTE_DIM(size); i++) {
		which = i % CGROUP_LIMITS;
		pool = pool_new(LBUF_POOL_F_NO_BACKGROUND);
		limit(which, 12 * PAGE);
		n = exhaust(pool, size[i / CGROUP_LIMITS], 0);
		assert_in_range(n, 1, 40 * MIB / size[i / CGROUP_LIMITS]);
		put_all(n);
		assert_int_equal(exhaust(pool, size[i / CGROUP_LIMITS], 0), n);
		limit(which, 24 * PAGE);
		more = exhaust(pool, size[i / CGROUP_LIMITS], n);
		assert_true(more > n);
		put_all(more);
		limit(which, SIZE_MAX);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
}

/* An lcore that finds no memory does not spend its time on looking for some. */
static void
refused_soon(void **state)
{
	struct lbuf_pool *pool = pool_new(LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n, i;
	uint64_t start;

	(void)state;
	limit(CGROUP_FAULT, 12 * PAGE);
	n = exhaust(pool, 2048, 0);
	start = rte_get_tsc_cycles();
	for (i = 0; i < REFUSALS; i++)
		assert_null_errno(lbuf_chunk_alloc(pool, 2048), ENOMEM);
	assert_true((rte_get_tsc_cycles() - start) * 1000 / rte_get_tsc_hz() < REFUSALS_MS);
	put_all(n);
	limit(CGROUP_FAULT, SIZE_MAX);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
tiers_at(struct lbuf_pool *pool, enum cgroup_limit which)
{
	unsigned int n;

	limit(which, 3 * LARGE);
	n = exhaust(pool, MIB, 0);
	put_all(n);
	lbuf_pool_flush(pool);
	n = exhaust(pool, LARGE, 0);
	assert_in_range(n, 2, 3);
	put_all(n);
	n = exhaust(pool, MIB, 0);
	assert_true(n >= LARGE / MIB);
	put_all(n);
}

/* What idles in one tier makes room for another. */
static void
tiers_make_room(void **state)
{
	(void)state;
	for_each_limit(tiers_at);
}

static void
no_page_at(struct lbuf_pool *pool, enum cgroup_limit which)
{
	unsigned int n;

	limit(which, 0);
	assert_null_errno(lbuf_chunk_alloc(pool, LARGE), ENOMEM);
	n = exhaust(pool, 100000, 0);
	n = exhaust(pool, 1000, n);
	assert_null_errno(lbuf_chunk_alloc(pool, LARGE), ENOMEM);
	put_all(n);
	limit(which, SIZE_MAX);
	chunks[0] = lbuf_chunk_alloc(pool, LARGE);
	assert_non_null(chunks[0]);
	lbuf_chunk_put(chunks[0]);
}

/* Nothing more than the pages that the EAL has already. */
static void
no_page_at_all(void **state)
{
	(void)state;
	for_each_limit(no_page_at);
}

/* Base pages stand in, where that is allowed. */
static void
base_pages_stand_in(void **state)
{
	struct lbuf_pool *pool = pool_new(LBUF_POOL_F_NO_BACKGROUND | LBUF_POOL_F_BASE_PAGES);
	enum cgroup_limit which;
	unsigned int i;

	(void)state;
	for (which = 0; which < CGROUP_LIMITS; which++) {
		limit(which, LARGE + 2 * PAGE);
		for (i = 0; i < 4; i++) {
			chunks[i] = lbuf_chunk_alloc(pool, LARGE);
			assert_non_null(chunks[i]);
			memset(chunks[i]->data, (int)i, chunks[i]->size);
		}
		put_all(i);
		lbuf_pool_trim(pool);
		limit(which, SIZE_MAX);
	}
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* A linked buffer that finds no memory is as it was. */
static void
linked_buffer(void **state)
{
	struct lbuf_pool *pool = pool_new(LBUF_POOL_F_NO_BACKGROUND);
	enum cgroup_limit which;
	static uint8_t mem[MIB];
	uint64_t len;
	struct lbuf b;
	int ret = 0;

	(void)state;
	unit_fill(mem, 0, sizeof(mem));
	for (which = 0; which < CGROUP_LIMITS; which++) {
		limit(which, 16 * PAGE);
		lbuf_init(&b, pool);
		while (lbuf_len(&b) < 64 * MIB) {
			ret = lbuf_write(&b, mem, sizeof(mem));
			if (ret != 0)
				break;
			assert_int_equal(lbuf_flush(&b), 0);
		}
		assert_int_equal(ret, -ENOMEM);
		len = lbuf_len(&b);
		assert_in_range(len, 8 * MIB, 40 * MIB);
		assert_int_equal(len % MIB, 0);
		/* As one piece it would need as much again. */
		assert_null_errno(lbuf_peek(&b, len), ENOMEM);
		for (; len > 0; len -= MIB) {
			assert_same(lbuf_peek(&b, 1000), 0, 1000);
			assert_int_equal(lbuf_skip(&b, MIB), 0);
		}
		lbuf_close(&b);
		lbuf_pool_trim(pool);
		limit(which, SIZE_MAX);
	}
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* What an lcore of lcores_at_once() works on. */
struct worker {
	struct lbuf_pool *pool;
	uint64_t end_tsc;
	unsigned int served;
	unsigned int refused;
};

/* Takes what it can get, of all sizes; refusals must be for want of memory. */
static int
greedy(void *arg)
{
	struct worker *w = arg;
	struct lbuf_chunk *held[64] = { NULL };
	uint64_t seed = rte_lcore_id(), r;
	unsigned int i, bad = 0;

	while (rte_get_tsc_cycles() < w->end_tsc) {
		r = unit_rand(&seed);
		i = (unsigned int)(r % RTE_DIM(held));
		lbuf_chunk_put(held[i]);
		held[i] = lbuf_chunk_alloc(w->pool, 1 + r / 64 % (UINT64_C(1) << r % 25));
		if (held[i] == NULL) {
			bad += rte_errno != ENOMEM;
			w->refused++;
			continue;
		}
		memset(held[i]->data, 1, held[i]->size);
		w->served++;
	}
	for (i = 0; i < RTE_DIM(held); i++)
		lbuf_chunk_put(held[i]);
	lbuf_pool_flush(w->pool);
	return bad == 0 ? 0 : -1;
}

/* With the control thread that adds memory ahead of demand. */
static void
lcores_at_once(void **state)
{
	static struct worker worker[RTE_MAX_LCORE];
	struct lbuf_pool *pool = pool_new(0);
	enum cgroup_limit which;
	unsigned int i, served, refused;

	(void)state;
	for (which = 0; which < CGROUP_LIMITS; which++) {
		limit(which, 16 * PAGE);
		for (i = 0; i < RTE_DIM(worker); i++)
			worker[i] = (struct worker){
				.pool = pool,
				.end_tsc = rte_get_tsc_cycles() + rte_get_tsc_hz() / 1000 * BUSY_MS,
			};
		assert_int_equal(unit_lcores(greedy, worker, sizeof(worker[0])), 0);
		for (i = 0, served = 0, refused = 0; i < RTE_DIM(worker); i++) {
			served += worker[i].served;
			refused += worker[i].refused;
		}
		assert_true(served > 0);
		assert_true(refused > 0);
		lbuf_pool_trim(pool);
		limit(which, SIZE_MAX);
	}
	assert_int_equal(lbuf_pool_chunks_out(pool), 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
got(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	(void)w;
	__atomic_store_n((struct lbuf_chunk **)arg, chunk, __ATOMIC_RELEASE);
}

/* Who waits for memory is served once the group may have more. */
static void
served_when_raised(void **state)
{
	struct lbuf_pool *pool = pool_new(0);
	struct lbuf_chunk *served;
	enum cgroup_limit which;
	struct lbuf_waiter w;
	unsigned int ms;

	(void)state;
	for (which = 0; which < CGROUP_LIMITS; which++) {
		limit(which, 0);
		served = NULL;
		assert_int_equal(lbuf_chunk_wait(pool, &w, LARGE, SOCKET_ID_ANY, got, &served), 0);
		assert_null(served);
		limit(which, SIZE_MAX);
		for (ms = 0; ms < 5000; ms++) {
			if (__atomic_load_n(&served, __ATOMIC_ACQUIRE) != NULL)
				break;
			rte_delay_ms(1);
		}
		assert_non_null(served);
		memset(served->data, 1, served->size);
		lbuf_chunk_put(served);
		lbuf_pool_trim(pool);
	}
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/*
 * While a child that was forked lives, writing needs no second page for what the two
 * would have in common, and devices go on reading the page that they know.
 */
static void
fork_divides_no_chunk(void **state)
{
	struct lbuf_pool *pool = pool_new(LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n;
	phys_addr_t at;
	int fd[2];
	pid_t pid;
	char byte;

	(void)state;
	limit(CGROUP_FAULT, LARGE + 3 * PAGE);
	n = exhaust(pool, LARGE, 0);
	assert_int_equal(n, 1);
	n = exhaust(pool, MIB, n);
	at = rte_mem_virt2phy(chunks[0]->data);
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd[1]);
		_exit(read(fd[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(fd[0]);
	assert_true(pid > 0);
	memset(chunks[0]->data, 0, LARGE);
	assert_int_equal(rte_mem_virt2phy(chunks[0]->data), at);
	close(fd[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	put_all(n);
	limit(CGROUP_FAULT, SIZE_MAX);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

#define CGROUP_TEST(func) \
	{ \
#func, func, setup, teardown, NULL \
	}

static const struct CMUnitTest tests[] = {
	CGROUP_TEST(large_chunks),
	CGROUP_TEST(middle_chunks),
	CGROUP_TEST(refused_soon),
	CGROUP_TEST(tiers_make_room),
	CGROUP_TEST(no_page_at_all),
	CGROUP_TEST(base_pages_stand_in),
	CGROUP_TEST(linked_buffer),
	CGROUP_TEST(lcores_at_once),
	CGROUP_TEST(served_when_raised),
	CGROUP_TEST(fork_divides_no_chunk),
};

UNIT_MAIN(tests)
