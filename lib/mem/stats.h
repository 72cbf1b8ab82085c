/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_STATS_H
#define LBUF_MEM_STATS_H

#include <stdint.h>

#include "pool_priv.h"

/* Figures of a class, and of the large tier of a slot. */
void
class_stats(const struct pool_priv *priv, const struct depot *depot, struct lbuf_pool_stats *st);
void
large_stats(const struct pool_priv *priv, uint32_t slot, struct lbuf_pool_stats *st);

/* Chunks in depots, or kept. Figures that were read beside running lcores may not add up. */
static inline uint64_t
stats_free(const struct lbuf_pool_stats *st)
{
	return st->chunks > st->out + st->cached ? st->chunks - st->out - st->cached : 0;
}

#endif /* LBUF_MEM_STATS_H */
