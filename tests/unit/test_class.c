/* SPDX-License-Identifier: BSD-3-Clause */

/* The arithmetic of size classes. Needs no EAL. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <lbuf_class.h>

/* Every size up to here is tried; above, those around every class. */
#define ALL_UP_TO ((size_t)1 << 18)
#define AROUND 3

/* lbuf_class_find() by the table: of a size that the compiler knows it computes the index. */
static uint32_t
look_up(size_t size)
{
	volatile size_t unknown = size;

	return lbuf_class_find(unknown);
}

/* The class of a size holds it, the one below does not, and little is wasted. */
static void
check_size(size_t size)
{
	uint32_t index = lbuf_class_index(size);
	size_t chunk;

	assert_true(index < LBUF_CLASS_NUM);
	assert_int_equal(look_up(size), index);
	chunk = lbuf_class_size(index);
	assert_true(chunk >= size);
	if (index > 0)
		assert_true(lbuf_class_size(index - 1) < size);
	if (size >= LBUF_CLASS_MIN)
		assert_true(4 * (chunk - size) <= size);
	else
		assert_int_equal(chunk, LBUF_CLASS_MIN);
}

static void
limits(void **state)
{
	(void)state;
	assert_int_equal(LBUF_CLASS_MIN, 64);
	assert_int_equal(LBUF_CLASS_MAX, 64 << 20);
	assert_int_equal(LBUF_CLASS_NUM, 81);
	assert_int_equal(lbuf_class_size(0), LBUF_CLASS_MIN);
	assert_int_equal(lbuf_class_size(LBUF_CLASS_NUM - 1), LBUF_CLASS_MAX);
	assert_int_equal(lbuf_class_index(1), 0);
	assert_int_equal(lbuf_class_index(LBUF_CLASS_MIN), 0);
	assert_int_equal(lbuf_class_index(LBUF_CLASS_MIN + 1), 1);
	assert_int_equal(lbuf_class_index(LBUF_CLASS_MAX), LBUF_CLASS_NUM - 1);
}

static void
known_sizes(void **state)
{
	static const size_t size[] = { 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
		640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096 };
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		assert_int_equal(lbuf_class_size(i), size[i]);
		assert_int_equal(lbuf_class_index(size[i]), i);
	}
}

static void
four_to_each_doubling(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i + 4 < LBUF_CLASS_NUM; i++) {
		assert_true(lbuf_class_size(i) < lbuf_class_size(i + 1));
		assert_int_equal(lbuf_class_size(i + 4), 2 * lbuf_class_size(i));
		/* Chunks side by side stay aligned to 16 bytes. */
		assert_int_equal(lbuf_class_size(i) % 16, 0);
	}
}

static void
all_small_sizes(void **state)
{
	size_t size;

	(void)state;
	for (size = 1; size <= ALL_UP_TO; size++)
		check_size(size);
}

static void
sizes_around_classes(void **state)
{
	size_t size, from, to;
	uint32_t i;

	(void)state;
	for (i = 0; i < LBUF_CLASS_NUM; i++) {
		from = lbuf_class_size(i) - AROUND;
		to = i + 1 == LBUF_CLASS_NUM ? LBUF_CLASS_MAX : from + 2 * AROUND;
		for (size = from; size <= to; size++)
			check_size(size);
		assert_int_equal(lbuf_class_index(lbuf_class_size(i)), i);
	}
}

static void
sizes_between(void **state)
{
	size_t size;

	(void)state;
	for (size = 1; size <= LBUF_CLASS_MAX; size += 4093)
		check_size(size);
}

static void
no_class(void **state)
{
	(void)state;
	assert_int_equal(look_up(0), LBUF_CLASS_NONE);
	assert_int_equal(look_up(LBUF_CLASS_MAX + 1), LBUF_CLASS_NONE);
	assert_int_equal(look_up(2 * LBUF_CLASS_MAX), LBUF_CLASS_NONE);
	assert_int_equal(look_up((size_t)1 << 32), LBUF_CLASS_NONE);
	assert_int_equal(look_up(((size_t)1 << 32) + 100), LBUF_CLASS_NONE);
	assert_int_equal(look_up(SIZE_MAX), LBUF_CLASS_NONE);
	/* Known to the compiler, which must come to the same. */
	assert_int_equal(lbuf_class_find(0), LBUF_CLASS_NONE);
	assert_int_equal(lbuf_class_find(LBUF_CLASS_MAX + 1), LBUF_CLASS_NONE);
	assert_int_equal(lbuf_class_find(LBUF_CLASS_MAX), LBUF_CLASS_NUM - 1);
	assert_int_equal(lbuf_class_find(1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(known_sizes),
		cmocka_unit_test(four_to_each_doubling),
		cmocka_unit_test(all_small_sizes),
		cmocka_unit_test(sizes_around_classes),
		cmocka_unit_test(sizes_between),
		cmocka_unit_test(no_class),
	};

	return cmocka_run_group_tests_name("test_class", tests, NULL, NULL) == 0 ? EXIT_SUCCESS
										 : EXIT_FAILURE;
}
