/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The life of ports that are configured: queues, bridge, start, end.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

#include "fwd.h"

#define DRAIN_BURST 64
/* A queue that still has packets after so many bursts makes them itself. */
#define DRAIN_BURSTS 1024

/* Some drivers fill a queue with mbufs at once. */
static void
explain_rx_queue(const struct fwd_args *args, const struct fwd_port *port, uint16_t q, int error)
{
	unsigned int left = rte_mempool_avail_count(port->mbufs);

	if (error == -ENOMEM && left <= port->rxd)
		FWD_ERR("port %u: RX queue %u with %u descriptors: only %u of %u mbufs are left "
			"for it: raise --total-num-mbufs, or lower --rxq or --rxd",
				port->id, q, port->rxd, left, port->mbufs->size);
	else
		FWD_ERR("port %u: RX queue %u with %u descriptors and mbufs of %u bytes: %s "
			"(--rxq, --rxd, --mbuf-size)",
				port->id, q, port->rxd, args->mbuf_size, rte_strerror(-error));
}

static int
setup_queues(const struct fwd_args *args, const struct fwd_port *port)
{
	unsigned int socket = (unsigned int)port->mem_socket;
	struct rte_eth_dev_info info;
	struct rte_eth_rxconf rxconf;
	struct rte_eth_txconf txconf;
	uint16_t q;
	int ret;

	ret = rte_eth_dev_info_get(port->id, &info);
	if (ret != 0)
		return ret;
	rxconf = info.default_rxconf;
	rxconf.offloads = port->rx_offloads;
	txconf = info.default_txconf;
	txconf.offloads = port->tx_offloads;

	for (q = 0; q < args->txq; q++) {
		ret = rte_eth_tx_queue_setup(port->id, q, port->txd, socket, &txconf);
		if (ret != 0) {
			FWD_ERR("port %u: TX queue %u with %u descriptors: %s (--txq, --txd)",
					port->id, q, port->txd, rte_strerror(-ret));
			return ret;
		}
	}
	for (q = 0; q < args->rxq; q++) {
		ret = rte_eth_rx_queue_setup(port->id, q, port->rxd, socket, &rxconf, port->mbufs);
		if (ret != 0) {
			explain_rx_queue(args, port, q, ret);
			return ret;
		}
	}
	return 0;
}

static int
start(struct fwd *fwd, struct fwd_port *port)
{
	struct lbuf_port_params params = { .pool = fwd->pool };
	int ret;

	port->bridge = lbuf_port_create(port->id, &params);
	if (port->bridge == NULL) {
		FWD_ERR("port %u: no bridge: %s", port->id, rte_strerror(rte_errno));
		return -rte_errno;
	}
	ret = setup_queues(&fwd->args, port);
	if (ret != 0)
		return ret;
	ret = rte_eth_dev_start(port->id);
	if (ret != 0) {
		FWD_ERR("port %u does not start: %s (too few mbufs? see --total-num-mbufs)",
				port->id, rte_strerror(-ret));
		return ret;
	}
	port->started = true;
	ret = rte_eth_promiscuous_enable(port->id);
	if (ret != 0 && ret != -ENOTSUP)
		FWD_ERR("port %u: not promiscuous: %s", port->id, rte_strerror(-ret));
	return 0;
}

int
fwd_ports_start(struct fwd *fwd)
{
	unsigned int i;
	int ret;

	for (i = 0; i < fwd->nb_ports && !fwd_quit; i++) {
		ret = start(fwd, &fwd->ports[i]);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/*
 * Drop what lies in the RX queues. A driver frees what its device has not
 * delivered, but not what waits in memory that it shares with another port.
 */
void
fwd_ports_drain(struct fwd *fwd)
{
	struct rte_mbuf *m[DRAIN_BURST];
	unsigned int i, k;
	uint32_t q;
	uint16_t n;

	for (i = 0; i < fwd->nb_ports; i++) {
		if (!fwd->ports[i].started)
			continue;
		for (q = 0; q < fwd->args.rxq; q++) {
			for (k = 0; k < DRAIN_BURSTS; k++) {
				n = rte_eth_rx_burst(fwd->ports[i].id, (uint16_t)q, m, DRAIN_BURST);
				if (n == 0)
					break;
				rte_pktmbuf_free_bulk(m, n);
			}
		}
	}
}

/* Stop and close all ports there are, whether they were used or not. */
void
fwd_ports_close(struct fwd *fwd)
{
	struct fwd_port *port;
	unsigned int i;
	int ret;

	for (i = 0; i < fwd->nb_ports; i++) {
		port = &fwd->ports[i];
		if (!port->started)
			continue;
		port->started = false;
		ret = lbuf_port_stop(port->bridge);
		if (ret != 0)
			FWD_ERR("port %u does not stop: %s", port->id, rte_strerror(-ret));
	}
	for (i = 0; i < fwd->nb_ports; i++) {
		ret = rte_eth_dev_close(fwd->ports[i].id);
		if (ret != 0)
			FWD_ERR("port %u does not close: %s", fwd->ports[i].id, rte_strerror(-ret));
	}
}

/* Free the bridges. Returns how many of their mbufs are still out. */
uint32_t
fwd_ports_free(struct fwd *fwd)
{
	uint32_t out = 0;
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++) {
		if (fwd->ports[i].bridge == NULL)
			continue;
		out += lbuf_port_refs_out(fwd->ports[i].bridge);
		lbuf_port_free(fwd->ports[i].bridge);
		fwd->ports[i].bridge = NULL;
	}
	fwd->nb_ports = 0;
	return out;
}
