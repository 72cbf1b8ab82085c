/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Byte streams in segments: what the cases have lbuf and the mbuf comparator do.
 *
 * The loops are written once, in chain_loops.h, and compiled for each of them.
 */

#ifndef PERF_CHAIN_H
#define PERF_CHAIN_H

#include <rte_mbuf.h>

#include "perf.h"

/* Bytes of a segment: what a TCP stream has in a frame of 1514 bytes. */
#define CHAIN_SEG 1460
/* Segments of the cases that have so many. */
#define CHAIN_SEGS 45
/* Buffers that are prepared at a time by the case slice45. */
#define CHAIN_SLICES 64
/* Bytes of a line, its end included. */
#define CHAIN_LINE 80
/* Bytes of a lap, about. */
#define CHAIN_LAP ((size_t)4 << 20)
/* Payload that a message takes beside its bytes: their number. */
#define CHAIN_HEAD 4

/* Whether a case has segments that are received mbufs. */
#define CHAIN_HAS_MBUFS(kind) \
	((kind) == CHAIN_STREAM_MBUF || (kind) == CHAIN_CLONE || (kind) == CHAIN_READ)

/* A lap of the stream, in memory. */
struct feed {
	uint8_t *data;
	rte_iova_t iova;
	size_t bytes;
	size_t items;   /* messages or lines in it */
	size_t msg_len; /* bytes of each message */
	size_t nb_segs;
};

static inline size_t
feed_seg_len(const struct feed *f, size_t i)
{
	return RTE_MIN((size_t)CHAIN_SEG, f->bytes - i * CHAIN_SEG);
}

/* chain.c: a lap of messages, or of lines; data is NULL if out of memory. */
struct feed
feed_messages(size_t msg_len);
struct feed
feed_lines(void);
/* Bytes that mean nothing. */
struct feed
feed_bytes(size_t bytes);
void
feed_free(struct feed *f);

enum chain_case {
	CHAIN_STREAM_ZC,
	CHAIN_STREAM_MBUF,
	CHAIN_STREAM_COPY,
	CHAIN_ATTACH,
	CHAIN_SLICE,
	CHAIN_CLONE,
	CHAIN_IOVEC,
	CHAIN_U32,
	CHAIN_U32_BORDER,
	CHAIN_LINES,
	CHAIN_WALK,
	CHAIN_READ,
	CHAIN_CKSUM,
	CHAIN_CRC32C,
	CHAIN_CASES
};

/* An engine that has chains. */
struct chain_engine {
	const char *name;
	void *(*open)(enum chain_case kind, struct feed feed, const char **why);
	void (*close)(void *ctx);
	uint64_t (*run[CHAIN_CASES])(void *ctx, uint64_t n, struct watch *w);
};

extern const struct chain_engine chain_lbuf;
/* lbuf that copies each message into one piece before it is read: CHAIN_READ alone. */
extern const struct chain_engine chain_linear;
extern const struct chain_engine chain_mbuf;

/* chain.c: a pool of mbufs, for so many that are out at a time. */
struct rte_mempool *
chain_mbuf_pool(size_t nb, uint16_t room, const char **why);
/*
 * The segments of a feed as mbufs that a port might have received: of the bytes,
 * only the numbers that messages start with are written.
 */
int
feed_mbufs(const struct feed *f, struct rte_mempool *pool, struct rte_mbuf **mbufs);

#endif /* PERF_CHAIN_H */
