/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "bounce.h"
#include "governor.h"
#include "port_priv.h"
#include "export.h"

/* Per lcore, of the mempool of references. */
#define REF_CACHE 256

/* States of a buffer are sums of flags: this is none. */
#define STATE_NONE UINT64_MAX

static uint16_t
segments(const struct rte_eth_dev_info *info)
{
	uint16_t max = info->tx_desc_lim.nb_seg_max;
	uint16_t mtu_max = info->tx_desc_lim.nb_mtu_seg_max;

	/* 0 is what drivers leave that have no limit. */
	max = max == 0 ? UINT16_MAX : max;
	mtu_max = mtu_max == 0 ? UINT16_MAX : mtu_max;
	return RTE_MIN(max, mtu_max);
}

bool
port_is_stopped(uint16_t port_id)
{
	void **data = rte_eth_fp_ops[port_id].txq.data;

	return data != NULL && data[0] != NULL && data[0] == data[RTE_MAX_QUEUES_PER_PORT - 1];
}

/* Queues that a port can have, as it may be configured anew with more. */
static uint16_t
queues_max(const struct rte_eth_dev_info *info)
{
	uint16_t max = RTE_MAX(info->max_rx_queues, info->max_tx_queues);
	uint16_t now = RTE_MAX(info->nb_rx_queues, info->nb_tx_queues);

	return RTE_MIN(RTE_MAX(max, now), (uint16_t)RTE_MAX_QUEUES_PER_PORT);
}

static struct rte_mempool *
refs_create(uint16_t port_id, uint32_t n, uint16_t room, int socket)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	uint32_t cache = RTE_MIN(n / 8, (uint32_t)REF_CACHE);

	snprintf(name, sizeof(name), "lbuf_refs_%u", port_id);
	return rte_pktmbuf_pool_create(name, n, cache, 0, room, socket);
}

static struct rte_mempool *
infos_create(uint16_t port_id, const struct rte_mempool *refs, int socket)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "lbuf_infos_%u", port_id);
	return rte_mempool_create(name, refs->size, (unsigned int)port_ref_size(), refs->cache_size,
			0, NULL, NULL, NULL, NULL, socket, RTE_MEMPOOL_F_NO_CACHE_ALIGN);
}

static void
free_pools(struct lbuf_port *port)
{
	bounce_free(port->bounce);
	rte_mempool_free(port->infos);
	rte_mempool_free(port->refs);
}

/* What packets are made of that do not go as they are; false, with rte_errno: not to be had. */
static bool
make_pools(struct lbuf_port *port, const struct bounce_range *range,
		const struct lbuf_port_params *params)
{
	if (port->reach.kind == REACH_NONE) {
		port->bounce = bounce_create(port->head.id, range, port_is_stopped(port->head.id),
				port->socket);
		return port->bounce != NULL;
	}
	port->copy_break = (uint16_t)(params->copy_break == 0 ? LBUF_PORT_COPY_BREAK
							      : params->copy_break);
	port->refs = refs_create(port->head.id,
			params->nb_refs == 0 ? LBUF_PORT_REFS : params->nb_refs, port->copy_break,
			port->socket);
	if (port->refs != NULL)
		port->infos = infos_create(port->head.id, port->refs, port->socket);
	return port->infos != NULL;
}

/* Why there are none. */
static const char *
no_pools(const struct lbuf_port *port)
{
	if (rte_errno == EEXIST)
		return "it has a bridge already";
	if (port->reach.kind == REACH_NONE)
		return "no memory is left that a zero-copy memif reaches: make the bridge before "
		       "rte_eth_dev_start()";
	return "no memory for references: lower nb_refs";
}

/*
 * On the device's socket or, if EAL has no memory there, on any: its node may have none, or no
 * CPUs, so that it is no socket to EAL.
 */
static struct lbuf_port *
port_alloc(uint16_t port_id, size_t bytes)
{
	int socket = rte_eth_dev_socket_id(port_id);
	struct lbuf_port *port = NULL;

	if (rte_malloc_heap_socket_is_external(socket) >= 0) /* there is one */
		port = rte_zmalloc_socket("lbuf_port", bytes, RTE_CACHE_LINE_SIZE, socket);
	if (port == NULL) {
		port = rte_zmalloc("lbuf_port", bytes, RTE_CACHE_LINE_SIZE);
		if (port == NULL)
			return NULL;
		PORT_LOG(NOTICE,
				"port %u: EAL has no memory on its socket %d: that of another is "
				"taken",
				port_id, socket);
		socket = SOCKET_ID_ANY;
	}
	port->socket = socket;
	return port;
}

static struct lbuf_port *
port_new(uint16_t port_id, const struct rte_eth_dev_info *info, const struct reach *reach,
		const struct lbuf_port_params *params)
{
	/* What comes from now on, the other end may not have. */
	struct bounce_range range = bounce_range();
	uint16_t i, nb_queues = queues_max(info);
	struct lbuf_port *port;

	port = port_alloc(port_id, sizeof(*port) + nb_queues * sizeof(port->queues[0]));
	if (port == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	port->head.id = port_id;
	port->head.nb_queues = nb_queues;
	port->head.queue = port->queues;
	port->nb_known = RTE_MAX(info->nb_rx_queues, info->nb_tx_queues);
	port->seg_limit = segments(info);
	for (i = 0; i < nb_queues; i++)
		port_check_conf(port, &port->head.queue[i]);
	port->reach = *reach;
	port->raw_state = reach->direct || reach->kind >= REACH_HEAP ? STATE_NONE : STATE_RAW;
	port->head.any_burst = reach->chains && port_takes_all(port);
	port->pool = params->pool;
	port->rx_hold = params->rx_hold;
	port->rx_copy_break = params->rx_copy_break;
	port->dev = reach->kind == REACH_IOVA ? info->device : NULL;
	if (!make_pools(port, &range, params)) {
		PORT_LOG(ERR, "port %u: %s", port_id, no_pools(port));
		free_pools(port);
		rte_free(port);
		return NULL;
	}
	return port;
}

/* Whether a port can have a bridge, as it is configured; 0 or a negative errno. */
static int
check_port(uint16_t port_id, struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf;

	if (rte_eth_dev_info_get(port_id, info) != 0 || rte_eth_dev_conf_get(port_id, &conf) != 0) {
		PORT_LOG(ERR, "port %u: there is none", port_id);
		return -ENODEV;
	}
	if ((conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0) {
		PORT_LOG(ERR,
				"port %u: take MBUF_FAST_FREE out of txmode.offloads, mbufs come "
				"from several pools",
				port_id);
		return -ENOTSUP;
	}
	return 0;
}

static int
check_params(uint16_t port_id, const struct lbuf_port_params *params)
{
	if (params == NULL || params->pool == NULL) {
		PORT_LOG(ERR, "port %u: no pool given", port_id);
		return -EINVAL;
	}
	if (params->nb_refs > LBUF_PORT_REFS_MAX) {
		PORT_LOG(ERR, "port %u: nb_refs is %u, at most %u are possible", port_id,
				params->nb_refs, LBUF_PORT_REFS_MAX);
		return -EINVAL;
	}
	if (params->copy_break > LBUF_PORT_COPY_MAX) {
		PORT_LOG(ERR, "port %u: copy_break is %u, at most %u bytes are possible", port_id,
				params->copy_break, LBUF_PORT_COPY_MAX);
		return -EINVAL;
	}
	return 0;
}

/* What a bridge needs of the rest of the library and of DPDK. */
static int
prepare(uint16_t port_id, const struct lbuf_port_params *params, const struct reach *reach,
		struct rte_device *dev)
{
	int ret;

	if (lbuf_mbuf_register() != 0) {
		PORT_LOG(ERR, "port %u: mbufs have no room left for a dynamic field", port_id);
		return -ENOMEM;
	}
	if (reach->kind != REACH_IOVA)
		return 0;
	ret = lbuf_pool_dev_add(params->pool, dev);
	if (ret == -ENOSPC)
		PORT_LOG(ERR, "port %u: the pool serves as many devices as it can", port_id);
	else if (ret != 0)
		PORT_LOG(ERR, "port %u: the pool cannot be mapped for it", port_id);
	return ret;
}

struct lbuf_port *
lbuf_port_create(uint16_t port_id, const struct lbuf_port_params *params)
{
	struct rte_eth_dev_info info;
	struct lbuf_port *port;
	struct reach reach;
	int ret = check_params(port_id, params);

	if (ret == 0)
		ret = check_port(port_id, &info);
	if (ret != 0)
		return fail_ptr(ret);
	reach = reach_of(&info);
	ret = prepare(port_id, params, &reach, info.device);
	if (ret != 0)
		return fail_ptr(ret);
	port = port_new(port_id, &info, &reach, params);
	if (port == NULL && reach.kind == REACH_IOVA)
		lbuf_pool_dev_remove(params->pool, info.device);
	return port;
}

uint32_t
lbuf_port_refs_out(const struct lbuf_port *port)
{
	uint32_t mbufs, infos;

	if (port->reach.kind == REACH_NONE)
		return bounce_out(port->bounce);
	mbufs = rte_mempool_in_use_count(port->refs);
	infos = rte_mempool_in_use_count(port->infos);

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

/*
 * Have the driver free what it frees only when it sends: some (memif) lose what they
 * hold when they are stopped. Without a link nothing is sent.
 */
static void
reclaim(struct lbuf_port *port)
{
	struct rte_eth_link link = { 0 };
	uint16_t q;

	if (!port->reach.empty_burst || rte_eth_link_get_nowait(port->head.id, &link) != 0 ||
			link.link_status == RTE_ETH_LINK_DOWN)
		return;
	for (q = 0; q < port->head.nb_queues; q++)
		lbuf_port_tx_done_cleanup(port, q, 0);
}

int
port_halt(struct lbuf_port *port)
{
	int ret;

	reclaim(port);
	/* ethdev would say that it has stopped already. */
	ret = port_is_stopped(port->head.id) ? 0 : rte_eth_dev_stop(port->head.id);
	if (ret == 0)
		bounce_reclaim(port);
	return ret;
}

int
lbuf_port_stop(struct lbuf_port *port)
{
	int ret = port_halt(port);

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
	if (port_is_stopped(port->head.id))
		bounce_reclaim(port);
	out = lbuf_port_refs_out(port);
	if (out != 0) {
		PORT_LOG(ERR, "port %u: bridge not freed, %u mbufs are out: stop the port first",
				port->head.id, out);
		return -EBUSY;
	}
	governor_close(port);
	unmap(port);
	free_pools(port);
	rte_free(port);
	return 0;
}

/* Whether a queue was there when the bridge was made, or is there now. */
static bool
is_known(const struct lbuf_port *port, uint16_t queue)
{
	struct rte_eth_dev_info info;

	if (queue < port->nb_known)
		return true;
	if (queue >= port->head.nb_queues || rte_eth_dev_info_get(port->head.id, &info) != 0)
		return false;
	return queue < RTE_MAX(info.nb_rx_queues, info.nb_tx_queues);
}

int
lbuf_port_stats_get(const struct lbuf_port *port, uint16_t queue, struct lbuf_port_stats *stats)
{
	const struct lbuf_port_queue *q;

	if (port == NULL || stats == NULL || !is_known(port, queue))
		return -EINVAL;
	q = &port->head.queue[queue];
	*stats = (struct lbuf_port_stats){
		.rx_packets = q->rx.packets,
		.rx_bytes = q->rx.bytes,
		.rx_nombuf = q->rx.nombuf,
		.tx_packets = q->tx.packets,
		.tx_bytes = q->tx.bytes,
		.tx_refs = q->tx.refs,
		.tx_small = q->tx.small,
		.tx_copied = q->tx.copied,
		.tx_failed = q->tx.failed,
	};
	return 0;
}
