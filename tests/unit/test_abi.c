/* SPDX-License-Identifier: BSD-3-Clause */

/* What those ask at run time who do not compile the headers. */

#include <errno.h>

#include <lbuf_abi.h>
#include <lbuf_burst.h>
#include <lbuf_conn.h>
#include <lbuf_debug.h>
#include <lbuf_frame.h>
#include <lbuf_grow.h>
#include <lbuf_hold.h>
#include <lbuf_needed.h>
#include <lbuf_port.h>
#include <lbuf_share.h>
#include <lbuf_wait.h>

#include "unit.h"

#define assert_size(name) assert_int_equal(lbuf_sizeof(#name), sizeof(struct name))

static void
sizes_are_those_of_the_headers(void **state)
{
	(void)state;
	assert_size(lbuf);
	assert_size(lbuf_burst);
	assert_size(lbuf_compacted);
	assert_size(lbuf_conn_dir_stats);
	assert_size(lbuf_conn_info);
	assert_size(lbuf_conn_ops);
	assert_size(lbuf_conn_params);
	assert_size(lbuf_conn_table_stats);
	assert_size(lbuf_cursor);
	assert_size(lbuf_ext);
	assert_size(lbuf_frame);
	assert_size(lbuf_frame_params);
	assert_size(lbuf_hold_holder);
	assert_size(lbuf_hold_stats);
	assert_size(lbuf_holder);
	assert_size(lbuf_mbufs_conf);
	assert_size(lbuf_mbufs_params);
	assert_size(lbuf_pool_params);
	assert_size(lbuf_pool_stats);
	assert_size(lbuf_port_params);
	assert_size(lbuf_port_stats);
	assert_size(lbuf_set);
	assert_size(lbuf_share_stats);
	assert_size(lbuf_stream);
	assert_size(lbuf_stream_params);
	assert_size(lbuf_streams_stats);
	assert_size(lbuf_waiter);
	assert_int_equal(lbuf_sizeof("lbuf_chunk"), 0); /* only the library makes them */
	assert_int_equal(lbuf_sizeof("struct lbuf"), 0);
	assert_int_equal(lbuf_sizeof(""), 0);
	assert_int_equal(lbuf_sizeof(NULL), 0);
}

/* malloc() aligns to 16 bytes. */
static void
malloc_aligns_enough(void **state)
{
	(void)state;
	assert_in_range(_Alignof(struct lbuf), 1, 16);
	assert_in_range(_Alignof(struct lbuf_burst), 1, 16);
	assert_in_range(_Alignof(struct lbuf_cursor), 1, 16);
	assert_in_range(_Alignof(struct lbuf_ext), 1, 16);
	assert_in_range(_Alignof(struct lbuf_frame), 1, 16);
	assert_in_range(_Alignof(struct lbuf_stream), 1, 16);
	assert_in_range(_Alignof(struct lbuf_waiter), 1, 16);
}

static void
errno_and_version(void **state)
{
	(void)state;
	rte_errno = 0;
	assert_null(lbuf_pool_lookup("nosuch"));
	assert_int_equal(lbuf_errno(), ENOENT);
	assert_int_equal(strspn(lbuf_version(), "0123456789."), strlen(lbuf_version()));
	assert_non_null(strchr(lbuf_version(), '.'));
}

static void
chunks_are_looked_at(void **state)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, 5000);

	(void)state;
	assert_non_null(chunk);
	assert_ptr_equal(lbuf_chunk_data(chunk), chunk->data);
	assert_int_equal(lbuf_chunk_size(chunk), chunk->size);
	lbuf_chunk_put(chunk);
}

static void
packets_of_a_burst(void **state)
{
	struct rte_mbuf *pkts[2] = { unit_mbuf(unit.mbufs, 0, 100), unit_mbuf(unit.mbufs, 0, 50) };
	struct lbuf_burst burst;

	(void)state;
	lbuf_burst_init(&burst);
	assert_int_equal(lbuf_burst_places(&burst), 0);
	assert_null(lbuf_burst_packet(&burst, 0));
	assert_int_equal(lbuf_burst_add(&burst, pkts, 2), 2);
	assert_int_equal(lbuf_burst_places(&burst), 2);
	assert_ptr_equal(lbuf_burst_packet(&burst, 1), pkts[1]);
	assert_null(lbuf_burst_packet(&burst, 2));
	lbuf_burst_drop_at(&burst, 0);
	assert_null(lbuf_burst_packet(&burst, 0));
	lbuf_burst_drop(&burst);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(sizes_are_those_of_the_headers),
	UNIT_TEST(malloc_aligns_enough),
	UNIT_TEST(errno_and_version),
	UNIT_TEST(chunks_are_looked_at),
	UNIT_TEST(packets_of_a_burst),
};

UNIT_MAIN(tests)
