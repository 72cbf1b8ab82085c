/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Lcores that allocate and free at full speed, singly and in bulk, while another thread
 * steals from their caches without end: no chunk has two owners, and none is lost. LBUF_SEED and
 * LBUF_STRESS_S in the environment set the seed, and how many seconds.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <pool_priv.h>
#include <steal.h>

#include <lbuf_raw.h>

#include "unit.h"

#define BULK 16
/* Chunks that an lcore has at most: about what its cache begins with. */
#define HELD 24
#define OWNED UINT64_C(0x0123456789abcdef)

struct owner_lcore {
	uint64_t seed;
	uint64_t allocs;
	unsigned int bad;
};

static struct {
	bool stop;
	uint64_t stolen;
} thief;

static struct owner_lcore lcores[RTE_MAX_LCORE];

/* Not the same for all, so that bulks and single ones are of the same class. */
static const size_t size[] = { 64, 2048, 20000 };

static void
own(struct owner_lcore *o, struct lbuf_chunk *const *chunk, unsigned int n)
{
	uint64_t word;
	unsigned int i;

	for (i = 0; i < n; i++) {
		memcpy(&word, chunk[i]->data, sizeof(word));
		o->bad += word == OWNED;
		word = OWNED;
		memcpy(chunk[i]->data, &word, sizeof(word));
	}
	o->allocs += n;
}

static void
disown(struct owner_lcore *o, struct lbuf_chunk *const *chunk, unsigned int n)
{
	uint64_t word;
	unsigned int i;

	for (i = 0; i < n; i++) {
		memcpy(&word, chunk[i]->data, sizeof(word));
		o->bad += word != OWNED;
		word = 0;
		memcpy(chunk[i]->data, &word, sizeof(word));
	}
}

/* Allocate some, singly or at once. */
static unsigned int
take(struct owner_lcore *o, struct lbuf_chunk **chunk, size_t bytes, unsigned int n, bool bulk)
{
	unsigned int i;

	if (bulk) {
		if (lbuf_chunk_alloc_bulk(unit.pool, bytes, chunk, n) != 0)
			return 0;
		own(o, chunk, n);
		return n;
	}
	for (i = 0; i < n; i++) {
		chunk[i] = lbuf_chunk_alloc(unit.pool, bytes);
		if (chunk[i] == NULL)
			break;
		own(o, &chunk[i], 1);
	}
	return i;
}

static void
give(struct owner_lcore *o, struct lbuf_chunk **chunk, size_t bytes, unsigned int n, bool bulk)
{
	unsigned int i;

	if (bulk) {
		disown(o, chunk, n);
		if (n % 2 == 0)
			lbuf_chunk_put_bulk(chunk, n);
		else
			lbuf_chunk_put_bulk_raw(unit.pool, bytes, chunk, n);
		return;
	}
	for (i = 0; i < n; i++) {
		disown(o, &chunk[i], 1);
		lbuf_chunk_put(chunk[i]);
	}
}

static int
be_stolen_from(void *arg)
{
	struct lbuf_chunk *held[RTE_DIM(size)][HELD];
	unsigned int n[RTE_DIM(size)] = { 0 }, k, some;
	struct owner_lcore *o = arg;
	uint64_t random;

	while (!__atomic_load_n(&thief.stop, __ATOMIC_RELAXED)) {
		random = unit_rand(&o->seed);
		k = (unsigned int)(random % RTE_DIM(size));
		some = (unsigned int)(1 + (random >> 8) % BULK);
		if ((random & 1 << 16) != 0)
			n[k] += take(o, &held[k][n[k]], size[k], RTE_MIN(some, HELD - n[k]),
					(random & 1 << 17) != 0);
		else if (n[k] != 0) {
			some = RTE_MIN(some, n[k]);
			n[k] -= some;
			give(o, &held[k][n[k]], size[k], some, (random & 1 << 17) != 0);
		}
	}
	for (k = 0; k < RTE_DIM(size); k++)
		give(o, held[k], size[k], n[k], true);
	lbuf_pool_flush(unit.pool);
	return o->bad == 0 ? 0 : -1;
}

static int
steal_all(void *arg)
{
	struct pool_priv *priv = pool_priv(unit.pool);
	uint64_t end = *(const uint64_t *)arg, n = 0;

	while (rte_get_tsc_cycles() < end)
		n += lcores_steal(&priv->lcores, CACHE_FLUSH_ALL);
	thief.stolen = n;
	__atomic_store_n(&thief.stop, true, __ATOMIC_RELAXED);
	return 0;
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 0);
}

static void
stolen_from_at_full_speed(void **state)
{
	uint64_t seed = number("LBUF_SEED", (uint64_t)time(NULL)), allocs = 0, end;
	const struct pool_priv *priv = pool_priv(unit.pool);
	struct lbuf_pool_stats stats;
	unsigned int i, bad = 0;

	(void)state;
	printf("LBUF_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	for (i = 0; i < RTE_MAX_LCORE; i++)
		lcores[i] = (struct owner_lcore){ .seed = seed + i };
	thief.stop = false;
	RTE_LCORE_FOREACH_WORKER(i)
		assert_int_equal(rte_eal_remote_launch(be_stolen_from, &lcores[i], i), 0);
	end = rte_get_tsc_cycles() + number("LBUF_STRESS_S", 3) * rte_get_tsc_hz();
	steal_all(&end);
	RTE_LCORE_FOREACH_WORKER(i) {
		bad += rte_eal_wait_lcore(i) != 0;
		allocs += lcores[i].allocs;
	}
	printf("%" PRIu64 " allocations, %" PRIu64 " chunks stolen\n", allocs, thief.stolen);
	assert_int_equal(bad, 0);
	stats = unit_stats(unit.pool);
	assert_int_equal(stats.out, 0);
	assert_int_equal(stats.allocs, allocs);
	assert_int_equal(stats.cached, 0);
	/* All are where they should be. */
	for (i = 0; i < nb_caches(priv); i++)
		if (depot_at(priv, i) != NULL)
			assert_int_equal(depot_at(priv, i)->n, depot_at(priv, i)->chunks);
	if (!pool_is_debug(priv))
		assert_in_range(thief.stolen, 1, UINT64_MAX);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST_NO_BACKGROUND(stolen_from_at_full_speed),
};

UNIT_MAIN(tests)
