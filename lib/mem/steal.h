/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_STEAL_H
#define LBUF_MEM_STEAL_H

#include <stddef.h>

#include "lcore.h"

/* Find out whether this process can steal; called when a pool is made. */
void
steal_init(void);
/*
 * Pass what lies in the caches of the primary process's lcores on to the depots, whatever
 * these lcores do; returns how many chunks. what: CACHE_FLUSH() of shares. 0 where the
 * kernel does not help.
 */
size_t
lcores_steal(struct lcores *lcores, uint32_t what);

#endif /* LBUF_MEM_STEAL_H */
