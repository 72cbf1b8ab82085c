/* SPDX-License-Identifier: BSD-3-Clause */

/* What streams of one thread share. */

#ifndef STREAMS_H
#define STREAMS_H

#include <sys/queue.h>

#include <lbuf_stream.h>

#include "ranges.h"

struct piece;

/*
 * What a stream holds behind a gap. Lies in a chunk; there is none without pieces, but for a
 * moment.
 */
struct lbuf_early {
	struct ranges set;
	uint64_t mem;   /* bytes of memory that the pieces keep */
	uint64_t since; /* the first gap is open, by the clock of lbuf_streams::now */
	struct lbuf_stream *stream;
	struct lbuf_chunk *chunk; /* where this lies */
	TAILQ_ENTRY(lbuf_early) entry;
};

TAILQ_HEAD(early_list, lbuf_early);

struct lbuf_streams {
	struct lbuf_stream_params p; /* without zeros */
	struct lbuf_streams_stats stats;
	/* Bytes of the stream that was last fed, until it is known that some of them stay. */
	struct lbuf scratch;
	struct lbuf_stream *user;  /* of scratch, or NULL */
	struct early_list stalled; /* streams with gaps, that which is open for longest first */
	struct piece *dead;        /* pieces out of the streams whose memory is to be dropped */
	uint64_t now;
};

/* Flags of a stream. */
#define STREAM_STARTED 0x1u
#define STREAM_IGNORED 0x2u /* bytes are counted, not kept */
#define STREAM_USER 0x100u  /* from here on bits are for who embeds it */

/* Where a stream ends that is not known to end. */
#define STREAM_NO_END UINT64_MAX

/* Memory comes, or goes. */
static inline void
streams_charge(struct lbuf_streams *all, int64_t bytes)
{
	all->stats.bytes += (uint64_t)bytes;
	if (all->stats.bytes > all->stats.bytes_max)
		all->stats.bytes_max = all->stats.bytes;
}

/* Whether bytes of mbufs are to be copied, so that packets can still be received. */
static inline bool
streams_lack_mbufs(const struct lbuf_streams *all)
{
	return all->stats.mbufs >= all->p.all_mbufs;
}

/* The streams' own settings, without zeros; 0 or -EINVAL. */
int
streams_init(struct lbuf_streams *all, const struct lbuf_stream_params *params);

#endif /* STREAMS_H */
