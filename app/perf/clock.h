/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Stop watch: thread CPU time for what one core does, TSC for what several do. And
 * the core's pace: how long a loop takes that has use for all execution units.
 */

#ifndef PERF_CLOCK_H
#define PERF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <rte_cycles.h>

struct watch {
	bool wall;       /* TSC alone */
	bool disturbed;  /* a thread of the run was preempted */
	uint64_t cpu_ns; /* CPU time between start and stop, all laps */
	uint64_t tsc;    /* cycles between start and stop, all laps */
	uint64_t laps;   /* pairs of start and stop */
	uint64_t pace;   /* the slowest of the cores' paces, of other threads */
	double value;    /* what PERF_VALUE cases found */
	uint64_t cpu_start;
	uint64_t tsc_start;
};

static inline uint64_t
clock_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline void
watch_start(struct watch *w)
{
	if (!w->wall)
		w->cpu_start = clock_cpu_ns();
	w->tsc_start = rte_rdtsc_precise();
}

static inline void
watch_stop(struct watch *w)
{
	w->tsc += rte_rdtsc_precise() - w->tsc_start;
	if (!w->wall)
		w->cpu_ns += clock_cpu_ns() - w->cpu_start;
	w->laps++;
}

/* Find out what reading the clocks costs, and the pace. To be called once. */
void
clock_init(void);

/* Involuntary context switches of the calling thread so far. */
uint64_t
clock_preemptions(void);

/* The time of a run, ns, less what reading the clocks cost. */
double
watch_ns(const struct watch *w);

/* Whether something else ran in between: the two clocks differ. */
bool
watch_stolen(const struct watch *w);

/* The pace of the core that this runs on, in TSC cycles; takes some microseconds. */
uint64_t
clock_pace(void);

/* Whether it is clearly slower than the best that was seen so far. */
bool
clock_slow(uint64_t pace);

#endif /* PERF_CLOCK_H */
