/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_META_H
#define LBUF_MEM_META_H

#include <stddef.h>

#include <rte_spinlock.h>

struct meta_block;

/* Memory on a socket for what a pool keeps as long as it lives. */
struct meta {
	rte_spinlock_t lock;
	struct meta_block *blocks;
};

/*
 * Zeroed memory, on the socket if it has any, aligned to a cache line; at most some KiB.
 * It goes with all the rest. NULL: no memory.
 */
void *
meta_alloc(struct meta *meta, int socket, size_t bytes);
void
meta_free_all(struct meta *meta);

#endif /* LBUF_MEM_META_H */
