/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What comes early: held until what is before it has come. Which bytes stay of those that come
 * twice is decided here, by the policy.
 */

#ifndef EARLY_H
#define EARLY_H

#include "piece.h"

/*
 * Hold the first n bytes of a buffer, which begin at an offset behind the next byte in
 * order. 0; -ENOBUFS: all of them were given up for a limit; -ENOMEM: some of them for want
 * of memory.
 */
int
early_hold(struct lbuf_stream *s, uint64_t at, struct lbuf *src, uint64_t n);

/*
 * Move the first n bytes of a buffer, which are the next ones in order, behind the readable
 * ones, with what is held and is now in order; -ENOMEM, and a part may have been moved.
 */
int
early_close_gap(struct lbuf_stream *s, struct lbuf *src, uint64_t n, struct lbuf *b);

/* Move what is held and is in order by now. */
int
early_move(struct lbuf_stream *s, struct lbuf *b);

/* Give up all that is held. */
void
early_drop(struct lbuf_stream *s);

/* Move bytes of one buffer to the end of another: a copy if they are few; 0 or -ENOMEM. */
int
early_append(struct lbuf_streams *all, struct lbuf *b, struct lbuf *src, uint64_t n);

#endif /* EARLY_H */
