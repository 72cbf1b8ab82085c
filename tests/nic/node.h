/* SPDX-License-Identifier: BSD-3-Clause */

/* Where chunks are, by the kernel's own account. */

#ifndef NODE_H
#define NODE_H

#include <stddef.h>
#include <stdint.h>

#include <numaif.h>

#include <rte_memory.h>

#include <lbuf_chunk.h>

#define NODE_PAGE 4096

/* The node that all pages of a chunk are on; -1: on several. */
static inline int
node_of(const struct lbuf_chunk *chunk)
{
	/* Hugepages, of which only the large tier has whole ones for itself. */
	size_t step = chunk->tier == LBUF_TIER_LARGE ? RTE_PGSIZE_2M : NODE_PAGE, off;
	int node, first = -1;
	void *page;

	for (off = 0; off < chunk->size; off += step) {
		page = (void *)(((uintptr_t)chunk->data + off) & ~(uintptr_t)(NODE_PAGE - 1));
		if (move_pages(0, 1, &page, NULL, &node, 0) != 0 || node < 0)
			return -1;
		first = off == 0 ? node : first;
		if (node != first)
			return -1;
	}
	return first;
}

/* The tier that serves a size, by a pool's usual settings. */
static inline enum lbuf_tier
tier_of(size_t size)
{
	return size < LBUF_MIDDLE_MIN             ? LBUF_TIER_SMALL
			: size <= LBUF_MIDDLE_MAX ? LBUF_TIER_MIDDLE
						  : LBUF_TIER_LARGE;
}

#endif /* NODE_H */
