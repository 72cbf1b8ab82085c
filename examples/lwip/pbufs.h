/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What lwIP sees of linked buffers: custom pbufs, each of which shows a piece of contiguous
 * memory, and holds a linked buffer with a reference to it. No byte is copied either way.
 *
 * Threads: who has lwIP's core lock.
 */

#ifndef PBUFS_H
#define PBUFS_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/pbuf.h>

#include <lbuf.h>

/* Memory of a pool that one of them takes, bytes: a chunk and its descriptor. */
#define PBUFS_BYTES 320

/* Have custom pbufs come from a pool. Those to be sent are to be no more than a number. */
void
pbufs_init(struct lbuf_pool *pool, uint32_t max);

/* How many more of them are to be sent. */
uint32_t
pbufs_left(void);

/*
 * Turn the first n bytes of a buffer, at least 1, into a chain of pbufs of a type (PBUF_REF or
 * PBUF_ROM), and consume them. The chain has fewer bytes if memory ran out, or if they lie in
 * more than PBUFS_PIECES pieces; NULL if it would have none.
 */
struct pbuf *
pbufs_cut(struct lbuf *b, uint16_t n, pbuf_type type);

#define PBUFS_PIECES 16

/* Whether a pbuf shows memory of a linked buffer. */
bool
pbufs_by_reference(const struct pbuf *p);

/* Append what one such pbuf shows to a buffer, which has a reference more to it then. */
int
pbufs_view(struct pbuf *p, struct lbuf *b);

/*
 * Append all that a chain shows to a buffer, readable at once. The chain is to be freed after
 * that. Only what lwIP has in memory of its own is copied.
 */
int
pbufs_take(struct pbuf *chain, struct lbuf *b);

#endif /* PBUFS_H */
