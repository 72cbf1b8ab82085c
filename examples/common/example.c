/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "example.h"

#define MBUFS 16383
#define MBUF_CACHE 250

volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

void
begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
}

/* What is received goes out in segments, by reference, where the device can do that. */
static int
configure(uint16_t id)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_info_get(id, &info);

	if (ret != 0)
		return ret;
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	return rte_eth_dev_configure(id, 1, 1, &conf);
}

static int
start(uint16_t id)
{
	int socket = rte_eth_dev_socket_id(id);
	struct rte_mempool *mbufs;
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "mbufs_%u", id);
	mbufs = rte_pktmbuf_pool_create(name, MBUFS, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			socket);
	if (mbufs == NULL)
		return -rte_errno;
	ret = rte_eth_rx_queue_setup(id, 0, 512, (unsigned int)socket, NULL, mbufs);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(id, 0, 512, (unsigned int)socket, NULL);
	if (ret == 0)
		ret = rte_eth_dev_start(id);
	if (ret == 0)
		rte_eth_promiscuous_enable(id);
	return ret;
}

struct lbuf_port *
port_start(uint16_t id, struct lbuf_pool *pool)
{
	const struct lbuf_port_params params = { .pool = pool };

	return port_start_with(id, &params);
}

struct lbuf_port *
port_start_with(uint16_t id, const struct lbuf_port_params *params)
{
	struct lbuf_port *port = NULL;
	int ret = configure(id);

	if (ret == 0)
		port = lbuf_port_create(id, params);
	if (port != NULL)
		ret = start(id);
	else if (ret == 0)
		ret = -rte_errno;
	if (ret == 0)
		return port;
	fprintf(stderr, "port %u: %s\n", id, rte_strerror(-ret));
	port_stop(id, port);
	return NULL;
}

void
port_stop(uint16_t id, struct lbuf_port *port)
{
	if (port == NULL)
		return;
	lbuf_port_stop(port);
	rte_eth_dev_close(id);
	lbuf_port_free(port);
}
