/* SPDX-License-Identifier: BSD-3-Clause */

/* What telemetry tells of tables of connections. */

#include <rte_lcore.h>

#include "ask.h"
#include "unit_conn.h"

/* Tables of which not all fit into one answer. */
#define TABLES 24

static void
no_table(void **state)
{
	(void)state;
	assert_string_equal(ask("/lbuf/conns", "", 0), "{\"/lbuf/conns\":{\"entries\":0}}");
}

static void
bad_parameters(void **state)
{
	static const char *const params[] = { ",x", ",-1", ",1x", ",0,0", ",18446744073709551616" };
	unsigned int i;
	char format[64];

	(void)state;
	for (i = 0; i < RTE_DIM(params); i++) {
		snprintf(format, sizeof(format), "/lbuf/conns%s", params[i]);
		assert_string_equal(ask(format, "", 0), "{\"/lbuf/conns\":null}");
	}
}

static void
figures_of_a_table(void **state)
{
	const char *answer;

	(void)state;
	uc.params.stream.all_bytes = 1 << 20;
	uc.params.stream.all_mbufs = 77;
	unit_conn_open();
	answer = ask("/lbuf/conns", "", 0);
	assert_int_equal(number(answer, "packets"), 0);
	assert_non_null(strstr(answer, "\"lcore\":-1"));
	shake_hands();
	say(CLIENT, ACK, 101, 1, 100);
	answer = ask("/lbuf/conns", "", 0);
	assert_int_equal(number(answer, "conns"), 1);
	assert_int_equal(number(answer, "conns_limit"), 64);
	assert_int_equal(number(answer, "bytes_limit"), 1 << 20);
	assert_int_equal(number(answer, "mbufs_limit"), 77);
	assert_int_equal(number(answer, "packets"), 4);
	assert_int_equal(number(answer, "segments"), 4);
	assert_int_equal(number(answer, "opened"), 1);
	assert_int_equal(number(answer, "pieces"), 1);
	assert_int_equal(number(answer, "bytes"), figures()->stream.bytes);
	assert_int_equal(number(answer, "lcore"), rte_lcore_id());
	assert_non_null(strstr(answer, lbuf_pool_name(unit.pool)));
	say(CLIENT, ACK | RST, 1, 1, 0);
	answer = ask("/lbuf/conns", "", 0);
	assert_int_equal(number(answer, "closed_rst"), 1);
	assert_int_equal(number(answer, "closed_fin"), 0);
	assert_int_equal(number(answer, "gaps_end"), 1);
}

static void
comes_in_pages(void **state)
{
	struct lbuf_conn_table *table[TABLES];
	unsigned int i, pages = 0, told = 0;
	const char *answer;
	uint64_t first = 0;

	(void)state;
	for (i = 0; i < TABLES; i++) {
		table[i] = lbuf_conn_table_create(&uc.params);
		assert_non_null(table[i]);
	}
	do {
		answer = ask("/lbuf/conns,%.0s%ju", "", first);
		assert_int_equal(number(answer, "entries"), TABLES);
		told += occurrences(answer, "\"conns_limit\":");
		assert_int_equal(occurrences(answer, "\"mbufs\":"),
				occurrences(answer, "\"conns_limit\":"));
		first = number(answer, "next");
		pages++;
	} while (first != UINT64_MAX);
	assert_int_equal(told, TABLES);
	assert_true(pages > 1);
	for (i = 0; i < TABLES; i++)
		lbuf_conn_table_free(table[i]);
	assert_int_equal(number(ask("/lbuf/conns", "", 0), "entries"), 0);
}

/* A command that is registered with each pool, queue or table is there once. */
static void
is_there_once(void **state)
{
	(void)state;
	unit_conn_open();
	assert_int_equal(occurrences(ask("/", "", 0), "\"/lbuf/conns\""), 1);
	assert_int_equal(occurrences(ask("/", "", 0), "\"/lbuf/mempools\""), 1);
}

static const struct CMUnitTest tests[] = {
	CONN_TEST(no_table),
	CONN_TEST(bad_parameters),
	CONN_TEST(figures_of_a_table),
	CONN_TEST(comes_in_pages),
	CONN_TEST(is_there_once),
};

UNIT_MAIN(tests)
