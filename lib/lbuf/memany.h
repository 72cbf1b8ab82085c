/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEMANY_H
#define LBUF_MEMANY_H

#include <lbuf_view.h>

/*
 * First of len bytes that is in a set, or NULL, with the widest SIMD that the machine has
 * and EAL allows.
 */
typedef const uint8_t *(*memany_t)(const uint8_t *mem, size_t len, const struct lbuf_set *set);

extern memany_t lbuf_memany;

/* The portable twin, which all others must agree with. */
const uint8_t *
lbuf_memany_portable(const uint8_t *mem, size_t len, const struct lbuf_set *set);

#endif /* LBUF_MEMANY_H */
