/* SPDX-License-Identifier: BSD-3-Clause */

/* What a socket holds, over all tiers, and how much that may be. */

#include <inttypes.h>

#include <rte_cycles.h>

#include "pool_priv.h"

/* Time between two words in the log about one thing, seconds. */
#define QUIET_S 10
/* Time for which a heap without memory is not asked again, microseconds. */
#define DRY_US 1000

bool
log_due(uint64_t *last_tsc)
{
	uint64_t now = rte_get_tsc_cycles();
	uint64_t last = __atomic_load_n(last_tsc, __ATOMIC_RELAXED);

	if (last != 0 && now - last < QUIET_S * rte_get_tsc_hz())
		return false;
	return __atomic_compare_exchange_n(last_tsc, &last, now, false, __ATOMIC_RELAXED,
			__ATOMIC_RELAXED);
}

/* Tell of a limit that is in the way, but not all the time. */
static void
warn(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	struct pool_slot *s = &priv->slot[slot];

	__atomic_fetch_add(&s->refusals, 1, __ATOMIC_RELAXED);
	if (!log_due(&s->warned_tsc))
		return;
	MEM_LOG(WARNING,
			"pool %s: socket %d holds %" PRIu64 " of at most %" PRIu64
			" B, no room for %zu more: raise limit_bytes or free chunks "
			"(%" PRIu64 " refusals up to now)",
			priv->name, s->socket, __atomic_load_n(&s->used, __ATOMIC_RELAXED),
			__atomic_load_n(&s->limit, __ATOMIC_RELAXED), bytes,
			__atomic_load_n(&s->refusals, __ATOMIC_RELAXED));
}

static bool
try_take(struct pool_slot *s, size_t bytes)
{
	uint64_t used = __atomic_load_n(&s->used, __ATOMIC_RELAXED);
	uint64_t limit = __atomic_load_n(&s->limit, __ATOMIC_RELAXED);

	do {
		if (used > limit || bytes > limit - used)
			return false;
	} while (!__atomic_compare_exchange_n(&s->used, &used, used + bytes, true, __ATOMIC_RELAXED,
			__ATOMIC_RELAXED));
	return true;
}

int
budget_take(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	struct pool_slot *s = &priv->slot[slot];

	if (likely(try_take(s, bytes)))
		return 0;
	if (budget_reclaim(priv, slot) != 0 && try_take(s, bytes))
		return 0;
	warn(priv, slot, bytes);
	return -ENOBUFS;
}

void
budget_give(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	__atomic_fetch_sub(&priv->slot[slot].used, bytes, __ATOMIC_RELAXED);
}

bool
heap_is_dry(const struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	const struct pool_slot *s = &priv->slot[slot];

	return bytes >= __atomic_load_n(&s->dry_bytes, __ATOMIC_RELAXED) &&
			rte_get_tsc_cycles() < __atomic_load_n(&s->dry_tsc, __ATOMIC_RELAXED);
}

void
heap_set_dry(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	struct pool_slot *s = &priv->slot[slot];

	__atomic_store_n(&s->dry_bytes, bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&s->dry_tsc, rte_get_tsc_cycles() + rte_get_tsc_hz() / 1000000 * DRY_US,
			__ATOMIC_RELAXED);
}

void
heap_reset_dry(struct pool_priv *priv, uint32_t slot)
{
	__atomic_store_n(&priv->slot[slot].dry_tsc, 0, __ATOMIC_RELAXED);
}

static size_t
reclaim(struct pool_priv *priv, uint32_t slot)
{
	size_t bytes = large_trim(priv, slot, UINT64_MAX);
	uint32_t c;

	for (c = slot_base(slot); c < slot_base(slot + 1); c++) {
		struct depot *depot = depot_at(priv, c);

		if (depot != NULL)
			bytes += depot_try_trim(depot);
	}
	return bytes;
}

/* While somebody waits, what lies idle is for those who do. */
size_t
budget_reclaim(struct pool_priv *priv, uint32_t slot)
{
	if (__atomic_load_n(&priv->nb_waiters, __ATOMIC_RELAXED) != 0 && !waiters_called())
		return 0;
	return reclaim(priv, slot);
}

int
lbuf_pool_limit_set(struct lbuf_pool *pool, int socket, size_t bytes)
{
	struct pool_priv *priv = pool_priv(pool);
	int slot;

	if (pool == NULL)
		return -EINVAL;
	slot = pool_slot(priv, socket);
	if (slot < 0 || (bytes != 0 && bytes < LBUF_LIMIT_MIN)) {
		MEM_LOG(ERR, "pool %s: limit of %zu B on socket %d: at least %zu, or 0 for none",
				priv->name, bytes, socket, LBUF_LIMIT_MIN);
		return -EINVAL;
	}
	__atomic_store_n(&priv->slot[slot].limit, bytes == 0 ? UINT64_MAX : bytes,
			__ATOMIC_RELAXED);
	if (__atomic_load_n(&priv->slot[slot].used, __ATOMIC_RELAXED) >
			__atomic_load_n(&priv->slot[slot].limit, __ATOMIC_RELAXED))
		reclaim(priv, (uint32_t)slot);
	waiters_serve(priv, false);
	return 0;
}
