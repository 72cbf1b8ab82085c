/* SPDX-License-Identifier: BSD-3-Clause */

/* Numbers of both byte orders. */

#include <errno.h>

#include "unit.h"

#define N16 0x0102
#define N32 0x03040506
#define N64 UINT64_C(0x0708090a0b0c0d0e)

/* All of them, one behind the other: bytes 01 to 0e, f0, and then the little-endian ones. */
static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xf0, 2, 1, 6, 5, 4,
	3, 14, 13, 12, 11, 10, 9, 8, 7 };

static void
write_all(struct lbuf *b)
{
	assert_int_equal(lbuf_write_be16(b, N16), 0);
	assert_int_equal(lbuf_write_be32(b, N32), 0);
	assert_int_equal(lbuf_write_be64(b, N64), 0);
	assert_int_equal(lbuf_write_u8(b, 0xf0), 0);
	assert_int_equal(lbuf_write_le16(b, N16), 0);
	assert_int_equal(lbuf_write_le32(b, N32), 0);
	assert_int_equal(lbuf_write_le64(b, N64), 0);
}

static void
read_all(struct lbuf *b)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	assert_int_equal(lbuf_peek_be16(b, &u16), 0);
	assert_int_equal(u16, N16);
	u16 = 0;
	assert_int_equal(lbuf_read_be16(b, &u16), 0);
	assert_int_equal(u16, N16);
	assert_int_equal(lbuf_read_be32(b, &u32), 0);
	assert_int_equal(u32, N32);
	assert_int_equal(lbuf_read_be64(b, &u64), 0);
	assert_int_equal(u64, N64);
	assert_int_equal(lbuf_read_u8(b, &u8), 0);
	assert_int_equal(u8, 0xf0);
	assert_int_equal(lbuf_peek_le16(b, &u16), 0);
	assert_int_equal(u16, N16);
	assert_int_equal(lbuf_skip(b, 2), 0);
	assert_int_equal(lbuf_peek_le32(b, &u32), 0);
	assert_int_equal(u32, N32);
	u32 = 0;
	assert_int_equal(lbuf_read_le32(b, &u32), 0);
	assert_int_equal(u32, N32);
	assert_int_equal(lbuf_peek_le64(b, &u64), 0);
	assert_int_equal(u64, N64);
	u64 = 0;
	assert_int_equal(lbuf_read_le64(b, &u64), 0);
	assert_int_equal(u64, N64);
	assert_int_equal(lbuf_len(b), 0);
}

static void
in_both_orders(void **state)
{
	unsigned int before;
	struct lbuf b;

	(void)state;
	/* Chunks of 1 KiB end somewhere in them. */
	for (before = 1000; before < 1030; before++) {
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, before);
		write_all(&b);
		assert_int_equal(lbuf_pending(&b), sizeof(bytes));
		assert_int_equal(lbuf_flush(&b), 0);
		assert_int_equal(lbuf_skip(&b, before), 0);
		assert_mem(&b, bytes, sizeof(bytes));
		read_all(&b);
		lbuf_close(&b);
	}
}

/* Wherever segments divide them. */
static void
divided(void **state)
{
	unsigned int size, at, n;
	struct lbuf_ext *ext;
	const uint8_t *addr;
	struct lbuf b;

	(void)state;
	for (size = 1; size <= sizeof(bytes); size++) {
		lbuf_init(&b, unit.pool);
		ext = unit_ext(0, 1, &addr);
		for (at = 0; at < sizeof(bytes); at += n) {
			n = RTE_MIN(size, (unsigned int)sizeof(bytes) - at);
			assert_int_equal(lbuf_write_ext(&b, ext, bytes + at, n), 0);
		}
		assert_int_equal(lbuf_flush(&b), 0);
		read_all(&b);
		lbuf_close(&b);
	}
}

static void
too_few_bytes(void **state)
{
	uint64_t u64 = 77;
	uint32_t u32 = 77;
	uint16_t u16 = 77;
	uint8_t u8 = 77;
	struct lbuf b, slice;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_read_u8(&b, &u8), -ENODATA);
	unit_put(&b, 0, 1);
	assert_int_equal(lbuf_write(&b, "pending", 7), 0);
	assert_int_equal(lbuf_read_be16(&b, &u16), -ENODATA);
	assert_int_equal(lbuf_read_le16(&b, &u16), -ENODATA);
	assert_int_equal(lbuf_peek_le16(&b, &u16), -ENODATA);
	assert_int_equal(lbuf_read_be32(&b, &u32), -ENODATA);
	assert_int_equal(lbuf_read_le32(&b, &u32), -ENODATA);
	assert_int_equal(lbuf_read_be64(&b, &u64), -ENODATA);
	assert_int_equal(lbuf_read_le64(&b, &u64), -ENODATA);
	assert_int_equal(u8 + u16 + u32 + u64, 4 * 77);
	assert_fill(&b, 0, 1);
	assert_int_equal(lbuf_slice(&b, 1, &slice), 0);
	assert_int_equal(lbuf_write_u8(&slice, 1), -EROFS);
	assert_int_equal(lbuf_write_le32(&slice, 1), -EROFS);
	lbuf_close(&slice);
	lbuf_close(&b);
	assert_int_equal(lbuf_read_u8(&b, &u8), -EPIPE);
	assert_int_equal(lbuf_read_be32(&b, &u32), -EPIPE);
	assert_int_equal(lbuf_read_le64(&b, &u64), -EPIPE);
	assert_int_equal(lbuf_peek_le64(&b, &u64), -EPIPE);
	assert_int_equal(lbuf_write_be64(&b, 1), -EPIPE);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(in_both_orders),
	UNIT_TEST(divided),
	UNIT_TEST(too_few_bytes),
};

UNIT_MAIN(tests)
