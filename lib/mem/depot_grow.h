/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEPOT_GROW_H
#define LBUF_MEM_DEPOT_GROW_H

#include <stdbool.h>

#include "depot.h"

/*
 * Add a slab, as large as all before it, or one of a single chunk. The grow lock must be
 * held. 0, -ENOBUFS if the limit is in the way, or -ENOMEM if there is no memory.
 */
int
depot_grow(struct depot *depot, bool one);
/* Bytes that depot_grow() asks for. */
size_t
depot_grow_bytes(const struct depot *depot, bool one);

#endif /* LBUF_MEM_DEPOT_GROW_H */
