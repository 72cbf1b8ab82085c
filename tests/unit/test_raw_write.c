/* SPDX-License-Identifier: BSD-3-Clause */

/* Verbs of the write side, and received packets, on a packet that nobody looked at. */

#include <errno.h>

#include "raw.h"

static void
verb_reserve(struct lbuf *b)
{
	void *p = lbuf_reserve(b, 20);

	assert_non_null(p);
	unit_fill(p, RAW_OTHER, 20);
	assert_int_equal(lbuf_len(b), RAW_LEN);
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, 20);
}

static void
verb_reserve_nothing(struct lbuf *b)
{
	assert_non_null(lbuf_reserve(b, 0));
	assert_int_equal(lbuf_write(b, "", 0), 0);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_write(struct lbuf *b)
{
	uint8_t mem[20];

	unit_fill(mem, RAW_OTHER, sizeof(mem));
	assert_int_equal(lbuf_write(b, mem, sizeof(mem)), 0);
	assert_int_equal(lbuf_pending(b), sizeof(mem));
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, sizeof(mem));
}

static void
verb_write_ext(struct lbuf *b)
{
	const uint8_t *addr;
	struct lbuf_ext *ext = unit_ext(RAW_OTHER, 20, &addr);

	assert_int_equal(lbuf_write_ext(b, ext, addr, 20), 0);
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, 20);
}

/* So many that the inline segments do not suffice, and all before a look. */
static void
verb_write_ext_often(struct lbuf *b)
{
	const uint8_t *addr;
	struct lbuf_ext *ext = unit_ext(RAW_OTHER, 100, &addr);
	unsigned int i;

	for (i = 0; i < 100; i++)
		assert_int_equal(lbuf_write_ext(b, ext, addr + i, 1), 0);
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, 100);
}

static void
verb_insert_ext(struct lbuf *b)
{
	const uint8_t *addr;
	struct lbuf_ext *ext = unit_ext(RAW_OTHER, 20, &addr);

	/* None of its bytes are pending. */
	assert_int_equal(lbuf_insert_ext(b, ext, addr, 20, 1), -ERANGE);
	assert_int_equal(lbuf_insert_ext(b, ext, addr, 20, 0), 0);
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, 20);
}

/* Another buffer, with bytes of its own. */
static void
open_other(struct lbuf *other)
{
	lbuf_init(other, unit.pool);
	unit_put(other, RAW_OTHER, 20);
}

static void
verb_append(struct lbuf *b)
{
	struct lbuf donor;

	open_other(&donor);
	assert_int_equal(lbuf_append(b, &donor), 0);
	lbuf_close(&donor);
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, 20);
}

static void
verb_append_to(struct lbuf *b)
{
	struct lbuf to;

	open_other(&to);
	assert_int_equal(lbuf_append(&to, b), 0);
	assert_int_equal(lbuf_len(b), 0);
	assert_int_equal(lbuf_flush(&to), 0);
	assert_same(lbuf_next(&to, 20), RAW_OTHER, 20);
	assert_fill(&to, 0, RAW_LEN);
	lbuf_close(&to);
	unit_put(b, 0, 10);
	assert_fill(b, 0, 10);
}

/* Both of them. */
static void
verb_append_raw(struct lbuf *b)
{
	struct lbuf to;

	lbuf_init(&to, unit.pool);
	raw_receive(&to);
	assert_int_equal(lbuf_append(&to, b), 0);
	assert_int_equal(lbuf_flush(&to), 0);
	assert_int_equal(lbuf_len(&to), 2 * RAW_LEN);
	assert_same(lbuf_next(&to, RAW_LEN), 0, RAW_LEN);
	assert_fill(&to, 0, RAW_LEN);
	lbuf_close(&to);
}

static void
verb_append_mbuf(struct lbuf *b)
{
	assert_int_equal(lbuf_append_mbuf(b, unit_mbuf(unit.tiny, RAW_OTHER, 300)), 0);
	assert_int_equal(lbuf_flush(b), 0);
	raw_check_both(b, 300);
}

static void
verb_prepend(struct lbuf *b)
{
	void *p = lbuf_prepend(b, 20);

	assert_non_null(p);
	unit_fill(p, RAW_OTHER, 20);
	assert_int_equal(lbuf_len(b), RAW_LEN + 20);
	assert_same(lbuf_next(b, 20), RAW_OTHER, 20);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_ack(struct lbuf *b)
{
	assert_int_equal(lbuf_ack(b, 1), -ERANGE);
	assert_int_equal(lbuf_ack(b, 0), 0);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_flush(struct lbuf *b)
{
	assert_int_equal(lbuf_flush(b), 0);
	assert_fill(b, 0, RAW_LEN);
}

/* Put a second packet into the ring. */
static void
other_arrives(void)
{
	struct rte_mbuf *m = unit_mbuf(unit.tiny, RAW_OTHER, RAW_LEN);

	assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
}

static void
verb_rx(struct lbuf *b)
{
	other_arrives();
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &b, 1), 1);
	raw_check_both(b, RAW_LEN);
}

static void
verb_rx_append(struct lbuf *b)
{
	other_arrives();
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, b, 1), 1);
	raw_check_both(b, RAW_LEN);
}

static const struct raw_verb verbs[] = {
	RAW_VERB(reserve),
	RAW_VERB(reserve_nothing),
	RAW_VERB(write),
	RAW_VERB(write_ext),
	RAW_VERB(write_ext_often),
	RAW_VERB(insert_ext),
	RAW_VERB(append),
	RAW_VERB(append_to),
	RAW_VERB(append_raw),
	RAW_VERB(append_mbuf),
	RAW_VERB(prepend),
	RAW_VERB(ack),
	RAW_VERB(flush),
	RAW_VERB(rx),
	RAW_VERB(rx_append),
};

static void
each_verb_first(void **state)
{
	(void)state;
	raw_each_verb(verbs, RTE_DIM(verbs));
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(each_verb_first),
};

UNIT_MAIN(tests)
