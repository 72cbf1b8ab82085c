/* SPDX-License-Identifier: BSD-3-Clause */

/* What memory buffers hold, with whom, and giving it up for copies of few bytes. */

#include <errno.h>
#include <stdlib.h>

#include <chunk.h>

#include "unit.h"

#define PART 100
#define ROOM (UNIT_MBUF_ROOM + RTE_PKTMBUF_HEADROOM)

static struct lbuf_chunk *
chunk_of(uint64_t pos, size_t off, size_t n, size_t size)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, size);

	assert_non_null(chunk);
	unit_fill(chunk->data + off, pos, n);
	return chunk;
}

/* Add n bytes of a chunk of a larger size. */
static size_t
add_view(struct lbuf *b, uint64_t pos, size_t n, size_t size)
{
	struct lbuf_chunk *chunk = chunk_of(pos, 20, n, size);

	assert_int_equal(lbuf_append_chunk(b, chunk, 20, n), 0);
	assert_int_equal(lbuf_flush(b), 0);
	return chunk->size;
}

/* Each piece of memory counts once, and as a whole. */
static void
pinned(void **state)
{
	struct lbuf b, slice, clone;
	struct lbuf_ext *ext;
	const uint8_t *addr;
	uint64_t want = 0;
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_pinned(&b), 0);
	for (i = 0; i < 40; i++)
		want += add_view(&b, i * 10, 10, 2000);
	assert_int_equal(lbuf_pinned(&b), want);
	unit_add(&b, UNIT_MBUF, 400, 10);
	want += ROOM;
	assert_int_equal(lbuf_pinned(&b), want);
	/* Divided: still once; also by slice and clone, each for itself. */
	assert_int_equal(lbuf_slice(&b, 405, &slice), 0);
	assert_int_equal(lbuf_pinned(&slice), want);
	assert_int_equal(lbuf_pinned(&b), ROOM);
	assert_int_equal(lbuf_clone(&slice, 395, 10, &clone), 0);
	assert_int_equal(lbuf_pinned(&clone), want / 40 - ROOM / 40 + ROOM);
	lbuf_close(&clone);
	assert_int_equal(lbuf_append(&b, &slice), 0);
	assert_int_equal(lbuf_pinned(&b), want);
	lbuf_close(&slice);
	/* Two pieces of the same memory apart from each other. */
	ext = unit_ext(0, 500, &addr);
	assert_int_equal(lbuf_write_ext(&b, ext, addr, 30), 0);
	assert_int_equal(lbuf_write(&b, "x", 1), 0);
	assert_int_equal(lbuf_write_ext(&b, ext, addr + 100, 30), 0);
	assert_int_equal(lbuf_write(&b, "x", 1), 0);
	want += 1024;
	assert_int_equal(lbuf_pinned(&b), want + 60);
	lbuf_ext_set_size(ext, 500);
	assert_int_equal(lbuf_pinned(&b), want + 500);
	/* Held until release. */
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_skip(&b, lbuf_len(&b)), 0);
	assert_int_equal(lbuf_pinned(&b), want + 500);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(lbuf_pinned(&b), 0);
	lbuf_close(&b);
	assert_int_equal(lbuf_pinned(&b), -EPIPE);
}

/* Clones of an mbuf share its data room. */
static void
pinned_by_clones_of_an_mbuf(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 100), *twin;
	struct lbuf b;

	(void)state;
	twin = rte_pktmbuf_clone(m, unit.tiny);
	assert_non_null(twin);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_append_mbuf(&b, twin), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_pinned(&b), ROOM);
	lbuf_close(&b);
}

static void
shared(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 600, 100);
	struct lbuf b, clone, slice;
	struct lbuf_chunk *chunk;

	(void)state;
	lbuf_init(&b, unit.pool);
	unit_put(&b, 0, 300);
	assert_int_equal(lbuf_is_shared(&b, 0, 300), 0); /* with its own writer */
	unit_add(&b, UNIT_MBUF, 300, 300);
	assert_int_equal(lbuf_is_shared(&b, 0, 600), 0);
	assert_int_equal(lbuf_clone(&b, 250, 100, &clone), 0);
	assert_int_equal(lbuf_is_shared(&b, 0, 300), 1);
	assert_int_equal(lbuf_is_shared(&b, 300, 300), 1);
	assert_int_equal(lbuf_is_shared(&clone, 0, 1), 1);
	lbuf_close(&clone);
	assert_int_equal(lbuf_is_shared(&b, 0, 600), 0);
	assert_int_equal(lbuf_slice(&b, 400, &slice), 0);
	assert_int_equal(lbuf_is_shared(&b, 0, 200), 1);
	assert_int_equal(lbuf_append(&b, &slice), 0); /* all views are its own again */
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_is_shared(&b, 0, 600), 0);
	lbuf_close(&slice);
	/* An mbuf that somebody else holds, a chunk of which he kept a reference, and ext. */
	rte_mbuf_refcnt_update(m, 1);
	assert_int_equal(lbuf_append_mbuf(&b, m), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_is_shared(&b, 0, 600), 0);
	assert_int_equal(lbuf_is_shared(&b, 0, 601), 1);
	rte_pktmbuf_free(m);
	assert_int_equal(lbuf_is_shared(&b, 600, 100), 0);
	chunk = chunk_of(0, 0, 50, 50);
	lbuf_chunk_get(chunk);
	assert_int_equal(lbuf_append_chunk(&b, chunk, 0, 50), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_is_shared(&b, 700, 50), 1);
	lbuf_chunk_put(chunk);
	assert_int_equal(lbuf_is_shared(&b, 700, 50), 0);
	unit_add(&b, UNIT_EXT, 0, 10);
	assert_int_equal(lbuf_is_shared(&b, 750, 10), 1);
	assert_int_equal(lbuf_is_shared(&b, 750, 0), 0);
	assert_int_equal(lbuf_is_shared(&b, 760, 1), -ENODATA);
	lbuf_close(&b);
	assert_int_equal(lbuf_is_shared(&b, 0, 0), -EPIPE);
}

/* 40 bytes of each 3 KiB, between what is used as a whole. */
static void
small_views_go(void **state)
{
	unsigned int views, i, kind;
	struct lbuf_compacted done;
	struct lbuf b, slice, *x;
	uint64_t pos, want;

	(void)state;
	for (views = 1; views <= 80; views += views < 6 ? 1 : 37) {
		for (kind = 0; kind < 2; kind++) {
			lbuf_init(&b, unit.pool);
			for (i = 0, pos = 0, want = 0; i < views; i++) {
				want += add_view(&b, pos, 40, 3000);
				pos += 40;
				if (i % 3 != 2)
					continue;
				add_view(&b, pos, 1000, 1020);
				pos += 1000;
			}
			x = &b;
			if (kind == 1) {
				assert_int_equal(lbuf_slice(&b, pos, &slice), 0);
				x = &slice;
			}
			assert_int_equal(lbuf_compact(x, 100, &done), 0);
			assert_int_equal(done.copied, 0);
			assert_int_equal(done.unpinned, 0);
			assert_int_equal(lbuf_compact(x, 8, &done), 0);
			assert_int_equal(done.copied, views * 40);
			assert_int_equal(done.unpinned, want);
			assert_fill(x, 0, pos);
			assert_int_equal(unit_stats_of(unit.pool, LBUF_TIER_MIDDLE, 3000).out, 0);
			/* Nothing is left to do. */
			assert_int_equal(lbuf_compact(x, 8, &done), 0);
			assert_int_equal(done.copied, 0);
			if (kind == 1)
				lbuf_close(&slice);
			unit_put(&b, 0, 10);
			lbuf_close(&b);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		}
	}
}

/* Received packets of which little is left give their mbufs back. */
static void
mbufs_go_back(void **state)
{
	struct lbuf_compacted done;
	struct lbuf b, slice[20];
	unsigned int i;

	(void)state;
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 20; i++) {
		unit_add(&b, UNIT_MBUF, i * 1000, 1000);
		assert_int_equal(lbuf_slice(&b, 30, &slice[i]), 0);
		assert_int_equal(lbuf_skip(&b, 970), 0);
		assert_int_equal(lbuf_release(&b), 0);
	}
	assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 20);
	for (i = 0; i < 20; i++) {
		assert_int_equal(lbuf_compact(&slice[i], 4, &done), 0);
		assert_int_equal(done.copied, 30);
		assert_int_equal(done.unpinned, ROOM);
		assert_int_equal(rte_mempool_in_use_count(unit.mbufs), 19 - i);
		assert_fill(&slice[i], i * 1000, 30);
		assert_int_equal(lbuf_pinned(&slice[i]), 32 + 32);
		lbuf_close(&slice[i]);
	}
	lbuf_close(&b);
}

/* Many views of one piece of memory are not small if they are most of it together. */
static void
views_count_together(void **state)
{
	struct lbuf_compacted done;
	struct lbuf_ext *ext;
	const uint8_t *addr;
	unsigned int i;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	ext = unit_ext(0, 1000, &addr);
	lbuf_ext_set_size(ext, 1000);
	for (i = 0; i < 10; i++) {
		assert_int_equal(lbuf_write_ext(&b, ext, addr + i * 100, 60), 0);
		add_view(&b, i * 100 + 60, 40, 4000);
	}
	assert_int_equal(lbuf_compact(&b, 2, &done), 0);
	assert_int_equal(done.copied, 400);
	assert_int_equal(unit.exts, 1);
	assert_fill(&b, 0, 1000);
	/* Without the others they are: and at once the memory goes. */
	assert_int_equal(lbuf_skip(&b, 300), 0);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(lbuf_compact(&b, 2, &done), 0);
	assert_int_equal(done.copied, 420);
	assert_int_equal(done.unpinned, 1000);
	assert_int_equal(unit.exts, 0);
	assert_fill(&b, 300, 700);
	lbuf_close(&b);
}

/* Pointers that were handed out hold; reserved bytes can be written. */
static void
what_is_needed_stays(void **state)
{
	struct lbuf_compacted done;
	const uint8_t *p, *next;
	struct lbuf b;
	uint8_t *late;

	(void)state;
	lbuf_init(&b, unit.pool);
	add_view(&b, 0, 40, 4000);
	add_view(&b, 40, 40, 4000);
	add_view(&b, 80, 40, 4000);
	unit_put(&b, 120, 10);
	assert_non_null(late = lbuf_reserve(&b, 10));
	next = lbuf_next(&b, 50);
	p = lbuf_peek(&b, 30);
	assert_int_equal(lbuf_compact(&b, 2, &done), 0);
	assert_int_equal(done.copied, 40); /* the third */
	unit_scribble();
	assert_fill(&b, 50, 80);
	assert_same(next, 0, 50);
	assert_same(p, 50, 30);
	assert_ptr_equal(lbuf_peek(&b, 30), p);
	unit_fill(late, 130, 10);
	assert_int_equal(lbuf_flush(&b), 0);
	unit_put(&b, 140, 100);
	assert_fill(&b, 50, 190);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(lbuf_compact(&b, 2, &done), 0);
	assert_int_equal(done.copied, 30);
	assert_fill(&b, 50, 190);
	lbuf_close(&b);
}

/* The next peek gathers behind the copy, and does no harm to others' views. */
static void
goes_on_afterwards(void **state)
{
	struct lbuf b, clone;

	(void)state;
	lbuf_init(&b, unit.pool);
	add_view(&b, 0, 40, 4000);
	add_view(&b, 40, 1000, 1000);
	add_view(&b, 1040, 40, 4000);
	assert_int_equal(lbuf_clone(&b, 0, 1080, &clone), 0);
	assert_int_equal(lbuf_compact(&b, 4, NULL), 0);
	assert_int_equal(lbuf_compact(&clone, 4, NULL), 0);
	assert_int_equal(unit_stats_of(unit.pool, LBUF_TIER_MIDDLE, 4000).out, 0);
	assert_same(lbuf_peek(&b, 1080), 0, 1080);
	assert_int_equal(lbuf_release(&b), 0);
	memset(lbuf_edit(&b, 1080), 0, 1080);
	assert_fill(&clone, 0, 1080);
	lbuf_close(&b);
	assert_fill(&clone, 0, 1080);
	lbuf_close(&clone);
}

/* Who is called as memory goes may do anything to the buffer. */
static struct {
	struct lbuf b;
	struct lbuf_ext ext[40];
	uint8_t mem[40];
	unsigned int calls;
} loud;

static void
close_it(struct lbuf_ext *ext, void *arg)
{
	(void)ext;
	(void)arg;
	loud.calls++;
	lbuf_close(&loud.b);
}

static void
callbacks_may_close_it(void **state)
{
	struct lbuf_compacted done;
	unsigned int i, segs;

	(void)state;
	for (segs = 1; segs <= 40; segs++) {
		lbuf_init(&loud.b, unit.pool);
		loud.calls = 0;
		for (i = 0; i < segs; i++) {
			lbuf_ext_init(&loud.ext[i], close_it, NULL);
			lbuf_ext_set_size(&loud.ext[i], i % 4 == 3 ? 1 : 100);
			assert_int_equal(lbuf_write_ext(&loud.b, &loud.ext[i], &loud.mem[i], 1), 0);
		}
		assert_int_equal(lbuf_flush(&loud.b), 0);
		assert_int_equal(lbuf_compact(&loud.b, 50, &done), 0);
		assert_int_equal(done.copied, segs - segs / 4);
		assert_int_equal(done.unpinned, 100 * (segs - segs / 4));
		assert_int_equal(loud.calls, segs);
		assert_int_equal(lbuf_release(&loud.b), -EPIPE);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

static void
no_memory(void **state)
{
	struct lbuf_compacted done;
	unsigned int views, i;
	struct lbuf b;
	int ret, nth;

	(void)state;
	for (views = 1; views < 90; views += 11) {
		for (nth = 1, ret = -ENOMEM; ret != 0; nth++) {
			lbuf_init(&b, unit.pool);
			for (i = 0; i < views; i++)
				add_view(&b, (uint64_t)i * 3000, 3000, 30000);
			lbuf_pool_inject(unit.pool, nth);
			ret = lbuf_compact(&b, 5, &done);
			lbuf_pool_inject(unit.pool, 0);
			for (i = 0; i < views; i++) {
				assert_same(lbuf_peek(&b, 3000), (uint64_t)i * 3000, 3000);
				assert_int_equal(lbuf_skip(&b, 3000), 0);
			}
			assert_int_equal(lbuf_release(&b), 0);
			lbuf_close(&b);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
			if (ret != 0)
				assert_int_equal(ret, -ENOMEM);
			else
				assert_int_equal(done.copied, (uint64_t)views * 3000);
		}
		assert_true(nth > 2);
	}
	/* What has been copied until then is told. */
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 60; i++)
		add_view(&b, (uint64_t)i * 3000, 3000, 30000);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_pinned(&b), -ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	lbuf_pool_inject(unit.pool, 5); /* a table, a vector, two chunks, and then none */
	assert_int_equal(lbuf_compact(&b, 5, &done), -ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	assert_true(done.copied > 100000 && done.copied < 60 * 3000);
	assert_true(done.unpinned >= 10 * done.copied);
	assert_fill(&b, 0, 60 * 3000);
	assert_int_equal(lbuf_compact(&b, 5, &done), 0);
	assert_fill(&b, 0, 60 * 3000);
	lbuf_close(&b);
}

static void
errors(void **state)
{
	struct lbuf_compacted done = { 7, 7 };
	struct lbuf b;

	(void)state;
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_compact(&b, 0, &done), -EINVAL);
	assert_int_equal(done.copied + done.unpinned, 0);
	assert_int_equal(lbuf_compact(&b, 1, NULL), 0);
	assert_int_equal(lbuf_compact(&b, UINT32_MAX, &done), 0);
	lbuf_close(&b);
	assert_int_equal(lbuf_compact(&b, 1, &done), -EPIPE);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(pinned),
	UNIT_TEST(pinned_by_clones_of_an_mbuf),
	UNIT_TEST(shared),
	UNIT_TEST_NO_CACHE(small_views_go),
	UNIT_TEST_NO_CACHE(mbufs_go_back),
	UNIT_TEST(views_count_together),
	UNIT_TEST(what_is_needed_stays),
	UNIT_TEST_NO_CACHE(goes_on_afterwards),
	UNIT_TEST_NO_CACHE(callbacks_may_close_it),
	UNIT_TEST_NO_CACHE(no_memory),
	UNIT_TEST(errors),
};

UNIT_MAIN(tests)
