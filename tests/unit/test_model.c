/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Random verbs against a model, see model.h. LBUF_SEED and LBUF_OPS in the
 * environment set the seed, and how many steps; LBUF_TRACE prints each.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <lbuf_hold.h>

#include "model.h"
#include "unit_port.h"

/* In all tests: enough for any one of the builds that are tested. */
#define OPS UINT64_C(10000000)

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 0);
}

/* A fifth of all operations. */
static void
run(bool ports, bool inject, bool large)
{
	uint64_t seed = number("LBUF_SEED", (uint64_t)time(NULL) + ((uint64_t)getpid() << 32));
	uint64_t ops = number("LBUF_OPS", OPS) / 5, with_bytes;
	struct lbuf_hold_stats stats;
	struct model_conf conf = {
		.pool = unit.pool,
		.mbufs = unit.mbufs,
		.tiny = unit.tiny,
		.port = ports ? port.bridge : NULL,
		.port_id = port.ring,
		.seg_max = port.seg_max,
		.inject = inject,
		.large = large,
	};

	printf("LBUF_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	with_bytes = model_run(&conf, seed, ops);
	if (ports && lbuf_port_hold_get(port.bridge, 0, &stats) == 0)
		assert_int_equal(stats.held, 0);
	/* test.sh adds these up. */
	printf("model: %" PRIu64 " operations, %" PRIu64 " of them on readable bytes\n", ops,
			with_bytes);
	/* Else the model spends its time on closed and drained buffers. */
	if (ops >= OPS / 100)
		assert_in_range(with_bytes, ops * 2 / 5, ops);
}

static void
with_caches(void **state)
{
	(void)state;
	run(false, false, true);
}

static void
with_failures(void **state)
{
	(void)state;
	run(false, true, false);
}

static void
with_ports(void **state)
{
	(void)state;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	run(true, false, false);
}

static void
with_limited_ports(void **state)
{
	(void)state;
	port.seg_max = 5;
	port.copy_break = 100;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	run(true, true, false);
}

static void
with_single_segments(void **state)
{
	(void)state;
	port.seg_max = 1;
	port.copy_break = 100;
	port_open(0, 0);
	run(true, true, false);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(with_caches),
	UNIT_TEST_NO_CACHE(with_failures),
	PORT_TEST(with_ports),
	PORT_TEST_NO_CACHE(with_limited_ports),
	PORT_TEST_NO_CACHE(with_single_segments),
};

UNIT_MAIN(tests)
