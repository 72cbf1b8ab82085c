/* SPDX-License-Identifier: BSD-3-Clause */

/* Verbs of the read side, and those that send, on a packet that nobody looked at. */

#include <errno.h>

#include <rte_hash_crc.h>
#include <rte_ip.h>

#include <lbuf_priv.h>

#include "raw.h"

static void
verb_none(struct lbuf *b)
{
	assert_int_equal(lbuf_len(b), RAW_LEN);
	assert_int_equal(lbuf_pending(b), 0);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_close(struct lbuf *b)
{
	lbuf_close(b);
	assert_null_errno(lbuf_peek(b, 1), EPIPE);
	lbuf_close(b);
}

static void
verb_handoff(struct lbuf *b)
{
	lbuf_handoff(b);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_peek(struct lbuf *b)
{
	const void *p = lbuf_peek(b, 10);

	assert_same(p, 0, 10);
	assert_ptr_equal(lbuf_peek(b, RAW_LEN), p);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_peek_all(struct lbuf *b)
{
	assert_same(lbuf_peek(b, RAW_LEN), 0, RAW_LEN);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_peek_nothing(struct lbuf *b)
{
	assert_non_null(lbuf_peek(b, 0));
	assert_non_null(lbuf_next(b, 0));
	assert_int_equal(lbuf_skip(b, 0), 0);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_peek_too_much(struct lbuf *b)
{
	assert_null_errno(lbuf_peek(b, RAW_LEN + 1), ENODATA);
	assert_fill(b, 0, RAW_LEN);
}

/* Held until release: its memory is not used again. */
static void
verb_next(struct lbuf *b)
{
	const void *p = lbuf_next(b, RAW_LEN);

	assert_int_equal(lbuf_len(b), 0);
	unit_scribble();
	assert_same(p, 0, RAW_LEN);
	assert_int_equal(lbuf_release(b), 0);
}

static void
verb_skip(struct lbuf *b)
{
	assert_int_equal(lbuf_skip(b, 7), 0);
	assert_fill(b, 7, RAW_LEN - 7);
}

static void
verb_skip_all(struct lbuf *b)
{
	assert_int_equal(lbuf_skip(b, RAW_LEN), 0);
	assert_int_equal(lbuf_len(b), 0);
	assert_int_equal(lbuf_release(b), 0);
	unit_put(b, RAW_OTHER, 10);
	assert_fill(b, RAW_OTHER, 10);
}

static void
verb_skip_too_much(struct lbuf *b)
{
	assert_int_equal(lbuf_skip(b, RAW_LEN + 1), -ENODATA);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_read(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];

	assert_int_equal(lbuf_read(b, mem, 20), 0);
	assert_same(mem, 0, 20);
	assert_fill(b, 20, RAW_LEN - 20);
}

static void
verb_read_all(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];

	assert_int_equal(lbuf_read(b, mem, RAW_LEN), 0);
	assert_same(mem, 0, RAW_LEN);
	assert_int_equal(lbuf_len(b), 0);
}

static void
verb_peek_copy(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];

	assert_int_equal(lbuf_peek_copy(b, mem, RAW_LEN), 0);
	assert_same(mem, 0, RAW_LEN);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_numbers(struct lbuf *b)
{
	uint64_t value;
	uint8_t mem[8];

	unit_fill(mem, 0, sizeof(mem));
	assert_int_equal(lbuf_peek_be64(b, &value), 0);
	value = rte_cpu_to_be_64(value);
	assert_memory_equal(&value, mem, sizeof(value));
}

static void
verb_edit(struct lbuf *b)
{
	void *p = lbuf_edit(b, 10);

	assert_same(p, 0, 10);
	unit_fill(p, RAW_OTHER, 10);
	assert_same(lbuf_next(b, 10), RAW_OTHER, 10);
	assert_fill(b, 10, RAW_LEN - 10);
}

static void
check_slice(struct lbuf *b, struct lbuf *slice, uint64_t n)
{
	assert_fill(slice, 0, n);
	assert_fill(b, n, RAW_LEN - n);
	lbuf_close(b);
	unit_scribble();
	assert_fill(slice, 0, n);
	lbuf_close(slice);
}

static void
slice_first(struct lbuf *b, uint64_t n)
{
	struct lbuf slice;

	assert_int_equal(lbuf_slice(b, n, &slice), 0);
	check_slice(b, &slice, n);
}

static void
verb_slice(struct lbuf *b)
{
	slice_first(b, 20);
}

static void
verb_slice_all(struct lbuf *b)
{
	slice_first(b, RAW_LEN);
}

static void
verb_slice_nothing(struct lbuf *b)
{
	slice_first(b, 0);
}

static void
verb_until(struct lbuf *b)
{
	struct lbuf slice;
	uint8_t mem[RAW_LEN];
	int64_t n;

	unit_fill(mem, 0, RAW_LEN);
	n = (uint8_t *)memchr(mem, mem[30], RAW_LEN) - mem + 1;
	assert_int_equal(lbuf_until(b, mem[30], &slice), n);
	check_slice(b, &slice, (uint64_t)n);
}

static void
verb_until_str(struct lbuf *b)
{
	struct lbuf slice;
	uint8_t mem[RAW_LEN];

	unit_fill(mem, 0, RAW_LEN);
	assert_int_equal(lbuf_until_str(b, mem + 30, 5, NULL, &slice), 35);
	check_slice(b, &slice, 35);
}

static void
verb_find(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];

	unit_fill(mem, 0, RAW_LEN);
	assert_int_equal(lbuf_find(b, mem[40], 40), 40);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_find_str(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];

	unit_fill(mem, 0, RAW_LEN);
	assert_int_equal(lbuf_find_str(b, mem + 40, 10, 3), 40);
	assert_fill(b, 0, RAW_LEN);
}

static void
verb_iovec(struct lbuf *b)
{
	struct iovec iov;
	uint64_t bytes;

	assert_int_equal(lbuf_iovec(b, 5, &iov, 1, &bytes), 1);
	assert_int_equal(bytes, RAW_LEN - 5);
	assert_same(iov.iov_base, 5, RAW_LEN - 5);
}

static void
verb_cksum(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];
	uint16_t sum;

	unit_fill(mem, 0, RAW_LEN);
	assert_int_equal(lbuf_cksum(b, 4, RAW_LEN - 4, &sum), 0);
	assert_int_equal(sum, rte_raw_cksum(mem + 4, RAW_LEN - 4));
}

static void
verb_crc32c(struct lbuf *b)
{
	/* As rte_hash_crc() reads it. */
	uint8_t mem[RAW_LEN] __rte_aligned(8);
	uint32_t crc = 0;

	unit_fill(mem, 0, RAW_LEN);
	assert_int_equal(lbuf_crc32c(b, 0, RAW_LEN, &crc), 0);
	assert_int_equal(crc, ~rte_hash_crc(mem, RAW_LEN, UINT32_MAX));
}

static void
verb_read_cksum(struct lbuf *b)
{
	uint8_t mem[RAW_LEN];
	uint16_t sum;

	assert_int_equal(lbuf_read_cksum(b, mem, RAW_LEN, &sum), 0);
	assert_same(mem, 0, RAW_LEN);
	assert_int_equal(sum, rte_raw_cksum(mem, RAW_LEN));
	assert_int_equal(lbuf_len(b), 0);
}

/* Pointers of before, of which there are none. */
static void
verb_release(struct lbuf *b)
{
	assert_int_equal(lbuf_release(b), 0);
	unit_scribble();
	assert_fill(b, 0, RAW_LEN);
}

static void
check_sent(struct rte_mbuf *m, uint64_t pos, uint32_t n)
{
	assert_packet(m, pos, n);
	rte_pktmbuf_free(m);
}

static void
verb_export(struct lbuf *b)
{
	check_sent(lbuf_port_export(port.bridge, 0, b), 0, RAW_LEN);
	assert_int_equal(lbuf_len(b), 0);
	unit_put(b, RAW_OTHER, 10);
	assert_fill(b, RAW_OTHER, 10);
}

static void
verb_export_part(struct lbuf *b)
{
	check_sent(lbuf_port_export_part(port.bridge, 0, b, 20), 0, 20);
	assert_fill(b, 20, RAW_LEN - 20);
}

static void
verb_tx(struct lbuf *b)
{
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &b, 1), 1);
	assert_int_equal(lbuf_len(b), 0);
	check_sent(port_take(), 0, RAW_LEN);
}

/* Not sent it is as it was; and is read, or sent, then. */
static void
verb_tx_refused(struct lbuf *b)
{
	struct rte_mbuf *m;
	unsigned int i;

	for (i = 0; i < PORT_RING_ROOM; i++) {
		m = unit_mbuf(unit.tiny, 0, 1);
		assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
	}
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &b, 1), 0);
	assert_int_equal(lbuf_len(b), RAW_LEN);
	assert_int_equal(port_empty(), PORT_RING_ROOM);
	unit_scribble();
	assert_fill(b, 0, RAW_LEN);
}

static const struct raw_verb verbs[] = {
	RAW_VERB(none),
	RAW_VERB(close),
	RAW_VERB(handoff),
	RAW_VERB(peek),
	RAW_VERB(peek_all),
	RAW_VERB(peek_nothing),
	RAW_VERB(peek_too_much),
	RAW_VERB(next),
	RAW_VERB(skip),
	RAW_VERB(skip_all),
	RAW_VERB(skip_too_much),
	RAW_VERB(read),
	RAW_VERB(read_all),
	RAW_VERB(peek_copy),
	RAW_VERB(numbers),
	RAW_VERB(edit),
	RAW_VERB(slice),
	RAW_VERB(slice_all),
	RAW_VERB(slice_nothing),
	RAW_VERB(until),
	RAW_VERB(until_str),
	RAW_VERB(find),
	RAW_VERB(find_str),
	RAW_VERB(iovec),
	RAW_VERB(cksum),
	RAW_VERB(crc32c),
	RAW_VERB(read_cksum),
	RAW_VERB(release),
	RAW_VERB(export),
	RAW_VERB(export_part),
	RAW_VERB(tx),
	RAW_VERB(tx_refused),
};

static void
each_verb_first(void **state)
{
	(void)state;
	raw_each_verb(verbs, RTE_DIM(verbs));
}

/* Looked at by each verb, and closed as it came, there is no trace left of it. */
static void
settled_by_a_look(void **state)
{
	struct lbuf b;

	(void)state;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	lbuf_init(&b, unit.pool);
	raw_receive(&b);
	assert_int_equal(lbuf_len(&b), RAW_LEN);
	assert_int_not_equal(b.flags & LBUF_F_RAW, 0);
	assert_non_null(lbuf_peek(&b, 1));
	assert_int_equal(b.flags & LBUF_F_RAW, 0);
	assert_int_equal(b.rd->len, RAW_LEN);
	assert_int_equal(lbuf_skip(&b, RAW_LEN), 0);
	assert_int_equal(lbuf_release(&b), 0);
	raw_receive(&b); /* raw again */
	assert_fill(&b, 0, RAW_LEN);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(each_verb_first),
	PORT_TEST(settled_by_a_look),
};

UNIT_MAIN(tests)
