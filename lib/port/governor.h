/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The governor: which received packets linked buffers may hold as the mbufs that they came in.
 * Those that they may not are copied, and their mbufs go back at once. What is counted, and how,
 * is told in hold.h; what users set and see, in lbuf_hold.h.
 */

#ifndef LBUF_GOVERNOR_H
#define LBUF_GOVERNOR_H

#include "port_priv.h"

/* What mbufs of an RX queue are counted as: found out once. */
uint16_t
governor_open(struct lbuf_port *port, uint16_t queue);
static inline uint16_t
governor_via(struct lbuf_port *port, uint16_t queue)
{
	uint16_t via = __atomic_load_n(&port->head.queue[queue].rx.via, __ATOMIC_RELAXED);

	return likely(via != 0) ? via : governor_open(port, queue);
}

/*
 * Set the bound of a queue for good, in the place of what its pool can spare; LBUF_HOLD_AUTO: to
 * that, found out anew with the next packet.
 */
void
governor_set(uint16_t via, uint32_t mbufs);

/* A queue has another pool now: its bound, if it is what the pool can spare, is that one's. */
void
governor_follow(struct lbuf_port *port, uint16_t queue, const struct rte_mempool *mp);

/* The port is to have no bridge any more. */
void
governor_close(struct lbuf_port *port);

/*
 * Credits for further mbufs where there were too few: what can be done for it is done, m being
 * the first of these mbufs.
 */
uint32_t
governor_take_more(uint16_t via, uint32_t n, const struct rte_mbuf *m);

/* Credits for n mbufs, the first of which is m; returns for how many there are any. */
static inline uint32_t
governor_take(uint16_t via, uint32_t n, const struct rte_mbuf *m)
{
	uint32_t got;

	if (via == 0)
		return n;
	got = hold_take(via, n);
	return likely(got == n) ? n : got + governor_take_more(via, n - got, m);
}

/* Bytes, up to which packets of a queue are copied at once: as of the last time it took any. */
static inline uint32_t
governor_copy_break(uint16_t via)
{
	return via == 0 ? 0 : __atomic_load_n(&hold_cell(via)->copy_break, __ATOMIC_RELAXED);
}

/*
 * Append a packet to a buffer, by reference or as a copy; 0 or a negative errno, and the packet
 * is the caller's. governor_put() leaves it to the caller to flush; governor_append() flushes,
 * with what was pending.
 */
int
governor_put(struct lbuf *b, struct rte_mbuf *m, uint16_t via);
int
governor_append(struct lbuf *b, struct rte_mbuf *m, uint16_t via);

#endif /* LBUF_GOVERNOR_H */
