/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_REQUEST_H
#define LBUF_MEM_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool_priv.h"

/* Slot of a request for a share, or -EINVAL. */
int
request_slot(const struct pool_priv *priv, size_t size, int socket, enum lbuf_share share);
/*
 * A chunk of a slot, by the lcore's cache or else from the depot or a mapping; NULL with
 * rte_errno.
 */
struct lbuf_chunk *
request_alloc(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller);
/* n chunks by the lcore's cache at once; false: that cannot be. */
bool
request_bulk(struct pool_priv *priv, size_t size, struct lbuf_chunk **chunks, unsigned int n,
		const void *caller);
/*
 * A chunk for one who waits, past the caches; NULL: there is none, and none may or can be
 * added.
 */
struct lbuf_chunk *
request_waiting(struct pool_priv *priv, size_t size, uint32_t slot, const void *caller, bool grow);
/* Take a chunk back whose last reference is gone. */
void
request_free(struct pool_priv *priv, struct lbuf_chunk *chunk);
/*
 * Put the first of n chunks on their cache at once, those that are alike; returns how many,
 * or 0: it cannot.
 */
uint32_t
request_free_run(struct lbuf_chunk *const *chunks, uint32_t n);

#endif /* LBUF_MEM_REQUEST_H */
