/* SPDX-License-Identifier: BSD-3-Clause */

/* Connections: what is given up, when, and by which rule; what users do in callbacks. */

#include "unit_conn.h"

/* The packets of a connection of a client's port of its own. */
static struct rte_mbuf *
other(uint16_t port, unsigned int dir, uint8_t flags, uint32_t seq, uint32_t ack, uint16_t len)
{
	struct unit_tcp t = {
		.from = dir == CLIENT ? 1 : 200,
		.to = dir == CLIENT ? 200 : 1,
		.sport = dir == CLIENT ? port : 443,
		.dport = dir == CLIENT ? 443 : port,
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.len = len,
		.window = 60000,
	};

	return unit_tcp_packet(&t);
}

static void
open_other(uint16_t port)
{
	hear(other(port, CLIENT, SYN, 0, 0, 0));
	hear(other(port, SERVER, SYN | ACK, 0, 1, 0));
}

static unsigned int
count_conns(void)
{
	unsigned int n = 0;
	uint32_t pos = 0;

	while (lbuf_conn_iterate(uc.table, &pos) != NULL)
		n++;
	return n;
}

static void
settings_that_cannot_be(void **state)
{
	struct lbuf_conn_params p = uc.params;

	(void)state;
	assert_null_errno(lbuf_conn_table_create(NULL), EINVAL);
	p.stream.pool = NULL;
	assert_null_errno(lbuf_conn_table_create(&p), EINVAL);
	p = uc.params;
	p.conns = LBUF_CONN_CONNS_MAX + 1;
	assert_null_errno(lbuf_conn_table_create(&p), EINVAL);
	p = uc.params;
	p.idle_ms = LBUF_CONN_MS_MAX + 1;
	assert_null_errno(lbuf_conn_table_create(&p), EINVAL);
	p = uc.params;
	p.stream.policy = LBUF_STREAM_LINUX + 1;
	assert_null_errno(lbuf_conn_table_create(&p), EINVAL);
	p = uc.params;
	p.stream.stream_pieces = LBUF_STREAM_PIECES_MAX + 1;
	assert_null_errno(lbuf_conn_table_create(&p), EINVAL);
	lbuf_conn_table_free(NULL);
	unit_conn_open();
}

static void
times_out(void **state)
{
	(void)state;
	uc.params.syn_ms = 3000;
	uc.params.idle_ms = 300000; /* more than a turn of the wheel */
	uc.params.linger_ms = 1000;
	unit_conn_open();
	say(CLIENT, SYN, 0, 0, 0);
	pass_ms(2900);
	assert_int_equal(uc.closed, 0);
	pass_ms(300);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(uc.why, LBUF_CONN_TIMEOUT);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_TIMEOUT);
	assert_int_equal(figures()->conns, 0);
	shake_hands();
	assert_int_equal(uc.opened, 2);
	pass_ms(200000);
	say(CLIENT, ACK, 1, 1, 5);
	pass_ms(299900);
	assert_int_equal(uc.closed, 1);
	pass_ms(300);
	assert_int_equal(uc.closed, 2);
	assert_int_equal(count_conns(), 0);
}

static void
lingers(void **state)
{
	(void)state;
	uc.params.linger_ms = 1000;
	uc.params.flags = LBUF_CONN_F_PICK_UP;
	unit_conn_open();
	shake_hands();
	say(CLIENT, RST, 1, 0, 0);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(count_conns(), 0);
	say(SERVER, ACK, 1, 1, 100);
	assert_int_equal(uc.opened, 1);
	assert_int_equal(figures()->conns, 1);
	pass_ms(1300);
	assert_int_equal(figures()->conns, 0);
	say(SERVER, ACK, 1, 1, 100);
	assert_int_equal(uc.opened, 2);
}

static void
gap_times_out(void **state)
{
	struct lbuf_conn_dir_stats stats;

	(void)state;
	uc.params.gap_ms = 2000;
	unit_conn_open();
	shake_hands();
	say(SERVER, ACK, 1, 1, 100);
	say(SERVER, ACK, 151, 1, 100);
	say(SERVER, ACK, 301, 1, 100);
	assert_int_equal(lbuf_conn_dir_stats_get(uc.conn, SERVER, &stats), 0);
	assert_int_equal(stats.gaps_open, 2);
	assert_int_equal(stats.held_bytes, 200);
	pass_ms(1900);
	assert_int_equal(uc.gaps[SERVER], 0);
	pass_ms(300);
	assert_int_equal(uc.gaps[SERVER], 1);
	assert_int_equal(uc.missing[SERVER], 50);
	assert_int_equal(uc.len[SERVER], 200);
	assert_same(uc.got[SERVER] + 100, SERVER_POS + 150, 100);
	/* The other one is the first by now. */
	pass_ms(1500);
	assert_int_equal(uc.gaps[SERVER], 1);
	pass_ms(800);
	assert_int_equal(uc.gaps[SERVER], 2);
	assert_int_equal(figures()->gaps_timeout, 2);
	assert_int_equal(lbuf_conn_dir_stats_get(uc.conn, SERVER, &stats), 0);
	assert_int_equal(stats.bytes, 300);
	assert_int_equal(stats.missing_bytes, 100);
	assert_int_equal(stats.gaps, 2);
}

static void
gap_is_acknowledged(void **state)
{
	(void)state;
	uc.params.flags = LBUF_CONN_F_ACKED_GAPS;
	unit_conn_open();
	shake_hands();
	say(SERVER, ACK, 101, 1, 100);
	say(CLIENT, ACK, 1, 1, 0);
	say(CLIENT, ACK, 1, 100, 0); /* but a byte */
	assert_int_equal(uc.gaps[SERVER], 0);
	say(CLIENT, ACK, 1, 201, 0);
	assert_int_equal(uc.gaps[SERVER], 1);
	assert_int_equal(uc.len[SERVER], 100);
	assert_int_equal(figures()->gaps_acked, 1);
}

static void
gap_at_the_end(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(SERVER, ACK, 101, 1, 100);
	say(SERVER, FIN | ACK, 201, 1, 0);
	lbuf_conn_flush(uc.table);
	assert_int_equal(uc.gaps[SERVER], 1);
	assert_int_equal(uc.missing[SERVER], 100);
	assert_int_equal(uc.len[SERVER], 100);
	assert_int_equal(uc.ended[SERVER], LBUF_CONN_FIN);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_FREED);
	assert_int_equal(figures()->gaps_end, 1);
}

/* The table is full: who times out first goes. */
static void
full(void **state)
{
	uint16_t i;

	(void)state;
	uc.params.conns = 10;
	unit_conn_open();
	for (i = 0; i < 5; i++) {
		open_other(i);
		pass_ms(1000);
	}
	/* Half open, which last for less. */
	for (i = 5; i < 10; i++) {
		hear(other(i, CLIENT, SYN, 0, 0, 0));
		pass_ms(1000);
	}
	assert_int_equal(count_conns(), 10);
	for (i = 100; i < 200; i++)
		hear(other(i, CLIENT, SYN, 0, 0, 0));
	assert_int_equal(count_conns(), 10);
	assert_int_equal(figures()->closed[LBUF_CONN_EVICTED], 100);
	assert_int_equal(figures()->conns_max, 10);
	/* Those that are open are still there. */
	for (i = 0; i < 5; i++)
		hear(other(i, CLIENT, ACK, 1, 1, 10));
	assert_int_equal(uc.len[CLIENT], 50);
}

/* What one stream may hold. */
static void
stream_is_full(void **state)
{
	uint32_t i;

	(void)state;
	uc.params.stream.stream_pieces = 10;
	unit_conn_open();
	shake_hands();
	for (i = 0; i < 100; i++)
		say(SERVER, ACK, 1001 - 10 * i, 1, 1);
	/* The farthest ones went. */
	assert_int_equal(figures()->stream.pieces, 10);
	assert_int_equal(figures()->stream.full_bytes, 90);
	for (i = 0; i < 100; i++)
		say(SERVER, ACK, 2001 + 10 * i, 1, 1);
	assert_int_equal(figures()->stream.full_bytes, 190);
	say(SERVER, ACK, 1, 1, 101);
	assert_got(SERVER, 102 - 1 + 0);
	assert_int_equal(figures()->stream.pieces, 0);
}

/* All together hold too much: the gap that has been open for longest is given up. */
static void
all_is_full(void **state)
{
	uint16_t i;

	(void)state;
	uc.params.stream.all_bytes = 200000;
	uc.params.stream.all_mbufs = 5;
	unit_conn_open();
	for (i = 0; i < 40; i++) {
		open_other(i);
		hear(other(i, SERVER, ACK, 1001, 1, 3000));
		hear(other(i, SERVER, ACK, 5001, 1, 3000));
		uc.len[SERVER] = 0;
		assert_true(figures()->stream.bytes <= 200000);
		assert_true(figures()->stream.mbufs <= 5);
	}
	assert_true(figures()->gaps_full != 0);
	assert_int_equal(uc.gaps[SERVER], figures()->gaps_full);
	assert_int_equal(figures()->stream.all_full_bytes, 0);
	/* Of the first one nothing is held any more, of the last one all is. */
	uc.len[SERVER] = 0;
	hear(other(39, SERVER, ACK, 1, 1, 1000));
	assert_int_equal(uc.len[SERVER], 4000);
	uc.len[SERVER] = 0;
	hear(other(0, SERVER, ACK, 1, 1, 1000));
	assert_int_equal(uc.len[SERVER], 0);
}

/* Who waits for a record that is longer than a stream may be. */
static void
unread_is_full(void **state)
{
	uint32_t i;

	(void)state;
	uc.params.stream.stream_bytes = 20000;
	unit_conn_open();
	shake_hands();
	uc.keep = true;
	for (i = 0; i < 100; i++) {
		say(SERVER, ACK, 1 + 1000 * i, 1, 1000);
		assert_true(figures()->stream.bytes <= 21000);
		if (uc.gaps[SERVER] != 0)
			break;
	}
	assert_int_equal(i, 20);
	assert_int_equal(uc.missing[SERVER], 0);
	assert_got(SERVER, 20000);
}

/* Bytes that come one by one keep no mbuf each. */
static void
crumbs_are_gathered(void **state)
{
	uint32_t i;

	(void)state;
	unit_conn_open();
	shake_hands();
	uc.keep = true;
	for (i = 0; i < 2000; i++)
		say(CLIENT, ACK, 1 + i, 1, 1);
	for (i = 0; i < 2000; i++)
		say(CLIENT, ACK, 3001 + i, 1, 1);
	assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 0);
	assert_true(figures()->stream.pieces <= 6);
	assert_true(figures()->stream.bytes <= 3 * 2000 + 2000);
	uc.keep = false;
	say(CLIENT, ACK, 2001, 1, 1000);
	assert_got(CLIENT, 5000);
}

static void
drop_it(struct lbuf_conn *c, unsigned int dir)
{
	(void)dir;
	lbuf_conn_drop(c);
	lbuf_conn_drop(c);
}

static void
dropped(void **state)
{
	(void)state;
	uc.on_data = drop_it;
	unit_conn_open();
	shake_hands();
	say(CLIENT, ACK, 1, 1, 10);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(uc.why, LBUF_CONN_DROPPED);
	say(CLIENT, ACK, 11, 1, 10);
	assert_got(CLIENT, 10);
	assert_int_equal(uc.opened, 1);
	/* Out of a callback. */
	open_other(1);
	lbuf_conn_drop(uc.conn);
	assert_int_equal(uc.closed, 1);
	pass_ms(0);
	assert_int_equal(uc.closed, 2);
}

static void
ignore_it(struct lbuf_conn *c, unsigned int dir)
{
	assert_int_equal(lbuf_conn_ignore(c, dir), 0);
	assert_int_equal(lbuf_conn_ignore(c, 2), -EINVAL);
}

static void
ignored(void **state)
{
	struct lbuf_conn_dir_stats stats;

	(void)state;
	uc.on_data = ignore_it;
	uc.keep = true;
	unit_conn_open();
	shake_hands();
	say(CLIENT, ACK, 101, 1, 10);
	say(CLIENT, ACK, 1, 1, 10);
	assert_int_equal(figures()->stream.bytes, 0);
	say(CLIENT, ACK, 11, 1, 500);
	say(CLIENT, FIN | ACK, 511, 1, 0);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_FIN);
	assert_int_equal(lbuf_conn_dir_stats_get(uc.conn, CLIENT, &stats), 0);
	assert_int_equal(stats.bytes, 510);
	assert_int_equal(stats.over, true);
	assert_int_equal(lbuf_conn_dir_stats_get(uc.conn, 2, &stats), -EINVAL);
	assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 0);
}

static void
known_by_its_user(void **state)
{
	struct lbuf_conn_info info;
	unsigned int i;
	uint8_t key[52];

	(void)state;
	unit_conn_open();
	shake_hands();
	assert_null(lbuf_conn_user_get(uc.conn));
	lbuf_conn_user_set(uc.conn, key);
	assert_ptr_equal(lbuf_conn_user_get(uc.conn), key);
	lbuf_conn_info_get(uc.conn, &info);
	assert_int_equal(info.family, 4);
	assert_int_equal(info.addr[CLIENT][3], 9);
	assert_int_equal(info.addr[SERVER][3], 2);
	assert_int_equal(info.port[CLIENT], 40000);
	assert_int_equal(info.port[SERVER], 80);
	assert_int_equal(info.last, uc.now);
	lbuf_conn_rss_key(key, sizeof(key));
	for (i = 0; i + 2 < sizeof(key); i++)
		assert_int_equal(key[i], key[i + 2]);
	assert_string_equal(lbuf_conn_why_name(LBUF_CONN_RST), "rst");
	assert_string_equal(lbuf_conn_why_name(LBUF_CONN_WHYS), "?");
}

static const struct CMUnitTest tests[] = {
	CONN_TEST(settings_that_cannot_be),
	CONN_TEST(times_out),
	CONN_TEST(lingers),
	CONN_TEST(gap_times_out),
	CONN_TEST(gap_is_acknowledged),
	CONN_TEST(gap_at_the_end),
	CONN_TEST(full),
	CONN_TEST(stream_is_full),
	CONN_TEST(all_is_full),
	CONN_TEST(unread_is_full),
	CONN_TEST(crumbs_are_gathered),
	CONN_TEST(dropped),
	CONN_TEST(ignored),
	CONN_TEST(known_by_its_user),
};

UNIT_MAIN(tests)
