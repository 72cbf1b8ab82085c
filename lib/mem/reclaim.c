/* SPDX-License-Identifier: BSD-3-Clause */

/* What lies idle in one class or tier makes room for another. */

#include "depot_trim.h"
#include "reclaim.h"

__thread bool reclaim_serves_waiters;

/* As depot_try_trim(). */
static size_t
reclaim_unless(struct pool_priv *priv, uint32_t slot, const uint32_t *waiters)
{
	size_t bytes = large_trim(&priv->slot[slot].large, UINT64_MAX, waiters);
	uint32_t c;

	for (c = slot_base(slot); c < slot_base(slot + 1); c++) {
		struct depot *depot = depot_at(priv, c);

		if (depot != NULL)
			bytes += depot_try_trim(depot, waiters);
	}
	return bytes;
}

size_t
reclaim_idle(struct pool_priv *priv, uint32_t slot)
{
	return reclaim_unless(priv, slot, NULL);
}

/* What the calling thread may have of a slot: it may have begun before somebody came to wait. */
static size_t
reclaim_allowed(struct pool_priv *priv, uint32_t slot)
{
	enum lbuf_share share = slot_share(priv, slot);

	if (reclaim_serves_waiters)
		return reclaim_idle(priv, slot);
	if (share_has_waiters(priv, share))
		return 0;
	return reclaim_unless(priv, slot, &priv->lcores.shared.nb_waiters[share]);
}

size_t
reclaim_for_request(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	uint32_t nb = priv->sockets.nb, other = slot < nb ? slot + nb : slot - nb;
	size_t got = reclaim_allowed(priv, slot);

	if (got != 0 || budget_is_full(&priv->slot[slot].mem.budget, bytes))
		return got;
	return reclaim_allowed(priv, other);
}
