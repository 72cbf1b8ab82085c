/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * How the inline functions of the public headers are declared.
 */

#ifndef LBUF_INLINE_H
#define LBUF_INLINE_H

/* Pools reserve more addresses than 32 bits have, and mbufs are split over cache lines by them. */
#if __SIZEOF_POINTER__ < 8
#error "lbuf needs a 64-bit system: compile for x86-64 or arm64, without -m32"
#endif

/**
 * In front of each inline function that is there for callers. The library compiles them once
 * with another meaning, so that they are symbols, too: see lbuf_abi.h. Those that are for the
 * library only are `static inline`, and no symbols.
 */
#ifndef LBUF_INLINE
#define LBUF_INLINE static inline
#endif

#endif /* LBUF_INLINE_H */
