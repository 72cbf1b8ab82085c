/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEPOT_TRIM_H
#define LBUF_MEM_DEPOT_TRIM_H

#include <stddef.h>
#include <stdint.h>

#include "depot.h"

/* Give back slabs of which all chunks are there, up to so many chunks; bytes. */
size_t
depot_trim(struct depot *depot, uint64_t max_chunks);
/*
 * The same with all, or nothing where another thread adds or takes slabs, or where *waiters is
 * not 0. What is put in after that was raised is not given back. NULL: whoever waits.
 */
size_t
depot_try_trim(struct depot *depot, const uint32_t *waiters);

#endif /* LBUF_MEM_DEPOT_TRIM_H */
