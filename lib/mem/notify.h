/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_NOTIFY_H
#define LBUF_MEM_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "lcore.h"

/* Have all lcores that use a pool come by with their next free; what: CACHE_*. */
void
lcores_notify(struct lcores *lcores, uint32_t what);
/* Do what the calling lcore was notified for, if it was. */
void
lcore_handle(struct lcore_caches *lc);
/* Whether any lcore has not done so yet. */
bool
lcores_pending(const struct lcores *lcores);

#endif /* LBUF_MEM_NOTIFY_H */
