/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "needed.h"
#include "reach.h"

/* Descriptors of a queue whose driver does not say, but has a ring. */
#define DESC_UNKNOWN 1024
/* Packets in a burst that are reckoned with. */
#define BURST 64

static uint64_t
segs_of_frame(const struct lbuf_mbufs_conf *conf)
{
	if (conf->room == 0 || conf->frame <= conf->room)
		return 1;
	return (conf->frame + conf->room - 1) / conf->room;
}

uint32_t
lbuf_port_mbufs_needed(const struct lbuf_mbufs_conf *conf)
{
	uint64_t n = (uint64_t)conf->rx_queues * conf->rx_desc;

	n += (uint64_t)conf->tx_queues * conf->tx_desc;
	n += (uint64_t)conf->rx_queues * conf->burst * segs_of_frame(conf);
	n += (uint64_t)conf->lcores * lbuf_mbufs_cached(conf->cache_size);
	n += (uint64_t)conf->rx_queues * conf->hold;
	return (uint32_t)RTE_MIN(n, (uint64_t)UINT32_MAX);
}

/* Descriptors that drivers do not tell of: devices have rings, the others mostly none. */
static uint32_t
unknown(const struct rte_eth_dev_info *info)
{
	struct reach reach = reach_of(info);

	return reach.kind == REACH_CPU ? 0 : DESC_UNKNOWN;
}

/* Descriptors of the RX queues of a port that have a pool; how many these are is added. */
static uint32_t
rx_descriptors(uint16_t port_id, const struct rte_eth_dev_info *info, const struct rte_mempool *mp,
		uint32_t *nb_queues)
{
	struct rte_eth_rxq_info rxq;
	uint32_t n = 0;
	uint16_t q;

	for (q = 0; q < info->nb_rx_queues; q++) {
		if (rte_eth_rx_queue_info_get(port_id, q, &rxq) != 0) {
			n += unknown(info);
			++*nb_queues;
		} else if (rxq.mp == mp || rxq.mp == NULL) {
			n += rxq.nb_desc;
			++*nb_queues;
		}
	}
	return n;
}

static uint32_t
tx_descriptors(uint16_t port_id, const struct rte_eth_dev_info *info)
{
	struct rte_eth_txq_info txq;
	uint32_t n = 0;
	uint16_t q;

	for (q = 0; q < info->nb_tx_queues; q++) {
		if (rte_eth_tx_queue_info_get(port_id, q, &txq) != 0)
			n += unknown(info);
		else
			n += txq.nb_desc;
	}
	return n;
}

uint32_t
needed_spare(const struct rte_mempool *mp)
{
	struct lbuf_mbufs_conf conf = {
		.burst = BURST,
		.lcores = rte_lcore_count(),
		.cache_size = mp->cache_size,
	};
	struct rte_eth_dev_info info;
	uint64_t need = 0;
	uint16_t port_id;

	RTE_ETH_FOREACH_DEV(port_id) {
		if (rte_eth_dev_info_get(port_id, &info) != 0)
			continue;
		need += rx_descriptors(port_id, &info, mp, &conf.rx_queues);
		need += tx_descriptors(port_id, &info);
	}
	need += lbuf_port_mbufs_needed(&conf);
	return mp->size > need ? (mp->size - (uint32_t)need) / RTE_MAX(conf.rx_queues, 1u) : 0;
}
