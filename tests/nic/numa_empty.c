/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A NUMA node that has no hugepages from the start, and an lcore on it: chunks come
 * from the other node, by way of the lcore's caches, or are refused.
 *
 *   numa_empty EAL-OPTIONS
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lbuf_chunk.h>

#include "check.h"

#define EMPTY 1
#define PAGES "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"
/* Chunks of a class at a time. */
#define HELD 20

static const size_t sizes[] = { 100, 1000, 1024, 2048, 100000, 1 << 20, 8 << 20, 16 << 20 };

static void
empty_node(void)
{
	FILE *f = fopen(PAGES, "w");

	check(f != NULL && fputs("0\n", f) >= 0 && fclose(f) == 0, PAGES, 0);
}

static struct lbuf_pool_stats
stats_of(const struct lbuf_pool *pool, int socket)
{
	struct lbuf_pool_stats st;

	check(lbuf_pool_stats_get(pool, LBUF_TIER_NUM, socket, 0, &st) == 0, "stats", 0);
	return st;
}

/* On the empty node's lcore. */
static int
prefer(void *arg)
{
	struct lbuf_pool *pool = arg;
	struct lbuf_chunk *chunk[HELD];
	unsigned int i, k, n;
	uint64_t before;

	for (i = 0; i < RTE_DIM(sizes); i++) {
		n = sizes[i] > 100000 ? 2 : HELD;
		before = stats_of(pool, EMPTY).fallbacks;
		for (k = 0; k < n; k++) {
			chunk[k] = lbuf_chunk_alloc(pool, sizes[i]);
			check(chunk[k] != NULL, "no chunk", sizes[i]);
			check(chunk[k]->socket != EMPTY, "of the empty socket", sizes[i]);
			memset(chunk[k]->data, 1, sizes[i]);
		}
		lbuf_chunk_put_bulk(chunk, n);
		check(stats_of(pool, EMPTY).fallbacks == before + n, "not counted", sizes[i]);
	}
	check(stats_of(pool, SOCKET_ID_ANY).cached != 0, "nothing in the caches", 0);
	printf("numa_empty: prefer: %" PRIu64 " fallbacks\n", stats_of(pool, EMPTY).fallbacks);
	lbuf_pool_flush(pool);
	return 0;
}

static int
strict(void *arg)
{
	struct lbuf_chunk *chunk;
	unsigned int i;

	for (i = 0; i < RTE_DIM(sizes); i++) {
		rte_errno = 0;
		check(lbuf_chunk_alloc(arg, sizes[i]) == NULL && rte_errno == ENOMEM, "not refused",
				sizes[i]);
		chunk = lbuf_chunk_alloc_socket(arg, sizes[i], 1 - EMPTY);
		check(chunk != NULL, "no chunk", sizes[i]);
		lbuf_chunk_put(chunk);
	}
	printf("numa_empty: strict: %" PRIu64 " failures\n", stats_of(arg, EMPTY).failures);
	lbuf_pool_flush(arg);
	return 0;
}

static void
run(const char *name, enum lbuf_policy policy, lcore_function_t *func)
{
	const struct lbuf_pool_params params = { .policy = policy };
	struct lbuf_pool *pool = lbuf_pool_create(name, &params);
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);

	check(pool != NULL, "no pool", 0);
	check(rte_lcore_to_socket_id(lcore) == EMPTY, "lcore on another node", 0);
	check(rte_eal_remote_launch(func, pool, lcore) == 0, "launch", 0);
	check(rte_eal_wait_lcore(lcore) == 0, "lcore", 0);
	check(lbuf_pool_chunks_out(pool) == 0, "chunks out", 0);
	check(lbuf_pool_free(pool) == 0, "pool not freed", 0);
}

int
main(int argc, char **argv)
{
	empty_node();
	if (rte_eal_init(argc, argv) < 0)
		rte_exit(EXIT_FAILURE, "no EAL\n");
	setvbuf(stdout, NULL, _IOLBF, 0);
	run("prefer", LBUF_POLICY_PREFER, prefer);
	run("strict", LBUF_POLICY_STRICT, strict);
	rte_eal_cleanup();
	printf("numa_empty: end\n");
	return EXIT_SUCCESS;
}
