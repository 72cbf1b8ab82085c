/* SPDX-License-Identifier: BSD-3-Clause */

/* Framers: records cut off streams. */

#include <lbuf_frame.h>

#include "unit.h"

static struct lbuf stream, record;
static struct lbuf_frame f;

static void
add(const void *mem, size_t n)
{
	assert_int_equal(lbuf_write(&stream, mem, n), 0);
	assert_int_equal(lbuf_flush(&stream), 0);
}

static void
begin(const struct lbuf_frame_params *p)
{
	lbuf_init(&stream, unit.pool);
	assert_int_equal(lbuf_frame_init(&f, p), 0);
}

/* The next record is this. */
static void
expect(const char *mem, size_t n)
{
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), 1);
	assert_mem(&record, mem, n);
	lbuf_close(&record);
}

static void
expect_none(void)
{
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), 0);
}

/*
 * The records of some bytes, however these come: all at once, or byte by byte, each in a
 * segment of its own.
 */
static void
check_records(const struct lbuf_frame_params *p, const char *mem, size_t n, const char *const *want,
		const size_t *len, unsigned int nb)
{
	unsigned int got;
	size_t i, part;

	for (part = 1; part <= n; part++) {
		begin(p);
		got = 0;
		for (i = 0; i < n; i += part) {
			add(mem + i, RTE_MIN(part, n - i));
			while (lbuf_frame_next(&f, &stream, &record) > 0) {
				assert_true(got < nb);
				assert_mem(&record, want[got], len[got]);
				lbuf_close(&record);
				got++;
			}
			lbuf_release(&stream);
		}
		assert_int_equal(got, nb);
		assert_int_equal(lbuf_frame_last(&f, &stream, &record), 0);
		lbuf_close(&stream);
	}
}

static void
fixed(void **state)
{
	static const struct lbuf_frame_params p = { .kind = LBUF_FRAME_FIXED, .size = 3 };
	static const char *const want[] = { "abc", "def" };
	static const size_t len[] = { 3, 3 };

	(void)state;
	check_records(&p, "abcdef", 6, want, len, 2);
	begin(&p);
	add("ab", 2);
	expect_none();
	assert_int_equal(lbuf_frame_last(&f, &stream, &record), -ENODATA);
	assert_int_equal(lbuf_len(&stream), 2);
	lbuf_close(&stream);
}

static void
lengths(void **state)
{
	static const char *const want[] = { "one", "", "three" };
	static const size_t len[] = { 3, 0, 5 };
	struct lbuf_frame_params p = { .kind = LBUF_FRAME_LENGTH };

	(void)state;
	p.length_bytes = p.strip_front = 2;
	check_records(&p, "\0\3one\0\0\0\5three", 14, want, len, 3);
	p.little_endian = true;
	check_records(&p, "\3\0one\0\0\5\0three", 14, want, len, 3);
	p.length_bytes = p.strip_front = 4;
	check_records(&p, "\3\0\0\0one\0\0\0\0\5\0\0\0three", 20, want, len, 3);
	p.little_endian = false;
	check_records(&p, "\0\0\0\3one\0\0\0\0\0\0\0\5three", 20, want, len, 3);
	p.length_bytes = p.strip_front = 8;
	check_records(&p, "\0\0\0\0\0\0\0\3one\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5three", 32, want, len,
			3);
	p.length_bytes = p.strip_front = 1;
	check_records(&p, "\3one\0\5three", 11, want, len, 3);
}

static void
length_elsewhere(void **state)
{
	static const char *const want[] = { "\1\2\0\3\7one", "\1\2\0\0\7" };
	static const size_t len[] = { 8, 5 };
	/* Two bytes before the number, one behind it that it does not count. */
	struct lbuf_frame_params p = {
		.kind = LBUF_FRAME_LENGTH,
		.length_bytes = 2,
		.length_offset = 2,
		.length_adjust = 1,
	};
	static const char *const whole[] = { "\1\2\0\7one", "\1\2\0\4" };
	static const size_t whole_len[] = { 7, 4 };

	(void)state;
	check_records(&p, "\1\2\0\3\7one\1\2\0\0\7", 13, want, len, 2);
	/* It counts the whole record. */
	p.length_adjust = -4;
	check_records(&p, "\1\2\0\7one\1\2\0\4", 11, whole, whole_len, 2);
}

static void
lengths_that_cannot_be(void **state)
{
	struct lbuf_frame_params p = {
		.kind = LBUF_FRAME_LENGTH,
		.length_bytes = 4,
		.length_adjust = -4,
		.max = 1000,
	};

	(void)state;
	begin(&p);
	add("\0\0\0\3", 4);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EBADMSG);
	add("\0\0\0\4", 4);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EBADMSG);
	lbuf_skip(&stream, 4);
	lbuf_frame_reset(&f);
	expect("\0\0\0\4", 4);
	add("\0\0\3\xe8", 4); /* 1000 */
	expect_none();
	lbuf_skip(&stream, 4);
	lbuf_frame_reset(&f);
	add("\0\0\3\xe9", 4);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EMSGSIZE);
	lbuf_close(&stream);
	p.length_bytes = 8;
	p.max = UINT64_MAX;
	begin(&p);
	add("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EMSGSIZE);
	lbuf_close(&stream);
	p.length_adjust = 0;
	p.length_bytes = 1;
	p.strip_front = 3;
	begin(&p);
	add("\1a", 2);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EBADMSG);
	lbuf_close(&stream);
}

static void
lines(void **state)
{
	static const char *const want[] = { "one\n", "\r\n", "\n", "tw\ro\r\n" };
	static const char *const bare[] = { "one", "", "", "tw\ro" };
	static const size_t len[] = { 4, 2, 1, 6 }, bare_len[] = { 3, 0, 0, 4 };
	struct lbuf_frame_params p = { .kind = LBUF_FRAME_LINE };

	(void)state;
	check_records(&p, "one\n\r\n\ntw\ro\r\n", 13, want, len, 4);
	p.strip_end = true;
	check_records(&p, "one\n\r\n\ntw\ro\r\n", 13, bare, bare_len, 4);
	p.max = 5;
	begin(&p);
	add("four\nfive", 9);
	expect("four", 4);
	expect_none();
	assert_int_equal(lbuf_frame_last(&f, &stream, &record), 1);
	assert_str(&record, "five");
	lbuf_close(&record);
	add("fives", 5);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EMSGSIZE);
	lbuf_close(&stream);
}

static void
delimiters(void **state)
{
	static const char *const want[] = { "one", "", "a--", "-" };
	static const size_t len[] = { 3, 0, 2, 1 };
	struct lbuf_frame_params p = {
		.kind = LBUF_FRAME_DELIMITER,
		.delimiter = "-+-",
		.delimiter_bytes = 3,
		.strip_end = true,
	};

	(void)state;
	check_records(&p, "one-+--+-a--+---+-", 18, want, len, 4);
	memset(p.delimiter, 'x', sizeof(p.delimiter));
	p.delimiter_bytes = LBUF_FIND_MAX;
	begin(&p);
	add("abc", 3);
	add(p.delimiter, 31);
	expect_none();
	add("x", 1);
	expect("abc", 3);
	lbuf_close(&stream);
}

/* A record of as many bytes as its first one tells, in tens; 'x' is none. */
static int64_t
in_tens(struct lbuf *b, uint64_t *from, void *arg)
{
	uint8_t byte;

	(*(unsigned int *)arg)++;
	assert_int_equal(lbuf_peek_copy(b, &byte, 1), 0);
	if (byte == 'x')
		return -EPROTO;
	if (byte == '?') {
		*from += 1;
		return *from == 3 ? 2 : 0;
	}
	return 10 * (byte - '0');
}

static void
own_framer(void **state)
{
	unsigned int calls = 0;
	struct lbuf_frame_params p = {
		.kind = LBUF_FRAME_CALLBACK,
		.cb = in_tens,
		.arg = &calls,
		.strip_front = 1,
	};

	(void)state;
	begin(&p);
	add("123", 3);
	expect_none();
	expect_none();
	assert_int_equal(calls, 1); /* it has said how many bytes it wants */
	add("456789a", 7);
	expect("23456789a", 9);
	add("?!", 2);
	expect_none();
	expect_none();
	expect("!", 1);
	assert_int_equal(calls, 4);
	add("x", 1);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EPROTO);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EPROTO);
	assert_int_equal(calls, 5);
	lbuf_close(&stream);
}

/* Whole records are slices of what came: nothing is copied. */
static void
no_copy(void **state)
{
	static const struct lbuf_frame_params p = { .kind = LBUF_FRAME_FIXED, .size = 40000 };
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 50000);
	const void *first = rte_pktmbuf_mtod(m, void *);
	struct iovec iov;

	(void)state;
	begin(&p);
	assert_int_equal(lbuf_append_mbuf(&stream, m), 0);
	lbuf_flush(&stream);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), 1);
	assert_fill(&record, 0, 40000);
	assert_true(lbuf_iovec(&record, 0, &iov, 1, NULL) > 1);
	assert_ptr_equal(iov.iov_base, first);
	lbuf_close(&record);
	lbuf_close(&stream);
}

static void
without_memory(void **state)
{
	static const struct lbuf_frame_params p = { .kind = LBUF_FRAME_FIXED, .size = 10 };

	(void)state;
	begin(&p);
	add("0123456789abcdefghij", 20);
	lbuf_close(&stream);
	assert_int_equal(lbuf_frame_next(&f, &stream, &record), -EPIPE);
	lbuf_init(&stream, unit.pool);
	add("0123456789", 10);
	expect("0123456789", 10);
	lbuf_close(&stream);
}

static void
settings_that_cannot_be(void **state)
{
	static const struct lbuf_frame_params wrong[] = {
		{ .kind = LBUF_FRAME_FIXED },
		{ .kind = LBUF_FRAME_FIXED, .size = 3, .strip_front = 4 },
		{ .kind = LBUF_FRAME_LENGTH },
		{ .kind = LBUF_FRAME_LENGTH, .length_bytes = 3 },
		{ .kind = LBUF_FRAME_LENGTH, .length_bytes = 4, .length_adjust = INT64_MIN },
		{ .kind = LBUF_FRAME_LENGTH, .length_bytes = 4, .length_adjust = INT64_MAX },
		{ .kind = LBUF_FRAME_LINE, .strip_front = 1 },
		{ .kind = LBUF_FRAME_DELIMITER },
		{ .kind = LBUF_FRAME_DELIMITER, .delimiter_bytes = LBUF_FIND_MAX + 1 },
		{ .kind = LBUF_FRAME_CALLBACK },
		{ .kind = LBUF_FRAME_CALLBACK + 1 },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(lbuf_frame_init(&f, NULL), -EINVAL);
	for (i = 0; i < RTE_DIM(wrong); i++)
		assert_int_equal(lbuf_frame_init(&f, &wrong[i]), -EINVAL);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(fixed),
	UNIT_TEST(lengths),
	UNIT_TEST(length_elsewhere),
	UNIT_TEST(lengths_that_cannot_be),
	UNIT_TEST(lines),
	UNIT_TEST(delimiters),
	UNIT_TEST(own_framer),
	UNIT_TEST(no_copy),
	UNIT_TEST(without_memory),
	UNIT_TEST(settings_that_cannot_be),
};

UNIT_MAIN(tests)
