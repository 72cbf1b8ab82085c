/* SPDX-License-Identifier: BSD-3-Clause */

/* Connections that come into the table, and leave it. */

#ifndef CONN_OPEN_H
#define CONN_OPEN_H

#include "conn.h"

/* When a connection is to be given up, if no packet comes. */
uint64_t
conn_deadline(const struct lbuf_conn *c);

/* A connection for a segment of none, if it may open one; NULL: it is not to be had. */
struct lbuf_conn *
conn_open(struct lbuf_conn_table *t, const struct segment *seg, uint32_t hash);

/* Take a connection out of the table, which must be closed. Its memory stays for the moment. */
void
conn_remove(struct lbuf_conn *c);

/* Give the memory back of connections that are out of the table. */
void
conns_free_dead(struct lbuf_conn_table *t);

#endif /* CONN_OPEN_H */
