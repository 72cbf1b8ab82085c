/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_memory.h>

#include "pool_priv.h"

struct lbuf_chunk *
lbuf_chunk_alloc_socket(struct lbuf_pool *pool, size_t size, int socket)
{
	if (socket == SOCKET_ID_ANY)
		return lbuf_chunk_alloc(pool, size);
	return lbuf_chunk_alloc_slow(pool, size, socket);
}

/* Chunks of one size out of the lcore's cache; how many there were. */
static unsigned int
cache_get(const struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	struct lbuf_lcore *lcore = lbuf_self.lcore;
	struct lbuf_cache *cache;

	if (lbuf_self.pool_id != pool->id || size - 1 >= pool->middle_max)
		return 0;
	cache = &lcore->cache[lcore->base + lbuf_cache_index(pool, size)];
	n = RTE_MIN(n, cache_len(cache));
	cache->top -= n;
	memcpy(chunks, cache->top, n * sizeof(*chunks));
	return n;
}

int
lbuf_chunk_alloc_bulk(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	unsigned int i = 0;

	while (i < n) {
		i += cache_get(pool, size, &chunks[i], n - i);
		if (i == n)
			break;
		chunks[i] = lbuf_chunk_alloc_slow(pool, size, SOCKET_ID_ANY);
		if (unlikely(chunks[i] == NULL)) {
			int ret = -rte_errno;

			lbuf_chunk_put_bulk(chunks, i);
			return ret;
		}
		i++;
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
	size_t page;

	if (chunk->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	if (chunk->page_shift == 0)
		return chunk->iova + (rte_iova_t)((const uint8_t *)addr - chunk->data);
	page = (size_t)1 << chunk->page_shift;
	*len = RTE_MIN(*len, page - ((uintptr_t)addr & (page - 1)));
	return rte_mem_virt2iova(addr);
}
