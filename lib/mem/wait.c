/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Waiting for memory. Those who wait stand in line, and are handed their chunk when
 * there is one: none of them can be overtaken for ever by others who try again.
 *
 * While somebody waits, all lcores pass what they free on to the depots, see
 * lcore_ring(). The tender looks after the line, too.
 */

#include <rte_errno.h>

#include <lbuf_wait.h>

#include "pool_priv.h"

int
lbuf_chunk_wait(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		lbuf_wait_cb_t cb, void *arg)
{
	struct pool_priv *priv = pool_priv(pool);
	int slot;

	if (pool == NULL || w == NULL || cb == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	slot = request_slot(priv, size, socket);
	if (slot < 0)
		return slot;
	*w = (struct lbuf_waiter){
		.pool = pool, .size = size, .slot = (uint32_t)slot, .cb = cb, .arg = arg
	};
	rte_spinlock_lock(&priv->wait_lock);
	TAILQ_INSERT_TAIL(&priv->waiters, w, next);
	w->queued = true;
	__atomic_fetch_add(&priv->nb_waiters, 1, __ATOMIC_SEQ_CST);
	rte_spinlock_unlock(&priv->wait_lock);
	lcore_ring(priv, BELL_FLUSH);
	lbuf_pool_flush(pool);
	waiters_serve(priv);
	tender_hurry();
	return 0;
}

/* The lock must be held. */
static void
leave(struct pool_priv *priv, struct lbuf_waiter *w)
{
	TAILQ_REMOVE(&priv->waiters, w, next);
	w->queued = false;
	__atomic_fetch_sub(&priv->nb_waiters, 1, __ATOMIC_SEQ_CST);
}

bool
lbuf_chunk_wait_cancel(struct lbuf_waiter *w)
{
	struct pool_priv *priv = pool_priv(w->pool);
	bool queued;

	rte_spinlock_lock(&priv->wait_lock);
	queued = w->queued;
	if (queued)
		leave(priv, w);
	rte_spinlock_unlock(&priv->wait_lock);
	return queued;
}

/*
 * The first in line that can be served, and its chunk in *chunk; NULL: none. Only
 * the first of all may have memory added: what others would take for that must not
 * be missing when it comes to be enough.
 */
static struct lbuf_waiter *
serve_one(struct pool_priv *priv, struct lbuf_chunk **chunk)
{
	struct lbuf_waiter *w;

	rte_spinlock_lock(&priv->wait_lock);
	TAILQ_FOREACH(w, &priv->waiters, next) {
		*chunk = take_one(priv, w->size, w->slot, w->cb, w == TAILQ_FIRST(&priv->waiters));
		if (*chunk == NULL)
			continue;
		leave(priv, w);
		break;
	}
	rte_spinlock_unlock(&priv->wait_lock);
	return w;
}

void
waiters_serve(struct pool_priv *priv)
{
	struct lbuf_chunk *chunk;
	struct lbuf_waiter *w;

	/* They are in the primary's own memory, and served by its tender. */
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return;
	while (__atomic_load_n(&priv->nb_waiters, __ATOMIC_SEQ_CST) != 0) {
		chunk = NULL;
		w = serve_one(priv, &chunk);
		if (w == NULL)
			return;
		w->cb(w, chunk, w->arg);
	}
}
