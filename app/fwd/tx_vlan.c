/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_mbuf.h>

#include "callbacks.h"
#include "fwd.h"
#include "tx_vlan.h"

static uint16_t
mark(uint16_t id, uint16_t queue, struct rte_mbuf **m, uint16_t n, void *arg)
{
	const struct fwd_port *port = arg;
	uint64_t offloads = port->conf.txmode.offloads;
	uint64_t flags = RTE_MBUF_F_TX_VLAN;
	uint16_t i;

	RTE_SET_USED(id);
	RTE_SET_USED(queue);
	if ((offloads & RTE_ETH_TX_OFFLOAD_QINQ_INSERT) != 0)
		flags |= RTE_MBUF_F_TX_QINQ;
	for (i = 0; i < n; i++) {
		m[i]->ol_flags |= flags;
		m[i]->vlan_tci = port->tx_vlan;
		m[i]->vlan_tci_outer = port->tx_vlan_outer;
	}
	return n;
}

static void
apply(struct fwd *fwd, struct fwd_port *port, bool on)
{
	uint32_t most = RTE_MIN((uint32_t)port->info.max_tx_queues,
			(uint32_t)RTE_MAX_QUEUES_PER_PORT);
	uint32_t q;

	for (q = 0; q < most; q++)
		fwd_callbacks_tx(fwd, port->id, (uint16_t)q, on && q < fwd->args.txq,
				&port->txq[q].vlan, mark, port);
}

void
fwd_tx_vlan_apply(struct fwd *fwd, struct fwd_port *port)
{
	apply(fwd, port, port->tx_vlan_set);
}

void
fwd_tx_vlan_remove(struct fwd *fwd, struct fwd_port *port)
{
	apply(fwd, port, false);
}
