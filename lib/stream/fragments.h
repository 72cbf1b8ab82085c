/* SPDX-License-Identifier: BSD-3-Clause */

/* IP datagrams put together from copies of their fragments, by librte_ip_frag. */

#ifndef FRAGMENTS_H
#define FRAGMENTS_H

#include "packet.h"

struct fragments;

/*
 * Create a place for so many datagrams at a time, that wait up to `ticks` for what they lack;
 * NULL with rte_errno.
 */
struct fragments *
fragments_create(uint32_t datagrams, uint64_t ticks);

void
fragments_free(struct fragments *f);

/*
 * Add a fragment. The datagram, to be freed, if it is whole by now; else NULL. *lost: fragments
 * that were dropped meanwhile.
 */
struct rte_mbuf *
fragments_add(struct fragments *f, const struct segment *seg, uint64_t now, uint32_t *lost);

/* Drop those that have waited for too long; how many. */
uint32_t
fragments_expire(struct fragments *f, uint64_t now);

#endif /* FRAGMENTS_H */
