/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_HOLDERS_H
#define LBUF_MEM_HOLDERS_H

#include <stdint.h>

#include <lbuf_debug.h>

#include "pool_priv.h"

/* Who has, or had, a chunk of a debug pool or of the large tier; NULL: not known. */
struct owner *
owner_of(struct lbuf_chunk *chunk);
/* Call a function for each owner that is known, and how many chunks one stands for. */
void
holders_walk(struct pool_priv *priv,
		void (*func)(const struct owner *o, uint32_t weight, void *arg), void *arg);

#endif /* LBUF_MEM_HOLDERS_H */
