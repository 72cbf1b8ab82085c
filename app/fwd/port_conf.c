/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The configuration of a port, out of what is wished and of what its driver can do.
 */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

#include "fwd.h"
#include "port_limits.h"

static int
check_queues(uint16_t id, const char *name, uint32_t n, uint32_t max)
{
	if (n <= max)
		return 0;
	FWD_ERR("--%s=%u: port %u accepts 1 to %u", name, n, id, max);
	return -EINVAL;
}

/* Frames made here against a port whose longest frame is max, with its overhead. */
static int
check_tx_len(const struct fwd_args *args, const struct fwd_port *port, uint32_t max,
		uint32_t overhead)
{
	/* That of flowgen has a CRC in it. */
	uint32_t added = RTE_ETHER_HDR_LEN +
			(args->mode == &fwd_mode_flowgen ? RTE_ETHER_CRC_LEN : 0);
	uint32_t now = (uint32_t)port->mtu + added;
	uint32_t most = RTE_MIN(max, (uint32_t)UINT16_MAX) - overhead + added;

	if ((args->mode != &fwd_mode_txonly && args->mode != &fwd_mode_flowgen) ||
			args->tx_pkt_len <= now)
		return 0;
	if (args->tx_pkt_len <= most)
		FWD_ERR("--txpkts=%u: port %u accepts at most %u, or give --max-pkt-len=%u",
				args->tx_pkt_len, port->id, now,
				args->tx_pkt_len - added + overhead);
	else if (now < most)
		FWD_ERR("--txpkts=%u: port %u accepts at most %u, or %u with --max-pkt-len=%u",
				args->tx_pkt_len, port->id, now, most, most - added + overhead);
	else
		FWD_ERR("--txpkts=%u: port %u accepts at most %u, which is what its longest "
			"frame of %u bytes (--max-pkt-len) leaves",
				args->tx_pkt_len, port->id, now, port->mtu + overhead);
	return -EINVAL;
}

/* The first time: afterwards a command may have set another one. */
static int
choose_mtu(const struct fwd_args *args, struct fwd_port *port)
{
	const struct rte_eth_dev_info *info = &port->info;
	uint32_t overhead = fwd_limits_overhead(info);
	uint32_t max = info->max_mtu == 0 ? RTE_ETHER_MTU : info->max_mtu;
	uint32_t min = RTE_MAX((uint32_t)info->min_mtu, (uint32_t)RTE_ETHER_MIN_MTU);

	if (port->mtu != 0)
		return 0;
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
		/* Left to ethdev unless asked for: not all drivers can set it. */
		port->conf.rxmode.mtu = port->mtu;
	}
	return check_tx_len(args, port, max + overhead, overhead);
}

/* Frames must fit an mbuf, or be scattered over several: then *offloads say so. */
static int
choose_scatter(const struct fwd_args *args, const struct fwd_port *port, uint64_t *offloads)
{
	uint32_t room = args->mbuf_size - RTE_PKTMBUF_HEADROOM;
	uint32_t frame = port->mtu + fwd_limits_overhead(&port->info);
	uint32_t min = port->info.min_rx_bufsize;

	if ((port->info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) == 0)
		min = RTE_MAX(min, frame);
	else if (room < frame)
		*offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	if (room < min) {
		FWD_ERR("--mbuf-size=%u: too small for port %u and its MTU of %u: accepted "
			"values are %u to %u",
				args->mbuf_size, port->id, port->mtu, min + RTE_PKTMBUF_HEADROOM,
				UINT16_MAX);
		return -EINVAL;
	}
	return 0;
}

/* What comes of mbufs of several pools cannot be freed fast. */
uint64_t
fwd_port_tx_offloads(uint64_t wished)
{
	return wished & ~RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
}

/* By which both directions of a connection come to the same queue, of their ports. */
static void
choose_rss_key(struct fwd_port *port)
{
	struct rte_eth_rss_conf *rss = &port->conf.rx_adv_conf.rss_conf;
	static uint8_t key[UINT8_MAX];

	if (port->info.hash_key_size == 0 || rss->rss_key != NULL)
		return;
	/* That of a port is the beginning of a longer one. */
	lbuf_conn_rss_key(key, sizeof(key));
	rss->rss_key = key;
	rss->rss_key_len = port->info.hash_key_size;
}

static void
choose_rss(const struct fwd_args *args, struct fwd_port *port)
{
	uint64_t rss = port->info.flow_type_rss_offloads & args->rss_hf;

	port->conf.rx_adv_conf.rss_conf.rss_hf = args->rxq > 1 ? rss : 0;
	if (args->rxq > 1 && rss != 0) {
		port->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		if (args->mode->pairs)
			choose_rss_key(port);
	} else {
		port->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
		port->conf.rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_RSS_HASH;
	}
}

static void
set_u8(uint8_t *field, uint32_t given)
{
	if (given != FWD_UNSET)
		*field = (uint8_t)given;
}

static void
set_u16(uint16_t *field, uint32_t given)
{
	if (given != FWD_UNSET)
		*field = (uint16_t)given;
}

void
fwd_port_queue_defaults(const struct fwd_args *args, struct fwd_port *port)
{
	struct rte_eth_rxconf *rx;
	struct rte_eth_txconf *tx;
	uint32_t q;

	for (q = 0; q < args->rxq; q++) {
		rx = &port->rxq[q].conf;
		*rx = port->info.default_rxconf;
		rx->offloads |= port->conf.rxmode.offloads;
		set_u8(&rx->rx_thresh.pthresh, args->rx_thresh[0]);
		set_u8(&rx->rx_thresh.hthresh, args->rx_thresh[1]);
		set_u8(&rx->rx_thresh.wthresh, args->rx_thresh[2]);
		set_u16(&rx->rx_free_thresh, args->rx_thresh[3]);
		if (args->rx_drop)
			rx->rx_drop_en = 1;
		port->rxq[q].desc = (uint16_t)args->rxd;
	}
	for (q = 0; q < args->txq; q++) {
		tx = &port->txq[q].conf;
		*tx = port->info.default_txconf;
		tx->offloads |= port->conf.txmode.offloads;
		set_u8(&tx->tx_thresh.pthresh, args->tx_thresh[0]);
		set_u8(&tx->tx_thresh.hthresh, args->tx_thresh[1]);
		set_u8(&tx->tx_thresh.wthresh, args->tx_thresh[2]);
		set_u16(&tx->tx_free_thresh, args->tx_thresh[3]);
		set_u16(&tx->tx_rs_thresh, args->tx_thresh[4]);
		port->txq[q].desc = (uint16_t)args->txd;
	}
}

/* What the driver has switched on by itself, beside what it was passed. */
static void
take_over_offloads(const struct fwd_args *args, struct fwd_port *port,
		const struct rte_eth_conf *passed)
{
	struct rte_eth_conf conf;
	uint64_t rx, tx;
	uint32_t q;

	if (rte_eth_dev_conf_get(port->id, &conf) != 0)
		return;
	rx = conf.rxmode.offloads & ~passed->rxmode.offloads;
	tx = conf.txmode.offloads & ~passed->txmode.offloads;
	port->conf.rxmode.offloads |= rx;
	port->conf.txmode.offloads |= tx;
	for (q = 0; q < args->rxq; q++)
		port->rxq[q].conf.offloads |= rx;
	for (q = 0; q < args->txq; q++)
		port->txq[q].conf.offloads |= tx;
}

static void
choose_interrupts(const struct fwd_args *args, struct fwd_port *port)
{
	uint32_t flags = *port->info.dev_flags;

	/* testpmd: none for links if packets are sent before there is one. */
	port->lsc = !args->no_lsc_interrupt && !args->tx_first &&
			(flags & RTE_ETH_DEV_INTR_LSC) != 0;
	port->conf.intr_conf.lsc = port->lsc;
	port->conf.intr_conf.rmv = !args->no_rmv_interrupt && (flags & RTE_ETH_DEV_INTR_RMV) != 0;
}

static int
configure_device(const struct fwd_args *args, struct fwd_port *port)
{
	struct rte_eth_conf conf = port->conf;
	int ret;

	ret = choose_scatter(args, port, &conf.rxmode.offloads);
	if (ret != 0)
		return ret;
	conf.txmode.offloads = fwd_port_tx_offloads(conf.txmode.offloads);
	ret = rte_eth_dev_configure(port->id, (uint16_t)args->rxq, (uint16_t)args->txq, &conf);
	if (ret != 0)
		FWD_ERR("port %u: its driver refuses --rxq=%u --txq=%u, an MTU of %u, or "
			"offloads (see above): %s",
				port->id, args->rxq, args->txq, port->mtu, rte_strerror(-ret));
	else
		take_over_offloads(args, port, &conf);
	return ret;
}

int
fwd_port_configure(const struct fwd_args *args, struct fwd_port *port)
{
	int ret;

	ret = rte_eth_dev_info_get(port->id, &port->info);
	if (ret != 0) {
		FWD_ERR("port %u: no information from its driver: %s", port->id,
				rte_strerror(-ret));
		return ret;
	}
	if (check_queues(port->id, "rxq", args->rxq, port->info.max_rx_queues) != 0 ||
			check_queues(port->id, "txq", args->txq, port->info.max_tx_queues) != 0 ||
			choose_mtu(args, port) != 0)
		return -EINVAL;
	choose_rss(args, port);
	choose_interrupts(args, port);
	if (!port->configured)
		fwd_port_queue_defaults(args, port);
	ret = configure_device(args, port);
	if (ret != 0)
		return ret;
	port->configured = true;
	port->reconf = false;
	rte_eth_dev_get_mtu(port->id, &port->mtu);
	ret = rte_eth_macaddr_get(port->id, &port->addr);
	if (ret != 0)
		FWD_ERR("port %u: %s", port->id, rte_strerror(-ret));
	return ret;
}
