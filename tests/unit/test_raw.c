/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Packets as they were received stay raw until somebody looks at them. Whatever
 * verb comes first must find the packet's bytes.
 */

#include <errno.h>

#include <rte_hash_crc.h>
#include <rte_ip.h>

#include <lbuf_priv.h>

#include "unit_port.h"

/* Of the packet, bytes from position 0 on. */
#define LEN 50
/* Where a second packet's bytes are from. */
#define OTHER 1000

/* Receive a packet into an open, empty buffer. */
static void
receive_raw(struct lbuf *b)
{
	struct rte_mbuf *m = unit_mbuf(unit.tiny, 0, LEN);

	assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &b, 1), 1);
	assert_int_not_equal(b->flags & LBUF_F_RAW, 0);
	assert_int_equal(b->rd->len, 0);
}

/* Put a second packet into the ring. */
static void
other_arrives(void)
{
	struct rte_mbuf *m = unit_mbuf(unit.tiny, OTHER, LEN);

	assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
}

/* The packet, then n bytes from OTHER on. */
static void
check_both(struct lbuf *b, uint64_t n)
{
	assert_int_equal(lbuf_len(b), LEN + n);
	assert_same(lbuf_next(b, LEN), 0, LEN);
	assert_fill(b, OTHER, n);
}

static void
verb_none(struct lbuf *b)
{
	assert_int_equal(lbuf_len(b), LEN);
	assert_int_equal(lbuf_pending(b), 0);
	assert_fill(b, 0, LEN);
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
	assert_fill(b, 0, LEN);
}

static void
verb_reserve(struct lbuf *b)
{
	void *p = lbuf_reserve(b, 20);

	assert_non_null(p);
	unit_fill(p, OTHER, 20);
	assert_int_equal(lbuf_len(b), LEN);
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, 20);
}

static void
verb_reserve_nothing(struct lbuf *b)
{
	assert_non_null(lbuf_reserve(b, 0));
	assert_int_equal(lbuf_write(b, "", 0), 0);
	assert_fill(b, 0, LEN);
}

static void
verb_write(struct lbuf *b)
{
	uint8_t mem[20];

	unit_fill(mem, OTHER, sizeof(mem));
	assert_int_equal(lbuf_write(b, mem, sizeof(mem)), 0);
	assert_int_equal(lbuf_pending(b), sizeof(mem));
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, sizeof(mem));
}

static void
verb_write_ext(struct lbuf *b)
{
	const uint8_t *addr;
	struct lbuf_ext *ext = unit_ext(OTHER, 20, &addr);

	assert_int_equal(lbuf_write_ext(b, ext, addr, 20), 0);
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, 20);
}

/* So many that the inline segments do not suffice, and all before a look. */
static void
verb_write_ext_often(struct lbuf *b)
{
	const uint8_t *addr;
	struct lbuf_ext *ext = unit_ext(OTHER, 100, &addr);
	unsigned int i;

	for (i = 0; i < 100; i++)
		assert_int_equal(lbuf_write_ext(b, ext, addr + i, 1), 0);
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, 100);
}

static void
verb_insert_ext(struct lbuf *b)
{
	const uint8_t *addr;
	struct lbuf_ext *ext = unit_ext(OTHER, 20, &addr);

	/* None of its bytes are pending. */
	assert_int_equal(lbuf_insert_ext(b, ext, addr, 20, 1), -ERANGE);
	assert_int_equal(lbuf_insert_ext(b, ext, addr, 20, 0), 0);
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, 20);
}

static void
verb_append(struct lbuf *b)
{
	struct lbuf donor;

	lbuf_init(&donor, unit.pool);
	unit_put(&donor, OTHER, 20);
	assert_int_equal(lbuf_append(b, &donor), 0);
	lbuf_close(&donor);
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, 20);
}

static void
verb_append_to(struct lbuf *b)
{
	struct lbuf to;

	lbuf_init(&to, unit.pool);
	unit_put(&to, OTHER, 20);
	assert_int_equal(lbuf_append(&to, b), 0);
	assert_int_equal(lbuf_len(b), 0);
	assert_int_equal(lbuf_flush(&to), 0);
	assert_same(lbuf_next(&to, 20), OTHER, 20);
	assert_fill(&to, 0, LEN);
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
	receive_raw(&to);
	assert_int_equal(lbuf_append(&to, b), 0);
	assert_int_equal(lbuf_flush(&to), 0);
	assert_int_equal(lbuf_len(&to), 2 * LEN);
	assert_same(lbuf_next(&to, LEN), 0, LEN);
	assert_fill(&to, 0, LEN);
	lbuf_close(&to);
}

static void
verb_append_mbuf(struct lbuf *b)
{
	assert_int_equal(lbuf_append_mbuf(b, unit_mbuf(unit.tiny, OTHER, 300)), 0);
	assert_int_equal(lbuf_flush(b), 0);
	check_both(b, 300);
}

static void
verb_prepend(struct lbuf *b)
{
	void *p = lbuf_prepend(b, 20);

	assert_non_null(p);
	unit_fill(p, OTHER, 20);
	assert_int_equal(lbuf_len(b), LEN + 20);
	assert_same(lbuf_next(b, 20), OTHER, 20);
	assert_fill(b, 0, LEN);
}

static void
verb_ack(struct lbuf *b)
{
	assert_int_equal(lbuf_ack(b, 1), -ERANGE);
	assert_int_equal(lbuf_ack(b, 0), 0);
	assert_fill(b, 0, LEN);
}

static void
verb_flush(struct lbuf *b)
{
	assert_int_equal(lbuf_flush(b), 0);
	assert_fill(b, 0, LEN);
}

static void
verb_peek(struct lbuf *b)
{
	const void *p = lbuf_peek(b, 10);

	assert_same(p, 0, 10);
	assert_ptr_equal(lbuf_peek(b, LEN), p);
	assert_fill(b, 0, LEN);
}

static void
verb_peek_all(struct lbuf *b)
{
	assert_same(lbuf_peek(b, LEN), 0, LEN);
	assert_fill(b, 0, LEN);
}

static void
verb_peek_nothing(struct lbuf *b)
{
	assert_non_null(lbuf_peek(b, 0));
	assert_non_null(lbuf_next(b, 0));
	assert_int_equal(lbuf_skip(b, 0), 0);
	assert_fill(b, 0, LEN);
}

static void
verb_peek_too_much(struct lbuf *b)
{
	assert_null_errno(lbuf_peek(b, LEN + 1), ENODATA);
	assert_fill(b, 0, LEN);
}

/* Held until release: its memory is not used again. */
static void
verb_next(struct lbuf *b)
{
	const void *p = lbuf_next(b, LEN);

	assert_int_equal(lbuf_len(b), 0);
	unit_scribble();
	assert_same(p, 0, LEN);
	assert_int_equal(lbuf_release(b), 0);
}

static void
verb_skip(struct lbuf *b)
{
	assert_int_equal(lbuf_skip(b, 7), 0);
	assert_fill(b, 7, LEN - 7);
}

static void
verb_skip_all(struct lbuf *b)
{
	assert_int_equal(lbuf_skip(b, LEN), 0);
	assert_int_equal(lbuf_len(b), 0);
	assert_int_equal(lbuf_release(b), 0);
	unit_put(b, OTHER, 10);
	assert_fill(b, OTHER, 10);
}

static void
verb_skip_too_much(struct lbuf *b)
{
	assert_int_equal(lbuf_skip(b, LEN + 1), -ENODATA);
	assert_fill(b, 0, LEN);
}

static void
verb_read(struct lbuf *b)
{
	uint8_t mem[LEN];

	assert_int_equal(lbuf_read(b, mem, 20), 0);
	assert_same(mem, 0, 20);
	assert_fill(b, 20, LEN - 20);
}

static void
verb_read_all(struct lbuf *b)
{
	uint8_t mem[LEN];

	assert_int_equal(lbuf_read(b, mem, LEN), 0);
	assert_same(mem, 0, LEN);
	assert_int_equal(lbuf_len(b), 0);
}

static void
verb_peek_copy(struct lbuf *b)
{
	uint8_t mem[LEN];

	assert_int_equal(lbuf_peek_copy(b, mem, LEN), 0);
	assert_same(mem, 0, LEN);
	assert_fill(b, 0, LEN);
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
	unit_fill(p, OTHER, 10);
	assert_same(lbuf_next(b, 10), OTHER, 10);
	assert_fill(b, 10, LEN - 10);
}

static void
check_slice(struct lbuf *b, struct lbuf *slice, uint64_t n)
{
	assert_fill(slice, 0, n);
	assert_fill(b, n, LEN - n);
	lbuf_close(b);
	unit_scribble();
	assert_fill(slice, 0, n);
	lbuf_close(slice);
}

static void
verb_slice(struct lbuf *b)
{
	struct lbuf slice;

	assert_int_equal(lbuf_slice(b, 20, &slice), 0);
	check_slice(b, &slice, 20);
}

static void
verb_slice_all(struct lbuf *b)
{
	struct lbuf slice;

	assert_int_equal(lbuf_slice(b, LEN, &slice), 0);
	check_slice(b, &slice, LEN);
}

static void
verb_slice_nothing(struct lbuf *b)
{
	struct lbuf slice;

	assert_int_equal(lbuf_slice(b, 0, &slice), 0);
	check_slice(b, &slice, 0);
}

static void
verb_until(struct lbuf *b)
{
	struct lbuf slice;
	uint8_t mem[LEN];
	int64_t n;

	unit_fill(mem, 0, LEN);
	n = (uint8_t *)memchr(mem, mem[30], LEN) - mem + 1;
	assert_int_equal(lbuf_until(b, mem[30], &slice), n);
	check_slice(b, &slice, (uint64_t)n);
}

static void
verb_until_str(struct lbuf *b)
{
	struct lbuf slice;
	uint8_t mem[LEN];

	unit_fill(mem, 0, LEN);
	assert_int_equal(lbuf_until_str(b, mem + 30, 5, NULL, &slice), 35);
	check_slice(b, &slice, 35);
}

static void
verb_find(struct lbuf *b)
{
	uint8_t mem[LEN];

	unit_fill(mem, 0, LEN);
	assert_int_equal(lbuf_find(b, mem[40], 40), 40);
	assert_fill(b, 0, LEN);
}

static void
verb_find_str(struct lbuf *b)
{
	uint8_t mem[LEN];

	unit_fill(mem, 0, LEN);
	assert_int_equal(lbuf_find_str(b, mem + 40, 10, 3), 40);
	assert_fill(b, 0, LEN);
}

static void
verb_iovec(struct lbuf *b)
{
	struct iovec iov;
	uint64_t bytes;

	assert_int_equal(lbuf_iovec(b, 5, &iov, 1, &bytes), 1);
	assert_int_equal(bytes, LEN - 5);
	assert_same(iov.iov_base, 5, LEN - 5);
}

static void
verb_cksum(struct lbuf *b)
{
	uint8_t mem[LEN];
	uint16_t sum;

	unit_fill(mem, 0, LEN);
	assert_int_equal(lbuf_cksum(b, 4, LEN - 4, &sum), 0);
	assert_int_equal(sum, rte_raw_cksum(mem + 4, LEN - 4));
}

static void
verb_crc32c(struct lbuf *b)
{
	/* As rte_hash_crc() reads it. */
	uint8_t mem[LEN] __rte_aligned(8);
	uint32_t crc = 0;

	unit_fill(mem, 0, LEN);
	assert_int_equal(lbuf_crc32c(b, 0, LEN, &crc), 0);
	assert_int_equal(crc, ~rte_hash_crc(mem, LEN, UINT32_MAX));
}

static void
verb_read_cksum(struct lbuf *b)
{
	uint8_t mem[LEN];
	uint16_t sum;

	assert_int_equal(lbuf_read_cksum(b, mem, LEN, &sum), 0);
	assert_same(mem, 0, LEN);
	assert_int_equal(sum, rte_raw_cksum(mem, LEN));
	assert_int_equal(lbuf_len(b), 0);
}

/* Pointers of before, of which there are none. */
static void
verb_release(struct lbuf *b)
{
	assert_int_equal(lbuf_release(b), 0);
	unit_scribble();
	assert_fill(b, 0, LEN);
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
	check_sent(lbuf_port_export(port.bridge, 0, b), 0, LEN);
	assert_int_equal(lbuf_len(b), 0);
	unit_put(b, OTHER, 10);
	assert_fill(b, OTHER, 10);
}

static void
verb_export_part(struct lbuf *b)
{
	check_sent(lbuf_port_export_part(port.bridge, 0, b, 20), 0, 20);
	assert_fill(b, 20, LEN - 20);
}

static void
verb_tx(struct lbuf *b)
{
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &b, 1), 1);
	assert_int_equal(lbuf_len(b), 0);
	check_sent(port_take(), 0, LEN);
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
	assert_int_equal(lbuf_len(b), LEN);
	assert_int_equal(port_empty(), PORT_RING_ROOM);
	unit_scribble();
	assert_fill(b, 0, LEN);
}

static void
verb_rx(struct lbuf *b)
{
	other_arrives();
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &b, 1), 1);
	check_both(b, LEN);
}

static void
verb_rx_append(struct lbuf *b)
{
	other_arrives();
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, b, 1), 1);
	check_both(b, LEN);
}

static const struct verb {
	const char *name;
	void (*call)(struct lbuf *b);
} verbs[] = {
#define VERB(name) \
	{ \
#name, verb_##name \
	}
	VERB(none),
	VERB(close),
	VERB(handoff),
	VERB(reserve),
	VERB(reserve_nothing),
	VERB(write),
	VERB(write_ext),
	VERB(write_ext_often),
	VERB(insert_ext),
	VERB(append),
	VERB(append_to),
	VERB(append_raw),
	VERB(append_mbuf),
	VERB(prepend),
	VERB(ack),
	VERB(flush),
	VERB(peek),
	VERB(peek_all),
	VERB(peek_nothing),
	VERB(peek_too_much),
	VERB(next),
	VERB(skip),
	VERB(skip_all),
	VERB(skip_too_much),
	VERB(read),
	VERB(read_all),
	VERB(peek_copy),
	VERB(numbers),
	VERB(edit),
	VERB(slice),
	VERB(slice_all),
	VERB(slice_nothing),
	VERB(until),
	VERB(until_str),
	VERB(find),
	VERB(find_str),
	VERB(iovec),
	VERB(cksum),
	VERB(crc32c),
	VERB(read_cksum),
	VERB(release),
	VERB(export),
	VERB(export_part),
	VERB(tx),
	VERB(tx_refused),
	VERB(rx),
	VERB(rx_append),
};

/* Each verb first, on a new buffer and on one that has been in use. */
static void
each_verb_first(void **state)
{
	unsigned int i, used;
	struct lbuf b;

	(void)state;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	for (i = 0; i < RTE_DIM(verbs); i++) {
		for (used = 0; used < 2; used++) {
			print_message("%s\n", verbs[i].name);
			lbuf_init(&b, unit.pool);
			if (used != 0) {
				unit_add(&b, UNIT_OWN, 0, 10);
				unit_add(&b, UNIT_EXT, 10, 10);
				unit_add(&b, UNIT_MBUF, 20, 10);
				unit_drain(&b, 0, 30);
				assert_int_equal(lbuf_release(&b), 0);
			}
			receive_raw(&b);
			verbs[i].call(&b);
			lbuf_close(&b);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
			assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM);
		}
	}
}

/* Looked at by each verb, and closed as it came, there is no trace left of it. */
static void
settled_by_a_look(void **state)
{
	struct lbuf b;

	(void)state;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	lbuf_init(&b, unit.pool);
	receive_raw(&b);
	assert_int_equal(lbuf_len(&b), LEN);
	assert_int_not_equal(b.flags & LBUF_F_RAW, 0);
	assert_non_null(lbuf_peek(&b, 1));
	assert_int_equal(b.flags & LBUF_F_RAW, 0);
	assert_int_equal(b.rd->len, LEN);
	assert_int_equal(lbuf_skip(&b, LEN), 0);
	assert_int_equal(lbuf_release(&b), 0);
	receive_raw(&b); /* raw again */
	assert_fill(&b, 0, LEN);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(each_verb_first),
	PORT_TEST(settled_by_a_look),
};

UNIT_MAIN(tests)
