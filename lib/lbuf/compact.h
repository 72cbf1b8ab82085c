/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_COMPACT_H
#define LBUF_COMPACT_H

#include <lbuf_memory.h>
#include <lbuf_share.h>

/* lbuf_compact() into memory of a share. */
int
compact_for(struct lbuf *b, uint32_t n, enum lbuf_share share, struct lbuf_compacted *done);

#endif /* LBUF_COMPACT_H */
