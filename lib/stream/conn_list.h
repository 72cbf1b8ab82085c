/* SPDX-License-Identifier: BSD-3-Clause */

/* The tables of connections that this process has. */

#ifndef CONN_LIST_H
#define CONN_LIST_H

#include "conn.h"

/* Put a table on the list. */
void
conn_list_add(struct lbuf_conn_table *t);
/* Take it off; nobody looks at it afterwards. */
void
conn_list_remove(struct lbuf_conn_table *t);
/*
 * Go through them, in the order in which they came. None is freed meanwhile, and func must
 * neither make nor free one. From any thread.
 */
void
conn_list_walk(void (*func)(const struct lbuf_conn_table *t, void *arg), void *arg);

#endif /* CONN_LIST_H */
