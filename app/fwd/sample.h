/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Figures of a period: of devices, of queues as their bridges see them, of the pool.
 */

#ifndef FWD_SAMPLE_H
#define FWD_SAMPLE_H

#include <stdint.h>

#include <rte_ethdev.h>

#include <lbuf_pool.h>
#include <lbuf_port.h>

struct fwd;

/* A counter, and a second's share of what it grew by in the period. */
struct fwd_count {
	uint64_t total;
	uint64_t rate;
};

struct fwd_queue_sample {
	uint16_t port;
	uint16_t queue;
	struct fwd_count rx_packets;
	struct fwd_count rx_bytes;
	struct fwd_count rx_nombuf;
	struct fwd_count tx_packets;
	struct fwd_count tx_bytes;
	struct fwd_count tx_refs;
	struct fwd_count tx_copied;
	struct fwd_count tx_failed;
	struct fwd_count rx_copied; /* mbufs, of what was to be held */
	struct fwd_count rx_given_up;
	uint32_t rx_held;  /* mbufs */
	uint32_t rx_bound; /* that may be; UINT32_MAX: all */
};

struct fwd_port_sample {
	uint16_t port;
	struct fwd_count rx_packets;
	struct fwd_count rx_bytes;
	struct fwd_count rx_missed;
	struct fwd_count rx_errors;
	struct fwd_count rx_nombuf;
	struct fwd_count tx_packets;
	struct fwd_count tx_bytes;
	struct fwd_count tx_errors;
	struct fwd_count tx_dropped; /* by streams */
};

/* Queues beyond so many, of all ports, are left out. */
#define FWD_SAMPLE_QUEUES 256

struct fwd_sample {
	uint64_t ns;     /* when, since the clock's start */
	uint64_t period; /* since the one before, ns; 0: it is the first */
	unsigned int nb_ports;
	unsigned int nb_queues;
	struct fwd_port_sample ports[RTE_MAX_ETHPORTS];
	struct fwd_queue_sample queues[FWD_SAMPLE_QUEUES];
	uint64_t packets; /* that lcores have handled since forwarding started */
	uint64_t cycles;  /* with --record-core-cycles: of these */
};

/* Take the next one: what sample holds is the one before, or zeros. */
void
fwd_sample_take(const struct fwd *fwd, struct fwd_sample *sample);

/* Of 1000 requests, those that the cache of an lcore had a chunk for. */
unsigned int
fwd_sample_cache_hits(const struct lbuf_pool_stats *st);

#endif /* FWD_SAMPLE_H */
