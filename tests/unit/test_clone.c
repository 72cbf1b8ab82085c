/* SPDX-License-Identifier: BSD-3-Clause */

/* Clones: further views of the same bytes. */

#include <errno.h>
#include <stdlib.h>

#include <lbuf_priv.h>
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

/* All ranges, whatever segments they begin and end in. */
static void
any_range(void **state)
{
	static const uint64_t step[] = { 0, 1, 50, 99, 100, 101, 250, 399, 400, 600 };
	struct lbuf b, clone;
	unsigned int i, k;
	uint64_t len;

	(void)state;
	len = mixed(&b, 4);
	for (i = 0; i < RTE_DIM(step); i++) {
		for (k = 0; k < RTE_DIM(step); k++) {
			assert_int_equal(lbuf_clone(&b, step[i], step[k], &clone), 0);
			assert_fill(&clone, step[i], step[k]);
			lbuf_close(&clone);
		}
		assert_int_equal(lbuf_clone(&b, step[i], len - step[i], &clone), 0);
		assert_fill(&b, 0, len);
		assert_fill(&clone, step[i], len - step[i]);
		lbuf_close(&clone);
	}
	assert_int_equal(lbuf_clone(&b, len, 0, &clone), 0);
	assert_int_equal(lbuf_len(&clone), 0);
	lbuf_close(&clone);
	assert_int_equal(lbuf_clone(&b, len, 1, &clone), -ENODATA);
	assert_int_equal(lbuf_clone(&b, len + 1, 0, &clone), -ENODATA);
	assert_int_equal(lbuf_clone(&b, 1, UINT64_MAX, &clone), -ENODATA);
	unit_put(&b, len, 10);
	assert_non_null(lbuf_reserve(&b, 10)); /* what is pending cannot be cloned */
	assert_int_equal(lbuf_clone(&b, 0, len + 11, &clone), -ENODATA);
	lbuf_close(&b);
	assert_int_equal(lbuf_clone(&b, 0, 0, &clone), -EPIPE);
}

/* What one of the two does the other does not see: 43 of the cases. */
static void
each_for_itself(void **state)
{
	unsigned int verb, both;
	struct lbuf b, clone, *x, *y, part;
	uint64_t len;
	uint8_t *p;

	(void)state;
	for (both = 0; both < 2; both++) {
		for (verb = 0; verb < 8; verb++) {
			len = mixed(&b, 3);
			assert_int_equal(lbuf_clone(&b, 0, len, &clone), 0);
			x = both == 0 ? &b : &clone;
			y = both == 0 ? &clone : &b;
			lbuf_init(&part, unit.pool);
			switch (verb) {
			case 0:
				unit_drain(x, 0, len);
				assert_int_equal(lbuf_release(x), 0);
				break;
			case 1:
				assert_non_null(p = lbuf_edit(x, 30));
				memset(p, 0xee, 30);
				break;
			case 2:
				assert_non_null(p = lbuf_edit(x, len));
				memset(p, 0xee, len);
				assert_int_equal(lbuf_release(x), 0);
				break;
			case 3:
				assert_int_equal(lbuf_slice(x, 250, &part), 0);
				assert_non_null(p = lbuf_edit(&part, 250));
				memset(p, 0xee, 250);
				break;
			case 4:
				assert_non_null(lbuf_peek(x, 350));
				break;
			case 5:
				assert_int_equal(lbuf_append(&part, x), 0);
				break;
			case 6:
				assert_int_equal(lbuf_skip(x, 120), 0);
				assert_int_equal(lbuf_release(x), 0);
				p = lbuf_prepend(x, 20);
				assert_true((p != NULL) == (both == 0));
				if (p != NULL)
					memset(p, 0xee, 20);
				break;
			case 7:
				lbuf_close(x);
				unit_scribble();
				break;
			}
			assert_fill(y, 0, len);
			lbuf_close(x);
			lbuf_close(&part);
			unit_scribble();
			assert_fill(y, 0, len);
			lbuf_close(y);
		}
	}
}

/* What is written later goes behind the bytes that the clone views. */
static void
written_on(void **state)
{
	struct lbuf b, clone;
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 100; i++) {
		unit_put(&b, (uint64_t)i * 7, 7);
		assert_int_equal(lbuf_clone(&b, 0, lbuf_len(&b), &clone), 0);
		unit_put(&b, (uint64_t)(i + 1) * 7, 7);
		assert_int_equal(lbuf_write(&b, "pending", 7), 0);
		assert_fill(&clone, 0, (i + 1) * 7);
		assert_int_equal(lbuf_ack(&b, 0), 0);
		assert_int_equal(lbuf_write(&clone, "no", 2), -EROFS);
		lbuf_close(&clone);
		assert_int_equal(lbuf_skip(&b, lbuf_len(&b)), 0);
		assert_int_equal(lbuf_release(&b), 0);
		unit_put(&b, 0, (i + 1) * 7);
	}
	lbuf_close(&b);
}

static void
clones_of_clones_and_slices(void **state)
{
	struct lbuf b, slice, one, two, three;
	uint64_t len;

	(void)state;
	len = mixed(&b, 4);
	assert_int_equal(lbuf_slice(&b, 550, &slice), 0);
	assert_int_equal(lbuf_clone(&slice, 10, 500, &one), 0);
	assert_int_equal(lbuf_clone(&one, 10, 480, &two), 0);
	assert_int_equal(lbuf_slice(&two, 200, &three), 0);
	lbuf_close(&one);
	lbuf_close(&slice);
	lbuf_close(&b);
	unit_scribble();
	assert_fill(&three, 20, 200);
	assert_fill(&two, 220, 280);
	lbuf_close(&two);
	assert_fill(&three, 20, 200);
	lbuf_close(&three);
	assert_true(len > 0);
}

/* A pointer that was handed out holds, and is the buffer's own affair. */
static void
of_what_was_peeked_at(void **state)
{
	struct lbuf b, clone;
	const uint8_t *p;

	(void)state;
	mixed(&b, 1);
	p = lbuf_next(&b, 50);
	assert_non_null(p);
	assert_int_equal(lbuf_clone(&b, 0, 250, &clone), 0);
	lbuf_close(&b);
	unit_scribble();
	assert_fill(&clone, 50, 250);
	lbuf_close(&clone);
}

static void
no_memory(void **state)
{
	struct lbuf b, clone;
	uint64_t len;

	(void)state;
	len = mixed(&b, 3);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_clone(&b, 0, len, &clone), -ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	assert_fill(&b, 0, len);
	assert_int_equal(lbuf_clone(&b, 0, len, &clone), 0);
	lbuf_close(&b);
	assert_fill(&clone, 0, len);
	lbuf_close(&clone);
}

/* Clones go to other lcores, which close them in any order. */
static int
check_and_close(void *arg)
{
	struct lbuf *clone = arg;
	uint8_t *mem = malloc(lbuf_len(clone));
	uint64_t len = lbuf_len(clone);
	int ret;

	ret = mem != NULL && lbuf_read(clone, mem, len) == 0 && unit_same(mem, 0, len) ? 0 : -1;
	lbuf_close(clone);
	free(mem);
	return ret;
}

static void
handed_to_other_lcores(void **state)
{
	struct lbuf b, clone[RTE_MAX_LCORE];
	unsigned int round, i, lcores = rte_lcore_count();
	uint64_t len;

	(void)state;
	for (round = 0; round < 50; round++) {
		len = mixed(&b, 3);
		for (i = 0; i < lcores; i++) {
			assert_int_equal(lbuf_clone(&b, 0, len, &clone[i]), 0);
			lbuf_handoff(&clone[i]);
		}
		assert_int_equal(unit_lcores(check_and_close, clone, sizeof(clone[0])), 0);
		lbuf_close(&clone[rte_lcore_index(-1)]);
		assert_fill(&b, 0, len);
		lbuf_close(&b);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(any_range),
	UNIT_TEST(each_for_itself),
	UNIT_TEST(written_on),
	UNIT_TEST(clones_of_clones_and_slices),
	UNIT_TEST(of_what_was_peeked_at),
	UNIT_TEST_NO_CACHE(no_memory),
	UNIT_TEST(handed_to_other_lcores),
};

UNIT_MAIN(tests)
