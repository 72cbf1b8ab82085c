/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What memory the driver of a port can take by reference, and how it gives back what
 * it has sent. All that is known of drivers is in reach.c.
 */

#ifndef LBUF_REACH_H
#define LBUF_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ethdev.h>

/* Where memory has to lie to go out by reference. */
enum reach_kind {
	REACH_CPU,  /* anywhere: a core of this process reads it */
	REACH_IOVA, /* anywhere that has an IOVA: the device reads it */
	REACH_HEAP, /* in EAL's own memory: the other end maps no other */
	REACH_NONE, /* in mbufs made for the port alone: see bounce.h */
};

struct reach {
	enum reach_kind kind;
	bool direct;      /* an mbuf as it is: only if it has its own data */
	bool empty_burst; /* a burst of nothing frees what was sent */
	bool chains;      /* of any length, however the port is configured */
};

/* Find out for a port. */
struct reach
reach_of(const struct rte_eth_dev_info *info);

/* Whether bytes lie in EAL's own memory, and not in such as it was told of. */
bool
reach_in_heap(const void *addr, size_t len);

/*
 * Whether bytes lie where the driver of the port can take them by reference, as far as
 * that depends on where they lie. Whether they have an IOVA is for the caller to ask.
 */
static inline bool
reach_has(const struct reach *reach, const void *addr, size_t len)
{
	if (reach->kind < REACH_HEAP)
		return true;
	return reach->kind == REACH_HEAP && reach_in_heap(addr, len);
}

#endif /* LBUF_REACH_H */
