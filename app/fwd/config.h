/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef FWD_CONFIG_H
#define FWD_CONFIG_H

#include <lbuf_pool.h>

/* Fill in what the file of --config sets. Prints what is wrong with it. */
int
fwd_config_load(struct lbuf_pool_params *params, const char *file);

#endif /* FWD_CONFIG_H */
