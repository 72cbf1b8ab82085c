/* SPDX-License-Identifier: BSD-3-Clause */

/* External memory: its free callback runs once, after the last reference. */

#include <errno.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_ring.h>

#include "unit.h"

/* A piece of memory that counts its callbacks. */
struct counted {
	struct lbuf_ext ext;
	unsigned int calls;
	unsigned int lcore;
	uint8_t mem[100];
};

static void
count(struct lbuf_ext *ext, void *arg)
{
	struct counted *c = arg;

	if (ext != &c->ext || ext->mem.refcnt != 0)
		unit.errors++;
	c->calls++;
	c->lcore = rte_lcore_id();
}

static void
counted_init(struct counted *c, uint64_t pos)
{
	memset(c, 0x11, sizeof(*c));
	lbuf_ext_init(&c->ext, count, c);
	c->calls = 0;
	c->lcore = LCORE_ID_ANY;
	unit_fill(c->mem, pos, sizeof(c->mem));
}

static void
write_counted(struct lbuf *b, struct counted *c, uint64_t from, size_t n)
{
	assert_int_equal(lbuf_write_ext(b, &c->ext, c->mem + from, n), 0);
	assert_int_equal(lbuf_flush(b), 0);
}

static void
initial_state(void **state)
{
	struct counted c;

	(void)state;
	counted_init(&c, 0);
	assert_int_equal(c.ext.mem.refcnt, 0);
	assert_int_equal(c.ext.mem.kind, LBUF_MEM_EXT);
	assert_int_equal(c.ext.mem.flags, 0);
	assert_ptr_equal(c.ext.free_cb, count);
	assert_ptr_equal(c.ext.arg, &c);
	assert_true(c.ext.iova == RTE_BAD_IOVA);
	lbuf_ext_set_iova(&c.ext, c.mem, 4711);
	assert_ptr_equal(c.ext.base, c.mem);
	assert_true(c.ext.iova == 4711);
	assert_int_equal(c.calls, 0);
}

static void
once_when_released(void **state)
{
	struct counted c;
	struct lbuf b;

	(void)state;
	counted_init(&c, 0);
	lbuf_init(&b, unit.pool);
	write_counted(&b, &c, 0, 100);
	assert_int_equal(c.ext.mem.refcnt, 1);
	assert_same(lbuf_next(&b, 60), 0, 60);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(c.calls, 0);
	assert_int_equal(lbuf_skip(&b, 40), 0);
	assert_int_equal(c.calls, 0);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(lbuf_release(&b), 0);
	lbuf_close(&b);
	assert_int_equal(c.calls, 1);
}

static void
once_when_closed(void **state)
{
	struct counted c;
	struct lbuf b;
	unsigned int i;

	(void)state;
	/* Readable, half consumed, pending. */
	for (i = 0; i < 3; i++) {
		counted_init(&c, 0);
		lbuf_init(&b, unit.pool);
		assert_int_equal(lbuf_write_ext(&b, &c.ext, c.mem, 100), 0);
		if (i < 2)
			assert_int_equal(lbuf_flush(&b), 0);
		if (i == 1)
			assert_non_null(lbuf_next(&b, 50));
		assert_int_equal(c.calls, 0);
		lbuf_close(&b);
		assert_int_equal(c.calls, 1);
		lbuf_close(&b);
		assert_int_equal(c.calls, 1);
	}
}

static void
once_when_acked_away(void **state)
{
	struct counted c;
	struct lbuf b;

	(void)state;
	counted_init(&c, 0);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_write(&b, "before", 6), 0);
	assert_int_equal(lbuf_write_ext(&b, &c.ext, c.mem, 100), 0);
	assert_int_equal(lbuf_ack(&b, 50), 0);
	assert_int_equal(c.calls, 0);
	assert_int_equal(lbuf_ack(&b, 6), 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "before");
	lbuf_close(&b);
	assert_int_equal(c.calls, 1);
}

/* Errors and nothing take no reference. */
static void
no_reference_without_bytes(void **state)
{
	struct counted c;
	struct lbuf b;

	(void)state;
	counted_init(&c, 0);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_write_ext(&b, &c.ext, c.mem, 0), 0);
	assert_int_equal(lbuf_insert_ext(&b, &c.ext, c.mem, 10, 1), -ERANGE);
	lbuf_close(&b);
	assert_int_equal(lbuf_write_ext(&b, &c.ext, c.mem, 10), -EPIPE);
	assert_int_equal(c.ext.mem.refcnt, 0);
	assert_int_equal(c.calls, 0);
}

/* Many views of one piece, given back in every order. */
static void
last_of_many_views(void **state)
{
	struct lbuf b[4], slice[4];
	struct counted c;
	unsigned int order, i, k;

	(void)state;
	for (order = 0; order < 8; order++) {
		counted_init(&c, 0);
		for (i = 0; i < 4; i++) {
			lbuf_init(&b[i], unit.pool);
			write_counted(&b[i], &c, i * 20, 30);
			write_counted(&b[i], &c, 0, 10);
			assert_int_equal(lbuf_slice(&b[i], 35, &slice[i]), 0);
		}
		assert_int_equal(c.ext.mem.refcnt, 12);
		for (i = 0; i < 8; i++) {
			assert_int_equal(c.calls, 0);
			k = (i * 5 + order) % 8;
			lbuf_close(k < 4 ? &b[k] : &slice[k - 4]);
		}
		assert_int_equal(c.calls, 1);
	}
}

static void
more_references_than_16_bits_count(void **state)
{
	struct counted c;
	struct lbuf b;
	unsigned int i;

	(void)state;
	counted_init(&c, 0);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 70000; i++)
		write_counted(&b, &c, i % 100, 1);
	assert_int_equal(c.ext.mem.refcnt, 70000);
	assert_int_equal(lbuf_skip(&b, 69999), 0);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(c.ext.mem.refcnt, 1);
	assert_int_equal(c.calls, 0);
	assert_fill(&b, 99, 1);
	lbuf_close(&b);
	assert_int_equal(c.calls, 1);
}

static void
used_again_after_the_callback(void **state)
{
	struct counted c;
	struct lbuf b;
	unsigned int i;

	(void)state;
	counted_init(&c, 0);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 10; i++) {
		write_counted(&b, &c, 0, 100);
		unit_drain(&b, 0, 100);
		assert_int_equal(lbuf_release(&b), 0);
		assert_int_equal(c.calls, i + 1);
		assert_int_equal(c.ext.mem.refcnt, 0);
	}
	lbuf_close(&b);
	assert_int_equal(c.calls, 10);
}

/* A callback that writes its memory to another buffer, as often as it is let. */
struct again {
	struct lbuf_ext ext;
	struct lbuf *to;
	unsigned int calls;
	uint8_t mem[50];
};

static void
write_again(struct lbuf_ext *ext, void *arg)
{
	struct again *a = arg;

	if (++a->calls == 3)
		return;
	if (a->calls == 2)
		lbuf_ext_init(ext, write_again, a); /* initialised anew is fine, too */
	if (lbuf_write_ext(a->to, ext, a->mem, sizeof(a->mem)) != 0 || lbuf_flush(a->to) != 0)
		unit.errors++;
}

static void
used_in_the_callback(void **state)
{
	struct lbuf b, other;
	struct again a = { .to = &other };

	(void)state;
	lbuf_init(&b, unit.pool);
	lbuf_init(&other, unit.pool);
	lbuf_ext_init(&a.ext, write_again, &a);
	unit_fill(a.mem, 0, sizeof(a.mem));
	assert_int_equal(lbuf_write_ext(&b, &a.ext, a.mem, sizeof(a.mem)), 0);
	lbuf_close(&b);
	assert_int_equal(a.calls, 1);
	assert_fill(&other, 0, 50);
	assert_int_equal(lbuf_append(&b, &other), -EPIPE);
	lbuf_init(&b, unit.pool);
	a.to = &b;
	lbuf_close(&other);
	assert_int_equal(a.calls, 2);
	assert_fill(&b, 0, 50);
	lbuf_close(&b);
	assert_int_equal(a.calls, 3);
}

static void
without_callback(void **state)
{
	static const char text[] = "always there";
	struct lbuf_ext ext;
	struct lbuf b;

	(void)state;
	lbuf_ext_init(&ext, NULL, NULL);
	lbuf_init(&b, unit.pool);
	assert_int_equal(lbuf_write_ext(&b, &ext, text, sizeof(text) - 1), 0);
	assert_int_equal(lbuf_write_ext(&b, &ext, text, 6), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_str(&b, "always therealways");
	lbuf_close(&b);
	assert_int_equal(ext.mem.refcnt, 0);
}

/* Inserted in the middle it divides what was pending, and is back all the same. */
static void
inserted_anywhere(void **state)
{
	uint64_t remain;
	struct counted c;
	unsigned int kind;
	struct lbuf b, donor;

	(void)state;
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		for (remain = 0; remain <= 60; remain++) {
			counted_init(&c, 5000);
			lbuf_init(&b, unit.pool);
			lbuf_init(&donor, unit.pool);
			unit_put(&b, 100, 10);
			unit_add(&donor, (enum unit_kind)kind, 0, 30);
			unit_add(&donor, (enum unit_kind)((kind + 1) % UNIT_KINDS), 30, 30);
			assert_int_equal(lbuf_append(&b, &donor), 0);
			assert_int_equal(lbuf_insert_ext(&b, &c.ext, c.mem, 100, remain), 0);
			assert_int_equal(lbuf_insert_ext(&b, &c.ext, c.mem, 100, 161), -ERANGE);
			assert_int_equal(lbuf_pending(&b), 160);
			assert_int_equal(lbuf_flush(&b), 0);
			assert_same(lbuf_next(&b, 10), 100, 10);
			if (remain < 60)
				assert_same(lbuf_next(&b, 60 - remain), 0, 60 - remain);
			assert_same(lbuf_next(&b, 100), 5000, 100);
			assert_fill(&b, 60 - remain, remain);
			lbuf_close(&b);
			lbuf_close(&donor);
			assert_int_equal(c.calls, 1);
		}
	}
}

/* What is visible on both sides of a hand-over is counted with atomics, only that. */
static void
handoff_marks_what_is_shared(void **state)
{
	struct counted both, own, held, pending;
	struct lbuf b, slice;

	(void)state;
	counted_init(&both, 0);
	counted_init(&own, 100);
	counted_init(&held, 200);
	counted_init(&pending, 300);
	lbuf_init(&b, unit.pool);
	write_counted(&b, &held, 0, 10);
	write_counted(&b, &own, 0, 20);
	write_counted(&b, &both, 0, 30);
	assert_same(lbuf_peek(&b, 10), 200, 10); /* b goes on holding it */
	assert_int_equal(lbuf_slice(&b, 45, &slice), 0);
	lbuf_handoff(&slice);
	assert_int_equal(held.ext.mem.flags, LBUF_MEM_SHARED);
	assert_int_equal(own.ext.mem.flags, 0);
	assert_int_equal(both.ext.mem.flags, LBUF_MEM_SHARED);
	assert_int_equal(both.ext.mem.refcnt, 2);
	lbuf_close(&slice);
	assert_int_equal(own.calls, 1);
	assert_int_equal(held.calls + both.calls, 0);
	/* A buffer of one's own, that others have slices of: pending bytes, too. */
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(held.calls, 1);
	assert_int_equal(lbuf_write_ext(&b, &pending.ext, pending.mem, 10), 0);
	assert_int_equal(lbuf_insert_ext(&b, &own.ext, own.mem, 10, 5), 0);
	lbuf_handoff(&b);
	assert_int_equal(pending.ext.mem.flags, LBUF_MEM_SHARED);
	assert_int_equal(own.ext.mem.flags, 0);
	lbuf_close(&b);
	assert_int_equal(own.calls, 2);
	assert_int_equal(held.calls + both.calls + pending.calls, 3);
	assert_int_equal(both.ext.mem.flags + pending.ext.mem.flags, 0);
}

static int
close_here(void *arg)
{
	lbuf_close(arg);
	return 0;
}

/* On the lcore that drops the last reference. */
static void
on_the_dropping_lcore(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), last;
	struct lbuf b, slice;
	struct counted c;

	(void)state;
	for (last = 0; last < 2; last++) {
		counted_init(&c, 0);
		lbuf_init(&b, unit.pool);
		write_counted(&b, &c, 0, 100);
		assert_int_equal(lbuf_slice(&b, 40, &slice), 0);
		lbuf_handoff(&slice);
		if (last == 1)
			lbuf_close(&b);
		assert_int_equal(rte_eal_remote_launch(close_here, &slice, lcore), 0);
		assert_int_equal(rte_eal_wait_lcore(lcore), 0);
		assert_int_equal(c.calls, last);
		lbuf_close(&b);
		assert_int_equal(c.calls, 1);
		assert_int_equal(c.lcore, last == 1 ? lcore : rte_lcore_id());
	}
}

/* Of a reserve with external memory in its midst each number of bytes is kept. */
static void
case_38_ack_of_fewer_than_reserved(void **state)
{
	enum {
		FRONT = 60,
		INS = 46,
		BACK = 40,
		ALL = FRONT + INS + BACK
	};
	const uint8_t *addr;
	struct lbuf_ext *ext;
	unsigned int n;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	for (n = 0; n <= ALL; n++) {
		lbuf_init(&b, unit.pool);
		unit_put(&b, 0, 5);
		p = lbuf_reserve(&b, FRONT + BACK);
		assert_non_null(p);
		unit_fill(p, 5, FRONT);
		unit_fill(p + FRONT, 5 + FRONT + INS, BACK);
		ext = unit_ext(5 + FRONT, INS, &addr);
		assert_int_equal(lbuf_insert_ext(&b, ext, addr, INS, BACK), 0);
		assert_int_equal(lbuf_pending(&b), ALL);
		assert_int_equal(lbuf_ack(&b, n), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_fill(&b, 0, 5 + n);
		unit_put(&b, 5 + n, 10);
		unit_scribble();
		assert_fill(&b, 0, 15 + n);
		lbuf_close(&b);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(initial_state),
	UNIT_TEST(once_when_released),
	UNIT_TEST(once_when_closed),
	UNIT_TEST(once_when_acked_away),
	UNIT_TEST(no_reference_without_bytes),
	UNIT_TEST(last_of_many_views),
	UNIT_TEST(more_references_than_16_bits_count),
	UNIT_TEST(used_again_after_the_callback),
	UNIT_TEST(used_in_the_callback),
	UNIT_TEST(without_callback),
	UNIT_TEST(inserted_anywhere),
	UNIT_TEST(case_38_ack_of_fewer_than_reserved),
	UNIT_TEST(handoff_marks_what_is_shared),
	UNIT_TEST(on_the_dropping_lcore),
};

UNIT_MAIN(tests)
