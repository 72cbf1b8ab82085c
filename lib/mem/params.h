/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_PARAMS_H
#define LBUF_MEM_PARAMS_H

#include <lbuf_pool.h>

/* Fill the defaults in, and check; 0 or a negative errno. */
int
params_check(const char *name, struct lbuf_pool_params *p);

#endif /* LBUF_MEM_PARAMS_H */
