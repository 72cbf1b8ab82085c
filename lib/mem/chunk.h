/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_CHUNK_H
#define LBUF_MEM_CHUNK_H

#include <lbuf_chunk.h>

/*
 * For tests, and only in pools with LBUF_POOL_F_NO_CACHE: the nth allocation of a chunk
 * from now on fails with ENOMEM. 1 is the next one, 0 none.
 */
void
lbuf_pool_inject(struct lbuf_pool *pool, int nth);

#endif /* LBUF_MEM_CHUNK_H */
