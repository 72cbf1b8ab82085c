/* SPDX-License-Identifier: BSD-3-Clause */

/* Changing bytes in place, and headers in front. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

/* Bytes that an edit writes: those of unit_fill() from here on. */
#define EDITED 100000

/* Edit n bytes of a buffer whose bytes start at pos, and check it; the address. */
static void *
edit(struct lbuf *b, uint64_t pos, uint64_t n)
{
	uint64_t len = lbuf_len(b), pending = lbuf_pending(b);
	struct iovec iov;
	uint8_t *p = lbuf_edit(b, n);
	uint64_t off, bytes;

	assert_same(p, pos, n);
	unit_fill(p, EDITED, n);
	assert_int_equal(lbuf_len(b), len);
	assert_int_equal(lbuf_pending(b), pending);
	for (off = 0; off < len; off += bytes) {
		assert_true(lbuf_iovec(b, off, &iov, 1, &bytes) > 0);
		bytes = off < n ? RTE_MIN(bytes, n - off) : bytes;
		assert_same(iov.iov_base, off < n ? EDITED + off : pos + off, bytes);
	}
	return p;
}

static void
edit_in_place(void **state)
{
	const void *p;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 100);
	p = lbuf_peek(&b, 1);
	assert_ptr_equal(edit(&b, 0, 50), p);
	unit_put(&b, 100, 10); /* what is written behind goes on */
	assert_int_equal(lbuf_skip(&b, 60), 0);
	assert_fill(&b, 60, 50);
	lbuf_close(&b);

	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_MBUF, 0, 100);
	p = lbuf_peek(&b, 1);
	assert_ptr_equal(edit(&b, 0, 100), p);
	lbuf_close(&b);
}

static void
edit_leaves_external_memory(void **state)
{
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_EXT, 0, 100); /* checks itself when it is freed */
	edit(&b, 0, 40);
	lbuf_close(&b);
}

static void
edit_leaves_other_views(void **state)
{
	struct lbuf b, slice;
	unsigned int kind, of_slice;
	const uint8_t *peeked;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		for (of_slice = 0; of_slice < 2; of_slice++) {
			lbuf_init(&b, unit.pool);
			unit_add(&b, (enum unit_kind)kind, 0, 100);
			peeked = lbuf_peek(&b, 60);
			assert_int_equal(lbuf_slice(&b, 40, &slice), 0);
			if (of_slice != 0)
				edit(&slice, 0, 40);
			else
				edit(&b, 40, 60);
			if (of_slice != 0) {
				assert_fill(&b, 40, 60);
				assert_same(peeked, 0, 60);
			} else {
				assert_fill(&slice, 0, 40);
				assert_same(peeked, 0, 40);
			}
			lbuf_close(&slice);
			lbuf_close(&b);
		}
	}
}

/* Of a slice that took a whole segment out of which a pointer was handed. */
static void
edit_leaves_what_is_held(void **state)
{
	struct lbuf b, slice;
	const uint8_t *peeked;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 0, 100);
		peeked = lbuf_peek(&b, 100);
		assert_int_equal(lbuf_slice(&b, 100, &slice), 0);
		edit(&slice, 0, 100);
		assert_same(peeked, 0, 100);
		lbuf_close(&slice);
		assert_same(peeked, 0, 100);
		lbuf_close(&b);
	}
}

static void
edit_leaves_clones(void **state)
{
	struct rte_mbuf *m, *clone;
	struct lbuf b;

	(void)state;
	m = unit_mbuf(unit.mbufs, 0, 100);
	clone = rte_pktmbuf_clone(m, unit.tiny);
	assert_non_null(clone);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, clone), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	edit(&b, 0, 100);
	assert_same(rte_pktmbuf_mtod(m, void *), 0, 100);
	lbuf_close(&b);
	/* And of what is cloned. */
	clone = rte_pktmbuf_clone(m, unit.tiny);
	assert_non_null(clone);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	edit(&b, 0, 100);
	assert_same(rte_pktmbuf_mtod(clone, void *), 0, 100);
	rte_pktmbuf_free(clone);
	lbuf_close(&b);
}

static void
edit_across_segments(void **state)
{
	unsigned int kind, i;
	struct lbuf b;
	uint64_t n;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		for (n = 1; n <= 120; n++) {
			lbuf_init(&b, unit.pool);
			for (i = 0; i < 4; i++)
				unit_add(&b, (enum unit_kind)((kind + i) % UNIT_KINDS), i * 30, 30);
			assert_int_equal(lbuf_write(&b, "pending", 7), 0);
			edit(&b, 0, n);
			assert_null_errno(lbuf_edit(&b, 121), ENODATA);
			assert_int_equal(lbuf_skip(&b, n), 0);
			assert_fill(&b, n, 120 - n);
			assert_int_equal(lbuf_skip(&b, 120 - n), 0);
			assert_int_equal(lbuf_flush(&b), 0);
			assert_str(&b, "pending");
			lbuf_close(&b);
		}
	}
}

/* Put a header of n bytes in front of a buffer whose bytes start at *pos. */
static uint8_t *
prepend(struct lbuf *b, uint64_t *pos, size_t n)
{
	uint64_t len = lbuf_len(b), pending = lbuf_pending(b);
	uint8_t *p = lbuf_prepend(b, n);

	assert_non_null(p);
	*pos -= n;
	unit_fill(p, *pos, n);
	assert_int_equal(lbuf_len(b), len + n);
	assert_int_equal(lbuf_pending(b), pending);
	assert_fill(b, *pos, len + n);
	return p;
}

static void
prepend_to_each_kind(void **state)
{
	static const size_t size[] = { 1, 14, 64, 128, 129, 2000, 70000 };
	unsigned int kind, i;
	struct lbuf b;
	uint64_t pos;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		pos = 1000000;
		unit_add(&b, (enum unit_kind)kind, pos, 100);
		for (i = 0; i < RTE_DIM(size); i++)
			prepend(&b, &pos, size[i]);
		unit_put(&b, 1000100, 50);
		unit_drain(&b, pos, 1000150 - pos);
		lbuf_close(&b);
	}
}

static void
prepend_to_empty_and_pending(void **state)
{
	uint64_t pos = 5000;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	prepend(&b, &pos, 20);
	prepend(&b, &pos, 30);
	unit_fill(lbuf_reserve(&b, 40), 5000, 40);
	prepend(&b, &pos, 10);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 4940, 100);
	assert_int_equal(lbuf_skip(&b, 100), 0);
	/* Only pending bytes in it. */
	unit_fill(lbuf_reserve(&b, 40), 5040, 40);
	pos = 5040;
	prepend(&b, &pos, 33);
	assert_int_equal(lbuf_len(&b), 33);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 5007, 73);
	assert_null_errno(lbuf_prepend(&b, (size_t)1 << 46), ENOMEM);
	assert_null_errno(lbuf_prepend(&b, SIZE_MAX), EINVAL);
	assert_null_errno(lbuf_prepend(&b, SIZE_MAX - 10), EINVAL);
	assert_fill(&b, 5007, 73);
	lbuf_close(&b);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, unit_mbuf(unit.mbufs, 700, 10)), 0);
	pos = 700;
	prepend(&b, &pos, 14); /* in front of a pending mbuf */
	assert_int_equal(lbuf_flush(&b), 0);
	assert_fill(&b, 686, 24);
	lbuf_close(&b);
}

static void
prepend_into_headroom(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 5000, 100);
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);
	uint64_t pos = 5000;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_ptr_equal(prepend(&b, &pos, 14), data - 14);
	assert_ptr_equal(prepend(&b, &pos, RTE_PKTMBUF_HEADROOM - 14), data - RTE_PKTMBUF_HEADROOM);
	assert_ptr_not_equal(prepend(&b, &pos, 1), data - RTE_PKTMBUF_HEADROOM - 1);
	assert_same(data - RTE_PKTMBUF_HEADROOM, 5000 - RTE_PKTMBUF_HEADROOM,
			RTE_PKTMBUF_HEADROOM + 100);
	lbuf_close(&b);
}

static void
prepend_not_into_shared_headroom(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 5000, 100), *clone;
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);
	struct lbuf b, slice;
	unsigned int i;
	uint64_t pos;

	(void)state;
	unit_fill(data - 64, 9000, 64);
	clone = rte_pktmbuf_clone(m, unit.tiny);
	assert_non_null(clone);
	/* Neither of a clone nor of what is cloned. */
	for (i = 0; i < 2; i++) {
		lbuf_init(&b, unit.pool);
		assert_int_equal(lbuf_append_mbuf(&b, i == 0 ? clone : m), 0);
		if (i == 0) {
			clone = rte_pktmbuf_clone(m, unit.tiny);
			assert_non_null(clone);
		}
		assert_int_equal(lbuf_flush(&b), 0);
		pos = 5000;
		prepend(&b, &pos, 14);
		assert_same(data - 64, 9000, 64);
		lbuf_close(&b);
	}
	rte_pktmbuf_free(clone);

	/* Bytes that a slice has are no headroom, nor what was handed out. */
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, unit_mbuf(unit.mbufs, 5000, 100)), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_slice(&b, 40, &slice), 0);
	pos = 5040;
	prepend(&b, &pos, 14);
	assert_fill(&slice, 5000, 40);
	lbuf_close(&slice);
	lbuf_close(&b);
}

static void
prepend_leaves_what_was_handed_out(void **state)
{
	const uint8_t *next, *peek;
	unsigned int kind;
	struct lbuf b;
	uint64_t pos;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 5000, 100);
		next = lbuf_next(&b, 50);
		pos = 5050;
		unit_fill(lbuf_prepend(&b, 20), 8000, 20);
		assert_same(next, 5000, 50);
		peek = lbuf_peek(&b, 20);
		assert_int_equal(lbuf_skip(&b, 20), 0);
		unit_fill(lbuf_prepend(&b, 20), 7000, 20);
		assert_same(peek, 8000, 20);
		assert_same(next, 5000, 50);
		assert_int_equal(lbuf_skip(&b, 20), 0);
		assert_int_equal(lbuf_release(&b), 0);
		assert_fill(&b, pos, 50);
		prepend(&b, &pos, 50);
		lbuf_close(&b);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(edit_in_place),
	UNIT_TEST(edit_leaves_external_memory),
	UNIT_TEST(edit_leaves_other_views),
	UNIT_TEST(edit_leaves_what_is_held),
	UNIT_TEST(edit_leaves_clones),
	UNIT_TEST(edit_across_segments),
	UNIT_TEST(prepend_to_each_kind),
	UNIT_TEST(prepend_to_empty_and_pending),
	UNIT_TEST(prepend_into_headroom),
	UNIT_TEST(prepend_not_into_shared_headroom),
	UNIT_TEST(prepend_leaves_what_was_handed_out),
};

UNIT_MAIN(tests)
