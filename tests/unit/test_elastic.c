/* SPDX-License-Identifier: BSD-3-Clause */

/* Pools grow with what is asked of them, and give back what idles. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_pause.h>

#include "unit.h"

#define MIB ((uint64_t)1 << 20)
#define CHUNKS_MAX (1 << 19)
/* What each of many rounds takes, bytes. */
#define ROUND_BYTES (448 * MIB)
#define ROUNDS 100
#define TRIMS 20
/* Steps in which demand rises, and the time that each lasts. */
#define STEPS 32
#define STEP_MS 25
/* Times that demand may outrun the control thread on a machine that is not idle. */
#define STALLS_MAX 4
/* Room that others need meanwhile, bytes. */
#define SPARE (96 * MIB)

static struct lbuf_chunk *chunks[CHUNKS_MAX];
static bool stop;

/* Free hugepages of the machine, bytes; 0: not known. */
static uint64_t
free_pages(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	unsigned long n = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu", &n) != 1)
		n = 0;
	fclose(f);
	return n * 2 * MIB;
}

/* Hugepages that this process has, bytes. */
static uint64_t
held_pages(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	unsigned long kb = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "HugetlbPages: %lu kB", &kb) == 1)
			break;
	fclose(f);
	return (uint64_t)kb << 10;
}

/* Sizes of all tiers, those of the middle one most often. */
static size_t
mixed_size(uint64_t *seed)
{
	uint64_t r = unit_rand(seed);

	if (r % 64 == 0)
		return 1 + r / 64 % (12 * MIB);
	return 1 + r / 64 % (UINT64_C(1) << (4 + r / 8192 % 14));
}

/* Take that many bytes of chunks; returns how many chunks. */
static unsigned int
take(struct lbuf_pool *pool, uint64_t bytes, uint64_t *seed)
{
	uint64_t had = 0;
	unsigned int n = 0;

	while (had < bytes && n < CHUNKS_MAX) {
		chunks[n] = lbuf_chunk_alloc(pool, mixed_size(seed));
		if (chunks[n] == NULL)
			break;
		chunks[n]->data[0] = (uint8_t)n;
		had += chunks[n++]->size;
	}
	return n;
}

/* Allocates and frees without pause, as a data lcore does. */
static int
busy(void *arg)
{
	static const size_t size[] = { 64, 256, 1514, 2048, 9000, 65536 };
	struct lbuf_chunk *held[64] = { NULL };
	uint64_t seed = rte_lcore_id();
	struct lbuf_pool *pool = arg;
	unsigned int i, failed = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < RTE_DIM(held); i++) {
			held[i] = lbuf_chunk_alloc(pool, size[unit_rand(&seed) % RTE_DIM(size)]);
			failed += held[i] == NULL;
		}
		for (i = 0; i < RTE_DIM(held); i++)
			lbuf_chunk_put(held[i]);
		rte_pause();
	}
	lbuf_pool_flush(pool);
	return (int)failed;
}

static unsigned int
start_busy(struct lbuf_pool *pool)
{
	unsigned int lcore, n = 0;

	stop = false;
	RTE_LCORE_FOREACH_WORKER(lcore) {
		assert_int_equal(rte_eal_remote_launch(busy, pool, lcore), 0);
		if (++n == 2)
			break;
	}
	return n;
}

static void
stop_busy(void)
{
	unsigned int lcore, failed = 0;

	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	RTE_LCORE_FOREACH_WORKER(lcore)
		failed += (unsigned int)rte_eal_wait_lcore(lcore);
	assert_int_equal(failed, 0);
}

static void
small_at_first(void **state)
{
	struct rte_malloc_socket_stats before, after;
	struct lbuf_pool *pool;

	(void)state;
	rte_malloc_get_socket_stats((int)rte_socket_id(), &before);
	pool = lbuf_pool_create("small", NULL);
	assert_non_null(pool);
	rte_malloc_get_socket_stats((int)rte_socket_id(), &after);
	assert_in_range(after.heap_allocsz_bytes - before.heap_allocsz_bytes, 0, 16 * MIB);
	assert_int_equal(unit_stats(pool).bytes, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* All that the machine has, in any mix, without having been sized for it. */
static void
grows_to_all_there_is(void **state)
{
	uint64_t before = held_pages(), room = free_pages(), want, seed = 1;
	struct lbuf_pool *pool;
	uint64_t took, back;
	unsigned int n;

	(void)state;
	if (!unit.huge || room < 4 * SPARE)
		skip();
	pool = lbuf_pool_create("grow", NULL);
	assert_non_null(pool);
	want = RTE_MIN(room - SPARE, 1024 * MIB);
	n = take(pool, want, &seed);
	took = held_pages() - before;
	printf("asked for %ju MiB, %u chunks, %ju MiB of pages\n", (uintmax_t)(want / MIB), n,
			(uintmax_t)(took / MIB));
	assert_in_range(unit_stats(pool).bytes, want * 9 / 10, UINT64_MAX);
	lbuf_chunk_put_bulk(chunks, n);
	lbuf_pool_flush(pool);
	assert_true(lbuf_pool_trim(pool) > 0);
	back = before + took - held_pages();
	printf("given back: %ju of %ju MiB\n", (uintmax_t)(back / MIB), (uintmax_t)(took / MIB));
	assert_in_range(back, took * 9 / 10, UINT64_MAX);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
sleep_ms(unsigned int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

/*
 * Trim until a pool has no more than it should; returns what it has. Lcores that
 * wait for a CPU meanwhile do not answer: hence a few times.
 */
static uint64_t
trimmed(struct lbuf_pool *pool, uint64_t before, uint64_t should)
{
	uint64_t has = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < TRIMS && has > should; i++) {
		if (i != 0)
			sleep_ms(5);
		lbuf_pool_trim(pool);
		has = unit.huge ? held_pages() - before : unit_stats(pool).bytes;
	}
	return has;
}

/* Grow, shrink, and grow again, while two lcores go on. */
static void
again_and_again(void **state)
{
	uint64_t room = unit.huge ? ROUND_BYTES : ROUND_BYTES / 2;
	uint64_t seed = 2, high, low, before = held_pages(), share, worst = 100;
	struct lbuf_pool *pool = lbuf_pool_create("again", NULL);
	struct lbuf_pool_stats stats;
	unsigned int i, n, short_of = 0;

	(void)state;
	assert_non_null(pool);
	assert_in_range(start_busy(pool), 1, 2);
	for (i = 0; i < ROUNDS; i++) {
		n = take(pool, room, &seed);
		stats = unit_stats(pool);
		short_of += stats.bytes < room * 9 / 10;
		high = unit.huge ? held_pages() - before : stats.bytes;
		lbuf_chunk_put_bulk(chunks, n);
		low = trimmed(pool, before, high / 10);
		share = (high - RTE_MIN(high, low)) * 100 / high;
		worst = RTE_MIN(worst, share);
	}
	stop_busy();
	assert_int_equal(short_of, 0);
	printf("given back in the worst of %u rounds: %ju %%\n", ROUNDS, (uintmax_t)worst);
	assert_in_range(worst, 90, 100);
	assert_int_equal(unit_stats(pool).out, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Nobody asks for it: idle memory goes back by itself, that of busy lcores, too. */
static void
idle_memory_goes_by_itself(void **state)
{
	struct lbuf_pool_params params = { .idle_ms = 400, .flags = LBUF_POOL_F_BASE_PAGES };
	struct lbuf_pool *pool = lbuf_pool_create("idle", &params);
	uint64_t full, left, seed = 3;
	unsigned int n, i;

	(void)state;
	assert_non_null(pool);
	assert_in_range(start_busy(pool), 1, 2);
	n = take(pool, 128 * MIB, &seed);
	full = unit_stats(pool).bytes;
	lbuf_chunk_put_bulk(chunks, n);
	/* This lcore is in the library now and then, but not in those classes. */
	for (i = 0; i < 100 && unit_stats(pool).bytes > full / 10; i++) {
		lbuf_chunk_put(lbuf_chunk_alloc(pool, 64));
		sleep_ms(50);
	}
	printf("%ju of %ju KiB are left after %u ms\n", (uintmax_t)(unit_stats(pool).bytes >> 10),
			(uintmax_t)(full >> 10), i * 50);
	left = unit_stats(pool).bytes;
	stop_busy();
	assert_in_range(left, 0, full / 10);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Demand that rises in steps is met ahead of it, by the control thread. */
static void
ahead_of_demand(void **state)
{
	uint64_t step = (unit.huge ? RTE_MIN(free_pages() / 2, 1024 * MIB) : 96 * MIB) / STEPS;
	struct lbuf_pool *pool = lbuf_pool_create("ahead", NULL);
	uint64_t *ns, t0, hz = rte_get_tsc_hz(), warm;
	unsigned int n = 0, i, k, per_step = (unsigned int)(step / 8192), from;

	(void)state;
	assert_non_null(pool);
	assert_true(per_step > 0);
	ns = calloc((size_t)STEPS * per_step + 1, sizeof(*ns));
	assert_non_null(ns);
	/* The first quarter is what the class is used to. */
	for (i = 0; i < STEPS / 4 * per_step; i++)
		assert_non_null(chunks[n++] = lbuf_chunk_alloc(pool, 8192));
	sleep_ms(4 * STEP_MS);
	warm = unit_stats(pool).stalls;
	from = n;
	for (k = STEPS / 4; k < STEPS; k++) {
		for (i = 0; i < per_step; i++, n++) {
			t0 = rte_rdtsc_precise();
			chunks[n] = lbuf_chunk_alloc(pool, 8192);
			ns[n - from] = (rte_rdtsc_precise() - t0) * UINT64_C(1000000000) / hz;
			assert_non_null(chunks[n]);
		}
		sleep_ms(STEP_MS);
	}
	qsort(ns, n - from, sizeof(*ns), by_value);
	i = n - from;
	printf("%ju MiB in steps of %ju: %ju stalls; ns: p50 %ju, p99 %ju, p99.9 %ju, max %ju\n",
			(uintmax_t)((uint64_t)n * 8192 / MIB), (uintmax_t)(step / MIB),
			(uintmax_t)(unit_stats(pool).stalls - warm), (uintmax_t)ns[i / 2],
			(uintmax_t)ns[i - i / 100], (uintmax_t)ns[i - i / 1000],
			(uintmax_t)ns[i - 1]);
	/* None, on a machine that has time for the control thread. */
	assert_in_range(unit_stats(pool).stalls - warm, 0, STALLS_MAX);
	free(ns);
	lbuf_chunk_put_bulk(chunks, n);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Freed mappings are kept for the next request, up to a bound. */
static void
large_are_kept(void **state)
{
	struct lbuf_pool_params params = {
		.large_bytes = 64 * MIB,
		.flags = LBUF_POOL_F_BASE_PAGES | LBUF_POOL_F_NO_BACKGROUND,
	};
	struct lbuf_pool *pool = lbuf_pool_create("kept", &params);
	struct lbuf_chunk *a, *b, *c;
	const uint8_t *data;

	(void)state;
	assert_non_null(pool);
	a = lbuf_chunk_alloc(pool, 20 * MIB);
	assert_non_null(a);
	data = a->data;
	lbuf_chunk_put(a);
	assert_int_equal(unit_stats(pool).bytes, 20 * MIB);
	assert_int_equal(unit_stats(pool).out, 0);
	/* Up to a quarter larger will do, more will not. */
	a = lbuf_chunk_alloc(pool, 16 * MIB);
	assert_non_null(a);
	assert_ptr_equal(a->data, data);
	lbuf_chunk_put(a);
	a = lbuf_chunk_alloc(pool, 14 * MIB);
	assert_non_null(a);
	assert_ptr_not_equal(a->data, data);
	b = lbuf_chunk_alloc(pool, 20 * MIB);
	c = lbuf_chunk_alloc(pool, 40 * MIB);
	assert_true(b != NULL && c != NULL);
	assert_int_equal(unit_stats(pool).grows, 3);
	lbuf_chunk_put(a);
	lbuf_chunk_put(b);
	assert_int_equal(unit_stats(pool).bytes, (14 + 20 + 40) * MIB);
	lbuf_chunk_put(c);
	/* The oldest went. */
	assert_int_equal(unit_stats(pool).bytes, 60 * MIB);
	assert_int_equal(lbuf_pool_trim(pool), 60 * MIB);
	assert_int_equal(unit_stats(pool).bytes, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* No hugepages left, at any step: an error, never a SIGBUS, and nothing is lost. */
static void
hugepages_run_out(void **state)
{
	struct lbuf_pool_params params = { .large_bytes = 1, .flags = LBUF_POOL_F_NO_BACKGROUND };
	uint64_t before = held_pages(), bytes;
	struct lbuf_pool *pool;
	unsigned int n = 0;

	(void)state;
	if (!unit.huge || free_pages() == 0)
		skip();
	pool = lbuf_pool_create("out", &params);
	assert_non_null(pool);
	for (bytes = 64 * MIB; bytes >= 10 * MIB; bytes /= 2) {
		rte_errno = 0;
		while (n < CHUNKS_MAX && (chunks[n] = lbuf_chunk_alloc(pool, bytes)) != NULL) {
			memset(chunks[n]->data, 1, chunks[n]->size);
			n++;
		}
		assert_int_equal(rte_errno, ENOMEM);
	}
	lbuf_chunk_put_bulk(chunks, n);
	assert_int_equal(held_pages(), before);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(small_at_first),
	UNIT_TEST(grows_to_all_there_is),
	UNIT_TEST(again_and_again),
	UNIT_TEST(idle_memory_goes_by_itself),
	UNIT_TEST(ahead_of_demand),
	UNIT_TEST(large_are_kept),
	UNIT_TEST(hugepages_run_out),
};

UNIT_MAIN(tests)
