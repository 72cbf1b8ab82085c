/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the parts of lbuf-fwd share: the program's state.
 */

#ifndef FWD_H
#define FWD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_config.h>
#include <rte_mempool.h>

#include <lbuf_port.h>

#include "args.h"
#include "eal_args.h"
#include "report.h"
#include "mode.h"
#include "port.h"

struct fwd_dead;

/* A core that forwards, and its share of the streams. */
struct fwd_lcore {
	unsigned int id;
	unsigned int first; /* index of its first stream */
	unsigned int nb;
	const struct fwd_mode *mode;
	struct fwd_stream *streams; /* nb of them, on the core's socket */
	struct lbuf_pool *pool;
	uint32_t polling; /* set once every stream has been served */
	uint64_t cycles;  /* of bursts that had packets */
};

/* Which queues a stream joins: indexes into fwd::ports, and queues. */
struct fwd_route {
	uint16_t rx_port;
	uint16_t rx_queue;
	uint16_t tx_port;
	uint16_t tx_queue;
};

/* The program. */
struct fwd {
	struct fwd_args args;
	struct fwd_eal_args eal;
	const char *name; /* as lines of a log begin: testpmd, or fwd */
	const char *prompt;
	struct lbuf_pool *pool;
	struct rte_mempool *mbufs[RTE_MAX_NUMA_NODES];
	struct fwd_port ports[RTE_MAX_ETHPORTS]; /* by id */
	/* Ports that forward, in this order. */
	unsigned int nb_ports;
	unsigned int nb_cfg_ports; /* most that nb_ports may be */
	uint16_t order[RTE_MAX_ETHPORTS];
	/* Lcores that may forward: args.nb_cores of them do. */
	unsigned int nb_cfg_cores;
	unsigned int cores[RTE_MAX_LCORE];
	/* What was planned last. */
	unsigned int nb_streams;
	unsigned int nb_lcores;
	struct fwd_route *routes; /* nb_streams of them */
	struct fwd_lcore lcores[RTE_MAX_LCORE];
	bool set_up; /* the pools of mbufs are there, testpmd's lines about them told */
	bool warned_odd;
	bool forwarding;
	bool xstats_hide_zero;
	bool xstats_hide_disabled;
	bool xstats_show_state;
	/* Callbacks that were removed while lcores forwarded. */
	struct fwd_dead *dead;
	/* Bridges of closed ports whose mbufs are still out. */
	struct lbuf_port *bridges[RTE_MAX_ETHPORTS];
	unsigned int nb_bridges;
};

/* main.c: a signal has asked to stop. */
extern volatile sig_atomic_t fwd_quit;

/* env.c: what EAL would fail on without saying what to do about it. */
int
fwd_env_check(const struct fwd_args *args, const struct fwd_eal_args *eal);
void
fwd_env_explain(const struct fwd_eal_args *eal, int error, int argc, char **argv);
/*
 * While EAL starts: say what may help if it aborts, as DPDK 22.11 does where the main lcore's
 * socket has no memory for the first port.
 */
void
fwd_env_watch_abort(bool on);
/* What to do when a socket's memory does not suffice, as the end of a message. */
const char *
fwd_env_more_memory(const struct fwd_eal_args *eal);

/* leave.c: call once, before EAL is started. */
void
fwd_env_leave_at_exit(void);
/* End EAL, if it has started, and remove the files that this process has of it. */
void
fwd_env_leave(const struct fwd_eal_args *eal, bool started);

/* mempools.c */
uint32_t
fwd_mempools_estimate(const struct fwd_args *args, unsigned int nb_ports);
/* The pool of a socket, made if it is not there. NULL after one line. */
struct rte_mempool *
fwd_mempools_get(struct fwd *fwd, int socket);
/* One for each port. 0, or a negative errno after one line. */
int
fwd_mempools_create(struct fwd *fwd);
uint32_t
fwd_mempools_free(struct fwd *fwd);

/* streams.c: which streams there are, on which lcores. 0 or a negative errno. */
int
fwd_streams_plan(struct fwd *fwd);
/* Say once that the last port pairs with itself, if it does. A plan says it later on. */
void
fwd_streams_warn_odd(struct fwd *fwd);
int
fwd_streams_create(struct fwd *fwd);
void
fwd_streams_free(struct fwd *fwd);
void
fwd_streams_show(const struct fwd *fwd);

/* lcores.c */
/* Lcores that may forward: all workers but service lcores, or those of the options. */
int
fwd_lcores_find(struct fwd *fwd);
int
fwd_lcores_start(struct fwd *fwd);
void
fwd_lcores_stop(struct fwd *fwd);

/* forward.c */
/* Start forwarding, after so many bursts of each stream. 0 or a negative errno. */
int
fwd_forward_start(struct fwd *fwd, uint32_t tx_first);
void
fwd_forward_stop(struct fwd *fwd);
/* What is planned anew, unless packets are forwarded as was planned. */
void
fwd_forward_replan(struct fwd *fwd);

/* stats.c */
void
fwd_stats_start(struct fwd *fwd);
void
fwd_stats_total(const struct fwd *fwd);

#endif /* FWD_H */
