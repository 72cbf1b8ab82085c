/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_NEEDED_PRIV_H
#define LBUF_NEEDED_PRIV_H

#include <lbuf_needed.h>

/*
 * Mbufs that a pool has beyond what the ports need that receive into it, and what the rings of
 * all ports may hold that send, divided between the RX queues that have the pool: 0 if it has too
 * few even for that. A queue whose pool is not known is taken to have this one.
 */
uint32_t
needed_spare(const struct rte_mempool *mp);

#endif /* LBUF_NEEDED_PRIV_H */
