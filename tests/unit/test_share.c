/* SPDX-License-Identifier: BSD-3-Clause */

/* The limit of a pool, divided between receiving and the rest. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <lbuf_debug.h>
#include <lbuf_share.h>
#include <pool_priv.h>

#include "unit.h"

#define MIB ((size_t)1 << 20)
#define LIMIT (48 * MIB)
#define RX (16 * MIB)
#define REST (LIMIT - RX)
#define SIZE ((size_t)64 << 10)
#define CHUNKS_MAX 2000
#define BOUND_MS 400
#define CHURN_MS 300

static struct lbuf_chunk *chunks[LBUF_SHARE_NUM][CHUNKS_MAX];
static int socket_id;
static bool lowered; /* a share may hold more than its limit now */

static struct lbuf_pool *
limited(uint32_t flags)
{
	struct lbuf_pool_params params = {
		.limit_bytes = LIMIT,
		.flags = LBUF_POOL_F_BASE_PAGES | flags,
		.policy = LBUF_POLICY_STRICT,
	};
	struct lbuf_pool *pool = lbuf_pool_create("shares", &params);

	assert_non_null(pool);
	socket_id = pool_priv(pool)->sockets.id[0];
	return pool;
}

static struct lbuf_pool *
divided(uint32_t flags)
{
	struct lbuf_pool *pool = limited(flags);

	assert_int_equal(lbuf_pool_share_set(pool, socket_id, RX), 0);
	return pool;
}

static struct lbuf_share_stats
share_of(const struct lbuf_pool *pool, enum lbuf_share share)
{
	struct lbuf_share_stats st;

	assert_int_equal(lbuf_pool_share_get(pool, socket_id, share, &st), 0);
	return st;
}

/* Neither share is beyond its limit, nor are both together. */
static void
check_limits(const struct lbuf_pool *pool)
{
	struct lbuf_share_stats rest = share_of(pool, LBUF_SHARE_REST);
	struct lbuf_share_stats rx = share_of(pool, LBUF_SHARE_RX);

	assert_true(lowered || rest.limit_bytes == 0 || rest.used_bytes <= rest.limit_bytes);
	assert_true(rx.limit_bytes == 0 || rx.used_bytes <= rx.limit_bytes);
	assert_in_range(rest.used_bytes + rx.used_bytes, 0, LIMIT);
	assert_int_equal(rest.used_bytes + rx.used_bytes, unit_stats(pool).bytes);
}

/* Take all that a share gives; returns how many. */
static unsigned int
exhaust(struct lbuf_pool *pool, enum lbuf_share share, size_t size)
{
	struct lbuf_chunk **c = chunks[share];
	unsigned int n = 0;

	while (n < CHUNKS_MAX && (c[n] = lbuf_chunk_alloc_share(pool, size, SOCKET_ID_ANY, share)))
		n++;
	assert_in_range(n, 0, CHUNKS_MAX - 1);
	assert_int_equal(rte_errno, ENOBUFS);
	check_limits(pool);
	return n;
}

static void
end(struct lbuf_pool *pool, unsigned int rest, unsigned int rx)
{
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_REST], rest);
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_RX], rx);
	assert_int_equal(share_of(pool, LBUF_SHARE_REST).sum.out, 0);
	assert_int_equal(share_of(pool, LBUF_SHARE_RX).sum.out, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
without_a_division_all_is_one(void **state)
{
	struct lbuf_pool *pool = limited(0);
	unsigned int n = exhaust(pool, LBUF_SHARE_RX, SIZE);

	(void)state;
	assert_in_range(n * SIZE, LIMIT * 9 / 10, LIMIT);
	assert_int_equal(share_of(pool, LBUF_SHARE_RX).used_bytes, 0);
	assert_int_equal(share_of(pool, LBUF_SHARE_REST).sum.out, n);
	assert_null_errno(lbuf_chunk_alloc(pool, SIZE), ENOBUFS);
	end(pool, 0, n);
}

/* Whoever comes first, each has what is his, of each tier and of pools of all kinds. */
static void
each_has_its_part(void **state)
{
	static const size_t sizes[] = { 200, SIZE, LBUF_MIDDLE_MAX + 1 };
	static const uint32_t flags[] = { 0, LBUF_POOL_F_NO_CACHE, LBUF_POOL_F_DEBUG,
		LBUF_POOL_F_NO_BACKGROUND };
	unsigned int k, n[LBUF_SHARE_NUM];
	size_t size;

	(void)state;
	for (k = 2; k < 2 * RTE_DIM(sizes) * RTE_DIM(flags); k++) {
		struct lbuf_pool *pool = divided(flags[k / 2 / RTE_DIM(sizes)]);
		enum lbuf_share first = k % 2;

		size = sizes[k / 2 % RTE_DIM(sizes)];
		if (size < SIZE)
			size = 2 * SIZE + 1; /* small ones would be too many */
		n[first] = exhaust(pool, first, size);
		n[!first] = exhaust(pool, !first, size);
		if (size <= 2 * SIZE + 1) {
			assert_in_range(n[LBUF_SHARE_RX] * size, RX * 6 / 10, RX);
			assert_in_range(n[LBUF_SHARE_REST] * size, REST * 6 / 10, REST);
		} else {
			assert_int_equal(n[LBUF_SHARE_RX], RX / (LBUF_MIDDLE_MAX + 2 * MIB));
			assert_int_equal(n[LBUF_SHARE_REST], REST / (LBUF_MIDDLE_MAX + 2 * MIB));
		}
		assert_in_range(share_of(pool, LBUF_SHARE_RX).refusals, 1, UINT64_MAX);
		assert_int_equal(share_of(pool, LBUF_SHARE_RX).sum.out, n[LBUF_SHARE_RX]);
		end(pool, n[LBUF_SHARE_REST], n[LBUF_SHARE_RX]);
	}
}

static int
free_all(void *arg)
{
	unsigned int *n = arg;

	for (; *n > 0; --*n)
		lbuf_chunk_put(chunks[LBUF_SHARE_RX][*n - 1]);
	return 0;
}

/* Wherever a chunk is freed, it is the share's that it came from. */
static void
freed_by_anyone(void **state)
{
	struct lbuf_pool *pool = divided(0);
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), round, n, again;

	(void)state;
	n = exhaust(pool, LBUF_SHARE_RX, SIZE);
	for (round = 0; round < 20; round++) {
		again = n;
		if (round % 2 == 0) {
			assert_int_equal(rte_eal_remote_launch(free_all, &again, lcore), 0);
			assert_int_equal(rte_eal_wait_lcore(lcore), 0);
		} else {
			free_all(&again);
		}
		assert_int_equal(share_of(pool, LBUF_SHARE_RX).sum.out, 0);
		assert_int_equal(share_of(pool, LBUF_SHARE_REST).sum.chunks, 0);
		/* What that lcore has in its cache now is out of reach, but no more. */
		again = exhaust(pool, LBUF_SHARE_RX, SIZE);
		assert_in_range(again, n - 64, n);
		n = again;
	}
	end(pool, 0, n);
}

/* A waiter, and what it got. */
struct queued {
	struct lbuf_waiter w;
	struct lbuf_chunk *chunk;
};

static void
got(struct lbuf_waiter *w, struct lbuf_chunk *chunk, void *arg)
{
	(void)w;
	__atomic_store_n(&((struct queued *)arg)->chunk, chunk, __ATOMIC_RELEASE);
}

static int
queue(struct lbuf_pool *pool, struct queued *q, enum lbuf_share share, size_t size)
{
	*q = (struct queued){ .chunk = NULL };
	return lbuf_chunk_wait_share(pool, &q->w, size, SOCKET_ID_ANY, share, got, q);
}

static struct lbuf_chunk *
chunk_of(struct queued *q)
{
	return __atomic_load_n(&q->chunk, __ATOMIC_ACQUIRE);
}

static bool
served_in_time(struct queued *q)
{
	uint64_t until = rte_get_tsc_cycles() + BOUND_MS * rte_get_tsc_hz() / 1000;

	while (chunk_of(q) == NULL && rte_get_tsc_cycles() < until)
		rte_pause();
	return chunk_of(q) != NULL;
}

/* Each is served by what is freed of its own share, and not by that of the other. */
static void
waiters_of_each_share(void **state)
{
	struct lbuf_pool *pool = divided(LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n[LBUF_SHARE_NUM];
	struct queued q[LBUF_SHARE_NUM];
	enum lbuf_share s;

	(void)state;
	for (s = 0; s < LBUF_SHARE_NUM; s++)
		n[s] = exhaust(pool, s, SIZE);
	for (s = 0; s < LBUF_SHARE_NUM; s++) {
		assert_int_equal(queue(pool, &q[LBUF_SHARE_REST], LBUF_SHARE_REST, SIZE), 0);
		assert_int_equal(queue(pool, &q[LBUF_SHARE_RX], LBUF_SHARE_RX, SIZE), 0);
		assert_int_equal(share_of(pool, LBUF_SHARE_RX).waiters, 1);
		assert_int_equal(share_of(pool, LBUF_SHARE_REST).waiters, 1);
		lbuf_chunk_put(chunks[s][--n[s]]);
		assert_non_null(chunk_of(&q[s]));
		assert_null(chunk_of(&q[!s]));
		assert_int_equal(share_of(pool, s).waiters, 0);
		chunks[s][n[s]++] = q[s].chunk;
		lbuf_chunk_put(chunks[!s][--n[!s]]);
		assert_non_null(chunk_of(&q[!s]));
		chunks[!s][n[!s]++] = q[!s].chunk;
		check_limits(pool);
	}
	assert_int_equal(queue(pool, &q[0], LBUF_SHARE_RX, RX + 1), -E2BIG);
	assert_int_equal(queue(pool, &q[0], LBUF_SHARE_REST, REST + 1), -E2BIG);
	assert_int_equal(queue(pool, &q[0], LBUF_SHARE_NUM, SIZE), -EINVAL);
	end(pool, n[LBUF_SHARE_REST], n[LBUF_SHARE_RX]);
}

/* While one share waits, the other goes on: its caches hold, and its idle memory is its own. */
static void
who_waits_holds_up_no_other(void **state)
{
	struct lbuf_pool *pool = divided(LBUF_POOL_F_NO_BACKGROUND);
	unsigned int n = exhaust(pool, LBUF_SHARE_RX, SIZE), rest, i;
	struct queued q;

	(void)state;
	rest = exhaust(pool, LBUF_SHARE_REST, SIZE);
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_REST], rest);
	lbuf_pool_flush(pool);
	assert_int_equal(queue(pool, &q, LBUF_SHARE_RX, SIZE), 0);
	assert_null(chunk_of(&q)); /* for it nothing of the rest is given up */
	assert_in_range(share_of(pool, LBUF_SHARE_REST).used_bytes, REST / 2, REST);
	for (i = 0; i < 100; i++) {
		struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, 300000);

		assert_non_null(chunk);
		lbuf_chunk_put(chunk);
	}
	if (!pool_is_debug(pool_priv(pool)))
		assert_in_range(unit_stats_of(pool, LBUF_TIER_MIDDLE, 327680).cached, 1, 64);
	assert_null(chunk_of(&q));
	lbuf_chunk_put(chunks[LBUF_SHARE_RX][--n]);
	assert_non_null(chunk_of(&q));
	lbuf_chunk_put(q.chunk);
	end(pool, 0, n);
}

/* What lies in the cache of an lcore that calls nothing is stolen for who waits for it. */
static void
waiters_get_what_caches_have(void **state)
{
	struct lbuf_pool *pool = divided(0);
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0), n = exhaust(pool, LBUF_SHARE_RX, SIZE);
	unsigned int one = 1;
	struct queued q;

	(void)state;
	chunks[LBUF_SHARE_REST][0] = chunks[LBUF_SHARE_RX][0];
	assert_int_equal(rte_eal_remote_launch(free_all, &one, lcore), 0);
	assert_int_equal(rte_eal_wait_lcore(lcore), 0);
	assert_int_equal(queue(pool, &q, LBUF_SHARE_RX, SIZE), 0);
	assert_true(served_in_time(&q));
	chunks[LBUF_SHARE_RX][0] = q.chunk;
	end(pool, 0, n);
}

/* More of the one is less of the other, at once for what is new. */
static void
changed_at_run_time(void **state)
{
	struct lbuf_pool *pool = divided(LBUF_POOL_F_NO_BACKGROUND);
	unsigned int rest = exhaust(pool, LBUF_SHARE_REST, SIZE), rx, more;
	struct queued q;

	(void)state;
	/* The rest holds too much: receiving has what the whole still has. */
	lowered = true;
	assert_int_equal(lbuf_pool_share_set(pool, socket_id, 2 * RX), 0);
	rx = exhaust(pool, LBUF_SHARE_RX, SIZE);
	assert_in_range(rx * SIZE, RX / 2, RX);
	assert_int_equal(queue(pool, &q, LBUF_SHARE_RX, SIZE), 0);
	assert_null(chunk_of(&q));
	/* What the rest frees goes to who waits for receiving, once a slab is free. */
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_REST], rest);
	assert_non_null(chunk_of(&q));
	lbuf_chunk_put(q.chunk);
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_RX], rx);
	lbuf_pool_trim(pool);
	lowered = false;
	rx = exhaust(pool, LBUF_SHARE_RX, SIZE);
	assert_in_range(rx * SIZE, 2 * RX * 3 / 4, 2 * RX);
	rest = exhaust(pool, LBUF_SHARE_REST, SIZE);
	assert_in_range(rest * SIZE, (LIMIT - 2 * RX) / 2, LIMIT - 2 * RX);

	/* No division: what receiving holds counts, and comes back. */
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_REST], rest);
	assert_int_equal(lbuf_pool_share_set(pool, socket_id, 0), 0);
	rest = exhaust(pool, LBUF_SHARE_REST, SIZE);
	assert_in_range(rest * SIZE, (LIMIT - 2 * RX) / 2, LIMIT - 2 * RX);
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_RX], rx);
	lbuf_pool_flush(pool);
	lbuf_chunk_put_bulk(chunks[LBUF_SHARE_REST], rest);
	more = exhaust(pool, LBUF_SHARE_REST, SIZE);
	assert_in_range(more * SIZE, LIMIT * 3 / 4, LIMIT);
	assert_int_equal(share_of(pool, LBUF_SHARE_RX).limit_bytes, 0);
	end(pool, more, 0);
}

static void
what_cannot_be_is_refused(void **state)
{
	struct lbuf_pool *pool = limited(0);
	struct lbuf_share_stats st;

	(void)state;
	assert_int_equal(lbuf_pool_share_set(NULL, 0, RX), -EINVAL);
	assert_int_equal(lbuf_pool_share_set(pool, 999, RX), -EINVAL);
	assert_int_equal(lbuf_pool_share_set(pool, socket_id, LBUF_LIMIT_MIN - 1), -EINVAL);
	assert_int_equal(lbuf_pool_share_set(pool, socket_id, LIMIT - LBUF_LIMIT_MIN + 1), -EINVAL);
	assert_int_equal(lbuf_pool_share_set(pool, socket_id, SIZE_MAX), -EINVAL);
	assert_int_equal(lbuf_pool_share_set(pool, socket_id, LIMIT - LBUF_LIMIT_MIN), 0);
	assert_int_equal(lbuf_pool_limit_set(pool, socket_id, LIMIT - 1), -EINVAL);
	assert_int_equal(lbuf_pool_limit_set(pool, socket_id, LIMIT + 1), 0);
	assert_int_equal(share_of(pool, LBUF_SHARE_REST).limit_bytes, LBUF_LIMIT_MIN + 1);
	assert_int_equal(lbuf_pool_limit_set(pool, socket_id, 0), 0);
	assert_int_equal(share_of(pool, LBUF_SHARE_REST).limit_bytes, 0);
	assert_int_equal(share_of(pool, LBUF_SHARE_RX).limit_bytes, LIMIT - LBUF_LIMIT_MIN);
	assert_int_equal(lbuf_pool_share_get(NULL, socket_id, LBUF_SHARE_RX, &st), -EINVAL);
	assert_int_equal(lbuf_pool_share_get(pool, socket_id, LBUF_SHARE_NUM, &st), -EINVAL);
	assert_int_equal(lbuf_pool_share_get(pool, SOCKET_ID_ANY, LBUF_SHARE_RX, &st), -EINVAL);
	assert_int_equal(lbuf_pool_share_get(pool, socket_id, LBUF_SHARE_RX, NULL), -EINVAL);
	assert_null_errno(lbuf_chunk_alloc_share(pool, 1, SOCKET_ID_ANY, LBUF_SHARE_NUM), EINVAL);
	assert_null_errno(lbuf_chunk_alloc_share(pool, 0, SOCKET_ID_ANY, LBUF_SHARE_RX), EINVAL);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Reports tell whose memory it is. */
static void
holders_and_dump(void **state)
{
	struct lbuf_pool *pool = divided(LBUF_POOL_F_DEBUG);
	struct lbuf_holder h[2];
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	chunks[LBUF_SHARE_RX][0] = lbuf_chunk_alloc_share(pool, SIZE, socket_id, LBUF_SHARE_RX);
	chunks[LBUF_SHARE_REST][0] = lbuf_chunk_alloc(pool, SIZE);
	assert_int_equal(lbuf_pool_holders_get(pool, h, 2), 2);
	assert_int_equal(h[0].share + h[1].share, LBUF_SHARE_REST + LBUF_SHARE_RX);
	lbuf_pool_holders_dump(pool, f);
	lbuf_pool_dump(pool, f);
	fclose(f);
	assert_non_null(strstr(text, " share rx"));
	assert_non_null(strstr(text, ".64Kr "));
	free(text);
	end(pool, 1, 1);
}

/* Lcores that take all of the rest, again and again, beside some that receive. */
struct churn {
	struct lbuf_pool *pool;
	enum lbuf_share share;
	unsigned int hold;
	uint64_t failures, allocs;
};

static int
churn(void *arg)
{
	uint64_t until = rte_get_tsc_cycles() + CHURN_MS * rte_get_tsc_hz() / 1000;
	struct churn *c = arg;
	struct lbuf_chunk **held = calloc(c->hold, sizeof(*held));
	unsigned int n = 0;

	if (held == NULL)
		return -1;
	while (rte_get_tsc_cycles() < until) {
		held[n] = lbuf_chunk_alloc_share(c->pool, SIZE, SOCKET_ID_ANY, c->share);
		c->allocs++;
		c->failures += held[n] == NULL;
		n += held[n] != NULL;
		if (n == c->hold || held[n] == NULL)
			while (n > c->hold / 2)
				lbuf_chunk_put(held[--n]);
	}
	while (n > 0)
		lbuf_chunk_put(held[--n]);
	free(held);
	lbuf_pool_flush(c->pool);
	return 0;
}

static void
one_starves_the_other_goes_on(void **state)
{
	struct lbuf_pool *pool = divided(0);
	struct churn c[RTE_MAX_LCORE];
	struct queued q[4];
	unsigned int id, i = 0, k;

	(void)state;
	RTE_LCORE_FOREACH_WORKER(id) {
		enum lbuf_share share = i == 0 ? LBUF_SHARE_RX : LBUF_SHARE_REST;

		c[i] = (struct churn){ pool, share, share == LBUF_SHARE_RX ? 64 : CHUNKS_MAX, 0,
			0 };
		assert_int_equal(rte_eal_remote_launch(churn, &c[i], id), 0);
		i++;
	}
	for (k = 0; k < RTE_DIM(q); k++)
		assert_int_equal(queue(pool, &q[k], k % 2, SIZE), 0);
	for (k = 0; k < 50; k++) {
		size_t rx = (k % 2 == 0 ? RX : RX + MIB);

		assert_int_equal(lbuf_pool_share_set(pool, socket_id, rx), 0);
		assert_in_range(unit_stats(pool).bytes, 0, LIMIT + MIB);
		rte_delay_us_block(2000);
	}
	RTE_LCORE_FOREACH_WORKER(id)
		assert_int_equal(rte_eal_wait_lcore(id), 0);
	for (k = 0; k < RTE_DIM(q); k++) {
		assert_true(served_in_time(&q[k]));
		lbuf_chunk_put(q[k].chunk);
	}
	assert_int_equal(c[0].failures, 0);
	assert_in_range(c[0].allocs, 100, UINT64_MAX);
	if (i > 1)
		assert_in_range(c[1].failures, 1, UINT64_MAX);
	end(pool, 0, 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(without_a_division_all_is_one),
	UNIT_TEST(each_has_its_part),
	UNIT_TEST(freed_by_anyone),
	UNIT_TEST(waiters_of_each_share),
	UNIT_TEST(who_waits_holds_up_no_other),
	UNIT_TEST(waiters_get_what_caches_have),
	UNIT_TEST(changed_at_run_time),
	UNIT_TEST(what_cannot_be_is_refused),
	UNIT_TEST(holders_and_dump),
	UNIT_TEST(one_starves_the_other_goes_on),
};

UNIT_MAIN(tests)
