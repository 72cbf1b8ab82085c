/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Random segments against a model of each policy, see stream_model.h. LBUF_SEED and LBUF_SEGMENTS
 * in the environment set the seed, and how many segments there are in all tests.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "stream_model.h"
#include "unit.h"

#define SEGMENTS UINT64_C(10000000)
/* Of the tests, without those of limits and failures. */
#define SHARES 4
/* Data room of the packets. */
#define ROOM 2048

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 0);
}

static void
run(enum lbuf_stream_policy policy, bool inject, bool limits, uint64_t share)
{
	uint64_t seed = number("LBUF_SEED", (uint64_t)time(NULL) + ((uint64_t)getpid() << 32));
	uint64_t segments = number("LBUF_SEGMENTS", SEGMENTS) / share, held;
	struct rte_mempool *mbufs = rte_pktmbuf_pool_create("model", 16383, 32, 0,
			ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	struct stream_model_conf conf = {
		.pool = unit.pool,
		.mbufs = mbufs,
		.tiny = unit.tiny,
		.policy = policy,
		.inject = inject,
		.limits = limits,
	};

	assert_non_null(mbufs);
	printf("LBUF_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	held = stream_model_run(&conf, seed, segments);
	/* test.sh adds these up. */
	printf("model: %" PRIu64 " segments, %" PRIu64 " of them out of order\n", segments, held);
	assert_int_equal(rte_mempool_in_use_count(mbufs), 0);
	rte_mempool_free(mbufs);
	/* Else there is little to put together. */
	if (!inject && !limits && segments > 10000)
		assert_in_range(held, segments / 4, segments);
}

static void
policy_first(void **state)
{
	(void)state;
	run(LBUF_STREAM_FIRST, false, false, SHARES);
}

static void
policy_last(void **state)
{
	(void)state;
	run(LBUF_STREAM_LAST, false, false, SHARES);
}

static void
policy_linux(void **state)
{
	(void)state;
	run(LBUF_STREAM_LINUX, false, false, SHARES);
}

static void
within_limits(void **state)
{
	(void)state;
	run(LBUF_STREAM_FIRST, false, true, SHARES * 3);
	run(LBUF_STREAM_LAST, false, true, SHARES * 3);
	run(LBUF_STREAM_LINUX, false, true, SHARES * 3);
}

static void
with_failures(void **state)
{
	(void)state;
	run(LBUF_STREAM_FIRST, true, false, SHARES * 12);
	run(LBUF_STREAM_LAST, true, false, SHARES * 12);
	run(LBUF_STREAM_LINUX, true, true, SHARES * 12);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(policy_first),
	UNIT_TEST(policy_last),
	UNIT_TEST(policy_linux),
	UNIT_TEST(within_limits),
	UNIT_TEST_NO_CACHE(with_failures),
};

UNIT_MAIN(tests)
