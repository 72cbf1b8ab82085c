/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SHORTAGE_H
#define LBUF_MEM_SHORTAGE_H

#include <stddef.h>
#include <stdint.h>

#include "pool_priv.h"

/* A report as it is made up: what goes beyond its room is left out. */
struct report;

/* Add to a report, as printf() does. */
void
report_put(struct report *r, const char *fmt, ...) __rte_format_printf(2, 3);

/*
 * What a layer above knows of memory that is held: lines, each with a line end in front. Called
 * on any thread, in the midst of what that does, so it must not lock.
 */
typedef void (*shortage_more_t)(struct report *r);

/* Have it in each report from now on. */
void
shortage_more_set(shortage_more_t more);

/*
 * A request of so many bytes from a slot failed with this positive errno: tell the log what
 * the pool has, who holds it, and what would help, once a second at most. No lock may be
 * held.
 */
void
shortage_report(struct pool_priv *priv, uint32_t slot, size_t size, int err);

#endif /* LBUF_MEM_SHORTAGE_H */
