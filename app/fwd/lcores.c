/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Lcores that forward: start, loop, stop.
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "fwd.h"

/* How long lcores may take to their first round. */
#define START_STEPS 5000
#define START_STEP_US 1000

static struct {
	uint32_t stop;
} control __rte_cache_aligned;

static int
lcore_main(void *arg)
{
	struct fwd_lcore *lc = arg;
	void (*burst)(struct fwd_stream * s) = lc->mode->burst;
	struct fwd_stream *streams = lc->streams;
	unsigned int nb = lc->nb;
	unsigned int i;

	for (i = 0; i < nb; i++)
		burst(&streams[i]);
	__atomic_store_n(&lc->polling, 1, __ATOMIC_RELEASE);
	while (likely(!__atomic_load_n(&control.stop, __ATOMIC_RELAXED))) {
		for (i = 0; i < nb; i++)
			burst(&streams[i]);
	}
	lbuf_pool_flush(lc->pool);
	return 0;
}

/* Returns once every stream has been served, so that packets flow. */
int
fwd_lcores_start(struct fwd *fwd)
{
	unsigned int i, step = 0;
	int ret;

	__atomic_store_n(&control.stop, 0, __ATOMIC_RELAXED);
	for (i = 0; i < fwd->nb_lcores; i++) {
		ret = rte_eal_remote_launch(lcore_main, &fwd->lcores[i], fwd->lcores[i].id);
		if (ret != 0) {
			FWD_ERR("lcore %u is busy", fwd->lcores[i].id);
			return ret;
		}
	}
	for (i = 0; i < fwd->nb_lcores; i++) {
		while (!__atomic_load_n(&fwd->lcores[i].polling, __ATOMIC_ACQUIRE) && !fwd_quit &&
				step++ < START_STEPS)
			rte_delay_us_sleep(START_STEP_US);
	}
	return 0;
}

void
fwd_lcores_stop(struct fwd *fwd)
{
	unsigned int i;

	__atomic_store_n(&control.stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < fwd->nb_lcores; i++)
		rte_eal_wait_lcore(fwd->lcores[i].id);
}
