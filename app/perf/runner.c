/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Runs the engines of a case in turn, and boils their times down to figures.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>

#include "perf.h"

/* For each run that counts so many may be tried. */
#define TRIES 4
#define SLOW_TRIES 1
/* Runs that may be spent on finding out how long they take, for each length. */
#define CALIBRATE_TRIES 12
/* A run that takes so many times as long as it should is slow: fewer will do. */
#define SLOW_TIMES 3
#define SLOW_RUNS 5

/* An engine at work in a case. */
struct slot {
	const struct perf_op *op;
	void *ctx;
	uint64_t n;     /* operations a run */
	double *clean;  /* figures of undisturbed runs */
	double *spoilt; /* figures of disturbed ones */
	unsigned int nb_clean;
	unsigned int nb_spoilt;
	unsigned int runs;  /* wanted */
	unsigned int tries; /* at most */
	const char *lacks;
};

/* One run: its figure per operation; negative if the engine failed. */
static double
run_once(const struct perf_case *c, const struct slot *s, uint64_t n, double *total_ns,
		bool *disturbed)
{
	struct watch w = { .wall = (c->flags & PERF_WALL) != 0 };
	uint64_t before = clock_preemptions();
	uint64_t done = s->op->run(s->ctx, n, &w);
	double figure;

	*disturbed = w.disturbed || clock_preemptions() != before || watch_stolen(&w);
	if (c->flags == PERF_VALUE)
		*disturbed = false; /* no time is in it */
	*total_ns = watch_ns(&w);
	if (done == 0)
		return -1.0;
	if ((c->flags & PERF_VALUE) != 0)
		return w.value;
	figure = *total_ns / (double)done;
	if ((c->flags & PERF_CYCLES) != 0)
		figure *= (double)rte_get_tsc_hz() / 1e9;
	return figure;
}

/*
 * Find how many operations fill the time of a run. Warms up on the way: the first
 * runs get memory from the system and are slow, so what they tell is not believed
 * until others have told the same.
 */
static void
calibrate(const struct perf_case *c, struct slot *s, double time_ns)
{
	unsigned int enough = 0, patience = CALIBRATE_TRIES;
	double total_ns, least_ns = INFINITY;
	bool disturbed;

	s->n = 1;
	if ((c->flags & (PERF_ONCE | PERF_VALUE)) != 0)
		return;
	while (enough < 3 && patience-- > 0) {
		if (run_once(c, s, s->n, &total_ns, &disturbed) < 0) {
			s->lacks = "out of memory";
			return;
		}
		if (total_ns < time_ns / 4) {
			s->n *= 2;
			least_ns = INFINITY;
			patience = CALIBRATE_TRIES;
			enough = 0;
			continue;
		}
		least_ns = RTE_MIN(least_ns, total_ns);
		if (!disturbed)
			enough++;
		if (total_ns > time_ns * SLOW_TIMES * SLOW_TIMES)
			enough++;
	}
	if (least_ns > time_ns * SLOW_TIMES) {
		s->runs = RTE_MIN(s->runs, (unsigned int)SLOW_RUNS);
		s->tries = s->runs * SLOW_TRIES;
	}
	s->n = (uint64_t)ceil((double)s->n * time_ns / least_ns);
}

/* Runs that are wanted, and may be tried. */
static void
set_runs(const struct perf_case *c, struct slot *s, const struct perf_args *args)
{
	s->runs = args->runs;
	s->tries = s->runs * TRIES;
	if ((c->flags & PERF_ONCE) != 0) {
		s->runs = RTE_MIN(s->runs, (unsigned int)SLOW_RUNS);
		s->tries = s->runs * SLOW_TRIES;
	} else if ((c->flags & PERF_VALUE) != 0) {
		s->runs = 1;
		s->tries = 1;
	}
}

static void
slot_open(struct slot *s, const struct perf_case *c, const struct perf_op *op, size_t size,
		const struct perf_args *args)
{
	*s = (struct slot){ .op = op };
	set_runs(c, s, args);
	s->clean = calloc(args->runs, sizeof(*s->clean));
	s->spoilt = calloc((size_t)args->runs * TRIES, sizeof(*s->spoilt));
	if (s->clean == NULL || s->spoilt == NULL) {
		s->lacks = "out of memory";
		return;
	}
	s->ctx = op->open(c, op, size, &s->lacks);
	if (s->ctx == NULL) {
		if (s->lacks == NULL)
			s->lacks = "out of memory";
		return;
	}
	calibrate(c, s, args->time_ms * 1e6);
}

static void
slot_close(struct slot *s)
{
	if (s->ctx != NULL)
		s->op->close(s->ctx);
	free(s->clean);
	free(s->spoilt);
}

/* Whether another run is wanted. */
static bool
slot_wants(const struct slot *s)
{
	return s->lacks == NULL && s->nb_clean < s->runs && s->nb_clean + s->nb_spoilt < s->tries;
}

static void
slot_run(struct slot *s, const struct perf_case *c)
{
	double total_ns, figure;
	bool disturbed;

	figure = run_once(c, s, s->n, &total_ns, &disturbed);
	if (figure < 0)
		s->lacks = "out of memory";
	else if (disturbed)
		s->spoilt[s->nb_spoilt++] = figure;
	else
		s->clean[s->nb_clean++] = figure;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct figure
slot_figure(struct slot *s, const struct perf_case *c, size_t size)
{
	struct figure fig = { .c = c, .engine = s->op->engine, .size = size, .lacks = s->lacks };
	unsigned int missing;
	double *v = s->clean;

	if (s->lacks != NULL)
		return fig;
	/* Where the machine never is quiet, the best of the disturbed runs fill up. */
	qsort(s->spoilt, s->nb_spoilt, sizeof(double), by_value);
	missing = RTE_MIN(s->runs - s->nb_clean, s->nb_spoilt);
	memcpy(&v[s->nb_clean], s->spoilt, missing * sizeof(double));
	fig.runs = s->nb_clean + missing;
	fig.disturbed = missing;
	fig.discarded = s->nb_spoilt - missing;
	qsort(v, fig.runs, sizeof(double), by_value);
	fig.min = v[0];
	fig.max = v[fig.runs - 1];
	fig.median = (v[(fig.runs - 1) / 2] + v[fig.runs / 2]) / 2;
	return fig;
}

unsigned int
runner_compare(const struct perf_case *c, size_t size, const struct perf_args *args,
		struct figure *figs)
{
	struct slot slots[PERF_ENGINES_MAX];
	unsigned int n = 0, i;
	const struct perf_op *op;
	bool more = true;

	for (op = c->ops; op->engine != NULL && n < PERF_ENGINES_MAX; op++) {
		if (!args_listed(args->engines, op->engine))
			continue;
		output_progress(c->name, op->engine, size);
		slot_open(&slots[n++], c, op, size, args);
	}
	while (more) {
		more = false;
		for (i = 0; i < n; i++) {
			if (!slot_wants(&slots[i]))
				continue;
			output_progress(c->name, slots[i].op->engine, size);
			slot_run(&slots[i], c);
			more = true;
		}
	}
	for (i = 0; i < n; i++) {
		figs[i] = slot_figure(&slots[i], c, size);
		slot_close(&slots[i]);
	}
	return n;
}

static void
run_size(const struct perf_case *c, size_t size, const struct perf_args *args)
{
	struct figure figs[PERF_ENGINES_MAX];
	unsigned int n = runner_compare(c, size, args, figs), i;

	for (i = 0; i < n; i++)
		output_figure(&figs[i]);
}

static void
run_case(const struct perf_case *c, const struct perf_args *args)
{
	unsigned int i;

	output_case(c);
	if (rte_lcore_count() < c->lcores) {
		output_note("needs %u lcores", c->lcores);
		return;
	}
	if (c->sizes == NULL)
		run_size(c, 0, args);
	else if (args->nb_sizes != 0)
		for (i = 0; i < args->nb_sizes; i++)
			run_size(c, args->sizes[i], args);
	else
		for (i = 0; c->sizes[i] != 0; i++)
			run_size(c, c->sizes[i], args);
}

int
runner_run(const struct perf_args *args)
{
	const struct perf_case *const *c;

	for (c = cases_all(); *c != NULL; c++) {
		if (args->cases == NULL && rte_lcore_count() < (*c)->lcores)
			continue;
		if (args_listed(args->cases, (*c)->name))
			run_case(*c, args);
	}
	return 0;
}
