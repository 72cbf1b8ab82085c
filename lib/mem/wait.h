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
/* Have lcores pass on what they free and those who wait may be served from. */
void
waiters_notify(struct pool_priv *priv);
/* Find out anew whose caches those who wait may be served from: limits have changed. */
void
waiters_reconsider(struct pool_priv *priv);
/* Whether the calling thread is in the callback of one who waited. */
bool
waiters_called(void);

#endif /* LBUF_MEM_WAIT_H */
