/* SPDX-License-Identifier: BSD-3-Clause */

/* Searches from a place on: how far from it the hit is, or -ENOENT. */

#ifndef LBUF_FIND_H
#define LBUF_FIND_H

#include "lbuf_priv.h"

int64_t
find_byte(struct cursor c, uint8_t byte);
/* The string must have 1 to LBUF_FIND_MAX bytes. */
int64_t
find_str(struct cursor c, const uint8_t *str, size_t n);
int64_t
find_any(struct cursor c, const struct lbuf_set *set);

#endif /* LBUF_FIND_H */
