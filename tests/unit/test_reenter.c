/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Free callbacks that call verbs: on the buffer by whose release, close, ack, trim or
 * compaction they are called, and on others. Every reference is dropped once, whatever they do.
 */

#include <errno.h>
#include <stdlib.h>

#include <lbuf_debug.h>
#include <lbuf_wait.h>

#include "unit.h"

#define PIECE 16
#define PIECES 100
/* Segments that one callback adds: more than a vector has room for at first. */
#define MANY 60

enum what {
	CLOSE,
	CLOSE_AND_FREE,
	CLOSE_AND_OPEN,
	RELEASE,
	ACK,
	SKIP,
	READ,
	PEEK,
	EDIT,
	SLICE,
	CLONE,
	PREPEND,
	WRITE,
	WRITE_MANY,
	APPEND,
	SAME_AGAIN,
	TRIM,
	SPLICE,
	SWAP,
	COMPACT,
	WHATS
};

/* How the references go. */
enum how {
	BY_RELEASE,
	BY_RELEASE_OF_HALF,
	BY_CLOSE,
	BY_ACK,
	BY_ACK_OF_HALF,
	BY_CLOSE_OF_SLICE,
	BY_RELEASE_OF_SLICE,
	BY_TRIM,
	BY_TRIM_OF_HALF,
	BY_TRIM_BEFORE_PENDING,
	BY_TRIM_OF_SLICE,
	BY_COMPACT,
	HOWS
};

/* A piece of memory: external, or attached to an mbuf. */
struct piece {
	struct lbuf_ext ext;
	struct rte_mbuf_ext_shared_info info;
	unsigned int calls;
	uint8_t mem[PIECE];
};

static struct {
	struct lbuf_pool *pool;
	struct lbuf *b; /* NULL: closed, and its memory freed */
	enum what what;
	struct piece piece[PIECES];
	struct lbuf_ext always;
} test;

static void
act(struct piece *p)
{
	struct lbuf *b = test.b, other;
	uint8_t mem[PIECE] = { 0 };
	unsigned int i;

	p->calls++;
	if (b == NULL)
		return;
	switch (test.what) {
	case CLOSE:
		lbuf_close(b);
		break;
	case CLOSE_AND_FREE:
		test.b = NULL;
		lbuf_close(b);
		memset(b, 0xee, sizeof(*b));
		free(b);
		break;
	case CLOSE_AND_OPEN:
		lbuf_close(b);
		/* Unless a callback that this one led to has opened it. */
		if (lbuf_release(b) == -EPIPE) {
			lbuf_init(b, test.pool);
			lbuf_write(b, "new", 3);
		}
		break;
	case RELEASE:
		lbuf_release(b);
		break;
	case ACK:
		lbuf_ack(b, 0);
		break;
	case SKIP:
		lbuf_skip(b, RTE_MIN(lbuf_len(b), (uint64_t)3));
		lbuf_release(b);
		break;
	case READ:
		lbuf_read(b, mem, RTE_MIN(lbuf_len(b), (uint64_t)PIECE));
		break;
	case PEEK:
		lbuf_peek(b, RTE_MIN(lbuf_len(b), (uint64_t)3 * PIECE));
		break;
	case EDIT:
		lbuf_edit(b, RTE_MIN(lbuf_len(b), (uint64_t)3 * PIECE));
		break;
	case SLICE:
		if (lbuf_slice(b, lbuf_len(b) / 2, &other) == 0)
			lbuf_close(&other);
		break;
	case CLONE:
		if (lbuf_clone(b, 0, lbuf_len(b), &other) == 0)
			lbuf_close(&other);
		break;
	case PREPEND:
		if (lbuf_prepend(b, 5) != NULL)
			lbuf_release(b);
		break;
	case WRITE:
		lbuf_write(b, mem, sizeof(mem));
		lbuf_flush(b);
		break;
	case WRITE_MANY:
		for (i = 0; i < MANY; i++)
			lbuf_write_ext(b, &test.always, "x", 1);
		break;
	case APPEND:
		lbuf_init(&other, test.pool);
		for (i = 0; i < MANY; i++)
			lbuf_write_ext(&other, &test.always, "x", 1);
		lbuf_append(b, &other);
		lbuf_close(&other);
		break;
	case SAME_AGAIN:
		if (p->calls == 1)
			lbuf_write_ext(b, &p->ext, p->mem, PIECE);
		break;
	case TRIM:
		lbuf_trim(b, RTE_MIN(lbuf_len(b), (uint64_t)3 * PIECE));
		break;
	case SPLICE:
		for (i = 0; i < MANY; i++)
			lbuf_splice_ext(b, lbuf_len(b) / 2, &test.always, "x", 1);
		break;
	case SWAP:
		lbuf_init(&other, test.pool);
		lbuf_swap(b, &other);
		lbuf_close(&other);
		break;
	case COMPACT:
		lbuf_compact(b, 1, NULL);
		break;
	case WHATS:
		break;
	}
}

static void
ext_done(struct lbuf_ext *ext, void *arg)
{
	if (ext->mem.refcnt != 0)
		unit.errors++;
	act(arg);
}

static void
mbuf_done(void *addr, void *arg)
{
	(void)addr;
	act(arg);
}

/* A packet whose bytes, n of them, lie in a piece. */
static struct rte_mbuf *
attached(struct piece *p, uint16_t n)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(unit.tiny);

	assert_non_null(m);
	p->info.free_cb = mbuf_done;
	p->info.fcb_opaque = p;
	rte_mbuf_ext_refcnt_set(&p->info, 1);
	rte_pktmbuf_attach_extbuf(m, p->mem, RTE_BAD_IOVA, PIECE, &p->info);
	rte_pktmbuf_append(m, n);
	return m;
}

static void
add_piece(struct lbuf *b, unsigned int i, bool mbufs)
{
	struct piece *p = &test.piece[i];

	p->calls = 0;
	unit_fill(p->mem, (uint64_t)i * PIECE, PIECE);
	lbuf_ext_init(&p->ext, ext_done, p);
	lbuf_ext_set_size(&p->ext, (size_t)100 * PIECE); /* for compaction */
	if (mbufs)
		assert_int_equal(lbuf_append_mbuf(b, attached(p, PIECE)), 0);
	else
		assert_int_equal(lbuf_write_ext(b, &p->ext, p->mem, PIECE), 0);
}

/* Let the references of n pieces go. */
static void
let_go(struct lbuf *b, enum how how, unsigned int n)
{
	uint64_t len = (uint64_t)n * PIECE;

	switch (how) {
	case BY_RELEASE:
	case BY_RELEASE_OF_SLICE:
		assert_int_equal(lbuf_skip(b, len), 0);
		assert_int_equal(lbuf_release(b), 0);
		break;
	case BY_RELEASE_OF_HALF:
		assert_int_equal(lbuf_skip(b, len / 2), 0);
		assert_int_equal(lbuf_release(b), 0);
		break;
	case BY_ACK:
		assert_int_equal(lbuf_ack(b, 0), 0);
		break;
	case BY_ACK_OF_HALF:
		assert_int_equal(lbuf_ack(b, len / 2), 0);
		break;
	case BY_TRIM_BEFORE_PENDING:
		assert_int_equal(lbuf_write_ext(b, &test.always, "x", 1), 0);
		/* fall through */
	case BY_TRIM:
	case BY_TRIM_OF_SLICE:
		assert_int_equal(lbuf_trim(b, len), 0);
		break;
	case BY_TRIM_OF_HALF:
		assert_int_equal(lbuf_trim(b, len / 2), 0);
		break;
	case BY_COMPACT:
		assert_int_equal(lbuf_compact(b, 10, NULL), 0);
		break;
	default:
		lbuf_close(b);
		break;
	}
}

static bool
is_of_slice(enum how how)
{
	return how == BY_CLOSE_OF_SLICE || how == BY_RELEASE_OF_SLICE || how == BY_TRIM_OF_SLICE;
}

static void
run(enum how how, unsigned int n, bool mbufs)
{
	struct lbuf *b = malloc(sizeof(*b)), whole, *first = is_of_slice(how) ? &whole : b;
	unsigned int i;

	assert_non_null(b);
	lbuf_ext_init(&test.always, NULL, NULL);
	lbuf_init(first, test.pool);
	for (i = 0; i < n; i++)
		add_piece(first, i, mbufs);
	if (how != BY_ACK && how != BY_ACK_OF_HALF)
		assert_int_equal(lbuf_flush(first), 0);
	if (first == &whole) {
		assert_int_equal(lbuf_slice(&whole, lbuf_len(&whole), b), 0);
		lbuf_close(&whole);
	}
	test.b = b;
	let_go(b, how, n);
	b = test.b;
	test.b = NULL;
	lbuf_close(b);
	free(b);
	for (i = 0; i < n; i++) {
		/* It is called again only if the buffer was still open to take it. */
		assert_in_range(test.piece[i].calls, 1, test.what == SAME_AGAIN ? 2 : 1);
		assert_int_equal(test.piece[i].ext.mem.refcnt, 0);
	}
	assert_int_equal(test.always.mem.refcnt, 0);
	assert_int_equal(lbuf_pool_chunks_out(test.pool), 0);
	assert_int_equal(rte_mempool_in_use_count(unit.tiny), 0);
	assert_int_equal(unit.errors, 0);
}

static void
run_all(bool mbufs)
{
	static const unsigned int segs[] = { 1, 2, 4, 5, 31, 32, 65, PIECES };
	unsigned int how, i;

	for (test.what = 0; test.what < WHATS; test.what++)
		for (how = 0; how < HOWS; how++)
			for (i = 0; i < RTE_DIM(segs); i++)
				run(how, segs[i], mbufs);
}

static void
of_external_memory(void **state)
{
	(void)state;
	test.pool = unit.pool;
	run_all(false);
}

static void
of_memory_attached_to_mbufs(void **state)
{
	(void)state;
	test.pool = unit.pool;
	run_all(true);
}

static void
in_a_debug_pool(void **state)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_DEBUG };

	(void)state;
	test.pool = lbuf_pool_create("reenter", &params);
	assert_non_null(test.pool);
	run_all(false);
	run_all(true);
	assert_int_equal(lbuf_pool_bugs(test.pool), 0);
	assert_int_equal(lbuf_pool_free(test.pool), 0);
}

/* mbufs without data are freed when they are appended. */
static void
of_segments_without_data(void **state)
{
	struct rte_mbuf *head, *m;
	struct lbuf b;
	unsigned int i;

	(void)state;
	test.pool = unit.pool;
	for (test.what = 0; test.what < WHATS; test.what++) {
		if (test.what == CLOSE_AND_FREE || test.what == SAME_AGAIN)
			continue;
		lbuf_ext_init(&test.always, NULL, NULL);
		lbuf_init(&b, unit.pool);
		head = unit_mbuf(unit.tiny, 0, 10);
		for (i = 0; i < 12; i++) {
			test.piece[i].calls = 0;
			m = attached(&test.piece[i], 0);
			if (i % 3 == 0)
				rte_mbuf_refcnt_update(m, 1);
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
			assert_int_equal(rte_pktmbuf_chain(head, unit_mbuf(unit.tiny, 10, 10)), 0);
			if (i % 3 == 0)
				rte_mbuf_refcnt_update(m, -1);
		}
		test.b = &b;
		assert_int_equal(lbuf_append_mbuf(&b, head), 0);
		test.b = NULL;
		for (i = 0; i < 12; i++)
			assert_int_equal(test.piece[i].calls, 1);
		lbuf_close(&b);
		assert_int_equal(rte_mempool_in_use_count(unit.tiny), 0);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
}

struct served {
	struct lbuf_waiter w;
	struct lbuf *b;
	unsigned int calls;
};

/* Who waits for memory uses the buffer whose close brought it. */
static void
use_buffer(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	struct served *s = arg;

	(void)w;
	lbuf_chunk_put(chunk);
	s->calls++;
	lbuf_close(s->b);
	lbuf_init(s->b, test.pool);
	if (lbuf_write(s->b, "here", 4) != 0 || lbuf_flush(s->b) != 0)
		unit.errors++;
}

static void
of_those_who_wait_for_memory(void **state)
{
	struct lbuf_pool_params params = {
		.limit_bytes = LBUF_LIMIT_MIN,
		.flags = LBUF_POOL_F_NO_BACKGROUND,
	};
	const size_t size = LBUF_LIMIT_MIN / 4;
	struct served s = { 0 };
	struct lbuf b;
	unsigned int n = 0;

	(void)state;
	test.pool = lbuf_pool_create("reenter", &params);
	assert_non_null(test.pool);
	lbuf_init(&b, test.pool);
	while (lbuf_reserve(&b, size) != NULL)
		n++;
	assert_int_not_equal(n, 0);
	s.b = &b;
	assert_int_equal(lbuf_chunk_wait(test.pool, &s.w, size, SOCKET_ID_ANY, use_buffer, &s), 0);
	assert_int_equal(s.calls, 0);
	lbuf_close(&b);
	assert_int_equal(s.calls, 1);
	assert_str(&b, "here");
	lbuf_close(&b);
	assert_int_equal(lbuf_pool_free(test.pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(of_external_memory),
	UNIT_TEST(of_memory_attached_to_mbufs),
	UNIT_TEST(in_a_debug_pool),
	UNIT_TEST(of_segments_without_data),
	UNIT_TEST(of_those_who_wait_for_memory),
};

UNIT_MAIN(tests)
