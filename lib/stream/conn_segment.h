/* SPDX-License-Identifier: BSD-3-Clause */

/* What a segment does to the connection that it belongs to. */

#ifndef CONN_SEGMENT_H
#define CONN_SEGMENT_H

#include "conn.h"

/*
 * Take a segment. The connection may be closed afterwards, and so may others be whose gaps are
 * given up for room; none is out of the table.
 */
void
conn_segment(struct lbuf_conn *c, const struct segment *seg);

/*
 * Whether a segment shows that the endpoints have begun a new connection, of which this one
 * knows nothing: the answer to a SYN that was ignored.
 */
bool
conn_is_replaced(const struct lbuf_conn *c, const struct segment *seg);

/* The direction that a segment goes. */
static inline unsigned int
conn_dir_of(const struct lbuf_conn *c, const struct segment *seg)
{
	return ((c->flags & CONN_CLIENT_HIGH) != 0) ^ seg->from_high;
}

#endif /* CONN_SEGMENT_H */
