/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include <rte_malloc.h>

#include "callbacks.h"
#include "fwd.h"

/* A link lies in ordinary memory: what is removed may still be read. */
struct fwd_dead {
	struct fwd_dead *next;
	const struct rte_eth_rxtx_callback *cb;
};

static void
bury(struct fwd *fwd, const struct rte_eth_rxtx_callback *cb)
{
	struct fwd_dead *d;

	if (!fwd->forwarding) {
		rte_free((void *)(uintptr_t)cb);
		return;
	}
	d = malloc(sizeof(*d));
	/* Without memory for it, it is EAL's to free. */
	if (d == NULL)
		return;
	d->cb = cb;
	d->next = fwd->dead;
	fwd->dead = d;
}

void
fwd_callbacks_free(struct fwd *fwd)
{
	struct fwd_dead *d;

	while ((d = fwd->dead) != NULL) {
		fwd->dead = d->next;
		rte_free((void *)(uintptr_t)d->cb);
		free(d);
	}
}

void
fwd_callbacks_rx(struct fwd *fwd, uint16_t id, uint16_t q, bool on,
		const struct rte_eth_rxtx_callback **cb, rte_rx_callback_fn func, void *arg)
{
	if (on && *cb == NULL)
		*cb = rte_eth_add_rx_callback(id, q, func, arg);
	if (!on && *cb != NULL && rte_eth_remove_rx_callback(id, q, *cb) == 0) {
		bury(fwd, *cb);
		*cb = NULL;
	}
}

void
fwd_callbacks_tx(struct fwd *fwd, uint16_t id, uint16_t q, bool on,
		const struct rte_eth_rxtx_callback **cb, rte_tx_callback_fn func, void *arg)
{
	if (on && *cb == NULL)
		*cb = rte_eth_add_tx_callback(id, q, func, arg);
	if (!on && *cb != NULL && rte_eth_remove_tx_callback(id, q, *cb) == 0) {
		bury(fwd, *cb);
		*cb = NULL;
	}
}
