/* SPDX-License-Identifier: BSD-3-Clause */

/* Open buffers moved to another place in memory, and swapped. */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

#define PART 100

/* A buffer with so many segments, some of it held, and pending bytes; its length. */
static uint64_t
make(struct lbuf *b, unsigned int segs, const uint8_t **held)
{
	unsigned int i;

	lbuf_init(b, unit.pool);
	for (i = 0; i < segs; i++)
		unit_add(b, i % UNIT_KINDS, (uint64_t)i * PART, PART);
	*held = segs == 0 ? NULL : lbuf_next(b, 50);
	return segs == 0 ? 0 : (uint64_t)segs * PART - 50;
}

/* It goes on at the other place as if nothing had happened. */
static void
goes_on(void **state)
{
	struct lbuf *from, *to;
	const uint8_t *held;
	unsigned int segs;
	uint8_t *late;
	uint64_t len;

	(void)state;
	for (segs = 0; segs < 60; segs++) {
		from = malloc(sizeof(*from));
		to = malloc(sizeof(*to));
		assert_true(from != NULL && to != NULL);
		len = make(from, segs, &held);
		memset(to, 0xee, sizeof(*to));
		assert_non_null(late = lbuf_reserve(from, 30));
		lbuf_move(to, from);
		assert_int_equal(lbuf_skip(from, 1), -EPIPE);
		assert_int_equal(lbuf_write(from, "x", 1), -EPIPE);
		memset(from, 0xee, sizeof(*from));
		free(from);
		unit_fill(late, segs == 0 ? 0 : len + 50, 30);
		assert_int_equal(lbuf_pending(to), 30);
		assert_int_equal(lbuf_flush(to), 0);
		unit_put(to, segs == 0 ? 30 : len + 80, 2000);
		if (held != NULL)
			assert_same(held, 0, 50);
		assert_fill(to, segs == 0 ? 0 : 50, len + 2030);
		assert_non_null(lbuf_prepend(to, 5));
		assert_int_equal(lbuf_skip(to, 5), 0);
		unit_drain(to, segs == 0 ? 0 : 50, len + 2030);
		assert_int_equal(lbuf_release(to), 0);
		unit_put(to, 0, 100);
		assert_fill(to, 0, 100);
		lbuf_close(to);
		free(to);
	}
}

static void
slices_and_closed_ones(void **state)
{
	struct lbuf b, slice, to;
	const uint8_t *held;
	unsigned int segs;
	uint64_t len;

	(void)state;
	for (segs = 1; segs < 60; segs += 3) {
		len = make(&b, segs, &held);
		assert_int_equal(lbuf_slice(&b, len - 10, &slice), 0);
		lbuf_move(&to, &slice);
		memset(&slice, 0xee, sizeof(slice));
		assert_int_equal(lbuf_write(&to, "no", 2), -EROFS);
		assert_int_equal(lbuf_trim(&to, 1), 0);
		assert_fill(&to, 50, len - 11);
		lbuf_move(&to, &to);
		assert_fill(&to, 50, len - 11);
		lbuf_close(&to);
		lbuf_close(&b);
	}
	memset(&to, 0xee, sizeof(to));
	lbuf_move(&to, &b);
	assert_int_equal(lbuf_release(&to), -EPIPE);
	memset(&b, 0, sizeof(b));
	lbuf_move(&to, &b);
	assert_int_equal(lbuf_release(&to), -EPIPE);
	lbuf_close(&to);
}

static void
swapped(void **state)
{
	const uint8_t *held_a, *held_b;
	unsigned int i, k;
	struct lbuf a, b;
	uint64_t la, lb;

	(void)state;
	for (i = 0; i < 50; i += 7) {
		for (k = 0; k < 50; k += 3) {
			la = make(&a, i, &held_a);
			lb = make(&b, k, &held_b);
			lbuf_swap(&a, &b);
			assert_fill(&b, 50, la);
			assert_fill(&a, 50, lb);
			unit_put(&a, 50 + lb, 700);
			unit_put(&b, 50 + la, 700);
			if (held_a != NULL)
				assert_same(held_a, 0, 50);
			assert_int_equal(lbuf_release(&a), 0);
			if (held_a != NULL)
				assert_same(held_a, 0, 50);
			assert_int_equal(lbuf_release(&b), 0);
			lbuf_swap(&a, &a);
			unit_drain(&a, 50, lb + 700);
			lbuf_close(&a);
			lbuf_swap(&a, &b);
			assert_int_equal(lbuf_release(&b), -EPIPE);
			unit_drain(&a, 50, la + 700);
			lbuf_close(&a);
		}
	}
}

/* A packet that nobody has looked at. */
static void
a_raw_packet(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 64);
	struct lbuf b, to;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	/* As lbuf_rx_burst() leaves it. */
	b.len = 64;
	b.inl[0].len = 0;
	b.inl[0].mem = (uintptr_t)m | LBUF_SEG_MBUF;
	b.state = LBUF_STATE(LBUF_F_OPEN | LBUF_F_RAW, 1);
	lbuf_move(&to, &b);
	memset(&b, 0xee, sizeof(b));
	assert_fill(&to, 0, 64);
	lbuf_close(&to);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(goes_on),
	UNIT_TEST(slices_and_closed_ones),
	UNIT_TEST(swapped),
	UNIT_TEST(a_raw_packet),
};

UNIT_MAIN(tests)
