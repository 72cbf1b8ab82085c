/* SPDX-License-Identifier: BSD-3-Clause */

/* Checksums, against known values and against one byte at a time. */

#include <errno.h>
#include <stdlib.h>

#include <lbuf_memsum.h>

#include "../../lib/lbuf/crc32c.h"
#include "unit.h"

static struct lbuf_ext forever = { .mem = { .kind = LBUF_MEM_EXT }, .iova = RTE_BAD_IOVA };

/* The sum of RFC 1071 as it is defined: of big-endian words, zero-padded. */
static uint16_t
slow_cksum(const uint8_t *p, uint64_t n)
{
	uint64_t sum = 0, i;

	for (i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint64_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The same of words in the order of the machine, modulo 65535. */
static uint16_t
slow_cksum_host(const uint8_t *p, uint64_t n)
{
	return rte_cpu_to_be_16(slow_cksum(p, n)) % 0xffff;
}

/* CRC32C, bit by bit. */
static uint32_t
slow_crc32c(uint32_t crc, const uint8_t *p, uint64_t n)
{
	unsigned int bit;

	for (crc = ~crc; n > 0; n--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return ~crc;
}

/* 0 and 0xffff are the same number in one's complement. */
static bool
same_sum(uint16_t raw, uint16_t want)
{
	raw = rte_be_to_cpu_16(raw);
	return raw % 0xffff == want % 0xffff && (raw == 0) == (want == 0);
}

/* What SIMD sums up beside the portable twin, at any place and length. */
static void
wide_sums(void **state)
{
	static uint8_t mem[1024];
	size_t at, n;

	(void)state;
	unit_fill(mem, 0, sizeof(mem));
	for (at = 0; at < 40; at++) {
		for (n = 0; n <= sizeof(mem) - at; n++) {
			assert_int_equal(lbuf_memsum_wide(mem + at, n) % 0xffff,
					slow_cksum_host(mem + at, n));
			assert_int_equal(lbuf_memsum_few(mem + at, n) % 0xffff,
					slow_cksum_host(mem + at, n));
		}
	}
	memset(mem, 0xff, sizeof(mem));
	assert_true(lbuf_memsum_wide(mem, sizeof(mem)) != 0);
	memset(mem, 0, sizeof(mem));
	assert_true(lbuf_memsum_wide(mem, sizeof(mem)) == 0);
}

static void
write_ext(struct lbuf *b, const void *mem, size_t n)
{
	assert_int_equal(lbuf_write_ext(b, &forever, mem, n), 0);
	assert_int_equal(lbuf_flush(b), 0);
}

static void
cksum_known(void **state)
{
	/* The example of RFC 1071, and the IPv4 header of many a textbook. */
	static const uint8_t rfc[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	static const uint8_t ip[] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
		0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7 };
	struct lbuf b;
	uint16_t sum;
	size_t cut;

	(void)state;
	for (cut = 0; cut <= sizeof(rfc); cut++) {
		lbuf_init(&b, unit.pool);
		write_ext(&b, rfc, cut);
		write_ext(&b, rfc + cut, sizeof(rfc) - cut);
		assert_int_equal(lbuf_cksum(&b, 0, sizeof(rfc), &sum), 0);
		assert_int_equal(rte_be_to_cpu_16(sum), 0xddf2);
		lbuf_close(&b);
	}
	for (cut = 0; cut <= sizeof(ip); cut++) {
		lbuf_init(&b, unit.pool);
		write_ext(&b, ip, cut);
		write_ext(&b, ip + cut, sizeof(ip) - cut);
		assert_int_equal(lbuf_cksum(&b, 0, sizeof(ip), &sum), 0);
		assert_int_equal(rte_be_to_cpu_16((uint16_t)~sum), 0xb861);
		lbuf_close(&b);
	}
}

static void
crc32c_known(void **state)
{
	/* The test patterns of iSCSI (RFC 3720, B.4). */
	static const uint8_t read10[48] = {
		0x01,
		0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02
	};
	uint8_t mem[4][32];
	static const uint32_t want[] = { 0x8a9136aa, 0x62a8ab43, 0x46dd794e, 0x113fdb5c };
	unsigned int i, cut;
	struct lbuf b;
	uint32_t crc;

	(void)state;
	memset(mem[0], 0, 32);
	memset(mem[1], 0xff, 32);
	for (i = 0; i < 32; i++) {
		mem[2][i] = (uint8_t)i;
		mem[3][i] = (uint8_t)(31 - i);
	}
	for (i = 0; i < RTE_DIM(want); i++) {
		for (cut = 0; cut <= 32; cut++) {
			lbuf_init(&b, unit.pool);
			write_ext(&b, mem[i], cut);
			write_ext(&b, mem[i] + cut, 32 - cut);
			crc = 0;
			assert_int_equal(lbuf_crc32c(&b, 0, 32, &crc), 0);
			assert_int_equal(crc, want[i]);
			lbuf_close(&b);
		}
	}
	lbuf_init(&b, unit.pool);
	write_ext(&b, read10, sizeof(read10));
	write_ext(&b, "123456789", 9);
	crc = 0;
	assert_int_equal(lbuf_crc32c(&b, 0, 48, &crc), 0);
	assert_int_equal(crc, 0xd9963a56);
	crc = 0;
	assert_int_equal(lbuf_crc32c(&b, 48, 9, &crc), 0);
	assert_int_equal(crc, 0xe3069283);
	lbuf_close(&b);
}

/* Each way that this machine has, for every length up to where the widest go round twice. */
static void
crc32c_of_memory(void **state)
{
	uint8_t mem[2200];
	unsigned int way, offset;
	uint64_t n;

	(void)state;
	unit_fill(mem, 3, sizeof(mem));
	for (way = 0; way < CRC32C_WAYS; way++) {
		if (crc32c_ways[way] == NULL)
			continue;
		for (offset = 0; offset < 9; offset += 4) {
			for (n = 0; n <= sizeof(mem) - 8; n++) {
				uint32_t first = (uint32_t)n * UINT32_C(2654435761);

				assert_int_equal(~crc32c_ways[way](mem + offset, n, ~first),
						slow_crc32c(first, mem + offset, n));
			}
		}
	}
}

/* Every range of a buffer of segments with odd and even lengths. */
static void
every_range(void **state)
{
	static const unsigned int size[] = { 1, 1, 2, 3, 5, 8, 13, 1, 17 };
	uint8_t mem[64], dst[64];
	uint64_t from, n, total = 0;
	unsigned int i, offset;
	struct lbuf b, part;
	uint32_t crc, half;
	uint16_t sum;

	(void)state;
	for (offset = 0; offset < 2; offset++) {
		lbuf_init(&b, unit.pool);
		unit_fill(mem, 0, sizeof(mem));
		for (i = 0, total = 0; i < RTE_DIM(size); total += size[i++])
			write_ext(&b, mem + offset + total, size[i]);
		for (from = 0; from <= total; from++) {
			for (n = 0; from + n <= total; n++) {
				const uint8_t *p = mem + offset + from;

				assert_int_equal(lbuf_cksum(&b, from, n, &sum), 0);
				assert_true(same_sum(sum, slow_cksum(p, n)));
				crc = 0;
				assert_int_equal(lbuf_crc32c(&b, from, n, &crc), 0);
				assert_int_equal(crc, slow_crc32c(0, p, n));
				/* In two steps. */
				half = 0;
				assert_int_equal(lbuf_crc32c(&b, from, n / 2, &half), 0);
				assert_int_equal(lbuf_crc32c(&b, from + n / 2, n - n / 2, &half),
						0);
				assert_int_equal(half, crc);
			}
		}
		for (n = 0; n <= total; n++) {
			lbuf_init(&part, unit.pool);
			for (i = 0, from = 0; i < RTE_DIM(size); from += size[i++])
				write_ext(&part, mem + offset + from, size[i]);
			memset(dst, 0x7e, sizeof(dst));
			assert_int_equal(lbuf_read_cksum(&part, dst, n, &sum), 0);
			assert_true(same_sum(sum, slow_cksum(mem + offset, n)));
			assert_memory_equal(dst, mem + offset, n);
			assert_int_equal(dst[n], 0x7e);
			assert_mem(&part, mem + offset + n, total - n);
			lbuf_close(&part);
		}
		lbuf_close(&b);
	}
}

/* Sums of long segments must not lose carries. */
static void
long_segments(void **state)
{
	const size_t n = 3000001;
	uint8_t *mem = malloc(n), *dst = malloc(n);
	uint32_t crc = 0;
	struct lbuf b;
	uint16_t sum;
	unsigned int round;

	(void)state;
	assert_true(mem != NULL && dst != NULL);
	for (round = 0; round < 2; round++) {
		if (round == 0)
			memset(mem, 0xff, n);
		else
			unit_fill(mem, 0, n);
		mem[0] = 0x12;
		lbuf_init(&b, unit.pool);
		write_ext(&b, mem, 999999);
		write_ext(&b, mem + 999999, n - 999999);
		assert_int_equal(lbuf_cksum(&b, 0, n, &sum), 0);
		assert_true(same_sum(sum, slow_cksum(mem, n)));
		assert_int_equal(lbuf_cksum(&b, 7, n - 8, &sum), 0);
		assert_true(same_sum(sum, slow_cksum(mem + 7, n - 8)));
		crc = 0;
		assert_int_equal(lbuf_crc32c(&b, 0, n, &crc), 0);
		assert_int_equal(crc, slow_crc32c(0, mem, n));
		assert_int_equal(lbuf_read_cksum(&b, dst, n, &sum), 0);
		assert_true(same_sum(sum, slow_cksum(mem, n)));
		assert_memory_equal(dst, mem, n);
		lbuf_close(&b);
	}
	free(mem);
	free(dst);
}

static void
ranges_that_are_not_there(void **state)
{
	uint8_t dst[16];
	uint32_t crc = 5;
	uint16_t sum = 7;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_cksum(&b, 0, 0, &sum), 0);
	assert_int_equal(sum, 0);
	sum = 7;
	assert_int_equal(lbuf_cksum(&b, 0, 1, &sum), -ENODATA);
	assert_int_equal(lbuf_cksum(&b, 1, 0, &sum), -ENODATA);
	unit_put(&b, 0, 10);
	assert_int_equal(lbuf_write(&b, "pending", 7), 0);
	assert_int_equal(lbuf_cksum(&b, 0, 11, &sum), -ENODATA);
	assert_int_equal(lbuf_cksum(&b, 10, 1, &sum), -ENODATA);
	assert_int_equal(lbuf_cksum(&b, 11, 0, &sum), -ENODATA);
	assert_int_equal(lbuf_cksum(&b, 5, UINT64_MAX, &sum), -ENODATA);
	assert_int_equal(lbuf_cksum(&b, UINT64_MAX, 5, &sum), -ENODATA);
	assert_int_equal(lbuf_crc32c(&b, 0, 11, &crc), -ENODATA);
	assert_int_equal(lbuf_crc32c(&b, 5, UINT64_MAX, &crc), -ENODATA);
	assert_int_equal(lbuf_read_cksum(&b, dst, 11, &sum), -ENODATA);
	assert_int_equal(sum, 7);
	assert_int_equal(crc, 5);
	assert_int_equal(lbuf_cksum(&b, 10, 0, &sum), 0);
	assert_int_equal(sum, 0);
	assert_int_equal(lbuf_crc32c(&b, 10, 0, &crc), 0);
	assert_int_equal(crc, 5);
	assert_fill(&b, 0, 10);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(cksum_known),
	UNIT_TEST(wide_sums),
	UNIT_TEST(crc32c_known),
	UNIT_TEST(crc32c_of_memory),
	UNIT_TEST(every_range),
	UNIT_TEST(long_segments),
	UNIT_TEST(ranges_that_are_not_there),
};

UNIT_MAIN(tests)
