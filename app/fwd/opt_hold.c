/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "opt_hold.h"
#include "opt_value.h"
#include "report.h"

#define TOTAL_MBUFS_MIN 1025 /* testpmd: over 1024 */
#define TOTAL_MBUFS_MAX (1u << 30)

int
fwd_set_total_mbufs(struct fwd_args *args, const char *name, const char *val)
{
	uint64_t n = 0;

	if (strcmp(val, "auto") != 0 &&
			fwd_value_number(val, 10, TOTAL_MBUFS_MIN, TOTAL_MBUFS_MAX, &n, NULL) !=
					0) {
		FWD_ERR("--%s=%s: accepted values are %u to %u, and auto", name, val,
				TOTAL_MBUFS_MIN, TOTAL_MBUFS_MAX);
		return -EINVAL;
	}
	args->total_mbufs = (uint32_t)n;
	return 0;
}

int
fwd_set_rx_hold(struct fwd_args *args, const char *name, const char *val)
{
	uint64_t n = FWD_UNSET;

	if (strcmp(val, "all") == 0)
		n = FWD_HOLD_ALL;
	else if (strcmp(val, "auto") != 0 &&
			fwd_value_number(val, 10, 0, TOTAL_MBUFS_MAX, &n, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted values are 0 to %u, all, and auto", name, val,
				TOTAL_MBUFS_MAX);
		return -EINVAL;
	}
	args->rx_hold = (uint32_t)n;
	return 0;
}

int
fwd_set_copy_break(struct fwd_args *args, const char *name, const char *val)
{
	uint64_t n;

	if (fwd_value_number(val, 10, 0, UINT16_MAX, &n, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted values are 0 to %u", name, val, UINT16_MAX);
		return -EINVAL;
	}
	args->copy_break = (uint32_t)n;
	return 0;
}

int
fwd_set_hold_bytes(struct fwd_args *args, const char *name, const char *val)
{
	args->hold_bytes = SIZE_MAX;
	if (strcmp(val, "all") == 0 || fwd_value_bytes(val, 1, SIZE_MAX, &args->hold_bytes) == 0)
		return 0;
	FWD_ERR("--%s=%s: accepted are bytes, as 64K or 1M, and all", name, val);
	return -EINVAL;
}
