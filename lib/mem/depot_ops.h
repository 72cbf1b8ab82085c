/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DEPOT_OPS_H
#define LBUF_MEM_DEPOT_OPS_H

#include "depot.h"

/*
 * Have the face's operations known to this process, whose EAL has started. false: there is no
 * place for them, and depots have no face.
 */
bool
depot_ops_register(void);

/* A depot's name, as snprintf() does. */
int
depot_name(const struct depot *depot, char *buf, size_t len);

/* The face of a depot to DPDK's tools; NULL: no memory. */
struct rte_mempool *
depot_mempool(struct depot *depot);

#endif /* LBUF_MEM_DEPOT_OPS_H */
