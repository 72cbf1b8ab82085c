/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <string.h>

#include "fwd.h"
#include "impair_stats.h"

/* Counters in the order in which they are shown, by their names for programs and for people. */
static const struct {
	const char *key;
	const char *words;
	size_t where;
} counters[] = {
	{ "packets", "packets", offsetof(struct fwd_impair_stats, packets) },
	{ "lost", "lost", offsetof(struct fwd_impair_stats, lost) },
	{ "duplicated", "duplicated", offsetof(struct fwd_impair_stats, duplicated) },
	{ "reordered", "reordered", offsetof(struct fwd_impair_stats, reordered) },
	{ "corrupted", "corrupted", offsetof(struct fwd_impair_stats, corrupted) },
	{ "delayed", "delayed", offsetof(struct fwd_impair_stats, delayed) },
	{ "over_limit", "over limit", offsetof(struct fwd_impair_stats, overflow) },
	{ "no_memory", "no memory", offsetof(struct fwd_impair_stats, no_memory) },
	{ "unsent", "unsent", offsetof(struct fwd_impair_stats, unsent) },
};

/* Stream i of those that have impairments, and what it joins; NULL: there are no more. */
static const struct fwd_stream *
stream_at(const struct fwd *fwd, unsigned int i, const struct fwd_route **route)
{
	const struct fwd_lcore *lc;
	unsigned int l, k;

	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		for (k = 0; lc->streams != NULL && k < lc->nb; k++) {
			if (lc->streams[k].impair == NULL || i-- != 0)
				continue;
			*route = &fwd->routes[lc->first + k];
			return &lc->streams[k];
		}
	}
	return NULL;
}

static uint64_t
value(const struct fwd_stream *s, unsigned int counter)
{
	const struct fwd_impair_stats *st = fwd_impair_stats(s);
	uint64_t n;

	memcpy(&n, RTE_PTR_ADD(st, counters[counter].where), sizeof(n));
	return n;
}

static uint64_t
sum(const struct fwd *fwd, unsigned int counter)
{
	const struct fwd_route *route;
	const struct fwd_stream *s;
	unsigned int i;
	uint64_t n = 0;

	for (i = 0; (s = stream_at(fwd, i, &route)) != NULL; i++)
		n += value(s, counter);
	return n;
}

static bool
any(const struct fwd *fwd)
{
	const struct fwd_route *route;

	return stream_at(fwd, 0, &route) != NULL;
}

void
fwd_impair_clear(const struct fwd *fwd)
{
	const struct fwd_route *route;
	const struct fwd_stream *s;
	unsigned int i;

	for (i = 0; (s = stream_at(fwd, i, &route)) != NULL; i++)
		memset(fwd_impair_stats(s), 0, sizeof(struct fwd_impair_stats));
}

void
fwd_impair_print(const struct fwd *fwd)
{
	unsigned int i;

	if (!any(fwd))
		return;
	printf("\n  Impairments: ");
	for (i = 0; i < RTE_DIM(counters); i++)
		printf("%s%s %" PRIu64, i != 0 ? ", " : "", counters[i].words, sum(fwd, i));
	printf("\n");
}

void
fwd_impair_show(const struct fwd *fwd)
{
	const struct fwd_route *r;
	const struct fwd_stream *s;
	unsigned int i, k;

	printf("impairments: %s\n", fwd->args.impair.on ? fwd->args.impair.text : "off");
	for (i = 0; (s = stream_at(fwd, i, &r)) != NULL; i++) {
		if (i == 0) {
			printf("%-20s", "RX P/Q -> TX P/Q");
			for (k = 0; k < RTE_DIM(counters); k++)
				printf(" %10s", counters[k].words);
			printf("\n");
		}
		printf("%4u/%-3u -> %4u/%-3u", r->rx_port, r->rx_queue, r->tx_port, r->tx_queue);
		for (k = 0; k < RTE_DIM(counters); k++)
			printf(" %10" PRIu64, value(s, k));
		printf("\n");
	}
}

void
fwd_impair_json(const struct fwd *fwd, FILE *f)
{
	unsigned int i;

	if (!any(fwd))
		return;
	fprintf(f, ",\"impair\":{");
	for (i = 0; i < RTE_DIM(counters); i++)
		fprintf(f, "%s\"%s\":%" PRIu64, i != 0 ? "," : "", counters[i].key, sum(fwd, i));
	fputc('}', f);
}
