/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "port_priv.h"
#include "export.h"

RTE_LOG_REGISTER(lbuf_port_logtype, lib.lbuf.port, NOTICE);

/* Per lcore, of the mempool of references. */
#define REF_CACHE 256

/*
 * Whether a device reads memory by IOVA. Virtual devices copy through the CPU,
 * except virtio-user, whose other end maps EAL's memory and none besides.
 */
static bool
on_vdev(const struct rte_eth_dev_info *info)
{
	return strcmp(rte_bus_name(rte_dev_bus(info->device)), "vdev") == 0;
}

static bool
uses_dma(const struct rte_eth_dev_info *info)
{
	return !on_vdev(info) ||
			strncmp(info->driver_name, "net_virtio", strlen("net_virtio")) == 0;
}

static uint16_t
segments(const struct rte_eth_dev_info *info, const struct rte_eth_conf *conf)
{
	uint16_t max = info->tx_desc_lim.nb_seg_max;
	uint16_t mtu_max = info->tx_desc_lim.nb_mtu_seg_max;

	if ((conf->txmode.offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) == 0)
		return 1;
	/* 0 is what drivers leave that have no limit. */
	max = max == 0 ? UINT16_MAX : max;
	mtu_max = mtu_max == 0 ? UINT16_MAX : mtu_max;
	return RTE_MIN(max, mtu_max);
}

static struct rte_mempool *
refs_create(uint16_t port_id, uint32_t n)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	uint32_t cache = RTE_MIN(n / 8, (uint32_t)REF_CACHE);

	snprintf(name, sizeof(name), "lbuf_refs_%u", port_id);
	return rte_pktmbuf_pool_create(name, n, cache, 0, 0, rte_eth_dev_socket_id(port_id));
}

static struct rte_mempool *
infos_create(uint16_t port_id, const struct rte_mempool *refs)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "lbuf_infos_%u", port_id);
	return rte_mempool_create(name, refs->size, (unsigned int)port_ref_size(), refs->cache_size,
			0, NULL, NULL, NULL, NULL, rte_eth_dev_socket_id(port_id),
			RTE_MEMPOOL_F_NO_CACHE_ALIGN);
}

static struct lbuf_port *
port_new(uint16_t port_id, const struct rte_eth_dev_info *info, const struct rte_eth_conf *conf,
		const struct lbuf_port_params *params)
{
	uint16_t nb_queues = RTE_MAX(info->nb_rx_queues, info->nb_tx_queues);
	struct lbuf_port *port;

	port = rte_zmalloc_socket("lbuf_port", sizeof(*port) + nb_queues * sizeof(port->queue[0]),
			RTE_CACHE_LINE_SIZE, rte_eth_dev_socket_id(port_id));
	if (port == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	port->id = port_id;
	port->nb_queues = nb_queues;
	port->seg_max = segments(info, conf);
	port->dma = uses_dma(info);
	port->heap_only = on_vdev(info);
	port->pool = params->pool;
	port->dev = info->device;
	port->refs = refs_create(port_id, params->nb_refs == 0 ? LBUF_PORT_REFS : params->nb_refs);
	if (port->refs != NULL)
		port->infos = infos_create(port_id, port->refs);
	if (port->infos == NULL) {
		PORT_LOG(ERR, "port %u: %s", port_id,
				rte_errno == EEXIST ? "it has a bridge already"
						    : "no memory for references: lower nb_refs");
		rte_mempool_free(port->refs);
		rte_free(port);
		return NULL;
	}
	return port;
}

struct lbuf_port *
lbuf_port_create(uint16_t port_id, const struct lbuf_port_params *params)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	struct lbuf_port *port;
	int ret;

	if (params == NULL || params->pool == NULL) {
		PORT_LOG(ERR, "port %u: no pool given", port_id);
		return fail_ptr(-EINVAL);
	}
	if (params->nb_refs > LBUF_PORT_REFS_MAX) {
		PORT_LOG(ERR, "port %u: nb_refs is %u, at most %u are possible", port_id,
				params->nb_refs, LBUF_PORT_REFS_MAX);
		return fail_ptr(-EINVAL);
	}
	if (rte_eth_dev_info_get(port_id, &info) != 0 ||
			rte_eth_dev_conf_get(port_id, &conf) != 0) {
		PORT_LOG(ERR, "port %u: there is none", port_id);
		return fail_ptr(-ENODEV);
	}
	if ((conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0) {
		PORT_LOG(ERR,
				"port %u: take MBUF_FAST_FREE out of txmode.offloads, mbufs come "
				"from several pools",
				port_id);
		return fail_ptr(-ENOTSUP);
	}
	ret = lbuf_mbuf_register();
	if (ret != 0) {
		PORT_LOG(ERR, "port %u: no room for a dynamic field in mbufs", port_id);
		return fail_ptr(ret);
	}
	ret = lbuf_pool_dev_add(params->pool, info.device);
	if (ret != 0) {
		PORT_LOG(ERR, "port %u: the pool cannot be mapped for it", port_id);
		return fail_ptr(ret);
	}
	port = port_new(port_id, &info, &conf, params);
	if (port == NULL)
		lbuf_pool_dev_remove(params->pool, info.device);
	return port;
}

uint32_t
lbuf_port_refs_out(const struct lbuf_port *port)
{
	uint32_t mbufs = rte_mempool_in_use_count(port->refs);
	uint32_t infos = rte_mempool_in_use_count(port->infos);

	/* An mbuf may be back while clones of it are out. */
	return RTE_MAX(mbufs, infos);
}

/* The pool's memory is no longer the device's. */
static void
unmap(struct lbuf_port *port)
{
	if (port->dev != NULL)
		lbuf_pool_dev_remove(port->pool, port->dev);
	port->dev = NULL;
}

int
lbuf_port_stop(struct lbuf_port *port)
{
	int ret = rte_eth_dev_stop(port->id);

	if (ret == 0)
		unmap(port);
	return ret;
}

int
lbuf_port_free(struct lbuf_port *port)
{
	uint32_t out;

	if (port == NULL)
		return 0;
	out = lbuf_port_refs_out(port);
	if (out != 0) {
		PORT_LOG(ERR, "port %u: bridge not freed, %u mbufs are out: stop the port first",
				port->id, out);
		return -EBUSY;
	}
	unmap(port);
	rte_mempool_free(port->infos);
	rte_mempool_free(port->refs);
	rte_free(port);
	return 0;
}

int
lbuf_port_stats_get(const struct lbuf_port *port, uint16_t queue, struct lbuf_port_stats *stats)
{
	const struct port_queue *q;

	if (port == NULL || stats == NULL || queue >= port->nb_queues)
		return -EINVAL;
	q = &port->queue[queue];
	*stats = (struct lbuf_port_stats){
		.rx_packets = q->rx.packets,
		.rx_bytes = q->rx.bytes,
		.rx_nombuf = q->rx.nombuf,
		.tx_packets = q->tx.packets,
		.tx_bytes = q->tx.bytes,
		.tx_refs = q->tx.refs,
		.tx_copied = q->tx.copied,
		.tx_failed = q->tx.failed,
	};
	return 0;
}
