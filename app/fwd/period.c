/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "fwd.h"
#include "hold.h"
#include "impair_stats.h"
#include "loop.h"
#include "period.h"
#include "print.h"
#include "print_engine.h"
#include "rate.h"
#include "stats_json.h"

#define NS_PER_MS 1000000

static struct fwd_sample sample;

static void
show(struct fwd *fwd, FILE *json)
{
	bool terminal = isatty(STDOUT_FILENO);
	unsigned int i;

	fwd_sample_take(fwd, &sample);
	/* Who asks for JSON on stdout reads nothing else there. */
	if (json != NULL)
		fwd_stats_json(fwd, &sample, json);
	if (json == stdout)
		return;
	/* Clear the screen of a person, but not the log of a program. */
	if (terminal)
		printf("\33[2J\33[1;1H");
	printf("\nPort statistics ====================================");
	for (i = 0; i < fwd->nb_ports; i++)
		if (fwd->ports[fwd->order[i]].found)
			fwd_print_stats(fwd, fwd->order[i]);
	fwd_hold_show_used(fwd, stdout);
	fwd_impair_print(fwd);
	if (fwd->args.mode->show != NULL)
		fwd->args.mode->show(fwd);
	if (terminal)
		fwd_print_engine(fwd, &sample);
	fflush(stdout);
}

static FILE *
open_json(const char *name)
{
	FILE *f;

	if (name == NULL)
		return NULL;
	if (strcmp(name, "-") == 0)
		return stdout;
	f = fopen(name, "w");
	if (f == NULL)
		FWD_NOTE("--stats-json=%s: cannot be written: %s", name, strerror(errno));
	return f;
}

void
fwd_period_run(struct fwd *fwd)
{
	uint64_t period = fwd->args.stats_period * FWD_NS_PER_S;
	FILE *json = open_json(fwd->args.stats_json);
	uint64_t now = fwd_now_ns();
	uint64_t next = now + period;

	fwd_sample_take(fwd, &sample);
	while (!fwd_quit) {
		fwd_loop_wait(-1, (int)((next - now) / NS_PER_MS) + 1);
		fwd_events_removed(fwd);
		now = fwd_now_ns();
		if (fwd_quit || now < next)
			continue;
		show(fwd, json);
		now = fwd_now_ns();
		/* Periods that were slept through are left out. */
		while (next <= now)
			next += period;
	}
	if (json != NULL && json != stdout)
		fclose(json);
}
