/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The face of a depot to DPDK's tools: a mempool with operations of its own, whose
 * objects are chunk descriptors.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <rte_errno.h>

#include "depot_ops.h"
#include "mem_log.h"

/* Chunk size as in the names of depots: 1024 is 1K, 1280 is 1280. */
static void
size_name(char *buf, size_t len, size_t size)
{
	if (size % (1 << 20) == 0)
		snprintf(buf, len, "%zuM", size >> 20);
	else if (size % (1 << 10) == 0)
		snprintf(buf, len, "%zuK", size >> 10);
	else
		snprintf(buf, len, "%zu", size);
}

int
depot_name(const struct depot *depot, char *buf, size_t len)
{
	char size[24];

	size_name(size, sizeof(size), depot->cls.size);
	return snprintf(buf, len, "%s.%d.%s%s%s", depot->mem->pool, depot->cls.socket, size,
			depot->cls.tier == LBUF_TIER_SMALL ? "s" : "", depot->mem->mark);
}

struct rte_mempool *
depot_mempool(struct depot *depot)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;

	if (depot_name(depot, name, sizeof(name)) >= (int)sizeof(name))
		return NULL;
	mp = rte_mempool_create_empty(name, 1, sizeof(struct lbuf_chunk), 0, 0, depot->cls.socket,
			0);
	if (mp == NULL && rte_errno == ENOMEM) /* the tools need no memory near by */
		mp = rte_mempool_create_empty(name, 1, sizeof(struct lbuf_chunk), 0, 0,
				SOCKET_ID_ANY, 0);
	if (mp == NULL)
		return NULL;
	if (rte_mempool_set_ops_byname(mp, "lbuf", NULL) != 0) {
		rte_mempool_free(mp);
		return NULL;
	}
	mp->size = 0;
	mp->pool_data = depot;
	mp->flags |= RTE_MEMPOOL_F_POOL_CREATED;
	return mp;
}

/* A depot makes itself; it is never populated through the mempool. */
static int
ops_alloc(struct rte_mempool *mp)
{
	RTE_SET_USED(mp);
	return -ENOTSUP;
}

static void
ops_free(struct rte_mempool *mp)
{
	RTE_SET_USED(mp);
}

static int
ops_enqueue(struct rte_mempool *mp, void *const *obj, unsigned int n)
{
	depot_put(mp->pool_data, (struct lbuf_chunk *const *)obj, n);
	return 0;
}

static int
ops_dequeue(struct rte_mempool *mp, void **obj, unsigned int n)
{
	struct depot *depot = mp->pool_data;
	uint32_t got = depot_pop(depot, (struct lbuf_chunk **)obj, n);

	if (got == n)
		return 0;
	if (got != 0)
		depot_put(depot, (struct lbuf_chunk **)obj, got);
	return -ENOBUFS;
}

static unsigned int
ops_get_count(const struct rte_mempool *mp)
{
	const struct depot *depot = mp->pool_data;

	return depot->n;
}

static const struct rte_mempool_ops depot_ops = {
	.name = "lbuf",
	.alloc = ops_alloc,
	.free = ops_free,
	.enqueue = ops_enqueue,
	.dequeue = ops_dequeue,
	.get_count = ops_get_count,
};

static bool registered;

static void
ops_register(void)
{
	registered = rte_mempool_register_ops(&depot_ops) >= 0;
	if (!registered)
		MEM_LOG(WARNING, "no place for more mempool operations: tools do not see chunks");
}

/*
 * Not in a constructor: each process numbers operations as they come, and a mempool has the
 * number. So these come behind those of the drivers, lest those differ from the numbers that
 * they have in processes without this library, such as dpdk-dumpcap.
 */
bool
depot_ops_register(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, ops_register);
	return registered;
}
