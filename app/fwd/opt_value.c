/* SPDX-License-Identifier: BSD-3-Clause */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "opt_value.h"

int
fwd_value_number(const char *val, int base, uint64_t min, uint64_t max, uint64_t *out,
		const char **end)
{
	unsigned long long n;
	char *e;

	/* strtoull() takes blanks and signs, which no number here has. */
	if (base == 16 ? !isxdigit((unsigned char)val[0]) : !isdigit((unsigned char)val[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(val, &e, base);
	if (errno != 0 || n < min || n > max)
		return -ERANGE;
	if (end != NULL)
		*end = e;
	else if (*e != '\0')
		return -EINVAL;
	*out = n;
	return 0;
}

int
fwd_value_bytes(const char *val, size_t min, size_t max, size_t *out)
{
	static const char units[] = "KMG";
	unsigned int shift = 0;
	const char *end, *unit;
	uint64_t n;
	int ret;

	ret = fwd_value_number(val, 10, 0, SIZE_MAX, &n, &end);
	if (ret != 0)
		return ret;
	if (*end != '\0') {
		unit = strchr(units, toupper((unsigned char)*end));
		if (unit == NULL || end[1] != '\0')
			return -EINVAL;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (n > (SIZE_MAX >> shift) || (n << shift) < min || (n << shift) > max)
		return -ERANGE;
	*out = (size_t)n << shift;
	return 0;
}

/* The numbers from to to, behind those that are there. */
static int
append(uint64_t from, uint64_t to, uint16_t *out, uint32_t *nb, uint32_t room)
{
	uint32_t i;

	for (; from <= to; from++) {
		for (i = 0; i < *nb; i++)
			if (out[i] == from)
				return -EINVAL;
		if (*nb == room)
			return -EINVAL;
		out[(*nb)++] = (uint16_t)from;
	}
	return 0;
}

int
fwd_value_list(const char *val, bool ranges, uint32_t limit, uint16_t *out, uint32_t room)
{
	uint64_t from, to;
	uint32_t nb = 0;

	for (;;) {
		if (fwd_value_number(val, 10, 0, limit - 1, &from, &val) != 0)
			return -EINVAL;
		to = from;
		if (ranges && *val == '-' &&
				fwd_value_number(val + 1, 10, from, limit - 1, &to, &val) != 0)
			return -EINVAL;
		if (append(from, to, out, &nb, room) != 0)
			return -EINVAL;
		if (*val == '\0')
			return (int)nb;
		if (*val++ != ',')
			return -EINVAL;
	}
}
