/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A pool in two processes. The tests are those of the primary, which starts this
 * program once more as a secondary, for one of its parts.
 */

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_memzone.h>
#include <rte_ring.h>

#include <lbuf_debug.h>
#include <lbuf_wait.h>

#include "unit.h"

#define MEMZONE "multi"
/* The part that a secondary has, and its lcores, which the primary must not have. */
#define PART "UNIT_MULTI_PART"
#define LCORES "--lcores=(4-5)"
#define PATIENCE_MS 60000
#define ARGS_MAX 32

#define CHUNKS 64
#define TURNS 50000
#define LARGE (LBUF_MIDDLE_MAX + 1)

/* What the processes have in common. */
struct common {
	char pool[LBUF_POOL_NAMESIZE];
	uint32_t n;
	struct lbuf_chunk *chunk[CHUNKS];
	struct lbuf_chunk *back[CHUNKS];
	struct rte_ring *to_secondary;
	struct rte_ring *to_primary;
};

static struct common *common;

static void
got_chunk(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	(void)w;
	__atomic_store_n((struct lbuf_chunk **)arg, chunk, __ATOMIC_RELEASE);
}

/* --- the secondary -------------------------------------------------------- */

static struct lbuf_pool *pool;

#define CHECK(expr) \
	do { \
		if (!(expr)) { \
			fprintf(stderr, "%s:%d: secondary: %s\n", __FILE__, __LINE__, #expr); \
			exit(EXIT_FAILURE); \
		} \
	} while (0)

static struct lbuf_chunk *
filled(size_t size, uint64_t pos)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, size);

	CHECK(chunk != NULL);
	CHECK(chunk->size >= size);
	unit_fill(chunk->data, pos, size);
	return chunk;
}

/* All that works, and what is left to the primary. */
static int
part_use(void *arg)
{
	static const size_t sizes[] = { 1, 100, 1023, 1024, 4096, 100000, LBUF_MIDDLE_MAX };
	struct lbuf_waiter waiter;
	struct lbuf_chunk *chunk;
	unsigned int i;

	(void)arg;
	for (i = 0; i < RTE_DIM(sizes); i++) {
		chunk = filled(sizes[i], i);
		CHECK(unit_same(chunk->data, i, sizes[i]));
		lbuf_chunk_put(chunk);
	}
	CHECK(lbuf_chunk_alloc(pool, LARGE) == NULL && rte_errno == ENOTSUP);
	CHECK(lbuf_chunk_wait(pool, &waiter, 100, SOCKET_ID_ANY, got_chunk, &chunk) == -ENOTSUP);
	CHECK(lbuf_pool_create("second", NULL) == NULL && rte_errno == EPERM);
	CHECK(lbuf_pool_free(pool) == -EPERM);
	/* The device is of this process: the primary must not come across it. */
	CHECK(lbuf_pool_dev_add(pool, (struct rte_device *)common) == 0);
	CHECK(lbuf_pool_dev_remove(pool, (struct rte_device *)common) == 0);
	return 0;
}

/* Take over what the primary filled, and leave something for it. */
static int
part_exchange(void *arg)
{
	uint32_t i;

	(void)arg;
	for (i = 0; i < common->n; i++) {
		struct lbuf_chunk *chunk = common->chunk[i];

		if (chunk->tier != LBUF_TIER_LARGE)
			CHECK(unit_same(chunk->data, i, chunk->size));
		lbuf_chunk_put(chunk);
		common->back[i] = filled(17 << (i % 16), 1000 + i);
	}
	return 0;
}

static int
part_free(void *arg)
{
	(void)arg;
	lbuf_chunk_put_bulk(common->chunk, common->n);
	lbuf_pool_flush(pool);
	return 0;
}

static int
part_flush(void *arg)
{
	(void)arg;
	lbuf_pool_flush(pool);
	return 0;
}

/* Allocate, hand over, take what was handed over: as the other process does. */
static int
turns(struct rte_ring *out, struct rte_ring *in)
{
	struct lbuf_chunk *chunk = NULL;
	uint32_t sent = 0, got = 0;
	void *obj;

	while (sent < TURNS || got < TURNS) {
		if (chunk == NULL && sent < TURNS) {
			chunk = lbuf_chunk_alloc(pool, 40 << (sent % 10));
			if (chunk == NULL)
				return -1;
			*(uint32_t *)chunk->data = sent;
		}
		if (chunk != NULL && rte_ring_enqueue(out, chunk) == 0) {
			chunk = NULL;
			sent++;
		}
		if (rte_ring_dequeue(in, &obj) != 0)
			continue;
		if (*(uint32_t *)((struct lbuf_chunk *)obj)->data != got++)
			return -1;
		lbuf_chunk_put(obj);
	}
	return 0;
}

static int
part_turns(void *arg)
{
	(void)arg;
	return turns(common->to_primary, common->to_secondary);
}

static int
part_worker(void *arg)
{
	int (*func)(void *arg) = arg;

	CHECK(func(NULL) == 0);
	return 0;
}

static const struct {
	const char *name;
	int (*func)(void *arg);
	bool all; /* on all lcores */
} parts[] = {
	{ "use", part_use, true },
	{ "exchange", part_exchange, false },
	{ "free", part_free, false },
	{ "flush", part_flush, true },
	{ "turns", part_turns, false },
};

static int
secondary(int argc, char **argv, const char *part)
{
	const struct rte_memzone *mz;
	unsigned int i, lcore;

	CHECK(rte_eal_init(argc, argv) >= 0);
	CHECK(rte_eal_process_type() == RTE_PROC_SECONDARY);
	mz = rte_memzone_lookup(MEMZONE);
	CHECK(mz != NULL);
	common = mz->addr;
	CHECK(lbuf_pool_lookup("nosuch") == NULL && rte_errno == ENOENT);
	pool = lbuf_pool_lookup(common->pool);
	CHECK(pool != NULL);
	CHECK(strcmp(lbuf_pool_name(pool), common->pool) == 0);
	for (i = 0; strcmp(parts[i].name, part) != 0; i++)
		CHECK(i + 1 < RTE_DIM(parts));
	part_worker((void *)parts[i].func);
	RTE_LCORE_FOREACH_WORKER(lcore)
		if (parts[i].all)
			rte_eal_remote_launch(part_worker, (void *)parts[i].func, lcore);
	rte_eal_mp_wait_lcore();
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}

/* --- the primary ---------------------------------------------------------- */

/* As they were: EAL moves them. */
static char *own_argv[ARGS_MAX];

/* The arguments of a secondary: those of the primary, but for the lcores. */
static void
secondary_args(char **argv, char *lcores, size_t len)
{
	unsigned int i, n = 0;

	argv[n++] = own_argv[0];
	argv[n++] = (char *)(uintptr_t) "--proc-type=secondary";
	for (i = 1; own_argv[i] != NULL; i++) {
		argv[n++] = own_argv[i];
		if (strncmp(own_argv[i], "--lcores=", strlen("--lcores=")) != 0)
			continue;
		snprintf(lcores, len, "%s%s", LCORES, strchr(own_argv[i], '@'));
		argv[n - 1] = lcores;
	}
	argv[n] = NULL;
}

static pid_t
start(const char *part)
{
	char *argv[ARGS_MAX + 1], lcores[64];
	pid_t pid;

	secondary_args(argv, lcores, sizeof(lcores));
	snprintf(common->pool, sizeof(common->pool), "%s", lbuf_pool_name(unit.pool));
	setenv(PART, part, 1);
	assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
	return pid;
}

static void
finish(pid_t pid)
{
	unsigned int ms;
	int status = 0;
	pid_t done = 0;

	for (ms = 0; ms < PATIENCE_MS && done == 0; ms += 10) {
		done = waitpid(pid, &status, WNOHANG);
		usleep(10000);
	}
	if (done == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	assert_int_equal(done, pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

static void
secondary_uses_pool(void **state)
{
	struct lbuf_chunk *chunk;

	(void)state;
	finish(start("use"));
	assert_int_equal(unit_stats(unit.pool).out, 0);
	assert_true(unit_stats(unit.pool).allocs >= 14);
	assert_int_equal(unit_stats(unit.pool).allocs, unit_stats(unit.pool).frees);
	/* Nothing is left that the primary would stumble over. */
	chunk = lbuf_chunk_alloc(unit.pool, LARGE);
	assert_non_null(chunk);
	lbuf_chunk_put(chunk);
}

static void
chunks_change_hands(void **state)
{
	uint32_t i;

	(void)state;
	pool = unit.pool;
	common->n = CHUNKS;
	common->chunk[0] = lbuf_chunk_alloc(pool, LARGE);
	for (i = 1; i < CHUNKS; i++) {
		common->chunk[i] = lbuf_chunk_alloc(pool, 17 << (i % 16));
		assert_non_null(common->chunk[i]);
		unit_fill(common->chunk[i]->data, i, common->chunk[i]->size);
	}
	finish(start("exchange"));
	assert_int_equal(lbuf_pool_chunks_out(pool), CHUNKS);
	for (i = 0; i < CHUNKS; i++)
		assert_same(common->back[i]->data, 1000 + i, 17 << (i % 16));
	lbuf_chunk_put_bulk(common->back, CHUNKS);
}

/* What a secondary frees is had by those who wait in the primary. */
static void
waiters_are_served(void **state)
{
	struct lbuf_chunk *chunk = NULL;
	struct lbuf_waiter waiter;
	unsigned int ms;

	(void)state;
	assert_int_equal(lbuf_pool_limit_set(unit.pool, (int)rte_socket_id(), LBUF_LIMIT_MIN), 0);
	for (common->n = 0; common->n < CHUNKS; common->n++) {
		common->chunk[common->n] = lbuf_chunk_alloc(unit.pool, 1 << 20);
		if (common->chunk[common->n] == NULL)
			break;
	}
	assert_true(common->n > 0 && common->n < CHUNKS);
	assert_int_equal(lbuf_chunk_wait(unit.pool, &waiter, 1 << 20, SOCKET_ID_ANY, got_chunk,
					 &chunk),
			0);
	assert_null(chunk);
	finish(start("free"));
	for (ms = 0; ms < PATIENCE_MS && __atomic_load_n(&chunk, __ATOMIC_ACQUIRE) == NULL; ms++)
		usleep(1000);
	assert_non_null(chunk);
	lbuf_chunk_put(chunk);
}

/* What the lcores of a secondary had in their caches is had by the next one. */
static void
caches_outlive_process(void **state)
{
	(void)state;
	finish(start("use"));
	assert_int_equal(unit_stats(unit.pool).out, 0);
	assert_true(unit_stats(unit.pool).cached > 0);
	finish(start("flush"));
	assert_int_equal(unit_stats(unit.pool).cached, 0);
	assert_true(lbuf_pool_trim(unit.pool) > 0);
	assert_int_equal(unit_stats(unit.pool).bytes, 0);
}

static void
both_at_once(void **state)
{
	pid_t pid;

	(void)state;
	pool = unit.pool;
	pid = start("turns");
	assert_int_equal(turns(common->to_secondary, common->to_primary), 0);
	finish(pid);
	assert_int_equal(unit_stats(unit.pool).out, 0);
	assert_int_equal(unit_stats(unit.pool).allocs, 2 * TURNS);
}

/* What is common is made before the first test, and stays. */
static void
make_common(void)
{
	const struct rte_memzone *mz;

	if (common != NULL)
		return;
	mz = rte_memzone_reserve(MEMZONE, sizeof(*common), SOCKET_ID_ANY, 0);
	assert_non_null(mz);
	common = mz->addr;
	common->to_secondary = rte_ring_create("to_secondary", CHUNKS, SOCKET_ID_ANY, 0);
	common->to_primary = rte_ring_create("to_primary", CHUNKS, SOCKET_ID_ANY, 0);
	assert_true(common->to_secondary != NULL && common->to_primary != NULL);
}

static int
multi_setup(void **state)
{
	make_common();
	return unit_setup(state);
}

static int
multi_setup_no_background(void **state)
{
	make_common();
	return unit_setup_no_background(state);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(secondary_uses_pool, multi_setup, unit_teardown),
	cmocka_unit_test_setup_teardown(chunks_change_hands, multi_setup, unit_teardown),
	cmocka_unit_test_setup_teardown(waiters_are_served, multi_setup, unit_teardown),
	cmocka_unit_test_setup_teardown(caches_outlive_process, multi_setup_no_background,
			unit_teardown),
	cmocka_unit_test_setup_teardown(both_at_once, multi_setup_no_background, unit_teardown),
};

int
main(int argc, char **argv)
{
	const char *part = getenv(PART);

	if (part != NULL)
		return secondary(argc, argv, part);
	if (argc >= ARGS_MAX)
		return EXIT_FAILURE;
	memcpy(own_argv, argv, (size_t)argc * sizeof(*argv));
	return unit_main(argc, argv, tests, RTE_DIM(tests));
}
