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

/* The head of a chunk as one number, to compare all of it at once. */
static inline uint64_t
head_of(const struct lbuf_chunk *chunk)
{
	uint64_t head;

	memcpy(&head, &chunk->mem, sizeof(head));
	return head;
}

/*
 * How many chunks, from the first on, can go to the lcore's cache side by side:
 * all of one class, each with its last reference, handed out by this lcore.
 */
static unsigned int
same_run(struct lbuf_chunk **chunks, unsigned int n)
{
	const struct lbuf_mem last = {
		.refcnt = 1,
		.kind = LBUF_MEM_CHUNK,
		.cidx = chunks[0]->mem.cidx,
	};
	uint32_t home = lbuf_self.home;
	uint64_t head;
	unsigned int i;

	memcpy(&head, &last, sizeof(head));
	for (i = 0; i < n; i++)
		if (chunks[i] == NULL || head_of(chunks[i]) != head || chunks[i]->home != home)
			break;
	return i;
}

void
lbuf_chunk_put_bulk(struct lbuf_chunk **chunks, unsigned int n)
{
	struct lbuf_cache *cache;
	unsigned int run;

	while (n != 0) {
		run = chunks[0] == NULL ? 0 : same_run(chunks, n);
		if (run != 0) {
			cache = &lbuf_self.lcore->cache[chunks[0]->mem.cidx];
			run = RTE_MIN(run, (unsigned int)(cache->lim - cache->top));
		}
		if (run == 0) {
			/* The unusual one, or one that flushes the full cache. */
			lbuf_chunk_put(chunks[0]);
			run = 1;
		} else {
			memcpy(cache->top, chunks, run * sizeof(*chunks));
			cache->top += run;
			cache->frees += run;
		}
		chunks += run;
		n -= run;
	}
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
