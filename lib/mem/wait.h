/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_WAIT_H
#define LBUF_MEM_WAIT_H

#include <stdbool.h>

#include "pool_priv.h"

/*
 * Serve those who wait, as far as there is memory; with force, also what lies in lcores'
 * caches. In one of their callbacks it does nothing: they are served behind that.
 */
void
waiters_serve(struct pool_priv *priv, bool with_force);
/* Whether the calling thread is in the callback of one who waited. */
bool
waiters_called(void);

#endif /* LBUF_MEM_WAIT_H */
