/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEPOTS_H
#define LBUF_MEM_DEPOTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_spinlock.h>

#include "depot.h"

/* All depots of a pool. */
struct depots {
	rte_spinlock_t lock; /* guards the making of them */
	struct lbuf_pool *pool;
	uint8_t tag; /* of its chunks; 0: lcores do not cache them */
	bool debug;
	struct depot *depot[LBUF_CACHES]; /* by cidx; NULL until first used */
};

/* First cidx of a slot. */
static inline uint32_t
slot_base(uint32_t slot)
{
	return slot * LBUF_SOCKET_CACHES;
}

/* The depot of a class, if it has been made; NULL: it has not. */
static inline struct depot *
depots_at(const struct depots *depots, uint32_t cidx)
{
	return __atomic_load_n(&depots->depot[cidx], __ATOMIC_ACQUIRE);
}

/* The depot of a class, made in memory of its socket if need be; NULL: no memory. */
struct depot *
depots_get(struct depots *depots, uint32_t cidx, struct socket_mem *mem);
/* Free all. */
void
depots_free(struct depots *depots);

#endif /* LBUF_MEM_DEPOTS_H */
