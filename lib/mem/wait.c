/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Waiting for memory. Those who wait stand in line, and each time there may be some the
 * line is gone through from its head: each who can be served is.
 *
 * While somebody waits, all lcores pass what they free on to the depots, see
 * notify.c, and what lies in their caches is stolen, see steal.c: when one comes to wait,
 * and at each pass of the background thread.
 */

#include <errno.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include <lbuf_wait.h>

#include "notify.h"
#include "reclaim.h"
#include "request.h"
#include "steal.h"
#include "wait.h"
#include "wakeup.h"

/*
 * A pool whose line a thread goes through. A callback that waits again, or frees, finds
 * it here and leaves the rest to the loop that it was called from.
 */
struct serving {
	const struct pool_priv *priv;
	bool steal; /* before giving up */
	struct serving *outer;
};

static __thread struct serving *serving;

/* What was found missing on the way through a line: nobody behind needs to ask. */
struct missing {
	uint64_t classes[LBUF_CACHES / 64 + 1]; /* bit set */
	size_t large[LBUF_SOCKETS_MAX];         /* bytes and more; 0: none */
};

bool
waiters_called(void)
{
	return serving != NULL;
}

/* Whether a request is more than its socket can ever give. */
static bool
is_too_much(struct pool_priv *priv, size_t size, uint32_t slot)
{
	uint64_t limit = budget_limit(&priv->slot[slot].mem.budget);
	struct depot *depot;

	if (size_is_large(priv, size))
		return size > arena_room(&priv->slot[slot].large.arena) ||
				RTE_ALIGN_CEIL(size, LARGE_PAGE) > limit;
	depot = depot_for(priv, size, slot);
	return depot != NULL && slab_bytes(&depot->cls, 1) > limit;
}

int
lbuf_chunk_wait(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		lbuf_wait_cb_t cb, void *arg)
{
	struct pool_priv *priv = pool_priv(pool);
	unsigned int id = rte_lcore_id();
	int slot;

	if (pool == NULL || w == NULL || cb == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	slot = request_slot(priv, size, socket);
	if (slot < 0)
		return slot;
	if (is_too_much(priv, size, (uint32_t)slot))
		return -E2BIG;
	*w = (struct lbuf_waiter){
		.pool = pool, .size = size, .slot = (uint32_t)slot, .cb = cb, .arg = arg
	};
	rte_spinlock_lock(&priv->waiters.lock);
	TAILQ_INSERT_TAIL(&priv->waiters.line, w, next);
	w->queued = true;
	__atomic_fetch_add(&priv->lcores.shared.nb_waiters, 1, __ATOMIC_SEQ_CST);
	rte_spinlock_unlock(&priv->waiters.lock);
	lcores_notify(&priv->lcores, LCORE_FLUSH);
	if (id < RTE_MAX_LCORE)
		lcore_flush(priv->lcores.lcore[id]);
	waiters_serve(priv, true);
	wakeup();
	return 0;
}

/* The lock must be held. */
static void
leave(struct pool_priv *priv, struct lbuf_waiter *w)
{
	TAILQ_REMOVE(&priv->waiters.line, w, next);
	w->queued = false;
	__atomic_fetch_sub(&priv->lcores.shared.nb_waiters, 1, __ATOMIC_SEQ_CST);
}

bool
lbuf_chunk_wait_cancel(struct lbuf_waiter *w)
{
	struct pool_priv *priv = pool_priv(w->pool);
	bool queued;

	rte_spinlock_lock(&priv->waiters.lock);
	queued = w->queued;
	if (queued)
		leave(priv, w);
	rte_spinlock_unlock(&priv->waiters.lock);
	return queued;
}

static uint32_t
class_of(const struct pool_priv *priv, const struct lbuf_waiter *w)
{
	return slot_base(w->slot) + lbuf_cache_index(&priv->pub, w->size);
}

static bool
is_missing(const struct missing *m, const struct pool_priv *priv, const struct lbuf_waiter *w)
{
	uint32_t i;

	if (size_is_large(priv, w->size))
		return m->large[w->slot] != 0 && w->size >= m->large[w->slot];
	i = class_of(priv, w);
	return (m->classes[i / 64] & UINT64_C(1) << i % 64) != 0;
}

static void
note_missing(struct missing *m, const struct pool_priv *priv, const struct lbuf_waiter *w)
{
	uint32_t i;

	if (size_is_large(priv, w->size)) {
		m->large[w->slot] = w->size;
		return;
	}
	i = class_of(priv, w);
	m->classes[i / 64] |= UINT64_C(1) << i % 64;
}

/* The first in line whom there is a chunk for, or, if it may, can be made for; or NULL. */
static struct lbuf_waiter *
find_first(struct pool_priv *priv, struct lbuf_chunk **chunk, bool grow)
{
	struct missing missing = { 0 };
	struct lbuf_waiter *w;

	TAILQ_FOREACH(w, &priv->waiters.line, next) {
		if (is_missing(&missing, priv, w))
			continue;
		*chunk = request_waiting(priv, w->size, w->slot, w->cb, grow);
		if (*chunk != NULL)
			break;
		note_missing(&missing, priv, w);
	}
	return w;
}

/*
 * Take the first who can be served out of the line; false: there is none. Chunks that are
 * there go first: to add memory for one at the head, in vain, would give them up.
 * *copy is what *first was: once it has left the line, its memory is not the library's.
 */
static bool
serve_one(struct pool_priv *priv, struct lbuf_waiter **first, struct lbuf_waiter *copy,
		struct lbuf_chunk **chunk)
{
	struct lbuf_waiter *w;

	rte_spinlock_lock(&priv->waiters.lock);
	w = find_first(priv, chunk, false);
	if (w == NULL)
		w = find_first(priv, chunk, true);
	if (w != NULL) {
		leave(priv, w);
		*first = w;
		*copy = *w;
	}
	rte_spinlock_unlock(&priv->waiters.lock);
	return w != NULL;
}

static void
serve_all(struct pool_priv *priv)
{
	struct lbuf_waiter *w, copy;
	struct lbuf_chunk *chunk;

	while (__atomic_load_n(&priv->lcores.shared.nb_waiters, __ATOMIC_SEQ_CST) != 0 &&
			serve_one(priv, &w, &copy, &chunk))
		copy.cb(w, chunk, copy.arg);
}

/* What the thread is at, if it serves this pool already. */
static struct serving *
serving_of(const struct pool_priv *priv)
{
	struct serving *s;

	for (s = serving; s != NULL; s = s->outer)
		if (s->priv == priv)
			return s;
	return NULL;
}

void
waiters_serve(struct pool_priv *priv, bool with_force)
{
	struct serving *at, here = { .priv = priv, .steal = with_force, .outer = serving };

	/* They are in the primary's own memory, and served by its background thread. */
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return;
	at = serving_of(priv);
	if (at != NULL) {
		at->steal = at->steal || with_force;
		return;
	}
	serving = &here;
	reclaim_serves_waiters = true;
	do {
		serve_all(priv);
		if (!here.steal ||
				__atomic_load_n(&priv->lcores.shared.nb_waiters,
						__ATOMIC_SEQ_CST) == 0)
			break;
		here.steal = false;
	} while (lcores_steal(&priv->lcores) != 0);
	serving = here.outer;
	reclaim_serves_waiters = serving != NULL;
}
