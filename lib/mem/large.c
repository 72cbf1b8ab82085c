/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Large chunks: a mapping of hugepages each.
 *
 * Pages are populated before the chunk is handed out, so that a shortage, which
 * would be a SIGBUS at the first touch, is an error.
 */

#include <errno.h>
#include <sys/mman.h>

#include <numa.h>
#include <numaif.h>

#include <rte_eal.h>
#include <rte_malloc.h>

#include "pool_priv.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

/* Pages of the large tier, bytes: those of 2 MiB, which every machine has. */
#define PAGE_SHIFT 21
#define PAGE_BYTES ((size_t)1 << PAGE_SHIFT)

struct large_chunk {
	struct lbuf_chunk chunk;
	size_t map_bytes;
};

/* Bind a mapping to a socket, where the machine has several. */
static int
bind_socket(void *addr, size_t bytes, const struct pool_priv *priv, uint32_t slot)
{
	struct bitmask *nodes;
	long ret;

	if (priv->nb_slots == 1 || numa_available() < 0 ||
			!numa_bitmask_isbitset(numa_all_nodes_ptr,
					(unsigned int)priv->socket[slot]))
		return 0;
	nodes = numa_bitmask_alloc((unsigned int)numa_num_possible_nodes());
	numa_bitmask_setbit(nodes, (unsigned int)priv->socket[slot]);
	ret = mbind(addr, bytes, MPOL_BIND, nodes->maskp, nodes->size + 1, 0);
	numa_bitmask_free(nodes);
	return ret == 0 ? 0 : -errno;
}

/* Memory on a socket, every page of it there; NULL if it cannot be had. */
static void *
map_pages(const struct pool_priv *priv, size_t bytes, uint32_t slot, int huge)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *addr;

	if (huge)
		flags |= MAP_HUGETLB | PAGE_SHIFT << MAP_HUGE_SHIFT;
	addr = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (addr == MAP_FAILED)
		return NULL;
	if (bind_socket(addr, bytes, priv, slot) != 0 ||
			madvise(addr, bytes, MADV_POPULATE_WRITE) != 0) {
		munmap(addr, bytes);
		return NULL;
	}
	return addr;
}

static void *
map_large(const struct pool_priv *priv, size_t bytes, uint32_t slot)
{
	void *addr = NULL;

	if (rte_eal_has_hugepages())
		addr = map_pages(priv, bytes, slot, 1);
	if (addr == NULL &&
			(!rte_eal_has_hugepages() ||
					(priv->params.flags & LBUF_POOL_F_BASE_PAGES) != 0))
		addr = map_pages(priv, bytes, slot, 0);
	return addr;
}

static struct large_chunk *
large_new(struct pool_priv *priv, size_t bytes, uint32_t slot)
{
	struct large_chunk *lc;

	lc = rte_zmalloc_socket("lbuf_large", sizeof(*lc), RTE_CACHE_LINE_SIZE, priv->socket[slot]);
	if (lc == NULL)
		return NULL;
	lc->chunk.data = map_large(priv, bytes, slot);
	if (lc->chunk.data == NULL) {
		rte_free(lc);
		return NULL;
	}
	lc->map_bytes = bytes;
	lc->chunk.mem = (struct lbuf_mem){
		.refcnt = 1,
		.kind = LBUF_MEM_CHUNK,
	};
	lc->chunk.size = bytes;
	lc->chunk.iova = RTE_BAD_IOVA;
	lc->chunk.pool = &priv->pub;
	lc->chunk.home = LBUF_NO_HOME;
	lc->chunk.tier = LBUF_TIER_LARGE;
	lc->chunk.slot = (uint8_t)slot;
	lc->chunk.socket = priv->socket[slot];
	return lc;
}

struct lbuf_chunk *
large_alloc(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct large *large = &priv->large[slot];
	struct lbuf_pool_stats *st = &large->stats;
	size_t bytes = RTE_ALIGN_CEIL(size, PAGE_BYTES);
	struct large_chunk *lc = large_new(priv, bytes, slot);

	rte_spinlock_lock(&large->lock);
	if (lc != NULL) {
		st->allocs++;
		st->grows++;
		st->chunks++;
		st->bytes += bytes;
		st->high_water = RTE_MAX(st->high_water, st->bytes);
	} else {
		st->failures++;
	}
	rte_spinlock_unlock(&large->lock);
	return lc == NULL ? NULL : &lc->chunk;
}

void
large_free(struct lbuf_chunk *chunk)
{
	struct large_chunk *lc = (struct large_chunk *)chunk;
	struct large *large = &pool_priv(chunk->pool)->large[chunk->slot];
	struct lbuf_pool_stats *st = &large->stats;

	rte_spinlock_lock(&large->lock);
	st->frees++;
	st->shrinks++;
	st->chunks--;
	st->bytes -= lc->map_bytes;
	rte_spinlock_unlock(&large->lock);
	munmap(chunk->data, lc->map_bytes);
	rte_free(lc);
}
