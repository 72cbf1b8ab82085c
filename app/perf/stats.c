/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Boils the slices of a group down to figures.
 */

#include <stdlib.h>

#include "rounds.h"

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A quantile of sorted values, between two neighbours in proportion. */
static double
quantile(const double *v, unsigned int n, double q)
{
	double at = q * (n - 1);
	unsigned int i = (unsigned int)at;

	if (i + 1 >= n)
		return v[n - 1];
	return v[i] + (at - i) * (v[i + 1] - v[i]);
}

/*
 * Figures of all rounds that a member took part in, undisturbed ones first; with
 * `ref` in parts of that one's, of the rounds that both took part in.
 */
static unsigned int
collect(const struct group *g, const struct member *m, const struct member *ref, double *v,
		unsigned int *nb_clean)
{
	const struct slice *own, *other;
	unsigned int nb = 0, clean = 0, i;
	double x;

	for (i = 0; i < g->rounds; i++) {
		own = &m->slices[i];
		other = ref == NULL ? own : &ref->slices[i];
		if (own->figure < 0 || other->figure < 0 || (ref != NULL && other->figure == 0))
			continue;
		x = ref == NULL ? own->figure : own->figure / other->figure;
		v[nb] = x;
		if (slice_clean(own) && slice_clean(other)) {
			v[nb] = v[clean];
			v[clean++] = x;
		}
		nb++;
	}
	*nb_clean = clean;
	return nb;
}

/* The figure itself. Where the machine never was quiet, the best slices fill up. */
static void
find_median(struct figure *fig, const struct group *g, const struct member *m, double *v)
{
	unsigned int nb_clean, nb = collect(g, m, NULL, v, &nb_clean);

	qsort(&v[nb_clean], nb - nb_clean, sizeof(*v), by_value);
	fig->runs = RTE_MAX(nb_clean, RTE_MIN(nb, (unsigned int)ROUNDS_LEAST));
	fig->disturbed = fig->runs - nb_clean;
	fig->discarded = nb - fig->runs;
	qsort(v, fig->runs, sizeof(*v), by_value);
	fig->min = v[0];
	fig->max = v[fig->runs - 1];
	fig->median = quantile(v, fig->runs, 0.5);
}

/*
 * The ratio to another member. Where both had their undisturbed slices in different
 * rounds, it is the ratio of their medians, and the quartiles are of all rounds.
 */
static void
find_ratio(struct figure *fig, const struct group *g, const struct member *m,
		const struct member *ref, double *v)
{
	unsigned int nb_clean, nb = collect(g, m, ref, v, &nb_clean);
	bool few = nb_clean < RTE_MIN(nb, (unsigned int)PAIRS_LEAST);
	struct figure other = { .c = g->c };

	if (nb == 0)
		return;
	fig->pairs = few ? nb : nb_clean;
	qsort(v, fig->pairs, sizeof(*v), by_value);
	fig->ratio_to = ref->op->engine;
	fig->ratio = quantile(v, fig->pairs, 0.5);
	fig->ratio_q1 = quantile(v, fig->pairs, 0.25);
	fig->ratio_q3 = quantile(v, fig->pairs, 0.75);
	if (!few)
		return;
	find_median(&other, g, ref, v);
	if (other.median > 0)
		fig->ratio = fig->median / other.median;
}

struct figure
group_figure(const struct group *g, unsigned int idx)
{
	const struct member *m = &g->members[idx], *ref = &g->members[0];
	struct figure fig = { .c = g->c, .engine = m->op->engine, .size = m->size };
	double *v = calloc(g->rounds + 1, sizeof(*v));

	fig.lacks = v == NULL ? "out of memory" : m->lacks;
	if (fig.lacks == NULL)
		find_median(&fig, g, m, v);
	if (fig.lacks == NULL && m->op != ref->op && ref->lacks == NULL)
		find_ratio(&fig, g, m, ref, v);
	free(v);
	return fig;
}
