/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>

#include <rte_errno.h>
#include <rte_memory.h>

#include "pool_priv.h"

struct lbuf_chunk *
lbuf_chunk_alloc_socket(struct lbuf_pool *pool, size_t size, int socket)
{
	struct lbuf_lcore *self = lbuf_lcore_self(pool);
	struct lbuf_cache *cache;
	int slot;

	if (socket == SOCKET_ID_ANY)
		return lbuf_chunk_alloc(pool, size);
	slot = pool_slot(pool_priv(pool), socket);
	if (slot < 0 || size - 1 >= pool->middle_max)
		return lbuf_chunk_alloc_slow(pool, size, socket);
	cache = &self->cache[slot_base((uint32_t)slot) + lbuf_cache_index(pool, size)];
	if (cache->len == 0)
		return lbuf_chunk_alloc_slow(pool, size, socket);
	cache->allocs++;
	return cache->obj[--cache->len];
}

int
lbuf_chunk_alloc_bulk(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		chunks[i] = lbuf_chunk_alloc(pool, size);
		if (unlikely(chunks[i] == NULL)) {
			int ret = -rte_errno;

			lbuf_chunk_put_bulk(chunks, i);
			return ret;
		}
	}
	return 0;
}

void
lbuf_chunk_put_bulk(struct lbuf_chunk **chunks, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		lbuf_chunk_put(chunks[i]);
}

rte_iova_t
lbuf_chunk_iova(const struct lbuf_chunk *chunk, const void *addr, size_t *len)
{
	if (chunk->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	if (chunk->page == 0)
		return chunk->iova + (rte_iova_t)((const uint8_t *)addr - chunk->data);
	*len = RTE_MIN(*len, chunk->page - ((uintptr_t)addr & (chunk->page - 1)));
	return rte_mem_virt2iova(addr);
}
