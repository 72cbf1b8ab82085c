/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Figures a second, out of counters that are looked at now and then.
 */

#ifndef FWD_RATE_H
#define FWD_RATE_H

#include <stdint.h>
#include <time.h>

#define FWD_NS_PER_S UINT64_C(1000000000)

/* ns of a clock that never goes back. */
static inline uint64_t
fwd_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * FWD_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* A second's share of what *last has grown by in so many ns, which becomes now. */
static inline uint64_t
fwd_rate(uint64_t now, uint64_t *last, uint64_t ns)
{
	uint64_t n = now > *last ? now - *last : 0;

	*last = now;
	return ns == 0 ? 0 : (uint64_t)((double)n / (double)ns * (double)FWD_NS_PER_S);
}

#endif /* FWD_RATE_H */
