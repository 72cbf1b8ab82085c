/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_POISON_H
#define LBUF_MEM_POISON_H

#include <lbuf_chunk.h>

/* Bytes behind each chunk of a debug pool that nobody may write. */
#define GUARD_BYTES 64

/* What debug pools fill memory with: free, just handed out, behind the end. */
#define POISON 0xdb
#define FRESH 0xfb
#define GUARD 0x9c

/* Prepare a chunk that is new, and free. */
void
poison_init(struct lbuf_chunk *chunk);

#endif /* LBUF_MEM_POISON_H */
