/* SPDX-License-Identifier: BSD-3-Clause */

/* Slices. Numbers are those of the list of cases. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

static void
case_14_slice_and_parent_are_apart(void **state)
{
	const uint8_t *five, *four;
	struct lbuf b, slice;
	unsigned int kind, first;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		for (first = 0; first < 2; first++) {
			lbuf_init(&b, unit.pool);
			unit_add(&b, (enum unit_kind)kind, 0, 30);
			five = lbuf_next(&b, 5);
			assert_int_equal(lbuf_slice(&b, 4, &slice), 0);
			assert_int_equal(lbuf_len(&slice), 4);
			assert_int_equal(lbuf_len(&b), 21);
			four = lbuf_next(first == 0 ? &slice : &b, 4);
			assert_same(four, first == 0 ? 5 : 9, 4);
			assert_int_equal(lbuf_release(first == 0 ? &slice : &b), 0);
			unit_scribble();
			if (first == 0) {
				assert_same(five, 0, 5);
				assert_fill(&b, 9, 21);
				lbuf_close(&slice);
				unit_scribble();
				assert_fill(&b, 9, 21);
				lbuf_close(&b);
			} else {
				assert_fill(&slice, 5, 4);
				lbuf_close(&b);
				unit_scribble();
				assert_fill(&slice, 5, 4);
				lbuf_close(&slice);
			}
		}
	}
}

static void
case_23_parent_skips_all(void **state)
{
	struct lbuf b, slice;
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 9; i++)
		unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 100, 100);
	assert_int_equal(lbuf_skip(&b, 50), 0);
	assert_int_equal(lbuf_slice(&b, 600, &slice), 0);
	assert_int_equal(lbuf_skip(&b, 250), 0);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_release(&b), 0);
	unit_scribble();
	assert_fill(&slice, 50, 600);
	unit_drain(&slice, 50, 600);
	assert_int_equal(lbuf_release(&slice), 0);
	lbuf_close(&slice);
	lbuf_close(&b);
}

static void
case_24_slices_outlive_the_parent(void **state)
{
	struct lbuf b, slice[10], part;
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 12; i++)
		unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 100, 100);
	/* Of 70 bytes each: in a segment, across one border, across two. */
	for (i = 0; i < RTE_DIM(slice); i++)
		assert_int_equal(lbuf_slice(&b, 70, &slice[i]), 0);
	assert_fill(&b, 700, 500);
	lbuf_close(&b);
	unit_scribble();
	for (i = 0; i < RTE_DIM(slice); i++)
		assert_fill(&slice[i], i * 70, 70);
	/* A slice of a slice outlives that. */
	assert_int_equal(lbuf_slice(&slice[1], 50, &part), 0);
	assert_fill(&slice[1], 120, 20);
	lbuf_close(&slice[1]);
	for (i = 0; i < RTE_DIM(slice); i += 3)
		lbuf_close(&slice[i]);
	unit_scribble();
	for (i = 0; i < RTE_DIM(slice); i++)
		if (i % 3 != 0 && i != 1)
			assert_fill(&slice[i], i * 70, 70);
	assert_fill(&part, 70, 50);
	assert_true(lbuf_pool_chunks_out(unit.pool) > 0);
	for (i = 0; i < RTE_DIM(slice); i++)
		lbuf_close(&slice[i]);
	assert_fill(&part, 70, 50);
	lbuf_close(&part);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(unit.exts, 0);
	assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
}

static void
case_25_slice_cannot_be_written(void **state)
{
	struct iovec iov[4];
	struct lbuf b, slice, other;
	struct lbuf_ext ext;
	struct rte_mbuf *m;
	uint64_t bytes;
	unsigned int i;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 4; i++)
		unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 100, 100);
	assert_int_equal(lbuf_skip(&b, 50), 0);
	assert_int_equal(lbuf_slice(&b, 200, &slice), 0);
	assert_int_equal(lbuf_iovec(&slice, 0, iov, RTE_DIM(iov), &bytes), 3);
	assert_int_equal(bytes, 200);
	assert_int_equal(iov[0].iov_len, 50);
	assert_int_equal(iov[1].iov_len, 100);
	assert_int_equal(iov[2].iov_len, 50);
	assert_same(iov[0].iov_base, 50, 50);
	assert_same(iov[1].iov_base, 100, 100);
	assert_same(iov[2].iov_base, 200, 50);

	assert_null_errno(lbuf_reserve(&slice, 1), EROFS);
	assert_null_errno(lbuf_reserve(&slice, 100000), EROFS);
	assert_int_equal(lbuf_ack(&slice, 0), -EROFS);
	assert_int_equal(lbuf_flush(&slice), -EROFS);
	assert_int_equal(lbuf_write(&slice, "x", 1), -EROFS);
	assert_int_equal(lbuf_write_ext(&slice, &ext, "x", 1), -EROFS);
	assert_int_equal(lbuf_insert_ext(&slice, &ext, "x", 1, 0), -EROFS);
	assert_int_equal(ext.mem.refcnt, 0);
	lbuf_init(&other, unit.pool);
	unit_put(&other, 1000, 10);
	assert_int_equal(lbuf_append(&slice, &other), -EROFS);
	assert_fill(&other, 1000, 10);
	m = unit_mbuf(unit.tiny, 0, 200);
	assert_int_equal(lbuf_append_mbuf(&slice, m), -EROFS);
	assert_int_equal(m->nb_segs, 4); /* still the caller's, and whole */
	assert_int_equal(m->pkt_len, 200);
	rte_pktmbuf_free(m);
	assert_null_errno(lbuf_prepend(&slice, 1), EROFS);
	assert_fill(&slice, 50, 200);
	/* Nor when it is empty, or was released. */
	assert_int_equal(lbuf_skip(&slice, 200), 0);
	assert_int_equal(lbuf_write(&slice, "x", 1), -EROFS);
	assert_int_equal(lbuf_release(&slice), 0);
	assert_null_errno(lbuf_reserve(&slice, 1), EROFS);
	assert_int_equal(lbuf_write_ext(&slice, &ext, "x", 1), -EROFS);
	lbuf_close(&slice);
	lbuf_close(&other);
	assert_fill(&b, 250, 150);
	lbuf_close(&b);
}

/* Most of a slice cut off, which may be done another way than a little of it. */
static void
case_25_slice_of_a_slice(void **state)
{
	struct lbuf b, slice, part;
	struct lbuf_ext ext;
	unsigned int n, i;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	for (n = 1; n <= 20; n++) {
		lbuf_init(&b, unit.pool);
		for (i = 0; i < 20; i++)
			unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 100, 100);
		assert_int_equal(lbuf_slice(&b, 2000, &slice), 0);
		assert_int_equal(lbuf_slice(&slice, n * 100, &part), 0);
		for (i = 0; i < 2; i++) {
			struct lbuf *s = i == 0 ? &slice : &part;

			assert_int_equal(lbuf_write_ext(s, &ext, "x", 1), -EROFS);
			assert_int_equal(lbuf_write(s, "x", 1), -EROFS);
			assert_null_errno(lbuf_reserve(s, 1), EROFS);
			assert_int_equal(lbuf_append(s, &b), -EROFS);
			assert_int_equal(lbuf_flush(s), -EROFS);
		}
		unit_put(&b, 5000, 10);
		assert_fill(&part, 0, n * 100);
		assert_fill(&slice, n * 100, 2000 - n * 100);
		assert_fill(&b, 5000, 10);
		lbuf_close(n % 2 == 0 ? &part : &slice);
		lbuf_close(&b);
		lbuf_close(&slice);
		lbuf_close(&part);
	}
	assert_int_equal(ext.mem.refcnt, 0);
}

static void
slice_is_no_copy(void **state)
{
	const uint8_t *addr;
	struct lbuf b, slice;
	struct rte_mbuf *m;
	struct lbuf_ext *ext;
	struct iovec iov[3];
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
	assert_int_equal(lbuf_slice(&b, 250, &slice), 0);
	assert_int_equal(lbuf_iovec(&slice, 0, iov, 3, NULL), 3);
	assert_ptr_equal(iov[0].iov_base, p);
	assert_ptr_equal(iov[1].iov_base, addr);
	assert_ptr_equal(iov[2].iov_base, rte_pktmbuf_mtod(m, void *));
	assert_int_equal(lbuf_iovec(&b, 0, iov, 3, NULL), 1);
	assert_ptr_equal(iov[0].iov_base, rte_pktmbuf_mtod(m, uint8_t *) + 50);
	lbuf_close(&slice);
	lbuf_close(&b);
}

static void
slice_errors_leave_all_as_it_was(void **state)
{
	struct lbuf b, slice, want;

	(void)state;
	lbuf_init(&b, unit.pool);
	memset(&slice, 0x5a, sizeof(slice));
	want = slice;
	assert_int_equal(lbuf_slice(&b, 1, &slice), -ENODATA);
	unit_put(&b, 0, 10);
	assert_int_equal(lbuf_write(&b, "pending", 7), 0);
	assert_int_equal(lbuf_slice(&b, 11, &slice), -ENODATA);
	assert_int_equal(lbuf_slice(&b, UINT64_MAX, &slice), -ENODATA);
	assert_memory_equal(&slice, &want, sizeof(slice));
	assert_fill(&b, 0, 10);
	assert_int_equal(lbuf_pending(&b), 7);
	lbuf_close(&b);
}

/* Bytes that are pending behind a slice, in the same memory, stay what they are. */
static void
slice_before_pending_bytes(void **state)
{
	struct lbuf b, slice;
	uint64_t n;

	(void)state;
	for (n = 1; n <= 20; n++) {
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, 20);
		unit_fill(lbuf_reserve(&b, 30), 20, 30);
		assert_int_equal(lbuf_slice(&b, n, &slice), 0);
		unit_fill(lbuf_reserve(&b, 10), 50, 10);
		assert_int_equal(lbuf_len(&b), 20 - n);
		assert_int_equal(lbuf_pending(&b), 40);
		assert_int_equal(lbuf_ack(&b, 25), 0);
		unit_fill(lbuf_reserve(&b, 100), 45, 100);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_fill(&slice, 0, n);
		assert_fill(&b, n, 145 - n);
		lbuf_close(n % 2 == 0 ? &b : &slice);
		if (n % 2 == 0)
			assert_fill(&slice, 0, n);
		else
			assert_fill(&b, n, 145 - n);
		lbuf_close(&slice);
		lbuf_close(&b);
	}
}

/* A slice can give its bytes to another buffer, back to its parent even. */
static void
slice_appended(void **state)
{
	struct lbuf b, slice;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 100, 60);
		unit_add(&b, (enum unit_kind)kind, 0, 100);
		assert_int_equal(lbuf_slice(&b, 60, &slice), 0);
		assert_int_equal(lbuf_append(&b, &slice), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_int_equal(lbuf_len(&slice), 0);
		assert_fill(&b, 0, 160);
		/* Empty it stays a slice. */
		assert_int_equal(lbuf_write(&slice, "x", 1), -EROFS);
		assert_int_equal(lbuf_append(&b, &slice), 0);
		lbuf_close(&slice);
		unit_scribble();
		assert_fill(&b, 0, 160);
		lbuf_close(&b);
	}
}

/* Message by message, as a stream is cut: what is cut and what is left. */
static void
stream_cut_into_slices(void **state)
{
	struct lbuf b, slice, kept[16];
	uint64_t seed = 5, put = 0, cut = 0, from[RTE_DIM(kept)], n;
	unsigned int i, k;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (k = 0; k < RTE_DIM(kept); k++)
		lbuf_init(&kept[k], unit.pool);
	for (i = 0; i < 3000; i++) {
		n = 1 + unit_rand(&seed) % 3000;
		unit_add(&b, (enum unit_kind)(unit_rand(&seed) % UNIT_KINDS), put, n);
		put += n;
		n = unit_rand(&seed) % (put - cut + 1);
		if (i % 7 == 0 && put != cut)
			assert_same(lbuf_peek(&b, 1), cut, 1);
		assert_int_equal(lbuf_slice(&b, n, &slice), 0);
		assert_fill(&slice, cut, n);
		cut += n;
		assert_fill(&b, cut, put - cut);
		k = i % RTE_DIM(kept);
		if (lbuf_len(&kept[k]) != 0)
			unit_drain(&kept[k], from[k], lbuf_len(&kept[k]));
		lbuf_close(&kept[k]);
		kept[k] = (struct lbuf){ 0 };
		if (i % 3 != 0) {
			lbuf_close(&slice);
			lbuf_init(&kept[k], unit.pool);
		} else {
			from[k] = cut - n;
			assert_int_equal(lbuf_slice(&slice, n, &kept[k]), 0);
			lbuf_close(&slice);
		}
		assert_int_equal(lbuf_release(&b), 0);
	}
	for (k = 0; k < RTE_DIM(kept); k++)
		lbuf_close(&kept[k]);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(case_14_slice_and_parent_are_apart),
	UNIT_TEST(case_23_parent_skips_all),
	UNIT_TEST(case_24_slices_outlive_the_parent),
	UNIT_TEST(case_25_slice_cannot_be_written),
	UNIT_TEST(case_25_slice_of_a_slice),
	UNIT_TEST(slice_is_no_copy),
	UNIT_TEST(slice_errors_leave_all_as_it_was),
	UNIT_TEST(slice_before_pending_bytes),
	UNIT_TEST(slice_appended),
	UNIT_TEST(stream_cut_into_slices),
};

UNIT_MAIN(tests)
