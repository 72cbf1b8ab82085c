/* SPDX-License-Identifier: BSD-3-Clause */

/* How many received mbufs are held, and who holds them. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "../lbuf/holder.h"
#include "../mem/owner.h"
#include "../mem/shortage.h"
#include "hold_report.h"
#include "port_priv.h"

void
hold_stats_of(uint16_t via, struct lbuf_hold_stats *stats)
{
	const struct hold_queue *q = &hold_queues[via];
	uint32_t limit = __atomic_load_n(&q->limit, __ATOMIC_RELAXED);

	*stats = (struct lbuf_hold_stats){
		.bound = limit == HOLD_NO_LIMIT ? LBUF_HOLD_ALL : limit,
		.copy_break = __atomic_load_n(&q->copy_break, __ATOMIC_RELAXED),
		.held = hold_held(via),
		.high = (uint32_t)hold_high(via),
		.moved = __atomic_load_n(&q->moved, __ATOMIC_RELAXED),
		.pinned = __atomic_load_n(&q->pinned, __ATOMIC_RELAXED),
		.given_up = __atomic_load_n(&q->given_up, __ATOMIC_RELAXED),
	};
	hold_copied(via, &stats->copied, &stats->small);
}

/* Lines that a report can have. */
#define GROUPS 256

struct groups {
	struct lbuf_hold_holder *h;
	unsigned int n;
	unsigned int max;
	uint64_t kept[HOLD_QUEUES]; /* mbufs that kept buffers hold */
};

/* The group of a place; NULL: there is no room for one more. */
static struct lbuf_hold_holder *
group_of(struct groups *g, uint16_t via, const void *caller, const char *tag)
{
	const struct hold_queue *q = &hold_queues[via];
	struct lbuf_hold_holder *h;

	for (h = g->h; h != g->h + g->n; h++)
		if (h->port == q->port && h->queue == q->queue && h->caller == caller &&
				strcmp(h->tag, tag) == 0)
			return h;
	if (g->n == g->max)
		return NULL;
	g->n++;
	*h = (struct lbuf_hold_holder){ .port = q->port, .queue = q->queue, .caller = caller };
	snprintf(h->tag, sizeof(h->tag), "%s", tag);
	return h;
}

static void
add(const struct holder *from, void *arg)
{
	double age = (double)(rte_rdtsc() - from->tsc) / (double)rte_get_tsc_hz();
	struct groups *g = arg;
	struct lbuf_hold_holder *h;

	if (from->mbufs == 0)
		return;
	g->kept[from->via] += from->mbufs;
	h = group_of(g, from->via, from->caller, from->tag);
	if (h == NULL)
		return;
	h->buffers++;
	h->mbufs += from->mbufs;
	h->used += from->used;
	h->pinned += from->pinned;
	h->oldest_s = RTE_MAX(h->oldest_s, age);
}

/* What is held beyond that: by buffers that work goes on with, or that nobody said of. */
static void
add_others(struct groups *g)
{
	struct lbuf_hold_holder *h;
	uint64_t held;
	uint16_t via;

	for (via = HOLD_ANY + 1; via < HOLD_QUEUES; via++) {
		held = hold_held(via);
		if (held <= g->kept[via])
			continue;
		h = group_of(g, via, NULL, "");
		if (h != NULL)
			h->mbufs = held - g->kept[via];
	}
}

int
lbuf_hold_holders_get(struct lbuf_hold_holder *holders, unsigned int n)
{
	struct groups g = { .h = holders, .max = n };

	if (holders == NULL)
		return -EINVAL;
	holders_all(add, &g);
	add_others(&g);
	return (int)g.n;
}

static void
print(FILE *f, const struct lbuf_hold_holder *h)
{
	char where[64];

	if (h->caller == NULL) {
		fprintf(f, "  port %u queue %u mbufs %8" PRIu64 " in buffers that are not kept\n",
				h->port, h->queue, h->mbufs);
		return;
	}
	caller_text(h->caller, where, sizeof(where));
	fprintf(f,
			"  port %u queue %u mbufs %8" PRIu64 " buffers %8" PRIu64 " bytes %" PRIu64
			" of %" PRIu64 " oldest %10.3f s tag %s at %s\n",
			h->port, h->queue, h->mbufs, h->buffers, h->used, h->pinned, h->oldest_s,
			h->tag[0] == '\0' ? "none" : h->tag, where);
}

void
lbuf_hold_holders_dump(FILE *f)
{
	struct lbuf_hold_holder h[GROUPS];
	int i, n;

	if (f == NULL)
		return;
	n = lbuf_hold_holders_get(h, GROUPS);
	fprintf(f, "lbuf: who holds received mbufs\n");
	for (i = 0; i < n; i++)
		print(f, &h[i]);
}

/* Queues that the log tells of. */
#define TOLD 8

/* What a queue holds, for sorting. */
struct queue_held {
	uint16_t via;
	uint32_t held;
};

static int
more_first(const void *a, const void *b)
{
	const struct queue_held *x = a, *y = b;

	return (x->held < y->held) - (x->held > y->held);
}

static void
put_queue(struct report *r, uint16_t via)
{
	const struct hold_queue *q = &hold_queues[via];
	struct lbuf_hold_stats st;

	hold_stats_of(via, &st);
	report_put(r, "\n  mbufs held: port %u queue %u: %" PRIu32, q->port, q->queue, st.held);
	if (st.bound != LBUF_HOLD_ALL)
		report_put(r, " of at most %" PRIu32, st.bound);
	if (st.copied != 0)
		report_put(r,
				", %" PRIu64 " more copied into chunks: lbuf_port_hold_set() sets "
				"how many may be held",
				st.copied);
	if (st.given_up != 0)
		report_put(r, ", %" PRIu64 " packets given up", st.given_up);
}

/* Queues that hold mbufs, or whose packets took chunks in their place. */
static void
put_queues(struct report *r)
{
	struct queue_held queues[HOLD_QUEUES];
	unsigned int i, n = 0;
	uint64_t copied, small;
	uint16_t via;

	for (via = HOLD_ANY + 1; via < HOLD_QUEUES; via++) {
		if (!__atomic_load_n(&hold_queues[via].used, __ATOMIC_RELAXED))
			continue;
		hold_copied(via, &copied, &small);
		queues[n] = (struct queue_held){ .via = via, .held = hold_held(via) };
		if (queues[n].held != 0 || copied != 0)
			n++;
	}
	qsort(queues, n, sizeof(queues[0]), more_first);
	for (i = 0; i < RTE_MIN(n, (unsigned int)TOLD); i++)
		put_queue(r, queues[i].via);
	if (n > TOLD)
		report_put(r, "\n  mbufs held: and by %u more queues", n - TOLD);
}

void
hold_report_register(void)
{
	shortage_more_set(put_queues);
}
