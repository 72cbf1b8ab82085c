/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Values as options and commands spell them.
 */

#ifndef FWD_OPT_VALUE_H
#define FWD_OPT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A number in digits alone, without blanks or a sign. What follows it starts at *end;
 * NULL in the place of end: nothing may follow.
 *
 * Returns 0, -EINVAL, or -ERANGE.
 */
int
fwd_value_number(const char *val, int base, uint64_t min, uint64_t max, uint64_t *out,
		const char **end);

/* Bytes: a number, and K, M or G behind it for KiB, MiB, GiB. 0 or a negative errno. */
int
fwd_value_bytes(const char *val, size_t min, size_t max, size_t *out);

/*
 * Numbers with commas between them, "-" for ranges if wished. None may come twice.
 *
 * Returns how many, or -EINVAL.
 */
int
fwd_value_list(const char *val, bool ranges, uint32_t limit, uint16_t *out, uint32_t room);

#endif /* FWD_OPT_VALUE_H */
