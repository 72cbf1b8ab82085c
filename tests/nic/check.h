/* SPDX-License-Identifier: BSD-3-Clause */

/* What programs about the sizes of chunks say when something is wrong. */

#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>

/* size: that the check was about; 0 if none. Ends the program. */
static inline void
check(bool good, const char *what, size_t size)
{
	if (good)
		return;
	printf("%s: size %zu: %s: %s\n", program_invocation_short_name, size, what,
			rte_strerror(rte_errno));
	exit(EXIT_FAILURE);
}

#endif /* CHECK_H */
