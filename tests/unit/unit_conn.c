/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_cycles.h>

#include "unit_conn.h"

struct unit_conn uc;

static void
on_open(struct lbuf_conn *c, void *arg)
{
	assert_ptr_equal(arg, &uc);
	uc.conn = c;
	uc.opened++;
}

/* Take all that is there. */
static void
consume(unsigned int dir, struct lbuf *b)
{
	uint64_t n = b == NULL ? 0 : lbuf_len(b);

	assert_true(uc.len[dir] + n <= GOT_MAX);
	if (n == 0)
		return;
	assert_int_equal(lbuf_read(b, uc.got[dir] + uc.len[dir], n), 0);
	uc.len[dir] += n;
}

static void
on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	(void)arg;
	assert_true(lbuf_len(b) != 0);
	if (!uc.keep)
		consume(dir, b);
	if (uc.on_data != NULL)
		uc.on_data(c, dir);
}

static void
on_gap(struct lbuf_conn *c, unsigned int dir, uint64_t missing, struct lbuf *b, void *arg)
{
	(void)c;
	(void)arg;
	consume(dir, b);
	uc.gaps[dir]++;
	uc.missing[dir] += missing;
}

static void
on_end(struct lbuf_conn *c, unsigned int dir, enum lbuf_conn_why why, struct lbuf *b, void *arg)
{
	(void)c;
	(void)arg;
	if (uc.opened == 1)
		assert_int_equal(uc.ended[dir], NOT_YET);
	consume(dir, b);
	uc.ended[dir] = (int)why;
}

static void
on_close(struct lbuf_conn *c, enum lbuf_conn_why why, void *arg)
{
	(void)arg;
	(void)c;
	uc.closed++;
	uc.why = (int)why;
}

int
unit_conn_setup(void **state)
{
	int ret = unit_setup(state);

	memset(&uc, 0, sizeof(uc));
	uc.params = (struct lbuf_conn_params){
		.stream.pool = unit.pool,
		.ops = { on_open, on_data, on_gap, on_end, on_close },
		.arg = &uc,
		.conns = 64,
		.datagrams = UINT32_MAX,
	};
	uc.now = rte_get_tsc_hz();
	uc.ended[CLIENT] = NOT_YET;
	uc.ended[SERVER] = NOT_YET;
	uc.why = NOT_YET;
	uc.next = (struct unit_tcp){ .window = 1000 };
	return ret;
}

void
unit_conn_open(void)
{
	uc.table = lbuf_conn_table_create(&uc.params);
	assert_non_null(uc.table);
}

int
unit_conn_teardown(void **state)
{
	lbuf_conn_table_free(uc.table);
	return unit_teardown(state) != 0 || uc.opened != uc.closed ? -1 : 0;
}

struct rte_mbuf *
say_packet(unsigned int dir, uint8_t flags, uint32_t off, uint32_t ack, uint16_t len)
{
	struct unit_tcp t = uc.next;

	/* The client is the higher endpoint. */
	t.from = dir == CLIENT ? 9 : 2;
	t.to = dir == CLIENT ? 2 : 9;
	t.sport = dir == CLIENT ? 40000 : 80;
	t.dport = dir == CLIENT ? 80 : 40000;
	t.seq = (dir == CLIENT ? CLIENT_ISN : SERVER_ISN) + off;
	if ((flags & ACK) != 0)
		t.ack = (dir == CLIENT ? SERVER_ISN : CLIENT_ISN) + ack;
	t.flags = flags;
	t.len = len;
	t.pos = (dir == CLIENT ? CLIENT_POS : SERVER_POS) + off +
			((flags & SYN) != 0 ? 0 : UINT64_MAX);
	return unit_tcp_packet(&t);
}

void
hear(struct rte_mbuf *m)
{
	lbuf_conn_input(uc.table, &m, 1, uc.now);
	rte_pktmbuf_free(m);
}

void
say(unsigned int dir, uint8_t flags, uint32_t off, uint32_t ack, uint16_t len)
{
	hear(say_packet(dir, flags, off, ack, len));
}

void
pass_ms(uint64_t ms)
{
	uc.now += ms * rte_get_tsc_hz() / MS_PER_S;
	lbuf_conn_expire(uc.table, uc.now);
}

void
shake_hands(void)
{
	say(CLIENT, SYN, 0, 0, 0);
	say(SERVER, SYN | ACK, 0, 1, 0);
	say(CLIENT, ACK, 1, 1, 0);
}

void
unit_conn_check(unsigned int dir, size_t n, const char *file, int line)
{
	_assert_int_equal(uc.len[dir], n, file, line);
	unit_check_same(uc.got[dir], dir == CLIENT ? CLIENT_POS : SERVER_POS, n, file, line);
}

const struct lbuf_conn_table_stats *
figures(void)
{
	lbuf_conn_table_stats_get(uc.table, &uc.stats);
	return &uc.stats;
}
