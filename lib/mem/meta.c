/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Memory for what a pool keeps as long as it lives: depots, caches, small stacks.
 *
 * It comes in blocks. Pieces of EAL's heap of their own would lie about among the
 * slabs, and each keep a whole page from going back to the system.
 */

#include <rte_malloc.h>

#include "meta.h"

/* Bytes of a block. */
#define BLOCK ((size_t)128 << 10)

struct meta_block {
	struct meta_block *next;
	size_t used; /* bytes, this header among them */
} __rte_cache_aligned;

/* On the socket, or elsewhere: one that has no memory left needs its figures, too. */
static struct meta_block *
block_new(struct meta *meta, int socket)
{
	struct meta_block *b = rte_zmalloc_socket("lbuf_meta", BLOCK, RTE_CACHE_LINE_SIZE, socket);

	if (b == NULL)
		b = rte_zmalloc("lbuf_meta", BLOCK, RTE_CACHE_LINE_SIZE);
	if (b == NULL)
		return NULL;
	b->used = sizeof(*b);
	b->next = meta->blocks;
	meta->blocks = b;
	return b;
}

void *
meta_alloc(struct meta *meta, int socket, size_t bytes)
{
	struct meta_block *b;
	void *p = NULL;

	bytes = RTE_ALIGN_CEIL(bytes, (size_t)RTE_CACHE_LINE_SIZE);
	rte_spinlock_lock(&meta->lock);
	b = meta->blocks;
	if (b == NULL || BLOCK - b->used < bytes)
		b = block_new(meta, socket);
	if (b != NULL) {
		p = RTE_PTR_ADD(b, b->used);
		b->used += bytes;
	}
	rte_spinlock_unlock(&meta->lock);
	return p;
}

void
meta_free_all(struct meta *meta)
{
	struct meta_block *b;

	while ((b = meta->blocks) != NULL) {
		meta->blocks = b->next;
		rte_free(b);
	}
}
