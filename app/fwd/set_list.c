/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_lcore.h>

#include "fwd.h"
#include "set_list.h"

static bool
check_unique(const char *what, const unsigned int *list, unsigned int n)
{
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		for (k = i + 1; k < n; k++) {
			if (list[i] != list[k])
				continue;
			fprintf(stderr, "duplicated %s %u at index %u and %u\n", what, list[i], i,
					k);
			return false;
		}
	}
	return true;
}

unsigned int
fwd_list_parse(const char *str, const char *what, unsigned int max, unsigned int *out, bool unique)
{
	unsigned int n = 0, value = 0;
	bool any = false;

	for (; *str != '\0'; str++) {
		if (*str >= '0' && *str <= '9') {
			value = value * 10 + (unsigned int)(*str - '0');
			any = true;
			continue;
		}
		if (*str != ',') {
			fprintf(stderr, "character %c is not a decimal digit\n", *str);
			return 0;
		}
		if (!any) {
			fprintf(stderr, "No valid value before comma\n");
			return 0;
		}
		if (n < max)
			out[n] = value;
		any = false;
		value = 0;
		n++;
	}
	if (n >= max) {
		fprintf(stderr, "Number of %s = %u > %u (maximum items)\n", what, n + 1, max);
		return 0;
	}
	out[n++] = value;
	return !unique || check_unique(what, out, n) ? n : 0;
}

void
fwd_list_set_cores(struct fwd *fwd, const unsigned int *list, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!rte_lcore_is_enabled(list[i])) {
			fprintf(stderr, "lcore %u not enabled\n", list[i]);
			return;
		}
		if (list[i] == rte_get_main_lcore()) {
			fprintf(stderr,
					"lcore %u cannot be masked on for running packet "
					"forwarding, which is the main lcore and reserved for "
					"command line parsing only\n",
					list[i]);
			return;
		}
	}
	for (i = 0; i < n; i++)
		fwd->cores[i] = list[i];
	fwd->nb_cfg_cores = n;
	if (fwd->args.nb_cores != n)
		printf("previous number of forwarding cores %u - changed to "
		       "number of configured cores %u\n",
				fwd->args.nb_cores, n);
	fwd->args.nb_cores = n;
}

void
fwd_list_set_ports(struct fwd *fwd, const unsigned int *list, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (fwd_ports_get(fwd, (uint16_t)RTE_MIN(list[i], UINT16_MAX)) == NULL)
			return;
	for (i = 0; i < n; i++)
		fwd->order[i] = (uint16_t)list[i];
	fwd->nb_cfg_ports = n;
	if (fwd->nb_ports != n)
		printf("previous number of forwarding ports %u - changed to "
		       "number of configured ports %u\n",
				fwd->nb_ports, n);
	fwd->nb_ports = n;
}

void
fwd_list_set_default(struct fwd *fwd)
{
	unsigned int id;
	uint16_t port;

	fwd->nb_cfg_cores = 0;
	RTE_LCORE_FOREACH_WORKER(id) {
		fwd->cores[fwd->nb_cfg_cores++] = id;
	}
	fwd->args.nb_cores = 1;
	fwd->nb_ports = 0;
	for (port = 0; port < RTE_MAX_ETHPORTS; port++)
		if (fwd->ports[port].found)
			fwd->order[fwd->nb_ports++] = port;
	fwd->nb_cfg_ports = fwd->nb_ports;
}
