/* SPDX-License-Identifier: BSD-3-Clause */

/* Reserving what there is, in pieces, and aligned. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include <chunk.h>

#include "unit.h"

/* What a stream of unknown pieces brings is read into what there is. */
static void
read_what_comes(void **state)
{
	uint64_t seed = 3, pos = 0, n, was;
	unsigned int i;
	struct lbuf b;
	size_t room;
	uint8_t *p;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 3000; i++) {
		was = lbuf_pending(&b);
		p = lbuf_reserve_some(&b, 1 + unit_rand(&seed) % 100, &room);
		assert_non_null(p);
		assert_true(room >= 1);
		assert_int_equal(lbuf_pending(&b), was + room);
		n = RTE_MIN(unit_rand(&seed) % 700, room);
		unit_fill(p, pos, n);
		assert_int_equal(lbuf_ack(&b, lbuf_pending(&b) - room + n), 0);
		assert_int_equal(lbuf_pending(&b), was + n);
		pos += n;
		if (i % 3 == 0)
			assert_int_equal(lbuf_flush(&b), 0);
		if (i % 50 == 49) {
			assert_int_equal(lbuf_flush(&b), 0);
			unit_drain(&b, pos - lbuf_len(&b), lbuf_len(&b));
			assert_int_equal(lbuf_release(&b), 0);
		}
	}
	lbuf_close(&b);
}

/* What is given back is what is reserved next: nothing is allocated in between. */
static void
nothing_is_lost(void **state)
{
	struct iovec iov[LBUF_RESERVE_IOV];
	uint8_t *p, *first;
	unsigned int i;
	struct lbuf b;
	size_t room;
	int n;

	(void)state;
	lbuf_init(&b, unit.pool);
	first = lbuf_reserve_some(&b, 1, &room);
	assert_true(room >= 1000);
	assert_int_equal(lbuf_ack(&b, 0), 0);
	for (i = 0; i < 900; i++) {
		p = lbuf_reserve_some(&b, 1, &room);
		assert_ptr_equal(p, first + i);
		unit_fill(p, i, 1);
		assert_int_equal(lbuf_ack(&b, i + 1), 0);
	}
	for (; i < 1000; i++) {
		n = lbuf_reserve_iov(&b, 1, iov, &room);
		assert_int_equal(n, 1);
		assert_int_equal(iov[0].iov_len, room);
		assert_ptr_equal(iov[0].iov_base, first + i);
		unit_fill(iov[0].iov_base, i, 1);
		assert_int_equal(lbuf_ack(&b, i + 1), 0);
	}
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 0, 1000);
	lbuf_close(&b);
}

static void
any_least(void **state)
{
	static const size_t least[] = { 1, 100, 1023, 1024, 1025, 4096, 65536, 100000, 9000000 };
	struct iovec iov[LBUF_RESERVE_IOV];
	unsigned int i, before;
	struct lbuf b;
	size_t room;
	int n, k;

	(void)state;
	for (i = 0; i < RTE_DIM(least); i++) {
		for (before = 0; before < 1100; before += 99) {
			lbuf_init(&b, unit.pool);
			unit_put(&b, 0, before);
			assert_non_null(lbuf_reserve_some(&b, least[i], &room));
			assert_true(room >= least[i]);
			assert_int_equal(lbuf_pending(&b), room);
			assert_int_equal(lbuf_ack(&b, 0), 0);
			assert_fill(&b, 0, before);
			lbuf_close(&b);

			lbuf_init(&b, unit.pool);
			unit_put(&b, 0, before);
			n = lbuf_reserve_iov(&b, least[i], iov, &room);
			assert_true(n == 1 || n == 2);
			assert_true(room >= least[i]);
			assert_int_equal(lbuf_pending(&b), room);
			for (k = 0, room = before; k < n; room += iov[k++].iov_len)
				unit_fill(iov[k].iov_base, room, iov[k].iov_len);
			assert_int_equal(lbuf_pending(&b), room - before);
			assert_int_equal(lbuf_ack(&b, least[i] - 1), 0);
			assert_int_equal(lbuf_flush(&b), 0);
			assert_fill(&b, 0, before + least[i] - 1);
			unit_put(&b, before + least[i] - 1, 10);
			assert_fill(&b, 0, before + least[i] + 9);
			lbuf_close(&b);
		}
	}
}

/* A file of unknown length, by readv(). */
static void
readv_of_a_file(void **state)
{
	static uint8_t mem[300000];
	struct iovec iov[LBUF_RESERVE_IOV];
	FILE *f = tmpfile();
	struct lbuf b;
	ssize_t got;
	size_t room;
	int n;

	(void)state;
	assert_non_null(f);
	unit_fill(mem, 0, sizeof(mem));
	assert_int_equal(fwrite(mem, 1, sizeof(mem), f), sizeof(mem));
	rewind(f);
	lbuf_init(&b, unit.pool);
	do {
		n = lbuf_reserve_iov(&b, 5000, iov, &room);
		assert_true(n > 0);
		got = readv(fileno(f), iov, n);
		assert_true(got >= 0);
		assert_int_equal(lbuf_ack(&b, lbuf_pending(&b) - room + (size_t)got), 0);
	} while (got != 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 0, sizeof(mem));
	lbuf_close(&b);
	fclose(f);
}

static void
aligned(void **state)
{
	static const size_t align[] = { 1, 2, 64, 512, 4096, 65536 };
	uint64_t seed = 9, pos;
	unsigned int i, turn;
	struct lbuf b;
	uint8_t *p;
	size_t n;

	(void)state;
	for (i = 0; i < RTE_DIM(align); i++) {
		lbuf_init(&b, unit.pool);
		for (turn = 0, pos = 0; turn < 60; turn++) {
			n = unit_rand(&seed) % 100;
			unit_put(&b, pos, n); /* so that it is not aligned by chance */
			pos += n;
			n = 1 + unit_rand(&seed) % 9000;
			p = lbuf_reserve_aligned(&b, n, align[i]);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % align[i], 0);
			unit_fill(p, pos, n);
			assert_int_equal(lbuf_ack(&b, n - n / 3), 0);
			pos += n - n / 3;
			assert_int_equal(lbuf_flush(&b), 0);
		}
		unit_drain(&b, 0, pos);
		lbuf_close(&b);
	}
}

/* One aligned piece after the other comes out of the same chunk. */
static void
aligned_in_a_row(void **state)
{
	uint8_t *p, *next;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve_aligned(&b, 64, 64);
	next = lbuf_reserve_aligned(&b, 64, 64);
	assert_ptr_equal(next, p + 64);
	next = lbuf_reserve_aligned(&b, 10, 256);
	assert_true(next > p && next < p + 1024);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
	lbuf_close(&b);
}

static void
errors(void **state)
{
	struct iovec iov[LBUF_RESERVE_IOV];
	struct lbuf b, slice;
	size_t room = 7;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 10);
	assert_null_errno(lbuf_reserve_aligned(&b, 8, 0), EINVAL);
	assert_null_errno(lbuf_reserve_aligned(&b, 8, 24), EINVAL);
	assert_null_errno(lbuf_reserve_aligned(&b, SIZE_MAX, 512), EINVAL);
	assert_null_errno(lbuf_reserve_aligned(&b, (size_t)1 << 46, 512), ENOMEM);
	assert_null_errno(lbuf_reserve_some(&b, SIZE_MAX, &room), EINVAL);
	assert_int_equal(lbuf_reserve_iov(&b, SIZE_MAX, iov, &room), -EINVAL);
	assert_int_equal(lbuf_pending(&b), 0);
	room = 7;
	assert_non_null(lbuf_reserve_some(&b, 0, &room));
	assert_int_equal(room, 0);
	assert_int_equal(lbuf_reserve_iov(&b, 0, iov, &room), 0);
	assert_non_null(lbuf_reserve_aligned(&b, 0, 512));
	assert_int_equal(lbuf_slice(&b, 5, &slice), 0);
	assert_null_errno(lbuf_reserve_some(&slice, 1, &room), EROFS);
	assert_null_errno(lbuf_reserve_aligned(&slice, 1, 1), EROFS);
	assert_int_equal(lbuf_reserve_iov(&slice, 1, iov, &room), -EROFS);
	lbuf_close(&slice);
	lbuf_close(&b);
	assert_null_errno(lbuf_reserve_some(&b, 1, &room), EPIPE);
	assert_null_errno(lbuf_reserve_aligned(&b, 1, 1), EPIPE);
	assert_int_equal(lbuf_reserve_iov(&b, 1, iov, &room), -EPIPE);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(read_what_comes),
	UNIT_TEST_NO_CACHE(nothing_is_lost),
	UNIT_TEST(any_least),
	UNIT_TEST(readv_of_a_file),
	UNIT_TEST(aligned),
	UNIT_TEST_NO_CACHE(aligned_in_a_row),
	UNIT_TEST(errors),
};

UNIT_MAIN(tests)
