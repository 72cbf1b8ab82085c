/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * lwIP with pbufs of its own, which its drivers usually copy into and out of: to be compared with.
 *
 * Threads: who has lwIP's core lock.
 */

#ifndef OWN_H
#define OWN_H

#include <rte_mbuf.h>

#include <lwip/pbuf.h>

/* A copy of a received packet. NULL: no memory. */
struct pbuf *
own_pbufs(const struct rte_mbuf *m);

/* A copy of a packet to be sent, in an mbuf of a pool. NULL: it is too long, or no mbuf is left. */
struct rte_mbuf *
own_mbuf(const struct pbuf *p, struct rte_mempool *mbufs);

#endif /* OWN_H */
