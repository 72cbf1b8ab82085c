/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_config.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_memory.h>
#ifdef RTE_LIB_METRICS
#include <rte_metrics.h>
#endif
#ifdef RTE_LIB_BITRATESTATS
#include <rte_bitrate.h>
#endif
#ifdef RTE_LIB_LATENCYSTATS
#include <rte_latencystats.h>
#endif

#include "fwd.h"
#include "metrics.h"

/* As testpmd: every packet has its latency taken. */
#define LATENCY_SAMPLE_NS 1
/* How often latencies are passed on: nobody can see that it is not after every burst. */
#define LATENCIES_PER_S 1000

/* What one lcore computes. */
struct duty {
	bool on;
	unsigned int lcore;
	uint64_t next; /* TSC at which it is due */
};

static struct {
	struct duty bitrate;
	struct duty latency;
	struct rte_stats_bitrates *bitrates;
	/* Those that forward: they stay while lcores do. */
	unsigned int nb_ports;
	uint16_t ports[RTE_MAX_ETHPORTS];
} metrics;

#ifdef RTE_LIB_LATENCYSTATS
static void
open_latency(uint32_t lcore)
{
	int ret = rte_latencystats_init(LATENCY_SAMPLE_NS, NULL);

	if (ret != 0) {
		fprintf(stderr, "Warning: latencystats init() returned error %d\n", ret);
		return;
	}
	fprintf(stderr, "Latencystats running on lcore %u\n", lcore);
	metrics.latency.on = true;
	metrics.latency.lcore = lcore;
}
#endif

#ifdef RTE_LIB_BITRATESTATS
static void
open_bitrate(uint32_t lcore)
{
	struct rte_stats_bitrates *bitrates = rte_stats_bitrate_create();
	int ret = bitrates != NULL ? rte_stats_bitrate_reg(bitrates) : -ENOMEM;

	if (ret != 0) {
		FWD_NOTE("--bitrate-stats=%u: left out: %s", lcore, rte_strerror(-ret));
		rte_stats_bitrate_free(bitrates);
		return;
	}
	metrics.bitrates = bitrates;
	metrics.bitrate.on = true;
	metrics.bitrate.lcore = lcore;
}
#endif

void
fwd_metrics_open(const struct fwd_args *args)
{
#ifdef RTE_LIB_METRICS
	/* Without this dpdk-proc-info says that it fails, not that there are none. */
	int ret = rte_metrics_init(SOCKET_ID_ANY);

	if (ret != 0)
		FWD_NOTE("no metrics for other processes: %s", rte_strerror(-ret));
#endif
#ifdef RTE_LIB_LATENCYSTATS
	if (args->latency_lcore != FWD_UNSET)
		open_latency(args->latency_lcore);
#endif
#ifdef RTE_LIB_BITRATESTATS
	if (args->bitrate_lcore != FWD_UNSET)
		open_bitrate(args->bitrate_lcore);
#endif
	RTE_SET_USED(args);
}

void
fwd_metrics_close(void)
{
#ifdef RTE_LIB_LATENCYSTATS
	if (metrics.latency.on)
		rte_latencystats_uninit();
#endif
#ifdef RTE_LIB_BITRATESTATS
	rte_stats_bitrate_free(metrics.bitrates);
#endif
	metrics.latency.on = false;
	metrics.bitrate.on = false;
	metrics.bitrates = NULL;
#ifdef RTE_LIB_METRICS
	rte_metrics_deinit();
#endif
}

static void
start(const struct fwd *fwd, struct duty *duty, const char *option, uint64_t wait)
{
	unsigned int i;

	if (!duty->on)
		return;
	duty->next = rte_rdtsc() + wait;
	for (i = 0; i < fwd->nb_lcores; i++)
		if (fwd->lcores[i].id == duty->lcore)
			return;
	FWD_NOTE("--%s=%u: this lcore does not forward, and computes nothing: accepted are "
		 "forwarding lcores (see show config cores)",
			option, duty->lcore);
}

void
fwd_metrics_start(const struct fwd *fwd)
{
	unsigned int i;

	metrics.nb_ports = fwd->nb_ports;
	for (i = 0; i < fwd->nb_ports; i++)
		metrics.ports[i] = fwd->order[i];
	start(fwd, &metrics.bitrate, "bitrate-stats", rte_get_tsc_hz());
	start(fwd, &metrics.latency, "latencystats", rte_get_tsc_hz() / LATENCIES_PER_S);
}

bool
fwd_metrics_lcore(unsigned int lcore)
{
	return (metrics.bitrate.on && metrics.bitrate.lcore == lcore) ||
			(metrics.latency.on && metrics.latency.lcore == lcore);
}

/* Whether it is time for an lcore's duty; if so, when it is next. */
static bool
due(struct duty *duty, unsigned int lcore, uint64_t now, uint64_t wait)
{
	if (!duty->on || duty->lcore != lcore || now < duty->next)
		return false;
	duty->next = now + wait;
	return true;
}

/* What the ports have carried since the last time; the library takes that for a second. */
static void
take_bitrates(void)
{
#ifdef RTE_LIB_BITRATESTATS
	unsigned int i;

	for (i = 0; i < metrics.nb_ports; i++)
		rte_stats_bitrate_calc(metrics.bitrates, metrics.ports[i]);
#endif
}

static void
tell_latencies(void)
{
#ifdef RTE_LIB_LATENCYSTATS
	rte_latencystats_update();
#endif
}

void
fwd_metrics_poll(unsigned int lcore)
{
	uint64_t now = rte_rdtsc();

	if (due(&metrics.bitrate, lcore, now, rte_get_tsc_hz()))
		take_bitrates();
	if (due(&metrics.latency, lcore, now, rte_get_tsc_hz() / LATENCIES_PER_S))
		tell_latencies();
}

void
fwd_metrics_finish(unsigned int lcore)
{
	if (metrics.latency.on && metrics.latency.lcore == lcore)
		tell_latencies();
}
