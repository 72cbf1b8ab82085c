/* SPDX-License-Identifier: BSD-3-Clause */

#include <sys/resource.h>

#include <rte_common.h>

#include "clock.h"

/* CPU time and wall time of a run may differ by so much. */
#define STOLEN_PART 50   /* a fiftieth */
#define STOLEN_NS 2000.0 /* and this for each lap */

/* Turns of the loop that tells the pace, and how often it runs at least. */
#define PACE_TURNS 2500
#define PACE_LAPS 2
/* Paces that differ by less than this are the same; boosts of the clock are less. */
#define PACE_MARGIN 1.2

/* CPU time that an empty lap shows, ns. */
static uint64_t lap_ns;
/* The best pace so far, of all threads. */
static uint64_t pace_best = UINT64_MAX;

/* Four independent additions a cycle, or as many as the core can do. */
static uint64_t
pace_lap(void)
{
	uint64_t a = 0, b = 0, c = 0, d = 0, start = rte_rdtsc_precise();
	unsigned int i;

	for (i = 0; i < PACE_TURNS; i++) {
		a += i;
		b ^= i;
		c += i;
		d ^= i;
		asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
		a ^= 5;
		b += 5;
		c ^= 5;
		d += 5;
		asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	}
	return rte_rdtsc_precise() - start;
}

uint64_t
clock_pace(void)
{
	uint64_t pace = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < PACE_LAPS; i++)
		pace = RTE_MIN(pace, pace_lap());
	if (pace < __atomic_load_n(&pace_best, __ATOMIC_RELAXED))
		__atomic_store_n(&pace_best, pace, __ATOMIC_RELAXED);
	return pace;
}

bool
clock_slow(uint64_t pace)
{
	uint64_t best = __atomic_load_n(&pace_best, __ATOMIC_RELAXED);

	return (double)pace > (double)best * PACE_MARGIN;
}

void
clock_init(void)
{
	uint64_t best = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		struct watch w = { .wall = false };

		watch_start(&w);
		watch_stop(&w);
		best = RTE_MIN(best, w.cpu_ns);
		clock_pace();
	}
	lap_ns = best;
}

uint64_t
clock_preemptions(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_THREAD, &ru) != 0)
		return 0;
	return (uint64_t)ru.ru_nivcsw;
}

static double
tsc_ns(const struct watch *w)
{
	return (double)w->tsc * 1e9 / (double)rte_get_tsc_hz();
}

double
watch_ns(const struct watch *w)
{
	uint64_t own = w->laps * lap_ns;

	if (w->wall)
		return tsc_ns(w);
	return w->cpu_ns > own ? (double)(w->cpu_ns - own) : 0.0;
}

bool
watch_stolen(const struct watch *w)
{
	double wall = tsc_ns(w);

	if (w->wall)
		return false;
	return wall - (double)w->cpu_ns > wall / STOLEN_PART + STOLEN_NS * (double)w->laps;
}
