/* SPDX-License-Identifier: BSD-3-Clause */

/* A socket's limit, and those who wait for memory. */

#include <errno.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include <lbuf_debug.h>
#include <lbuf_wait.h>

#include "unit.h"

#define MIB ((size_t)1 << 20)
#define LIMIT (16 * MIB)
/* The largest slab, and its descriptors. */
#define SLAB (3 * MIB)
#define CHUNKS_MAX 20000
#define LEFT 20

static struct lbuf_chunk *chunks[CHUNKS_MAX];

static struct lbuf_pool *
limited(const char *name, size_t bytes)
{
	struct lbuf_pool_params params = {
		.limit_bytes = bytes,
		.flags = LBUF_POOL_F_NO_BACKGROUND | LBUF_POOL_F_BASE_PAGES,
		.policy = LBUF_POLICY_STRICT,
	};
	struct lbuf_pool *pool = lbuf_pool_create(name, &params);

	assert_non_null(pool);
	return pool;
}

/* Allocate until it fails, which must be for the limit. */
static unsigned int
exhaust(struct lbuf_pool *pool, size_t size)
{
	unsigned int n = 0;

	rte_errno = 0;
	while (n < CHUNKS_MAX && (chunks[n] = lbuf_chunk_alloc(pool, size)) != NULL)
		n++;
	assert_in_range(n, 0, CHUNKS_MAX - 1);
	assert_int_equal(rte_errno, ENOBUFS);
	return n;
}

static int
socket_of(void)
{
	return (int)rte_socket_id_by_idx(0);
}

static void
exact_to_a_slab(void **state)
{
	static const size_t size[] = { 1000, 2048, 70000, MIB };
	struct lbuf_pool_stats stats;
	struct lbuf_pool *pool;
	unsigned int i, n;

	(void)state;
	for (i = 0; i < RTE_DIM(size); i++) {
		pool = limited("exact", LIMIT);
		n = exhaust(pool, size[i]);
		stats = unit_stats(pool);
		assert_in_range(stats.bytes, LIMIT - SLAB, LIMIT);
		assert_int_equal(stats.failures, 1);
		assert_int_equal(stats.out, n);
		lbuf_chunk_put_bulk(chunks, n);
		assert_int_equal(lbuf_pool_free(pool), 0);
	}
}

/* How often a text is in another. */
static unsigned int
times_in(const char *text, const char *word)
{
	unsigned int n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text++;
		n++;
	}
	return n;
}

/* What the log says while a pool with a limit runs out of memory, and is asked again. */
static char *
log_of_shortage(struct lbuf_pool *pool, unsigned int again, unsigned int *n)
{
	const char *tag = lbuf_tag_set("hog");
	char *text = NULL;
	size_t len;
	FILE *log = open_memstream(&text, &len);

	assert_non_null(log);
	rte_openlog_stream(log);
	*n = exhaust(pool, 2048);
	while (again-- > 0)
		assert_null(lbuf_chunk_alloc(pool, 2048));
	rte_openlog_stream(NULL);
	fclose(log);
	lbuf_tag_set(tag);
	return text;
}

/* It says who holds memory, and what helps, and only once a second. */
static void
the_log_tells_what_helps(void **state)
{
	struct lbuf_pool *pool = limited("report", LIMIT);
	unsigned int n, left;
	char *text;

	(void)state;
	text = log_of_shortage(pool, 10, &n);
	assert_int_equal(times_in(text, "pool report: at its limit: no 2048 B on socket"), 1);
	assert_int_equal(times_in(text, "of at most 16777216"), 1);
	assert_int_equal(times_in(text, "middle: "), 1);
	assert_in_range(times_in(text, "chunks of 2048 B, tag hog, by "), 1, 5);
	assert_int_equal(times_in(text, "what helps: free chunks, or raise limit_bytes"), 1);
	free(text);
	lbuf_chunk_put_bulk(chunks, n);
	rte_delay_ms(1100);
	text = log_of_shortage(pool, 10, &left);
	assert_int_equal(times_in(text, "at its limit"), 1);
	free(text);
	lbuf_chunk_put_bulk(chunks, left);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* All tiers together; idle memory of one serves another. */
static void
over_all_tiers(void **state)
{
	struct lbuf_pool *pool = limited("tiers", 4 * LIMIT);
	struct lbuf_chunk *large = lbuf_chunk_alloc(pool, 3 * LIMIT);
	unsigned int n;

	(void)state;
	if (large == NULL) { /* no memory for that here */
		assert_int_equal(rte_errno, ENOMEM);
		lbuf_pool_free(pool);
		skip();
	}
	assert_null_errno(lbuf_chunk_alloc(pool, 2 * LIMIT), ENOBUFS);
	n = exhaust(pool, 64 << 10);
	assert_in_range(n, (LIMIT - SLAB) / (64 << 10), LIMIT / (64 << 10));
	/* Kept for the next one, but given up for those who need it. */
	lbuf_chunk_put(large);
	assert_in_range(unit_stats(pool).bytes, 3 * LIMIT, 4 * LIMIT);
	lbuf_chunk_put_bulk(chunks, n);
	n = exhaust(pool, 64 << 10);
	assert_in_range(n, 4 * (LIMIT - SLAB) / (64 << 10), 4 * LIMIT / (64 << 10));
	lbuf_chunk_put_bulk(chunks, n);
	lbuf_pool_flush(pool);
	large = lbuf_chunk_alloc(pool, 3 * LIMIT);
	assert_non_null(large);
	lbuf_chunk_put(large);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
changed_at_run_time(void **state)
{
	struct lbuf_pool *pool = limited("change", 0);
	unsigned int n, more;

	(void)state;
	for (n = 0; n < 1000; n++) {
		chunks[n] = lbuf_chunk_alloc(pool, 16 << 10);
		assert_non_null(chunks[n]);
	}
	assert_int_equal(lbuf_pool_limit_set(pool, socket_of(), LBUF_LIMIT_MIN), 0);
	more = 0;
	while ((chunks[n + more] = lbuf_chunk_alloc(pool, 16 << 10)) != NULL)
		more++;
	assert_int_equal(rte_errno, ENOBUFS);
	assert_in_range(more, 0, SLAB / (16 << 10)); /* what there was */
	/* Freed memory goes until the limit is kept. */
	lbuf_chunk_put_bulk(chunks, n + more);
	lbuf_pool_flush(pool);
	assert_int_equal(lbuf_pool_limit_set(pool, socket_of(), LBUF_LIMIT_MIN), 0);
	assert_in_range(unit_stats(pool).bytes, 0, LBUF_LIMIT_MIN);
	n = exhaust(pool, 16 << 10);
	assert_in_range(n, 1, LBUF_LIMIT_MIN / (16 << 10));
	assert_int_equal(lbuf_pool_limit_set(pool, socket_of(), 0), 0);
	chunks[n] = lbuf_chunk_alloc(pool, MIB);
	assert_non_null(chunks[n]);
	lbuf_chunk_put_bulk(chunks, n + 1);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
bad_limits(void **state)
{
	static const struct lbuf_pool_params bad[] = {
		{ .limit_bytes = 1 },
		{ .limit_bytes = LBUF_LIMIT_MIN - 1 },
		{ .nb_sockets = LBUF_SOCKETS_MAX + 1 },
		{ .nb_sockets = 1, .sockets = { 9999 } },
		{ .nb_sockets = 1, .sockets = { -1 } },
		{ .nb_sockets = 2, .sockets = { 0, 0 } },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(bad); i++)
		assert_null_errno(lbuf_pool_create("bad", &bad[i]), EINVAL);
	assert_int_equal(lbuf_pool_limit_set(NULL, 0, 0), -EINVAL);
	assert_int_equal(lbuf_pool_limit_set(unit.pool, 9999, 0), -EINVAL);
	assert_int_equal(lbuf_pool_limit_set(unit.pool, socket_of(), LBUF_LIMIT_MIN - 1), -EINVAL);
}

/* A waiter of the tests, and what it got. */
struct queued {
	struct lbuf_waiter w;
	struct lbuf_chunk *chunk;
	unsigned int turn;
};

static unsigned int turns;

static void
got(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	struct queued *q = arg;

	assert_ptr_equal(&q->w, w);
	q->chunk = chunk;
	q->turn = __atomic_add_fetch(&turns, 1, __ATOMIC_SEQ_CST);
}

static void
queue(struct lbuf_pool *pool, struct queued *q, size_t size)
{
	*q = (struct queued){ .chunk = NULL };
	assert_int_equal(lbuf_chunk_wait(pool, &q->w, size, SOCKET_ID_ANY, got, q), 0);
}

static void
served_in_order(void **state)
{
	struct lbuf_pool *pool = limited("order", LIMIT);
	unsigned int n = exhaust(pool, 64 << 10), i;
	struct queued q[4];

	(void)state;
	turns = 0;
	for (i = 0; i < RTE_DIM(q); i++)
		queue(pool, &q[i], 64 << 10);
	assert_int_equal(turns, 0);
	assert_int_equal(lbuf_pool_free(pool), -EBUSY);
	for (i = 0; i < RTE_DIM(q); i++) {
		lbuf_chunk_put(chunks[--n]);
		assert_int_equal(turns, i + 1);
		assert_int_equal(q[i].turn, i + 1);
		assert_non_null(q[i].chunk);
		assert_true(q[i].chunk->size >= 64 << 10);
	}
	/* Nobody waits: frees go to the cache again. */
	lbuf_chunk_put(chunks[--n]);
	lbuf_chunk_put(chunks[--n]);
	assert_true(unit_stats(pool).cached >= 1);
	for (i = 0; i < RTE_DIM(q); i++)
		lbuf_chunk_put(q[i].chunk);
	lbuf_chunk_put_bulk(chunks, n);
	assert_int_equal(unit_stats(pool).out, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* One who needs much is not overtaken by those who need little for ever. */
static void
large_among_small(void **state)
{
	struct lbuf_pool *pool = limited("starve", LIMIT);
	unsigned int n = exhaust(pool, 64 << 10), i, rounds = 0;
	struct queued big, small[8];

	(void)state;
	turns = 0;
	queue(pool, &big, MIB);
	for (i = 0; i < RTE_DIM(small); i++)
		queue(pool, &small[i], 64 << 10);
	while (big.chunk == NULL && n > 0) {
		lbuf_chunk_put(chunks[--n]);
		/* Those who were served ask again at once. */
		for (i = 0; i < RTE_DIM(small); i++) {
			if (small[i].chunk == NULL)
				continue;
			lbuf_chunk_put(small[i].chunk);
			queue(pool, &small[i], 64 << 10);
			if (++rounds == 10000)
				break;
		}
		if (rounds >= 10000)
			break;
		lbuf_pool_limit_set(pool, socket_of(), LIMIT);
	}
	for (i = 0; i < RTE_DIM(small); i++)
		if (!lbuf_chunk_wait_cancel(&small[i].w))
			lbuf_chunk_put(small[i].chunk);
	lbuf_chunk_put_bulk(chunks, n);
	lbuf_pool_limit_set(pool, socket_of(), LIMIT);
	assert_non_null(big.chunk);
	lbuf_chunk_put(big.chunk);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
cancelled(void **state)
{
	struct lbuf_pool *pool = limited("cancel", LIMIT);
	unsigned int n = exhaust(pool, 64 << 10);
	struct queued q;

	(void)state;
	queue(pool, &q, 64 << 10);
	assert_true(lbuf_chunk_wait_cancel(&q.w));
	assert_false(lbuf_chunk_wait_cancel(&q.w));
	lbuf_chunk_put(chunks[--n]);
	assert_null(q.chunk);
	/* With memory there it is served before the call returns. */
	queue(pool, &q, 64 << 10);
	assert_non_null(q.chunk);
	assert_false(lbuf_chunk_wait_cancel(&q.w));
	lbuf_chunk_put(q.chunk);
	assert_int_equal(lbuf_chunk_wait(pool, NULL, 1, SOCKET_ID_ANY, got, NULL), -EINVAL);
	assert_int_equal(lbuf_chunk_wait(pool, &q.w, 0, SOCKET_ID_ANY, got, NULL), -EINVAL);
	assert_int_equal(lbuf_chunk_wait(pool, &q.w, 1, 9999, got, NULL), -EINVAL);
	assert_int_equal(lbuf_chunk_wait(pool, &q.w, 1, SOCKET_ID_ANY, NULL, NULL), -EINVAL);
	lbuf_chunk_put_bulk(chunks, n);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static int
free_all(void *arg)
{
	unsigned int *n = arg;

	while (*n > 0)
		lbuf_chunk_put(chunks[--*n]);
	return 0;
}

/* Whichever lcore frees, and whatever lies in its caches. */
static void
freed_elsewhere(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), n, i;
	struct lbuf_pool *pool = limited("remote", LIMIT);
	struct queued q[32];

	(void)state;
	n = exhaust(pool, 64 << 10);
	turns = 0;
	for (i = 0; i < RTE_DIM(q); i++)
		queue(pool, &q[i], 64 << 10);
	assert_int_equal(rte_eal_remote_launch(free_all, &n, lcore), 0);
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
	assert_int_equal(turns, RTE_DIM(q));
	for (i = 0; i < RTE_DIM(q); i++) {
		assert_int_equal(q[i].turn, i + 1);
		lbuf_chunk_put(q[i].chunk);
	}
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* A failure while another lcore's cache has what was asked for is told apart. */
static void
stranded(void **state)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), n, left = LEFT, first = LEFT;
	struct lbuf_pool *pool = limited("strand", LIMIT);
	struct lbuf_chunk *chunk;
	struct lbuf_pool_stats stats;

	(void)state;
	n = exhaust(pool, 64 << 10);
	assert_int_equal(unit_stats(pool).stranded, 0);
	/* The first ones of the array. */
	assert_int_equal(rte_eal_remote_launch(free_all, &left, lcore), 0);
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
	/* Some went to the depot, others the lcore has kept. */
	while ((chunk = lbuf_chunk_alloc(pool, 64 << 10)) != NULL)
		chunks[--first] = chunk;
	assert_int_equal(rte_errno, ENOBUFS);
	stats = unit_stats(pool);
	assert_in_range(stats.cached, 1, LEFT);
	assert_int_equal(stats.cached, first);
	assert_int_equal(stats.stranded, 1);
	assert_int_equal(stats.failures, 2);
	lbuf_chunk_put_bulk(chunks + first, n - first);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(exact_to_a_slab),
	UNIT_TEST(the_log_tells_what_helps),
	UNIT_TEST(over_all_tiers),
	UNIT_TEST(changed_at_run_time),
	UNIT_TEST(bad_limits),
	UNIT_TEST(served_in_order),
	UNIT_TEST(large_among_small),
	UNIT_TEST(cancelled),
	UNIT_TEST(freed_elsewhere),
	UNIT_TEST(stranded),
};

UNIT_MAIN(tests)
