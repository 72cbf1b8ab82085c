/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show config.
 */

#include <inttypes.h>
#include <string.h>

#include "fwd.h"
#include "print.h"
#include "split.h"

/* What the driver says of queue 0, or what was wished where it says nothing. */
static void
print_rxq(const struct fwd_port *port)
{
	const struct rte_eth_rxconf *conf = &port->rxq[0].conf;
	uint16_t desc = port->rxq[0].desc;
	struct rte_eth_rxq_info info;

	if (rte_eth_rx_queue_info_get(port->id, 0, &info) == 0) {
		conf = &info.conf;
		desc = info.nb_desc;
	}
	printf("    RX queue: 0\n");
	printf("      RX desc=%d - RX free threshold=%d\n", desc, conf->rx_free_thresh);
	printf("      RX threshold registers: pthresh=%d hthresh=%d  wthresh=%d\n",
			conf->rx_thresh.pthresh, conf->rx_thresh.hthresh, conf->rx_thresh.wthresh);
	printf("      RX Offloads=0x%" PRIx64 "\n", conf->offloads);
}

static void
print_txq(const struct fwd_port *port)
{
	const struct rte_eth_txconf *conf = &port->txq[0].conf;
	uint16_t desc = port->txq[0].desc;
	struct rte_eth_txq_info info;

	if (rte_eth_tx_queue_info_get(port->id, 0, &info) == 0) {
		conf = &info.conf;
		desc = info.nb_desc;
	}
	printf("    TX queue: 0\n");
	printf("      TX desc=%d - TX free threshold=%d\n", desc, conf->tx_free_thresh);
	printf("      TX threshold registers: pthresh=%d hthresh=%d  wthresh=%d\n",
			conf->tx_thresh.pthresh, conf->tx_thresh.hthresh, conf->tx_thresh.wthresh);
	printf("      TX offloads=0x%" PRIx64 " - TX RS bit threshold=%d\n", conf->offloads,
			conf->tx_rs_thresh);
}

void
fwd_print_rxtx(const struct fwd *fwd)
{
	const struct fwd_args *args = &fwd->args;
	const struct fwd_port *port;
	unsigned int i;

	printf("  %s packet forwarding%s packets/burst=%d\n", args->mode->name,
			args->tx_retry ? " with retry" : "", args->burst);
	if (args->mode->sends && !args->mode->receives)
		printf("  packet len=%u - nb packet segments=%d\n", args->tx_pkt_len,
				args->nb_tx_segs);
	printf("  nb forwarding cores=%d - nb forwarding ports=%d\n", args->nb_cores,
			fwd->nb_ports);
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		port = &fwd->ports[i];
		if (!port->found)
			continue;
		printf("  port %d: RX queue number: %d Tx queue number: %d\n", port->id, args->rxq,
				args->txq);
		printf("    Rx offloads=0x%" PRIx64 " Tx offloads=0x%" PRIx64 "\n",
				port->conf.rxmode.offloads, port->conf.txmode.offloads);
		print_rxq(port);
		print_txq(port);
	}
}

void
fwd_print_cores(const struct fwd *fwd)
{
	unsigned int i;

	printf("List of forwarding lcores:");
	for (i = 0; i < fwd->nb_cfg_cores; i++)
		printf(" %2u", fwd->cores[i]);
	printf("\n");
}

void
fwd_print_txpkts(const struct fwd *fwd)
{
	const struct fwd_args *args = &fwd->args;
	uint32_t i;

	printf("Number of segments: %u\n", args->nb_tx_segs);
	printf("Segment sizes: ");
	for (i = 0; i < args->nb_tx_segs; i++)
		printf("%s%hu", i != 0 ? "," : "", args->tx_segs[i]);
	printf("\nSplit packet: %s\n", fwd_split_names[args->tx_split]);
}

void
fwd_print_txtimes(const struct fwd *fwd)
{
	printf("Interburst gap: %u\n", fwd->args.tx_inter);
	printf("Intraburst gap: %u\n", fwd->args.tx_intra);
}
