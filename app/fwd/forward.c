/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Forwarding: start and stop, as commands and the program's life ask for them.
 */

#include <errno.h>

#include "callbacks.h"
#include "fwd.h"
#include "print.h"

static bool
all_started(const struct fwd *fwd)
{
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (fwd->ports[i].found && !fwd->ports[i].started)
			return false;
	return true;
}

void
fwd_forward_replan(struct fwd *fwd)
{
	if (!fwd->forwarding)
		fwd_streams_plan(fwd);
}

/* What came in while nobody forwarded is old. */
static void
flush_rx(const struct fwd *fwd)
{
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++)
		fwd_port_drain(fwd, &fwd->ports[fwd->order[i]]);
}

/* Bursts of txonly from every stream; nobody else has the queues yet. */
static int
send_first(struct fwd *fwd, uint32_t bursts)
{
	const struct fwd_mode *mode = fwd->args.mode;
	unsigned int l, i;
	uint32_t n;
	int ret;

	fwd->args.mode = &fwd_mode_txonly;
	ret = fwd_streams_plan(fwd);
	if (ret == 0)
		ret = fwd_streams_create(fwd);
	for (n = 0; ret == 0 && n < bursts && !fwd_quit; n++)
		for (l = 0; l < fwd->nb_lcores; l++)
			for (i = 0; i < fwd->lcores[l].nb; i++)
				fwd->args.mode->burst(&fwd->lcores[l].streams[i]);
	fwd_streams_free(fwd);
	fwd->args.mode = mode;
	return ret;
}

static int
start(struct fwd *fwd, uint32_t tx_first)
{
	int ret = 0;

	fwd_stats_start(fwd);
	if (tx_first != 0)
		ret = send_first(fwd, tx_first);
	if (ret == 0)
		ret = fwd_streams_plan(fwd);
	if (ret == 0)
		ret = fwd_streams_create(fwd);
	if (ret == 0)
		ret = fwd_lcores_start(fwd);
	return ret;
}

int
fwd_forward_start(struct fwd *fwd, uint32_t tx_first)
{
	int ret;

	if (!all_started(fwd)) {
		fprintf(stderr, "Not all ports were started\n");
		return -EINVAL;
	}
	if (fwd->forwarding) {
		fprintf(stderr, "Packet forwarding already started\n");
		return -EALREADY;
	}
	/* Without a prompt the ports have just started. */
	if (fwd->args.interactive && !fwd->args.no_flush_rx)
		flush_rx(fwd);
	ret = start(fwd, tx_first);
	if (ret != 0) {
		fwd_lcores_stop(fwd);
		return ret;
	}
	/* Packets flow by now, as who reads the banner may rely on. */
	fwd->forwarding = true;
	fwd_streams_show(fwd);
	fwd_print_rxtx(fwd);
	fflush(stdout);
	return 0;
}

void
fwd_forward_stop(struct fwd *fwd)
{
	if (!fwd->forwarding) {
		fprintf(stderr, "Packet forwarding not started\n");
		return;
	}
	printf("Telling cores to stop...\nWaiting for lcores to finish...\n");
	fwd_lcores_stop(fwd);
	fwd->forwarding = false;
	fwd_callbacks_free(fwd);
	fwd_stats_total(fwd);
	printf("\nDone.\n");
}
