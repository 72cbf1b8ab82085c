/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Forwarding: start and stop, as commands and the program's life ask for them.
 */

#include <errno.h>
#include <stdlib.h>

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

/* What a stream of txonly sent before the streams that are to forward were there. */
struct first {
	uint16_t port;
	uint16_t queue;
	uint64_t packets;
	uint64_t dropped;
};

/* Figures of the streams that there are. NULL without memory for them. */
static struct first *
note_first(const struct fwd *fwd, unsigned int *nb)
{
	struct first *list = calloc(fwd->nb_streams + 1, sizeof(*list));
	const struct fwd_route *r;
	unsigned int l, i, n = 0;

	for (l = 0; list != NULL && l < fwd->nb_lcores; l++) {
		for (i = 0; i < fwd->lcores[l].nb; i++) {
			r = &fwd->routes[fwd->lcores[l].first + i];
			list[n].port = r->tx_port;
			list[n].queue = r->tx_queue;
			list[n].packets = fwd->lcores[l].streams[i].tx_packets;
			list[n++].dropped = fwd->lcores[l].streams[i].tx_dropped;
		}
	}
	*nb = n;
	return list;
}

/* As testpmd: they belong to the stream that sends there now. */
static void
add_first(struct fwd *fwd, const struct first *list, unsigned int nb)
{
	const struct fwd_route *r;
	struct fwd_stream *s;
	unsigned int l, i, k;

	for (l = 0; l < fwd->nb_lcores; l++) {
		for (i = 0; i < fwd->lcores[l].nb; i++) {
			s = &fwd->lcores[l].streams[i];
			r = &fwd->routes[fwd->lcores[l].first + i];
			for (k = 0; k < nb; k++) {
				if (list[k].port != r->tx_port || list[k].queue != r->tx_queue)
					continue;
				s->tx_packets += list[k].packets;
				s->tx_dropped += list[k].dropped;
			}
		}
	}
}

/* Bursts of txonly from every stream; nobody else has the queues yet. */
static int
send_first(struct fwd *fwd, uint32_t bursts, struct first **list, unsigned int *nb)
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
	if (ret == 0)
		*list = note_first(fwd, nb);
	fwd_streams_free(fwd);
	fwd->args.mode = mode;
	return ret;
}

static void
announce(const struct fwd *fwd)
{
	const struct fwd_mode *mode = fwd->args.mode;
	unsigned int i;

	for (i = 0; mode->announce != NULL && i < fwd->nb_ports; i++)
		mode->announce(&fwd->args, fwd->order[i]);
}

static int
start(struct fwd *fwd, uint32_t tx_first)
{
	struct first *list = NULL;
	unsigned int nb = 0;
	int ret = 0;

	fwd_stats_start(fwd);
	if (tx_first != 0)
		ret = send_first(fwd, tx_first, &list, &nb);
	if (ret == 0)
		ret = fwd_streams_plan(fwd);
	if (ret == 0)
		ret = fwd_streams_create(fwd);
	if (ret == 0 && list != NULL)
		add_first(fwd, list, nb);
	free(list);
	if (ret == 0)
		ret = fwd_lcores_start(fwd);
	return ret;
}

/* Ports that were detached while others forwarded. */
static void
forget_gone(struct fwd *fwd)
{
	unsigned int i;

	for (i = 0; i < fwd->nb_ports; i++) {
		if (!fwd->ports[fwd->order[i]].found) {
			fwd_ports_tidy(fwd);
			return;
		}
	}
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
	forget_gone(fwd);
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
	announce(fwd);
	fwd_print_rxtx(fwd);
	fflush(stdout);
	return 0;
}

void
fwd_forward_stop(struct fwd *fwd)
{
	const struct fwd_mode *mode = fwd->nb_lcores != 0 ? fwd->lcores[0].mode : NULL;

	if (!fwd->forwarding) {
		fprintf(stderr, "Packet forwarding not started\n");
		return;
	}
	printf("Telling cores to stop...\nWaiting for lcores to finish...\n");
	fwd_lcores_stop(fwd);
	fwd->forwarding = false;
	fwd_callbacks_free(fwd);
	fwd_stats_total(fwd);
	if (mode != NULL && mode->finish != NULL)
		mode->finish(fwd);
	printf("\nDone.\n");
}
