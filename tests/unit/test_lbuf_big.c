/* SPDX-License-Identifier: BSD-3-Clause */

/* Much: in one piece, in all, in segments. Numbers are those of the list of cases. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

/* The source of the bytes, again and again. A prime, so that no size divides it. */
#define SOURCE ((uint64_t)16777213)

static uint8_t *source;
static struct lbuf_ext forever = { .mem = { .kind = LBUF_MEM_EXT }, .iova = RTE_BAD_IOVA };

static int
make_source(void **state)
{
	(void)state;
	source = malloc(SOURCE);
	if (source == NULL)
		return -1;
	unit_fill(source, 0, SOURCE);
	return unit_setup(state);
}

static int
drop_source(void **state)
{
	free(source);
	return unit_teardown(state);
}

/* Add n bytes of the endless repetition of the source, as one or two segments. */
static void
add(struct lbuf *b, uint64_t pos, uint64_t n)
{
	uint64_t at = pos % SOURCE, run = RTE_MIN(n, SOURCE - at);

	assert_int_equal(lbuf_write_ext(b, &forever, source + at, run), 0);
	if (run < n)
		assert_int_equal(lbuf_write_ext(b, &forever, source, n - run), 0);
	assert_int_equal(lbuf_flush(b), 0);
}

/* n bytes of the repetition from pos on. */
static void
check(const uint8_t *p, uint64_t pos, uint64_t n)
{
	uint64_t run;

	assert_non_null(p);
	for (; n > 0; n -= run, pos += run, p += run) {
		run = RTE_MIN(n, SOURCE - pos % SOURCE);
		assert_true(memcmp(p, source + pos % SOURCE, run) == 0);
	}
}

static void
case_22_next_from_128_mib_to_1_byte(void **state)
{
	uint64_t put = 0, got = 0, n, seg, seed = 22;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (n = (uint64_t)128 << 20; n > 0; n /= 2) {
		while (put < got + n) {
			seg = 1 + unit_rand(&seed) % (UINT64_C(1) << unit_rand(&seed) % 23);
			add(&b, put, seg);
			put += seg;
		}
		check(lbuf_next(&b, n), got, n);
		got += n;
		assert_int_equal(lbuf_len(&b), put - got);
		assert_int_equal(lbuf_release(&b), 0);
	}
	assert_int_equal(got, ((uint64_t)256 << 20) - 1);
	lbuf_close(&b);
	assert_int_equal(forever.mem.refcnt, 0);
}

#define TOTAL (UINT64_C(5) << 30)
/* Where a segment begins that is over 4 GiB away from the front. */
#define FAR (SOURCE * 257)

static void
case_22_over_4_gib_in_all(void **state)
{
	struct lbuf b, slice, other;
	struct iovec iov[2];
	uint64_t pos, bytes;
	uint32_t crc[2] = { 0, 0 };
	uint16_t sum[2];

	(void)state;
	lbuf_init(&b, unit.pool);
	lbuf_init(&other, unit.pool);
	source[0] = 0; /* the only zero: */
	for (pos = 1; pos < SOURCE; pos++)
		source[pos] |= 1;
	for (pos = 0; pos < TOTAL; pos += bytes) {
		bytes = RTE_MIN(SOURCE, TOTAL - pos);
		assert_int_equal(lbuf_write_ext(&b, &forever, source, bytes), 0);
	}
	assert_int_equal(lbuf_pending(&b), TOTAL);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_len(&b), TOTAL);
	assert_int_equal(lbuf_find(&b, 0, FAR - 1), FAR);
	assert_int_equal(lbuf_find_str(&b, source, 8, FAR - 1), FAR);
	assert_true(lbuf_iovec(&b, FAR - 1, iov, 2, &bytes) > 2);
	assert_int_equal(bytes, 1 + SOURCE);
	assert_ptr_equal(iov[0].iov_base, source + SOURCE - 1);
	assert_ptr_equal(iov[1].iov_base, source);
	assert_int_equal(lbuf_crc32c(&b, FAR - 100, 200, &crc[0]), 0);
	assert_int_equal(lbuf_crc32c(&b, SOURCE - 100, 200, &crc[1]), 0);
	assert_int_equal(crc[0], crc[1]);
	assert_int_equal(lbuf_cksum(&b, FAR - 100, 200, &sum[0]), 0);
	assert_int_equal(lbuf_cksum(&b, SOURCE - 100, 200, &sum[1]), 0);
	assert_int_equal(sum[0], sum[1]);
	assert_null_errno(lbuf_peek(&b, TOTAL + 1), ENODATA);
	assert_int_equal(lbuf_skip(&b, TOTAL + 1), -ENODATA);
	assert_int_equal(lbuf_slice(&b, TOTAL + 1, &slice), -ENODATA);
	/* As large a slice, moved on, and consumed but for its end. */
	assert_int_equal(lbuf_slice(&b, FAR + 5, &slice), 0);
	assert_int_equal(lbuf_len(&slice), FAR + 5);
	assert_int_equal(lbuf_len(&b), TOTAL - FAR - 5);
	check(lbuf_peek(&b, 100), 5, 100);
	assert_int_equal(lbuf_append(&other, &slice), 0);
	assert_int_equal(lbuf_pending(&other), FAR + 5);
	assert_int_equal(lbuf_ack(&other, FAR + 3), 0);
	assert_int_equal(lbuf_flush(&other), 0);
	assert_int_equal(lbuf_skip(&other, FAR - 3), 0);
	check(lbuf_peek(&other, 6), SOURCE - 3, 6);
	assert_int_equal(lbuf_len(&other), 6);
	lbuf_close(&slice);
	lbuf_close(&other);
	lbuf_close(&b);
	assert_int_equal(forever.mem.refcnt, 0);
}

#define MANY 1000000

/* A million segments of a byte: cost that grew faster would not end in time. */
static void
a_million_segments(void **state)
{
	struct lbuf b, slice, other;
	struct iovec iov[64];
	uint64_t off, bytes, i;
	int64_t left;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < MANY; i++)
		add(&b, i, 1);
	assert_int_equal(lbuf_len(&b), MANY);
	assert_int_equal(forever.mem.refcnt, MANY);
	assert_int_equal(lbuf_iovec(&b, 0, iov, 1, NULL), MANY);
	assert_int_equal(lbuf_slice(&b, MANY / 2, &slice), 0);
	for (off = 0; off < 6400; off += bytes) {
		left = lbuf_iovec(&slice, off, iov, RTE_DIM(iov), &bytes);
		assert_int_equal(left, MANY / 2 - off);
		assert_int_equal(bytes, RTE_DIM(iov));
		check(iov[63].iov_base, off + 63, 1);
	}
	check(lbuf_peek(&b, MANY / 4), MANY / 2, MANY / 4);
	/* One by one, released one by one. */
	for (i = 0; i < MANY / 2; i++) {
		check(lbuf_peek(&slice, 1), i, 1);
		assert_int_equal(lbuf_skip(&slice, 1), 0);
		assert_int_equal(lbuf_release(&slice), 0);
	}
	assert_int_equal(lbuf_len(&slice), 0);
	lbuf_init(&other, unit.pool);
	assert_int_equal(lbuf_append(&other, &b), 0);
	assert_int_equal(lbuf_flush(&other), 0);
	assert_int_equal(lbuf_len(&other), MANY / 2);
	lbuf_close(&slice);
	lbuf_close(&b);
	check(lbuf_next(&other, MANY / 2), MANY / 2, MANY / 2);
	lbuf_close(&other);
	assert_int_equal(forever.mem.refcnt, 0);
}

/* A queue that is never empty, through which much more passes than it holds. */
static void
a_long_queue(void **state)
{
	struct lbuf b;
	uint64_t i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 3000; i++)
		add(&b, i * 10, 10);
	for (; i < 600000; i++) {
		add(&b, i * 10, 10);
		check(lbuf_peek(&b, 15), (i - 3000) * 10, 15);
		assert_int_equal(lbuf_skip(&b, 10), 0);
		assert_int_equal(lbuf_release(&b), 0);
	}
	assert_int_equal(lbuf_len(&b), 30000);
	/* Its descriptors need not grow beyond a few times what it holds. */
	assert_in_range(lbuf_pool_chunks_out(unit.pool), 1, 4);
	lbuf_close(&b);
}

#define BIG_TEST(func) \
	{ \
#func, func, make_source, drop_source, NULL \
	}

static const struct CMUnitTest tests[] = {
	BIG_TEST(case_22_next_from_128_mib_to_1_byte),
	BIG_TEST(case_22_over_4_gib_in_all),
	BIG_TEST(a_million_segments),
	BIG_TEST(a_long_queue),
};

UNIT_MAIN(tests)
