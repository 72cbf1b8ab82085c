/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEBUG_H
#define LBUF_MEM_DEBUG_H

#include <stdbool.h>
#include <stddef.h>

#include "pool_priv.h"

/* Check a chunk that is handed out, and note its owner. */
void
debug_alloc(struct pool_priv *priv, struct lbuf_chunk *chunk, size_t size, const void *caller);
/* Check a chunk that comes back; false if it must not be taken. */
bool
debug_free(struct pool_priv *priv, struct lbuf_chunk *chunk);

/* Log who holds what, at most so many chunks. */
void
debug_leaks(struct pool_priv *priv, unsigned int max);

#endif /* LBUF_MEM_DEBUG_H */
