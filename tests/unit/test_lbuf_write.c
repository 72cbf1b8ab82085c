/* SPDX-License-Identifier: BSD-3-Clause */

/* The write side. Numbers are those of the list of cases. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

static void
case_02_reserve_is_pending_until_flush(void **state)
{
	struct lbuf b;
	void *p;

	(void)state;
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, 128);
	assert_non_null(p);
	unit_fill(p, 0, 128);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_pending(&b), 128);
	assert_null_errno(lbuf_peek(&b, 1), ENODATA);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_pending(&b), 0);
	assert_fill(&b, 0, 128);
	lbuf_close(&b);
}

static void
case_05_ack_all(void **state)
{
	struct lbuf b;
	void *p;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 10);
	p = lbuf_reserve(&b, 1024);
	assert_non_null(p);
	unit_fill(p, 10, 1024);
	assert_int_equal(lbuf_ack(&b, 1024), 0);
	assert_int_equal(lbuf_pending(&b), 1024);
	assert_int_equal(lbuf_len(&b), 10);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_pending(&b), 0);
	assert_fill(&b, 0, 1034);
	lbuf_close(&b);
}

static void
case_06_nothing_is_no_error(void **state)
{
	struct lbuf b, empty;
	const uint8_t *addr;
	struct lbuf_ext *ext;
	unsigned int round;

	(void)state;
	lbuf_init(&b, unit.pool);
	lbuf_init(&empty, unit.pool);
	ext = unit_ext(0, 8, &addr);
	for (round = 0; round < 2; round++) {
		assert_non_null(lbuf_reserve(&b, 0));
		assert_int_equal(lbuf_write(&b, "x", 0), 0);
		assert_int_equal(lbuf_write_ext(&b, ext, addr, 0), 0);
		assert_int_equal(lbuf_insert_ext(&b, ext, addr, 0, 0), 0);
		assert_int_equal(lbuf_append(&b, &empty), 0);
		assert_non_null(lbuf_prepend(&b, 0));
		assert_int_equal(ext->mem.refcnt, round);
		assert_int_equal(lbuf_pending(&b), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_fill(&b, 0, 8 * round);
		/* The same again with something in it. */
		if (round == 0)
			assert_int_equal(lbuf_write_ext(&b, ext, addr, 8), 0);
		assert_int_equal(lbuf_flush(&b), 0);
	}
	lbuf_close(&b);
	lbuf_close(&empty);
}

static void
case_07_ack_nothing_and_too_much(void **state)
{
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_ack(&b, 0), 0);
	assert_int_equal(lbuf_ack(&b, 1), -ERANGE);
	assert_int_equal(lbuf_write(&b, "abc", 3), 0);
	assert_int_equal(lbuf_ack(&b, 4), -ERANGE);
	assert_int_equal(lbuf_ack(&b, UINT64_MAX), -ERANGE);
	assert_int_equal(lbuf_pending(&b), 3);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_ack(&b, 1), -ERANGE); /* readable is not pending */
	assert_int_equal(lbuf_write(&b, "defg", 4), 0);
	assert_int_equal(lbuf_ack(&b, 0), 0);
	assert_int_equal(lbuf_pending(&b), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "abc");
	lbuf_close(&b);
}

/* Bytes that are reserved one by one before the next chunk is begun. */
static unsigned int
first_room(void)
{
	uint8_t *p, *last = NULL;
	unsigned int n;
	struct lbuf b;

	lbuf_init(&b, unit.pool);
	for (n = 0; n < 1 << 20; n++) {
		p = lbuf_reserve(&b, 1);
		assert_non_null(p);
		if (last != NULL && p != last + 1)
			break;
		last = p;
	}
	lbuf_close(&b);
	assert_in_range(n, 64, (1 << 20) - 1);
	return n;
}

static void
case_09_no_reservation_straddles(void **state)
{
	unsigned int room = first_room(), left, i;
	uint8_t *p[3];
	static const uint8_t size[] = { 15, 7, 15 };
	struct lbuf b;
	uint64_t pos;

	(void)state;
	for (left = 0; left < 40; left++) {
		lbuf_init(&b, unit.pool);
		pos = room - left;
		unit_put(&b, 0, pos);
		for (i = 0; i < RTE_DIM(p); i++) {
			p[i] = lbuf_reserve(&b, size[i]);
			assert_non_null(p[i]);
			unit_fill(p[i], pos, size[i]);
			pos += size[i];
		}
		assert_same(p[0], pos - 37, 15);
		assert_same(p[1], pos - 22, 7);
		assert_int_equal(lbuf_pending(&b), 37);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_fill(&b, 0, pos);
		/* What is reserved later does not move what was before. */
		assert_int_equal(lbuf_skip(&b, room - left), 0);
		assert_ptr_equal(lbuf_peek(&b, 15), p[0]);
		assert_int_equal(lbuf_skip(&b, 15), 0);
		assert_ptr_equal(lbuf_peek(&b, 7), p[1]);
		lbuf_close(&b);
	}
}

static void
case_13_append_two(void **state)
{
	unsigned int kind, sum = 8192 + 7;
	struct lbuf b, donor;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		lbuf_init(&donor, unit.pool);
		unit_add(&donor, (enum unit_kind)kind, 0, 8192);
		assert_int_equal(lbuf_append(&b, &donor), 0);
		unit_add(&donor, (enum unit_kind)kind, 8192, 7);
		assert_int_equal(lbuf_append(&b, &donor), 0);
		assert_int_equal(lbuf_len(&donor), 0);
		assert_int_equal(lbuf_len(&b), 0);
		assert_int_equal(lbuf_pending(&b), sum);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_fill(&b, 0, sum);
		unit_drain(&b, 0, sum);
		lbuf_close(&b);
		lbuf_close(&donor);
	}
}

static void
case_15_append_one_by_one(void **state)
{
	struct lbuf b, x, y;

	(void)state;
	lbuf_init(&b, unit.pool);
	lbuf_init(&x, unit.pool);
	lbuf_init(&y, unit.pool);
	assert_int_equal(lbuf_write(&x, "\2", 1), 0);
	assert_int_equal(lbuf_flush(&x), 0);
	assert_int_equal(lbuf_write(&y, "\3", 1), 0);
	assert_int_equal(lbuf_flush(&y), 0);
	assert_int_equal(lbuf_append(&b, &x), 0);
	assert_int_equal(lbuf_append(&b, &y), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "\2\3");
	lbuf_close(&x);
	lbuf_close(&y);
	assert_str(&b, "\2\3");
	lbuf_close(&b);
}

static void
case_16_flush_twice(void **state)
{
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_len(&b), 0);
	unit_put(&b, 0, 6);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 0, 6);
	assert_int_equal(lbuf_skip(&b, 2), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 2, 4);
	unit_put(&b, 6, 2);
	assert_fill(&b, 2, 6);
	lbuf_close(&b);
}

static void
case_17_external_memory_is_not_written(void **state)
{
	uint8_t mem[16], want[16], text[200];
	struct lbuf_ext ext;
	unsigned int n;
	struct lbuf b;

	(void)state;
	memset(mem, 'm', sizeof(mem));
	memcpy(want, mem, sizeof(mem));
	memset(text, 't', sizeof(text));
	lbuf_ext_init(&ext, NULL, NULL);
	for (n = 1; n <= sizeof(text); n++) {
		lbuf_init(&b, unit.pool);
		assert_int_equal(lbuf_write_ext(&b, &ext, mem, 9), 0);
		assert_int_equal(lbuf_write(&b, text, n), 0);
		memset(lbuf_reserve(&b, 7), 'r', 7);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_memory_equal(mem, want, sizeof(mem));
		assert_int_equal(lbuf_len(&b), 9 + n + 7);
		assert_memory_equal(lbuf_next(&b, 9), want, 9);
		assert_memory_equal(lbuf_next(&b, n), text, n);
		assert_memory_equal(lbuf_next(&b, 7), "rrrrrrr", 7);
		lbuf_close(&b);
		assert_memory_equal(mem, want, sizeof(mem));
	}
}

static void
case_18_insert_between_pending(void **state)
{
	static const char own[] = "abcdefghijklmnopqrstuvwxyz012345";
	static const char ins[] = "PQRST";
	static const uint64_t remain[] = { 30, 29, 28, 27, 0 };
	char want[64], *w = want;
	struct lbuf_ext ext;
	struct lbuf b;
	unsigned int i;
	uint64_t done = 0;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	lbuf_init(&b, unit.pool);
	memcpy(lbuf_reserve(&b, 32), own, 32);
	for (i = 0; i < RTE_DIM(remain); i++) {
		assert_int_equal(lbuf_insert_ext(&b, &ext, ins + i, 1, remain[i]), 0);
		for (; done < 32 - remain[i]; done++)
			*w++ = own[done];
		*w++ = ins[i];
	}
	*w = '\0';
	assert_string_equal(want, "abPcQdReSfghijklmnopqrstuvwxyz012345T");
	assert_int_equal(lbuf_pending(&b), 37);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_insert_ext(&b, &ext, ins, 1, 38), -ERANGE);
	assert_int_equal(lbuf_insert_ext(&b, &ext, ins, 1, UINT64_MAX), -ERANGE);
	assert_int_equal(lbuf_pending(&b), 37);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_insert_ext(&b, &ext, ins, 1, 1), -ERANGE); /* not pending */
	assert_str(&b, want);
	assert_int_equal(ext.mem.refcnt, 5);
	lbuf_close(&b);
	assert_int_equal(ext.mem.refcnt, 0);
}

static void
case_19_insert_in_place_of_the_reserved(void **state)
{
	const uint8_t *addr;
	struct lbuf_ext *ext;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, 4 + 7168);
	assert_non_null(p);
	unit_fill(p, 0, 4);
	memset(p + 4, 'x', 7168);
	ext = unit_ext(4, 7168, &addr);
	assert_int_equal(lbuf_insert_ext(&b, ext, addr, 7168, 7168), 0);
	assert_int_equal(lbuf_pending(&b), 4 + 2 * 7168);
	assert_int_equal(lbuf_ack(&b, 7172), 0);
	assert_int_equal(lbuf_pending(&b), 7172);
	assert_int_equal(lbuf_flush(&b), 0);
	unit_put(&b, 7172, 4);
	assert_fill(&b, 0, 7176);
	unit_drain(&b, 0, 7176);
	lbuf_close(&b);
}

static void
case_27_ack_in_the_first_of_two_writes(void **state)
{
	static uint8_t big[5000];
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_fill(lbuf_reserve(&b, 10), 0, 10);
	unit_fill(big, 10, sizeof(big));
	assert_int_equal(lbuf_write(&b, big, sizeof(big)), 0);
	memset(big, 0, sizeof(big)); /* always a copy */
	assert_int_equal(lbuf_pending(&b), 5010);
	assert_int_equal(lbuf_ack(&b, 100), 0);
	assert_int_equal(lbuf_pending(&b), 100);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 0, 100);
	unit_put(&b, 100, 50);
	assert_fill(&b, 0, 150);
	lbuf_close(&b);
}

static void
case_28_ack_cuts_the_inserted_off(void **state)
{
	struct lbuf_ext ext;
	struct lbuf b;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	lbuf_init(&b, unit.pool);
	memcpy(lbuf_reserve(&b, 10), "0123456789", 10);
	assert_int_equal(lbuf_insert_ext(&b, &ext, "UV", 2, 5), 0);
	assert_int_equal(lbuf_ack(&b, 3), 0);
	assert_int_equal(ext.mem.refcnt, 0);
	assert_int_equal(lbuf_write(&b, "zz", 2), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "012zz");
	lbuf_close(&b);
}

static void
case_30_append_readable_and_pending(void **state)
{
	struct lbuf b, donor;

	(void)state;
	lbuf_init(&b, unit.pool);
	lbuf_init(&donor, unit.pool);
	assert_int_equal(lbuf_write(&b, "A", 1), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_write(&donor, "BC", 2), 0);
	assert_int_equal(lbuf_flush(&donor), 0);
	assert_int_equal(lbuf_write(&donor, "DE", 2), 0);
	assert_int_equal(lbuf_append(&b, &donor), 0);
	assert_int_equal(lbuf_len(&b), 1);
	assert_int_equal(lbuf_pending(&b), 4);
	assert_int_equal(lbuf_len(&donor), 0);
	assert_int_equal(lbuf_pending(&donor), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "ABCDE");
	/* The donor stays usable. */
	assert_int_equal(lbuf_write(&donor, "next", 4), 0);
	assert_int_equal(lbuf_flush(&donor), 0);
	assert_str(&donor, "next");
	assert_str(&b, "ABCDE");
	lbuf_close(&donor);
	assert_str(&b, "ABCDE");
	lbuf_close(&b);
}

static void
case_31_append_to_itself(void **state)
{
	struct lbuf b, slice;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append(&b, &b), -EINVAL);
	unit_put(&b, 0, 100);
	assert_int_equal(lbuf_append(&b, &b), -EINVAL);
	assert_fill(&b, 0, 100);
	assert_int_equal(lbuf_slice(&b, 40, &slice), 0);
	assert_int_equal(lbuf_append(&slice, &b), -EROFS);
	assert_true(lbuf_append(&slice, &slice) < 0);
	assert_fill(&slice, 0, 40);
	assert_fill(&b, 40, 60);
	lbuf_close(&slice);
	lbuf_close(&b);
}

static void
case_32_reserve_after_append(void **state)
{
	struct lbuf b, donor;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		lbuf_init(&donor, unit.pool);
		unit_fill(lbuf_reserve(&b, 5), 0, 5);
		unit_add(&donor, (enum unit_kind)kind, 5, 9);
		assert_int_equal(lbuf_append(&b, &donor), 0);
		unit_fill(lbuf_reserve(&b, 6), 14, 6);
		assert_int_equal(lbuf_pending(&b), 20);
		assert_int_equal(lbuf_flush(&b), 0);
		/* Nor does what the donor writes from now on touch it. */
		unit_put(&donor, 1000, 3000);
		assert_fill(&b, 0, 20);
		assert_fill(&donor, 1000, 3000);
		lbuf_close(&b);
		lbuf_close(&donor);
	}
}

static void
case_33_insert_at_the_end_twice(void **state)
{
	struct lbuf_ext ext;
	struct lbuf b;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_insert_ext(&b, &ext, "first", 5, 0), 0);
	assert_int_equal(lbuf_insert_ext(&b, &ext, "second", 6, 0), 0);
	assert_int_equal(lbuf_pending(&b), 11);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "firstsecond");
	lbuf_close(&b);
}

/*
 * next, of a segment of which the rest is pending, and that is acked away: what
 * next handed out holds until release, also with bytes inserted in between.
 */
static void
ack_leaves_what_next_handed_out(void **state)
{
	const uint8_t *addr, *p, *q;
	struct lbuf_ext *ext;
	unsigned int inserted;
	struct lbuf b;

	(void)state;
	for (inserted = 0; inserted < 2; inserted++) {
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, 33);
		unit_fill(lbuf_reserve(&b, 18), 33, 18);
		p = lbuf_next(&b, 33);
		if (inserted != 0) {
			ext = unit_ext(1000, 46, &addr);
			assert_int_equal(lbuf_insert_ext(&b, ext, addr, 46, 18), 0);
		}
		/* Into a chunk of its own: the first one is held by its segment alone. */
		assert_non_null(lbuf_reserve(&b, 2000));
		assert_int_equal(lbuf_ack(&b, inserted * 5), 0);
		unit_scribble();
		assert_same(p, 0, 33);
		assert_int_equal(lbuf_pending(&b), inserted * 5);
		assert_int_equal(lbuf_flush(&b), 0);
		unit_put(&b, 1005, 10);
		assert_fill(&b, 1005 - inserted * 5, 10 + inserted * 5);
		q = lbuf_next(&b, 10 + inserted * 5);
		unit_scribble();
		assert_same(p, 0, 33);
		assert_same(q, 1005 - inserted * 5, 10 + inserted * 5);
		assert_int_equal(lbuf_release(&b), 0);
		unit_put(&b, 7, 10);
		assert_fill(&b, 7, 10);
		lbuf_close(&b);
	}
}

/* What was reserved in vain is no reason to keep its chunk. */
static void
release_after_ack_of_nothing(void **state)
{
	struct lbuf b;
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 3; i++) {
		assert_non_null(lbuf_reserve(&b, 100000));
		assert_int_equal(lbuf_ack(&b, 0), 0);
		assert_int_equal(lbuf_release(&b), 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
	/* Segments of all kinds, of which none is kept. */
	assert_non_null(lbuf_reserve(&b, 100));
	assert_int_equal(lbuf_append_mbuf(&b, unit_mbuf(unit.tiny, 0, 100)), 0);
	assert_non_null(lbuf_reserve(&b, 100));
	assert_int_equal(lbuf_ack(&b, 0), 0);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	unit_put(&b, 0, 50);
	assert_fill(&b, 0, 50);
	lbuf_close(&b);
}

/* When all is read and released, the chunk that was written is back at once. */
static void
the_write_chunk_goes_with_the_last_byte(void **state)
{
	unsigned int i;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 1; i < 10; i++) {
		unit_put(&b, 0, 100 * i);
		assert_int_not_equal(lbuf_pool_chunks_out(unit.pool), 0);
		unit_drain(&b, 0, 100 * i);
		assert_int_equal(lbuf_release(&b), 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(case_02_reserve_is_pending_until_flush),
	UNIT_TEST(case_05_ack_all),
	UNIT_TEST(case_06_nothing_is_no_error),
	UNIT_TEST(case_07_ack_nothing_and_too_much),
	UNIT_TEST(case_09_no_reservation_straddles),
	UNIT_TEST(case_13_append_two),
	UNIT_TEST(case_15_append_one_by_one),
	UNIT_TEST(case_16_flush_twice),
	UNIT_TEST(case_17_external_memory_is_not_written),
	UNIT_TEST(case_18_insert_between_pending),
	UNIT_TEST(case_19_insert_in_place_of_the_reserved),
	UNIT_TEST(case_27_ack_in_the_first_of_two_writes),
	UNIT_TEST(case_28_ack_cuts_the_inserted_off),
	UNIT_TEST(case_30_append_readable_and_pending),
	UNIT_TEST(case_31_append_to_itself),
	UNIT_TEST(case_32_reserve_after_append),
	UNIT_TEST(case_33_insert_at_the_end_twice),
	UNIT_TEST(ack_leaves_what_next_handed_out),
	UNIT_TEST(release_after_ack_of_nothing),
	UNIT_TEST(the_write_chunk_goes_with_the_last_byte),
};

UNIT_MAIN(tests)
