/* SPDX-License-Identifier: BSD-3-Clause */

/* Looking without consuming: iovec, numbers, copies; and what close leaves. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

static void
case_34_iovec_that_is_too_small(void **state)
{
	struct iovec iov[3];
	uint64_t bytes;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_EXT, 0, 100);
	unit_add(&b, UNIT_MBUF, 100, 50);
	memset(iov, 0, sizeof(iov));
	assert_int_equal(lbuf_iovec(&b, 0, iov, 1, &bytes), 2);
	assert_int_equal(bytes, 100);
	assert_int_equal(iov[0].iov_len, 100);
	assert_same(iov[0].iov_base, 0, 100);
	assert_null(iov[1].iov_base); /* only one was filled in */
	assert_int_equal(lbuf_iovec(&b, bytes, iov, 1, &bytes), 1);
	assert_int_equal(bytes, 50);
	assert_same(iov[0].iov_base, 100, 50);
	assert_int_equal(lbuf_iovec(&b, 150, iov, 1, &bytes), 0);
	assert_int_equal(bytes, 0);
	lbuf_close(&b);
}

static void
iovec_from_any_offset(void **state)
{
	static const unsigned int size[] = { 1, 7, 64, 3000, 2, 5000, 1 };
	struct iovec iov[RTE_DIM(size) + 1];
	uint64_t from, bytes, sum, total = 0;
	unsigned int i, want;
	int64_t n;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < RTE_DIM(size); total += size[i++])
		unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), total, size[i]);
	assert_int_equal(lbuf_write(&b, "pending is not seen", 19), 0);
	for (from = 0; from <= total; from++) {
		for (i = 0, sum = 0, want = 0; i < RTE_DIM(size); sum += size[i++])
			want += sum + size[i] > from;
		n = lbuf_iovec(&b, from, iov, RTE_DIM(iov), &bytes);
		assert_int_equal(n, want);
		assert_int_equal(bytes, total - from);
		for (i = 0, sum = from; i < n; sum += iov[i++].iov_len)
			assert_same(iov[i].iov_base, sum, iov[i].iov_len);
		assert_int_equal(sum, total);
		assert_int_equal(lbuf_iovec(&b, from, NULL, 0, &bytes), want);
		assert_int_equal(bytes, 0);
		assert_int_equal(lbuf_iovec(&b, from, iov, 2, NULL), want);
	}
	assert_int_equal(lbuf_iovec(&b, total + 1, iov, RTE_DIM(iov), &bytes), -ERANGE);
	assert_int_equal(lbuf_iovec(&b, UINT64_MAX, iov, RTE_DIM(iov), &bytes), -ERANGE);
	lbuf_close(&b);
}

static void
iovec_of_nothing(void **state)
{
	struct iovec iov;
	uint64_t bytes = 1;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_iovec(&b, 0, &iov, 1, &bytes), 0);
	assert_int_equal(bytes, 0);
	unit_put(&b, 0, 10);
	assert_int_equal(lbuf_skip(&b, 10), 0);
	assert_int_equal(lbuf_iovec(&b, 0, &iov, 1, &bytes), 0);
	assert_int_equal(lbuf_iovec(&b, 1, &iov, 1, &bytes), -ERANGE);
	lbuf_close(&b);
}

/* Every width, at every place of a border, in every kind of segment. */
static void
numbers_across_borders(void **state)
{
	static const uint8_t byte[] = { 0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x87, 0x08 };
	unsigned int at, i;
	struct lbuf_ext ext;
	struct lbuf b;
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	for (at = 0; at <= sizeof(byte); at++) {
		lbuf_init(&b, unit.pool);
		assert_int_equal(lbuf_write_ext(&b, &ext, byte, at), 0);
		assert_int_equal(lbuf_write(&b, byte + at, sizeof(byte) - at), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_int_equal(lbuf_peek_be16(&b, &v16), 0);
		assert_int_equal(v16, 0x8102);
		assert_int_equal(lbuf_peek_be32(&b, &v32), 0);
		assert_int_equal(v32, 0x81028304);
		assert_int_equal(lbuf_peek_be64(&b, &v64), 0);
		assert_int_equal(v64, UINT64_C(0x8102830485068708));
		assert_int_equal(lbuf_len(&b), 8);
		lbuf_close(&b);
	}
	/* Byte by byte, so that a number lies in as many segments as it has bytes. */
	lbuf_init(&b, unit.pool);
	for (i = 0; i < sizeof(byte); i++)
		assert_int_equal(lbuf_write_ext(&b, &ext, byte + i, 1), 0);
	assert_int_equal(lbuf_peek_be16(&b, &v16), -ENODATA);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_peek_be64(&b, &v64), 0);
	assert_int_equal(v64, UINT64_C(0x8102830485068708));
	for (i = 8; i > 0; i--) {
		v16 = 1;
		v32 = 1;
		v64 = 1;
		assert_int_equal(lbuf_peek_be16(&b, &v16), i >= 2 ? 0 : -ENODATA);
		assert_int_equal(lbuf_peek_be32(&b, &v32), i >= 4 ? 0 : -ENODATA);
		assert_int_equal(lbuf_peek_be64(&b, &v64), i >= 8 ? 0 : -ENODATA);
		assert_int_equal(v16 == 1, i < 2);
		assert_int_equal(v32 == 1, i < 4);
		assert_int_equal(v64 == 1, i < 8);
		assert_int_equal(lbuf_skip(&b, 1), 0);
	}
	lbuf_close(&b);
	assert_int_equal(ext.mem.refcnt, 0);
}

static void
read_and_copy_any_length(void **state)
{
	static uint8_t dst[1000];
	uint64_t n, pos;
	unsigned int i;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (n = 1; n < 400; n++) {
		for (i = 0, pos = 0; i < 8; pos += 50, i++)
			unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), pos, 50);
		memset(dst, 0x77, sizeof(dst));
		assert_int_equal(lbuf_peek_copy(&b, dst, n), 0);
		assert_same(dst, 0, n);
		assert_int_equal(dst[n], 0x77);
		assert_int_equal(lbuf_len(&b), 400);
		memset(dst, 0x77, sizeof(dst));
		assert_int_equal(lbuf_read(&b, dst, n), 0);
		assert_same(dst, 0, n);
		assert_int_equal(dst[n], 0x77);
		assert_fill(&b, n, 400 - n);
		assert_int_equal(lbuf_read(&b, dst, 401 - n), -ENODATA);
		assert_int_equal(lbuf_peek_copy(&b, dst, 401 - n), -ENODATA);
		assert_same(dst, 0, n); /* untouched */
		assert_fill(&b, n, 400 - n);
		assert_int_equal(lbuf_read(&b, dst, 400 - n), 0);
		assert_int_equal(lbuf_release(&b), 0);
	}
	lbuf_close(&b);
}

/* Pointers of peek and next hold until release, whatever becomes of the bytes. */
static void
pointers_hold_until_release(void **state)
{
	const uint8_t *first, *second, *third, *peeked;
	struct lbuf b, slice, other;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		lbuf_init(&other, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 0, 100);
		unit_add(&b, (enum unit_kind)kind, 100, 100);
		unit_add(&b, (enum unit_kind)kind, 200, 100);
		unit_add(&b, (enum unit_kind)kind, 300, 100);
		first = lbuf_next(&b, 40);
		second = lbuf_next(&b, 110); /* across */
		peeked = lbuf_peek(&b, 50);
		/* Cut off, given away, and gone. */
		assert_int_equal(lbuf_slice(&b, 50, &slice), 0);
		lbuf_close(&slice);
		third = lbuf_peek(&b, 100);
		assert_int_equal(lbuf_append(&other, &b), 0);
		lbuf_close(&other);
		assert_int_equal(lbuf_len(&b), 0);
		unit_put(&b, 0, 3000);
		unit_scribble();
		assert_same(first, 0, 40);
		assert_same(second, 40, 110);
		assert_same(peeked, 150, 50);
		assert_same(third, 200, 100);
		assert_int_equal(lbuf_release(&b), 0);
		assert_int_equal(unit.exts, 0);
		assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
		assert_fill(&b, 0, 3000);
		lbuf_close(&b);
	}
}

/* Every verb on a buffer that is closed. */
static void
closed_verbs(struct lbuf *b)
{
	struct lbuf slice, other;
	struct lbuf_ext ext;
	struct rte_mbuf *m;
	struct iovec iov;
	uint64_t bytes = 0;
	uint32_t crc = 0;
	uint16_t sum;
	uint8_t mem[8];

	lbuf_ext_init(&ext, NULL, NULL);
	assert_int_equal(lbuf_len(b), 0);
	assert_int_equal(lbuf_pending(b), 0);
	assert_null_errno(lbuf_reserve(b, 1), EPIPE);
	assert_int_equal(lbuf_ack(b, 1), -EPIPE);
	assert_int_equal(lbuf_flush(b), -EPIPE);
	assert_int_equal(lbuf_write(b, "x", 1), -EPIPE);
	assert_int_equal(lbuf_write_ext(b, &ext, mem, 1), -EPIPE);
	assert_int_equal(lbuf_insert_ext(b, &ext, mem, 1, 0), -EPIPE);
	assert_int_equal(ext.mem.refcnt, 0);
	lbuf_init(&other, unit.pool);
	unit_put(&other, 0, 10);
	assert_int_equal(lbuf_append(b, &other), -EPIPE);
	assert_int_equal(lbuf_append(&other, b), -EPIPE);
	assert_fill(&other, 0, 10);
	lbuf_close(&other);
	m = unit_mbuf(unit.tiny, 0, 10);
	assert_int_equal(lbuf_append_mbuf(b, m), -EPIPE);
	rte_pktmbuf_free(m);
	assert_null_errno(lbuf_prepend(b, 1), EPIPE);
	assert_null_errno(lbuf_peek(b, 1), EPIPE);
	assert_null_errno(lbuf_next(b, 1), EPIPE);
	assert_null_errno(lbuf_edit(b, 1), EPIPE);
	assert_int_equal(lbuf_skip(b, 1), -EPIPE);
	assert_int_equal(lbuf_peek_copy(b, mem, 1), -EPIPE);
	assert_int_equal(lbuf_read(b, mem, 1), -EPIPE);
	assert_int_equal(lbuf_peek_be32(b, &crc), -EPIPE);
	assert_int_equal(lbuf_slice(b, 1, &slice), -EPIPE);
	assert_int_equal(lbuf_release(b), -EPIPE);
	assert_int_equal(lbuf_find(b, 'x', 0), -EPIPE);
	assert_int_equal(lbuf_find_str(b, "xy", 2, 0), -EPIPE);
	assert_int_equal(lbuf_until(b, 'x', &slice), -EPIPE);
	assert_int_equal(lbuf_iovec(b, 0, &iov, 1, &bytes), -EPIPE);
	assert_int_equal(lbuf_cksum(b, 0, 1, &sum), -EPIPE);
	assert_int_equal(lbuf_crc32c(b, 0, 1, &crc), -EPIPE);
	assert_int_equal(lbuf_read_cksum(b, mem, 1, &sum), -EPIPE);
	lbuf_handoff(b);
}

static void
case_36_closed(void **state)
{
	struct lbuf b, slice;
	unsigned int i;

	(void)state;
	/* Closed as it was opened, in use, and with bytes pending and consumed. */
	for (i = 0; i < 5; i++) {
		lbuf_init(&b, unit.pool);
		if (i >= 1)
			unit_add(&b, UNIT_MBUF, 0, 1000);
		if (i >= 2)
			assert_non_null(lbuf_next(&b, 500));
		if (i >= 3)
			unit_add(&b, UNIT_EXT, 1000, 1000);
		if (i >= 4)
			assert_non_null(lbuf_reserve(&b, 5000));
		lbuf_close(&b);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		assert_int_equal(unit.exts, 0);
		closed_verbs(&b);
		lbuf_close(&b);
		closed_verbs(&b);
		/* And opened again. */
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, 100);
		assert_fill(&b, 0, 100);
		assert_int_equal(lbuf_slice(&b, 10, &slice), 0);
		lbuf_close(&slice);
		lbuf_close(&slice);
		closed_verbs(&slice);
		lbuf_close(&b);
	}
	lbuf_close(NULL);
	memset(&b, 0, sizeof(b));
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(case_34_iovec_that_is_too_small),
	UNIT_TEST(iovec_from_any_offset),
	UNIT_TEST(iovec_of_nothing),
	UNIT_TEST(numbers_across_borders),
	UNIT_TEST(read_and_copy_any_length),
	UNIT_TEST(pointers_hold_until_release),
	UNIT_TEST(case_36_closed),
};

UNIT_MAIN(tests)
