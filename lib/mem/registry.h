/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_REGISTRY_H
#define LBUF_MEM_REGISTRY_H

#include "pool_priv.h"

/* Put a pool on the list: 0, -EEXIST if its name is there, or -ENOMEM. */
int
registry_add(struct pool_priv *priv);
/* Take a pool off the list: 0, or -EBUSY if a walker has it in hand. */
int
registry_remove(struct pool_priv *priv);
/* A pool by name; NULL: there is none. EAL's tailq lock must be held. */
struct pool_priv *
registry_find(const char *name);
/* As lbuf_pool_walk(), but under EAL's lock: no pool is kept from being freed. */
void
registry_list(void (*func)(struct lbuf_pool *pool, void *arg), void *arg);

#endif /* LBUF_MEM_REGISTRY_H */
