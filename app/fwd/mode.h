/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Forwarding modes: what is done with a burst of packets of a stream.
 */

#ifndef FWD_MODE_H
#define FWD_MODE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_ether.h>

#include <lbuf_burst.h>

#include "impair.h"

struct fwd;
struct fwd_args;
struct fwd_bursts;
struct fwd_impair;
struct fwd_mode;
struct fwd_port;

/* Packets that came with checksums of which the device said that they are wrong. */
struct fwd_bad_csum {
	uint64_t ip;
	uint64_t l4;
	uint64_t outer_ip;
	uint64_t outer_l4;
};

/*
 * A stream: packets of one RX queue on their way to one TX queue. Only the lcore
 * that serves it writes to it while it forwards.
 */
struct fwd_stream {
	struct lbuf_port *rx;
	struct lbuf_port *tx;
	struct lbuf_pool *pool;
	uint16_t rx_queue;
	uint16_t tx_queue;
	uint16_t burst;
	uint16_t rx_port;
	bool retry;                    /* of set fwd */
	unsigned int lcore;            /* that serves it */
	struct rte_ether_addr tx_addr; /* of the port that sends */
	struct rte_ether_addr tx_peer; /* who is behind it */
	struct rte_mempool *tx_mbufs;  /* of the port that sends */
	const struct fwd_port *tx_port;
	const struct fwd_args *args;
	const struct fwd_mode *mode;
	struct fwd_bursts *bursts; /* NULL: they are not counted */
	void *state;               /* the mode's own, from its start to its stop */
	struct fwd_impair *impair; /* of what it sends; NULL: none */
	/* Figures of this stream, shown when forwarding has stopped. */
	uint64_t rx_packets __rte_cache_aligned;
	uint64_t tx_packets;
	uint64_t tx_dropped;          /* the port, or memory, had no room for them */
	uint64_t bad;                 /* malformed, and dropped */
	uint64_t empty;               /* bursts that received nothing */
	struct fwd_bad_csum bad_csum; /* of csum */
} __rte_cache_aligned;

struct fwd_mode {
	const char *name;
	/* Serve a stream once. */
	void (*burst)(struct fwd_stream *s);
	/*
	 * Change the packets of a burst that was received and will be sent, where that is all
	 * that the mode does; else NULL. What is dropped leaves its place empty.
	 */
	void (*edit)(struct fwd_stream *s, struct lbuf_burst *burst);
	/*
	 * Send what impairments have left of a burst, which is empty afterwards, where the mode
	 * has more to do with it than fwd_transmit(); else NULL.
	 */
	void (*send)(struct fwd_stream *s, struct lbuf_burst *burst);
	/* Said of each port before the streams start; may be NULL. */
	void (*announce)(const struct fwd_args *args, uint16_t port);
	/*
	 * Before the first burst; may be NULL. 0, -ENOMEM, or another negative errno after
	 * one line.
	 */
	int (*start)(struct fwd_stream *s, int socket);
	/* After the last one; may be NULL. */
	void (*stop)(struct fwd_stream *s);
	bool receives; /* has use for RX queues */
	bool sends;    /* has use for TX queues */
	bool replies;  /* sends where it receives, whatever the topology */
	bool pairs;    /* wants a queue and what comes the other way on one lcore */
	/* What the mode has to show beside packets; may be NULL. */
	void (*show)(const struct fwd *fwd);
	/* Show what there is when the lcores have stopped; may be NULL. */
	void (*finish)(const struct fwd *fwd);
	/* Its members of an object of --stats-json, each behind a comma; may be NULL. */
	void (*json)(const struct fwd *fwd, FILE *f);
};

extern const struct fwd_mode fwd_mode_io;
extern const struct fwd_mode fwd_mode_mac;
extern const struct fwd_mode fwd_mode_macswap;
extern const struct fwd_mode fwd_mode_rxonly;
extern const struct fwd_mode fwd_mode_txonly;
extern const struct fwd_mode fwd_mode_flowgen;
extern const struct fwd_mode fwd_mode_csum;
extern const struct fwd_mode fwd_mode_icmpecho;
extern const struct fwd_mode fwd_mode_noisy;
extern const struct fwd_mode fwd_mode_5tswap;
extern const struct fwd_mode fwd_mode_recycle_mbufs;
extern const struct fwd_mode fwd_mode_hold;
extern const struct fwd_mode fwd_mode_stream;

/* All of them, up to a NULL. */
extern const struct fwd_mode *const fwd_modes[];

/* Send what lbuf_burst_tx() left; what cannot be sent is dropped and counted. */
void
fwd_send_rest(struct fwd_stream *s, struct lbuf_burst *burst);

/* Drop and count a packet whose header cannot be edited. */
void
fwd_drop_uneditable(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i);

/*
 * Of so many bursts that receive nothing one asks the driver for what it has sent: a queue
 * that is silent keeps the last packets otherwise.
 */
#define FWD_EMPTY_BURSTS (1u << 14)

/* Receive a burst; returns how many packets. */
static inline uint16_t
fwd_receive(struct fwd_stream *s, struct lbuf_burst *burst)
{
	uint16_t n;

	lbuf_burst_init(burst);
	n = lbuf_burst_rx(burst, s->rx, s->rx_queue, s->burst);
	s->rx_packets += n;
	if (n == 0 && unlikely(++s->empty % FWD_EMPTY_BURSTS == 0))
		lbuf_port_tx_done_cleanup(s->tx, s->tx_queue, 0);
	return n;
}

/* Send a burst as it is. It is empty afterwards. */
static inline void
fwd_transmit(struct fwd_stream *s, struct lbuf_burst *burst)
{
	s->tx_packets += lbuf_burst_tx(burst, s->tx, s->tx_queue);
	if (unlikely(burst->n != 0))
		fwd_send_rest(s, burst);
}

/* Send a burst, which is empty afterwards, with the impairments that were asked for. */
static inline void
fwd_send(struct fwd_stream *s, struct lbuf_burst *burst)
{
	if (unlikely(s->impair != NULL))
		fwd_impair_send(s, burst);
	else
		fwd_transmit(s, burst);
}

/*
 * The Ethernet header of a packet, to be rewritten. A frame that has none, or that no memory
 * was left to unshare, is dropped and counted: NULL.
 */
static inline struct rte_ether_hdr *
fwd_edit_ether(struct fwd_stream *s, struct lbuf_burst *burst, uint16_t i)
{
	struct rte_ether_hdr *eth = lbuf_burst_edit_at(burst, i, sizeof(*eth));

	if (unlikely(eth == NULL))
		fwd_drop_uneditable(s, burst, i);
	return eth;
}

/* Receive, have the packets changed, and send: the burst of most modes. */
static __rte_always_inline void
fwd_forward(struct fwd_stream *s, void (*edit)(struct fwd_stream *s, struct lbuf_burst *burst))
{
	struct lbuf_burst burst;

	if (unlikely(fwd_receive(s, &burst) == 0))
		return;
	edit(s, &burst);
	fwd_send(s, &burst);
}

#endif /* FWD_MODE_H */
