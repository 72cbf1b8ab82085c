/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Goes through the cases, several times, and shows what came out.
 */

#include <stdlib.h>

#include <rte_lcore.h>

#include "rounds.h"

/* All that is to be measured. */
struct plan {
	struct group *groups;
	unsigned int nb;
};

/* Sizes of a case: those asked for, or its own. */
static unsigned int
case_sizes(const struct perf_case *c, const struct perf_args *args, const size_t **sizes)
{
	static const size_t none[] = { 0 };
	unsigned int n = 0;

	*sizes = none;
	if (c->sizes == NULL)
		return 1;
	*sizes = args->nb_sizes != 0 ? args->sizes : c->sizes;
	if (args->nb_sizes != 0)
		return args->nb_sizes;
	while (c->sizes[n] != 0)
		n++;
	return n;
}

/* Groups of a case: one of all sizes, or one for each. */
static int
plan_case(struct plan *p, const struct perf_case *c, const struct perf_args *args)
{
	const size_t *sizes;
	unsigned int n = case_sizes(c, args, &sizes), step, i;
	struct group *groups;
	int ret = 0;

	if (n == 0)
		return 0;
	step = (c->flags & PERF_SIZES) != 0 ? n : 1;
	groups = realloc(p->groups, (p->nb + n) * sizeof(*groups));
	if (groups == NULL)
		return -1;
	p->groups = groups;
	for (i = 0; ret == 0 && i < n; i += step)
		ret = group_init(&groups[p->nb++], c, &sizes[i], step, args);
	return ret;
}

static bool
enough_lcores(const struct perf_case *c)
{
	return rte_lcore_count() >= c->lcores;
}

static int
plan_all(struct plan *p, const struct perf_args *args)
{
	const struct perf_case *const *c;
	int ret = 0;

	for (c = cases_all(); ret == 0 && *c != NULL; c++)
		if (args_listed(args->cases, (*c)->name) && enough_lcores(*c))
			ret = plan_case(p, *c, args);
	return ret;
}

static void
plan_free(struct plan *p)
{
	unsigned int i;

	for (i = 0; i < p->nb; i++)
		group_free(&p->groups[i]);
	free(p->groups);
}

/* Cases that were asked for, and cannot be had. */
static void
name_missing(const struct perf_args *args)
{
	const struct perf_case *const *c;

	for (c = cases_all(); args->cases != NULL && *c != NULL; c++) {
		if (!args_listed(args->cases, (*c)->name) || enough_lcores(*c))
			continue;
		output_case(*c);
		output_note("needs %u lcores", (*c)->lcores);
	}
}

static void
show_group(const struct group *g, bool head)
{
	struct figure fig;
	unsigned int i;

	if (head)
		output_case(g->c);
	for (i = 0; i < g->nb; i++) {
		fig = group_figure(g, i);
		output_figure(&fig);
	}
}

unsigned int
runner_compare(const struct perf_case *c, size_t size, const struct perf_args *args,
		struct figure *figs)
{
	unsigned int pass, nb = 0, i;
	struct group g;

	if (group_init(&g, c, &size, 1, args) == 0) {
		for (pass = 0; pass < passes_most(args) && !group_done(&g, args); pass++)
			group_pass(&g, args);
		nb = RTE_MIN(g.nb, (unsigned int)PERF_ENGINES_MAX);
	}
	for (i = 0; i < nb; i++)
		figs[i] = group_figure(&g, i);
	group_free(&g);
	return nb;
}

/* Show what is through, in order; returns the number of groups that were shown. */
static unsigned int
show_done(const struct plan *p, unsigned int shown, unsigned int through,
		const struct perf_args *args)
{
	for (; shown < p->nb; shown++) {
		if (shown >= through && !group_done(&p->groups[shown], args))
			break;
		show_group(&p->groups[shown],
				shown == 0 || p->groups[shown].c != p->groups[shown - 1].c);
	}
	return shown;
}

int
runner_run(const struct perf_args *args)
{
	struct plan p = { .nb = 0 };
	unsigned int pass, last = passes_most(args), shown = 0, i;
	int ret = plan_all(&p, args);

	if (ret != 0)
		fprintf(stderr, "lbuf-perf: out of memory\n");
	for (pass = 0; ret == 0 && pass < last && shown < p.nb; pass++)
		for (i = shown; i < p.nb; i++) {
			if (group_done(&p.groups[i], args))
				continue;
			output_pass(pass + 1);
			group_pass(&p.groups[i], args);
			shown = show_done(&p, shown, pass == last - 1 ? i + 1 : 0, args);
		}
	name_missing(args);
	plan_free(&p);
	return ret;
}
