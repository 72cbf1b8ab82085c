/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A port: what it is to be, what it is, and its life from being found to being closed.
 */

#ifndef FWD_PORT_H
#define FWD_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include <lbuf_port.h>

#include "args.h"

struct fwd;
struct fwd_flow;

/* Every port, where a command takes a number or "all". */
#define FWD_ALL_PORTS UINT16_MAX

struct fwd_rxq {
	struct rte_eth_rxconf conf;
	uint16_t desc; /* 0: the driver's preference */
	bool stopped;
	const struct rte_eth_rxtx_callback *dump;
};

struct fwd_txq {
	struct rte_eth_txconf conf;
	uint16_t desc;
	bool stopped;
	const struct rte_eth_rxtx_callback *dump;
	const struct rte_eth_rxtx_callback *vlan;
};

struct fwd_port {
	uint16_t id;
	bool found; /* the slot is in use */
	bool started;
	bool configured; /* at least once */
	bool reconf;     /* the device is to be configured before it starts */
	bool reconf_queues;
	bool lsc;       /* it tells when its link changes */
	int socket;     /* the device's, or SOCKET_ID_ANY */
	int mem_socket; /* of its mbuf pool and queues */
	uint16_t mtu;   /* 0: not chosen yet */
	struct rte_eth_dev_info info;
	/* As wished: FAST_FREE is never passed on, see fwd_port_configure(). */
	struct rte_eth_conf conf;
	struct fwd_rxq *rxq; /* RTE_MAX_QUEUES_PER_PORT of each */
	struct fwd_txq *txq;
	struct rte_ether_addr addr;
	struct rte_ether_addr peer;
	struct rte_mempool *mbufs;
	struct lbuf_port *bridge;
	/* Figures when forwarding started. */
	struct rte_eth_stats base;
	uint64_t base_nombuf; /* of the bridge */
	/* What is done to sent packets. */
	bool tx_vlan_set;
	uint16_t tx_vlan;
	uint16_t tx_vlan_outer;
	bool parse_tunnel;
	bool csum_mac_swap;
	/* Multicast addresses that it filters. */
	struct rte_ether_addr *mcast;
	uint32_t nb_mcast;
	struct fwd_flow *flows; /* the newest first */
};

/* --- ports.c: which there are ---------------------------------------------- */

/* Find all ports, and those that forward. 0, or a negative errno after one line. */
int
fwd_ports_find(struct fwd *fwd);

/* Take a port that has appeared. 0, or a negative errno after one line. */
int
fwd_ports_add(struct fwd *fwd, uint16_t id);

/* Forget a port that ethdev does not know any more. */
void
fwd_ports_forget(struct fwd *fwd, struct fwd_port *port);

/* Drop ports that are gone from the list of those that forward. */
void
fwd_ports_tidy(struct fwd *fwd);

/* Whether it is among those that forward. */
bool
fwd_ports_forwards(const struct fwd *fwd, uint16_t id);

/* The port; NULL after testpmd's line if there is none. */
struct fwd_port *
fwd_ports_get(struct fwd *fwd, uint16_t id);

/* Wait for links, show their state. */
void
fwd_ports_link_check(const struct fwd *fwd);

/* --- port_conf.c: device configuration -------------------------------------- */

/* Settings of queues as options and driver say, for the queues of args. */
void
fwd_port_queue_defaults(const struct fwd_args *args, struct fwd_port *port);

/* Configure the device as fwd_port::conf and the options say. 0 or a negative errno. */
int
fwd_port_configure(const struct fwd_args *args, struct fwd_port *port);

/* TX offloads that the device gets of those wished. */
uint64_t
fwd_port_tx_offloads(uint64_t wished);

/* --- port_life.c: queues, bridge, start, end --------------------------------- */

/* Each returns 0, or a negative errno after one line. */
int
fwd_port_setup_rxq(struct fwd *fwd, struct fwd_port *port, uint16_t q);
int
fwd_port_setup_txq(struct fwd *fwd, struct fwd_port *port, uint16_t q);
int
fwd_port_start(struct fwd *fwd, struct fwd_port *port);
int
fwd_port_stop(struct fwd *fwd, struct fwd_port *port);
int
fwd_port_reset(struct fwd *fwd, struct fwd_port *port);

/* Close the port, its bridge and all that belongs to it; also one that has started. */
void
fwd_port_close(struct fwd *fwd, struct fwd_port *port);

/* Drop what lies in the RX queues of a port that has started. */
void
fwd_port_drain(const struct fwd *fwd, const struct fwd_port *port);

/* Free bridges whose mbufs have come back since their port was closed. How many are out. */
uint32_t
fwd_ports_free_bridges(struct fwd *fwd);

#endif /* FWD_PORT_H */
