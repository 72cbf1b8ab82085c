/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * --port-numa-config and --ring-numa-config: numbers in brackets.
 */

#include <errno.h>

#include "report.h"
#include "opt_set.h"
#include "opt_value.h"

#define FLAG_RX 1
#define FLAG_TX 2

/* "(1,2,3)": as many numbers as wanted, none over 255. Where it ends, or NULL. */
static const char *
group(const char *val, unsigned int nb, uint64_t *out)
{
	unsigned int i;

	for (i = 0; i < nb; i++) {
		if (*val != (i == 0 ? '(' : ','))
			return NULL;
		if (fwd_value_number(val + 1, 10, 0, UINT8_MAX, &out[i], &val) != 0)
			return NULL;
	}
	return *val == ')' ? val + 1 : NULL;
}

/* Behind a group: -1 if it is wrong, 1 if another one follows. */
static int
more(const char **val)
{
	if (**val == '\0')
		return 0;
	return *(*val)++ == ',' ? 1 : -1;
}

int
fwd_set_port_numa(struct fwd_args *args, const char *name, const char *val)
{
	const char *p = val;
	uint64_t n[2];
	int ret;

	do {
		p = group(p, 2, n);
		if (p == NULL || n[0] >= RTE_MAX_ETHPORTS || n[1] >= RTE_MAX_NUMA_NODES)
			break;
		args->port_numa[n[0]] = (int8_t)n[1];
		ret = more(&p);
		if (ret == 0)
			return 0;
	} while (ret > 0);
	FWD_ERR("--%s=%s: accepted is (PORT,SOCKET), and more of them behind commas", name, val);
	return -EINVAL;
}

int
fwd_set_ring_numa(struct fwd_args *args, const char *name, const char *val)
{
	const char *p = val;
	uint64_t n[3];
	int ret;

	do {
		p = group(p, 3, n);
		if (p == NULL || n[0] >= RTE_MAX_ETHPORTS || n[1] == 0 ||
				n[1] > (FLAG_RX | FLAG_TX) || n[2] >= RTE_MAX_NUMA_NODES)
			break;
		if ((n[1] & FLAG_RX) != 0)
			args->rxring_numa[n[0]] = (int8_t)n[2];
		if ((n[1] & FLAG_TX) != 0)
			args->txring_numa[n[0]] = (int8_t)n[2];
		ret = more(&p);
		if (ret == 0)
			return 0;
	} while (ret > 0);
	FWD_ERR("--%s=%s: accepted is (PORT,FLAG,SOCKET) with a flag of 1 for RX, 2 for TX or 3 "
		"for both, and more of them behind commas",
			name, val);
	return -EINVAL;
}
