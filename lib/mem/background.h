/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_BACKGROUND_H
#define LBUF_MEM_BACKGROUND_H

#include "pool_priv.h"

/* Have the thread look after a pool; 0 or a negative errno. */
int
background_add(struct pool_priv *priv);
/* It is not looked after any more when this returns. */
void
background_remove(struct pool_priv *priv);

#endif /* LBUF_MEM_BACKGROUND_H */
