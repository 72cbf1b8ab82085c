/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>

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

int
lbuf_chunk_alloc_bulk_slow(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
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
