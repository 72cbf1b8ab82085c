/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_LCORE_H
#define LBUF_MEM_LCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "sockets.h"

/* The caches of all lcores of a pool. */
struct lcores {
	struct cache_shared shared;
	struct lbuf_pool *pool;
	const struct sockets *sockets;
	uint8_t tag;                               /* of its chunks; 0: there are no caches */
	bool divided;                              /* lcores have caches for receiving, too */
	struct lcore_caches *lcore[RTE_MAX_LCORE]; /* NULL until first used */
} __rte_cache_aligned;

/* The caches of an lcore, if it has any; NULL: it has none. */
static inline struct lcore_caches *
lcores_at(const struct lcores *lcores, unsigned int id)
{
	return __atomic_load_n(&lcores->lcore[id], __ATOMIC_ACQUIRE);
}

/*
 * The calling thread may become an lcore; or it ends as one, and has no caches from here on,
 * though it has its number for a while yet.
 */
void
lcore_thread_begins(void);
void
lcore_thread_ends(void);
/* Caches of the calling thread, made if it has none yet; NULL: it cannot. */
struct lcore_caches *
lcore_self(struct lcores *lcores);
/* Give all that an lcore's caches hold to the depots; NULL does nothing. */
void
lcore_flush(struct lcore_caches *lc);
/* Forget what the lcores' caches hold: the pool goes. */
void
lcores_close(struct lcores *lcores);
/* Whether lcores have chunks of a class in their caches. */
bool
lcores_hold(const struct lcores *lcores, uint32_t cidx);

#endif /* LBUF_MEM_LCORE_H */
