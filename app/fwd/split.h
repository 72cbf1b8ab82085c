/* SPDX-License-Identifier: BSD-3-Clause */

/* set txsplit: packets of csum go out in the segments of --txpkts. */

#ifndef FWD_SPLIT_H
#define FWD_SPLIT_H

#include <rte_mbuf.h>

#include "args.h"

extern const char *const fwd_split_names[FWD_SPLIT_NUM];

/* How many segments a packet is to have, as txsplit says, of those of --txpkts. */
uint32_t
fwd_split_segs(const struct fwd_args *args);

/*
 * A copy in such segments, the last of which takes what is left over, with what the packet
 * says of offloads. NULL: there is no memory for it, or a segment is longer than an mbuf.
 */
struct rte_mbuf *
fwd_split_copy(const struct fwd_args *args, struct rte_mempool *mp, const struct rte_mbuf *pkt);

#endif /* FWD_SPLIT_H */
