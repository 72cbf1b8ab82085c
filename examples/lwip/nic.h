/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A port of DPDK as a network interface of lwIP. What is received becomes pbufs, and what lwIP
 * sends becomes mbufs, that refer to where the bytes are.
 *
 * Threads: who has lwIP's core lock, but for nic_receive().
 *
 * No file can include DPDK's headers of devices and lwIP's of TCP: both have a struct ip6_hdr.
 */

#ifndef NIC_H
#define NIC_H

#include <stdint.h>

#include <lwip/netif.h>

#include <lbuf_burst.h>

/* Figures. */
struct nic_stats {
	uint64_t rx_packets;
	uint64_t rx_dropped; /* packets for which there was no memory */
	uint64_t tx_packets;
	uint64_t tx_dropped; /* packets that had no room, or for which there was no memory */
	uint64_t by_ref;     /* bytes sent whose mbufs refer to where linked buffers have them */
	uint64_t elsewhere;  /* of these pbufs, bytes that mbufs have at another address */
	uint64_t copied;     /* bytes of TCP's payload that lwIP had copied before */
};

struct nic {
	struct netif netif;
	uint16_t id;
	struct lbuf_port *port;
	struct lbuf_pool *pool;
	struct rte_mempool *own; /* mbufs for packets that are copied: pbufs are lwIP's own */
	struct lbuf_burst rx;
	struct lbuf_burst tx;
	struct nic_stats stats;
};

/* Where an interface is. */
struct nic_address {
	ip4_addr_t address;
	ip4_addr_t mask;
	ip4_addr_t gateway; /* 0.0.0.0: none */
};

/* Make an interface of a port, whose frames a function gets. 0, or -1 if lwIP does not take it. */
int
nic_start(struct nic *nic, uint16_t id, struct lbuf_port *port, struct lbuf_pool *pool,
		const struct nic_address *address, netif_input_fn input);

/* Receive packets, and tell how many wait for nic_input(). Needs no lock. */
uint16_t
nic_receive(struct nic *nic);

/* Pass what was received to lwIP. */
void
nic_input(struct nic *nic);

/* Send what lwIP has put out. Whether packets are left that had no room. */
bool
nic_flush(struct nic *nic);

/* Remove the interface, and drop what it has. */
void
nic_stop(struct nic *nic);

#endif /* NIC_H */
