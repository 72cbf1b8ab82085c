/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Lcores that forward: start, loop, stop.
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "bursts.h"
#include "fwd.h"
#include "metrics.h"

/* How long lcores may take to their first round. */
#define START_STEPS 5000
#define START_STEP_US 1000

static struct {
	uint32_t stop;
} control __rte_cache_aligned;

/* Of cycles, as testpmd, only those of bursts that had packets count. */
static void
count_burst(struct fwd_lcore *lc, struct fwd_stream *s)
{
	uint64_t rx = s->rx_packets, tx = s->tx_packets;
	uint64_t start = rte_rdtsc();

	lc->mode->burst(s);
	if (s->rx_packets + s->tx_packets != rx + tx)
		lc->cycles += rte_rdtsc() - start;
	if (s->bursts != NULL)
		fwd_bursts_count(s, rx, tx);
}

/* With all that may be asked for beside forwarding: the other loop has nothing of it. */
static int
lcore_main_full(void *arg)
{
	struct fwd_lcore *lc = arg;
	bool metrics = fwd_metrics_lcore(lc->id);
	unsigned int i;

	do {
		for (i = 0; i < lc->nb; i++) {
			count_burst(lc, &lc->streams[i]);
			/* What waits has its time, whether packets come or not. */
			if (lc->streams[i].impair != NULL)
				fwd_impair_poll(&lc->streams[i]);
		}
		if (metrics)
			fwd_metrics_poll(lc->id);
		__atomic_store_n(&lc->polling, 1, __ATOMIC_RELEASE);
	} while (likely(!__atomic_load_n(&control.stop, __ATOMIC_RELAXED)));
	for (i = 0; i < lc->nb; i++)
		if (lc->streams[i].impair != NULL)
			fwd_impair_drain(&lc->streams[i]);
	if (metrics)
		fwd_metrics_finish(lc->id);
	lbuf_pool_flush(lc->pool);
	return 0;
}

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

/* Those of --coremask, which must be workers. */
static int
cores_given(struct fwd *fwd)
{
	const struct fwd_list *list = &fwd->args.cores;
	uint32_t i;

	for (i = 0; i < list->nb; i++) {
		if (rte_lcore_is_enabled(list->ids[i]) && list->ids[i] != rte_get_main_lcore()) {
			fwd->cores[fwd->nb_cfg_cores++] = list->ids[i];
			continue;
		}
		FWD_ERR("--coremask: lcore %u: accepted are lcores of -l beside the main one and "
			"service lcores",
				list->ids[i]);
		return -EINVAL;
	}
	return 0;
}

/* rte_lcore_count() counts service lcores (-s, -S) as well, which run no functions. */
int
fwd_lcores_find(struct fwd *fwd)
{
	unsigned int id;

	if (fwd->args.cores.nb != 0)
		return cores_given(fwd);
	RTE_LCORE_FOREACH_WORKER(id) {
		fwd->cores[fwd->nb_cfg_cores++] = id;
	}
	if (fwd->nb_cfg_cores == 0) {
		FWD_ERR("--nb-cores=%u: no lcore left, for the main one and service lcores (-s, "
			"-S) do not forward: give EAL one more, as in -l 0,1",
				fwd->args.nb_cores);
		return -EINVAL;
	}
	if (fwd->args.nb_cores > fwd->nb_cfg_cores) {
		FWD_ERR("--nb-cores=%u: accepted values are 1 to %u, the lcores beside the main "
			"one and service lcores (see -l)",
				fwd->args.nb_cores, fwd->nb_cfg_cores);
		return -EINVAL;
	}
	return 0;
}

/* Returns once every stream has been served, so that packets flow. */
int
fwd_lcores_start(struct fwd *fwd)
{
	/* A mode that sends nothing has no impairments. */
	bool full = fwd->args.record_core_cycles || fwd->args.record_burst_stats ||
			(fwd->args.impair.on && fwd->args.mode->sends);
	unsigned int i, step = 0;
	int ret;

	fwd_metrics_start(fwd);
	__atomic_store_n(&control.stop, 0, __ATOMIC_RELAXED);
	for (i = 0; i < fwd->nb_lcores; i++) {
		fwd->lcores[i].polling = 0;
		fwd->lcores[i].cycles = 0;
		ret = rte_eal_remote_launch(full || fwd_metrics_lcore(fwd->lcores[i].id)
						? lcore_main_full
						: lcore_main,
				&fwd->lcores[i], fwd->lcores[i].id);
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
