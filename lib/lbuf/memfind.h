/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEMFIND_H
#define LBUF_MEMFIND_H

#include <stddef.h>
#include <stdint.h>

/*
 * First place of a string of n >= 1 bytes in len bytes, or NULL. Like memmem(),
 * with the widest SIMD that the machine has and EAL allows.
 */
typedef const uint8_t *(*memfind_t)(const uint8_t *mem, size_t len, const uint8_t *str, size_t n);

extern memfind_t lbuf_memfind;

/* The portable twin, which all others must agree with. */
const uint8_t *
lbuf_memfind_portable(const uint8_t *mem, size_t len, const uint8_t *str, size_t n);

#endif /* LBUF_MEMFIND_H */
