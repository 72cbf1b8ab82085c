/* SPDX-License-Identifier: BSD-3-Clause */

/* The patterns in memory of debug pools. */

#include <string.h>

#include "poison.h"

void
poison_init(struct lbuf_chunk *chunk)
{
	memset(chunk->data, POISON, chunk->size);
	if (chunk->tier != LBUF_TIER_LARGE)
		memset(chunk->data + chunk->size, GUARD, GUARD_BYTES);
}
