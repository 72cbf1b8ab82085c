/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * set txtimes: txonly asks the device to send each burst, or packet, at a time of its own clock,
 * and writes that time into the packet.
 */

#ifndef FWD_TX_TIMES_H
#define FWD_TX_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_mbuf.h>

struct fwd_stream;

/* What a packet carries behind its headers, as testpmd's does. */
struct fwd_tx_mark {
	rte_be32_t signature;
	rte_be16_t packet; /* its number in the burst */
	rte_be16_t queue;
	rte_be64_t time; /* 0: none of its own */
} __attribute__((packed));
_Static_assert(sizeof(struct fwd_tx_mark) == 16, "as on the wire");

/* Of a stream. */
struct fwd_tx_times {
	bool on;
	uint16_t queue;
	int offset;     /* of the time in an mbuf */
	uint64_t flag;  /* of an mbuf whose time counts */
	uint32_t inter; /* units of the device's clock, from burst to burst */
	uint32_t intra; /* from packet to packet; 0: together */
	uint64_t last;  /* time that was given last */
};

/*
 * Have the times of a stream begin now. They are off unless times were set, the driver takes
 * some, and the port has a clock.
 */
void
fwd_tx_times_start(struct fwd_tx_times *t, const struct fwd_stream *s);

/* The mark of packet i of a burst. */
struct fwd_tx_mark
fwd_tx_times_next(struct fwd_tx_times *t, uint16_t i);

/* Mark packet i of a burst behind headers of so many bytes, and have the device heed it. */
void
fwd_tx_times_mark(struct fwd_tx_times *t, struct rte_mbuf *m, uint16_t i, uint32_t headers);

/* Have the device send a packet, marked already, when its mark says. */
void
fwd_tx_times_set(const struct fwd_tx_times *t, struct rte_mbuf *m, const struct fwd_tx_mark *mark);

#endif /* FWD_TX_TIMES_H */
