/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The inline functions of the public headers as symbols of the same names, see lbuf_abi.h.
 * Declared so they are defined here, and may still be inlined into one another. The other
 * files of the library, and its callers, have bodies of their own.
 */

#define LBUF_INLINE extern inline

/* They are definitions, not inline ones, so that they may well call functions of this file. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wstatic-in-inline"
#endif

#include <lbuf.h>
#include <lbuf_abi.h>
#include <lbuf_burst.h>
#include <lbuf_conn.h>
#include <lbuf_debug.h>
#include <lbuf_frame.h>
#include <lbuf_grow.h>
#include <lbuf_hold.h>
#include <lbuf_memsum.h>
#include <lbuf_needed.h>
#include <lbuf_port.h>
#include <lbuf_raw.h>
#include <lbuf_share.h>
#include <lbuf_stream.h>
#include <lbuf_wait.h>
