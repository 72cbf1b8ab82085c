/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Lcores are notified of what others want of their caches. Who wants something sets a flag,
 * and lowers the limits of all the lcore's caches, so that its next free comes into the
 * library and looks at the flag: that costs the data path nothing. An lcore is asked to
 * give up caches that lie idle, as the background thread saw them (struct cache); or to
 * empty all, for who trims. While somebody waits for memory the flag stays, so that what is
 * freed goes on to the depots.
 */

#include "notify.h"

/* The shares that nobody waits for, as what lcores are notified for. */
static uint32_t
without_waiters(const struct cache_shared *shared)
{
	uint32_t share, what = 0;

	for (share = 0; share < LBUF_SHARE_NUM; share++)
		if (!cache_has_waiters(shared, share))
			what |= CACHE_FLUSH(share);
	return what;
}

/* Give up what is wanted; done: the shares that nobody waits for. */
static void
give_up(struct lcore_caches *lc, uint32_t what, uint32_t done)
{
	uint32_t i;

	for (i = 0; i < lc->nb; i++) {
		uint32_t flush = CACHE_FLUSH(cache_share(lc, i));

		if ((what & flush) != 0 || (done & flush) == 0)
			cache_flush(lc, i);
		if ((done & flush) != 0 && cache_is_open(lc, i))
			cache_give_up_idle(lc, i);
	}
}

/*
 * Flags are reset when what they stand for has been done, for who trims looks at them, and
 * only those that were seen; then limits are raised, but of caches that are wanted anew.
 * Who came to wait meanwhile may have set a flag that was reset: it is set again. Caches
 * that somebody waits for stay blocked, and come by with the next free, too.
 */
static void
handle(struct lcore_caches *lc, uint32_t what)
{
	uint32_t done = without_waiters(lc->shared), i;

	give_up(lc, what, done);
	__atomic_fetch_and(&lc->pending, ~(what & (done | CACHE_IDLE)), __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&lc->pending, done & ~without_waiters(lc->shared), __ATOMIC_SEQ_CST);
	for (i = 0; i < lc->nb; i++)
		if ((done & CACHE_FLUSH(cache_share(lc, i))) != 0 && cache_is_open(lc, i))
			cache_unblock(lc, i);
}

void
lcore_handle(struct lcore_caches *lc)
{
	uint32_t what = __atomic_load_n(&lc->pending, __ATOMIC_ACQUIRE);

	if (likely(what == 0))
		return;
	rte_spinlock_lock(&lc->lock);
	handle(lc, what);
	rte_spinlock_unlock(&lc->lock);
}

void
lcores_notify(struct lcores *lcores, uint32_t what)
{
	uint32_t id, i;

	for (id = 0; id < RTE_MAX_LCORE; id++) {
		struct lcore_caches *lc = lcores_at(lcores, id);

		if (lc == NULL)
			continue;
		__atomic_fetch_or(&lc->pending, what, __ATOMIC_SEQ_CST);
		for (i = 0; i < lc->nb; i++)
			if (cache_is_open(lc, i) && cache_is_wanted(lc, i))
				cache_block(lc, i);
	}
}

bool
lcores_pending(const struct lcores *lcores)
{
	uint32_t id;

	for (id = 0; id < RTE_MAX_LCORE; id++) {
		const struct lcore_caches *lc = lcores_at(lcores, id);

		if (lc != NULL && __atomic_load_n(&lc->pending, __ATOMIC_ACQUIRE) != 0)
			return true;
	}
	return false;
}
