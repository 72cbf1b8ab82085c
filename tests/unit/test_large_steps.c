/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A large chunk takes several things of the system and of EAL: whichever of them cannot
 * be had, the request is refused, all that it took before is given back, and the next
 * one finds all as it was. The linker puts the functions here in the place of others'
 * (--wrap), on a machine that has two nodes, so that memory is bound to one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_malloc.h>
#include <rte_memory.h>

#include "unit.h"

/* What meson has all files compiled for: mmap() is mmap64(). */
_Static_assert(sizeof(off_t) == 8, "offsets of 64 bits");

#define LARGE ((size_t)10 << 20)
/* More than one request makes. */
#define CALLS_MAX 64

/* Calls of the library; those from fail_from on and before fail_to fail. */
static unsigned int calls, fail_from, fail_to;
static bool armed, wrapped;

static bool
fails(void)
{
	unsigned int call;

	if (!armed)
		return false;
	wrapped = true;
	call = calls++;
	errno = ENOMEM;
	rte_errno = ENOMEM;
	return call >= fail_from && call < fail_to;
}

#define WRAPPED(type, failure, name, params, ...) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		return fails() ? (failure) : __real_##name(__VA_ARGS__); \
	}

WRAPPED(void *, MAP_FAILED, mmap64,
		(void *addr, size_t len, int prot, int flags, int fd, off_t offset), addr, len,
		prot, flags, fd, offset)
WRAPPED(int, -1, madvise, (void *addr, size_t len, int advice), addr, len, advice)
WRAPPED(void *, NULL, calloc, (size_t n, size_t size), n, size)
WRAPPED(void *, NULL, rte_zmalloc_socket,
		(const char *type, size_t size, unsigned int align, int socket), type, size, align,
		socket)
WRAPPED(int, -1, rte_extmem_register,
		(void *addr, size_t len, rte_iova_t iova[], unsigned int n, size_t page), addr, len,
		iova, n, page)

long
__wrap_mbind(void *addr, unsigned long len, int mode, const unsigned long *nodes, unsigned long max,
		unsigned int flags);
long
__wrap_mbind(void *addr, unsigned long len, int mode, const unsigned long *nodes, unsigned long max,
		unsigned int flags)
{
	(void)addr;
	(void)len;
	(void)mode;
	(void)flags;
	unit.errors += max < 2 || nodes[0] != 1;
	return fails() ? -1 : 0;
}

int
__wrap_numa_max_node(void);
int
__wrap_numa_max_node(void)
{
	return 1;
}

/* A request of which these calls fail. */
static struct lbuf_chunk *
request(struct lbuf_pool *pool, unsigned int from, unsigned int to)
{
	struct lbuf_chunk *chunk;

	fail_from = from;
	fail_to = to;
	calls = 0;
	rte_errno = 0;
	armed = true;
	chunk = lbuf_chunk_alloc(pool, LARGE);
	armed = false;
	return chunk;
}

/* Hugepages, or other memory, that the process has, KiB. */
static unsigned long
held(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long kb = 0;
	char line[128];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, unit.huge ? "HugetlbPages: %lu kB" : "VmRSS: %lu kB", &kb) == 1)
			break;
	fclose(f);
	return kb;
}

/* Refused or, where one can do without what failed, served; whether all calls were made. */
static bool
check(struct lbuf_pool *pool, unsigned int from, unsigned int to)
{
	struct lbuf_chunk *chunk = request(pool, from, to);
	uint64_t failures = unit_stats_of(pool, LBUF_TIER_LARGE, 0).failures;
	bool made = calls > from;

	if (chunk == NULL) {
		assert_int_equal(rte_errno, ENOMEM);
		assert_int_equal(failures, 1);
		assert_int_equal(unit_stats_of(pool, LBUF_TIER_LARGE, 0).bytes, 0);
		assert_int_equal(unit_stats_of(pool, LBUF_TIER_LARGE, 0).out, 0);
	} else {
		assert_int_equal(failures, 0);
		memset(chunk->data, 1, LARGE);
		lbuf_chunk_put(chunk);
	}
	chunk = request(pool, UINT_MAX, UINT_MAX);
	assert_non_null(chunk);
	memset(chunk->data, 1, LARGE);
	assert_int_equal(unit_stats_of(pool, LBUF_TIER_LARGE, 0).bytes, LARGE);
	lbuf_chunk_put(chunk);
	return made;
}

static void
fail_each(bool all_behind)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_NO_BACKGROUND };
	unsigned long before = held(), after;
	struct lbuf_pool *pool;
	unsigned int i;
	bool made = true;

	for (i = 0; made && i < CALLS_MAX; i++) {
		pool = lbuf_pool_create("steps", &params);
		assert_non_null(pool);
		made = check(pool, i, all_behind ? UINT_MAX : i + 1);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
	if (!wrapped)
		skip(); /* the library is shared: it calls others itself */
	assert_in_range(i, 5, CALLS_MAX - 1);
	after = held();
	assert_true(after <= before + (unit.huge ? 0 : 4096));
}

static void
one_step_fails(void **state)
{
	(void)state;
	fail_each(false);
}

/* Giving back what was had cannot be done by what needs memory. */
static void
all_steps_behind_fail(void **state)
{
	(void)state;
	fail_each(true);
}

/* What cannot be unmapped now is not handed out again, and goes with the pool. */
static void
unmapping_fails(void **state)
{
	struct lbuf_pool_params params = { .large_bytes = 1, .flags = LBUF_POOL_F_NO_BACKGROUND };
	struct lbuf_pool *pool = lbuf_pool_create("unmap", &params);
	struct lbuf_chunk *chunk;
	const uint8_t *data;
	unsigned long before;

	(void)state;
	assert_non_null(pool);
	chunk = request(pool, UINT_MAX, UINT_MAX);
	assert_non_null(chunk);
	if (!wrapped) {
		lbuf_chunk_put(chunk);
		lbuf_pool_free(pool);
		skip();
	}
	data = chunk->data;
	before = held();
	fail_from = 0;
	fail_to = UINT_MAX;
	calls = 0;
	armed = true;
	lbuf_chunk_put(chunk);
	armed = false;
	assert_int_equal(calls, 1);
	chunk = lbuf_chunk_alloc(pool, LARGE);
	assert_non_null(chunk);
	assert_ptr_not_equal(chunk->data, data);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_free(pool), 0);
	assert_true(held() < before);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(one_step_fails),
	UNIT_TEST(all_steps_behind_fail),
	UNIT_TEST(unmapping_fails),
};

UNIT_MAIN(tests)
