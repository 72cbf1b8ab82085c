/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The background thread: a control thread that looks after all pools of a primary process.
 *
 * At each pass it adds memory to classes that come near their end, so that data
 * lcores need not, and serves who waits. Once in a pool's idle time it gives back
 * what was not needed for that long: chunks that lay in depots all the time, kept
 * mappings, and the idle caches of lcores, which it notifies (see notify.c).
 */

#include <errno.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "background.h"
#include "compat.h"
#include "depot_trim.h"
#include "notify.h"
#include "supply.h"
#include "wait.h"
#include "wakeup.h"

/* Time from pass to pass: while pools grow, and else; ms. */
#define BUSY_MS 5
#define CALM_MS 100
/* Passes without work after which it is calm. */
#define CALM_PASSES 40

/* A class should have a chunk in the depot for so many that are not. */
#define AHEAD_SHARE 8
/* But no more than that many bytes. */
#define AHEAD_BYTES ((size_t)64 << 20)
/* Slabs that one pass adds to a class. */
#define AHEAD_SLABS 64

TAILQ_HEAD(pool_list, pool_priv);

static struct {
	pthread_mutex_t lock;  /* guards what follows, and the pools on the list */
	pthread_cond_t passed; /* the pool at which it was */
	struct pool_list pools;
	struct pool_priv *at; /* that it looks after, without the lock; NULL: none */
	ctrl_thread_t thread;
	bool running;
	uintptr_t run; /* of the thread: one that was stopped has another number */
} background = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.passed = PTHREAD_COND_INITIALIZER,
	.pools = TAILQ_HEAD_INITIALIZER(background.pools),
};

/* Chunks that a depot should have at least, for the rate at which it is used. */
static uint64_t
low_mark(const struct depot *depot)
{
	uint64_t away = depot->chunks - RTE_MIN((uint64_t)depot->n, depot->chunks);

	return RTE_MIN(away / AHEAD_SHARE, (uint64_t)(AHEAD_BYTES / depot->cls.size));
}

/* Add to a class that is in use and comes near its end; whether anything was done. */
static bool
grow_ahead(struct pool_priv *priv, struct depot *depot)
{
	uint64_t low = low_mark(depot), gets = depot->gets;
	bool used = gets != depot->seen_gets;
	unsigned int i;

	depot->seen_gets = gets;
	if (!used || depot->n >= low)
		return false;
	for (i = 0; i < AHEAD_SLABS && depot->n < 2 * low; i++)
		if (supply_ahead(priv, depot) != 0)
			break;
	return i != 0;
}

/* Give back what was not needed for a whole window. */
static void
give_back(struct depot *depot)
{
	uint64_t spare = depot_window(depot), low = low_mark(depot);
	bool used = depot->gets != depot->window_gets;

	depot->window_gets = depot->gets;
	if (used)
		spare = spare > 2 * low ? spare - 2 * low : 0;
	if (spare != 0)
		depot_trim(depot, spare);
}

/* Note what caches look like; whether one of them has not changed for a window. */
static bool
look_at_caches(struct lcore_caches *lc)
{
	bool idle = false;
	uint32_t i;

	for (i = 0; i < lc->nb; i++) {
		struct cache *cache = &lc->cache[i];
		uint32_t top = cache_top(lc, i);
		uint64_t allocs = cache_allocs(lc, i);

		if (!cache_is_open(lc, i))
			continue;
		if (cache_len(lc, i) != 0 && cache->seen_top == top && cache->seen_allocs == allocs)
			idle = true;
		__atomic_store_n(&cache->seen_top, top, __ATOMIC_RELAXED);
		__atomic_store_n(&cache->seen_allocs, allocs, __ATOMIC_RELAXED);
	}
	return idle;
}

static void
window(struct pool_priv *priv, uint64_t before_tsc)
{
	bool idle = false;
	uint32_t i;

	for (i = 0; i < RTE_MAX_LCORE; i++) {
		struct lcore_caches *lc = lcores_at(&priv->lcores, i);

		if (lc != NULL && look_at_caches(lc))
			idle = true;
	}
	if (idle)
		lcores_notify(&priv->lcores, CACHE_IDLE);
	for (i = 0; i < nb_caches(priv); i++)
		if (depot_at(priv, i) != NULL)
			give_back(depot_at(priv, i));
	for (i = 0; i < nb_slots(priv); i++)
		large_trim(&priv->slot[i].large, before_tsc, NULL);
}

/* Whether anything was done. */
static bool
look_after(struct pool_priv *priv)
{
	uint64_t now = rte_get_tsc_cycles();
	/* Half of it, for memory may have been used up to then. */
	uint64_t idle_tsc = rte_get_tsc_hz() / 1000 * priv->params.idle_ms / 2;
	bool busy = false;
	uint32_t i;

	for (i = 0; i < nb_caches(priv); i++)
		if (depot_at(priv, i) != NULL && grow_ahead(priv, depot_at(priv, i)))
			busy = true;
	if (pool_has_waiters(priv)) {
		waiters_notify(priv);
		waiters_serve(priv, true);
		busy = true;
	}
	if (now - priv->window_tsc >= idle_tsc) {
		priv->window_tsc = now;
		window(priv, now - RTE_MIN(now, idle_tsc));
	}
	return busy;
}

/*
 * Whether a pool's memory is still mapped. rte_eal_cleanup() tells nobody before it
 * unmaps all: a program that does not free its pools first must not crash for it.
 */
static bool
is_mapped(const struct pool_priv *priv)
{
	char byte;
	struct iovec to = { .iov_base = &byte, .iov_len = 1 };
	struct iovec from = { .iov_base = (void *)(uintptr_t)priv, .iov_len = 1 };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1 || errno != EFAULT;
}

/*
 * Go to all pools; whether anything was done. Without the lock while it is at one: who
 * waited for memory may create a pool when he is called. A pool at which it is stays on
 * the list. The lock must be held.
 */
static bool
go_round(void)
{
	struct pool_priv *priv;
	bool busy = false;

	TAILQ_FOREACH(priv, &background.pools, next) {
		background.at = priv;
		pthread_mutex_unlock(&background.lock);
		if (look_after(priv))
			busy = true;
		pthread_mutex_lock(&background.lock);
		background.at = NULL;
		pthread_cond_broadcast(&background.passed);
	}
	return busy;
}

static ctrl_ret_t
background_main(void *arg)
{
	unsigned int calm = CALM_PASSES;
	uintptr_t run = (uintptr_t)arg;
	bool busy;

	pthread_mutex_lock(&background.lock);
	while (background.run == run) {
		busy = wakeup_taken();
		if (!is_mapped(TAILQ_FIRST(&background.pools)))
			break;
		if (go_round())
			busy = true;
		calm = busy ? 0 : calm + 1;
		wakeup_wait(&background.lock, calm < CALM_PASSES ? BUSY_MS : CALM_MS);
	}
	pthread_mutex_unlock(&background.lock);
	return CTRL_RET;
}

/* The lock must be held. */
static int
start(void)
{
	if (background.running)
		return 0;
	if (ctrl_thread_create(&background.thread, "lbuf-background", background_main,
			    (void *)background.run) != 0)
		return -EAGAIN;
	background.running = true;
	return 0;
}

int
background_add(struct pool_priv *priv)
{
	int ret;

	if ((priv->params.flags & LBUF_POOL_F_NO_BACKGROUND) != 0)
		return 0;
	pthread_mutex_lock(&background.lock);
	ret = start();
	if (ret == 0) {
		priv->window_tsc = rte_get_tsc_cycles();
		TAILQ_INSERT_TAIL(&background.pools, priv, next);
	}
	pthread_mutex_unlock(&background.lock);
	return ret;
}

void
background_remove(struct pool_priv *priv)
{
	ctrl_thread_t thread;
	bool last;

	if ((priv->params.flags & LBUF_POOL_F_NO_BACKGROUND) != 0)
		return;
	pthread_mutex_lock(&background.lock);
	while (background.at == priv)
		pthread_cond_wait(&background.passed, &background.lock);
	TAILQ_REMOVE(&background.pools, priv, next);
	last = TAILQ_EMPTY(&background.pools);
	thread = background.thread;
	if (last) {
		background.run++;
		background.running = false;
		wakeup_force();
	}
	pthread_mutex_unlock(&background.lock);
	if (last)
		ctrl_thread_join(thread);
}
