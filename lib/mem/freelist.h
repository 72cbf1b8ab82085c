/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_FREELIST_H
#define LBUF_MEM_FREELIST_H

#include <stdbool.h>
#include <stdint.h>

#include <lbuf_mem.h>

#include "pool_priv.h"

/* Pools with lcore caches: a tag is what the upper bits of lbuf_mem::flags hold. */
#define TAG_MAX (UINT8_MAX >> LBUF_MEM_TAG_SHIFT)

/*
 * A structure for a pool on these sockets, with a tag if the pool is to have caches and one
 * is free; NULL: no memory.
 */
struct pool_priv *
freelist_get(const struct lbuf_pool_params *p, bool cached);
void
freelist_put(struct pool_priv *priv);
/* Pools that have caches; TAG_MAX can. */
unsigned int
freelist_cached(void);
/* For tests: pieces of EAL's heap that freed pools have left for the next ones. */
unsigned int
freelist_pieces(void);

#endif /* LBUF_MEM_FREELIST_H */
