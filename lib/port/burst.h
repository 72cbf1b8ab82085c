/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_BURST_PRIV_H
#define LBUF_BURST_PRIV_H

#include <lbuf_burst.h>

#include "port_priv.h"

/* What the packet at a place is counted as when it is held. */
static inline uint16_t
burst_via(const struct lbuf_burst *burst, uint16_t i)
{
	return likely(burst->via != LBUF_BURST_MIXED) ? burst->via : burst->vias[i];
}

/* Have each packet say for itself by which queue it came. */
void
burst_mix(struct lbuf_burst *burst);

/* Move a packet to a place before its own. */
static inline void
burst_move(struct lbuf_burst *burst, uint16_t to, uint16_t from)
{
	burst->pkts[to] = burst->pkts[from];
	if (unlikely(burst->via == LBUF_BURST_MIXED))
		burst->vias[to] = burst->vias[from];
}

/* Close the gaps that packets left which were taken out. */
void
burst_close_gaps(struct lbuf_burst *burst);

/* The first packets of a burst are gone: the others move up. */
void
burst_shift(struct lbuf_burst *burst, uint16_t gone);

/*
 * Make a packet anew as lbuf_port_tx() would send it; the one given is gone then. NULL, with
 * rte_errno, and it is as it was.
 */
struct rte_mbuf *
burst_export(struct lbuf_port *port, struct lbuf_port_queue *q, struct rte_mbuf *m);

/*
 * Whether a packet can be put into a buffer without looking at its bytes: one segment with
 * one reference, for a buffer that has no segments.
 */
static __rte_always_inline bool
stays_raw(const struct lbuf *b, const struct rte_mbuf *m)
{
	return lbuf_mbuf_is_single(m) && likely(b->state == STATE_EMPTY) && m->data_len != 0;
}

/* Append a packet to a buffer, with what was pending there; 0 or a negative errno. */
static inline int
append_packet(struct lbuf *b, struct rte_mbuf *m)
{
	int ret = lbuf_append_mbuf(b, m);

	return ret != 0 ? ret : lbuf_flush(b);
}

#endif /* LBUF_BURST_PRIV_H */
