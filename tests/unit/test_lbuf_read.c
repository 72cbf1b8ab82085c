/* SPDX-License-Identifier: BSD-3-Clause */

/* The read side. Numbers are those of the list of cases. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

static void
case_01_new(void **state)
{
	struct lbuf b;
	uint8_t byte;

	(void)state;
	memset(&b, 0xff, sizeof(b));
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_pending(&b), 0);
	assert_null_errno(lbuf_next(&b, 10), ENODATA);
	assert_null_errno(lbuf_peek(&b, 10), ENODATA);
	assert_null_errno(lbuf_edit(&b, 10), ENODATA);
	assert_int_equal(lbuf_skip(&b, 1), -ENODATA);
	assert_int_equal(lbuf_read(&b, &byte, 1), -ENODATA);
	assert_int_equal(lbuf_peek_copy(&b, &byte, 1), -ENODATA);
	assert_int_equal(lbuf_release(&b), 0);
	lbuf_close(&b);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
}

static void
case_03_next_consumes_and_peek_does_not(void **state)
{
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 128);
	assert_same(lbuf_next(&b, 28), 0, 28);
	assert_int_equal(lbuf_len(&b), 100);
	assert_same(lbuf_peek(&b, 90), 28, 90);
	assert_int_equal(lbuf_len(&b), 100);
	assert_null_errno(lbuf_peek(&b, 101), ENODATA);
	assert_null_errno(lbuf_next(&b, UINT64_MAX), ENODATA);
	assert_fill(&b, 28, 100);
	lbuf_close(&b);
}

static void
case_04_release_leaves_the_unread(void **state)
{
	const uint8_t *first, *second;
	struct lbuf b;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 0, 100);
		unit_add(&b, (enum unit_kind)kind, 100, 200);
		assert_int_equal(lbuf_skip(&b, 30), 0);
		first = lbuf_peek(&b, 70);
		assert_int_equal(lbuf_release(&b), 0);
		unit_scribble();
		assert_ptr_equal(lbuf_peek(&b, 70), first);
		assert_fill(&b, 30, 270);
		assert_int_equal(lbuf_skip(&b, 80), 0);
		second = lbuf_peek(&b, 190);
		assert_int_equal(lbuf_release(&b), 0);
		unit_scribble();
		assert_ptr_equal(lbuf_peek(&b, 190), second);
		assert_fill(&b, 110, 190);
		assert_int_equal(lbuf_skip(&b, 190), 0);
		assert_int_equal(lbuf_release(&b), 0);
		assert_int_equal(lbuf_len(&b), 0);
		unit_put(&b, 300, 10);
		assert_fill(&b, 300, 10);
		lbuf_close(&b);
	}
}

static void
case_08_nothing_changes_nothing(void **state)
{
	struct lbuf b, slice;
	unsigned int round;
	uint8_t byte = 9;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (round = 0; round < 3; round++) {
		assert_non_null(lbuf_next(&b, 0));
		assert_non_null(lbuf_peek(&b, 0));
		assert_int_equal(lbuf_skip(&b, 0), 0);
		assert_int_equal(lbuf_read(&b, &byte, 0), 0);
		assert_int_equal(lbuf_peek_copy(&b, &byte, 0), 0);
		assert_int_equal(lbuf_slice(&b, 0, &slice), 0);
		assert_int_equal(lbuf_len(&slice), 0);
		assert_null_errno(lbuf_next(&slice, 1), ENODATA);
		assert_int_equal(lbuf_write(&slice, "x", 1), -EROFS);
		lbuf_close(&slice);
		assert_int_equal(byte, 9);
		assert_fill(&b, 0, round * 50);
		unit_add(&b, (enum unit_kind)round, round * 50, 50);
	}
	lbuf_close(&b);
}

static void
case_10_next_inside_one_segment_is_no_copy(void **state)
{
	const uint8_t *addr;
	struct rte_mbuf *m;
	struct lbuf_ext *ext;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, 100);
	unit_fill(p, 0, 100);
	ext = unit_ext(100, 100, &addr);
	assert_int_equal(lbuf_write_ext(&b, ext, addr, 100), 0);
	m = unit_mbuf(unit.mbufs, 200, 100);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_ptr_equal(lbuf_next(&b, 10), p);
	assert_ptr_equal(lbuf_next(&b, 90), p + 10);
	assert_ptr_equal(lbuf_next(&b, 50), addr);
	assert_ptr_equal(lbuf_next(&b, 50), addr + 50);
	assert_ptr_equal(lbuf_next(&b, 99), rte_pktmbuf_mtod(m, uint8_t *));
	assert_ptr_equal(lbuf_next(&b, 1), rte_pktmbuf_mtod(m, uint8_t *) + 99);
	assert_int_equal(lbuf_len(&b), 0);
	lbuf_close(&b);
}

static void
case_10_next_across_two_is_one_copy(void **state)
{
	uint64_t allocs;
	struct lbuf b;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 0, 2000);
		unit_add(&b, (enum unit_kind)((kind + 1) % UNIT_KINDS), 2000, 3000);
		allocs = unit_allocs(LBUF_TIER_MIDDLE);
		assert_same(lbuf_next(&b, 4000), 0, 4000);
		assert_int_equal(unit_allocs(LBUF_TIER_MIDDLE), allocs + 1);
		assert_fill(&b, 4000, 1000);
		lbuf_close(&b);
	}
}

static void
case_11_peek_again(void **state)
{
	const uint8_t *four, *five, *six;
	struct lbuf_pool_stats before, after;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_EXT, 0, 2);
	unit_add(&b, UNIT_MBUF, 2, 2);
	unit_add(&b, UNIT_OWN, 4, 1);
	unit_add(&b, UNIT_EXT, 5, 10);
	four = lbuf_peek(&b, 4);
	assert_same(four, 0, 4);
	before = unit_stats(unit.pool);
	assert_ptr_equal(lbuf_peek(&b, 3), four);
	assert_ptr_equal(lbuf_peek(&b, 4), four);
	after = unit_stats(unit.pool);
	assert_int_equal(after.allocs, before.allocs);
	five = lbuf_peek(&b, 5);
	assert_same(five, 0, 5);
	six = lbuf_peek(&b, 6);
	assert_same(six, 0, 6);
	/* Each of them holds until release. */
	unit_scribble();
	assert_same(four, 0, 4);
	assert_same(five, 0, 5);
	assert_same(six, 0, 6);
	assert_fill(&b, 0, 15);
	assert_int_equal(lbuf_skip(&b, 1), 0);
	assert_same(lbuf_peek(&b, 14), 1, 14);
	assert_same(four, 0, 4);
	lbuf_close(&b);
}

static void
case_12_positions_after_next_and_skip(void **state)
{
	unsigned int n[] = { 3, 4, 5, 2, 6 }, i, kind;
	struct lbuf b;
	uint64_t pos;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		for (i = 0, pos = 0; i < RTE_DIM(n); pos += n[i++])
			unit_add(&b, (enum unit_kind)kind, pos, n[i]);
		assert_same(lbuf_next(&b, 8), 0, 8);
		assert_fill(&b, 8, 12);
		assert_int_equal(lbuf_skip(&b, 3), 0);
		assert_fill(&b, 11, 9);
		assert_int_equal(lbuf_skip(&b, 10), -ENODATA);
		assert_same(lbuf_next(&b, 4), 11, 4);
		assert_fill(&b, 15, 5);
		assert_int_equal(lbuf_skip(&b, 5), 0);
		assert_int_equal(lbuf_len(&b), 0);
		assert_int_equal(lbuf_skip(&b, 1), -ENODATA);
		lbuf_close(&b);
	}
}

static void
case_20_peek_again_and_again(void **state)
{
	uint64_t middle, out, i;
	const void *p;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 100; i++)
		unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 8192, 8192);
	out = lbuf_pool_chunks_out(unit.pool);
	middle = unit_allocs(LBUF_TIER_MIDDLE);
	p = lbuf_peek(&b, 8192);
	for (i = 0; i < 10; i++)
		assert_ptr_equal(lbuf_peek(&b, 8192), p);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), out);
	assert_int_equal(unit_allocs(LBUF_TIER_MIDDLE), middle);
	p = lbuf_peek(&b, 8193);
	assert_same(p, 0, 8193);
	out = lbuf_pool_chunks_out(unit.pool);
	assert_int_equal(unit_allocs(LBUF_TIER_MIDDLE), middle + 1);
	for (i = 0; i < 1000; i++)
		assert_ptr_equal(lbuf_peek(&b, 8193), p);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), out);
	assert_int_equal(unit_allocs(LBUF_TIER_MIDDLE), middle + 1);
	assert_fill(&b, 0, 100 * 8192);
	unit_drain(&b, 0, 100 * 8192);
	lbuf_close(&b);
}

static void
case_26_slice_read_to_its_end(void **state)
{
	struct lbuf b, slice;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 50);
	assert_int_equal(lbuf_slice(&b, 20, &slice), 0);
	assert_same(lbuf_next(&slice, 20), 0, 20);
	assert_int_equal(lbuf_release(&slice), 0);
	assert_null_errno(lbuf_next(&slice, 1), ENODATA);
	assert_null_errno(lbuf_peek(&slice, 1), ENODATA);
	assert_int_equal(lbuf_release(&slice), 0);
	assert_null_errno(lbuf_peek(&slice, 1), ENODATA);
	lbuf_close(&slice);
	assert_fill(&b, 20, 30);
	lbuf_close(&b);
}

/*
 * Two segments of half each: read them in one piece, which takes a chunk of this
 * tier alone, and gives it back when released.
 */
static void
copy_from_tier(uint64_t n, enum lbuf_tier tier)
{
	uint64_t before[LBUF_TIER_NUM];
	struct lbuf b;
	unsigned int i;

	lbuf_init(&b, unit.pool);
	/* A vector of the middle tier, big enough: it is not to be counted. */
	for (i = 0; i < 100; i++)
		unit_add(&b, UNIT_EXT, i, 1);
	unit_add(&b, UNIT_EXT, 100, n / 2);
	unit_add(&b, UNIT_EXT, 100 + n / 2, n - n / 2);
	unit_add(&b, UNIT_EXT, 100 + n, 1);
	assert_int_equal(lbuf_skip(&b, 100), 0);
	for (i = 0; i < LBUF_TIER_NUM; i++)
		before[i] = unit_out((enum lbuf_tier)i);
	assert_same(lbuf_next(&b, n), 100, n);
	for (i = 0; i < LBUF_TIER_NUM; i++)
		assert_int_equal(unit_out((enum lbuf_tier)i),
				before[i] + (i == (unsigned int)tier ? 1 : 0));
	assert_int_equal(lbuf_release(&b), 0);
	for (i = 0; i < LBUF_TIER_NUM; i++)
		assert_int_equal(unit_out((enum lbuf_tier)i), before[i]);
	assert_fill(&b, 100 + n, 1);
	lbuf_close(&b);
}

static void
case_29_copy_comes_from_the_right_tier(void **state)
{
	(void)state;
	copy_from_tier(1023, LBUF_TIER_SMALL);
	copy_from_tier(1024, LBUF_TIER_MIDDLE);
	copy_from_tier(LBUF_MIDDLE_MAX, LBUF_TIER_MIDDLE);
	copy_from_tier(LBUF_MIDDLE_MAX + 1, LBUF_TIER_LARGE);
}

static void
case_29_next_across_segments_of_all_tiers(void **state)
{
	static const uint64_t size[] = { 1023, 1024, LBUF_MIDDLE_MAX, LBUF_MIDDLE_MAX + 1 };
	struct lbuf b;
	unsigned int i;
	uint64_t pos = 0;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < RTE_DIM(size); pos += size[i++])
		unit_add(&b, UNIT_OWN, pos, size[i]);
	assert_int_equal(unit_out(LBUF_TIER_LARGE), 1);
	assert_same(lbuf_next(&b, 1023 + 500), 0, 1023 + 500);
	assert_same(lbuf_next(&b, 524 + 1), 1523, 525);
	assert_same(lbuf_next(&b, LBUF_MIDDLE_MAX + 5), 2048, LBUF_MIDDLE_MAX + 5);
	assert_int_equal(unit_out(LBUF_TIER_LARGE), 2);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(unit_out(LBUF_TIER_LARGE), 1);
	unit_drain(&b, 2048 + LBUF_MIDDLE_MAX + 5, LBUF_MIDDLE_MAX + 1 - 5 - 1);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(case_01_new),
	UNIT_TEST(case_03_next_consumes_and_peek_does_not),
	UNIT_TEST(case_04_release_leaves_the_unread),
	UNIT_TEST(case_08_nothing_changes_nothing),
	UNIT_TEST(case_10_next_inside_one_segment_is_no_copy),
	UNIT_TEST(case_10_next_across_two_is_one_copy),
	UNIT_TEST(case_11_peek_again),
	UNIT_TEST(case_12_positions_after_next_and_skip),
	UNIT_TEST(case_20_peek_again_and_again),
	UNIT_TEST(case_26_slice_read_to_its_end),
	UNIT_TEST(case_29_copy_comes_from_the_right_tier),
	UNIT_TEST(case_29_next_across_segments_of_all_tiers),
};

UNIT_MAIN(tests)
