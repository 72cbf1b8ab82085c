/* SPDX-License-Identifier: BSD-3-Clause */

/* Releases of cmocka, 1.1 to 2.0. */

#ifndef UNIT_COMPAT_H
#define UNIT_COMPAT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2.0 has two of these, and warns of the one that 1.1 has. */
#ifdef assert_uint_in_range
#undef assert_in_range
#define assert_in_range(value, min, max) assert_uint_in_range(value, min, max)
#endif

#endif /* UNIT_COMPAT_H */
