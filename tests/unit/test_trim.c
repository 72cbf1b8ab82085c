/* SPDX-License-Identifier: BSD-3-Clause */

/* Readable bytes dropped from the end. */

#include <errno.h>

#include <chunk.h>

#include "unit.h"

#define PART 100

/* A buffer with a segment of each kind, and so many rounds of them. */
static uint64_t
mixed(struct lbuf *b, unsigned int rounds)
{
	uint64_t pos = 0;
	unsigned int i;

	lbuf_init(b, unit.pool);
	for (i = 0; i < rounds * UNIT_KINDS; i++, pos += PART)
		unit_add(b, i % UNIT_KINDS, pos, PART);
	return pos;
}

static void
any_length(void **state)
{
	static const uint64_t cut[] = { 0, 1, 50, 99, 100, 101, 250, 300, 899, 900 };
	struct lbuf b, slice, *x;
	unsigned int i, kind;
	uint64_t len;

	(void)state;
	for (i = 0; i < RTE_DIM(cut); i++) {
		for (kind = 0; kind < 2; kind++) {
			len = mixed(&b, 3);
			x = &b;
			if (kind == 1) {
				assert_int_equal(lbuf_slice(&b, len, &slice), 0);
				x = &slice;
			}
			assert_int_equal(lbuf_trim(x, len + 1), -ENODATA);
			assert_int_equal(lbuf_trim(x, cut[i]), 0);
			unit_scribble();
			assert_fill(x, 0, len - cut[i]);
			if (kind == 0) {
				/* Other bytes than were there. */
				unit_put(&b, 70000, 500);
				assert_int_equal(lbuf_skip(&b, len - cut[i]), 0);
				assert_fill(&b, 70000, 500);
			} else {
				assert_int_equal(lbuf_write(x, "no", 2), -EROFS);
				lbuf_close(&slice);
			}
			lbuf_close(&b);
		}
	}
	assert_int_equal(lbuf_trim(&b, 0), -EPIPE);
	assert_int_equal(lbuf_trim(&b, 1), -EPIPE);
}

/* What is trimmed off is freed at once: its last reference went. */
static void
memory_goes_at_once(void **state)
{
	struct lbuf b;

	(void)state;
	mixed(&b, 2);
	assert_int_equal(unit.exts, 2);
	assert_int_equal(lbuf_trim(&b, PART), 0); /* an mbuf */
	assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 1);
	assert_int_equal(lbuf_trim(&b, PART - 1), 0);
	assert_int_equal(unit.exts, 2);
	assert_int_equal(lbuf_trim(&b, 1), 0);
	assert_int_equal(unit.exts, 1);
	assert_int_equal(lbuf_trim(&b, lbuf_len(&b)), 0);
	assert_int_equal(unit.exts, 0);
	assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 0);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1); /* the vector */
	unit_put(&b, 7, 700);
	assert_fill(&b, 7, 700);
	lbuf_close(&b);
}

/* Pending bytes follow what is left, wherever segments divide the two. */
static void
pending_bytes_stay(void **state)
{
	static const uint64_t cut[] = { 1, 30, 99, 100, 101, 399, 400 };
	unsigned int i, how;
	uint64_t len, left;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	for (i = 0; i < RTE_DIM(cut); i++) {
		for (how = 0; how < 3; how++) {
			len = mixed(&b, 1);
			unit_put(&b, len, 100);
			len += 100;
			left = len - cut[i];
			/* Behind the readable bytes in their segment, or in others. */
			if (how != 0) {
				assert_int_equal(lbuf_write(&b, "", 1), 0);
				assert_int_equal(lbuf_ack(&b, 0), 0);
				unit_put(&b, len, 0);
			}
			p = lbuf_reserve(&b, 20);
			if (how == 2)
				assert_non_null(lbuf_reserve(&b, 5000));
			assert_int_equal(lbuf_trim(&b, cut[i]), 0);
			assert_fill(&b, 0, left);
			assert_int_equal(lbuf_pending(&b), how == 2 ? 5020 : 20);
			unit_fill(p, left, 20);
			assert_int_equal(lbuf_ack(&b, 20), 0);
			assert_int_equal(lbuf_flush(&b), 0);
			assert_fill(&b, 0, left + 20);
			unit_put(&b, left + 20, 300);
			unit_drain(&b, 0, left + 320);
			lbuf_close(&b);
		}
	}
}

/* The first n bytes are those from pos on, and 100 more those from 70000 on. */
static void
check_two(struct lbuf *b, uint64_t pos, uint64_t n)
{
	uint8_t mem[400];

	assert_int_equal(lbuf_peek_copy(b, mem, n + 100), 0);
	assert_same(mem, pos, n);
	assert_same(mem + n, 70000, 100);
}

/* Pointers hold until release, whatever is written afterwards. */
static void
pointers_hold(void **state)
{
	const uint8_t *p, *next;
	unsigned int kind;
	struct lbuf b;
	uint64_t cut;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		for (cut = 1; cut <= 160; cut += 53) {
			lbuf_init(&b, unit.pool);
			unit_add(&b, kind, 0, 200);
			next = lbuf_next(&b, 40);
			p = lbuf_peek(&b, 160);
			assert_int_equal(lbuf_trim(&b, cut), 0);
			unit_put(&b, 70000, 500);
			unit_scribble();
			/* What is gathered must not go where the pointer shows. */
			assert_non_null(lbuf_peek(&b, 400));
			assert_same(next, 0, 40);
			assert_same(p, 40, 160);
			check_two(&b, 40, 160 - cut);
			assert_int_equal(lbuf_release(&b), 0);
			check_two(&b, 40, 160 - cut);
			lbuf_close(&b);
		}
	}
}

/* The same where something was put into what was peeked at, and its end cut off. */
static void
pointers_hold_behind_what_was_put_in(void **state)
{
	struct lbuf b, donor;
	const uint8_t *p;
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		lbuf_init(&donor, unit.pool);
		unit_add(&b, kind, 0, 200);
		p = lbuf_peek(&b, 200);
		unit_add(&donor, UNIT_EXT, 70000, 100);
		assert_int_equal(lbuf_splice(&b, 50, &donor), 0);
		assert_int_equal(lbuf_trim(&b, 150), 0);
		assert_non_null(lbuf_peek(&b, 150));
		assert_same(p, 0, 200);
		check_two(&b, 0, 50);
		assert_non_null(lbuf_edit(&b, 150));
		assert_int_equal(lbuf_release(&b), 0);
		check_two(&b, 0, 50);
		lbuf_close(&b);
		lbuf_close(&donor);
	}
}

/* Clones, and slices that were cut off before, see nothing of it. */
static void
others_do_not_see_it(void **state)
{
	struct lbuf b, clone, slice;
	uint64_t len;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 900);
	len = 900;
	assert_int_equal(lbuf_clone(&b, 0, len, &clone), 0);
	assert_int_equal(lbuf_slice(&b, 250, &slice), 0);
	assert_int_equal(lbuf_trim(&b, 500), 0);
	unit_put(&b, 70000, 100); /* not where the clone reads */
	assert_fill(&clone, 0, len);
	assert_fill(&slice, 0, 250);
	assert_int_equal(lbuf_trim(&clone, 899), 0);
	assert_int_equal(lbuf_skip(&b, 150), 0);
	assert_fill(&b, 70000, 100);
	lbuf_close(&b);
	assert_fill(&clone, 0, 1);
	lbuf_close(&clone);
	assert_fill(&slice, 0, 250);
	lbuf_close(&slice);
}

/* A packet as it was received, and one that others hold. */
static void
packets(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 64), *chain;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	rte_mbuf_refcnt_update(m, 1);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_trim(&b, 4), 0);
	assert_fill(&b, 0, 60);
	assert_int_equal(m->data_len, 64);
	assert_int_equal(m->pkt_len, 64);
	lbuf_close(&b);
	assert_same(rte_pktmbuf_mtod(m, void *), 0, 64);
	rte_pktmbuf_free(m);
	/* A chain, in the middle of a segment. */
	lbuf_init(&b, unit.pool);
	chain = unit_mbuf(unit.tiny, 0, 64 * 50);
	assert_int_equal(lbuf_append_mbuf(&b, chain), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_trim(&b, 64 * 40 + 10), 0);
	assert_fill(&b, 0, 64 * 10 - 10);
	assert_int_equal(rte_mempool_in_use_count(unit.tiny), 10);
	lbuf_close(&b);
}

/* Who is called as memory goes may do anything to the buffer. */
static struct {
	struct lbuf b;
	struct lbuf_ext ext[40];
	uint8_t mem[40];
	unsigned int calls;
} loud;

static void
close_and_open(struct lbuf_ext *ext, void *arg)
{
	(void)ext;
	(void)arg;
	loud.calls++;
	lbuf_close(&loud.b);
	/* Unless a callback that this one led to has opened it. */
	if (lbuf_release(&loud.b) == 0)
		return;
	lbuf_init(&loud.b, unit.pool);
	assert_int_equal(lbuf_write(&loud.b, "new", 3), 0);
	assert_int_equal(lbuf_flush(&loud.b), 0);
}

static void
callbacks_may_close_it(void **state)
{
	unsigned int i, segs, pend;

	(void)state;
	for (segs = 1; segs <= 40; segs++) {
		for (pend = 0; pend < 2; pend++) {
			lbuf_init(&loud.b, unit.pool);
			loud.calls = 0;
			for (i = 0; i < segs; i++) {
				lbuf_ext_init(&loud.ext[i], close_and_open, NULL);
				assert_int_equal(lbuf_write_ext(&loud.b, &loud.ext[i], &loud.mem[i],
								 1),
						0);
			}
			assert_int_equal(lbuf_flush(&loud.b), 0);
			if (pend != 0)
				assert_int_equal(lbuf_write(&loud.b, "x", 1), 0);
			assert_int_equal(lbuf_trim(&loud.b, segs / 2 + 1), 0);
			assert_int_equal(loud.calls, segs);
			assert_str(&loud.b, "new");
			lbuf_close(&loud.b);
		}
	}
}

static void
no_memory(void **state)
{
	struct lbuf b;
	uint64_t len;

	(void)state;
	len = mixed(&b, 1) + 400;
	unit_put(&b, len - 400, 400);
	assert_int_equal(lbuf_write(&b, "x", 1), 0); /* in the segment of readable ones */
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_trim(&b, 10), -ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	assert_fill(&b, 0, len);
	assert_int_equal(lbuf_trim(&b, 10), 0);
	assert_fill(&b, 0, len - 10);
	assert_int_equal(lbuf_pending(&b), 1);
	/* Without pending bytes none is needed. */
	assert_int_equal(lbuf_ack(&b, 0), 0);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_trim(&b, 150), 0);
	lbuf_pool_inject(unit.pool, 0);
	assert_fill(&b, 0, len - 160);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(any_length),
	UNIT_TEST_NO_CACHE(memory_goes_at_once),
	UNIT_TEST(pending_bytes_stay),
	UNIT_TEST(pointers_hold),
	UNIT_TEST(pointers_hold_behind_what_was_put_in),
	UNIT_TEST(others_do_not_see_it),
	UNIT_TEST(packets),
	UNIT_TEST(callbacks_may_close_it),
	UNIT_TEST_NO_CACHE(no_memory),
};

UNIT_MAIN(tests)
