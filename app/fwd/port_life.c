/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The life of ports: queues, bridge, start, end.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

#include "flow.h"
#include "fwd.h"
#include "hold.h"
#include "tx_vlan.h"
#include "verbose.h"

#define DRAIN_BURST 64
/* A queue that still has packets after so many bursts makes them itself. */
#define DRAIN_BURSTS 1024

/* Some drivers fill a queue with mbufs at once. */
static void
explain_rx_queue(const struct fwd_args *args, const struct rte_mempool *mbufs, uint16_t id,
		uint16_t q, uint16_t desc, int error)
{
	unsigned int left = rte_mempool_avail_count(mbufs);

	if (error == -ENOMEM && left <= desc)
		FWD_ERR("port %u: RX queue %u with %u descriptors: only %u of %u mbufs are left "
			"for it: raise --total-num-mbufs, or lower --rxq or --rxd",
				id, q, desc, left, mbufs->size);
	else
		FWD_ERR("port %u: RX queue %u with %u descriptors and mbufs of %u bytes: %s "
			"(--rxq, --rxd, --mbuf-size)",
				id, q, desc, args->mbuf_size, rte_strerror(-error));
}

/* What rte_eth_rx_queue_setup() takes for 0, to be told of if it fails. */
static uint16_t
descriptors(uint16_t given, uint16_t preferred, uint16_t fallback)
{
	if (given != 0)
		return given;
	return preferred != 0 ? preferred : fallback;
}

static int
socket_or(int8_t given, int otherwise)
{
	return given >= 0 ? given : otherwise;
}

int
fwd_port_setup_rxq(struct fwd *fwd, struct fwd_port *port, uint16_t q)
{
	int socket = socket_or(fwd->args.rxring_numa[port->id], port->mem_socket);
	struct rte_mempool *mbufs = fwd_mempools_get(fwd, socket);
	uint16_t desc = descriptors(port->rxq[q].desc, port->info.default_rxportconf.ring_size,
			RTE_ETH_DEV_FALLBACK_RX_RINGSIZE);
	uint16_t tx_desc = 0;
	int ret;

	if (mbufs == NULL)
		return -ENOMEM;
	ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &desc, &tx_desc);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port->id, q, desc, (unsigned int)socket,
				&port->rxq[q].conf, mbufs);
	if (ret != 0)
		explain_rx_queue(&fwd->args, mbufs, port->id, q, desc, ret);
	port->rxq[q].stopped = port->rxq[q].conf.rx_deferred_start != 0;
	return ret;
}

int
fwd_port_setup_txq(struct fwd *fwd, struct fwd_port *port, uint16_t q)
{
	int socket = socket_or(fwd->args.txring_numa[port->id], port->mem_socket);
	struct rte_eth_txconf conf = port->txq[q].conf;
	uint16_t desc = descriptors(port->txq[q].desc, port->info.default_txportconf.ring_size,
			RTE_ETH_DEV_FALLBACK_TX_RINGSIZE);
	uint16_t rx_desc = 0;
	int ret;

	conf.offloads = fwd_port_tx_offloads(conf.offloads);
	ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_desc, &desc);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port->id, q, desc, (unsigned int)socket, &conf);
	if (ret != 0)
		FWD_ERR("port %u: TX queue %u with %u descriptors: %s (--txq, --txd)", port->id, q,
				desc, rte_strerror(-ret));
	port->txq[q].stopped = conf.tx_deferred_start != 0;
	return ret;
}

static int
setup_queues(struct fwd *fwd, struct fwd_port *port)
{
	uint32_t q;
	int ret;

	for (q = 0; q < fwd->args.txq; q++) {
		ret = fwd_port_setup_txq(fwd, port, (uint16_t)q);
		if (ret != 0) {
			fprintf(stderr, "Fail to configure port %d tx queues\n", port->id);
			return ret;
		}
	}
	for (q = 0; q < fwd->args.rxq; q++) {
		ret = fwd_port_setup_rxq(fwd, port, (uint16_t)q);
		if (ret != 0) {
			fprintf(stderr, "Fail to configure port %d rx queues\n", port->id);
			return ret;
		}
	}
	port->reconf_queues = false;
	return 0;
}

static int
make_bridge(struct fwd *fwd, struct fwd_port *port)
{
	struct lbuf_port_params params = { .pool = fwd->pool };

	if (port->bridge != NULL)
		return 0;
	port->bridge = lbuf_port_create(port->id, &params);
	if (port->bridge != NULL) {
		fwd_hold_apply(&fwd->args, port);
		return 0;
	}
	FWD_ERR("port %u: no bridge: %s", port->id, rte_strerror(rte_errno));
	return -rte_errno;
}

/* Device, bridge and queues, as far as they are not as they are to be. */
static int
prepare(struct fwd *fwd, struct fwd_port *port)
{
	int ret;

	if (port->reconf) {
		ret = fwd_port_configure(&fwd->args, port);
		if (ret != 0) {
			fprintf(stderr, "Fail to configure port %d\n", port->id);
			return ret;
		}
	}
	/* Before the queues: a driver may take memory of the bridge's for them. */
	ret = make_bridge(fwd, port);
	if (ret == 0 && port->reconf_queues)
		ret = setup_queues(fwd, port);
	return ret;
}

int
fwd_port_start(struct fwd *fwd, struct fwd_port *port)
{
	int ret;

	ret = prepare(fwd, port);
	if (ret != 0)
		return ret;
	fwd_verbose_apply(fwd, port);
	fwd_tx_vlan_apply(fwd, port);
	ret = rte_eth_dev_start(port->id);
	if (ret != 0) {
		FWD_ERR("port %u does not start (too few mbufs? see --total-num-mbufs)", port->id);
		fprintf(stderr, "Fail to start port %d: %s\n", port->id, rte_strerror(-ret));
		return ret;
	}
	port->started = true;
	return 0;
}

int
fwd_port_stop(struct fwd *fwd, struct fwd_port *port)
{
	int ret;

	fwd_flow_flush(port);
	fwd_port_drain(fwd, port);
	ret = rte_eth_dev_stop(port->id);
	if (ret == 0)
		port->started = false;
	return ret;
}

/*
 * Drop what lies in the RX queues. A driver frees what its device has not
 * delivered, but not what waits in memory that it shares with another port.
 */
void
fwd_port_drain(const struct fwd *fwd, const struct fwd_port *port)
{
	struct rte_mbuf *m[DRAIN_BURST];
	unsigned int k;
	uint32_t q;
	uint16_t n;

	if (!port->started)
		return;
	for (q = 0; q < fwd->args.rxq; q++) {
		for (k = 0; k < DRAIN_BURSTS && !port->rxq[q].stopped; k++) {
			n = rte_eth_rx_burst(port->id, (uint16_t)q, m, DRAIN_BURST);
			if (n == 0)
				break;
			rte_pktmbuf_free_bulk(m, n);
		}
	}
}

/* For the time when its mbufs, which lie in rings of other ports, have come back. */
static void
put_off(struct fwd *fwd, struct lbuf_port *bridge)
{
	if (fwd->nb_bridges < RTE_DIM(fwd->bridges))
		fwd->bridges[fwd->nb_bridges++] = bridge;
	else
		FWD_ERR("a bridge of a closed port is lost: too many of them hold mbufs");
}

static void
unbridge(struct fwd *fwd, struct fwd_port *port)
{
	if (port->bridge != NULL && lbuf_port_free(port->bridge) != 0)
		put_off(fwd, port->bridge);
	port->bridge = NULL;
}

/* For good: what the bridge has mapped for the device is unmapped. */
static void
stop_for_good(struct fwd *fwd, struct fwd_port *port)
{
	int ret;

	fwd_flow_flush(port);
	fwd_port_drain(fwd, port);
	port->started = false;
	if (port->bridge == NULL)
		return;
	ret = lbuf_port_stop(port->bridge);
	if (ret != 0)
		FWD_ERR("port %u does not stop: %s", port->id, rte_strerror(-ret));
}

int
fwd_port_reset(struct fwd *fwd, struct fwd_port *port)
{
	int ret;

	/* Some drivers close the device in order to reset it. */
	stop_for_good(fwd, port);
	fwd_verbose_remove(fwd, port);
	fwd_tx_vlan_remove(fwd, port);
	ret = rte_eth_dev_reset(port->id);
	unbridge(fwd, port);
	port->reconf = true;
	port->reconf_queues = true;
	return ret;
}

void
fwd_port_close(struct fwd *fwd, struct fwd_port *port)
{
	int ret;

	stop_for_good(fwd, port);
	fwd_verbose_remove(fwd, port);
	fwd_tx_vlan_remove(fwd, port);
	ret = rte_eth_dev_close(port->id);
	if (ret != 0)
		FWD_ERR("port %u does not close: %s", port->id, rte_strerror(-ret));
	unbridge(fwd, port);
	fwd_ports_forget(fwd, port);
}

uint32_t
fwd_ports_free_bridges(struct fwd *fwd)
{
	unsigned int i, kept = 0;
	uint32_t out = 0;

	for (i = 0; i < fwd->nb_bridges; i++) {
		if (lbuf_port_free(fwd->bridges[i]) == 0)
			continue;
		out += lbuf_port_refs_out(fwd->bridges[i]);
		fwd->bridges[kept++] = fwd->bridges[i];
	}
	fwd->nb_bridges = kept;
	return out;
}
