/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Where chunks are, by the kernel's own account, on a machine with two NUMA nodes;
 * and what becomes of requests when one of them has no memory left.
 *
 *   numa_place EAL-OPTIONS
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
#include "node.h"

#define NODES 2
/* The node that runs out of memory. */
#define POOR 1
/* More chunks than a node has room for. */
#define CHUNKS 100000

/* A size of each tier. The second one of each is first used when memory is short. */
static const size_t sizes[][2] = { { 16 << 20, 20 << 20 }, { 1 << 20, 100000 }, { 512, 100 } };

static struct lbuf_chunk *chunks[CHUNKS];

static uint64_t
fallbacks(const struct lbuf_pool *pool, enum lbuf_tier tier, int socket)
{
	struct lbuf_pool_stats st;

	check(lbuf_pool_stats_get(pool, tier, socket, 0, &st) == 0, "stats", 0);
	return st.fallbacks;
}

/* --- while there is enough ------------------------------------------------ */

static void
place_one(struct lbuf_pool *pool, size_t size, int socket)
{
	int want = socket == SOCKET_ID_ANY ? (int)rte_socket_id() : socket;
	struct lbuf_chunk *chunk = lbuf_chunk_alloc_socket(pool, size, socket);

	check(chunk != NULL, "no chunk", size);
	memset(chunk->data, 1, size);
	check(chunk->socket == want, "of another socket", size);
	check(node_of(chunk) == want, "on another node", size);
	check(chunk->tier == tier_of(size), "of another tier", size);
	lbuf_chunk_put(chunk);
}

/* On one lcore: its own socket, and each that it may ask for. */
static int
place_all(void *arg)
{
	unsigned int i, k;
	int socket;

	for (i = 0; i < RTE_DIM(sizes); i++)
		for (k = 0; k < 2; k++)
			for (socket = SOCKET_ID_ANY; socket < NODES; socket++)
				place_one(arg, sizes[i][k], socket);
	printf("numa_place: lcore on socket %u: placed\n", rte_socket_id());
	return 0;
}

/* --- when memory is short ------------------------------------------------- */

/* Allocate on the poor node until it has no more; how many, the last one included. */
static unsigned int
use_up(struct lbuf_pool *pool, size_t size, unsigned int n)
{
	for (; n < CHUNKS; n++) {
		rte_errno = 0;
		chunks[n] = lbuf_chunk_alloc_socket(pool, size, POOR);
		if (chunks[n] == NULL || chunks[n]->socket != POOR)
			return n + 1;
		check(node_of(chunks[n]) == POOR, "on another node", size);
	}
	check(false, "never used up", size);
	return 0;
}

/* The last one is of the other node, and counted. */
static void
check_preferred(struct lbuf_pool *pool, size_t size, unsigned int n, uint64_t before)
{
	struct lbuf_chunk *last = chunks[n - 1];

	check(last != NULL, "no chunk of the other socket", size);
	memset(last->data, 1, size);
	check(node_of(last) == last->socket && last->socket != POOR, "on a wrong node", size);
	check(fallbacks(pool, tier_of(size), POOR) == before + 1, "fallback not counted", size);
	check(fallbacks(pool, tier_of(size), 1 - POOR) == 0, "counted for another", size);
	printf("numa_place: prefer: size %zu: fallback after %u chunks\n", size, n);
}

static void
check_refused(struct lbuf_pool *pool, size_t size, unsigned int n)
{
	check(chunks[n - 1] == NULL, "a chunk, against the policy", size);
	check(rte_errno == ENOMEM, "not ENOMEM", size);
	check(fallbacks(pool, LBUF_TIER_NUM, SOCKET_ID_ANY) == 0, "a fallback", size);
	printf("numa_place: strict: size %zu: refused after %u chunks\n", size, n);
}

/* The large tier takes the pages, then the others what is left in EAL's heap. */
static void
shortage(const char *name, enum lbuf_policy policy)
{
	const struct lbuf_pool_params params = { .policy = policy };
	struct lbuf_pool *pool = lbuf_pool_create(name, &params);
	unsigned int i, k, n = 0;
	uint64_t before;

	check(pool != NULL, "no pool", 0);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		for (k = 0; k < 2; k++) {
			before = fallbacks(pool, tier_of(sizes[i][k]), POOR);
			n = use_up(pool, sizes[i][k], n);
			if (policy == LBUF_POLICY_PREFER)
				check_preferred(pool, sizes[i][k], n, before);
			else
				check_refused(pool, sizes[i][k], n);
		}
	}
	while (n-- > 0)
		lbuf_chunk_put(chunks[n]);
	check(lbuf_pool_chunks_out(pool) == 0, "chunks out", 0);
	place_one(pool, sizes[0][0], POOR);
	check(lbuf_pool_free(pool) == 0, "pool not freed", 0);
}

int
main(int argc, char **argv)
{
	struct lbuf_pool *pool;
	unsigned int lcore;

	if (rte_eal_init(argc, argv) < 0)
		rte_exit(EXIT_FAILURE, "no EAL\n");
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(rte_socket_count() == NODES, "not two nodes", 0);
	pool = lbuf_pool_create("place", NULL);
	check(pool != NULL, "no pool", 0);
	RTE_LCORE_FOREACH_WORKER(lcore) {
		check(rte_eal_remote_launch(place_all, pool, lcore) == 0, "launch", 0);
		check(rte_eal_wait_lcore(lcore) == 0, "lcore", 0);
	}
	place_all(pool);
	check(fallbacks(pool, LBUF_TIER_NUM, SOCKET_ID_ANY) == 0, "fallbacks", 0);
	check(lbuf_pool_chunks_out(pool) == 0, "chunks out", 0);
	check(lbuf_pool_free(pool) == 0, "pool not freed", 0);
	shortage("prefer", LBUF_POLICY_PREFER);
	shortage("strict", LBUF_POLICY_STRICT);
	rte_eal_cleanup();
	printf("numa_place: end\n");
	return EXIT_SUCCESS;
}
