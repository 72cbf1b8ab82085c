/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Case 37: out of memory at every allocation inside every verb, each in turn.
 *
 * Each verb runs on buffers with any number of segments, so that it meets the
 * segment vector full and not full, with pointers handed out and without. The
 * first, second ... allocation in it is made to fail until none is left to fail.
 */

#include <errno.h>
#include <stdlib.h>

#include <chunk.h>

#include "unit.h"

/* Segments: up to some more than the second vector holds. */
#define SEGS_MAX 90
#define SEG 20
/* Where the bytes of the buffer, and of a donor, begin. */
#define START 100000
#define DONOR 500000
/* More allocations than any verb makes. */
#define NTH_MAX 20

/* What a buffer looked like before the verb. */
struct scene {
	struct lbuf b;
	struct lbuf donor;
	struct lbuf out; /* a slice */
	struct lbuf_ext *ext;
	const uint8_t *ext_mem;
	struct rte_mbuf *mbuf;
	struct lbuf_chunk *chunk; /* 10 bytes to go in front, and 50 to go behind */
	const uint8_t *held;      /* consumed, not released */
	const uint8_t *peeked;
	uint64_t len;
	uint64_t pend;
	int64_t until; /* bytes that until cut off */
};

/* A verb: returns a negative errno or 0. What it needs beside the buffer. */
struct verb {
	const char *name;
	int (*run)(struct scene *s);
	/* Bytes in front, consumed or cut off, added to the readable or pending. */
	int64_t front;
	int64_t back;
	bool must_fail; /* in some scene */
	bool needs_bytes;
};

#define PTR(p) ((p) == NULL ? -rte_errno : 0)

static int
do_reserve(struct scene *s)
{
	uint8_t *p = lbuf_reserve(&s->b, 3000);

	if (p != NULL)
		unit_fill(p, START + s->len + s->pend, 3000);
	return PTR(p);
}

static int
do_write(struct scene *s)
{
	uint8_t mem[3000];

	unit_fill(mem, START + s->len + s->pend, sizeof(mem));
	return lbuf_write(&s->b, mem, sizeof(mem));
}

static int
do_write_ext(struct scene *s)
{
	return lbuf_write_ext(&s->b, s->ext, s->ext_mem, 50);
}

static int
do_insert_ext(struct scene *s)
{
	return lbuf_insert_ext(&s->b, s->ext, s->ext_mem, 50, s->pend / 2);
}

static int
do_append(struct scene *s)
{
	return lbuf_append(&s->b, &s->donor);
}

static int
do_append_mbuf(struct scene *s)
{
	int ret = lbuf_append_mbuf(&s->b, s->mbuf);

	if (ret == 0)
		s->mbuf = NULL;
	return ret;
}

/* Of the pending bytes keep what there was, and so many more. */
static int
keep(struct scene *s, uint64_t n)
{
	return lbuf_ack(&s->b, s->pend + n);
}

static int
do_reserve_some(struct scene *s)
{
	size_t room;
	uint8_t *p = lbuf_reserve_some(&s->b, 3000, &room);

	if (p == NULL)
		return -rte_errno;
	unit_fill(p, START + s->len + s->pend, 3000);
	return keep(s, 3000);
}

static int
do_reserve_iov(struct scene *s)
{
	struct iovec iov[LBUF_RESERVE_IOV];
	uint64_t pos = START + s->len + s->pend;
	size_t room;
	int n, i;

	n = lbuf_reserve_iov(&s->b, 3000, iov, &room);
	for (i = 0; i < n; pos += iov[i++].iov_len)
		unit_fill(iov[i].iov_base, pos, iov[i].iov_len);
	return n < 0 ? n : keep(s, 3000);
}

static int
do_reserve_aligned(struct scene *s)
{
	uint8_t *p = lbuf_reserve_aligned(&s->b, 3000, 512);

	if (p != NULL)
		unit_fill(p, START + s->len + s->pend, 3000);
	return PTR(p);
}

static int
do_append_chunk(struct scene *s)
{
	int ret = lbuf_append_chunk(&s->b, s->chunk, 10, 50);

	if (ret == 0)
		s->chunk = NULL;
	return ret;
}

static int
do_splice_chunk(struct scene *s)
{
	int ret = lbuf_splice_chunk(&s->b, 0, s->chunk, 0, 10);

	if (ret == 0)
		s->chunk = NULL;
	return ret;
}

static int
do_compact(struct scene *s)
{
	return lbuf_compact(&s->b, 2, NULL);
}

static int
prepend(struct scene *s, size_t n)
{
	uint8_t *p = lbuf_prepend(&s->b, n);

	if (p != NULL)
		unit_fill(p, START - n, n);
	return PTR(p);
}

static int
do_prepend(struct scene *s)
{
	return prepend(s, 10);
}

static int
do_prepend_much(struct scene *s)
{
	return prepend(s, 5000);
}

static int
do_peek(struct scene *s)
{
	const void *p = lbuf_peek(&s->b, s->len);

	if (p != NULL)
		assert_same(p, START, s->len);
	return PTR(p);
}

static int
do_next(struct scene *s)
{
	const void *p = lbuf_next(&s->b, s->len - 1);

	if (p != NULL)
		assert_same(p, START, s->len - 1);
	return PTR(p);
}

static int
do_edit(struct scene *s)
{
	uint64_t n = s->len - s->len / 4;
	void *p = lbuf_edit(&s->b, n);

	if (p != NULL)
		assert_same(p, START, n);
	return PTR(p);
}

static int
do_edit_one(struct scene *s)
{
	void *p = lbuf_edit(&s->b, 1);

	if (p != NULL)
		assert_same(p, START, 1);
	return PTR(p);
}

static int
do_slice(struct scene *s)
{
	int ret = lbuf_slice(&s->b, s->len - 1, &s->out);

	if (ret == 0)
		assert_fill(&s->out, START, s->len - 1);
	return ret;
}

static int
do_until(struct scene *s)
{
	uint8_t last;
	int64_t n;

	unit_fill(&last, START + s->len - 1, 1);
	n = lbuf_until(&s->b, last, &s->out);
	if (n < 0)
		return (int)n;
	assert_fill(&s->out, START, (uint64_t)n);
	s->until = n;
	return 0;
}

/* Verbs that may not need memory at all. */
static int
do_others(struct scene *s)
{
	uint8_t mem[SEGS_MAX * SEG];
	struct iovec iov[4];
	uint16_t sum = 0;
	uint32_t crc = 0;

	if (lbuf_peek_copy(&s->b, mem, s->len) != 0 || lbuf_ack(&s->b, s->pend) != 0 ||
			lbuf_find(&s->b, 0, 0) == -ENOMEM ||
			lbuf_find_str(&s->b, "xy", 2, 0) == -ENOMEM ||
			lbuf_iovec(&s->b, 0, iov, 4, NULL) < 0 ||
			lbuf_cksum(&s->b, 0, s->len, &sum) != 0 ||
			lbuf_crc32c(&s->b, 0, s->len, &crc) != 0)
		return -EIO;
	lbuf_handoff(&s->b);
	if (lbuf_read_cksum(&s->b, mem, s->len / 2, &sum) != 0)
		return -EIO;
	return lbuf_read(&s->b, mem, s->len - s->len / 2 - 1);
}

/* Values of `front` that stand for others: all readable bytes but one; see scene. */
#define ALL_BUT_ONE INT64_MAX
#define UNTIL (INT64_MAX - 1)

static const struct verb verbs[] = {
	{ "reserve", do_reserve, 0, 3000, true, false },
	{ "write", do_write, 0, 3000, true, false },
	{ "write_ext", do_write_ext, 0, 50, true, false },
	{ "insert_ext", do_insert_ext, 0, 50, true, false },
	{ "append", do_append, 0, 60, true, false },
	{ "append_mbuf", do_append_mbuf, 0, 200, true, false },
	{ "reserve_some", do_reserve_some, 0, 3000, true, false },
	{ "reserve_iov", do_reserve_iov, 0, 3000, true, false },
	{ "reserve_aligned", do_reserve_aligned, 0, 3000, true, false },
	{ "append_chunk", do_append_chunk, 0, 50, true, false },
	{ "splice_chunk", do_splice_chunk, 10, 0, true, false },
	{ "compact", do_compact, 0, 0, true, true },
	{ "prepend", do_prepend, 10, 0, true, false },
	{ "prepend_much", do_prepend_much, 5000, 0, true, false },
	{ "peek", do_peek, 0, 0, true, true },
	{ "next", do_next, -ALL_BUT_ONE, 0, true, true },
	{ "edit", do_edit, 0, 0, true, true },
	{ "edit_one", do_edit_one, 0, 0, true, true },
	{ "slice", do_slice, -ALL_BUT_ONE, 0, true, true },
	{ "until", do_until, -UNTIL, 0, true, true },
	{ "others", do_others, -ALL_BUT_ONE, 0, false, true },
};

static void
make(struct scene *s, unsigned int segs, bool pins)
{
	unsigned int i, pending = segs / 3;

	memset(s, 0, sizeof(*s));
	lbuf_init(&s->b, unit.pool);
	lbuf_init(&s->donor, unit.pool);
	if (pins) {
		unit_add(&s->b, UNIT_OWN, START - SEG, SEG);
		s->held = lbuf_next(&s->b, SEG);
	}
	for (i = 0; i < segs - pending; i++)
		unit_add(&s->b, (enum unit_kind)((i + segs) % UNIT_KINDS), START + i * SEG, SEG);
	s->len = i * SEG;
	for (; i < segs; i++)
		unit_add(&s->donor, (enum unit_kind)((i + segs) % UNIT_KINDS), START + i * SEG,
				SEG);
	s->pend = (uint64_t)pending * SEG;
	assert_int_equal(lbuf_append(&s->b, &s->donor), 0);
	if (pins && s->len > 10)
		s->peeked = lbuf_peek(&s->b, 10);
	unit_add(&s->donor, UNIT_EXT, START + s->len + s->pend, 20);
	unit_add(&s->donor, UNIT_MBUF, START + s->len + s->pend + 20, 40);
	s->ext = unit_ext(START + s->len + s->pend, 50, &s->ext_mem);
	lbuf_mem_get(&s->ext->mem); /* the scene's own */
	s->mbuf = unit_mbuf(unit.tiny, START + s->len + s->pend, 200);
	s->chunk = lbuf_chunk_alloc(unit.pool, 60);
	assert_non_null(s->chunk);
	unit_fill(s->chunk->data, START - 10, 10);
	unit_fill(s->chunk->data + 10, START + s->len + s->pend, 50);
}

static void
check_held(const struct scene *s)
{
	if (s->held != NULL)
		assert_same(s->held, START - SEG, SEG);
	if (s->peeked != NULL)
		assert_same(s->peeked, START, 10);
}

/* All is as make() left it. */
static void
check_unchanged(struct scene *s)
{
	assert_fill(&s->b, START, s->len);
	assert_int_equal(lbuf_pending(&s->b), s->pend);
	assert_fill(&s->donor, START + s->len + s->pend, 60);
	assert_int_equal(s->ext->mem.refcnt, 1);
	assert_int_equal(s->mbuf->nb_segs, 4);
	assert_int_equal(s->mbuf->pkt_len, 200);
	check_held(s);
}

static void
check_changed(struct scene *s, const struct verb *verb)
{
	int64_t front = verb->front;
	uint64_t half = s->pend / 2, len;

	if (front == -ALL_BUT_ONE)
		front = 1 - (int64_t)s->len;
	else if (front == -UNTIL)
		front = -s->until;
	len = (uint64_t)((int64_t)s->len + front);
	assert_int_equal(lbuf_len(&s->b), len);
	assert_int_equal(lbuf_pending(&s->b), (int64_t)s->pend + verb->back);
	assert_fill(&s->b, (uint64_t)(START - front), len);
	check_held(s);
	assert_int_equal(lbuf_flush(&s->b), 0);
	if (verb->run != do_insert_ext) {
		assert_fill(&s->b, (uint64_t)(START - front),
				(uint64_t)((int64_t)(len + s->pend) + verb->back));
		return;
	}
	assert_int_equal(lbuf_skip(&s->b, s->len), 0);
	if (s->pend - half != 0)
		assert_same(lbuf_next(&s->b, s->pend - half), START + s->len, s->pend - half);
	assert_same(lbuf_next(&s->b, 50), START + s->len + s->pend, 50);
	assert_fill(&s->b, START + s->len + s->pend - half, half);
}

static void
ext_put(struct scene *s)
{
	struct lbuf b;

	/* As the library does it: by way of a buffer. */
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_write_ext(&b, s->ext, s->ext_mem, 1), 0);
	s->ext->mem.refcnt--;
	lbuf_close(&b);
}

static void
destroy(struct scene *s)
{
	ext_put(s);
	rte_pktmbuf_free(s->mbuf);
	lbuf_chunk_put(s->chunk);
	lbuf_close(&s->b);
	lbuf_close(&s->out);
	lbuf_close(&s->donor);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(unit.exts, 0);
	assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM);
	assert_int_equal(rte_mempool_avail_count(unit.mbufs), UNIT_MBUF_NUM);
}

/* How many allocations of a verb failed, one after the other. */
static int
fail_each(const struct verb *verb, unsigned int segs, bool pins)
{
	struct scene s;
	int nth, ret;

	for (nth = 1; nth <= NTH_MAX; nth++) {
		make(&s, segs, pins);
		lbuf_pool_inject(unit.pool, nth);
		ret = verb->run(&s);
		lbuf_pool_inject(unit.pool, 0);
		if (ret == 0) {
			check_changed(&s, verb);
			destroy(&s);
			return nth - 1;
		}
		assert_int_equal(ret, -ENOMEM);
		check_unchanged(&s);
		/* Once there is memory it goes on from there. */
		if (nth % 2 == 1) {
			assert_int_equal(verb->run(&s), 0);
			check_changed(&s, verb);
		}
		destroy(&s);
	}
	fail_msg("%s: over %d allocations", verb->name, NTH_MAX);
	return 0;
}

static void
case_37_out_of_memory(void **state)
{
	unsigned int i, segs, pins;
	int failed;

	(void)state;
	for (i = 0; i < RTE_DIM(verbs); i++) {
		failed = 0;
		for (segs = verbs[i].needs_bytes ? 1 : 0; segs <= SEGS_MAX; segs++)
			for (pins = 0; pins < 2; pins++)
				failed += fail_each(&verbs[i], segs, pins != 0);
		if ((failed > 0) != verbs[i].must_fail)
			fail_msg("%s: %d allocations failed", verbs[i].name, failed);
	}
}

/* And at the size of the large tier. */
static void
case_37_out_of_large_memory(void **state)
{
	const uint64_t n = LBUF_MIDDLE_MAX + 10;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_EXT, 0, n / 2);
	unit_add(&b, UNIT_EXT, n / 2, n - n / 2);
	lbuf_pool_inject(unit.pool, 1);
	assert_null_errno(lbuf_peek(&b, n), ENOMEM);
	lbuf_pool_inject(unit.pool, 1);
	assert_null_errno(lbuf_reserve(&b, n), ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	assert_fill(&b, 0, n);
	assert_same(lbuf_peek(&b, n), 0, n);
	/* More than any machine has. */
	assert_null_errno(lbuf_reserve(&b, (size_t)1 << 46), ENOMEM);
	assert_null_errno(lbuf_reserve(&b, SIZE_MAX), EINVAL);
	assert_int_equal(lbuf_pending(&b), 0);
	assert_fill(&b, 0, n);
	lbuf_close(&b);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST_NO_CACHE(case_37_out_of_memory),
	UNIT_TEST_NO_CACHE(case_37_out_of_large_memory),
};

UNIT_MAIN(tests)
