/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A pool, put together from its parts. Those know nothing of each other but what is listed
 * before them in meson.build, and nothing of this structure.
 *
 * A cache index (cidx) names socket, tier and class at once: alloc computes it from the
 * size, free reads it from the chunk. The large tier has none. The index of a socket in the
 * pool is a slot.
 *
 * Locks, in the order in which they are taken: the background thread's, a pool's waiters, a
 * depot's grow lock, that of devices or of large chunks, an lcore's caches, a depot's
 * stack. Callbacks of users are called with none of them held.
 */

#ifndef LBUF_POOL_PRIV_H
#define LBUF_POOL_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <lbuf_pool.h>

#include "depots.h"
#include "dma.h"
#include "large.h"
#include "lcore.h"
#include "sample.h"
#include "socket_mem.h"
#include "sockets.h"
#include "waiters.h"

/* What a pool has on a socket. */
struct pool_slot {
	struct socket_mem mem;
	struct large large;
};

struct pool_priv {
	struct lbuf_pool pub; /* first: a struct lbuf_pool * is one of these */
	char name[LBUF_POOL_NAMESIZE];
	uint8_t tag; /* 0: it has no caches; stays when the structure is used again */
	struct lbuf_pool_params params;
	int inject;                  /* see lbuf_pool_inject() */
	uint32_t walkers;            /* that have the pool in hand, see lbuf_pool_walk() */
	uint64_t bugs;               /* that a debug pool found */
	TAILQ_ENTRY(pool_priv) next; /* in the background thread's list, or among unused ones */
	uint64_t window_tsc;         /* when the background thread's window began */
	struct sockets sockets;
	struct pool_slot slot[LBUF_SOCKETS_MAX];
	struct depots depots;
	struct lcores lcores;
	struct waiters waiters;
	struct samples samples;
	struct devices devices;
};

static inline struct pool_priv *
pool_priv(const struct lbuf_pool *pool)
{
	return (struct pool_priv *)(uintptr_t)pool;
}

static inline bool
pool_is_debug(const struct pool_priv *priv)
{
	return (priv->params.flags & LBUF_POOL_F_DEBUG) != 0;
}

static inline bool
pool_has_waiters(const struct pool_priv *priv)
{
	return cache_has_waiters(&priv->lcores.shared);
}

/* Caches, and depots, of all sockets of a pool. */
static inline uint32_t
nb_caches(const struct pool_priv *priv)
{
	return slot_base(priv->sockets.nb);
}

/* The depot of a class, if it has been made; NULL: it has not. */
static inline struct depot *
depot_at(const struct pool_priv *priv, uint32_t cidx)
{
	return depots_at(&priv->depots, cidx);
}

/* The depot that requests of a size go to on a slot, made if need be; NULL: no memory. */
static inline struct depot *
depot_for(struct pool_priv *priv, size_t size, uint32_t slot)
{
	uint32_t cidx = slot_base(slot) + lbuf_cache_index(&priv->pub, size);

	return depots_get(&priv->depots, cidx, &priv->slot[slot].mem);
}

/* Whether requests of a size are the large tier's. */
static inline bool
size_is_large(const struct pool_priv *priv, size_t size)
{
	return size > priv->pub.middle_max;
}

static inline const char *
tier_name(enum lbuf_tier tier)
{
	static const char *const name[] = { "small", "middle", "large" };

	return name[tier];
}

#endif /* LBUF_POOL_PRIV_H */
