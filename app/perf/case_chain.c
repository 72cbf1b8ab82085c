/* SPDX-License-Identifier: BSD-3-Clause */

/* Cases on streams: linked buffers beside chains of mbufs. */

#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "chain.h"

struct chain_ctx {
	const struct chain_engine *e;
	struct feed feed;
	void *ctx;
	uint64_t (*run)(void *ctx, uint64_t n, struct watch *w);
};

static struct feed
case_feed(enum chain_case kind, size_t size)
{
	switch (kind) {
	case CHAIN_STREAM_ZC:
	case CHAIN_STREAM_MBUF:
	case CHAIN_STREAM_COPY:
	case CHAIN_READ:
		return feed_messages(size);
	case CHAIN_LINES:
	case CHAIN_WALK:
		return feed_lines();
	case CHAIN_CKSUM:
	case CHAIN_CRC32C:
		return feed_bytes(size);
	case CHAIN_ATTACH:
	case CHAIN_U32:
		return feed_bytes(CHAIN_SEG);
	case CHAIN_U32_BORDER:
		return feed_bytes((size_t)2 * CHAIN_SEG);
	default:
		return feed_bytes((size_t)CHAIN_SEGS * CHAIN_SEG);
	}
}

static void *
chain_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct chain_ctx *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->e = op->arg;
	x->feed = case_feed(c->variant, size);
	x->run = x->e->run[c->variant];
	if (x->feed.data != NULL)
		x->ctx = x->e->open(c->variant, x->feed, why);
	if (x->ctx == NULL) {
		feed_free(&x->feed);
		free(x);
		return NULL;
	}
	return x;
}

static uint64_t
chain_run(void *ctx, uint64_t n, struct watch *w)
{
	struct chain_ctx *x = ctx;

	return x->run(x->ctx, n, w);
}

static void
chain_close(void *ctx)
{
	struct chain_ctx *x = ctx;

	x->e->close(x->ctx);
	feed_free(&x->feed);
	free(x);
}

/* The lines of the case `lines`, in one piece: what finding them costs at least. */
static void *
memchr_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct feed *f = calloc(1, sizeof(*f));

	(void)op;
	(void)why;
	if (f == NULL)
		return NULL;
	*f = case_feed(c->variant, size);
	if (f->data == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

static uint64_t
memchr_run(void *ctx, uint64_t n, struct watch *w)
{
	const struct feed *f = ctx;
	const uint8_t *p, *end = f->data + f->bytes;
	uint64_t done, lines = 0;

	watch_start(w);
	for (done = 0; done < n; done += f->items) {
		for (p = f->data; p != end; lines++) {
			p = memchr(p, '\n', (size_t)(end - p));
			p++;
		}
	}
	watch_stop(w);
	return lines == done ? done : 0;
}

static void
memchr_close(void *ctx)
{
	struct feed *f = ctx;

	feed_free(f);
	free(f);
}

#define CHAIN_OP(name, engine_struct) \
	{ \
		name, chain_open, chain_run, chain_close, &(engine_struct) \
	}

static const struct perf_op chain_ops[] = {
	CHAIN_OP("lbuf", chain_lbuf),
	CHAIN_OP("mbuf", chain_mbuf),
	{ .engine = NULL },
};

static const struct perf_op lines_ops[] = {
	CHAIN_OP("lbuf", chain_lbuf),
	CHAIN_OP("mbuf", chain_mbuf),
	{ "memchr", memchr_open, memchr_run, memchr_close, NULL },
	{ .engine = NULL },
};

static const struct perf_op read_ops[] = {
	CHAIN_OP("lbuf", chain_lbuf),
	CHAIN_OP("linear", chain_linear),
	{ .engine = NULL },
};

static const size_t stream_sizes[] = { 100, 4096, 65536, 1 << 20, 0 };
static const size_t read_sizes[] = { 65536, 0 };
static const size_t sum_sizes[] = { 64, 1460, 4096, 65536, 1 << 20, 0 };

#define CHAIN_CASE(symbol, text, kind, ops_list, size_list, what) \
	const struct perf_case symbol = { \
		.name = (text), \
		.unit = "ns", \
		.help = (what), \
		.variant = (kind), \
		.sizes = (size_list), \
		.ops = (ops_list), \
	}

CHAIN_CASE(case_stream_zc, "stream-zc", CHAIN_STREAM_ZC, chain_ops, stream_sizes,
		"cut messages of a stream, segments of 1460 B attached; each message");
CHAIN_CASE(case_stream_mbuf, "stream-mbuf", CHAIN_STREAM_MBUF, chain_ops, stream_sizes,
		"the same, segments are received mbufs");
CHAIN_CASE(case_stream_copy, "stream-copy", CHAIN_STREAM_COPY, chain_ops, stream_sizes,
		"the same, segments are copied in");
CHAIN_CASE(case_attach, "attach", CHAIN_ATTACH, chain_ops, NULL,
		"attach 1460 B of memory, consume and free it");
CHAIN_CASE(case_slice45, "slice45", CHAIN_SLICE, chain_ops, NULL,
		"a slice of 45 segments of 1460 B that others hold, too, and close it");
CHAIN_CASE(case_clone45, "clone45", CHAIN_CLONE, chain_ops, NULL,
		"a clone of 45 received mbufs of 1460 B, and close it");
CHAIN_CASE(case_iovec45, "iovec45", CHAIN_IOVEC, chain_ops, NULL, "an iovec of 45 segments");
CHAIN_CASE(case_u32, "u32", CHAIN_U32, chain_ops, NULL, "peek 32 bits at the start");
CHAIN_CASE(case_u32_border, "u32-border", CHAIN_U32_BORDER, chain_ops, NULL,
		"peek 32 bits that two segments divide");
CHAIN_CASE(case_lines, "lines", CHAIN_LINES, lines_ops, NULL,
		"cut lines of 80 B, segments of 1460 B attached; each line");
CHAIN_CASE(case_walk, "walk-lines", CHAIN_WALK, lines_ops, NULL,
		"find lines of 80 B by a cursor, segments of 1460 B attached; each line");
CHAIN_CASE(case_read, "read", CHAIN_READ, read_ops, read_sizes,
		"checksum of messages in received mbufs, in place or in one piece; each message");
CHAIN_CASE(case_checksum, "checksum", CHAIN_CKSUM, chain_ops, sum_sizes,
		"Internet checksum over segments of 1460 B");
CHAIN_CASE(case_crc32c, "checksum-crc32c", CHAIN_CRC32C, chain_ops, sum_sizes,
		"CRC32C over segments of 1460 B");
