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

/* The limits are raised before the flag is reset: who notifies in between lowers them again. */
static void
handle(struct lcore_caches *lc, uint32_t what)
{
	uint32_t i;

	if (what == LCORE_FLUSH || cache_has_waiters(lc->shared))
		for (i = 0; i < lc->nb; i++)
			cache_flush(lc, i);
	if (cache_has_waiters(lc->shared))
		return; /* and come by with the next free, too */
	for (i = 0; i < lc->nb; i++) {
		if (!cache_is_open(lc, i))
			continue;
		cache_give_up_idle(lc, i);
		cache_unblock(lc, i);
	}
	__atomic_exchange_n(&lc->pending, 0, __ATOMIC_SEQ_CST);
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
		__atomic_exchange_n(&lc->pending, what, __ATOMIC_SEQ_CST);
		for (i = 0; i < lc->nb; i++)
			if (cache_is_open(lc, i))
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
