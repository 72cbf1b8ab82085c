/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show rxq info, show txq info.
 */

#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "print.h"

static const char border[] = "*********************";

static const char *
state_name(uint8_t state)
{
	static const char *const names[] = {
		[RTE_ETH_QUEUE_STATE_STOPPED] = "stopped",
		[RTE_ETH_QUEUE_STATE_STARTED] = "started",
		[RTE_ETH_QUEUE_STATE_HAIRPIN] = "hairpin",
	};

	return state < RTE_DIM(names) ? names[state] : "unknown";
}

static void
complain(const char *kind, uint16_t id, uint16_t queue, int error)
{
	fprintf(stderr,
			"Failed to retrieve information for port: %u, %s queue: %hu\n"
			"error desc: %s(%d)\n",
			id, kind, queue, strerror(-error), error);
}

static void
print_mode(const struct rte_eth_burst_mode *mode)
{
	printf("\nBurst mode: %s%s", mode->info,
			(mode->flags & RTE_ETH_BURST_FLAG_PER_QUEUE) != 0 ? " (per queue)" : "");
}

void
fwd_print_rxq(uint16_t id, uint16_t queue)
{
	struct rte_eth_burst_mode mode;
	struct rte_eth_rxq_info q;
	int ret;

	ret = rte_eth_rx_queue_info_get(id, queue, &q);
	if (ret != 0) {
		complain("RX", id, queue, ret);
		return;
	}
	printf("\n%s Infos for port %-2u, RX queue %-2u %s", border, id, queue, border);
	printf("\nMempool: %s", q.mp == NULL ? "NULL" : q.mp->name);
	printf("\nRX prefetch threshold: %hhu", q.conf.rx_thresh.pthresh);
	printf("\nRX host threshold: %hhu", q.conf.rx_thresh.hthresh);
	printf("\nRX writeback threshold: %hhu", q.conf.rx_thresh.wthresh);
	printf("\nRX free threshold: %hu", q.conf.rx_free_thresh);
	printf("\nRX drop packets: %s", q.conf.rx_drop_en != 0 ? "on" : "off");
	printf("\nRX deferred start: %s", q.conf.rx_deferred_start != 0 ? "on" : "off");
	printf("\nRX scattered packets: %s", q.scattered_rx != 0 ? "on" : "off");
	printf("\nRx queue state: %s", state_name(q.queue_state));
	if (q.rx_buf_size != 0)
		printf("\nRX buffer size: %hu", q.rx_buf_size);
	printf("\nNumber of RXDs: %hu", q.nb_desc);
	if (rte_eth_rx_burst_mode_get(id, queue, &mode) == 0)
		print_mode(&mode);
	printf("\n");
}

void
fwd_print_txq(uint16_t id, uint16_t queue)
{
	struct rte_eth_burst_mode mode;
	struct rte_eth_txq_info q;
	int ret;

	ret = rte_eth_tx_queue_info_get(id, queue, &q);
	if (ret != 0) {
		complain("TX", id, queue, ret);
		return;
	}
	printf("\n%s Infos for port %-2u, TX queue %-2u %s", border, id, queue, border);
	printf("\nTX prefetch threshold: %hhu", q.conf.tx_thresh.pthresh);
	printf("\nTX host threshold: %hhu", q.conf.tx_thresh.hthresh);
	printf("\nTX writeback threshold: %hhu", q.conf.tx_thresh.wthresh);
	printf("\nTX RS threshold: %hu", q.conf.tx_rs_thresh);
	printf("\nTX free threshold: %hu", q.conf.tx_free_thresh);
	printf("\nTX deferred start: %s", q.conf.tx_deferred_start != 0 ? "on" : "off");
	printf("\nNumber of TXDs: %hu", q.nb_desc);
	printf("\nTx queue state: %s", state_name(q.queue_state));
	if (rte_eth_tx_burst_mode_get(id, queue, &mode) == 0)
		print_mode(&mode);
	printf("\n");
}
