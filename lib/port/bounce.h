/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Mbufs for copies, for a zero-copy memif. Its other end maps the first of EAL's memory
 * lists as it was when they met, and dies of what lies elsewhere; what the other end has
 * not given back when it goes is lost to the driver. So nothing goes there but mbufs of
 * the bridge's own, in memory that was there before.
 */

#ifndef LBUF_BOUNCE_H
#define LBUF_BOUNCE_H

#include "port_priv.h"

/* Memory that the other end surely has, from the start on. */
struct bounce_range {
	uintptr_t start;
	uintptr_t end;
};

/* As it is now. To be asked before any memory is had. */
struct bounce_range
bounce_range(void);

/*
 * Make mbufs of what memory is free in a range, or of any if the port is stopped: then
 * the other end will have it. Without a socket (SOCKET_ID_ANY) it is the caller's. NULL, with
 * rte_errno: ENOMEM if there is none.
 */
struct rte_mempool *
bounce_create(uint16_t port_id, const struct bounce_range *range, bool stopped, int socket);

/* The driver has taken packets; it gives them back when it sends again, or never. */
void
bounce_sent(struct rte_mbuf *const *pkts, uint16_t n);

/*
 * It has not taken one. Some drivers (DPDK 22.11.0) take a reference to each mbuf before
 * they find that the ring has no room for the last ones, and leave it so.
 */
void
bounce_unsent(struct rte_mbuf *m);

/*
 * Take back what the driver has, and will not give back: the port must be stopped or
 * have no link. Without mbufs of the kind it does nothing.
 */
void
bounce_reclaim(struct lbuf_port *port);

/* NULL does nothing. */
void
bounce_free(struct rte_mempool *bounce);

/* Mbufs that are out. */
uint32_t
bounce_out(const struct rte_mempool *bounce);

/*
 * Copy the first n bytes of a buffer into a chain of at most seg_max segments, and
 * consume them. NULL, and rte_errno: EMSGSIZE, ENOBUFS, ENOMEM.
 */
struct rte_mbuf *
bounce_export(struct lbuf_port *port, struct lbuf *b, uint64_t n, uint16_t seg_max);

#endif /* LBUF_BOUNCE_H */
