/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Runs the members of a group in slices, round after round.
 */

#include <math.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "rounds.h"

/* Rounds of a pass that are tried for each that counts. */
#define TRIES 2
/* A pass ends early when in so many rounds on end nothing was undisturbed. */
#define NOISY_ROUNDS 3
/* Before a pass, time to wait for the core to be at full speed, ms. */
#define WAIT_MS 50
/* Passes at most, in parts of the usual ones. */
#define PASSES_TIMES 3
/* Slices that may be spent on finding out how long they take, for each length. */
#define CALIBRATE_TRIES 12
/* Slices may take so many times as long as they should before there are fewer. */
#define LONG_TIMES 4
/* Slices that take so many times as long are few, and in one pass. */
#define SLOW_TIMES 16
/* Part of a slice that runs first, untimed: others had the caches in between. */
#define WARM_UP 4

/* Rounds of one pass. */
static unsigned int
pass_rounds(const struct perf_args *args)
{
	return (args->runs + args->passes - 1) / args->passes;
}

/* n operations; the figure is per operation, and negative if the engine failed. */
static struct slice
run_slice(const struct perf_case *c, const struct member *m, uint64_t n, double *total_ns)
{
	struct watch w = { .wall = (c->flags & PERF_WALL) != 0 };
	uint64_t pace = clock_pace(), preempted = clock_preemptions();
	uint64_t done = m->op->run(m->ctx, n, &w);
	struct slice s = { .figure = -1 };

	*total_ns = watch_ns(&w);
	if (done != 0)
		s.figure = *total_ns / (double)done;
	if (done != 0 && (c->flags & PERF_CYCLES) != 0)
		s.figure *= (double)rte_get_tsc_hz() / 1e9;
	if (done != 0 && (c->flags & PERF_VALUE) != 0)
		s.figure = w.value;
	if (c->flags == PERF_VALUE)
		return s; /* no time is in it */
	s.torn = w.disturbed || clock_preemptions() != preempted || watch_stolen(&w);
	s.pace = RTE_MAX(RTE_MAX(pace, w.pace), clock_pace());
	return s;
}

/* Find how many rounds a member takes part in, if its slices take so long. */
static void
set_pace(struct member *m, double slice_ns, const struct perf_args *args)
{
	unsigned int least = (ROUNDS_LEAST + args->passes - 1) / args->passes;
	double time_ns = args->time_ms * 1e6;

	m->step = 1;
	m->slow = slice_ns > time_ns * SLOW_TIMES;
	while (!m->slow && m->step * time_ns * LONG_TIMES < slice_ns &&
			(pass_rounds(args) - 1) / (2 * m->step) + 1 >= least)
		m->step *= 2;
}

/*
 * Find how many operations fill a slice. Warms up on the way: the first runs get
 * memory from the system and are slow, so what they tell is not believed until
 * others have told the same.
 */
static void
calibrate(const struct perf_case *c, struct member *m, const struct perf_args *args)
{
	unsigned int enough = 0, patience = CALIBRATE_TRIES;
	double total_ns, least_ns = INFINITY, time_ns = args->time_ms * 1e6;
	struct slice s;

	m->n = 1;
	if ((c->flags & (PERF_ONCE | PERF_VALUE)) != 0) {
		set_pace(m, INFINITY, args);
		return;
	}
	while (enough < 3 && patience-- > 0) {
		s = run_slice(c, m, m->n, &total_ns);
		if (s.figure < 0) {
			m->lacks = "out of memory";
			return;
		}
		if (total_ns < time_ns / 4) {
			m->n *= 2;
			least_ns = INFINITY;
			patience = CALIBRATE_TRIES;
			enough = 0;
			continue;
		}
		least_ns = RTE_MIN(least_ns, total_ns);
		if (!s.torn)
			enough++;
		if (total_ns > time_ns * SLOW_TIMES)
			enough += 2;
	}
	set_pace(m, least_ns, args);
	m->n = (uint64_t)ceil((double)m->n * time_ns / least_ns);
}

static void
member_open(struct member *m, const struct perf_case *c, const struct perf_args *args)
{
	double total_ns;

	if (m->lacks != NULL)
		return;
	m->ctx = m->op->open(c, m->op, m->size, &m->lacks);
	if (m->ctx == NULL && m->lacks == NULL)
		m->lacks = "out of memory";
	if (m->ctx == NULL)
		return;
	if (m->n == 0)
		calibrate(c, m, args);
	else if ((c->flags & PERF_ONCE) == 0)
		run_slice(c, m, m->n, &total_ns); /* gets memory from the system */
}

static void
member_close(struct member *m)
{
	if (m->ctx != NULL)
		m->op->close(m->ctx);
	m->ctx = NULL;
}

/* Run a member's slice of a round. */
static void
member_run(struct member *m, const struct perf_case *c, unsigned int round)
{
	double total_ns;

	if (m->step == 1 && !m->slow)
		run_slice(c, m, RTE_MAX(m->n / WARM_UP, (uint64_t)1), &total_ns);
	m->slices[round] = run_slice(c, m, m->n, &total_ns);
	m->taken++;
	if (m->slices[round].figure < 0)
		m->lacks = "out of memory";
}

/* Rounds since `first` in which neither a member nor what it is beside was disturbed. */
static unsigned int
clean_rounds(const struct group *g, const struct member *m, unsigned int first)
{
	const struct member *ref = &g->members[0];
	unsigned int n = 0, i;

	if (m->op == ref->op || ref->lacks != NULL || ref->slow)
		ref = m; /* its own slices are all that can be had */
	for (i = first; i < g->rounds; i++)
		if (slice_clean(&m->slices[i]) && slice_clean(&ref->slices[i]))
			n++;
	return n;
}

/* Whether a member takes part in the n-th of the usual rounds of a pass. */
static bool
member_due(const struct member *m, unsigned int n)
{
	return m->slow ? n < ROUNDS_LEAST : n % m->step == 0;
}

/* Whether a member needs no more passes. */
static bool
member_done(const struct group *g, const struct member *m, const struct perf_args *args)
{
	unsigned int step = RTE_MAX(m->step, g->members[0].step), due;

	if (m->lacks != NULL)
		return true;
	if (m->n == 0)
		return false;
	if (m->slow)
		return m->taken >= (g->c->flags == PERF_VALUE ? 1 : ROUNDS_LEAST);
	due = (pass_rounds(args) + step - 1) / step * args->passes;
	return (m->step > 1 && m->taken >= due * TRIES) || clean_rounds(g, m, 0) >= due;
}

/* Whether a member takes part in the n-th round of its pass. */
static bool
member_wants(const struct group *g, const struct member *m, unsigned int n, unsigned int rounds)
{
	if (m->ctx == NULL || m->lacks != NULL)
		return false;
	if (n < rounds)
		return member_due(m, n);
	return m->step == 1 && !m->slow && clean_rounds(g, m, g->first) < rounds;
}

/* Whether nothing of the last rounds of a pass was undisturbed. */
static bool
group_noisy(const struct group *g)
{
	unsigned int r, i;

	if (g->rounds < g->first + NOISY_ROUNDS)
		return false;
	for (r = g->rounds - NOISY_ROUNDS; r < g->rounds; r++)
		for (i = 0; i < g->nb; i++)
			if (slice_clean(&g->members[i].slices[r]))
				return false;
	return true;
}

/* Give what disturbs the core a chance to pass. */
static void
wait_for_quiet(void)
{
	unsigned int ms;

	for (ms = 0; ms < WAIT_MS && clock_slow(clock_pace()); ms++)
		rte_delay_us_sleep(1000);
}

/* The n-th round of a pass, unless nobody takes part in it. */
static void
group_round(struct group *g, unsigned int n, unsigned int rounds)
{
	struct member *m, *ref = &g->members[0];
	bool any = false, wants;
	unsigned int i, idx;

	for (i = 0; i < g->nb; i++) {
		g->members[i].slices[g->rounds].figure = -1;
		any |= member_wants(g, &g->members[i], n, rounds);
	}
	if (!any)
		return;
	for (i = 0; i < g->nb; i++) {
		/* Forth and back in turn, each time from another one on. */
		idx = (i + n / 2) % g->nb;
		m = &g->members[n % 2 == 0 ? idx : g->nb - 1 - idx];
		wants = member_wants(g, m, n, rounds) ||
				(m == ref && m->ctx != NULL && m->step == 1 && !m->slow);
		if (!wants || m->lacks != NULL)
			continue;
		output_progress(g->c->name, m->op->engine, m->size);
		member_run(m, g->c, g->rounds);
	}
	g->rounds++;
}

bool
group_done(const struct group *g, const struct perf_args *args)
{
	unsigned int i;

	for (i = 0; i < g->nb; i++)
		if (!member_done(g, &g->members[i], args))
			return false;
	return true;
}

unsigned int
passes_most(const struct perf_args *args)
{
	return args->passes * PASSES_TIMES;
}

void
group_pass(struct group *g, const struct perf_args *args)
{
	unsigned int rounds = g->c->flags == PERF_VALUE ? 1 : pass_rounds(args), n, i;
	struct member *m;

	wait_for_quiet();
	for (i = 0; i < g->nb; i++) {
		m = &g->members[i];
		if (member_done(g, m, args) && (i != 0 || m->slow))
			continue;
		output_progress(g->c->name, m->op->engine, m->size);
		member_open(m, g->c, args);
	}
	g->first = g->rounds;
	for (n = 0; n < rounds * TRIES && !group_noisy(g); n++)
		group_round(g, n, rounds);
	for (i = 0; i < g->nb; i++)
		member_close(&g->members[i]);
}

int
group_init(struct group *g, const struct perf_case *c, const size_t *sizes, unsigned int nb_sizes,
		const struct perf_args *args)
{
	const struct perf_op *op;
	unsigned int i;

	*g = (struct group){ .c = c };
	for (op = c->ops; op->engine != NULL; op++)
		g->nb += nb_sizes;
	g->members = calloc(g->nb, sizeof(*g->members));
	g->nb = 0;
	g->room = pass_rounds(args) * TRIES * passes_most(args) + 1;
	if (g->members == NULL)
		return -1;
	for (op = c->ops; op->engine != NULL; op++)
		for (i = 0; i < nb_sizes && args_listed(args->engines, op->engine); i++) {
			g->members[g->nb] = (struct member){ .op = op, .size = sizes[i] };
			g->members[g->nb].slices = calloc(g->room, sizeof(struct slice));
			if (g->members[g->nb++].slices == NULL)
				return -1;
		}
	return 0;
}

void
group_free(struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nb; i++)
		free(g->members[i].slices);
	free(g->members);
}
