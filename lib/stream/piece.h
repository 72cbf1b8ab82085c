/* SPDX-License-Identifier: BSD-3-Clause */

/* Pieces of a stream that are held behind a gap: a range of it, and where its bytes lie. */

#ifndef PIECE_H
#define PIECE_H

#include "streams.h"

struct piece {
	struct range r; /* first */
	/* The bytes: in memory of others, of which this has a reference, or behind this. */
	struct lbuf_seg seg;
	struct lbuf_chunk *chunk; /* where this lies */
	uint32_t room;            /* bytes that can be added behind the last one */
	uint32_t charge;          /* bytes of memory that the piece keeps */
};

static inline struct piece *
piece_of(struct range *r)
{
	return (struct piece *)r;
}

/* Whether a few bytes are to be copied out of a piece of memory, or keep it. */
bool
piece_is_sparse(uint64_t n, uint64_t pinned);

/* Whether a segment keeps an mbuf. */
bool
piece_keeps_mbuf(const struct lbuf_seg *s);

/*
 * Make a piece of the first bytes of a buffer, up to n, that begins at an offset in the
 * stream; NULL with rte_errno. It has more than the bytes of one segment only if these
 * must stay together.
 */
struct piece *
piece_take(struct lbuf_streams *all, struct lbuf *src, uint64_t n, uint64_t at,
		const struct piece *before);

/* Add the first n bytes of a buffer to a piece; false: there is no place. */
bool
piece_gather(struct piece *p, struct lbuf *src, uint64_t n);

/* Drop the first n bytes, or all from the n-th on; not all of them. */
void
piece_cut_front(struct piece *p, uint64_t n);
void
piece_cut_end(struct piece *p, uint64_t n);

/* A piece of the bytes from the n-th on, which stay in the other one; NULL with rte_errno. */
struct piece *
piece_divide(struct lbuf_streams *all, struct piece *p, uint64_t n);

/* Move the bytes to the end of a buffer, pending; 0, and the piece is gone, or -ENOMEM. */
int
piece_give(struct lbuf_streams *all, struct piece *p, struct lbuf *b);

/* Have a piece that is in no stream dropped by pieces_drop(). */
void
piece_bury(struct lbuf_streams *all, struct piece *p);

/*
 * Drop what was buried. Comes last in what uses streams: dropping may call others, who may
 * use streams, too.
 */
void
pieces_drop_slow(struct lbuf_streams *all);

static inline void
pieces_drop(struct lbuf_streams *all)
{
	if (unlikely(all->dead != NULL))
		pieces_drop_slow(all);
}

#endif /* PIECE_H */
