/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_malloc.h>

#include <lbuf_priv.h>

#include "streams.h"

_Static_assert(sizeof(struct lbuf_stream) == RTE_CACHE_LINE_MIN_SIZE, "one cache line");

/* Settings that are 0 get their defaults. */
static void
set_defaults(struct lbuf_stream_params *p)
{
	if (p->stream_pieces == 0)
		p->stream_pieces = LBUF_STREAM_PIECES;
	if (p->stream_bytes == 0)
		p->stream_bytes = LBUF_STREAM_BYTES;
	if (p->all_bytes == 0)
		p->all_bytes = LBUF_STREAMS_BYTES;
	if (p->all_mbufs == 0)
		p->all_mbufs = LBUF_STREAMS_MBUFS;
}

int
streams_init(struct lbuf_streams *all, const struct lbuf_stream_params *params)
{
	if (params == NULL || params->pool == NULL || params->policy > LBUF_STREAM_LINUX ||
			params->stream_pieces > LBUF_STREAM_PIECES_MAX ||
			params->stream_bytes > LBUF_STREAM_BYTES_MAX)
		return -EINVAL;
	*all = (struct lbuf_streams){ .p = *params };
	set_defaults(&all->p);
	TAILQ_INIT(&all->stalled);
	lbuf_init(&all->scratch, params->pool);
	return 0;
}

struct lbuf_streams *
lbuf_streams_create(const struct lbuf_stream_params *params)
{
	struct lbuf_streams *all = rte_zmalloc("lbuf_streams", sizeof(*all), RTE_CACHE_LINE_SIZE);
	int ret;

	if (all == NULL)
		return fail_ptr(-ENOMEM);
	ret = streams_init(all, params);
	if (ret == 0)
		return all;
	rte_free(all);
	return fail_ptr(ret);
}

int
lbuf_streams_free(struct lbuf_streams *all)
{
	if (all == NULL)
		return 0;
	if (all->user != NULL || all->stats.bytes != 0 || all->stats.pieces != 0)
		return -EBUSY;
	lbuf_close(&all->scratch);
	rte_free(all);
	return 0;
}

void
lbuf_streams_stats_get(const struct lbuf_streams *all, struct lbuf_streams_stats *stats)
{
	*stats = all->stats;
}
