/* SPDX-License-Identifier: BSD-3-Clause */

/* Releases of cmocka, 1.1 to 2.0, and of DPDK. */

#ifndef UNIT_COMPAT_H
#define UNIT_COMPAT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <rte_version.h>

/* 2.0 has two of these, and warns of the one that 1.1 has. */
#ifdef assert_uint_in_range
#undef assert_in_range
#define assert_in_range(value, min, max) assert_uint_in_range(value, min, max)
#endif

/* A null device that looks at what it is sent. That of 25.11 does not free it then. */
#if RTE_VERSION < RTE_VERSION_NUM(25, 11, 0, 0)
#define UNIT_NULL_ARGS "size=64,copy=1"
#else
#define UNIT_NULL_ARGS "size=64"
#endif

#endif /* UNIT_COMPAT_H */
