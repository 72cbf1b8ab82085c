/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_RECLAIM_H
#define LBUF_MEM_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool_priv.h"

/* Give all that lies idle in a slot back to the system; returns bytes. */
size_t
reclaim_idle(struct pool_priv *priv, uint32_t slot);
/*
 * The same for a request of the calling thread for so many bytes, where its own share is not
 * in the way also what lies idle of the other share. While somebody waits for memory, what
 * lies idle is for those who wait alone, and only a thread that serves them is given any.
 */
size_t
reclaim_for_request(struct pool_priv *priv, uint32_t slot, size_t bytes);
/* Whether the calling thread serves who waits. Set by wait.c. */
extern __thread bool reclaim_serves_waiters;

#endif /* LBUF_MEM_RECLAIM_H */
