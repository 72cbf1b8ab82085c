/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>

#include <rte_errno.h>
#include <rte_memory.h>

#include "iova.h"
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
mem_iova(const void *addr, size_t *len)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);
	const struct rte_memseg *ms;
	size_t off;

	if (msl == NULL)
		return RTE_BAD_IOVA;
	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return (rte_iova_t)(uintptr_t)addr;
	ms = rte_mem_virt2memseg(addr, msl);
	if (ms == NULL || ms->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	off = (size_t)((const uint8_t *)addr - (const uint8_t *)ms->addr);
	*len = RTE_MIN(*len, ms->len - off);
	return ms->iova + off;
}

rte_iova_t
lbuf_chunk_iova(const struct lbuf_chunk *chunk, const void *addr, size_t *len)
{
	size_t off = (size_t)((const uint8_t *)addr - chunk->data);
	size_t page, in_page;

	if (chunk->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	if (chunk->page_shift == 0)
		return chunk->iova + off;
	page = (size_t)1 << chunk->page_shift;
	in_page = (uintptr_t)addr & (page - 1);
	*len = RTE_MIN(*len, page - in_page);
	/* Most chunks, and all small ones, lie in one page. */
	return likely(off <= in_page) ? chunk->iova + off : mem_iova(addr, len);
}
