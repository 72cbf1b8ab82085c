/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The limit of a socket, and its division between receiving and the rest. Each share has a
 * slot of its own, and so what is cut into its chunks is counted for it alone.
 */

#include <errno.h>
#include <inttypes.h>

#include <lbuf_share.h>

#include "mem_log.h"
#include "reclaim.h"
#include "wait.h"

static struct budget *
budget_of(struct pool_priv *priv, uint32_t i, enum lbuf_share share)
{
	uint32_t slot = share == LBUF_SHARE_RX ? priv->sockets.nb + i : i;

	return &priv->slot[slot].mem.budget;
}

/* Whether a limit has room for a part of so many bytes, and for what is left. */
static bool
is_room(uint64_t limit, uint64_t rx_bytes)
{
	return limit == 0 || rx_bytes == 0 ||
			(limit > rx_bytes && limit - rx_bytes >= LBUF_LIMIT_MIN);
}

/* A limit as users say it: 0 is none. */
static uint64_t
limit_of(struct pool_priv *priv, uint32_t i)
{
	uint64_t limit = budget_limit(&priv->socket[i].total);

	return limit == UINT64_MAX ? 0 : limit;
}

/* What a share holds beyond its limit is given up as far as it idles. */
static void
shrink(struct pool_priv *priv, uint32_t i, enum lbuf_share share)
{
	struct budget *budget = budget_of(priv, i, share);

	if (budget_is_full(budget, 0) || budget_is_full(budget->total, 0))
		reclaim_idle(priv, share == LBUF_SHARE_RX ? priv->sockets.nb + i : i);
}

/* Set all limits of a socket; the lock must be held. */
static void
set_limits(struct pool_priv *priv, uint32_t i, size_t limit, size_t rx_bytes)
{
	bool was = priv->socket[i].rx_bytes != 0;

	budget_limit_set(&priv->socket[i].total, limit);
	budget_limit_set(budget_of(priv, i, LBUF_SHARE_RX), rx_bytes);
	budget_limit_set(budget_of(priv, i, LBUF_SHARE_REST),
			limit == 0 || rx_bytes == 0 ? 0 : limit - rx_bytes);
	if (rx_bytes != 0) {
		__atomic_store_n(&priv->pub.mixed, true, __ATOMIC_RELAXED);
		__atomic_store_n(&priv->lcores.divided, true, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&priv->socket[i].rx_bytes, rx_bytes, __ATOMIC_RELEASE);
	__atomic_fetch_add(&priv->divided, (uint32_t)(rx_bytes != 0) - (uint32_t)was,
			__ATOMIC_RELEASE);
}

/* The same, if they are possible; 0 or -EINVAL. NULL: as it is. */
static int
change_limits(struct pool_priv *priv, uint32_t i, const size_t *limit, const size_t *rx_bytes)
{
	size_t new_limit, new_rx;
	int ret = -EINVAL;

	rte_spinlock_lock(&priv->limit_lock);
	new_limit = limit != NULL ? *limit : limit_of(priv, i);
	new_rx = rx_bytes != NULL ? *rx_bytes : priv->socket[i].rx_bytes;
	if (is_room(new_limit, new_rx)) {
		set_limits(priv, i, new_limit, new_rx);
		ret = 0;
	}
	rte_spinlock_unlock(&priv->limit_lock);
	if (ret != 0) {
		MEM_LOG(ERR,
				"pool %s: socket %d: a limit of %zu B has no room for %zu B of "
				"receiving and %zu of the rest: raise it, or lower the share",
				priv->name, priv->sockets.id[i], new_limit, new_rx, LBUF_LIMIT_MIN);
		return ret;
	}
	shrink(priv, i, LBUF_SHARE_REST);
	shrink(priv, i, LBUF_SHARE_RX);
	waiters_reconsider(priv);
	waiters_notify(priv);
	waiters_serve(priv, false);
	return 0;
}

/* Index of a socket that bytes are set for, or -EINVAL. */
static int
check(const struct pool_priv *priv, int socket, size_t bytes, const char *what)
{
	int i;

	if (priv == NULL)
		return -EINVAL;
	i = sockets_find(&priv->sockets, socket);
	if (i < 0 || (bytes != 0 && bytes < LBUF_LIMIT_MIN)) {
		MEM_LOG(ERR, "pool %s: %s of %zu B on socket %d: at least %zu, or 0 for none",
				priv->name, what, bytes, socket, LBUF_LIMIT_MIN);
		return -EINVAL;
	}
	return i;
}

int
lbuf_pool_limit_set(struct lbuf_pool *pool, int socket, size_t bytes)
{
	struct pool_priv *priv = pool_priv(pool);
	int i = check(priv, socket, bytes, "limit");

	return i < 0 ? i : change_limits(priv, (uint32_t)i, &bytes, NULL);
}

int
lbuf_pool_share_set(struct lbuf_pool *pool, int socket, size_t rx_bytes)
{
	struct pool_priv *priv = pool_priv(pool);
	int i = check(priv, socket, rx_bytes, "share");

	return i < 0 ? i : change_limits(priv, (uint32_t)i, NULL, &rx_bytes);
}
