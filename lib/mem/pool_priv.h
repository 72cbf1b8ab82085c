/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A pool, put together from its parts. Those know nothing of each other but what is listed
 * before them in meson.build, and nothing of this structure.
 *
 * A cache index (cidx) names socket, tier and class at once: alloc computes it from the
 * size, free reads it from the chunk. The large tier has none. What requests are served
 * from is a slot: of socket i of the pool slot i is for the rest, or for all while the
 * limit is not divided, and slot i + the number of sockets is for receiving. Each has a
 * budget, depots and mappings of its own, so that a chunk returns to where it came from.
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

/* What the shares of a socket have in common. */
struct pool_socket {
	struct budget total;
	struct heap heap;
	uint64_t rx_bytes; /* the limit's part for receiving; 0: it is not divided */
};

/* What a pool has on a socket for a share. */
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
	uint64_t shortage_tsc;       /* when the log last told that memory ran out */
	struct sockets sockets;
	struct pool_socket socket[LBUF_SOCKETS_MAX];
	rte_spinlock_t limit_lock; /* guards the setting of limits and shares */
	uint32_t divided;          /* sockets whose limit is divided */
	struct pool_slot slot[LBUF_SHARE_NUM * LBUF_SOCKETS_MAX];
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
	return cache_has_waiters(&priv->lcores.shared, LBUF_SHARE_REST) ||
			cache_has_waiters(&priv->lcores.shared, LBUF_SHARE_RX);
}

/* Whether the limit of any socket is divided. */
static inline bool
pool_is_divided(const struct pool_priv *priv)
{
	return __atomic_load_n(&priv->divided, __ATOMIC_ACQUIRE) != 0;
}

static inline uint32_t
nb_slots(const struct pool_priv *priv)
{
	return LBUF_SHARE_NUM * priv->sockets.nb;
}

/* The socket of a slot, as an index, and its share. */
static inline uint32_t
slot_socket(const struct pool_priv *priv, uint32_t slot)
{
	return slot < priv->sockets.nb ? slot : slot - priv->sockets.nb;
}

static inline enum lbuf_share
slot_share(const struct pool_priv *priv, uint32_t slot)
{
	return slot < priv->sockets.nb ? LBUF_SHARE_REST : LBUF_SHARE_RX;
}

static inline uint64_t
socket_rx_bytes(const struct pool_priv *priv, uint32_t i)
{
	return __atomic_load_n(&priv->socket[i].rx_bytes, __ATOMIC_ACQUIRE);
}

/* Slot of a socket, by its index, that requests for a share go to. */
static inline uint32_t
slot_of(const struct pool_priv *priv, uint32_t i, enum lbuf_share share)
{
	return share == LBUF_SHARE_RX && socket_rx_bytes(priv, i) != 0 ? priv->sockets.nb + i : i;
}

static inline bool
share_has_waiters(const struct pool_priv *priv, enum lbuf_share share)
{
	return cache_has_waiters(&priv->lcores.shared, share);
}

/* Caches, and depots, of all slots of a pool. */
static inline uint32_t
nb_caches(const struct pool_priv *priv)
{
	return slot_base(nb_slots(priv));
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
