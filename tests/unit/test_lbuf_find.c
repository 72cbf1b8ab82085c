/* SPDX-License-Identifier: BSD-3-Clause */

/* Searches. Numbers are those of the list of cases. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memfind.h>

#include "unit.h"

/* Memory that is always there. */
static struct lbuf_ext forever = { .mem = { .kind = LBUF_MEM_EXT }, .iova = RTE_BAD_IOVA };

/* Add bytes as segments of at most `size` each, and flush. */
static void
add_cut(struct lbuf *b, const void *mem, size_t n, size_t size)
{
	const uint8_t *p = mem;
	size_t run;

	for (; n > 0; n -= run, p += run) {
		run = RTE_MIN(n, size);
		assert_int_equal(lbuf_write_ext(b, &forever, p, run), 0);
	}
	assert_int_equal(lbuf_flush(b), 0);
}

static void
case_21_records_over_segments(void **state)
{
	static const size_t size[] = { 1, 7, 500, 501, 502, 1002, 1460, 100000 };
	static uint8_t mem[20 * 1002];
	unsigned int i, r;
	struct lbuf b;

	(void)state;
	memset(mem, 'x', sizeof(mem));
	for (r = 0; r < 20; r++) {
		mem[r * 1002 + 500] = '\n';
		mem[r * 1002 + 1001] = '\n';
	}
	for (i = 0; i < RTE_DIM(size); i++) {
		lbuf_init(&b, unit.pool);
		add_cut(&b, mem, sizeof(mem), size[i]);
		for (r = 0; r < 20; r++) {
			assert_int_equal(lbuf_find(&b, '\n', 0), 500);
			assert_int_equal(lbuf_find(&b, '\n', 500), 500);
			assert_int_equal(lbuf_find(&b, '\n', 501), 1001);
			assert_int_equal(lbuf_find(&b, '\n', 1001), 1001);
			if (r < 19)
				assert_int_equal(lbuf_find(&b, '\n', 1002), 1502);
			assert_int_equal(lbuf_skip(&b, 1002), 0);
		}
		assert_int_equal(lbuf_find(&b, '\n', 0), -ENOENT);
		lbuf_close(&b);
	}
}

static void
find_what_is_not_there(void **state)
{
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_find(&b, 'a', 0), -ENOENT);
	assert_int_equal(lbuf_find(&b, 'a', 1), -ENOENT);
	assert_int_equal(lbuf_find_str(&b, "a", 1, 0), -ENOENT);
	add_cut(&b, "abcdefgh", 8, 3);
	assert_int_equal(lbuf_find(&b, 'h', 0), 7);
	assert_int_equal(lbuf_find(&b, 'a', 1), -ENOENT);
	assert_int_equal(lbuf_find(&b, 'h', 8), -ENOENT);
	assert_int_equal(lbuf_find(&b, 'h', UINT64_MAX), -ENOENT);
	assert_int_equal(lbuf_find(&b, 0, 0), -ENOENT);
	/* Neither what is pending nor what was consumed is found. */
	assert_int_equal(lbuf_write(&b, "z", 1), 0);
	assert_int_equal(lbuf_find(&b, 'z', 0), -ENOENT);
	assert_int_equal(lbuf_find_str(&b, "hz", 2, 0), -ENOENT);
	assert_int_equal(lbuf_skip(&b, 4), 0);
	assert_int_equal(lbuf_find(&b, 'd', 0), -ENOENT);
	assert_int_equal(lbuf_find(&b, 'e', 0), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_find(&b, 'z', 0), 4);
	assert_int_equal(lbuf_find_str(&b, "hz", 2, 0), 3);
	lbuf_close(&b);
}

static void
find_str_bad_lengths(void **state)
{
	uint8_t mem[LBUF_FIND_MAX + 1] = { 1 };
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	add_cut(&b, mem, sizeof(mem), 5);
	assert_int_equal(lbuf_find_str(&b, mem, 0, 0), -EINVAL);
	assert_int_equal(lbuf_find_str(&b, mem, LBUF_FIND_MAX + 1, 0), -EINVAL);
	assert_int_equal(lbuf_find_str(&b, mem, SIZE_MAX, 0), -EINVAL);
	assert_int_equal(lbuf_find_str(&b, mem, LBUF_FIND_MAX, 0), 0);
	assert_int_equal(lbuf_find_str(&b, mem, LBUF_FIND_MAX, 1), -ENOENT);
	lbuf_close(&b);
}

/* Against a search in flat memory: few letters, so that starts mislead. */
static void
find_str_against_flat_memory(void **state)
{
	uint8_t mem[300], str[LBUF_FIND_MAX];
	const uint8_t *hit;
	uint64_t seed = 11, from;
	unsigned int round, i;
	size_t n, size;
	struct lbuf b;

	(void)state;
	for (round = 0; round < 20000; round++) {
		lbuf_init(&b, unit.pool);
		for (i = 0; i < sizeof(mem); i++)
			mem[i] = (uint8_t)('a' + unit_rand(&seed) % (1 + round % 3));
		size = 1 + unit_rand(&seed) % (round % 2 == 0 ? 8 : 100);
		add_cut(&b, mem, sizeof(mem), size);
		n = 1 + unit_rand(&seed) % (round % 4 == 0 ? LBUF_FIND_MAX : 6);
		memcpy(str, mem + unit_rand(&seed) % (sizeof(mem) - n), n);
		if (round % 5 == 0)
			str[n - 1] = 'c';
		from = unit_rand(&seed) % (sizeof(mem) + 10);
		hit = from >= sizeof(mem) ? NULL : memmem(mem + from, sizeof(mem) - from, str, n);
		assert_int_equal(lbuf_find_str(&b, str, n, from),
				hit == NULL ? -ENOENT : hit - mem);
		hit = from >= sizeof(mem) ? NULL : memchr(mem + from, str[0], sizeof(mem) - from);
		assert_int_equal(lbuf_find(&b, str[0], from), hit == NULL ? -ENOENT : hit - mem);
		lbuf_close(&b);
	}
}

/* Every place of a delimiter, every place of the border in it. */
static void
find_str_at_every_border(void **state)
{
	static const char delimiter[] = "\r\n\r\n";
	uint8_t mem[40];
	unsigned int at, cut;
	struct lbuf b;

	(void)state;
	for (at = 0; at + 4 <= sizeof(mem); at++) {
		for (cut = 1; cut < sizeof(mem); cut++) {
			memset(mem, '\r', sizeof(mem));
			memcpy(mem + at, delimiter, 4);
			if (at >= 2) /* the first \r would otherwise belong to it */
				memset(mem, 'x', at);
			lbuf_init(&b, unit.pool);
			assert_int_equal(lbuf_write_ext(&b, &forever, mem, cut), 0);
			assert_int_equal(lbuf_write_ext(&b, &forever, mem + cut, sizeof(mem) - cut),
					0);
			assert_int_equal(lbuf_flush(&b), 0);
			assert_int_equal(lbuf_find_str(&b, delimiter, 4, 0), at);
			assert_int_equal(lbuf_find_str(&b, delimiter, 4, at), at);
			assert_int_equal(lbuf_find_str(&b, delimiter, 4, at + 1), -ENOENT);
			lbuf_close(&b);
		}
	}
}

/* A search goes on where it ended when more has arrived. */
static void
find_goes_on(void **state)
{
	static const char text[] = "one two three\r\nfour";
	uint64_t from = 0, from_str = 0;
	int64_t at = -1, at_str = -1;
	struct lbuf b;
	size_t i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < sizeof(text) - 1; i++) {
		add_cut(&b, text + i, 1, 1);
		if (at < 0)
			at = lbuf_find(&b, '\r', from);
		assert_int_equal(at, i < 13 ? -ENOENT : 13);
		from = lbuf_len(&b);
		if (at_str < 0)
			at_str = lbuf_find_str(&b, "\r\nf", 3, from_str);
		assert_int_equal(at_str, i < 15 ? -ENOENT : 13);
		from_str = lbuf_len(&b) < 2 ? 0 : lbuf_len(&b) - 2;
	}
	lbuf_close(&b);
}

static void
until_str(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody";
	struct lbuf b, out, want;
	uint64_t from = 0, last = 0;
	size_t i;

	(void)state;
	lbuf_init(&b, unit.pool);
	memset(&out, 0x3c, sizeof(out));
	want = out;
	for (i = 0; i < 27; i++) { /* byte by byte, up to the last one of the string */
		assert_int_equal(lbuf_until_str(&b, "\r\n\r\n", 4, &from, &out), -ENOENT);
		assert_memory_equal(&out, &want, sizeof(out));
		assert_int_equal(lbuf_len(&b), i);
		/* Each byte is looked at once, but for those that may begin the string. */
		assert_int_equal(from, i < 3 ? 0 : i - 3);
		assert_true(from >= last);
		last = from;
		add_cut(&b, head + i, 1, 1);
	}
	assert_int_equal(lbuf_until_str(&b, "\r\n\r\n", 4, &from, &out), 27);
	assert_int_equal(from, 0);
	assert_mem(&out, head, 27);
	lbuf_close(&out);
	add_cut(&b, head + 27, 4, 3);
	assert_str(&b, "body");
	assert_int_equal(lbuf_until_str(&b, "dy", 2, NULL, &out), 4);
	assert_str(&out, "body");
	lbuf_close(&out);
	assert_int_equal(lbuf_until_str(&b, "dy", 2, NULL, &out), -ENOENT);
	/* A start that is not the front finds what begins there, and cuts it all. */
	add_cut(&b, "ab-ab-c", 7, 2);
	from = 1;
	assert_int_equal(lbuf_until_str(&b, "ab-", 3, &from, &out), 6);
	assert_str(&out, "ab-ab-");
	assert_str(&b, "c");
	lbuf_close(&out);
	from = 7;
	assert_int_equal(lbuf_until_str(&b, "x", 0, &from, &out), -EINVAL);
	assert_int_equal(lbuf_until_str(&b, head, LBUF_FIND_MAX + 1, &from, &out), -EINVAL);
	assert_int_equal(from, 7);
	lbuf_close(&b);
	assert_int_equal(lbuf_until_str(&b, "x", 1, &from, &out), -EPIPE);
}

/*
 * The search that the machine's SIMD does, and its portable twin: at every length,
 * place and alignment, and never behind the end, where there is no memory.
 */
static void
simd_as_portable(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *area = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	uint8_t str[LBUF_FIND_MAX], *mem;
	const uint8_t *want;
	uint64_t seed = 9;
	size_t len, n, i, k;

	(void)state;
	assert_true(area != MAP_FAILED);
	assert_int_equal(mprotect(area + page, page, PROT_NONE), 0);
	for (i = 0; i < 300000; i++) {
		len = unit_rand(&seed) % 200;
		n = 1 + unit_rand(&seed) % LBUF_FIND_MAX;
		mem = area + page - len - (i % 4 == 0 ? unit_rand(&seed) % 64 : 0);
		if (i % 16 == 0) /* few letters, so that first and last ones abound */
			for (k = 0; k < page; k++)
				area[k] = (uint8_t)(unit_rand(&seed) % 2 == 0 ? 'a' : 'b');
		for (k = 0; k < n; k++)
			str[k] = (uint8_t)(unit_rand(&seed) % 2 == 0 ? 'a' : 'b');
		if (len > n && i % 2 == 0)
			memcpy(str, mem + unit_rand(&seed) % (len - n), n);
		want = len < n ? NULL : memmem(mem, len, str, n);
		assert_ptr_equal(lbuf_memfind(mem, len, str, n), want);
		assert_ptr_equal(lbuf_memfind_portable(mem, len, str, n), want);
	}
	munmap(area, 2 * page);
}

static void
case_35_until(void **state)
{
	struct lbuf b, line, want;

	(void)state;
	lbuf_init(&b, unit.pool);
	add_cut(&b, "abcdefgh", 8, 8);
	add_cut(&b, "ij\nkl", 5, 5);
	assert_int_equal(lbuf_until(&b, '\n', &line), 11);
	assert_str(&line, "abcdefghij\n");
	assert_str(&b, "kl");
	lbuf_close(&line);
	memset(&line, 0x3c, sizeof(line));
	want = line;
	assert_int_equal(lbuf_until(&b, '\n', &line), -ENOENT);
	assert_memory_equal(&line, &want, sizeof(line));
	assert_str(&b, "kl");
	assert_int_equal(lbuf_until(&b, 'l', &line), 2);
	assert_str(&line, "kl");
	assert_int_equal(lbuf_len(&b), 0);
	lbuf_close(&line);
	assert_int_equal(lbuf_until(&b, 'l', &line), -ENOENT);
	add_cut(&b, "\n\n", 2, 1);
	assert_int_equal(lbuf_until(&b, '\n', &line), 1);
	assert_str(&line, "\n");
	lbuf_close(&line);
	assert_str(&b, "\n");
	lbuf_close(&b);
}

static void
until_line_by_line(void **state)
{
	static char text[80 * 1000];
	uint64_t seed = 1, done = 0;
	struct lbuf b, line;
	unsigned int i, lines = 0;
	char *end;
	int64_t n;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = unit_rand(&seed) % 80 == 0 ? '\n' : 'l';
	text[sizeof(text) - 1] = '\n';
	lbuf_init(&b, unit.pool);
	add_cut(&b, text, sizeof(text), 1460);
	while ((n = lbuf_until(&b, '\n', &line)) > 0) {
		end = memchr(text + done, '\n', sizeof(text) - done);
		assert_non_null(end);
		assert_int_equal(n, end + 1 - (text + done));
		assert_mem(&line, text + done, (size_t)n);
		lbuf_close(&line);
		assert_int_equal(lbuf_release(&b), 0);
		done += (uint64_t)n;
		lines++;
	}
	assert_int_equal(n, -ENOENT);
	assert_int_equal(done, sizeof(text));
	assert_true(lines > 500);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(case_21_records_over_segments),
	UNIT_TEST(find_what_is_not_there),
	UNIT_TEST(find_str_bad_lengths),
	UNIT_TEST(find_str_against_flat_memory),
	UNIT_TEST(find_str_at_every_border),
	UNIT_TEST(find_goes_on),
	UNIT_TEST(until_str),
	UNIT_TEST(simd_as_portable),
	UNIT_TEST(case_35_until),
	UNIT_TEST(until_line_by_line),
};

UNIT_MAIN(tests)
