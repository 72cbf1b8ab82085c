/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Queues of a port: start, stop, setup.
 */

#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "fwd.h"

#define SECTION "ports"

/* Whether the port is there, and has the queue; or else testpmd's line. */
static bool
valid(struct fwd *fwd, uint64_t id, bool rx, uint64_t queue)
{
	uint32_t nb = rx ? fwd->args.rxq : fwd->args.txq;

	if (fwd_ports_get(fwd, (uint16_t)id) == NULL)
		return false;
	if (queue < nb)
		return true;
	fprintf(stderr, "Invalid %s queue %d (must be < nb_%s=%d)\n", rx ? "RX" : "TX", (int)queue,
			rx ? "rxq" : "txq", nb);
	return false;
}

static void
run_start_stop(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[1].num;
	uint16_t queue = (uint16_t)in->tok[3].num;
	bool rx = fwd_cmd_is(in, 2, "rxq");
	bool start = fwd_cmd_is(in, 4, "start");
	int ret;

	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	if (fwd_ports_get(fwd, id) == NULL)
		return;
	if (!fwd->ports[id].started) {
		fprintf(stderr, "Please start port %u first\n", id);
		return;
	}
	if (!valid(fwd, id, rx, queue))
		return;
	if (rx)
		ret = start ? rte_eth_dev_rx_queue_start(id, queue)
			    : rte_eth_dev_rx_queue_stop(id, queue);
	else
		ret = start ? rte_eth_dev_tx_queue_start(id, queue)
			    : rte_eth_dev_tx_queue_stop(id, queue);
	if (ret == -ENOTSUP) {
		fprintf(stderr, "Function not supported in PMD\n");
		return;
	}
	if (rx)
		fwd->ports[id].rxq[queue].stopped = !start;
	else
		fwd->ports[id].txq[queue].stopped = !start;
}

static void
run_deferred(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[1].num;
	uint16_t queue = (uint16_t)in->tok[3].num;
	bool rx = fwd_cmd_is(in, 2, "rxq");
	uint8_t on = fwd_cmd_is(in, 5, "on");

	if (fwd_ports_get(fwd, id) == NULL)
		return;
	if (fwd->ports[id].started) {
		fprintf(stderr, "Please stop port %u first\n", id);
		return;
	}
	if (!valid(fwd, id, rx, queue))
		return;
	if (rx)
		fwd->ports[id].rxq[queue].conf.rx_deferred_start = on;
	else
		fwd->ports[id].txq[queue].conf.tx_deferred_start = on;
	fwd_cmd_port_reconf(fwd, id, false, true);
}

static void
run_setup(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[1].num;
	uint16_t queue = (uint16_t)in->tok[3].num;
	bool rx = fwd_cmd_is(in, 2, "rxq");

	if (!valid(fwd, id, rx, queue)) {
		if (fwd->ports[id % RTE_MAX_ETHPORTS].found)
			fprintf(stderr, "Invalid %s queue\n", rx ? "rx" : "tx");
		return;
	}
	if (fwd->forwarding && fwd_ports_forwards(fwd, id)) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	if (rx && fwd_port_setup_rxq(fwd, &fwd->ports[id], queue) != 0)
		fprintf(stderr, "Failed to setup RX queue\n");
	if (!rx && fwd_port_setup_txq(fwd, &fwd->ports[id], queue) != 0)
		fprintf(stderr, "Failed to setup TX queue\n");
}

static void
run_ring_size(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	uint16_t queue = (uint16_t)in->tok[4].num;
	uint16_t size = (uint16_t)in->tok[6].num;
	bool rx = fwd_cmd_is(in, 3, "rxq");

	if (!valid(fwd, id, rx, queue))
		return;
	if (rx)
		fwd->ports[id].rxq[queue].desc = size;
	else
		fwd->ports[id].txq[queue].desc = size;
	fwd_cmd_port_reconf(fwd, id, false, true);
}

static void
run_cleanup(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	uint16_t queue = (uint16_t)in->tok[4].num;
	struct rte_eth_txq_info info;
	int ret;

	if (fwd->forwarding) {
		fprintf(stderr, "Please stop forwarding first\n");
		return;
	}
	if (rte_eth_tx_queue_info_get(id, queue, &info) != 0) {
		fprintf(stderr, "Failed to get port %u Tx queue %u info\n", id, queue);
		return;
	}
	if (info.queue_state != RTE_ETH_QUEUE_STATE_STARTED) {
		fprintf(stderr, "Tx queue %u not started\n", queue);
		return;
	}
	ret = rte_eth_tx_done_cleanup(id, queue, (uint32_t)in->tok[5].num);
	if (ret < 0)
		fprintf(stderr,
				"Failed to cleanup mbuf for port %u Tx queue %u error desc: "
				"%s(%d)\n",
				id, queue, strerror(-ret), ret);
	else
		printf("Cleanup port %u Tx queue %u mbuf nums: %u\n", id, queue, (unsigned int)ret);
}

const struct fwd_cmd fwd_cmds_queue[] = {
	{ SECTION, "port <port:port> rxq|txq <queue:u16> start|stop", "Start or stop a queue.",
			run_start_stop },
	{ SECTION, "port <port:port> rxq|txq <queue:u16> deferred_start on|off",
			"Whether a queue waits for its own start.", run_deferred },
	{ SECTION, "port <port:port> rxq|txq <queue:u16> setup",
			"Set a queue up with what was configured.", run_setup },
	{ SECTION, "port config <port:port> rxq|txq <queue:u16> ring_size <value:u16>",
			"Descriptors of a queue.", run_ring_size },
	{ SECTION, "port cleanup <port:port> txq <queue:u16> <count:u32>",
			"Have the driver free what it has sent.", run_cleanup },
	{ NULL },
};
