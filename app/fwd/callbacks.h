/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Callbacks on queues that lcores may be in while they are removed.
 */

#ifndef FWD_CALLBACKS_H
#define FWD_CALLBACKS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>

struct fwd;

/* Have queue q of a port call the function, or no longer. What *cb is belongs to these. */
void
fwd_callbacks_rx(struct fwd *fwd, uint16_t id, uint16_t q, bool on,
		const struct rte_eth_rxtx_callback **cb, rte_rx_callback_fn func, void *arg);
void
fwd_callbacks_tx(struct fwd *fwd, uint16_t id, uint16_t q, bool on,
		const struct rte_eth_rxtx_callback **cb, rte_tx_callback_fn func, void *arg);

/* Free those removed, when no lcore forwards. */
void
fwd_callbacks_free(struct fwd *fwd);

#endif /* FWD_CALLBACKS_H */
