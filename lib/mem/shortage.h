/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SHORTAGE_H
#define LBUF_MEM_SHORTAGE_H

#include <stddef.h>
#include <stdint.h>

#include "pool_priv.h"

/*
 * A request of so many bytes from a slot failed with this positive errno: tell the log what
 * the pool has, who holds it, and what would help, once a second at most. No lock may be
 * held.
 */
void
shortage_report(struct pool_priv *priv, uint32_t slot, size_t size, int err);

#endif /* LBUF_MEM_SHORTAGE_H */
