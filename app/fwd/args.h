/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the options behind "--" say.
 */

#ifndef FWD_ARGS_H
#define FWD_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include <lbuf_pool.h>

#include "impair_conf.h"
#include "tcp_conf.h"

/* Which port a port's packets leave by. */
enum fwd_topology {
	FWD_PAIRED,  /* 0 <-> 1, 2 <-> 3 */
	FWD_CHAINED, /* 0 -> 1 -> 2 -> 0 */
	FWD_LOOP,    /* 0 -> 0 */
};

/* Whether the segments of --txpkts are those of packets that csum forwards, and how many. */
enum fwd_split {
	FWD_SPLIT_OFF,
	FWD_SPLIT_ON,
	FWD_SPLIT_RAND, /* the first ones, of txonly, too */
	FWD_SPLIT_NUM,
};

/* Most lengths that --txpkts takes. */
#define FWD_TX_SEGS_MAX 255
/* Most names that --display-xstats takes. */
#define FWD_XSTATS_MAX 32
/* A value of a ring's registers that was not given. */
#define FWD_UNSET UINT32_MAX
/* Any number of mbufs may be held. */
#define FWD_HOLD_ALL (UINT32_MAX - 1)
/* A socket that was not given. */
#define FWD_NO_SOCKET (-2)

struct fwd_mode;

/* Ports or lcores in the order given; nb is 0 if none were. */
struct fwd_list {
	uint32_t nb;
	uint16_t ids[RTE_MAX_LCORE];
};

/* Numbers are uint32_t and flags bool, see the table in options.c. */
struct fwd_args {
	/* How it runs. */
	bool help;
	bool version;
	const char *rows; /* whose rows to print: options, commands */
	bool interactive;
	bool auto_start;
	bool tx_first;
	bool cmdline_echo;
	const char *cmdline_file;
	const char *prompt;
	uint32_t stats_period; /* s */
	const char *stats_json;
	uint32_t nb_xstats;
	char *xstats[FWD_XSTATS_MAX];
	bool record_core_cycles;
	bool record_burst_stats;
	bool mlockall;
	uint32_t bitrate_lcore; /* that computes bit rates; FWD_UNSET: none */
	uint32_t latency_lcore;
	uint32_t print_events; /* bits of enum rte_eth_event_type */
	uint32_t verbose;      /* of set verbose */

	/* Who forwards, and how. */
	const struct fwd_mode *mode;
	enum fwd_topology topology;
	bool topology_given;
	uint32_t nb_cores;
	uint32_t nb_ports; /* 0: all */
	struct fwd_list cores;
	struct fwd_list ports;
	uint32_t burst;
	bool no_flush_rx;
	bool tx_retry; /* what a port has no room for is offered again */
	uint32_t tx_retry_us;
	uint32_t tx_retries;
	struct {
		bool given;
		struct rte_ether_addr addr;
	} peer[RTE_MAX_ETHPORTS];

	/* Ports. */
	uint32_t rxq;
	uint32_t txq;
	uint32_t rxd; /* 0: the driver's preference */
	uint32_t txd;
	uint32_t rx_thresh[4]; /* prefetch, host, write-back, free */
	uint32_t tx_thresh[5]; /* and RS */
	bool rx_drop;
	uint32_t max_pkt_len; /* 0: the port's default */
	uint32_t max_lro_pkt_size;
	uint64_t rx_offloads;
	uint64_t tx_offloads;
	bool tx_offloads_given;
	uint64_t rss_hf;
	uint32_t vxlan_gpe_port; /* of UDP, behind which tunnels are looked for */
	uint32_t geneve_port;
	uint32_t link_speed; /* RTE_ETH_LINK_SPEED_*, 0: negotiated */
	bool no_link_check;
	bool no_device_start;
	bool no_lsc_interrupt;
	bool no_rmv_interrupt;
	bool hot_plug;

	/* Memory. */
	bool no_numa;
	uint32_t socket_num; /* FWD_UNSET: not given */
	int8_t port_numa[RTE_MAX_ETHPORTS];
	int8_t rxring_numa[RTE_MAX_ETHPORTS];
	int8_t txring_numa[RTE_MAX_ETHPORTS];
	uint32_t mbuf_size;   /* data room with headroom, bytes */
	uint32_t total_mbufs; /* 0: as many as the queues need */
	uint32_t mbcache;
	struct lbuf_pool_params pool;
	uint32_t rx_hold;    /* mbufs of an RX queue; FWD_UNSET: what its pool can spare */
	uint32_t copy_break; /* bytes; 0: none */

	/* Of the mode hold. */
	size_t hold_bytes; /* of a flow; SIZE_MAX: all */
	uint32_t hold_every;
	uint32_t hold_record; /* bytes of each packet; 0: all */

	/* What the modes that make packets make. */
	uint32_t tx_pkt_len;
	uint32_t nb_tx_segs;
	uint16_t tx_segs[FWD_TX_SEGS_MAX];
	enum fwd_split tx_split; /* of set txsplit */
	bool txonly_multi_flow;
	uint32_t txonly_flows;
	uint32_t flowgen_flows;
	uint32_t flowgen_clones;
	uint32_t tx_ip_src;
	uint32_t tx_ip_dst;
	uint32_t tx_udp_src;
	uint32_t tx_udp_dst;
	uint32_t tx_inter; /* of set txtimes: units of the device's clock between bursts; 0: off */
	uint32_t tx_intra; /* and between packets of one */
	uint32_t noisy_buffer;
	uint32_t noisy_flush;  /* ms */
	uint32_t noisy_memory; /* MB */
	uint32_t noisy_writes;
	uint32_t noisy_reads;
	uint32_t noisy_reads_writes;
	const struct fwd_mode *noisy_mode;

	/* What becomes of packets on their way out. */
	struct fwd_impair_conf impair;

	/* Of the mode stream. */
	struct fwd_tcp_conf tcp;
};

/* Fill in what argv says, and what it does not. Prints what is wrong with it. */
int
fwd_args_parse(struct fwd_args *args, int argc, char **argv);

/* Give back what the arguments hold. */
void
fwd_args_free(struct fwd_args *args);

/* Whether it is an option of ours, so that it goes behind "--". */
bool
fwd_args_known(const char *arg);

#endif /* FWD_ARGS_H */
