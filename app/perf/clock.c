/* SPDX-License-Identifier: BSD-3-Clause */

#include <sys/resource.h>

#include <rte_common.h>

#include "clock.h"

/* CPU time and wall time of a run may differ by so much. */
#define STOLEN_PART 50   /* a fiftieth */
#define STOLEN_NS 2000.0 /* and this for each lap */

/* CPU time that an empty lap shows, ns. */
static uint64_t lap_ns;

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
