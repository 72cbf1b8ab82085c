/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Rounds: what is to be compared runs in short slices, one after the other. A
 * ratio is made of two slices of one round, and what is reported is the median of
 * the rounds' ratios; so whatever slows the machine down for longer than a round
 * slows down both.
 *
 * That would do if all code suffered alike. Where another hyperthread of the core
 * wakes up, it does not: what kept all execution units busy takes twice as long,
 * what waited anyway takes as long as before. So rounds count only while the core
 * is at full speed, which a short loop before and after each slice tells, and
 * groups that had too few such rounds are measured again later.
 */

#ifndef PERF_ROUNDS_H
#define PERF_ROUNDS_H

#include "perf.h"

/* Fewer undisturbed rounds than these make no figure, and no ratio, of their own. */
#define ROUNDS_LEAST 5
#define PAIRS_LEAST 10

/* What one member did in one round. */
struct slice {
	double figure; /* negative: it took no part */
	uint64_t pace; /* the slower of the core's paces before and after */
	bool torn;     /* something else ran on the core meanwhile */
};

/* An engine at a size. */
struct member {
	const struct perf_op *op;
	size_t size;
	void *ctx;            /* while it is open */
	uint64_t n;           /* operations of a slice; 0: not known yet */
	unsigned int step;    /* takes part in each so manieth round, a power of two */
	unsigned int taken;   /* rounds that it took part in */
	bool slow;            /* its slices are so long that one pass has to do */
	struct slice *slices; /* of each round */
	const char *lacks;
};

/* What is compared: the first member is what the others are related to. */
struct group {
	const struct perf_case *c;
	struct member *members;
	unsigned int nb;
	unsigned int rounds; /* so far */
	unsigned int first;  /* which the pass began with */
	unsigned int room;   /* rounds that there is memory for */
};

/* Make a group: the engines of a case, each at all of the sizes. */
int
group_init(struct group *g, const struct perf_case *c, const size_t *sizes, unsigned int nb_sizes,
		const struct perf_args *args);
void
group_free(struct group *g);

/* Go on measuring, up to args->runs / args->passes rounds. */
void
group_pass(struct group *g, const struct perf_args *args);

/* Whether all members had enough undisturbed rounds. */
bool
group_done(const struct group *g, const struct perf_args *args);

/* How often group_pass() may be called, at most. */
unsigned int
passes_most(const struct perf_args *args);

/* Whether nothing disturbed a slice, as far as is known by now. */
static inline bool
slice_clean(const struct slice *s)
{
	return s->figure >= 0 && !s->torn && !clock_slow(s->pace);
}

/* stats.c: what came out of all rounds. */
struct figure
group_figure(const struct group *g, unsigned int idx);

#endif /* PERF_ROUNDS_H */
