/* SPDX-License-Identifier: BSD-3-Clause */

/* How those below the background thread wake it. */

#include <stdint.h>
#include <time.h>

#include <rte_eal.h>

#include "wakeup.h"

static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static uint32_t wanted; /* set without a lock */

void
wakeup(void)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return; /* has no background thread */
	if (__atomic_exchange_n(&wanted, 1, __ATOMIC_RELAXED) == 0)
		pthread_cond_signal(&wake);
}

bool
wakeup_taken(void)
{
	return __atomic_exchange_n(&wanted, 0, __ATOMIC_RELAXED) != 0;
}

void
wakeup_wait(pthread_mutex_t *lock, unsigned int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&wake, lock, &until);
}

void
wakeup_force(void)
{
	pthread_cond_signal(&wake);
}
