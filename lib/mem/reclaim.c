/* SPDX-License-Identifier: BSD-3-Clause */

/* What lies idle in one class or tier makes room for another. */

#include "depot_trim.h"
#include "reclaim.h"

__thread bool reclaim_serves_waiters;

size_t
reclaim_idle(struct pool_priv *priv, uint32_t slot)
{
	size_t bytes = large_trim(&priv->slot[slot].large, UINT64_MAX);
	uint32_t c;

	for (c = slot_base(slot); c < slot_base(slot + 1); c++) {
		struct depot *depot = depot_at(priv, c);

		if (depot != NULL)
			bytes += depot_try_trim(depot);
	}
	return bytes;
}

size_t
reclaim_for_request(struct pool_priv *priv, uint32_t slot, size_t bytes)
{
	uint32_t nb = priv->sockets.nb, other = slot < nb ? slot + nb : slot - nb;
	size_t got;

	if (share_has_waiters(priv, slot_share(priv, slot)) && !reclaim_serves_waiters)
		return 0;
	got = reclaim_idle(priv, slot);
	if (got != 0 || budget_is_full(&priv->slot[slot].mem.budget, bytes))
		return got;
	if (share_has_waiters(priv, slot_share(priv, other)) && !reclaim_serves_waiters)
		return 0;
	return reclaim_idle(priv, other);
}
