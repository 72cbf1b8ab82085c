/* SPDX-License-Identifier: BSD-3-Clause */

/* Streams by themselves: what test_stream_model.c does not tell. */

#include <chunk.h>
#include <lbuf_stream.h>

#include "unit.h"

#define SEQ 0xfffffff0u

static struct lbuf_stream_params params;
static struct lbuf_streams *all;
static struct lbuf_stream s;
static struct lbuf_streams_stats stats;

static int
setup(void **state)
{
	int ret = unit_setup(state);

	params = (struct lbuf_stream_params){ .pool = unit.pool };
	return ret;
}

static int
setup_no_cache(void **state)
{
	int ret = unit_setup_no_cache(state);

	params = (struct lbuf_stream_params){ .pool = unit.pool };
	return ret;
}

static void
begin(void)
{
	all = lbuf_streams_create(&params);
	assert_non_null(all);
	lbuf_stream_init(&s, all);
	lbuf_stream_start(&s, SEQ);
}

static int
teardown(void **state)
{
	lbuf_stream_close(&s);
	lbuf_stream_close(&s);
	if (lbuf_streams_free(all) != 0)
		return -1;
	all = NULL;
	return unit_teardown(state);
}

/* Bytes of unit_fill() at their place, by a packet that is freed at once. */
static int64_t
insert_to(struct lbuf_stream *to, uint32_t at, uint32_t n)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, at, n);
	int64_t ret = lbuf_stream_insert(to, SEQ + at, m, 0, n);

	rte_pktmbuf_free(m);
	return ret;
}

static int64_t
insert(uint32_t at, uint32_t n)
{
	return insert_to(&s, at, n);
}

static const struct lbuf_streams_stats *
figures(void)
{
	lbuf_streams_stats_get(all, &stats);
	return &stats;
}

static void
settings_that_cannot_be(void **state)
{
	(void)state;
	assert_null_errno(lbuf_streams_create(NULL), EINVAL);
	params.policy = LBUF_STREAM_LINUX + 1;
	assert_null_errno(lbuf_streams_create(&params), EINVAL);
	params.policy = LBUF_STREAM_LAST;
	params.stream_bytes = LBUF_STREAM_BYTES_MAX + 1;
	assert_null_errno(lbuf_streams_create(&params), EINVAL);
	params.stream_bytes = 0;
	params.pool = NULL;
	assert_null_errno(lbuf_streams_create(&params), EINVAL);
	params.pool = unit.pool;
	assert_int_equal(lbuf_streams_free(NULL), 0);
	lbuf_stream_close(NULL);
	begin();
}

static void
arguments_that_cannot_be(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 100);
	struct lbuf_stream other;
	struct lbuf b;

	(void)state;
	begin();
	lbuf_stream_init(&other, all);
	assert_false(lbuf_stream_is_started(&other));
	assert_int_equal(lbuf_stream_insert(&other, SEQ, m, 0, 100), -EINVAL);
	assert_int_equal(lbuf_stream_fin(&other, SEQ), -EINVAL);
	assert_int_equal(lbuf_stream_insert(&s, SEQ, m, 0, 101), -EINVAL);
	assert_int_equal(lbuf_stream_insert(&s, SEQ, m, 101, 0), -EINVAL);
	assert_int_equal(lbuf_stream_insert(&s, SEQ, m, 100, 0), 0);
	assert_int_equal(lbuf_stream_insert(&s, SEQ + LBUF_STREAM_AHEAD + 1, m, 0, 100), -ERANGE);
	assert_int_equal(figures()->far, 1);
	lbuf_init(&b, unit.pool);
	lbuf_close(&b);
	assert_int_equal(lbuf_stream_insert_lbuf(&s, SEQ, &b), -EPIPE);
	assert_int_equal(lbuf_stream_skip_gap(&s), 0);
	rte_pktmbuf_free(m);
	lbuf_stream_close(&other);
}

/* In order there is neither copy nor allocation, if the reader reads. */
static void
in_order_costs_nothing(void **state)
{
	uint32_t i, n = 10000;
	struct rte_mbuf *m;
	uint64_t allocs;

	(void)state;
	begin();
	allocs = unit_stats(unit.pool).allocs;
	for (i = 0; i < 100; i++) {
		m = unit_mbuf(unit.mbufs, i * n, n);
		assert_int_equal(lbuf_stream_insert(&s, SEQ + i * n, m, 0, n), n);
		assert_ptr_equal(lbuf_peek(lbuf_stream_buf(&s), n), rte_pktmbuf_mtod(m, void *));
		rte_pktmbuf_free(m);
		unit_drain(lbuf_stream_buf(&s), i * n, n);
		assert_int_equal(lbuf_stream_release(&s), 0);
		assert_null(lbuf_stream_buf(&s));
	}
	assert_int_equal(unit_stats(unit.pool).allocs, allocs);
	assert_int_equal(figures()->copied, 0);
	assert_int_equal(figures()->in_order, 100);
}

/* Nor are held bytes copied, where they are no small part of their memory. */
static void
held_by_reference(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 10000, 10000);
	struct iovec iov;

	(void)state;
	begin();
	assert_int_equal(lbuf_stream_insert(&s, SEQ + 10000, m, 0, 10000), 0);
	assert_int_equal(lbuf_stream_gap(&s), 10000);
	assert_int_equal(lbuf_stream_held(&s), 10000);
	assert_int_equal(figures()->mbufs, 1);
	assert_int_equal(insert(0, 10000), 20000);
	assert_int_equal(lbuf_iovec(lbuf_stream_buf(&s), 10000, &iov, 1, NULL), 1);
	assert_ptr_equal(iov.iov_base, rte_pktmbuf_mtod(m, void *));
	assert_fill(lbuf_stream_buf(&s), 0, 20000);
	rte_pktmbuf_free(m);
	assert_int_equal(figures()->copied, 0);
	assert_int_equal(figures()->pieces, 0);
}

/* What several streams leave unread stays theirs, though they share a buffer at first. */
static void
unread_of_many(void **state)
{
	struct lbuf_stream many[5];
	unsigned int i;

	(void)state;
	begin();
	for (i = 0; i < RTE_DIM(many); i++) {
		lbuf_stream_init(&many[i], all);
		lbuf_stream_start(&many[i], SEQ);
		assert_int_equal(insert_to(&many[i], 0, 5000 + i), 5000 + i);
	}
	for (i = 0; i < RTE_DIM(many); i++)
		assert_int_equal(insert_to(&many[i], 5000 + i, 100), 100);
	for (i = 0; i < RTE_DIM(many); i++) {
		assert_fill(lbuf_stream_buf(&many[i]), 0, 5100 + i);
		assert_int_equal(lbuf_stream_next(&many[i]), 5100 + i);
	}
	for (i = 0; i < RTE_DIM(many); i++)
		assert_int_equal(lbuf_stream_release(&many[i]), 0);
	assert_int_equal(figures()->bytes, 5 * 5100 + 10);
	assert_int_equal(lbuf_streams_free(all), -EBUSY);
	for (i = 0; i < RTE_DIM(many); i++)
		lbuf_stream_close(&many[i]);
	assert_int_equal(figures()->bytes, 0);
}

static void
mbufs_are_a_limit(void **state)
{
	unsigned int i;

	(void)state;
	params.all_mbufs = 3;
	begin();
	for (i = 1; i <= 10; i++)
		assert_int_equal(insert(20000 * i, 10000), 0);
	assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 3);
	assert_int_equal(figures()->copied, 70000);
	insert(0, 20000);
	for (i = 1; i <= 10; i++)
		insert(20000 * i + 10000, 10000);
	assert_int_equal(lbuf_len(lbuf_stream_buf(&s)), 220000);
	assert_fill(lbuf_stream_buf(&s), 0, 220000);
}

static void
an_end(void **state)
{
	(void)state;
	begin();
	insert(0, 100);
	assert_int_equal(lbuf_stream_fin(&s, SEQ + 99), -ERANGE);
	assert_int_equal(lbuf_stream_fin(&s, SEQ + 500), 0);
	assert_int_equal(lbuf_stream_fin(&s, SEQ + 200), 0);
	assert_int_equal(lbuf_stream_fin(&s, SEQ + 300), 0);
	assert_false(lbuf_stream_is_over(&s));
	assert_int_equal(insert(100, 100), 100);
	assert_true(lbuf_stream_is_over(&s));
	assert_int_equal(insert(150, 50), 0);
	assert_int_equal(insert(200, 50), -ESHUTDOWN);
	assert_int_equal(insert(150, 51), -ESHUTDOWN);
}

static void
gaps_given_up(void **state)
{
	uint32_t runs;

	(void)state;
	begin();
	insert(100, 100);
	insert(200, 10000);
	insert(20000, 100);
	assert_int_equal(lbuf_stream_pieces(&s, &runs), 3);
	assert_int_equal(runs, 2);
	assert_int_equal(lbuf_stream_skip_gap(&s), 10100);
	assert_fill(lbuf_stream_buf(&s), 100, 10100);
	assert_int_equal(lbuf_stream_gap(&s), 9800);
	assert_int_equal(lbuf_stream_skip_gap(&s), 100); /* what was not read is lost */
	assert_fill(lbuf_stream_buf(&s), 20000, 100);
	assert_int_equal(lbuf_stream_next_seq(&s), SEQ + 20100);
	assert_int_equal(figures()->gaps, 2);
	assert_int_equal(figures()->missing_bytes, 9900);
}

/* A limit of a stream, by each of its rules. */
static void
limits_of_a_stream(void **state)
{
	unsigned int i;

	(void)state;
	params.stream_bytes = 60000;
	begin();
	/* What is farthest goes: three packets of 16 KiB have room. */
	for (i = 5; i > 0; i--)
		assert_int_equal(insert(20000 * i, 10000), 0);
	assert_int_equal(figures()->full_bytes, 20000);
	assert_int_equal(insert(200000, 10000), -ENOBUFS);
	assert_int_equal(lbuf_stream_held(&s), 30000);
	assert_int_equal(insert(0, 10000), 10000);
	/* Who does not read has no room for more. */
	assert_int_equal(lbuf_stream_release(&s), -ENOBUFS);
	assert_int_equal(insert(10000, 10000), -ENOBUFS);
	lbuf_skip(lbuf_stream_buf(&s), 10000);
	assert_int_equal(lbuf_stream_release(&s), 0);
	assert_int_equal(insert(10000, 10000), 20000);
}

/* A gap closes over what is held, and at some step there is no memory. */
static void
no_memory_behind_a_gap(void **state)
{
	uint64_t next, most = 0;
	int nth;

	(void)state;
	for (nth = 1; nth <= 5; nth++) {
		begin();
		insert(100, 100);
		assert_int_equal(lbuf_stream_gap(&s), 100);
		/* The last hundred is little beside others, so it is copied. */
		lbuf_pool_inject(unit.pool, nth);
		insert(0, 300);
		lbuf_pool_inject(unit.pool, 0);
		next = lbuf_stream_next(&s);
		if (next != 300)
			most = RTE_MAX(most, next);
		/* Either it is held, behind a gap or not, or readable, and nothing is held. */
		assert_int_equal(lbuf_stream_held(&s), next < 200 ? 100 : 0);
		assert_int_equal(lbuf_stream_gap(&s), next < 100 ? 100 : 0);
		assert_true(lbuf_stream_skip_gap(&s) >= 0);
		lbuf_stream_close(&s);
		assert_int_equal(lbuf_streams_free(all), 0);
	}
	assert_int_equal(most, 200);
	begin();
}

static const struct CMUnitTest tests[] = {
	{ "settings_that_cannot_be", settings_that_cannot_be, setup, teardown, NULL },
	{ "arguments_that_cannot_be", arguments_that_cannot_be, setup, teardown, NULL },
	{ "in_order_costs_nothing", in_order_costs_nothing, setup, teardown, NULL },
	{ "held_by_reference", held_by_reference, setup, teardown, NULL },
	{ "unread_of_many", unread_of_many, setup, teardown, NULL },
	{ "mbufs_are_a_limit", mbufs_are_a_limit, setup, teardown, NULL },
	{ "an_end", an_end, setup, teardown, NULL },
	{ "gaps_given_up", gaps_given_up, setup, teardown, NULL },
	{ "limits_of_a_stream", limits_of_a_stream, setup, teardown, NULL },
	{ "no_memory_behind_a_gap", no_memory_behind_a_gap, setup_no_cache, teardown, NULL },
};

UNIT_MAIN(tests)
