/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>

#include <rte_version.h>

#include "options.h"

#ifndef LBUF_VERSION
#define LBUF_VERSION "unknown"
#endif

static void
show(const struct fwd_option *o)
{
	char opt[64], letter[8] = "    ";

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(opt, sizeof(opt), "%s--%s%s%s%s%s", letter, o->name, o->optional ? "[" : "",
			o->value != NULL ? "=" : "", o->value != NULL ? o->value : "",
			o->optional ? "]" : "");
	printf("  %-34s %s%s\n", opt, o->kind == FWD_OPT_NONE ? "no meaning here: " : "", o->help);
}

void
fwd_options_usage(void)
{
	const struct fwd_option_group *g;
	unsigned int i, k;

	printf("Usage: lbuf-fwd [EAL options] -- [options]\n\n"
	       "Forwards packets between ports, each through a linked buffer.\n");
	for (i = 0; i < fwd_option_nb_groups; i++) {
		g = &fwd_option_groups[i];
		printf("\n%s:\n", g->title);
		for (k = 0; k < g->nb; k++)
			show(&g->rows[k]);
	}
	printf("\nSIGINT and SIGTERM end it: it shows its figures, frees all it has, and\n"
	       "returns 0 unless chunks or mbufs leaked.\n");
}

void
fwd_options_version(void)
{
	unsigned int i, k, n = 0;

	printf("lbuf-fwd " LBUF_VERSION ", %s\nOptions of testpmd that have no meaning here:",
			rte_version());
	for (i = 0; i < fwd_option_nb_groups; i++)
		for (k = 0; k < fwd_option_groups[i].nb; k++)
			if (fwd_option_groups[i].rows[k].kind == FWD_OPT_NONE)
				printf("%s --%s", n++ == 0 ? "" : ",",
						fwd_option_groups[i].rows[k].name);
	printf("\n");
}

void
fwd_options_rows(void)
{
	const struct fwd_option *o;
	unsigned int i, k;

	for (i = 0; i < fwd_option_nb_groups; i++) {
		for (k = 0; k < fwd_option_groups[i].nb; k++) {
			o = &fwd_option_groups[i].rows[k];
			printf("%s\t%c\t%s\t%s%s%s\t%s%s\n", fwd_option_groups[i].title,
					o->letter != 0 ? o->letter : '-', o->name,
					o->value != NULL ? "=" : "",
					o->value != NULL ? o->value : "", o->optional ? "?" : "",
					o->kind == FWD_OPT_NONE ? "no meaning here: " : "",
					o->help);
		}
	}
}
