/* SPDX-License-Identifier: BSD-3-Clause */

/* Connections that come into the table, and leave it. */

#ifndef CONN_OPEN_H
#define CONN_OPEN_H

#include "conn.h"

/*
 * A connection for a segment of none, if it may open one, or surely is of a new one; NULL: it is
 * not to be had.
 */
struct lbuf_conn *
conn_open(struct lbuf_conn_table *t, const struct segment *seg, uint32_t hash, bool surely);

/* Take a connection out of the table, which must be closed. Its memory stays for the moment. */
void
conn_remove(struct lbuf_conn *c);

/* Give the memory back of connections that are out of the table. */
void
conns_free_dead(struct lbuf_conn_table *t);

#endif /* CONN_OPEN_H */
