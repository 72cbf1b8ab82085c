/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Mbufs that linked buffers hold copied out of, where their queues are short of them. Each
 * segment is replaced in its place: bytes, offsets and all other segments are as before. What a
 * pointer was handed out of is left alone, and so is what is consumed and not released.
 */

#ifndef LBUF_RELIEVE_H
#define LBUF_RELIEVE_H

#include "lbuf_priv.h"

/* Most bytes that are copied at once: it is done beside receiving. */
#define RELIEVE_BYTES ((uint64_t)32 << 10)

/* For tests that count held mbufs: an lcore copies nothing by itself, however much time passes. */
extern bool relieve_stopped;

/*
 * Copy up to so many bytes of a buffer out of mbufs of queues that are short, or of all queues;
 * returns how many. Nobody may have addresses of it but those of peek and next.
 */
uint64_t
relieve(struct lbuf *b, uint64_t most, bool all);

/*
 * Copy out of what the calling lcore keeps, the oldest first, unless it has done so a moment ago;
 * returns the bytes. Every buffer must be in a final state.
 */
uint64_t
relieve_kept(void);

/* The same if any queue is short, and for a buffer that is being released first. */
void
relieve_released(struct lbuf *b);

#endif /* LBUF_RELIEVE_H */
