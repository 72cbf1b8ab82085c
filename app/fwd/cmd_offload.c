/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Offloads of ports and queues.
 */

#include <string.h>
#include <strings.h>

#include <rte_version.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"
#include "print.h"

#define SECTION "ports"

#define RX_NAMES \
	"all|vlan_strip|ipv4_cksum|udp_cksum|tcp_cksum|tcp_lro|qinq_strip|outer_ipv4_cksum|" \
	"macsec_strip|vlan_filter|vlan_extend|scatter|buffer_split|timestamp|security|" \
	"keep_crc|rss_hash"
#define TX_NAMES \
	"all|vlan_insert|ipv4_cksum|udp_cksum|tcp_cksum|sctp_cksum|tcp_tso|udp_tso|" \
	"outer_ipv4_cksum|qinq_insert|vxlan_tnl_tso|gre_tnl_tso|ipip_tnl_tso|geneve_tnl_tso|" \
	"macsec_insert|mt_lockfree|multi_segs|mbuf_fast_free|security|send_on_timestamp"

/* What of an offload is asked for: of which kind, and what the device can do of it. */
struct wanted {
	uint16_t id;
	bool rx;
	bool queue;
	uint64_t capa;
};

/* Bits of a name, or all that can be had. 0: none, after a line. */
static uint64_t
by_name(const struct wanted *w, const char *text)
{
	const char *(*name)(uint64_t) =
			w->rx ? rte_eth_dev_rx_offload_name : rte_eth_dev_tx_offload_name;
	unsigned int bit = 0;

	if (strcmp(text, "all") == 0)
		return w->capa;
	while (bit < 64 && strcasecmp(name(RTE_BIT64(bit)), text) != 0)
		bit++;
	if (bit == 64) {
		fprintf(stderr, "Unknown offload name: %s\n", text);
		return 0;
	}
	/* Before, it was the driver that said so, when the port started. */
	if (RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0) || (w->capa & RTE_BIT64(bit)) != 0)
		return RTE_BIT64(bit);
	fprintf(stderr, "Error: port %u doesn't support %soffload: %s.\n", w->id,
			w->queue ? "per queue " : "", text);
	return 0;
}

static uint64_t
change(uint64_t offloads, uint64_t bit, bool on)
{
	return on ? offloads | bit : offloads & ~bit;
}

static struct fwd_port *
stopped_port(struct fwd *fwd, uint16_t id)
{
	struct fwd_port *port = id < RTE_MAX_ETHPORTS ? &fwd->ports[id] : NULL;
	struct rte_eth_dev_info info;

	/* Which says that there is no such port. */
	if (port == NULL || !port->found) {
		fwd_dev_info(id, &info);
		return NULL;
	}
	if (!port->started)
		return port;
	fprintf(stderr, "Error: Can't config offload when Port %d is not stopped\n", id);
	return NULL;
}

/* Said once a command, for what is shown is on afterwards. */
static void
warn_fast_free(uint16_t id, uint64_t bit, bool on)
{
	if (on && (bit & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0)
		printf("Port %u: the device does not get mbuf_fast_free: mbufs come from several "
		       "pools\n",
				id);
}

static void
set_port(struct fwd *fwd, const struct fwd_cmd_in *in, uint16_t id)
{
	struct fwd_port *port = stopped_port(fwd, id);
	bool rx = fwd_cmd_is(in, 3, "rx_offload");
	bool on = fwd_cmd_is(in, 5, "on");
	struct rte_eth_dev_info info;
	uint64_t bit;
	uint16_t q;

	if (port == NULL || fwd_dev_info(id, &info) != 0)
		return;
	bit = by_name(&(struct wanted){ .id = id,
				      .rx = rx,
				      .capa = rx ? info.rx_offload_capa : info.tx_offload_capa },
			in->tok[4].str);
	if (bit == 0)
		return;
	if (rx) {
		port->conf.rxmode.offloads = change(port->conf.rxmode.offloads, bit, on);
		for (q = 0; q < info.nb_rx_queues; q++)
			port->rxq[q].conf.offloads = change(port->rxq[q].conf.offloads, bit, on);
	} else {
		port->conf.txmode.offloads = change(port->conf.txmode.offloads, bit, on);
		for (q = 0; q < info.nb_tx_queues; q++)
			port->txq[q].conf.offloads = change(port->txq[q].conf.offloads, bit, on);
		warn_fast_free(port->id, bit, on);
	}
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_port(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;

	if (id != FWD_ALL_PORTS) {
		set_port(fwd, in, id);
		return;
	}
	RTE_ETH_FOREACH_DEV(id) {
		set_port(fwd, in, id);
	}
}

static void
run_queue(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct fwd_port *port = stopped_port(fwd, (uint16_t)in->tok[1].num);
	uint16_t q = (uint16_t)in->tok[3].num;
	bool rx = fwd_cmd_is(in, 2, "rxq");
	bool on = fwd_cmd_is(in, 6, "on");
	struct rte_eth_dev_info info;
	uint16_t nb;
	uint64_t bit;

	if (port == NULL || fwd_dev_info(port->id, &info) != 0)
		return;
	nb = rx ? info.nb_rx_queues : info.nb_tx_queues;
	if (q >= nb) {
		fprintf(stderr, "Error: input queue_id should be 0 ... %d\n", nb - 1);
		return;
	}
	bit = by_name(&(struct wanted){ .id = port->id,
				      .rx = rx,
				      .queue = true,
				      .capa = rx ? info.rx_queue_offload_capa
						 : info.tx_queue_offload_capa },
			in->tok[5].str);
	if (bit == 0)
		return;
	if (rx) {
		port->rxq[q].conf.offloads = change(port->rxq[q].conf.offloads, bit, on);
	} else {
		port->txq[q].conf.offloads = change(port->txq[q].conf.offloads, bit, on);
		warn_fast_free(port->id, bit, on);
	}
	fwd_cmd_port_reconf(fwd, port->id, true, true);
}

static void
run_show(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	bool rx = fwd_cmd_is(in, 3, "rx_offload");

	if (fwd_cmd_is(in, 4, "capabilities")) {
		if (rx)
			fwd_print_rx_capabilities(id);
		else
			fwd_print_tx_capabilities(id);
	} else if (rx) {
		fwd_print_rx_configuration(fwd, id);
	} else {
		fwd_print_tx_configuration(fwd, id);
	}
}

const struct fwd_cmd fwd_cmds_offload[] = {
	{ "display", "show port <port:port> rx_offload|tx_offload capabilities|configuration",
			"Offloads that a port can do, or does.", run_show },
	{ SECTION, "port config <port:ports> rx_offload " RX_NAMES " on|off",
			"RX offload of a port, or all that it can do.", run_port },
	{ SECTION, "port config <port:ports> tx_offload " TX_NAMES " on|off",
			"TX offload of a port, or all that it can do.", run_port },
	{ SECTION, "port <port:port> rxq <queue:u16> rx_offload " RX_NAMES " on|off",
			"RX offload of a queue.", run_queue },
	{ SECTION, "port <port:port> txq <queue:u16> tx_offload " TX_NAMES " on|off",
			"TX offload of a queue.", run_queue },
	{ NULL },
};
