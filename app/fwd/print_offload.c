/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * show port P rx_offload, tx_offload.
 */

#include <stdio.h>

#include "dev.h"
#include "fwd.h"
#include "print.h"

static void
print_names(uint64_t offloads, const char *(*name)(uint64_t))
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++)
		if ((offloads & RTE_BIT64(bit)) != 0)
			printf(" %s", name(RTE_BIT64(bit)));
	printf("\n");
}

static void
print_capabilities(const char *kind, uint16_t id, uint64_t port, uint64_t queue,
		const char *(*name)(uint64_t))
{
	printf("%s Offloading Capabilities of port %d :\n", kind, id);
	printf("  Per Queue :");
	print_names(queue, name);
	printf("  Per Port  :");
	print_names(port ^ queue, name);
	printf("\n");
}

void
fwd_print_rx_capabilities(uint16_t id)
{
	struct rte_eth_dev_info info;

	if (fwd_dev_info(id, &info) == 0)
		print_capabilities("Rx", id, info.rx_offload_capa, info.rx_queue_offload_capa,
				rte_eth_dev_rx_offload_name);
}

void
fwd_print_tx_capabilities(uint16_t id)
{
	struct rte_eth_dev_info info;

	if (fwd_dev_info(id, &info) == 0)
		print_capabilities("Tx", id, info.tx_offload_capa, info.tx_queue_offload_capa,
				rte_eth_dev_tx_offload_name);
}

void
fwd_print_rx_configuration(struct fwd *fwd, uint16_t id)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	uint16_t q;

	printf("Rx Offloading Configuration of port %d :\n", id);
	if (fwd_dev_conf(id, &conf) != 0)
		return;
	printf("  Port :");
	print_names(conf.rxmode.offloads, rte_eth_dev_rx_offload_name);
	if (fwd_dev_info(id, &info) != 0)
		return;
	for (q = 0; q < info.nb_rx_queues; q++) {
		printf("  Queue[%2d] :", q);
		print_names(fwd->ports[id].rxq[q].conf.offloads, rte_eth_dev_rx_offload_name);
	}
	printf("\n");
}

void
fwd_print_tx_configuration(struct fwd *fwd, uint16_t id)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	uint16_t q;

	printf("Tx Offloading Configuration of port %d :\n", id);
	if (fwd_dev_conf(id, &conf) != 0)
		return;
	printf("  Port :");
	print_names(conf.txmode.offloads, rte_eth_dev_tx_offload_name);
	if (fwd_dev_info(id, &info) != 0)
		return;
	for (q = 0; q < info.nb_tx_queues; q++) {
		printf("  Queue[%2d] :", q);
		print_names(fwd->ports[id].txq[q].conf.offloads, rte_eth_dev_tx_offload_name);
	}
	printf("\n");
}
