/* SPDX-License-Identifier: BSD-3-Clause */

/* Cursors: reading at any offset without consuming. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define LEN 1200

/* Memory that is always there. */
static struct lbuf_ext forever = { .mem = { .kind = LBUF_MEM_EXT }, .iova = RTE_BAD_IOVA };

/* Bytes as segments of at most `size` each, and pending ones behind them. */
static void
open_cut(struct lbuf *b, const void *mem, size_t n, size_t size)
{
	const uint8_t *p = mem;
	size_t run;

	lbuf_init(b, unit.pool);
	for (; n > 0; n -= run, p += run) {
		run = RTE_MIN(n, size);
		assert_int_equal(lbuf_write_ext(b, &forever, p, run), 0);
	}
	assert_int_equal(lbuf_flush(b), 0);
	assert_int_equal(lbuf_write(b, "pending", 7), 0);
}

static const size_t sizes[] = { 1, 2, 3, 7, 64, 500, LEN - 1, LEN };

/* All that a cursor reads is what a flat reader reads, at every offset. */
static void
reads_at_any_offset(void **state)
{
	uint8_t mem[LEN], got[LEN], scratch[64];
	struct lbuf_cursor c, ahead;
	unsigned int i, at, n;
	const uint8_t *p;
	struct lbuf b;

	(void)state;
	unit_fill(mem, 0, LEN);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		open_cut(&b, mem, LEN, sizes[i]);
		assert_int_equal(lbuf_cursor_init(&c, &b), 0);
		for (at = 0; at <= LEN; at++) {
			assert_int_equal(lbuf_cursor_seek(&c, at), 0);
			assert_int_equal(lbuf_cursor_tell(&c), at);
			assert_int_equal(lbuf_cursor_left(&c), LEN - at);
			n = RTE_MIN(at % 64, LEN - at);
			ahead = c;
			p = lbuf_cursor_next(&ahead, n, scratch);
			assert_non_null(p);
			assert_memory_equal(p, mem + at, n);
			assert_int_equal(lbuf_cursor_tell(&ahead), at + n);
			assert_int_equal(lbuf_cursor_read(&c, got, n), 0);
			assert_memory_equal(got, mem + at, n);
			assert_int_equal(lbuf_cursor_tell(&c), at + n);
			assert_int_equal(lbuf_cursor_skip(&c, (LEN - at - n) / 2), 0);
			assert_int_equal(lbuf_cursor_tell(&c), at + n + (LEN - at - n) / 2);
			n = RTE_MIN(40u, (unsigned int)lbuf_cursor_left(&c));
			assert_int_equal(lbuf_cursor_read(&c, got, n), 0);
			assert_memory_equal(got, mem + lbuf_cursor_tell(&c) - n, n);
			assert_int_equal(lbuf_cursor_skip(&c, lbuf_cursor_left(&c) + 1), -ENODATA);
			n = (unsigned int)lbuf_cursor_tell(&c);
			assert_int_equal(lbuf_cursor_read(&c, got, LEN - n + 1), -ENODATA);
			assert_null_errno(lbuf_cursor_next(&c, LEN - n + 1, NULL), ENODATA);
			assert_int_equal(lbuf_cursor_tell(&c), n);
		}
		assert_int_equal(lbuf_cursor_seek(&c, 3), 0);
		assert_int_equal(lbuf_cursor_seek(&c, LEN + 1), -ENODATA);
		assert_int_equal(lbuf_cursor_tell(&c), 3);
		assert_int_equal(lbuf_len(&b), LEN); /* nothing was consumed */
		lbuf_close(&b);
	}
}

/* A number of n bytes, whichever verb that takes. */
static int
read_number(struct lbuf_cursor *c, unsigned int n, bool little, uint64_t *value)
{
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0;
	int ret;

	if (n == 1)
		ret = lbuf_cursor_read_u8(c, &u8);
	else if (n == 2)
		ret = little ? lbuf_cursor_read_le16(c, &u16) : lbuf_cursor_read_be16(c, &u16);
	else if (n == 4)
		ret = little ? lbuf_cursor_read_le32(c, &u32) : lbuf_cursor_read_be32(c, &u32);
	else
		ret = little ? lbuf_cursor_read_le64(c, &u64) : lbuf_cursor_read_be64(c, &u64);
	*value = u64 + u32 + u16 + u8;
	return ret;
}

/* Number after number, from a random mixture of sizes and orders. */
static void
numbers(void **state)
{
	uint64_t seed = 1, value, want;
	unsigned int i, at, n, k;
	struct lbuf_cursor c;
	uint8_t mem[LEN];
	struct lbuf b;
	bool little;

	(void)state;
	unit_fill(mem, 0, LEN);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		open_cut(&b, mem, LEN, sizes[i]);
		assert_int_equal(lbuf_cursor_init(&c, &b), 0);
		for (at = 0; at != LEN; at += n) {
			n = 1u << unit_rand(&seed) % 4;
			little = (unit_rand(&seed) & 1) != 0;
			if (at + n > LEN) {
				assert_int_equal(read_number(&c, n, little, &value), -ENODATA);
				assert_int_equal(lbuf_cursor_tell(&c), at);
				n = 0;
				continue;
			}
			for (k = 0, want = 0; k < n; k++)
				want |= (uint64_t)mem[at + k] << 8 * (little ? k : n - 1 - k);
			assert_int_equal(read_number(&c, n, little, &value), 0);
			assert_int_equal(value, want);
		}
		assert_int_equal(read_number(&c, 1, false, &value), -ENODATA);
		lbuf_close(&b);
	}
}

/* Lines of text, by the cursor alone. */
static void
searches(void **state)
{
	static const size_t size[] = { 1, 2, 5, 13, 14, 15, 100, 5000 };
	struct lbuf_cursor c;
	char mem[5000], str[32];
	unsigned int i, n, line;
	struct lbuf_set set;
	struct lbuf b;
	int64_t at;

	(void)state;
	for (n = 0, line = 0; n + 30 < sizeof(mem); line++)
		n += (unsigned int)sprintf(mem + n, "line %u: %.*s\r\n", line, (int)(line % 11),
				"xxxxxxxxxxx");
	lbuf_set_init(&set, ":\r", 2);
	for (i = 0; i < RTE_DIM(size); i++) {
		open_cut(&b, mem, n, size[i]);
		assert_int_equal(lbuf_cursor_init(&c, &b), 0);
		for (line = 0; lbuf_cursor_left(&c) != 0; line++) {
			at = lbuf_cursor_find_any(&c, &set);
			assert_int_equal(at, snprintf(str, sizeof(str), "line %u", line));
			assert_true(lbuf_equal_mem(&b, lbuf_cursor_tell(&c), str, (size_t)at));
			assert_int_equal(lbuf_cursor_find_str(&c, "\r\n", 2), at + 2 + line % 11);
			at = lbuf_cursor_find(&c, '\n');
			assert_int_equal(at, (int64_t)strlen(str) + 3 + line % 11);
			assert_int_equal(lbuf_cursor_skip(&c, (uint64_t)at + 1), 0);
		}
		assert_int_equal(lbuf_cursor_find(&c, '\n'), -ENOENT);
		assert_int_equal(lbuf_cursor_find_any(&c, &set), -ENOENT);
		assert_int_equal(lbuf_cursor_find_str(&c, "l", 1), -ENOENT);
		assert_int_equal(lbuf_cursor_seek(&c, 0), 0);
		assert_int_equal(lbuf_cursor_find(&c, 'p'), -ENOENT); /* of what is pending */
		assert_int_equal(lbuf_cursor_find_str(&c, "line 10:", 8),
				lbuf_find_str(&b, "line 10:", 8, 0));
		assert_int_equal(lbuf_cursor_find_str(&c, "", 0), -EINVAL);
		assert_int_equal(lbuf_cursor_find_str(&c, mem, LBUF_FIND_MAX + 1), -EINVAL);
		lbuf_close(&b);
	}
}

/* What lies in one segment is not copied, and pieces make up the whole. */
static void
in_place(void **state)
{
	uint8_t mem[LEN], scratch[8];
	struct lbuf_cursor c;
	uint64_t n, sum = 0;
	const uint8_t *p;
	struct lbuf b;

	(void)state;
	unit_fill(mem, 0, LEN);
	open_cut(&b, mem, LEN, 500);
	assert_int_equal(lbuf_cursor_init(&c, &b), 0);
	assert_ptr_equal(lbuf_cursor_next(&c, 500, NULL), mem);
	assert_ptr_equal(lbuf_cursor_next(&c, 1, NULL), mem + 500); /* at a border */
	assert_int_equal(lbuf_cursor_seek(&c, 496), 0);
	assert_null_errno(lbuf_cursor_next(&c, 8, NULL), ERANGE);
	assert_int_equal(lbuf_cursor_tell(&c), 496);
	assert_ptr_equal(lbuf_cursor_next(&c, 8, scratch), scratch);
	assert_int_equal(lbuf_cursor_tell(&c), 504);
	assert_ptr_equal(lbuf_cursor_next(&c, 8, scratch), mem + 504);
	assert_int_equal(lbuf_cursor_seek(&c, 0), 0);
	for (;;) {
		p = lbuf_cursor_piece(&c, &n);
		assert_non_null(p);
		if (n == 0)
			break;
		assert_ptr_equal(p, mem + sum);
		sum += n;
		assert_int_equal(lbuf_cursor_skip(&c, n), 0);
	}
	assert_int_equal(sum, LEN);
	assert_non_null(lbuf_cursor_next(&c, 0, NULL));
	lbuf_close(&b);
}

/* After other verbs a seek finds the way again; what is written is not seen before. */
static void
other_verbs(void **state)
{
	struct lbuf_cursor c;
	struct lbuf b, slice;
	uint8_t mem[LEN], got[LEN];

	(void)state;
	unit_fill(mem, 0, LEN);
	open_cut(&b, mem, LEN, 100);
	assert_int_equal(lbuf_ack(&b, 0), 0);
	assert_int_equal(lbuf_cursor_init(&c, &b), 0);
	assert_int_equal(lbuf_cursor_skip(&c, 150), 0);
	assert_int_equal(lbuf_skip(&b, lbuf_cursor_tell(&c)), 0);
	assert_int_equal(lbuf_cursor_seek(&c, 0), 0);
	assert_int_equal(lbuf_cursor_read(&c, got, 100), 0);
	assert_same(got, 150, 100);
	assert_int_equal(lbuf_release(&b), 0);
	unit_put(&b, LEN, 300);
	assert_int_equal(lbuf_cursor_seek(&c, LEN - 150 + 100), 0);
	assert_int_equal(lbuf_cursor_read(&c, got, 200), 0);
	assert_same(got, LEN + 100, 200);
	assert_int_equal(lbuf_slice(&b, 550, &slice), 0);
	assert_int_equal(lbuf_cursor_init(&c, &slice), 0);
	assert_int_equal(lbuf_cursor_read(&c, got, 550), 0);
	assert_same(got, 150, 550);
	assert_int_equal(lbuf_cursor_skip(&c, 1), -ENODATA);
	lbuf_close(&slice);
	lbuf_close(&b);
}

static void
empty_and_closed(void **state)
{
	struct lbuf_cursor c;
	struct lbuf b;
	uint64_t n = 1;
	uint8_t u8;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_cursor_init(&c, &b), 0);
	assert_int_equal(lbuf_cursor_left(&c), 0);
	assert_int_equal(lbuf_cursor_tell(&c), 0);
	assert_non_null(lbuf_cursor_piece(&c, &n));
	assert_int_equal(n, 0);
	assert_int_equal(lbuf_cursor_find(&c, 0), -ENOENT);
	assert_int_equal(lbuf_cursor_skip(&c, 0), 0);
	assert_int_equal(lbuf_cursor_skip(&c, 1), -ENODATA);
	assert_int_equal(lbuf_cursor_seek(&c, 0), 0);
	assert_int_equal(lbuf_cursor_seek(&c, 1), -ENODATA);
	/* Reserved bytes are not readable. */
	assert_non_null(lbuf_reserve(&b, 10));
	assert_int_equal(lbuf_cursor_init(&c, &b), 0);
	assert_int_equal(lbuf_cursor_left(&c), 0);
	assert_int_equal(lbuf_cursor_read_u8(&c, &u8), -ENODATA);
	lbuf_close(&b);
	assert_int_equal(lbuf_cursor_init(&c, &b), -EPIPE);
	assert_int_equal(lbuf_cursor_left(&c), 0);
	assert_int_equal(lbuf_cursor_read_u8(&c, &u8), -ENODATA);
	assert_int_equal(lbuf_cursor_find(&c, 0), -ENOENT);
	assert_int_equal(lbuf_cursor_seek(&c, 0), -EPIPE);
	memset(&b, 0, sizeof(b));
	assert_int_equal(lbuf_cursor_init(&c, &b), -EPIPE);
	assert_int_equal(lbuf_cursor_tell(&c), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(reads_at_any_offset),
	UNIT_TEST(numbers),
	UNIT_TEST(searches),
	UNIT_TEST(in_place),
	UNIT_TEST(other_verbs),
	UNIT_TEST(empty_and_closed),
};

UNIT_MAIN(tests)
