/* SPDX-License-Identifier: BSD-3-Clause */

/* Order and equality, and sets of bytes. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memany.h>

#include "unit.h"

/* Memory that is always there. */
static struct lbuf_ext forever = { .mem = { .kind = LBUF_MEM_EXT }, .iova = RTE_BAD_IOVA };

static void
open_cut(struct lbuf *b, const void *mem, size_t n, size_t size)
{
	const uint8_t *p = mem;
	size_t run;

	lbuf_init(b, unit.pool);
	for (; n > 0; n -= run, p += run) {
		run = RTE_MIN(n, size);
		assert_int_equal(lbuf_write_ext(b, &forever, p, run), 0);
	}
	assert_int_equal(lbuf_flush(b), 0);
}

static int
order_of(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
	int order = memcmp(a, b, RTE_MIN(na, nb));

	if (order == 0)
		return (na > nb) - (na < nb);
	return order < 0 ? -1 : 1;
}

/* Beside memcmp(): random strings of few letters, cut at random. */
static void
as_memcmp(void **state)
{
	uint8_t x[40], y[40];
	uint64_t seed = 11;
	unsigned int i, k;
	struct lbuf a, b;
	size_t na, nb;
	int want;

	(void)state;
	for (i = 0; i < 20000; i++) {
		na = unit_rand(&seed) % sizeof(x);
		nb = unit_rand(&seed) % 4 == 0 ? na : unit_rand(&seed) % sizeof(y);
		for (k = 0; k < sizeof(x); k++) {
			x[k] = unit_rand(&seed) % 40 == 0 ? (uint8_t)(127 + unit_rand(&seed) % 3)
							  : 'a';
			y[k] = unit_rand(&seed) % 40 == 0 ? (uint8_t)(127 + unit_rand(&seed) % 3)
							  : 'a';
		}
		open_cut(&a, x, na, 1 + unit_rand(&seed) % sizeof(x));
		open_cut(&b, y, nb, 1 + unit_rand(&seed) % sizeof(y));
		assert_int_equal(lbuf_write(&a, "pending", 7), 0);
		want = order_of(x, na, y, nb);
		assert_int_equal(lbuf_compare(&a, &b), want);
		assert_int_equal(lbuf_compare(&b, &a), -want);
		assert_int_equal(lbuf_compare(&a, &a), 0);
		assert_int_equal(lbuf_equal(&a, &b), want == 0);
		assert_int_equal(lbuf_compare_mem(&a, y, nb), want);
		assert_int_equal(lbuf_compare_mem(&b, x, na), -want);
		k = (unsigned int)(unit_rand(&seed) % sizeof(x));
		assert_int_equal(lbuf_equal_mem(&a, k, y, nb),
				k + nb <= na && memcmp(x + k, y, nb) == 0);
		assert_true(lbuf_equal_mem(&a, na / 2, x + na / 2, na - na / 2));
		lbuf_close(&a);
		lbuf_close(&b);
	}
}

static void
of_closed_ones(void **state)
{
	struct lbuf a, b;

	(void)state;
	lbuf_init(&a, unit.pool);
	memset(&b, 0, sizeof(b));
	assert_int_equal(lbuf_compare(&a, &b), 0);
	unit_put(&a, 0, 3);
	assert_int_equal(lbuf_compare(&a, &b), 1);
	assert_int_equal(lbuf_compare(&b, &a), -1);
	assert_true(lbuf_equal_mem(&a, 3, "", 0));
	assert_false(lbuf_equal_mem(&a, 4, "", 0));
	assert_false(lbuf_equal_mem(&a, UINT64_MAX, "x", 1));
	lbuf_close(&a);
	assert_true(lbuf_equal(&a, &b));
	assert_false(lbuf_equal_mem(&a, 0, "", 0));
	assert_int_equal(lbuf_compare_mem(&a, "x", 1), -1);
}

static bool
in(uint8_t byte, const uint8_t *set, size_t n)
{
	return memchr(set, byte, n) != NULL;
}

/* Every byte in every kind of set; and as the portable twin, up to the end of a page. */
static void
sets(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len, at;
	uint8_t bytes[256], *mem, *p;
	const uint8_t *hit;
	struct lbuf_set set;
	uint64_t seed = 4;
	unsigned int i, n;

	(void)state;
	mem = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(mem, MAP_FAILED);
	assert_int_equal(mprotect(mem + page, page, PROT_NONE), 0);
	for (i = 0; i < 4000; i++) {
		n = (unsigned int)(unit_rand(&seed) % (i % 2 == 0 ? 5 : 256));
		for (at = 0; at < n; at++)
			bytes[at] = (uint8_t)unit_rand(&seed);
		lbuf_set_init(&set, bytes, n);
		for (at = 0; at < 256; at++)
			assert_int_equal(lbuf_set_has(&set, (uint8_t)at),
					in((uint8_t)at, bytes, n));
		len = unit_rand(&seed) % 200;
		p = mem + page - len;
		for (at = 0; at < len; at++)
			p[at] = (uint8_t)unit_rand(&seed);
		for (at = 0; at < len && !in(p[at], bytes, n); at++)
			;
		hit = lbuf_memany(p, len, &set);
		assert_ptr_equal(hit, at == len ? NULL : p + at);
		assert_ptr_equal(hit, lbuf_memany_portable(p, len, &set));
	}
	munmap(mem, 2 * page);
}

/* Over segments, from any offset. */
static void
any_of_a_set(void **state)
{
	static const size_t size[] = { 1, 7, 31, 32, 33, 100, 600 };
	uint8_t mem[600];
	struct lbuf_set set;
	unsigned int i, from;
	struct lbuf b;
	int64_t want;

	(void)state;
	memset(mem, 'x', sizeof(mem));
	memcpy(mem + 63, " ", 1);
	memcpy(mem + 99, "\r\n", 2);
	memcpy(mem + 511, "\xff", 1);
	lbuf_set_init(&set, " \n\xff", 3);
	for (i = 0; i < RTE_DIM(size); i++) {
		open_cut(&b, mem, sizeof(mem), size[i]);
		assert_int_equal(lbuf_write(&b, " ", 1), 0); /* pending */
		for (from = 0; from <= sizeof(mem); from++) {
			want = from <= 63 ? 63 : from <= 100 ? 100 : from <= 511 ? 511 : -ENOENT;
			assert_int_equal(lbuf_find_any(&b, &set, from), want);
		}
		assert_int_equal(lbuf_find_any(&b, &set, UINT64_MAX), -ENOENT);
		lbuf_close(&b);
		assert_int_equal(lbuf_find_any(&b, &set, 0), -EPIPE);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(as_memcmp),
	UNIT_TEST(of_closed_ones),
	UNIT_TEST(sets),
	UNIT_TEST(any_of_a_set),
};

UNIT_MAIN(tests)
