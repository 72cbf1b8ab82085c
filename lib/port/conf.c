/* SPDX-License-Identifier: BSD-3-Clause */

/* How a port is configured now, as far as sending by it depends on that. */

#include <errno.h>

#include "port_priv.h"

RTE_LOG_REGISTER(lbuf_port_logtype, lib.lbuf.port, NOTICE);

int
port_check_conf(const struct lbuf_port *port, struct lbuf_port_queue *q)
{
	struct rte_eth_conf conf;
	uint64_t offloads;

	if (rte_eth_dev_conf_get(port->head.id, &conf) != 0)
		return 0; /* it is closed, and takes nothing */
	offloads = conf.txmode.offloads;
	if ((offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0)
		return -ENOTSUP;
	q->tx.seg_max = (offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0 ? port->seg_limit : 1;
	return 0;
}
