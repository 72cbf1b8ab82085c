/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Ports: which there are, and their configuration out of the options and of what
 * their drivers can do.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "fwd.h"

/* As testpmd: 9 s in steps of 100 ms. */
#define LINK_WAIT_STEPS 90
#define LINK_WAIT_STEP_US 100000

int
fwd_ports_find(struct fwd *fwd)
{
	struct fwd_port *port;
	unsigned int i;
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id) {
		port = &fwd->ports[fwd->nb_ports++];
		port->id = id;
		port->socket = rte_eth_dev_socket_id(id);
	}
	if (fwd->nb_ports == 0) {
		FWD_ERR("no Ethernet ports: bind a NIC (scripts/setup.sh bind BDF) or give "
			"--vdev%s",
				geteuid() != 0 ? " (not root: most devices need it)" : "");
		return -ENODEV;
	}
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (fwd->args.peer[i].given && !rte_eth_dev_is_valid_port((uint16_t)i)) {
			FWD_ERR("--eth-peer=%u,...: no such port: accepted are those of the %u "
				"ports found",
					i, fwd->nb_ports);
			return -EINVAL;
		}
	}
	return 0;
}

/* What a frame has beside its payload, as the driver reckons. */
static uint32_t
frame_overhead(const struct rte_eth_dev_info *info)
{
	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		return info->max_rx_pktlen - info->max_mtu;
	return RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
}

static int
check_queues(uint16_t id, const char *name, uint32_t n, uint32_t max)
{
	if (n <= max)
		return 0;
	FWD_ERR("--%s=%u: port %u accepts 1 to %u", name, n, id, max);
	return -EINVAL;
}

/* The frames of txonly against a port whose longest frame is max, with its overhead. */
static int
check_tx_len(const struct fwd_args *args, const struct fwd_port *port, uint32_t max,
		uint32_t overhead)
{
	uint32_t now = (uint32_t)port->mtu + RTE_ETHER_HDR_LEN;
	uint32_t most = RTE_MIN(max, (uint32_t)UINT16_MAX) - overhead + RTE_ETHER_HDR_LEN;

	if (args->mode != &fwd_mode_txonly || args->tx_pkt_len <= now)
		return 0;
	if (args->tx_pkt_len <= most)
		FWD_ERR("--txpkts=%u: port %u accepts at most %u, or give --max-pkt-len=%u",
				args->tx_pkt_len, port->id, now,
				args->tx_pkt_len - RTE_ETHER_HDR_LEN + overhead);
	else if (now < most)
		FWD_ERR("--txpkts=%u: port %u accepts at most %u, or %u with --max-pkt-len=%u",
				args->tx_pkt_len, port->id, now, most,
				most - RTE_ETHER_HDR_LEN + overhead);
	else
		FWD_ERR("--txpkts=%u: port %u accepts at most %u, which is what its longest "
			"frame of %u bytes (--max-pkt-len) leaves",
				args->tx_pkt_len, port->id, now, port->mtu + overhead);
	return -EINVAL;
}

static int
choose_mtu(const struct fwd_args *args, const struct rte_eth_dev_info *info, struct fwd_port *port)
{
	uint32_t overhead = frame_overhead(info);
	uint32_t max = info->max_mtu == 0 ? RTE_ETHER_MTU : info->max_mtu;
	uint32_t min = RTE_MAX((uint32_t)info->min_mtu, (uint32_t)RTE_ETHER_MIN_MTU);

	if (info->max_rx_pktlen > overhead)
		max = RTE_MIN(max, info->max_rx_pktlen - overhead);
	/* A frame that cannot be scattered is as long as an mbuf at most. */
	if ((info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) == 0)
		max = RTE_MIN(max, UINT16_MAX - RTE_PKTMBUF_HEADROOM - overhead);
	port->mtu = (uint16_t)RTE_MIN(max, (uint32_t)RTE_ETHER_MTU);
	if (args->max_pkt_len != 0) {
		if (args->max_pkt_len < min + overhead || args->max_pkt_len > max + overhead) {
			FWD_ERR("--max-pkt-len=%u: port %u accepts %u to %u", args->max_pkt_len,
					port->id, min + overhead,
					RTE_MIN(max + overhead, (uint32_t)UINT16_MAX));
			return -EINVAL;
		}
		port->mtu = (uint16_t)(args->max_pkt_len - overhead);
	}
	return check_tx_len(args, port, max + overhead, overhead);
}

/* Frames must fit an mbuf, or be scattered over several. */
static int
choose_scatter(const struct fwd_args *args, const struct rte_eth_dev_info *info,
		struct fwd_port *port)
{
	uint32_t room = args->mbuf_size - RTE_PKTMBUF_HEADROOM;
	uint32_t frame = port->mtu + frame_overhead(info);
	uint32_t min = info->min_rx_bufsize;

	if ((info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) == 0)
		min = RTE_MAX(min, frame);
	else if (room < frame)
		port->rx_offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	if (room < min) {
		FWD_ERR("--mbuf-size=%u: too small for port %u and its MTU of %u: accepted "
			"values are %u to %u",
				args->mbuf_size, port->id, port->mtu, min + RTE_PKTMBUF_HEADROOM,
				UINT16_MAX);
		return -EINVAL;
	}
	return 0;
}

static uint32_t
descriptors(uint32_t given, uint32_t preferred, uint32_t fallback)
{
	if (given != 0)
		return given;
	return preferred != 0 ? preferred : fallback;
}

static int
configure(const struct fwd_args *args, struct fwd_port *port)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	uint64_t rss;
	int ret;

	ret = rte_eth_dev_info_get(port->id, &info);
	if (ret != 0) {
		FWD_ERR("port %u: no information from its driver: %s", port->id,
				rte_strerror(-ret));
		return ret;
	}
	if (check_queues(port->id, "rxq", args->rxq, info.max_rx_queues) != 0 ||
			check_queues(port->id, "txq", args->txq, info.max_tx_queues) != 0 ||
			choose_mtu(args, &info, port) != 0 ||
			choose_scatter(args, &info, port) != 0)
		return -EINVAL;
	/* Never MBUF_FAST_FREE: what is sent comes from several pools. */
	port->tx_offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;

	conf.rxmode.offloads = port->rx_offloads;
	/* Left to ethdev unless asked for: not all drivers can set it. */
	if (args->max_pkt_len != 0)
		conf.rxmode.mtu = port->mtu;
	conf.txmode.offloads = port->tx_offloads;
	rss = info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	if (args->rxq > 1 && rss != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = rss;
	}
	ret = rte_eth_dev_configure(port->id, (uint16_t)args->rxq, (uint16_t)args->txq, &conf);
	if (ret != 0) {
		FWD_ERR("port %u: its driver refuses --rxq=%u --txq=%u and an MTU of %u: %s",
				port->id, args->rxq, args->txq, port->mtu, rte_strerror(-ret));
		return ret;
	}
	port->configured = true;

	port->rxd = (uint16_t)descriptors(args->rxd, info.default_rxportconf.ring_size,
			RTE_ETH_DEV_FALLBACK_RX_RINGSIZE);
	port->txd = (uint16_t)descriptors(args->txd, info.default_txportconf.ring_size,
			RTE_ETH_DEV_FALLBACK_TX_RINGSIZE);
	ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &port->rxd, &port->txd);
	if (ret == 0)
		ret = rte_eth_macaddr_get(port->id, &port->addr);
	if (ret != 0)
		FWD_ERR("port %u: %s", port->id, rte_strerror(-ret));
	return ret;
}

/* Peers that are not given are testpmd's: 02:00:00:00:00:PORT. */
static void
choose_peer(const struct fwd_args *args, struct fwd_port *port)
{
	const struct rte_ether_addr addr = {
		.addr_bytes = { RTE_ETHER_LOCAL_ADMIN_ADDR, [5] = (uint8_t)port->id },
	};

	port->peer = args->peer[port->id].given ? args->peer[port->id].addr : addr;
}

int
fwd_ports_configure(struct fwd *fwd)
{
	unsigned int i;
	int ret;

	for (i = 0; i < fwd->nb_ports && !fwd_quit; i++) {
		choose_peer(&fwd->args, &fwd->ports[i]);
		ret = configure(&fwd->args, &fwd->ports[i]);
		if (ret != 0)
			return ret;
	}
	return 0;
}

void
fwd_ports_show(const struct fwd *fwd)
{
	char name[RTE_ETH_NAME_MAX_LEN], addr[RTE_ETHER_ADDR_FMT_SIZE], socket[16];
	struct rte_eth_dev_info info;
	const struct fwd_port *port;
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++) {
		port = &fwd->ports[i];
		if (rte_eth_dev_info_get(port->id, &info) != 0 ||
				rte_eth_dev_get_name_by_port(port->id, name) != 0)
			continue;
		rte_ether_format_addr(addr, sizeof(addr), &port->addr);
		snprintf(socket, sizeof(socket), port->socket < 0 ? "any" : "%d", port->socket);
		printf("Port %u: %s %s driver %s, socket %s, mbuf pool on socket %d, "
		       "rxq %u txq %u, rxd %u txd %u\n",
				port->id, name, addr, info.driver_name, socket,
				port->mbufs->socket_id, fwd->args.rxq, fwd->args.txq, port->rxd,
				port->txd);
	}
}

static bool
all_up(const struct fwd *fwd, bool show)
{
	struct rte_eth_link link;
	bool up = true;
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++) {
		if (rte_eth_link_get_nowait(fwd->ports[i].id, &link) != 0 ||
				link.link_status == RTE_ETH_LINK_UP)
			continue;
		up = false;
		if (show)
			printf("Port %u Link down\n", fwd->ports[i].id);
	}
	return up;
}

void
fwd_ports_link_wait(const struct fwd *fwd)
{
	unsigned int i;

	printf("Checking link statuses...\n");
	for (i = 0; i < LINK_WAIT_STEPS && !fwd_quit && !all_up(fwd, false); i++)
		rte_delay_us_sleep(LINK_WAIT_STEP_US);
	all_up(fwd, !fwd_quit);
	printf("Done\n");
}
