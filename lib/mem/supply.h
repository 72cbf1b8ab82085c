/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SUPPLY_H
#define LBUF_MEM_SUPPLY_H

#include <stddef.h>
#include <stdint.h>

#include "pool_priv.h"

/*
 * Take 1 to n chunks out of a depot, which grows if it is empty; returns how many, or a
 * negative errno: -ENOMEM, -ENOBUFS at the limit.
 */
int
supply_depot(struct pool_priv *priv, struct depot *depot, struct lbuf_chunk **obj, uint32_t n);
/* Add a slab to a depot, unless another thread is at it; 0 or a negative errno. */
int
supply_ahead(struct pool_priv *priv, struct depot *depot);
/* A large chunk after what idles was given back, where `ret` came of the first attempt. */
struct lbuf_chunk *
supply_large_again(struct pool_priv *priv, size_t size, uint32_t slot, int ret);

/* A large chunk; NULL with rte_errno. Inline: mostly a mapping is kept, and it is short. */
static inline struct lbuf_chunk *
supply_large(struct pool_priv *priv, size_t size, uint32_t slot)
{
	int ret = 0;
	struct lbuf_chunk *chunk = large_alloc(&priv->slot[slot].large, size, &ret);

	return likely(chunk != NULL) ? chunk : supply_large_again(priv, size, slot, ret);
}

#endif /* LBUF_MEM_SUPPLY_H */
