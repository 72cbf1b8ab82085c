/* SPDX-License-Identifier: BSD-3-Clause */

/* Connections: how they begin, go on and end. */

#include "unit_conn.h"

/* A conversation from the first to the last packet. */
static void
converse(void)
{
	shake_hands();
	say(CLIENT, PSH | ACK, 1, 1, 100);
	say(SERVER, ACK, 1, 101, 0);
	say(SERVER, PSH | ACK, 1, 101, 1400);
	say(CLIENT, PSH | ACK, 101, 1401, 1);
	say(CLIENT, FIN | ACK, 102, 1401, 0);
	say(SERVER, PSH | ACK, 1401, 103, 600);
	say(SERVER, FIN | ACK, 2001, 103, 0);
	say(CLIENT, ACK, 103, 2002, 0);
}

static void
check_conversation(void)
{
	assert_int_equal(uc.opened, 1);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(uc.why, LBUF_CONN_FIN);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_FIN);
	assert_int_equal(uc.ended[SERVER], LBUF_CONN_FIN);
	assert_got(CLIENT, 101);
	assert_got(SERVER, 2000);
	assert_int_equal(figures()->segments, 11);
	assert_int_equal(figures()->stream.held, 0);
	assert_int_equal(figures()->late, 0);
	assert_int_equal(figures()->closed[LBUF_CONN_FIN], 1);
}

static void
conversation(void **state)
{
	(void)state;
	unit_conn_open();
	converse();
	check_conversation();
}

static void
conversation_ipv6(void **state)
{
	/* Hop-by-hop, destination options of 16 bytes, routing. */
	static const uint8_t ext[] = { 60, 0, 1, 4, 0, 0, 0, 0, 43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0 };

	(void)state;
	uc.params.flags = LBUF_CONN_F_CHECK_SUMS;
	unit_conn_open();
	uc.next.ipv6 = true;
	uc.next.ext = ext;
	uc.next.ext_proto = 0;
	uc.next.nb_ext = sizeof(ext);
	converse();
	check_conversation();
}

static void
conversation_qinq(void **state)
{
	static const uint8_t options[] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 };

	(void)state;
	uc.params.flags = LBUF_CONN_F_CHECK_SUMS;
	unit_conn_open();
	uc.next.vlan[0] = 7;
	uc.next.vlan[1] = 300;
	uc.next.options = options;
	uc.next.nb_options = sizeof(options);
	converse();
	check_conversation();
}

static void
vlans_tell_apart(void **state)
{
	struct lbuf_conn_info info;

	(void)state;
	unit_conn_open();
	say(CLIENT, SYN, 0, 0, 0);
	uc.next.vlan[0] = 5;
	say(CLIENT, SYN, 0, 0, 0);
	assert_int_equal(uc.opened, 2);
	lbuf_conn_info_get(uc.conn, &info);
	assert_int_equal(info.nb_vlans, 1);
	assert_int_equal(info.vlan[0], 5);
}

static void
vlans_do_not_matter(void **state)
{
	(void)state;
	uc.params.flags = LBUF_CONN_F_ANY_VLAN;
	unit_conn_open();
	say(CLIENT, SYN, 0, 0, 0);
	uc.next.vlan[0] = 5;
	say(SERVER, SYN | ACK, 0, 1, 0);
	assert_int_equal(uc.opened, 1);
	assert_int_equal(figures()->unknown, 0);
}

static void
out_of_order(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(SERVER, ACK, 1001, 1, 1000);
	say(SERVER, ACK, 3001, 1, 1000);
	assert_got(SERVER, 0);
	assert_int_equal(figures()->stream.pieces, 2);
	assert_true(figures()->stream.bytes >= 2000);
	say(SERVER, ACK, 1, 1, 1000);
	assert_got(SERVER, 2000);
	say(SERVER, ACK, 1501, 1, 2000); /* over both ends of the gap */
	assert_got(SERVER, 4000);
	assert_int_equal(figures()->stream.pieces, 0);
	assert_int_equal(figures()->stream.bytes, 0);
	assert_int_equal(figures()->stream.mbufs, 0);
	say(SERVER, ACK, 1, 1, 1000); /* again */
	assert_got(SERVER, 4000);
	assert_int_equal(figures()->stream.again_bytes, 2000);
}

/* Packets that a forwarder has in a ring meanwhile stay what they are. */
static void
packets_stay_the_callers(void **state)
{
	struct rte_mbuf *m;
	uint8_t copy[1500];

	(void)state;
	unit_conn_open();
	shake_hands();
	m = say_packet(SERVER, ACK, 1401, 1, 1400);
	memcpy(copy, rte_pktmbuf_mtod(m, void *), m->data_len);
	lbuf_conn_input(uc.table, &m, 1, uc.now);
	assert_int_equal(rte_mbuf_refcnt_read(m), 2);
	say(SERVER, ACK, 1, 1, 1400);
	assert_got(SERVER, 2800);
	assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	assert_memory_equal(copy, rte_pktmbuf_mtod(m, void *), m->data_len);
	rte_pktmbuf_free(m);
}

static void
data_in_syn(void **state)
{
	(void)state;
	unit_conn_open();
	say(CLIENT, SYN, 0, 0, 300);
	assert_got(CLIENT, 300);
	say(CLIENT, SYN, 0, 0, 300); /* again */
	say(SERVER, SYN | ACK, 0, 301, 20);
	say(CLIENT, ACK, 301, 21, 10);
	assert_got(CLIENT, 310);
	assert_got(SERVER, 20);
	assert_int_equal(figures()->syn_ignored, 0);
}

static void
data_with_fin(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(CLIENT, FIN | ACK, 101, 1, 50); /* before what it follows */
	assert_int_equal(uc.ended[CLIENT], NOT_YET);
	say(CLIENT, ACK, 1, 1, 100);
	assert_got(CLIENT, 150);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_FIN);
	assert_int_equal(uc.closed, 0);
	say(CLIENT, ACK, 152, 1, 10); /* behind its end */
	assert_got(CLIENT, 150);
	assert_int_equal(figures()->late, 1);
	say(SERVER, FIN | ACK, 1, 152, 0);
	assert_int_equal(uc.closed, 1);
}

/* A FIN far ahead that is not the sender's: data goes on over it. */
static void
fin_that_is_none(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(CLIENT, FIN | ACK, 51, 1, 0);
	say(CLIENT, ACK, 1, 1, 100);
	assert_got(CLIENT, 100);
	assert_int_equal(uc.ended[CLIENT], NOT_YET);
	say(CLIENT, FIN | ACK, 101, 1, 0);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_FIN);
}

static void
simultaneous_open(void **state)
{
	(void)state;
	unit_conn_open();
	say(CLIENT, SYN, 0, 0, 0);
	say(SERVER, SYN, 0, 0, 0);
	say(CLIENT, SYN | ACK, 0, 1, 0);
	say(SERVER, SYN | ACK, 0, 1, 0);
	say(CLIENT, ACK, 1, 1, 10);
	say(SERVER, ACK, 1, 11, 20);
	assert_int_equal(uc.opened, 1);
	assert_got(CLIENT, 10);
	assert_got(SERVER, 20);
}

static void
reset_in_window(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(SERVER, RST, 1 + 1000, 0, 0); /* the client's window is 1000 */
	say(SERVER, RST, 0, 0, 0);
	say(SERVER, RST, 0x40000000, 0, 0);
	assert_int_equal(uc.closed, 0);
	assert_int_equal(figures()->rst_ignored, 3);
	say(SERVER, RST, 1 + 999, 0, 0);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(uc.why, LBUF_CONN_RST);
	assert_int_equal(uc.ended[CLIENT], LBUF_CONN_RST);
	assert_int_equal(uc.ended[SERVER], LBUF_CONN_RST);
	say(SERVER, ACK, 1, 1, 10);
	assert_got(SERVER, 0);
	assert_int_equal(figures()->late, 1);
}

/* Windows count by the scale that both have agreed on. */
static void
scaled_window(void **state)
{
	static const uint8_t scale[] = { 1, 3, 3, 2 };

	(void)state;
	unit_conn_open();
	uc.next.options = scale;
	uc.next.nb_options = sizeof(scale);
	shake_hands();
	say(SERVER, RST, 1 + 4000, 0, 0);
	assert_int_equal(uc.closed, 0);
	say(SERVER, RST, 1 + 3999, 0, 0);
	assert_int_equal(uc.closed, 1);
}

static void
refused(void **state)
{
	(void)state;
	unit_conn_open();
	say(CLIENT, SYN, 0, 0, 0);
	say(SERVER, RST | ACK, 0, 77, 0);
	assert_int_equal(uc.closed, 0);
	say(SERVER, RST | ACK, 0, 1, 0);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(uc.ended[SERVER], NOT_YET); /* it never began */
	assert_int_equal(uc.why, LBUF_CONN_RST);
}

static void
keep_alive_and_probe(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(CLIENT, ACK, 1, 1, 10);
	say(CLIENT, ACK, 10, 1, 0); /* a keep-alive without a byte */
	uc.next.pos = 0;
	say(CLIENT, ACK, 10, 1, 1); /* with one */
	assert_got(CLIENT, 10);
	assert_int_equal(figures()->keep_alives, 1);
	uc.next.window = 0;
	say(SERVER, ACK, 1, 11, 0);
	say(CLIENT, ACK, 11, 1, 1); /* a probe: the byte that comes next */
	say(CLIENT, ACK, 11, 1, 20);
	assert_got(CLIENT, 30);
	assert_int_equal(figures()->stream.again_bytes, 2);
}

static void
urgent_byte_stays(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(CLIENT, ACK | URG, 1, 1, 10);
	assert_got(CLIENT, 10);
	assert_int_equal(figures()->urgent, 1);
}

static void
in_the_middle(void **state)
{
	(void)state;
	unit_conn_open();
	say(SERVER, ACK, 501, 11, 100);
	assert_int_equal(uc.opened, 0);
	assert_int_equal(figures()->unknown, 1);
}

static void
picked_up(void **state)
{
	struct lbuf_conn_info info;

	(void)state;
	uc.params.flags = LBUF_CONN_F_PICK_UP;
	unit_conn_open();
	say(CLIENT, ACK, 5, 501, 0); /* without data it opens none */
	assert_int_equal(uc.opened, 0);
	/* Who is seen first is the client. */
	say(SERVER, ACK, 1, 11, 100);
	assert_int_equal(uc.opened, 1);
	lbuf_conn_info_get(uc.conn, &info);
	assert_true(info.picked_up);
	assert_int_equal(info.port[CLIENT], 80);
	assert_int_equal(uc.len[CLIENT], 100);
	/* The other direction begins with what was acknowledged. */
	say(CLIENT, ACK, 21, 101, 10);
	assert_int_equal(uc.len[SERVER], 0);
	say(CLIENT, ACK, 11, 101, 10);
	assert_int_equal(uc.len[SERVER], 20);
	assert_same(uc.got[SERVER], CLIENT_POS + 10, 20);
}

static void
used_again(void **state)
{
	(void)state;
	unit_conn_open();
	converse();
	say(CLIENT, SYN, 5000, 0, 0);
	assert_int_equal(uc.opened, 2);
}

/* A SYN for a connection that is open is ignored, until the other answers it. */
static void
used_again_unseen(void **state)
{
	(void)state;
	unit_conn_open();
	shake_hands();
	say(CLIENT, ACK, 1, 1, 10);
	say(CLIENT, SYN, 5000, 0, 0);
	assert_int_equal(figures()->syn_ignored, 1);
	assert_int_equal(uc.opened, 1);
	say(CLIENT, ACK, 11, 1, 10); /* so the connection was alive */
	assert_got(CLIENT, 20);
	say(CLIENT, SYN, 5000, 0, 0);
	say(SERVER, SYN | ACK, 9000, 5001, 0);
	assert_int_equal(uc.closed, 1);
	assert_int_equal(uc.why, LBUF_CONN_REUSED);
	assert_int_equal(uc.opened, 2);
	uc.len[CLIENT] = 0;
	say(CLIENT, ACK, 5001, 9001, 10);
	assert_int_equal(uc.len[CLIENT], 10);
	assert_same(uc.got[CLIENT], CLIENT_POS + 5000, 10);
}

static void
syn_tried_again(void **state)
{
	(void)state;
	unit_conn_open();
	say(CLIENT, SYN, 5000, 0, 0);
	say(CLIENT, SYN, 0, 0, 0);
	say(SERVER, SYN | ACK, 0, 1, 0);
	say(CLIENT, ACK, 1, 1, 10);
	assert_got(CLIENT, 10);
	assert_int_equal(uc.opened, 1);
}

static void
window_is_a_limit(void **state)
{
	(void)state;
	uc.params.flags = LBUF_CONN_F_WINDOW;
	unit_conn_open();
	shake_hands();
	say(CLIENT, ACK, 1001, 1, 10);
	assert_int_equal(figures()->out_of_window, 1);
	assert_int_equal(figures()->stream.pieces, 0);
	say(CLIENT, ACK, 1000, 1, 10);
	assert_int_equal(figures()->stream.pieces, 1);
}

static const struct CMUnitTest tests[] = {
	CONN_TEST(conversation),
	CONN_TEST(conversation_ipv6),
	CONN_TEST(conversation_qinq),
	CONN_TEST(vlans_tell_apart),
	CONN_TEST(vlans_do_not_matter),
	CONN_TEST(out_of_order),
	CONN_TEST(packets_stay_the_callers),
	CONN_TEST(data_in_syn),
	CONN_TEST(data_with_fin),
	CONN_TEST(fin_that_is_none),
	CONN_TEST(simultaneous_open),
	CONN_TEST(reset_in_window),
	CONN_TEST(scaled_window),
	CONN_TEST(refused),
	CONN_TEST(keep_alive_and_probe),
	CONN_TEST(urgent_byte_stays),
	CONN_TEST(in_the_middle),
	CONN_TEST(picked_up),
	CONN_TEST(used_again),
	CONN_TEST(used_again_unseen),
	CONN_TEST(syn_tried_again),
	CONN_TEST(window_is_a_limit),
};

UNIT_MAIN(tests)
