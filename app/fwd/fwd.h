/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the parts of lbuf-fwd share: the program's state and its options.
 */

#ifndef FWD_H
#define FWD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_config.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include <lbuf_port.h>

#include "eal_args.h"
#include "mode.h"

/* The one form of an error: a line that says what was given and what may be. */
#define FWD_ERR(fmt, ...) fprintf(stderr, "lbuf-fwd: " fmt "\n", ##__VA_ARGS__)

/* Cache of an mbuf pool on each lcore, as testpmd's. */
#define FWD_MBUF_CACHE 250

/* Which port a port's packets leave by. */
enum fwd_topology {
	FWD_PAIRED,  /* 0 <-> 1, 2 <-> 3 */
	FWD_CHAINED, /* 0 -> 1 -> 2 -> 0 */
	FWD_LOOP,    /* 0 -> 0 */
};

/* The options behind "--". Numbers are uint32_t, see the table in args.c. */
struct fwd_args {
	const struct fwd_mode *mode;
	enum fwd_topology topology;
	bool topology_given;
	bool help;
	uint32_t nb_cores;
	uint32_t rxq;
	uint32_t txq;
	uint32_t rxd; /* 0: the driver's preference */
	uint32_t txd;
	uint32_t burst;
	uint32_t mbuf_size;   /* data room with headroom, bytes */
	uint32_t total_mbufs; /* 0: as many as the queues need */
	uint32_t stats_period;
	uint32_t max_pkt_len; /* 0: the port's default */
	uint32_t tx_pkt_len;
	struct lbuf_pool_params pool;
	struct {
		bool given;
		struct rte_ether_addr addr;
	} peer[RTE_MAX_ETHPORTS];
};

/* A port that packets are forwarded on. */
struct fwd_port {
	uint16_t id;
	uint16_t rxd;
	uint16_t txd;
	uint16_t mtu;
	bool configured;
	bool started;
	int socket;     /* the device's, or SOCKET_ID_ANY */
	int mem_socket; /* of its mbuf pool and queues */
	uint64_t rx_offloads;
	uint64_t tx_offloads;
	struct rte_ether_addr addr;
	struct rte_ether_addr peer;
	struct rte_mempool *mbufs;
	struct lbuf_port *bridge;
	struct rte_eth_stats base; /* when forwarding started */
	struct rte_eth_stats last; /* when last shown */
	uint64_t last_tsc;
};

/* A core that forwards, and its share of the streams. */
struct fwd_lcore {
	unsigned int id;
	unsigned int first; /* index of its first stream */
	unsigned int nb;
	const struct fwd_mode *mode;
	struct fwd_stream *streams; /* nb of them, on the core's socket */
	struct lbuf_pool *pool;
	uint32_t polling; /* set once every stream has been served */
};

/* The program. */
struct fwd {
	struct fwd_args args;
	struct fwd_eal_args eal;
	struct lbuf_pool *pool;
	struct rte_mempool *mbufs[RTE_MAX_NUMA_NODES];
	unsigned int nb_ports;
	unsigned int nb_streams;
	unsigned int nb_lcores;
	struct fwd_port ports[RTE_MAX_ETHPORTS];
	struct fwd_route *routes; /* nb_streams of them */
	struct fwd_lcore lcores[RTE_MAX_LCORE];
};

/* Which queues a stream joins: indexes into fwd::ports, and queues. */
struct fwd_route {
	uint16_t rx_port;
	uint16_t rx_queue;
	uint16_t tx_port;
	uint16_t tx_queue;
};

/* main.c: a signal has asked to stop. */
extern volatile sig_atomic_t fwd_quit;

/* args.c */
int
fwd_args_parse(struct fwd_args *args, int argc, char **argv);
bool
fwd_args_known(const char *arg);
void
fwd_args_usage(void);

/* config.c: fill in what the file sets. Prints what is wrong with it. */
int
fwd_config_load(struct lbuf_pool_params *params, const char *file);

/* env.c: what EAL would fail on without saying what to do about it. */
int
fwd_env_check(const struct fwd_args *args, const struct fwd_eal_args *eal);
void
fwd_env_explain(const struct fwd_eal_args *eal, int error, int argc, char **argv);
/* What to do when a socket's memory does not suffice, as the end of a message. */
const char *
fwd_env_more_memory(const struct fwd_eal_args *eal);

/* leave.c: call once, before EAL is started. */
void
fwd_env_leave_at_exit(void);
/* End EAL, if it has started, and remove the files that this process has of it. */
void
fwd_env_leave(const struct fwd_eal_args *eal, bool started);

/* ports.c */
int
fwd_ports_find(struct fwd *fwd);
int
fwd_ports_configure(struct fwd *fwd);
void
fwd_ports_show(const struct fwd *fwd);
void
fwd_ports_link_wait(const struct fwd *fwd);

/* queues.c */
int
fwd_ports_start(struct fwd *fwd);
void
fwd_ports_drain(struct fwd *fwd);
void
fwd_ports_close(struct fwd *fwd);
uint32_t
fwd_ports_free(struct fwd *fwd);

/* mempools.c */
uint32_t
fwd_mempools_estimate(const struct fwd_args *args, unsigned int nb_ports);
int
fwd_mempools_create(struct fwd *fwd);
uint32_t
fwd_mempools_free(struct fwd *fwd);

/* streams.c */
int
fwd_streams_plan(struct fwd *fwd);
int
fwd_streams_create(struct fwd *fwd);
void
fwd_streams_free(struct fwd *fwd);
void
fwd_streams_show(const struct fwd *fwd);

/* lcores.c */
int
fwd_lcores_start(struct fwd *fwd);
void
fwd_lcores_stop(struct fwd *fwd);

/* stats.c */
void
fwd_stats_start(struct fwd *fwd);
void
fwd_stats_period(struct fwd *fwd);
void
fwd_stats_total(const struct fwd *fwd);

#endif /* FWD_H */
