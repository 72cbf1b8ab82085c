/* SPDX-License-Identifier: BSD-3-Clause */

#include "fwd.h"
#include "port_limits.h"

enum what {
	RXQ,
	TXQ,
	RXD,
	TXD
};

static const struct {
	const char *name;
	const char *max;
	const char *min;
} words[] = {
	[RXQ] = { "rxq", "max_rx_queues", NULL },
	[TXQ] = { "txq", "max_tx_queues", NULL },
	[RXD] = { "rxd", "max_rxds", "min_rxds" },
	[TXD] = { "txd", "max_txds", "min_txds" },
};

static void
get(const struct rte_eth_dev_info *info, enum what what, uint32_t *min, uint32_t *max)
{
	const struct rte_eth_desc_lim *lim = what == RXD ? &info->rx_desc_lim : &info->tx_desc_lim;

	*min = what == RXQ || what == TXQ ? 0 : lim->nb_min;
	*max = lim->nb_max;
	if (what == RXQ)
		*max = info->max_rx_queues;
	else if (what == TXQ)
		*max = info->max_tx_queues;
}

static bool
check(const struct fwd *fwd, enum what what, uint32_t n)
{
	uint32_t min, max, least = UINT16_MAX, most = 0;
	unsigned int i, port_max = 0, port_min = 0;
	struct rte_eth_dev_info info;

	if (what == RXQ || what == TXQ)
		least = RTE_MAX_QUEUES_PER_PORT;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (!fwd->ports[i].found || rte_eth_dev_info_get((uint16_t)i, &info) != 0)
			continue;
		get(&info, what, &min, &max);
		if (max < least) {
			least = max;
			port_max = i;
		}
		if (min > most) {
			most = min;
			port_min = i;
		}
	}
	if (n > least) {
		fprintf(stderr, "Fail: input %s (%u) can't be greater than %s (%u) of port %u\n",
				words[what].name, n, words[what].max, least, port_max);
		return false;
	}
	if (n < most) {
		fprintf(stderr, "Fail: input %s (%u) can't be less than %s (%u) of port %u\n",
				words[what].name, n, words[what].min, most, port_min);
		return false;
	}
	return true;
}

/* Every port sends and receives here. */
static bool
check_queues(const struct fwd *fwd, enum what what, uint32_t n)
{
	if (n == 0) {
		fprintf(stderr, "Warning: Either rx or tx queues should be non zero\n");
		return false;
	}
	return check(fwd, what, n);
}

bool
fwd_limits_rxq(const struct fwd *fwd, uint32_t n)
{
	return check_queues(fwd, RXQ, n);
}

bool
fwd_limits_txq(const struct fwd *fwd, uint32_t n)
{
	return check_queues(fwd, TXQ, n);
}

bool
fwd_limits_rxd(const struct fwd *fwd, uint32_t n)
{
	return check(fwd, RXD, n);
}

bool
fwd_limits_txd(const struct fwd *fwd, uint32_t n)
{
	return check(fwd, TXD, n);
}

uint32_t
fwd_limits_overhead(const struct rte_eth_dev_info *info)
{
	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		return info->max_rx_pktlen - info->max_mtu;
	return RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
}

bool
fwd_limits_mtu(uint16_t id, uint16_t mtu)
{
	struct rte_eth_dev_info info;
	uint32_t frame;

	if (rte_eth_dev_info_get(id, &info) != 0)
		return false;
	if (mtu < info.min_mtu) {
		fprintf(stderr, "MTU (%u) < device min MTU (%u) for port_id %u\n", mtu,
				info.min_mtu, id);
		return false;
	}
	if (mtu > info.max_mtu) {
		fprintf(stderr, "MTU (%u) > device max MTU (%u) for port_id %u\n", mtu,
				info.max_mtu, id);
		return false;
	}
	frame = mtu + fwd_limits_overhead(&info);
	if (frame <= info.max_rx_pktlen)
		return true;
	fprintf(stderr, "Frame size (%u) > device max frame size (%u) for port_id %u\n", frame,
			info.max_rx_pktlen, id);
	return false;
}
