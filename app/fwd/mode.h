/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Forwarding modes: what is done with a burst of packets of a stream.
 */

#ifndef FWD_MODE_H
#define FWD_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>

#include <lbuf_port.h>

/*
 * A stream: packets of one RX queue on their way to one TX queue. Only the lcore
 * that serves it writes to it while it forwards.
 */
struct fwd_stream {
	struct lbuf_port *rx;
	struct lbuf_port *tx;
	struct lbuf **bufs; /* burst of them: open, empty between bursts */
	uint16_t rx_queue;
	uint16_t tx_queue;
	uint16_t burst;
	uint16_t tx_pkt_len;           /* of tx_pkt, bytes */
	struct rte_ether_addr tx_addr; /* of the port that sends */
	struct rte_ether_addr tx_peer; /* who is behind it */
	uint8_t *tx_pkt;               /* txonly: the frame to send */
	struct rte_mempool *tx_mbufs;  /* of the port that sends */
	struct lbuf *mem;              /* the linked buffers */
	/* Figures of this stream, shown when forwarding has stopped. */
	uint64_t rx_packets __rte_cache_aligned;
	uint64_t tx_packets;
	uint64_t tx_dropped; /* the port, or memory, had no room for them */
	uint64_t bad;        /* malformed, and dropped */
	uint64_t empty;      /* bursts that received nothing */
} __rte_cache_aligned;

struct fwd_mode {
	const char *name;
	/* Serve a stream once. */
	void (*burst)(struct fwd_stream *s);
	/* Before the first burst; may be NULL. 0 or a negative errno. */
	int (*start)(struct fwd_stream *s, int socket);
	/* After the last one; may be NULL. */
	void (*stop)(struct fwd_stream *s);
	bool receives; /* has use for RX queues */
	bool sends;    /* has use for TX queues */
	bool replies;  /* sends where it receives, whatever the topology */
};

extern const struct fwd_mode fwd_mode_io;
extern const struct fwd_mode fwd_mode_mac;
extern const struct fwd_mode fwd_mode_macswap;
extern const struct fwd_mode fwd_mode_rxonly;
extern const struct fwd_mode fwd_mode_txonly;
extern const struct fwd_mode fwd_mode_icmpecho;

/* All of them, up to a NULL. */
extern const struct fwd_mode *const fwd_modes[];

/* Send what lbuf_port_tx() left; what cannot be sent is dropped and counted. */
void
fwd_send_rest(struct fwd_stream *s, uint16_t sent, uint16_t n);

/* Drop and count frames whose header is NULL; the others are moved to the front. */
uint16_t
fwd_drop_uneditable(struct fwd_stream *s, uint16_t n, struct rte_ether_hdr **eth);

/* Empty a linked buffer, which stays open for the next packet. */
static inline void
fwd_drop(struct lbuf *b)
{
	lbuf_skip(b, lbuf_len(b));
	lbuf_release(b);
}

/*
 * Of so many bursts that receive nothing one asks the driver for what it has sent: a queue
 * that is silent keeps the last packets otherwise.
 */
#define FWD_EMPTY_BURSTS (1u << 14)

/* Receive a burst into the stream's linked buffers. */
static inline uint16_t
fwd_receive(struct fwd_stream *s)
{
	uint16_t n = lbuf_port_rx(s->rx, s->rx_queue, s->bufs, s->burst);

	s->rx_packets += n;
	if (n == 0 && unlikely(++s->empty % FWD_EMPTY_BURSTS == 0))
		lbuf_port_tx_done_cleanup(s->tx, s->tx_queue, 0);
	return n;
}

/* Send the first n of the stream's linked buffers: all are empty afterwards. */
static inline void
fwd_send(struct fwd_stream *s, uint16_t n)
{
	uint16_t sent = lbuf_port_tx(s->tx, s->tx_queue, s->bufs, n);

	s->tx_packets += sent;
	if (unlikely(sent < n))
		fwd_send_rest(s, sent, n);
}

/*
 * The Ethernet headers of the first n of the stream's linked buffers, to be
 * rewritten. Frames that have none, or that no memory was left to unshare, are
 * dropped and counted; returns how many are left, which are the first ones.
 */
static inline uint16_t
fwd_edit_ether(struct fwd_stream *s, uint16_t n, struct rte_ether_hdr **eth)
{
	uint16_t nb = lbuf_burst_edit(s->bufs, n, sizeof(**eth), (void **)eth);

	return likely(nb == n) ? n : fwd_drop_uneditable(s, n, eth);
}

/*
 * Keep buffer i for sending, as number *kept: the buffers to send lie together
 * in front, and each buffer of the stream stays in its array.
 */
static inline void
fwd_keep(struct fwd_stream *s, uint16_t i, uint16_t *kept)
{
	struct lbuf *b = s->bufs[i];

	s->bufs[i] = s->bufs[*kept];
	s->bufs[(*kept)++] = b;
}

#endif /* FWD_MODE_H */
