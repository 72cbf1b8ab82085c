/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEPOT_OPS_H
#define LBUF_MEM_DEPOT_OPS_H

#include "depot.h"

/* The face of a depot to DPDK's tools; NULL: no memory. */
struct rte_mempool *
depot_mempool(struct depot *depot);

#endif /* LBUF_MEM_DEPOT_OPS_H */
