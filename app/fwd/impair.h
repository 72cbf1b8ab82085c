/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Impairments of what a stream sends: packets are lost, doubled, late, out of order, or have a
 * wrong bit, at random, as in a bad network. What becomes of a packet depends on the seed and
 * on how many of its stream there were before it, and on nothing else.
 */

#ifndef FWD_IMPAIR_H
#define FWD_IMPAIR_H

#include <stdint.h>

#include "impair_conf.h"

struct fwd_impair;
struct fwd_stream;
struct lbuf_burst;

/* Of a stream. */
struct fwd_impair_stats {
	uint64_t packets; /* that were to be sent */
	uint64_t lost;
	uint64_t duplicated;
	uint64_t reordered; /* held back behind later ones */
	uint64_t corrupted;
	uint64_t delayed;
	uint64_t overflow;  /* dropped: more than the limit would have waited */
	uint64_t no_memory; /* neither doubled nor corrupted, for want of memory for a copy */
	uint64_t unsent;    /* dropped as they still waited when forwarding stopped */
};

/*
 * Impairments of a stream, fwd_stream::impair. number is that of the stream, for streams
 * shall differ. 0 or -ENOMEM.
 */
int
fwd_impair_create(struct fwd_stream *s, const struct fwd_impair_conf *conf, unsigned int number,
		int socket);

/* Free them, and the packets that wait. */
void
fwd_impair_free(struct fwd_stream *s);

/* In the place of sending: the burst is empty afterwards, and what is left of it on its way. */
void
fwd_impair_send(struct fwd_stream *s, struct lbuf_burst *burst);

/* Send what has waited long enough. To be called again and again, by the stream's lcore. */
void
fwd_impair_poll(struct fwd_stream *s);

/* Drop what waits: its lcore stops. */
void
fwd_impair_drain(struct fwd_stream *s);

/* Figures of a stream that has impairments. */
struct fwd_impair_stats *
fwd_impair_stats(const struct fwd_stream *s);

#endif /* FWD_IMPAIR_H */
