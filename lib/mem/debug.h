/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEBUG_H
#define LBUF_MEM_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool_priv.h"

/* Check a chunk that is handed out, and note its owner. */
void
debug_alloc(struct pool_priv *priv, struct lbuf_chunk *chunk, size_t size, const void *caller);
/* Check a chunk that comes back; false if it must not be taken. */
bool
debug_free(struct pool_priv *priv, struct lbuf_chunk *chunk);
/* Report those of n chunks that are not as lbuf_chunk_put_bulk_raw() wants them. */
void
debug_raw(struct pool_priv *priv, size_t size, struct lbuf_chunk *const *chunks, uint32_t n);

/* Log who holds what, at most so many chunks. */
void
debug_leaks(struct pool_priv *priv, unsigned int max);

#endif /* LBUF_MEM_DEBUG_H */
