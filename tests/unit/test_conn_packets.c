/* SPDX-License-Identifier: BSD-3-Clause */

/* Packets that connections are read from: wrong ones, divided ones, fragments. */

#include <netinet/in.h>

#include <rte_ip.h>

#include "unit_conn.h"

/* Where headers are in packets without tags. */
#define IP 14
#define IPV6_END (IP + 40)

/* A packet of the client's, in memory. */
static size_t
write_packet(uint8_t *mem, uint32_t off, uint16_t len)
{
	struct rte_mbuf *m = say_packet(CLIENT, ACK, off, 1, len);
	size_t n = m->data_len;

	memcpy(mem, rte_pktmbuf_mtod(m, void *), n);
	rte_pktmbuf_free(m);
	return n;
}

static void
padding_is_no_payload(void **state)
{
	(void)state;
	unit_conn_open();
	uc.next.padding = 6;
	shake_hands();
	say(CLIENT, ACK, 1, 1, 0);
	say(CLIENT, ACK, 1, 1, 1);
	assert_got(CLIENT, 1);
	uc.next.ipv6 = true;
	uc.len[CLIENT] = 0;
	shake_hands();
	say(CLIENT, ACK, 1, 1, 1);
	assert_got(CLIENT, 1);
}

static void
wrong_lengths(void **state)
{
	int16_t more;

	(void)state;
	unit_conn_open();
	shake_hands();
	for (more = 1; more < 2000; more += 100) {
		uc.next.ip_more = more;
		say(CLIENT, ACK, 1, 1, 10);
	}
	assert_int_equal(figures()->bad_length, 20);
	uc.next.ip_more = -11; /* TCP's header is not all there */
	say(CLIENT, ACK, 1, 1, 10);
	uc.next.ip_more = -35; /* less than IP's own header */
	say(CLIENT, ACK, 1, 1, 10);
	uc.next.ip_more = 0;
	uc.next.tcp_more = -1;
	say(CLIENT, ACK, 1, 1, 10);
	uc.next.tcp_more = 3; /* 12 bytes of options, of which 10 are there */
	say(CLIENT, ACK, 1, 1, 10);
	assert_int_equal(figures()->bad_length, 24);
	uc.next.tcp_more = 0;
	uc.next.ip_more = -3;
	say(CLIENT, ACK, 1, 1, 10);
	assert_got(CLIENT, 7);
}

/* Behind a tag, and in IPv6, headers are read one by one. */
static void
wrong_lengths_behind_a_tag(void **state)
{
	unsigned int bad = 0, ipv6;

	(void)state;
	uc.next.vlan[0] = 3;
	unit_conn_open();
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		uc.next.ipv6 = ipv6 != 0;
		shake_hands();
		uc.next.ip_more = 1;
		say(CLIENT, ACK, 1, 1, 10);
		uc.next.ip_more = -11;
		say(CLIENT, ACK, 1, 1, 10);
		uc.next.ip_more = 0;
		uc.next.tcp_more = -1;
		say(CLIENT, ACK, 1, 1, 10);
		uc.next.tcp_more = 3;
		say(CLIENT, ACK, 1, 1, 10);
		uc.next.tcp_more = 0;
		bad += 4;
		assert_int_equal(figures()->bad_length, bad);
	}
	say(CLIENT, ACK, 1, 1, 10);
	assert_got(CLIENT, 10);
}

/* Extension headers that are longer than the packet, cut off, or without an end. */
static void
wrong_extensions(void **state)
{
	uint8_t many[248] = { 0 };
	uint8_t mem[UNIT_TCP_MAX];
	unsigned int i;
	size_t n;

	(void)state;
	uc.next.ipv6 = true;
	uc.next.ext_proto = IPPROTO_DSTOPTS;
	uc.next.ext = many;
	uc.next.nb_ext = 8;
	unit_conn_open();
	many[0] = IPPROTO_TCP;
	many[1] = 200; /* times 8 bytes follow */
	say(CLIENT, SYN, 0, 0, 0);
	assert_int_equal(figures()->bad_length, 1);
	for (i = 0; i < sizeof(many); i++)
		many[i] = i % 8 == 0 ? IPPROTO_DSTOPTS : 0;
	uc.next.nb_ext = sizeof(many);
	say(CLIENT, SYN, 0, 0, 0);
	assert_int_equal(figures()->bad_length, 2);
	/* The packet ends within the first one, and tells so. */
	uc.next.nb_ext = 8;
	n = write_packet(mem, 1, 0);
	mem[IP + 4] = 0;
	mem[IP + 5] = 7;
	hear(unit_tcp_chain(mem, n, n));
	assert_int_equal(figures()->bad_length, 3);
	mem[IP] = 0x50; /* a version that there is not */
	hear(unit_tcp_chain(mem, n, n));
	assert_int_equal(figures()->bad_length, 4);
	assert_int_equal(figures()->opened, 0);
	many[0] = IPPROTO_TCP;
	shake_hands();
	say(CLIENT, ACK, 1, 1, 10);
	assert_got(CLIENT, 10);
}

/* Both ends have one address: their ports tell them apart. */
static void
one_host(void **state)
{
	struct unit_tcp t = { .from = 7, .to = 7, .sport = 9, .dport = 8, .flags = SYN };

	(void)state;
	unit_conn_open();
	hear(unit_tcp_packet(&t));
	t.sport = 8;
	t.dport = 9;
	t.flags = SYN | ACK;
	t.ack = 1;
	hear(unit_tcp_packet(&t));
	assert_int_equal(figures()->opened, 1);
	assert_int_equal(figures()->unknown, 0);
}

/* Packets that end anywhere. */
static void
truncated(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	size_t n, i;

	(void)state;
	uc.next.vlan[0] = 3;
	unit_conn_open();
	shake_hands();
	n = write_packet(mem, 1, 100);
	for (i = 1; i < n; i++)
		hear(unit_tcp_chain(mem, i, i));
	assert_int_equal(figures()->bad_length, n - 1);
	assert_got(CLIENT, 0);
	hear(unit_tcp_chain(mem, n, n));
	assert_got(CLIENT, 100);
}

/* Options that are no options; what is known of the scale is what came before them. */
static void
wrong_options(void **state)
{
	static const uint8_t options[][8] = {
		{ 3, 3, 14, 2, 0, 0, 0, 0 },
		{ 2, 200, 1, 1, 3, 3, 14, 1 },
		{ 1, 1, 1, 1, 1, 1, 1, 3 },
		{ 1, 1, 1, 1, 1, 1, 3, 3 },
		{ 0, 3, 3, 14, 3, 3, 14, 0 },
		{ 8, 1, 3, 3, 14, 0, 0, 0 },
	};
	unsigned int i;

	(void)state;
	unit_conn_open();
	uc.next.nb_options = sizeof(options[0]);
	for (i = 0; i < RTE_DIM(options); i++) {
		uc.next.options = options[i];
		shake_hands();
		say(CLIENT, ACK, 1, 1, 10);
		assert_got(CLIENT, 10);
		say(CLIENT, RST, 11, 0, 0);
		uc.len[CLIENT] = 0;
	}
	assert_int_equal(uc.closed, RTE_DIM(options));
	assert_int_equal(figures()->bad_length, 0);
}

/* Wherever segments divide a packet. */
static void
divided(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	uint32_t off = 1;
	size_t part, n;

	(void)state;
	uc.params.flags = LBUF_CONN_F_CHECK_SUMS;
	unit_conn_open();
	shake_hands();
	for (part = 1; part < 80; part++) {
		n = write_packet(mem, off, 100);
		hear(unit_tcp_chain(mem, n, part));
		off += 100;
		/* And early. */
		n = write_packet(mem, off + 100, 100);
		hear(unit_tcp_chain(mem, n, part));
		n = write_packet(mem, off, 100);
		hear(unit_tcp_chain(mem, n, part));
		off += 200;
	}
	assert_got(CLIENT, off - 1);
	assert_int_equal(figures()->bad_sum, 0);
}

static void
wrong_sums(void **state)
{
	struct rte_mbuf *m;

	(void)state;
	uc.params.flags = LBUF_CONN_F_CHECK_SUMS;
	unit_conn_open();
	shake_hands();
	uc.next.wrong_sum = true;
	say(CLIENT, ACK, 1, 1, 10);
	assert_got(CLIENT, 0);
	m = say_packet(CLIENT, ACK, 1, 1, 10);
	m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD; /* a device knows better */
	hear(m);
	assert_got(CLIENT, 10);
	uc.next.wrong_sum = false;
	m = say_packet(CLIENT, ACK, 11, 1, 10);
	m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;
	hear(m);
	m = say_packet(CLIENT, ACK, 11, 1, 10);
	m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_BAD;
	hear(m);
	m = say_packet(CLIENT, ACK, 11, 1, 10);
	rte_pktmbuf_mtod(m, uint8_t *)[IP + 10]++;
	hear(m);
	assert_got(CLIENT, 10);
	assert_int_equal(figures()->bad_sum, 4);
}

static void
sums_are_the_devices_affair(void **state)
{
	struct rte_mbuf *m;

	(void)state;
	unit_conn_open();
	shake_hands();
	uc.next.wrong_sum = true;
	say(CLIENT, ACK, 1, 1, 10);
	assert_got(CLIENT, 10);
	m = say_packet(CLIENT, ACK, 11, 1, 10);
	m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;
	hear(m);
	assert_got(CLIENT, 10);
}

static void
what_is_not_tcp(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	size_t n;

	(void)state;
	unit_conn_open();
	n = write_packet(mem, 1, 100);
	mem[IP + 9] = IPPROTO_UDP;
	hear(unit_tcp_chain(mem, n, n));
	mem[12] = 0x08; /* ARP */
	mem[13] = 0x06;
	hear(unit_tcp_chain(mem, n, n));
	uc.next.ipv6 = true;
	n = write_packet(mem, 1, 100);
	mem[IP + 6] = IPPROTO_ESP;
	hear(unit_tcp_chain(mem, n, n));
	assert_int_equal(figures()->other, 3);
	assert_int_equal(figures()->bad_length, 0);
}

/* A tag that the device has taken out counts as one in the packet. */
static void
stripped_tag(void **state)
{
	struct lbuf_conn_info info;
	struct rte_mbuf *m;

	(void)state;
	unit_conn_open();
	m = say_packet(CLIENT, SYN, 0, 0, 0);
	m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->vlan_tci = 0x6000 | 12;
	hear(m);
	lbuf_conn_info_get(uc.conn, &info);
	assert_int_equal(info.vlan[0], 12);
	uc.next.vlan[0] = 12;
	say(SERVER, SYN | ACK, 0, 1, 0);
	assert_int_equal(figures()->unknown, 0);
	/* Two of them. */
	uc.next.vlan[0] = 0;
	m = say_packet(CLIENT, SYN, 0, 0, 0);
	m->ol_flags = RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED;
	m->vlan_tci = 13;
	m->vlan_tci_outer = 14;
	hear(m);
	lbuf_conn_info_get(uc.conn, &info);
	assert_int_equal(info.vlan[0], 14);
	assert_int_equal(info.vlan[1], 13);
}

/* --- fragments ------------------------------------------------------------- */

static void
put16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* Bytes from..to of an IPv4 packet's payload as a fragment. */
static struct rte_mbuf *
fragment4(const uint8_t *mem, size_t n, size_t from, size_t to)
{
	size_t head = IP + sizeof(struct rte_ipv4_hdr);
	bool more = head + to < n;
	uint8_t copy[UNIT_TCP_MAX];
	uint16_t sum;

	to = RTE_MIN(to, n - head);
	memcpy(copy, mem, head);
	memcpy(copy + head, mem + head + from, to - from);
	put16(copy + IP + 2, (unsigned int)(sizeof(struct rte_ipv4_hdr) + to - from));
	put16(copy + IP + 4, 0x1234);
	put16(copy + IP + 6, (more ? RTE_IPV4_HDR_MF_FLAG : 0) | (unsigned int)(from / 8));
	put16(copy + IP + 10, 0);
	sum = (uint16_t)~rte_raw_cksum(copy + IP, sizeof(struct rte_ipv4_hdr));
	memcpy(copy + IP + 10, &sum, sizeof(sum));
	return unit_tcp_chain(copy, head + to - from, UNIT_TCP_MAX);
}

static void
fragments_ipv4(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	size_t n;

	(void)state;
	uc.params.flags = LBUF_CONN_F_CHECK_SUMS;
	uc.params.datagrams = 4;
	unit_conn_open();
	shake_hands();
	n = write_packet(mem, 1, 3000);
	hear(fragment4(mem, n, 1600, 4000));
	hear(fragment4(mem, n, 0, 8)); /* TCP's header in two of them */
	assert_got(CLIENT, 0);
	hear(fragment4(mem, n, 8, 1600));
	assert_got(CLIENT, 3000);
	assert_int_equal(figures()->fragments, 3);
	assert_int_equal(figures()->datagrams, 1);
	assert_int_equal(figures()->fragments_lost, 0);
	/* Held, too. */
	n = write_packet(mem, 3101, 2000);
	hear(fragment4(mem, n, 0, 1600));
	hear(fragment4(mem, n, 1600, 4000));
	say(CLIENT, ACK, 3001, 1, 100);
	assert_got(CLIENT, 5100);
}

/* A fragment of an IPv6 packet, behind destination options. */
static struct rte_mbuf *
fragment6(const uint8_t *mem, size_t n, size_t from, size_t to)
{
	static const uint8_t options[] = { IPPROTO_FRAGMENT, 0, 1, 4, 0, 0, 0, 0 };
	bool more = IPV6_END + to < n;
	uint8_t copy[UNIT_TCP_MAX], *p = copy + IPV6_END;

	to = RTE_MIN(to, n - IPV6_END);
	memcpy(copy, mem, IPV6_END);
	put16(copy + IP + 4, (unsigned int)(16 + to - from));
	copy[IP + 6] = IPPROTO_DSTOPTS;
	memcpy(p, options, sizeof(options));
	memset(p + 8, 0, 8);
	p[8] = IPPROTO_TCP;
	put16(p + 10, (unsigned int)from | more);
	p[15] = 9;
	memcpy(p + 16, mem + IPV6_END + from, to - from);
	return unit_tcp_chain(copy, IPV6_END + 16 + to - from, UNIT_TCP_MAX);
}

static void
fragments_ipv6(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	size_t n;

	(void)state;
	uc.params.flags = LBUF_CONN_F_CHECK_SUMS;
	uc.params.datagrams = 4;
	uc.next.ipv6 = true;
	unit_conn_open();
	shake_hands();
	n = write_packet(mem, 1, 3000);
	hear(fragment6(mem, n, 0, 1200));
	hear(fragment6(mem, n, 2400, 4000));
	hear(fragment6(mem, n, 1200, 2400));
	assert_got(CLIENT, 3000);
	/* One that is whole needs no others. */
	n = write_packet(mem, 3001, 100);
	hear(fragment6(mem, n, 0, 1200));
	assert_got(CLIENT, 3100);
	assert_int_equal(figures()->fragments, 3);
}

static void
fragments_that_lack_others(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	unsigned int i;
	size_t n;

	(void)state;
	uc.params.datagrams = 4;
	uc.params.datagram_ms = 1000;
	unit_conn_open();
	shake_hands();
	n = write_packet(mem, 1, 3000);
	hear(fragment4(mem, n, 0, 1600));
	pass_ms(1500);
	assert_int_equal(figures()->fragments_lost, 1);
	/* More than there is room for. */
	for (i = 0; i < 100; i++) {
		mem[IP + 12] = (uint8_t)i;
		hear(fragment4(mem, n, 0, 1600));
	}
	assert_true(figures()->fragments_lost >= 90);
}

static void
fragments_not_wanted(void **state)
{
	uint8_t mem[UNIT_TCP_MAX];
	size_t n;

	(void)state;
	unit_conn_open();
	shake_hands();
	n = write_packet(mem, 1, 3000);
	hear(fragment4(mem, n, 0, 1600));
	hear(fragment4(mem, n, 1600, 4000));
	assert_int_equal(figures()->fragments_lost, 2);
}

static const struct CMUnitTest tests[] = {
	CONN_TEST(padding_is_no_payload),
	CONN_TEST(wrong_lengths),
	CONN_TEST(wrong_lengths_behind_a_tag),
	CONN_TEST(wrong_extensions),
	CONN_TEST(one_host),
	CONN_TEST(truncated),
	CONN_TEST(wrong_options),
	CONN_TEST(divided),
	CONN_TEST(wrong_sums),
	CONN_TEST(sums_are_the_devices_affair),
	CONN_TEST(what_is_not_tcp),
	CONN_TEST(stripped_tag),
	CONN_TEST(fragments_ipv4),
	CONN_TEST(fragments_ipv6),
	CONN_TEST(fragments_that_lack_others),
	CONN_TEST(fragments_not_wanted),
};

UNIT_MAIN(tests)
