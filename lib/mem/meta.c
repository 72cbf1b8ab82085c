/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Memory for what a pool keeps as long as it lives: depots, caches, small stacks.
 *
 * It comes in blocks. Pieces of EAL's heap of their own would lie about among the
 * slabs, and each keep a whole page from going back to the system.
 */

#include <rte_malloc.h>

#include "pool_priv.h"

/* Bytes of a block. */
#define BLOCK ((size_t)128 << 10)

struct meta_block {
	struct meta_block *next;
	size_t used; /* bytes, this header among them */
} __rte_cache_aligned;

/* On the socket, or elsewhere: one that has no memory left needs its figures, too. */
static struct meta_block *
block_new(struct pool_slot *slot)
{
	struct meta_block *b =
			rte_zmalloc_socket("lbuf_meta", BLOCK, RTE_CACHE_LINE_SIZE, slot->socket);

	if (b == NULL)
		b = rte_zmalloc("lbuf_meta", BLOCK, RTE_CACHE_LINE_SIZE);
	if (b == NULL)
		return NULL;
	b->used = sizeof(*b);
	b->next = slot->meta;
	slot->meta = b;
	return b;
}

void *
meta_alloc(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	struct pool_slot *s = &priv->slot[slot];
	struct meta_block *b;
	void *p = NULL;

	bytes = RTE_ALIGN_CEIL(bytes, (size_t)RTE_CACHE_LINE_SIZE);
	rte_spinlock_lock(&s->meta_lock);
	b = s->meta;
	if (b == NULL || BLOCK - b->used < bytes)
		b = block_new(s);
	if (b != NULL) {
		p = RTE_PTR_ADD(b, b->used);
		b->used += bytes;
	}
	rte_spinlock_unlock(&s->meta_lock);
	return p;
}

void
meta_free_all(struct pool_priv *priv, uint32_t slot)
{
	struct pool_slot *s = &priv->slot[slot];
	struct meta_block *b;

	while ((b = s->meta) != NULL) {
		s->meta = b->next;
		rte_free(b);
	}
}
