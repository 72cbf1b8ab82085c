/* SPDX-License-Identifier: BSD-3-Clause */

/* mbufs in linked buffers. */

#include <errno.h>
#include <stdlib.h>

#include <lbuf_priv.h>

#include "unit.h"

static unsigned int
mbufs_out(void)
{
	return UNIT_MBUF_NUM - rte_mempool_avail_count(unit.mbufs);
}

static unsigned int
tiny_out(void)
{
	return UNIT_TINY_NUM - rte_mempool_avail_count(unit.tiny);
}

static void
append(struct lbuf *b, struct rte_mbuf *m)
{
	assert_int_equal(lbuf_append_mbuf(b, m), 0);
	assert_int_equal(lbuf_flush(b), 0);
}

static void
one_segment(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 1000);
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(lbuf_pending(&b), 1000);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_ptr_equal(lbuf_peek(&b, 1000), data);
	assert_fill(&b, 0, 1000);
	assert_int_equal(lbuf_skip(&b, 1000), 0);
	assert_int_equal(mbufs_out(), 1);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(mbufs_out(), 0);
	lbuf_close(&b);
}

static void
headers_taken_off(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 1000);
	struct lbuf b;

	(void)state;
	rte_pktmbuf_adj(m, 54);
	rte_pktmbuf_trim(m, 46);
	lbuf_init(&b, unit.pool);
	append(&b, m);
	assert_fill(&b, 54, 900);
	lbuf_close(&b);
}

static void
chains(void **state)
{
	static const size_t size[] = { 1, 63, 64, 65, 128, 1000, 6400, 64 * 300 };
	struct iovec iov[400];
	struct rte_mbuf *m, *seg;
	unsigned int i, k;
	struct lbuf b;

	(void)state;
	for (i = 0; i < RTE_DIM(size); i++) {
		lbuf_init(&b, unit.pool);
		m = unit_mbuf(unit.tiny, 0, size[i]);
		for (seg = m, k = 0; seg != NULL; seg = seg->next, k++)
			iov[k].iov_base = rte_pktmbuf_mtod(seg, void *);
		append(&b, m);
		assert_fill(&b, 0, size[i]);
		assert_int_equal(tiny_out(), k);
		unit_drain(&b, 0, size[i]);
		assert_int_equal(lbuf_release(&b), 0);
		assert_int_equal(tiny_out(), 0);
		lbuf_close(&b);
	}
	/* Each where it was. */
	lbuf_init(&b, unit.pool);
	m = unit_mbuf(unit.tiny, 0, 64 * 20);
	for (seg = m, k = 0; seg != NULL; seg = seg->next, k++)
		iov[100 + k].iov_base = rte_pktmbuf_mtod(seg, void *);
	append(&b, m);
	assert_int_equal(lbuf_iovec(&b, 0, iov, 100, NULL), 20);
	for (k = 0; k < 20; k++) {
		assert_ptr_equal(iov[k].iov_base, iov[100 + k].iov_base);
		assert_int_equal(iov[k].iov_len, 64);
	}
	lbuf_close(&b);
}

/* A chain whose segments have these lengths. */
static struct rte_mbuf *
chain_of(const uint16_t *len, unsigned int n, uint64_t pos)
{
	struct rte_mbuf *head = NULL, *m;
	unsigned int i;

	for (i = 0; i < n; i++) {
		m = rte_pktmbuf_alloc(unit.tiny);
		assert_non_null(m);
		unit_fill(rte_pktmbuf_append(m, len[i]), pos, len[i]);
		pos += len[i];
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	}
	return head;
}

static void
segments_without_data(void **state)
{
	static const uint16_t len[][5] = { { 0, 10, 0, 20, 0 }, { 10, 0, 0, 0, 20 },
		{ 0, 0, 30, 0, 0 }, { 0, 0, 0, 0, 30 } };
	static const unsigned int segs[] = { 2, 2, 1, 1 };
	static const uint16_t none[] = { 0, 0, 0 };
	struct lbuf b;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(len); i++) {
		lbuf_init(&b, unit.pool);
		append(&b, chain_of(len[i], 5, 0));
		assert_fill(&b, 0, 30);
		assert_int_equal(tiny_out(), segs[i]);
		lbuf_close(&b);
		assert_int_equal(tiny_out(), 0);
	}
	lbuf_init(&b, unit.pool);
	append(&b, chain_of(none, 3, 0));
	append(&b, chain_of(none, 1, 0));
	assert_int_equal(lbuf_len(&b), 0);
	assert_int_equal(tiny_out(), 0);
	unit_put(&b, 0, 10);
	append(&b, chain_of(none, 3, 0));
	unit_put(&b, 10, 10);
	assert_fill(&b, 0, 20);
	lbuf_close(&b);
}

static void
bad_arguments(void **state)
{
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, NULL), -EINVAL);
	assert_int_equal(lbuf_pending(&b), 0);
	lbuf_close(&b);
}

/* An mbuf that is sliced goes back with the last slice. */
static void
divided(void **state)
{
	struct lbuf b, slice[10];
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	append(&b, unit_mbuf(unit.mbufs, 0, 1000));
	for (i = 0; i < 10; i++)
		assert_int_equal(lbuf_slice(&b, 100, &slice[i]), 0);
	lbuf_close(&b);
	for (i = 0; i < 10; i++) {
		unit_scribble();
		assert_fill(&slice[(i * 3) % 10], (i * 3) % 10 * 100, 100);
		assert_int_equal(mbufs_out(), 1);
		lbuf_close(&slice[(i * 3) % 10]);
	}
	assert_int_equal(mbufs_out(), 0);
	/* The mbuf is a usual one again. */
	lbuf_init(&b, unit.pool);
	append(&b, unit_mbuf(unit.mbufs, 0, 1000));
	assert_fill(&b, 0, 1000);
	lbuf_close(&b);
}

static void
clones(void **state)
{
	struct rte_mbuf *m, *clone;
	unsigned int first;
	struct lbuf b, slice;

	(void)state;
	for (first = 0; first < 2; first++) {
		m = unit_mbuf(unit.mbufs, 0, 40000); /* a chain of three */
		clone = rte_pktmbuf_clone(m, unit.tiny);
		assert_non_null(clone);
		lbuf_init(&b, unit.pool);
		append(&b, first == 0 ? clone : m);
		rte_pktmbuf_free(first == 0 ? m : clone);
		unit_scribble();
		assert_fill(&b, 0, 40000);
		assert_int_equal(lbuf_slice(&b, 20000, &slice), 0);
		lbuf_close(&b);
		unit_scribble();
		assert_fill(&slice, 0, 20000);
		lbuf_close(&slice);
		assert_int_equal(tiny_out(), 0);
		assert_int_equal(mbufs_out(), 0);
	}
}

static unsigned int extbuf_frees;

static void
extbuf_free(void *addr, void *opaque)
{
	if (addr == opaque)
		extbuf_frees++;
}

static void
external_buffers(void **state)
{
	static uint8_t mem[4096];
	struct rte_mbuf_ext_shared_info *info;
	uint16_t len = sizeof(mem);
	struct lbuf b, slice;
	struct rte_mbuf *m;

	(void)state;
	extbuf_frees = 0;
	info = rte_pktmbuf_ext_shinfo_init_helper(mem, &len, extbuf_free, mem);
	assert_non_null(info);
	unit_fill(mem, 0, 3000);
	m = rte_pktmbuf_alloc(unit.tiny);
	assert_non_null(m);
	rte_pktmbuf_attach_extbuf(m, mem, RTE_BAD_IOVA, len, info);
	assert_non_null(rte_pktmbuf_append(m, 3000));
	lbuf_init(&b, unit.pool);
	append(&b, m);
	assert_ptr_equal(lbuf_peek(&b, 3000), mem);
	assert_int_equal(lbuf_slice(&b, 1000, &slice), 0);
	lbuf_close(&b);
	assert_int_equal(extbuf_frees, 0);
	assert_fill(&slice, 0, 1000);
	lbuf_close(&slice);
	assert_int_equal(extbuf_frees, 1);
}

/* The caller keeps a reference of its own; it goes before or after. */
static void
with_a_reference_kept(void **state)
{
	struct lbuf b, slice;
	struct rte_mbuf *m;
	unsigned int first;

	(void)state;
	for (first = 0; first < 2; first++) {
		m = unit_mbuf(unit.mbufs, 0, 1000);
		rte_mbuf_refcnt_update(m, 1);
		lbuf_init(&b, unit.pool);
		append(&b, m);
		assert_int_equal(lbuf_slice(&b, 300, &slice), 0);
		if (first == 0) {
			rte_pktmbuf_free(m);
			unit_scribble();
		}
		assert_fill(&slice, 0, 300);
		lbuf_close(&slice);
		assert_fill(&b, 300, 700);
		lbuf_close(&b);
		assert_int_equal(mbufs_out(), first);
		if (first == 1) {
			assert_int_equal(rte_mbuf_refcnt_read(m), 1);
			assert_same(rte_pktmbuf_mtod(m, void *), 0, 1000);
			rte_pktmbuf_free(m);
		}
	}
}

/* Where mbufs have no place left for a count of ours, theirs has to do. */
static void
without_a_count_of_our_own(void **state)
{
	int offset = lbuf_mbuf_offset;
	struct lbuf b, slice;
	unsigned int order;

	(void)state;
	for (order = 0; order < 2; order++) {
		lbuf_init(&b, unit.pool);
		append(&b, unit_mbuf(unit.mbufs, 0, 1000));
		lbuf_mbuf_offset = MBUF_OFFSET_NONE;
		assert_int_equal(lbuf_slice(&b, 300, &slice), 0);
		lbuf_mbuf_offset = offset;
		lbuf_close(order == 0 ? &b : &slice);
		unit_scribble();
		if (order == 0)
			assert_fill(&slice, 0, 300);
		else
			assert_fill(&b, 300, 700);
		assert_int_equal(mbufs_out(), 1);
		lbuf_close(order == 0 ? &slice : &b);
		assert_int_equal(mbufs_out(), 0);
	}
}

/* Two buffers, each with a reference of the same mbuf, as for multicast. */
static void
in_two_buffers(void **state)
{
	struct lbuf b[2], slice[2];
	struct rte_mbuf *m;
	unsigned int i, order;

	(void)state;
	for (order = 0; order < 2; order++) {
		m = unit_mbuf(unit.mbufs, 0, 1000);
		rte_mbuf_refcnt_update(m, 1);
		for (i = 0; i < 2; i++) {
			lbuf_init(&b[i], unit.pool);
			append(&b[i], m);
		}
		for (i = 0; i < 2; i++)
			assert_int_equal(lbuf_slice(&b[i], 300 + i * 100, &slice[i]), 0);
		for (i = 0; i < 2; i++) {
			lbuf_close(&b[i ^ order]);
			unit_scribble();
			assert_fill(&slice[i ^ order], 0, 300 + (i ^ order) * 100);
			lbuf_close(&slice[i ^ order]);
			unit_scribble();
			assert_int_equal(mbufs_out(), 1 - i);
			if (i == 0)
				assert_fill(&slice[1 ^ order], 0, 300 + (1 ^ order) * 100);
		}
	}
}

/* Chunks and external memory between them, read in pieces of any size. */
static void
between_other_segments(void **state)
{
	uint64_t seed = 21, put = 0, got = 0, n;
	unsigned int round;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (round = 0; round < 3000; round++) {
		n = 1 + unit_rand(&seed) % 500;
		switch (unit_rand(&seed) % 4) {
		case 0:
			append(&b, unit_mbuf(unit.tiny, put, n));
			break;
		case 1:
			unit_put(&b, put, n);
			break;
		default:
			unit_add(&b, (enum unit_kind)(round % UNIT_KINDS), put, n);
			break;
		}
		put += n;
		n = unit_rand(&seed) % (put - got + 1);
		if (n > 0)
			assert_same(lbuf_next(&b, n), got, n);
		got += n;
		if (round % 3 == 0)
			assert_int_equal(lbuf_release(&b), 0);
	}
	assert_fill(&b, got, put - got);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(one_segment),
	UNIT_TEST(headers_taken_off),
	UNIT_TEST(chains),
	UNIT_TEST(segments_without_data),
	UNIT_TEST(bad_arguments),
	UNIT_TEST(divided),
	UNIT_TEST(clones),
	UNIT_TEST(external_buffers),
	UNIT_TEST(with_a_reference_kept),
	UNIT_TEST(without_a_count_of_our_own),
	UNIT_TEST(in_two_buffers),
	UNIT_TEST(between_other_segments),
};

UNIT_MAIN(tests)
