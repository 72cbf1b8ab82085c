/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * recycle_mbufs: as io, but the driver moves the mbufs of what was sent straight into the RX
 * ring, past their pool.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_version.h>

#include "fwd.h"

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)

#include <rte_malloc.h>

static int
recycle_start(struct fwd_stream *s, int socket)
{
	struct rte_eth_recycle_rxq_info *info;
	int ret;

	info = rte_zmalloc_socket("fwd_recycle", sizeof(*info), 0, socket);
	if (info == NULL)
		return -ENOMEM;
	ret = rte_eth_recycle_rx_queue_info_get(s->rx_port, s->rx_queue, info);
	if (ret != 0) {
		FWD_ERR("recycle_mbufs: RX queue %u of port %u cannot take mbufs of a TX queue "
			"(%s): use io",
				s->rx_queue, s->rx_port, rte_strerror(-ret));
		rte_free(info);
		return ret == -ENOMEM ? -ENOTSUP : ret;
	}
	s->state = info;
	return 0;
}

static void
recycle_stop(struct fwd_stream *s)
{
	rte_free(s->state);
	s->state = NULL;
}

static void
recycle_burst(struct fwd_stream *s)
{
	struct lbuf_burst burst;

	rte_eth_recycle_mbufs(s->rx_port, s->rx_queue, s->tx_port->id, s->tx_queue, s->state);
	if (likely(fwd_receive(s, &burst) != 0))
		fwd_send(s, &burst);
}

#else

static int
recycle_start(struct fwd_stream *s, int socket)
{
	RTE_SET_USED(s);
	RTE_SET_USED(socket);
	FWD_ERR("recycle_mbufs: %s has no rte_eth_recycle_mbufs(), which came with DPDK 23.11: "
		"use io",
			rte_version());
	return -ENOTSUP;
}

static void
recycle_stop(struct fwd_stream *s)
{
	RTE_SET_USED(s);
}

static void
recycle_burst(struct fwd_stream *s)
{
	RTE_SET_USED(s);
}

#endif

const struct fwd_mode fwd_mode_recycle_mbufs = {
	.name = "recycle_mbufs",
	.burst = recycle_burst,
	.start = recycle_start,
	.stop = recycle_stop,
	.receives = true,
	.sends = true,
};
