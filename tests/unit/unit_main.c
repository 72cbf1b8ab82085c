/* SPDX-License-Identifier: BSD-3-Clause */

/* Around the tests: the EAL, the pools, and what must be as it was. */

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_malloc.h>

#include <freelist.h>

#include "unit.h"

/* Exit status that meson takes for a skipped test. */
#define SKIPPED 77
/* Free hugepage memory that the tests ask for, bytes. */
#define HUGE_NEED ((size_t)256 << 20)
/* Tests of a program. */
#define TESTS_MAX 64

/* Pieces of the EAL's heaps, but for those that freed pools leave for the next. */
static unsigned int
malloc_count(void)
{
	struct rte_malloc_socket_stats stats;
	unsigned int i, count = 0;

	for (i = 0; i < rte_socket_count(); i++)
		if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &stats) == 0)
			count += stats.alloc_count;
	return count - freelist_pieces();
}

static void
count_pool(struct lbuf_pool *pool, void *arg)
{
	unsigned int *count = arg;

	(void)pool;
	(*count)++;
}

/* What must be the same after a test as before. */
static struct count {
	unsigned int pools;
	unsigned int mbufs;
	unsigned int tiny;
	unsigned int mallocs;
} before;

static struct count
current(void)
{
	struct count now = {
		.mbufs = rte_mempool_avail_count(unit.mbufs),
		.tiny = rte_mempool_avail_count(unit.tiny),
		.mallocs = malloc_count(),
	};

	lbuf_pool_walk(count_pool, &now.pools);
	return now;
}

static int
setup(uint32_t flags)
{
	const struct lbuf_pool_params params = { .flags = LBUF_POOL_F_BASE_PAGES | flags };
	char name[LBUF_POOL_NAMESIZE];
	static unsigned int tests;

	/* A failed test leaves a mess, which must not fail those behind it. */
	unit.exts = 0;
	unit.errors = 0;
	before = current();
	snprintf(name, sizeof(name), "unit%u", tests++);
	unit.pool = lbuf_pool_create(name, &params);
	return unit.pool == NULL ? -1 : 0;
}

/* Complain when two counts that must be equal are not. */
static unsigned int
differs(const char *what, uint64_t is, uint64_t must)
{
	if (is == must)
		return 0;
	print_error("%s: %ju, not %ju\n", what, (uintmax_t)is, (uintmax_t)must);
	return 1;
}

int
unit_setup(void **state)
{
	(void)state;
	return setup(0);
}

int
unit_setup_no_cache(void **state)
{
	(void)state;
	return setup(LBUF_POOL_F_NO_CACHE);
}

int
unit_setup_no_background(void **state)
{
	(void)state;
	return setup(LBUF_POOL_F_NO_BACKGROUND);
}

int
unit_teardown(void **state)
{
	unsigned int bad = 0;
	struct count now;

	(void)state;
	bad += differs("errors noticed", unit.errors, 0);
	bad += differs("external memory in use", unit.exts, 0);
	bad += differs("chunks out", lbuf_pool_chunks_out(unit.pool), 0);
	bad += differs("free of the pool", (uint64_t)-lbuf_pool_free(unit.pool), 0);
	unit.pool = NULL;
	now = current();
	bad += differs("pools", now.pools, before.pools);
	bad += differs("mbufs in their pool", now.mbufs, before.mbufs);
	bad += differs("tiny mbufs in their pool", now.tiny, before.tiny);
	bad += differs("pieces of the EAL's heap", now.mallocs, before.mallocs);
	return bad == 0 ? 0 : -1;
}

/* What is made once, with the first mbuf that is divided, and stays. */
static void
warm_up(void)
{
	struct lbuf b, slice;

	lbuf_init(&b, NULL);
	lbuf_append_mbuf(&b, unit_mbuf(unit.tiny, 0, 2));
	lbuf_flush(&b);
	if (lbuf_slice(&b, 1, &slice) == 0)
		lbuf_close(&slice);
	lbuf_close(&b);
}

static int
group_setup(void **state)
{
	(void)state;
	unit.mbufs = rte_pktmbuf_pool_create("unit_mbufs", UNIT_MBUF_NUM, 32, 0,
			UNIT_MBUF_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	unit.tiny = rte_pktmbuf_pool_create("unit_tiny", UNIT_TINY_NUM, 32, 0,
			UNIT_TINY_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	if (unit.mbufs == NULL || unit.tiny == NULL)
		return -1;
	warm_up();
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	rte_mempool_free(unit.mbufs);
	rte_mempool_free(unit.tiny);
	return 0;
}

/* Bytes in free hugepages of all sizes. */
static size_t
huge_free(void)
{
	static const char dir[] = "/sys/kernel/mm/hugepages";
	size_t page, n, sum = 0;
	char path[sizeof(dir) + NAME_MAX + 32];
	struct dirent *entry;
	DIR *d = opendir(dir);
	FILE *f;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (sscanf(entry->d_name, "hugepages-%zukB", &page) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/%s/free_hugepages", dir, entry->d_name);
		f = fopen(path, "r");
		if (f != NULL && fscanf(f, "%zu", &n) == 1)
			sum += n * page * 1024;
		if (f != NULL)
			fclose(f);
	}
	if (d != NULL)
		closedir(d);
	return sum;
}

/*
 * Tests that fail under QEMU's emulation of user space, which takes MADV_POPULATE_WRITE
 * for a hint that it need not follow: so memory is not there before it is touched.
 */
static const char *const not_emulated[] = { "large_goes_back", "unmapping_fails" };

static bool
is_left_out(const char *name)
{
	size_t i;

	for (i = 0; i < RTE_DIM(not_emulated); i++)
		if (strcmp(name, not_emulated[i]) == 0)
			return true;
	return false;
}

/* Copy those that can be run; how many these are. */
static size_t
choose_tests(struct CMUnitTest *to, const struct CMUnitTest *from, size_t n)
{
	bool emulated = getenv("UNIT_EMULATED") != NULL;
	size_t i, chosen = 0;

	for (i = 0; i < n; i++) {
		if (emulated && is_left_out(from[i].name))
			printf("left out: %s: an emulator populates no memory\n", from[i].name);
		else
			to[chosen++] = from[i];
	}
	return chosen;
}

int
unit_main(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
	const char *name = strrchr(argv[0], '/');
	struct CMUnitTest chosen[TESTS_MAX];
	int i, failed;

	unit.huge = true;
	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--no-huge") == 0)
			unit.huge = false;
	if (unit.huge && huge_free() < HUGE_NEED) {
		printf("skipped: under %zu MiB of free hugepages\n", HUGE_NEED >> 20);
		return SKIPPED;
	}
	if (rte_eal_init(argc, argv) < 0) {
		fprintf(stderr, "no EAL: %s\n", rte_strerror(rte_errno));
		return EXIT_FAILURE;
	}
	cmocka_set_test_filter(getenv("UNIT_FILTER"));
	assert(n <= TESTS_MAX);
	n = choose_tests(chosen, tests, n);
	failed = _cmocka_run_group_tests(name == NULL ? argv[0] : name + 1, chosen, n, group_setup,
			group_teardown);
	rte_eal_cleanup();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
