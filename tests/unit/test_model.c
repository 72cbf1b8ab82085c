/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Random verbs against a model, see model.h. LBUF_SEED and LBUF_OPS in the
 * environment set the seed, and how many steps; LBUF_TRACE prints each.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"
#include "unit_port.h"

#define OPS UINT64_C(3000000)

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 0);
}

static void
run(bool ports, bool inject, bool large, unsigned int percent)
{
	uint64_t seed = number("LBUF_SEED", (uint64_t)time(NULL));
	struct model_conf conf = {
		.pool = unit.pool,
		.mbufs = unit.mbufs,
		.tiny = unit.tiny,
		.port = ports ? port.bridge : NULL,
		.inject = inject,
		.large = large,
	};

	printf("LBUF_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	model_run(&conf, seed, number("LBUF_OPS", OPS) * percent / 100);
}

static void
with_caches(void **state)
{
	(void)state;
	run(false, false, true, 40);
}

static void
with_failures(void **state)
{
	(void)state;
	run(false, true, false, 30);
}

static void
with_ports(void **state)
{
	(void)state;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	run(true, false, false, 15);
}

static void
with_limited_ports(void **state)
{
	(void)state;
	port.seg_max = 5;
	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	run(true, true, false, 15);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(with_caches),
	UNIT_TEST_NO_CACHE(with_failures),
	PORT_TEST(with_ports),
	PORT_TEST_NO_CACHE(with_limited_ports),
};

UNIT_MAIN(tests)
