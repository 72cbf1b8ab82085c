/* SPDX-License-Identifier: BSD-3-Clause */

/* Bytes put between readable ones, and chunks of the caller's taken over. */

#include <errno.h>
#include <stdlib.h>

#include <chunk.h>

#include "unit.h"

#define PART 100
/* Bytes that are put in. */
#define IN 70

/* What puts in the bytes [pos, pos + IN). */
enum what {
	WHAT_BUFFER,
	WHAT_SLICE,
	WHAT_EXT,
	WHAT_CHUNK,
	WHATS
};

static struct lbuf_chunk *
chunk_of(uint64_t pos, size_t off, size_t n)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, off + n);

	assert_non_null(chunk);
	unit_fill(chunk->data + off, pos, n);
	return chunk;
}

static int
put_in(struct lbuf *b, uint64_t at, enum what what, uint64_t pos)
{
	struct lbuf donor, slice;
	struct lbuf_chunk *chunk;
	struct lbuf_ext *ext;
	const uint8_t *addr;
	int ret;

	switch (what) {
	case WHAT_EXT:
		ext = unit_ext(pos, IN, &addr);
		return lbuf_splice_ext(b, at, ext, addr, IN);
	case WHAT_CHUNK:
		chunk = chunk_of(pos, 10, IN);
		return lbuf_splice_chunk(b, at, chunk, 10, IN);
	default:
		break;
	}
	lbuf_init(&donor, unit.pool);
	unit_add(&donor, UNIT_OWN, pos - 1, 11); /* a segment that is read from already */
	assert_int_equal(lbuf_skip(&donor, 1), 0);
	unit_add(&donor, UNIT_MBUF, pos + 10, 20);
	unit_add(&donor, UNIT_EXT, pos + 30, IN - 30);
	if (what == WHAT_SLICE) {
		assert_int_equal(lbuf_slice(&donor, IN, &slice), 0);
		ret = lbuf_splice(b, at, &slice);
		assert_int_equal(lbuf_len(&slice), ret == 0 ? 0 : IN);
		lbuf_close(&slice);
	} else {
		assert_int_equal(lbuf_write(&donor, "pending", 7), 0);
		ret = lbuf_splice(b, at, &donor);
		assert_int_equal(lbuf_len(&donor), ret == 0 ? 0 : IN);
		assert_int_equal(lbuf_pending(&donor), 7);
		assert_int_equal(lbuf_flush(&donor), 0);
		if (ret == 0)
			assert_str(&donor, "pending");
	}
	lbuf_close(&donor);
	return ret;
}

/* A buffer of `len` bytes from 0 on, in which the IN from `at` on are missing. */
static void
with_gap(struct lbuf *b, uint64_t at, uint64_t len, unsigned int first)
{
	uint64_t pos, end, run;
	unsigned int kind = first;

	lbuf_init(b, unit.pool);
	for (pos = 0; pos < len; pos += run, kind++) {
		if (pos == at) {
			run = IN;
			continue;
		}
		end = pos < at ? at : len;
		run = RTE_MIN(end - pos, (uint64_t)PART);
		unit_add(b, kind % UNIT_KINDS, pos, run);
	}
}

/* One segment which the place divides. */
static void
one_segment(struct lbuf *b, enum unit_kind kind, uint64_t at, uint64_t len)
{
	uint8_t *mem = malloc(len);
	struct rte_mbuf *m;
	struct lbuf_ext *ext;
	const uint8_t *addr;

	assert_non_null(mem);
	unit_fill(mem, 0, at);
	unit_fill(mem + at, at + IN, len - at);
	lbuf_init(b, unit.pool);
	if (kind == UNIT_OWN) {
		assert_int_equal(lbuf_write(b, mem, len), 0);
	} else if (kind == UNIT_MBUF) {
		m = unit_mbuf(unit.mbufs, 0, len);
		memcpy(rte_pktmbuf_mtod(m, void *), mem, len);
		assert_int_equal(lbuf_append_mbuf(b, m), 0);
	} else {
		ext = unit_ext(0, len + IN, &addr);
		assert_int_equal(lbuf_write_ext(b, ext, addr, at), 0);
		assert_int_equal(lbuf_write_ext(b, ext, addr + at + IN, len - at), 0);
	}
	assert_int_equal(lbuf_flush(b), 0);
	free(mem);
}

static void
at_any_place(void **state)
{
	static const uint64_t place[] = { 0, 1, 50, 100, 101, 250, 399, 400, 4000, 5730 };
	unsigned int i, what, first, held;
	struct lbuf b;
	uint64_t len;

	(void)state;
	for (i = 0; i < RTE_DIM(place); i++) {
		for (what = 0; what < WHATS; what++) {
			for (first = 0; first < 2 * UNIT_KINDS; first++) {
				held = first / UNIT_KINDS;
				len = place[i] > 400 ? 5800 : 470 + 100 * first;
				with_gap(&b, place[i], len, first);
				if (held != 0)
					assert_non_null(lbuf_peek(&b, 1));
				assert_int_equal(put_in(&b, place[i], what, place[i]), 0);
				assert_fill(&b, 0, len);
				unit_put(&b, len, 300);
				assert_fill(&b, 0, len + 300);
				unit_drain(&b, 0, len + 300);
				assert_int_equal(lbuf_release(&b), 0);
				lbuf_close(&b);
			}
		}
	}
}

static void
inside_a_segment(void **state)
{
	unsigned int kind, what;
	struct lbuf b, clone;
	const uint8_t *p;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		for (what = 0; what < WHATS; what++) {
			one_segment(&b, kind, 80, 200);
			assert_int_equal(lbuf_clone(&b, 0, 80, &clone), 0);
			p = lbuf_peek(&b, 80);
			assert_int_equal(put_in(&b, 80, what, 80), 0);
			assert_fill(&b, 0, 200 + IN);
			assert_same(p, 0, 80);
			assert_same(lbuf_peek(&b, 200 + IN), 0, 200 + IN);
			assert_same(p, 0, 80);
			assert_fill(&clone, 0, 80);
			unit_drain(&b, 0, 200 + IN);
			assert_int_equal(lbuf_release(&b), 0);
			lbuf_close(&b);
			assert_fill(&clone, 0, 80);
			lbuf_close(&clone);
		}
	}
}

/* At the end it comes before the pending bytes, which stay where they are. */
static void
before_pending_bytes(void **state)
{
	unsigned int what, at;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	for (what = 0; what < WHATS; what++) {
		for (at = 0; at < 2; at++) {
			lbuf_init(&b, unit.pool);
			unit_put(&b, at == 0 ? IN : 0, 100);
			p = lbuf_reserve(&b, 50); /* in the same segment */
			assert_int_equal(put_in(&b, at * 100, what, at * 100), 0);
			assert_fill(&b, 0, 100 + IN);
			assert_int_equal(lbuf_pending(&b), 50);
			unit_fill(p, 100 + IN, 50);
			assert_int_equal(lbuf_ack(&b, 40), 0);
			assert_int_equal(lbuf_flush(&b), 0);
			assert_fill(&b, 0, 140 + IN);
			unit_put(&b, 140 + IN, 10);
			assert_fill(&b, 0, 150 + IN);
			lbuf_close(&b);
		}
	}
}

/* At the end, where there was room to write: what is written goes behind it. */
static void
writes_go_behind(void **state)
{
	unsigned int what;
	struct lbuf b;

	(void)state;
	for (what = 0; what < WHATS; what++) {
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, 100);
		assert_int_equal(put_in(&b, 100, what, 100), 0);
		unit_put(&b, 100 + IN, 50);
		assert_fill(&b, 0, 150 + IN);
		lbuf_close(&b);
	}
}

/* Into an empty buffer, and one that has been drained. */
static void
into_nothing(void **state)
{
	unsigned int what;
	struct lbuf b;

	(void)state;
	for (what = 0; what < WHATS; what++) {
		lbuf_init(&b, unit.pool);
		assert_int_equal(put_in(&b, 0, what, 0), 0);
		assert_fill(&b, 0, IN);
		unit_put(&b, IN, 10);
		unit_drain(&b, 0, IN + 10);
		assert_int_equal(put_in(&b, 0, what, 0), 0);
		assert_int_equal(lbuf_release(&b), 0);
		assert_fill(&b, 0, IN);
		lbuf_close(&b);
	}
}

static void
errors(void **state)
{
	struct lbuf_chunk *chunk;
	struct lbuf b, donor, slice;
	struct lbuf_ext *ext;
	const uint8_t *addr;

	(void)state;
	lbuf_init(&b, unit.pool);
	lbuf_init(&donor, unit.pool);
	unit_put(&b, 0, 10);
	unit_put(&donor, 10, 10);
	chunk = chunk_of(0, 0, 64);
	ext = unit_ext(0, 10, &addr);
	assert_int_equal(lbuf_splice(&b, 0, &b), -EINVAL);
	assert_int_equal(lbuf_splice(&b, 11, &donor), -ERANGE);
	assert_int_equal(lbuf_splice_ext(&b, 11, ext, addr, 10), -ERANGE);
	assert_int_equal(lbuf_splice_chunk(&b, 11, chunk, 0, 10), -ERANGE);
	assert_int_equal(lbuf_splice_chunk(&b, 0, chunk, 1, chunk->size), -ERANGE);
	assert_int_equal(lbuf_splice_chunk(&b, 0, chunk, chunk->size + 1, 0), -ERANGE);
	assert_int_equal(lbuf_append_chunk(&b, chunk, SIZE_MAX, 2), -ERANGE);
	assert_int_equal(lbuf_append_chunk(&b, chunk, 2, SIZE_MAX), -ERANGE);
	assert_int_equal(ext->mem.refcnt, 0);
	assert_int_equal(lbuf_slice(&b, 4, &slice), 0);
	assert_int_equal(lbuf_splice(&slice, 0, &donor), -EROFS);
	assert_int_equal(lbuf_splice_ext(&slice, 0, ext, addr, 10), -EROFS);
	assert_int_equal(lbuf_splice_chunk(&slice, 0, chunk, 0, 10), -EROFS);
	assert_int_equal(lbuf_append_chunk(&slice, chunk, 0, 10), -EROFS);
	assert_fill(&slice, 0, 4);
	assert_fill(&b, 4, 6);
	assert_fill(&donor, 10, 10);
	/* Of 0 bytes: nothing; a chunk is given up. */
	assert_int_equal(lbuf_splice_ext(&b, 3, ext, addr, 0), 0);
	assert_int_equal(ext->mem.refcnt, 0);
	lbuf_chunk_get(chunk);
	assert_int_equal(lbuf_splice_chunk(&b, 3, chunk, 0, 0), 0);
	assert_int_equal(lbuf_splice_ext(&b, 6, ext, addr, 10), 0);
	lbuf_close(&b);
	assert_int_equal(lbuf_splice(&b, 0, &donor), -EPIPE);
	assert_int_equal(lbuf_splice_chunk(&b, 0, chunk, 0, 1), -EPIPE);
	assert_int_equal(lbuf_append_chunk(&b, chunk, 0, 1), -EPIPE);
	lbuf_init(&b, unit.pool);
	lbuf_close(&donor);
	assert_int_equal(lbuf_splice(&b, 0, &donor), -EPIPE);
	assert_int_equal(lbuf_append_chunk(&b, chunk, 0, 0), 0);
	lbuf_close(&slice);
	lbuf_close(&b);
}

/* A chunk that was taken over is the buffer's own, unless somebody has kept a reference. */
static void
chunks_are_taken_over(void **state)
{
	struct lbuf_chunk *chunk = chunk_of(0, 0, 1000);
	struct lbuf b;
	uint8_t *p;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_chunk(&b, chunk, 100, 900), 0);
	assert_int_equal(lbuf_pending(&b), 900);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_ptr_equal(lbuf_peek(&b, 900), chunk->data + 100);
	assert_int_equal(lbuf_release(&b), 0);
	assert_ptr_equal(lbuf_edit(&b, 900), chunk->data + 100);
	p = lbuf_prepend(&b, 100); /* there is room in it */
	assert_ptr_equal(p, chunk->data);
	assert_fill(&b, 0, 1000);
	lbuf_close(&b);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);

	chunk = chunk_of(0, 0, 1000);
	lbuf_chunk_get(chunk);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_chunk(&b, chunk, 100, 900), 0);
	unit_put(&b, 1000, 100);
	p = lbuf_edit(&b, 900);
	assert_ptr_not_equal(p, chunk->data + 100);
	memset(p, 0, 900);
	assert_int_equal(lbuf_release(&b), 0);
	lbuf_close(&b);
	assert_same(chunk->data, 0, 1000);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
}

/* Many chunks, in any order, among them many in front. */
static void
many(void **state)
{
	uint64_t seed = 5, i, n, len = 0;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 300; i++) {
		n = 1 + unit_rand(&seed) % 20;
		len += n;
		assert_int_equal(lbuf_splice_chunk(&b, 0, chunk_of(10000 - len, 3, n), 3, n), 0);
	}
	assert_fill(&b, 10000 - len, len);
	for (i = 0; i < 300; i++) {
		assert_int_equal(lbuf_append_chunk(&b, chunk_of(10000 + i * 9, 0, 9), 0, 9), 0);
		if (i % 7 == 0)
			assert_int_equal(lbuf_flush(&b), 0);
	}
	assert_int_equal(lbuf_flush(&b), 0);
	unit_drain(&b, 10000 - len, len + 2700);
	assert_int_equal(lbuf_release(&b), 0);
	lbuf_close(&b);
}

static void
no_memory(void **state)
{
	unsigned int what, failed;
	struct lbuf_chunk *chunk;
	struct lbuf b, donor;
	struct lbuf_ext *ext;
	const uint8_t *addr;
	struct rte_mbuf *m;
	int ret, nth;

	(void)state;
	for (what = WHAT_BUFFER; what < WHATS; what++) {
		failed = 0;
		for (nth = 1, ret = -ENOMEM; ret != 0; nth++) {
			one_segment(&b, UNIT_MBUF, 80, 200);
			lbuf_init(&donor, unit.pool);
			unit_add(&donor, UNIT_MBUF, 80, 10);
			unit_add(&donor, UNIT_MBUF, 90, 10);
			unit_add(&donor, UNIT_MBUF, 100, 10);
			unit_add(&donor, UNIT_MBUF, 110, IN - 30);
			assert_non_null(lbuf_peek(&donor, 5));
			chunk = chunk_of(80, 0, IN);
			ext = unit_ext(80, IN, &addr);
			lbuf_mem_get(&ext->mem);
			m = (struct rte_mbuf *)(b.rd->mem & ~LBUF_SEG_BITS);
			rte_mbuf_refcnt_update(m, 1);
			b.rd->mem &= ~LBUF_SEG_PLAIN; /* somebody else has it, too */
			lbuf_pool_inject(unit.pool, nth);
			if (what == WHAT_EXT)
				ret = lbuf_splice_ext(&b, 80, ext, addr, IN);
			else if (what == WHAT_CHUNK)
				ret = lbuf_splice_chunk(&b, 80, chunk, 0, IN);
			else
				ret = lbuf_splice(&b, 80, &donor);
			lbuf_pool_inject(unit.pool, 0);
			if (ret != 0) {
				assert_int_equal(ret, -ENOMEM);
				assert_int_equal(lbuf_len(&b), 200);
				assert_fill(&donor, 80, IN);
				assert_int_equal(ext->mem.refcnt, 1);
				failed++;
			} else {
				assert_fill(&b, 0, 200 + IN);
			}
			if (ret != 0 || what != WHAT_CHUNK)
				lbuf_chunk_put(chunk);
			lbuf_close(&b);
			lbuf_close(&donor);
			rte_pktmbuf_free(m);
			lbuf_init(&b, unit.pool);
			assert_int_equal(lbuf_write_ext(&b, ext, addr, IN), 0);
			ext->mem.refcnt--;
			lbuf_close(&b);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		}
		assert_true(failed > 0);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(at_any_place),
	UNIT_TEST(inside_a_segment),
	UNIT_TEST(before_pending_bytes),
	UNIT_TEST(writes_go_behind),
	UNIT_TEST(into_nothing),
	UNIT_TEST(errors),
	UNIT_TEST(chunks_are_taken_over),
	UNIT_TEST(many),
	UNIT_TEST_NO_CACHE(no_memory),
};

UNIT_MAIN(tests)
