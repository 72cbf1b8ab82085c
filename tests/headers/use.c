/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What a caller's file may look like: each inline function, also where the compiler sees all
 * that is done to a buffer. Compiled as C and as C++, never run.
 */

#include <string.h>

#include <lbuf.h>
#include <lbuf_abi.h>
#include <lbuf_burst.h>
#include <lbuf_conn.h>
#include <lbuf_debug.h>
#include <lbuf_frame.h>
#include <lbuf_grow.h>
#include <lbuf_hold.h>
#include <lbuf_memsum.h>
#include <lbuf_needed.h>
#include <lbuf_port.h>
#include <lbuf_raw.h>
#include <lbuf_share.h>
#include <lbuf_stream.h>
#include <lbuf_wait.h>

#define CHUNKS 64

#ifdef __cplusplus
extern "C" {
#endif

int
use_write(struct lbuf_pool *pool, const void *src, size_t n);
int
use_read(struct lbuf *stream, void *dst, size_t n);
int
use_numbers(struct lbuf *b);
uint64_t
use_cursor(const struct lbuf *b);
int
use_references(struct lbuf_pool *pool, struct rte_mbuf *m, const void *data, size_t n);
int
use_chunks(struct lbuf_pool *pool, size_t size);
unsigned int
use_bursts(struct lbuf_port *in, struct lbuf_port *out);
bool
use_sets(uint8_t byte);
uint16_t
use_sums(const void *data, size_t n);
int
use_stream(struct lbuf_streams *all, struct rte_mbuf *m);
uint32_t
use_needed(uint32_t cache_size);

#ifdef __cplusplus
}
#endif

/* A buffer on the stack, all of whose life is seen. */
int
use_write(struct lbuf_pool *pool, const void *src, size_t n)
{
	struct lbuf b;
	uint8_t *p;
	int ret;

	lbuf_init(&b, pool);
	ret = lbuf_write(&b, src, n);
	if (ret == 0)
		ret = lbuf_write(&b, "hello", 5);
	p = (uint8_t *)lbuf_reserve(&b, 8);
	if (p != NULL)
		p[0] = 1;
	if (ret == 0)
		ret = lbuf_flush(&b);
	ret += (int)(lbuf_len(&b) + lbuf_pending(&b) != 0);
	lbuf_close(&b);
	return ret;
}

int
use_read(struct lbuf *stream, void *dst, size_t n)
{
	struct lbuf message;
	const char *text;
	int ret = lbuf_peek_copy(stream, dst, n);

	if (ret != 0 || lbuf_slice(stream, n, &message) != 0)
		return ret;
	text = (const char *)lbuf_peek(&message, 4);
	if (text != NULL && text[0] == 'x')
		ret = lbuf_skip(&message, 4);
	text = (const char *)lbuf_next(&message, 2);
	if (text != NULL)
		ret = lbuf_read(&message, dst, 2);
	lbuf_release(&message);
	lbuf_close(&message);
	return ret + lbuf_release(stream);
}

int
use_numbers(struct lbuf *b)
{
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0;
	int ret = 0;

	ret |= lbuf_peek_be16(b, &u16) | lbuf_peek_be32(b, &u32) | lbuf_peek_be64(b, &u64);
	ret |= lbuf_peek_le16(b, &u16) | lbuf_peek_le32(b, &u32) | lbuf_peek_le64(b, &u64);
	ret |= lbuf_read_be16(b, &u16) | lbuf_read_be32(b, &u32) | lbuf_read_be64(b, &u64);
	ret |= lbuf_read_le16(b, &u16) | lbuf_read_le32(b, &u32) | lbuf_read_le64(b, &u64);
	ret |= lbuf_read_u8(b, &u8) | lbuf_write_u8(b, u8);
	ret |= lbuf_write_be16(b, u16) | lbuf_write_be32(b, u32) | lbuf_write_be64(b, u64);
	ret |= lbuf_write_le16(b, u16) | lbuf_write_le32(b, u32) | lbuf_write_le64(b, u64);
	return ret;
}

uint64_t
use_cursor(const struct lbuf *b)
{
	struct lbuf_cursor c, ahead;
	uint64_t u64 = 0, sum = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0, mem[8];

	if (lbuf_cursor_init(&c, b) != 0)
		return 0;
	ahead = c;
	while (lbuf_cursor_left(&c) > 64 && lbuf_cursor_skip(&c, 1) == 0) {
		if (lbuf_cursor_read_u8(&c, &u8) != 0 || lbuf_cursor_read_be16(&c, &u16) != 0 ||
				lbuf_cursor_read_be32(&c, &u32) != 0 ||
				lbuf_cursor_read_be64(&c, &u64) != 0)
			break;
		sum += u8 + u16 + u32 + u64;
		if (lbuf_cursor_read_le16(&c, &u16) != 0 || lbuf_cursor_read_le32(&c, &u32) != 0 ||
				lbuf_cursor_read_le64(&c, &u64) != 0)
			break;
		sum += u16 + u32 + u64;
	}
	sum += (uint64_t)(lbuf_cursor_find(&ahead, '\n') >= 0);
	if (lbuf_cursor_next(&ahead, 8, mem) != NULL && lbuf_cursor_read(&ahead, mem, 8) == 0)
		sum += mem[0];
	return sum + lbuf_cursor_tell(&c);
}

int
use_references(struct lbuf_pool *pool, struct rte_mbuf *m, const void *data, size_t n)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, 4096);
	static struct lbuf_ext ext;
	struct lbuf b;
	int ret;

	lbuf_ext_init(&ext, NULL, NULL);
	lbuf_ext_set_size(&ext, n);
	lbuf_ext_set_iova(&ext, data, 0);
	lbuf_init(&b, pool);
	ret = lbuf_write_ext(&b, &ext, data, n);
	if (chunk != NULL)
		ret |= lbuf_append_chunk(&b, chunk, 0, 100);
	ret |= lbuf_append_mbuf(&b, m);
	lbuf_close(&b);
	return ret;
}

int
use_chunks(struct lbuf_pool *pool, size_t size)
{
	struct lbuf_chunk *chunks[CHUNKS], *one = lbuf_chunk_alloc(pool, 100);
	int ret = lbuf_chunk_alloc_bulk(pool, size, chunks, CHUNKS);

	if (one != NULL) {
		lbuf_chunk_get(one);
		lbuf_mem_share(&one->mem);
		ret += (int)lbuf_mem_refs(&one->mem);
		lbuf_chunk_put(one);
	}
	lbuf_chunk_put(one);
	if (ret != 0)
		return ret;
	lbuf_chunk_put_bulk(chunks, CHUNKS / 2);
	lbuf_chunk_put_bulk_raw(pool, size, chunks + CHUNKS / 2, CHUNKS / 2);
	return (int)(lbuf_class_find(size) + lbuf_class_index(4096) + lbuf_class_size(3));
}

unsigned int
use_bursts(struct lbuf_port *in, struct lbuf_port *out)
{
	struct lbuf_burst burst;
	unsigned int sent;

	lbuf_burst_init(&burst);
	if (lbuf_burst_rx(&burst, in, 0, 32) == 0)
		return 0;
	lbuf_burst_prefetch(&burst);
	if (lbuf_burst_edit_at(&burst, 0, 14) == NULL)
		return 0;
	sent = lbuf_burst_tx(&burst, out, 0);
	lbuf_burst_drop(&burst);
	return sent;
}

bool
use_sets(uint8_t byte)
{
	struct lbuf_set set;

	lbuf_set_init(&set, " \t\r\n", 4);
	return lbuf_set_has(&set, byte);
}

uint16_t
use_sums(const void *data, size_t n)
{
	uint64_t sum = lbuf_memsum(data, n);

	sum = lbuf_memsum_add(sum, n, lbuf_memsum_few(data, 5));
	return lbuf_memsum_fold(sum);
}

int
use_stream(struct lbuf_streams *all, struct rte_mbuf *m)
{
	struct lbuf_stream s;
	struct lbuf *b;
	int ret = 0;

	lbuf_stream_init(&s, all);
	lbuf_stream_start(&s, 1);
	if (lbuf_stream_insert(&s, lbuf_stream_next_seq(&s), m, 54, 100) > 0) {
		b = lbuf_stream_buf(&s);
		if (b != NULL)
			ret = lbuf_skip(b, lbuf_stream_next(&s));
	}
	lbuf_stream_close(&s);
	return ret;
}

uint32_t
use_needed(uint32_t cache_size)
{
	struct lbuf_mbufs_conf conf;

	memset(&conf, 0, sizeof(conf));
	conf.cache_size = lbuf_mbufs_cached(cache_size);
	return lbuf_port_mbufs_needed(&conf);
}
