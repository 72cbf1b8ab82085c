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

#include <lbuf_share.h>
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
	/* By slot: bytes and more; 0: none. */
	size_t large[LBUF_SHARE_NUM * LBUF_SOCKETS_MAX];
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
	uint64_t limit = budget_limit_least(&priv->slot[slot].mem.budget);
	struct depot *depot;

	if (size_is_large(priv, size))
		return size > arena_room(&priv->slot[slot].large.arena) ||
				RTE_ALIGN_CEIL(size, LARGE_PAGE) > limit;
	depot = depot_for(priv, size, slot);
	return depot != NULL && slab_bytes(&depot->cls, 1) > limit;
}

/* Bytes that a request takes of its budget at least, if there is no chunk for it. */
static size_t
bytes_for(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct depot *depot;

	if (size_is_large(priv, size))
		return RTE_ALIGN_CEIL(size, LARGE_PAGE);
	depot = depot_for(priv, size, slot);
	return depot == NULL ? size : slab_bytes(&depot->cls, 1);
}

/*
 * Whose caches a waiter may be served from, a bit for each share: where its own share's
 * limit is in the way, what the other one has is no help, and its lcores are left alone.
 */
static uint32_t
shares_for(struct pool_priv *priv, size_t size, uint32_t slot)
{
	if (budget_is_full(&priv->slot[slot].mem.budget, bytes_for(priv, size, slot)))
		return 1u << slot_share(priv, slot);
	return 1u << LBUF_SHARE_REST | 1u << LBUF_SHARE_RX;
}

/* Count a waiter for the caches that it may be served from, by 1 or -1. */
static void
count_for_caches(struct pool_priv *priv, uint32_t shares, uint32_t by)
{
	uint32_t share;

	for (share = 0; share < LBUF_SHARE_NUM; share++)
		if ((shares & 1u << share) != 0)
			__atomic_fetch_add(&priv->lcores.shared.nb_waiters[share], by,
					__ATOMIC_SEQ_CST);
}

static void
count(struct pool_priv *priv, const struct lbuf_waiter *w, uint32_t by)
{
	__atomic_fetch_add(&priv->waiters.nb[slot_share(priv, w->slot)], by, __ATOMIC_RELAXED);
	count_for_caches(priv, w->shares, by);
}

static bool
has_any(const struct pool_priv *priv)
{
	uint32_t share, n = 0;

	for (share = 0; share < LBUF_SHARE_NUM; share++)
		n += __atomic_load_n(&priv->lcores.shared.nb_waiters[share], __ATOMIC_SEQ_CST);
	return n != 0;
}

void
waiters_reconsider(struct pool_priv *priv)
{
	struct lbuf_waiter *w;
	uint32_t shares;

	rte_spinlock_lock(&priv->waiters.lock);
	TAILQ_FOREACH(w, &priv->waiters.line, next) {
		shares = shares_for(priv, w->size, w->slot);
		count_for_caches(priv, shares, 1);
		count_for_caches(priv, w->shares, -1);
		w->shares = shares;
	}
	rte_spinlock_unlock(&priv->waiters.lock);
}

/* The shares whose caches somebody waits for, as CACHE_FLUSH(). */
static uint32_t
wanted(const struct pool_priv *priv)
{
	uint32_t share, what = 0;

	for (share = 0; share < LBUF_SHARE_NUM; share++)
		if (share_has_waiters(priv, share))
			what |= CACHE_FLUSH(share);
	return what;
}

void
waiters_notify(struct pool_priv *priv)
{
	uint32_t what = wanted(priv);

	if (what != 0)
		lcores_notify(&priv->lcores, what);
}

int
lbuf_chunk_wait(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		lbuf_wait_cb_t cb, void *arg)
{
	return lbuf_chunk_wait_share(pool, w, size, socket, LBUF_SHARE_REST, cb, arg);
}

int
lbuf_chunk_wait_share(struct lbuf_pool *pool, struct lbuf_waiter *w, size_t size, int socket,
		enum lbuf_share share, lbuf_wait_cb_t cb, void *arg)
{
	struct pool_priv *priv = pool_priv(pool);
	unsigned int id = rte_lcore_id();
	int slot;

	if (pool == NULL || w == NULL || cb == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	slot = request_slot(priv, size, socket, share);
	if (slot < 0)
		return slot;
	if (is_too_much(priv, size, (uint32_t)slot))
		return -E2BIG;
	*w = (struct lbuf_waiter){ .pool = pool,
		.size = size,
		.slot = (uint32_t)slot,
		.cb = cb,
		.arg = arg,
		.shares = shares_for(priv, size, (uint32_t)slot) };
	rte_spinlock_lock(&priv->waiters.lock);
	TAILQ_INSERT_TAIL(&priv->waiters.line, w, next);
	w->queued = true;
	count(priv, w, 1);
	rte_spinlock_unlock(&priv->waiters.lock);
	waiters_notify(priv);
	if (id < RTE_MAX_LCORE && priv->lcores.lcore[id] != NULL)
		lcore_handle(priv->lcores.lcore[id]);
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
	count(priv, w, -1);
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

	while (has_any(priv) && serve_one(priv, &w, &copy, &chunk))
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
		if (!here.steal || !has_any(priv))
			break;
		here.steal = false;
	} while (lcores_steal(&priv->lcores, wanted(priv)) != 0);
	serving = here.outer;
	reclaim_serves_waiters = serving != NULL;
}
