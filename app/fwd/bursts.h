/* SPDX-License-Identifier: BSD-3-Clause */

/* --record-burst-stats: bursts of a stream, counted by the packets that they had. */

#ifndef FWD_BURSTS_H
#define FWD_BURSTS_H

#include <stdint.h>

#include <lbuf_port.h>

struct fwd_stream;

/* By the number of packets. */
struct fwd_bursts {
	uint64_t rx[LBUF_BURST_MAX + 1];
	uint64_t tx[LBUF_BURST_MAX + 1];
};

/* Count the burst that the stream has just served, before which it had so many packets. */
void
fwd_bursts_count(struct fwd_stream *s, uint64_t rx_packets, uint64_t tx_packets);

/* In testpmd's words: how often there was none, and the two most frequent numbers. */
void
fwd_bursts_print_rx(const struct fwd_bursts *b);
void
fwd_bursts_print_tx(const struct fwd_bursts *b);

#endif /* FWD_BURSTS_H */
