/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Packets that are put into linked buffers: what it costs that they are counted, and from which
 * size on it is cheaper to keep the mbuf than to copy out of it.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include <lbuf_burst.h>
#include <lbuf_hold.h>

#include "cases.h"
#include "rxtx.h"

/* Packets that are held at a time, where some are. */
#define HELD 4096

/* Receive a burst; packets of no queue are not counted when they are held. */
static inline uint16_t
receive(struct rxtx_ctx *x, struct lbuf_burst *burst, bool counted)
{
	uint16_t n = lbuf_burst_rx(burst, x->port, 0, PERF_BURST);

	if (!counted)
		burst->via = 0;
	return n;
}

/* All packets of a burst to one buffer, which is read and released. */
static __rte_always_inline uint64_t
append_loop(struct rxtx_ctx *x, uint64_t n, struct watch *w, bool counted)
{
	struct lbuf *b = &x->bufs[0];
	struct lbuf_burst burst;
	uint64_t done = 0;
	uint16_t nb;

	lbuf_burst_init(&burst);
	watch_start(w);
	while (done < n) {
		nb = receive(x, &burst, counted);
		if (unlikely(nb == 0 || lbuf_burst_append(&burst, b) != 0))
			break;
		lbuf_skip(b, lbuf_len(b));
		lbuf_release(b);
		done += nb;
	}
	watch_stop(w);
	lbuf_burst_drop(&burst);
	return done < n ? 0 : done;
}

static uint64_t
append_counted(void *ctx, uint64_t n, struct watch *w)
{
	return append_loop(ctx, n, w, true);
}

static uint64_t
append_uncounted(void *ctx, uint64_t n, struct watch *w)
{
	return append_loop(ctx, n, w, false);
}

/* Each packet to a buffer of its own, all of which are closed. */
static __rte_always_inline uint64_t
take_loop(struct rxtx_ctx *x, uint64_t n, struct watch *w, bool counted)
{
	struct lbuf_burst burst;
	uint64_t done = 0;
	uint16_t i, nb;

	lbuf_burst_init(&burst);
	watch_start(w);
	while (done < n) {
		nb = receive(x, &burst, counted);
		for (i = 0; i < nb; i++)
			if (unlikely(lbuf_burst_take(&burst, i, &x->bufs[i]) != 0))
				break;
		if (unlikely(nb == 0 || i != nb))
			break;
		for (i = 0; i < nb; i++) {
			lbuf_skip(&x->bufs[i], lbuf_len(&x->bufs[i]));
			lbuf_release(&x->bufs[i]);
		}
		done += nb;
	}
	watch_stop(w);
	lbuf_burst_drop(&burst);
	return done < n ? 0 : done;
}

static uint64_t
take_counted(void *ctx, uint64_t n, struct watch *w)
{
	return take_loop(ctx, n, w, true);
}

static uint64_t
take_uncounted(void *ctx, uint64_t n, struct watch *w)
{
	return take_loop(ctx, n, w, false);
}

static const struct bridge_arg never = { .rx_hold = LBUF_HOLD_ALL };
static const struct bridge_arg always = { .rx_copy_break = UINT16_MAX };

static const struct perf_op append_ops[] = {
	{ "governed", rxtx_open, append_counted, rxtx_close, &never },
	{ "ungoverned", rxtx_open, append_uncounted, rxtx_close, &never },
	{ .engine = NULL },
};

static const struct perf_op take_ops[] = {
	{ "governed", rxtx_open, take_counted, rxtx_close, &never },
	{ "ungoverned", rxtx_open, take_uncounted, rxtx_close, &never },
	{ .engine = NULL },
};

static const size_t hold_sizes[] = { 64, 1500, 0 };

const struct perf_case case_hold_append = {
	.name = "hold-append",
	.unit = "ns",
	.help = "32 packets to one buffer, read and released; each packet",
	.variant = RXTX_NULL,
	.sizes = hold_sizes,
	.ops = append_ops,
};

const struct perf_case case_hold_take = {
	.name = "hold-take",
	.unit = "ns",
	.help = "32 packets to a buffer each, read and released; each packet",
	.variant = RXTX_NULL,
	.sizes = hold_sizes,
	.ops = take_ops,
};

static void
break_close(void *ctx)
{
	struct rxtx_ctx *x = ctx;
	struct lbuf *held = x->own;
	unsigned int i;

	for (i = 0; held != NULL && i < HELD; i++)
		lbuf_close(&held[i]);
	free(held);
	rxtx_close(x);
}

static void *
break_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct rxtx_ctx *x = rxtx_open(c, op, size, why);
	struct lbuf *held;
	unsigned int i;

	if (x == NULL)
		return NULL;
	held = calloc(HELD, sizeof(*held));
	x->own = held;
	for (i = 0; held != NULL && i < HELD; i++)
		lbuf_init(&held[i], x->pool);
	if (held == NULL) {
		break_close(x);
		return NULL;
	}
	return x;
}

/*
 * A consumer that is HELD packets behind: what a device writes is put aside, and what was put
 * aside so long ago is read.
 */
static uint64_t
break_run(void *ctx, uint64_t n, struct watch *w)
{
	struct rxtx_ctx *x = ctx;
	struct lbuf *held = x->own;
	uint8_t out[RTE_MBUF_DEFAULT_DATAROOM];
	struct lbuf_burst burst;
	uint64_t done = 0;
	uint16_t i, nb;

	lbuf_burst_init(&burst);
	watch_start(w);
	while (done < n) {
		nb = lbuf_burst_rx(&burst, x->port, 0, PERF_BURST);
		for (i = 0; i < nb; i++) {
			struct lbuf *b = &held[(done + i) % HELD];

			memset(rte_pktmbuf_mtod(burst.pkts[i], void *), (int)i,
					burst.pkts[i]->data_len);
			lbuf_read(b, out, lbuf_len(b));
			lbuf_release(b);
			if (unlikely(lbuf_burst_take(&burst, i, b) != 0))
				break;
		}
		if (unlikely(nb == 0 || i != nb))
			break;
		done += nb;
	}
	watch_stop(w);
	lbuf_burst_drop(&burst);
	return done < n ? 0 : done;
}

static const struct perf_op break_ops[] = {
	{ "copied", break_open, break_run, break_close, &always },
	{ "held", break_open, break_run, break_close, &never },
	{ .engine = NULL },
};

static const size_t break_sizes[] = { 64, 128, 192, 256, 384, 512, 768, 1024, 1500, 0 };

const struct perf_case case_hold_break = {
	.name = "hold-break",
	.unit = "ns",
	.help = "a packet put aside, and read when 4096 more have been",
	.variant = RXTX_NULL,
	.sizes = break_sizes,
	.ops = break_ops,
};
