/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Packets from a port and back to it, as linked buffers and as plain mbufs. The
 * ports cost next to nothing: net_null makes packets up and forgets them, net_ring
 * passes them on to itself.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <lbuf_burst.h>

#include "cases.h"
#include "rxtx.h"

#define DESCRIPTORS 512
#define MBUFS 8191
#define CACHE 256
/* Packets that go round and round through a net_ring port. */
#define RING_PACKETS (2 * PERF_BURST)
/* Bytes of the packets of a port that receives none. */
#define COPY_PACKET 64

void
rxtx_close(void *ctx)
{
	struct rxtx_ctx *x = ctx;
	struct rte_mbuf *pkts[PERF_BURST];
	unsigned int i;
	uint16_t n;

	for (i = 0; i < PERF_BURST; i++)
		lbuf_close(&x->bufs[i]);
	/* What is left in a net_ring comes out again; net_null would never end. */
	if (x->started && strncmp(x->dev, "net_ring", strlen("net_ring")) == 0)
		while ((n = rte_eth_rx_burst(x->port_id, 0, pkts, PERF_BURST)) != 0)
			rte_pktmbuf_free_bulk(pkts, n);
	if (x->started)
		rte_eth_dev_stop(x->port_id);
	lbuf_port_free(x->port);
	if (x->plugged)
		rte_eal_hotplug_remove("vdev", x->dev);
	lbuf_pool_free(x->pool);
	rte_mempool_free(x->mp);
	free(x);
}

/* The port, with one queue each way. */
static int
port_setup(struct rxtx_ctx *x, enum rxtx_kind kind, size_t size)
{
	static unsigned int serial;
	struct rte_eth_conf conf = { 0 };
	char args[64] = "";
	int ret;

	if (kind == RXTX_NULL)
		snprintf(args, sizeof(args), "size=%zu,copy=0", size);
	snprintf(x->dev, sizeof(x->dev), "net_%s_perf%u", kind == RXTX_NULL ? "null" : "ring",
			serial++);
	ret = rte_eal_hotplug_add("vdev", x->dev, args);
	if (ret != 0)
		return ret;
	x->plugged = true;
	ret = rte_eth_dev_get_port_by_name(x->dev, &x->port_id);
	if (ret == 0)
		ret = rte_eth_dev_configure(x->port_id, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(x->port_id, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL,
				x->mp);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(x->port_id, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL);
	if (ret == 0)
		ret = rte_eth_dev_start(x->port_id);
	x->started = ret == 0;
	return ret;
}

/* Packets for a port that makes none. */
static int
fill_ring(struct rxtx_ctx *x, size_t size)
{
	struct rte_mbuf *pkts[RING_PACKETS];
	unsigned int i;

	if (rte_pktmbuf_alloc_bulk(x->mp, pkts, RING_PACKETS) != 0)
		return -ENOMEM;
	for (i = 0; i < RING_PACKETS; i++)
		memset(rte_pktmbuf_append(pkts[i], (uint16_t)size), 0, size);
	return rte_eth_tx_burst(x->port_id, 0, pkts, RING_PACKETS) == RING_PACKETS ? 0 : -EIO;
}

static int
bridge_setup(struct rxtx_ctx *x, const struct bridge_arg *arg)
{
	struct lbuf_port_params params = {
		.copy_break = arg->copy_break,
		.rx_copy_break = arg->rx_copy_break,
		.rx_hold = arg->rx_hold,
	};
	char name[RTE_MEMPOOL_NAMESIZE];
	unsigned int i;

	snprintf(name, sizeof(name), "pf_rxtx%u", x->port_id);
	x->pool = lbuf_pool_create(name, NULL);
	if (x->pool == NULL)
		return -rte_errno;
	params.pool = x->pool;
	x->port = lbuf_port_create(x->port_id, &params);
	if (x->port == NULL)
		return -rte_errno;
	for (i = 0; i < PERF_BURST; i++) {
		lbuf_init(&x->bufs[i], x->pool);
		x->bufp[i] = &x->bufs[i];
	}
	return 0;
}

void *
rxtx_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct rxtx_ctx *x;
	static unsigned int serial;
	char name[RTE_MEMPOOL_NAMESIZE];
	int ret;

	if (size < 60 || size > RTE_MBUF_DEFAULT_DATAROOM) {
		*why = "packets are of 60 to 2048 bytes";
		return NULL;
	}
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	snprintf(name, sizeof(name), "perf_rxtx%u", serial++);
	x->mp = rte_pktmbuf_pool_create(name, MBUFS, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			(int)rte_socket_id());
	if (x->mp == NULL) {
		*why = rte_strerror(rte_errno);
		rxtx_close(x);
		return NULL;
	}
	ret = port_setup(x, c->variant, size);
	if (ret == 0 && c->variant == RXTX_RING)
		ret = fill_ring(x, size);
	if (ret == 0 && op->arg != NULL)
		ret = bridge_setup(x, op->arg);
	if (ret != 0) {
		*why = rte_strerror(-ret);
		rxtx_close(x);
		return NULL;
	}
	return x;
}

/* What lbuf-fwd does: packets that nobody looks at. */
static uint64_t
rxtx_burst_run(void *ctx, uint64_t n, struct watch *w)
{
	struct rxtx_ctx *x = ctx;
	struct lbuf_burst burst;
	uint64_t done = 0;
	uint16_t nb;

	lbuf_burst_init(&burst);
	watch_start(w);
	while (done < n) {
		nb = lbuf_burst_rx(&burst, x->port, 0, PERF_BURST);
		if (unlikely(nb == 0 || lbuf_burst_tx(&burst, x->port, 0) != nb))
			break;
		done += nb;
	}
	watch_stop(w);
	lbuf_burst_drop(&burst);
	return done < n ? 0 : done;
}

/* Each packet as a linked buffer. */
static uint64_t
rxtx_lbuf_run(void *ctx, uint64_t n, struct watch *w)
{
	struct rxtx_ctx *x = ctx;
	uint64_t done = 0;
	uint16_t nb = 0;

	watch_start(w);
	while (done < n) {
		nb = lbuf_port_rx(x->port, 0, x->bufp, PERF_BURST);
		if (unlikely(nb == 0 || lbuf_port_tx(x->port, 0, x->bufp, nb) != nb))
			break;
		done += nb;
	}
	watch_stop(w);
	return done < n ? 0 : done;
}

static uint64_t
rxtx_mbuf_run(void *ctx, uint64_t n, struct watch *w)
{
	struct rxtx_ctx *x = ctx;
	struct rte_mbuf *pkts[PERF_BURST];
	uint64_t done = 0;
	uint16_t nb;

	watch_start(w);
	while (done < n) {
		nb = rte_eth_rx_burst(x->port_id, 0, pkts, PERF_BURST);
		if (unlikely(nb == 0 || rte_eth_tx_burst(x->port_id, 0, pkts, nb) != nb))
			break;
		done += nb;
	}
	watch_stop(w);
	return done < n ? 0 : done;
}

static const struct bridge_arg usual = { 0 };

static const struct perf_op rxtx_ops[] = {
	{ "lbuf", rxtx_open, rxtx_burst_run, rxtx_close, &usual },
	{ "lbuf-each", rxtx_open, rxtx_lbuf_run, rxtx_close, &usual },
	{ "mbuf", rxtx_open, rxtx_mbuf_run, rxtx_close, NULL },
	{ .engine = NULL },
};

static const size_t rxtx_sizes[] = { 64, 1500, 0 };

const struct perf_case case_rxtx_null = {
	.name = "rx-tx",
	.unit = "cycles",
	.help = "receive 32 and send them, net_null; each packet",
	.flags = PERF_CYCLES,
	.variant = RXTX_NULL,
	.sizes = rxtx_sizes,
	.ops = rxtx_ops,
};

const struct perf_case case_rxtx_ring = {
	.name = "rx-tx-ring",
	.unit = "cycles",
	.help = "receive 32 and send them, net_ring; each packet",
	.flags = PERF_CYCLES,
	.variant = RXTX_RING,
	.sizes = rxtx_sizes,
	.ops = rxtx_ops,
};

/* The port is only there to have a bridge. */
static void *
copy_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct rxtx_ctx *x;

	if (size == 0 || size > LBUF_PORT_COPY_MAX) {
		*why = "pieces are of 1 to 2048 bytes";
		return NULL;
	}
	x = rxtx_open(c, op, COPY_PACKET, why);
	if (x != NULL)
		x->piece = size;
	return x;
}

/*
 * Packets of one piece in a chunk, that differ in nothing but how the piece gets into them. A
 * burst of them is out at a time, as with a driver. What it costs to write the piece is not
 * measured: it is not touched.
 */
static uint64_t
copy_run(void *ctx, uint64_t n, struct watch *w)
{
	struct rxtx_ctx *x = ctx;
	struct rte_mbuf *pkts[PERF_BURST];
	uint64_t done = 0;
	unsigned int i;

	watch_start(w);
	while (done < n) {
		for (i = 0; i < PERF_BURST; i++) {
			if (unlikely(lbuf_reserve(&x->bufs[i], x->piece) == NULL))
				break;
			lbuf_flush(&x->bufs[i]);
			pkts[i] = lbuf_port_export(x->port, 0, &x->bufs[i]);
			if (unlikely(pkts[i] == NULL))
				break;
		}
		rte_pktmbuf_free_bulk(pkts, i);
		if (unlikely(i != PERF_BURST))
			break;
		done += i;
	}
	watch_stop(w);
	return done < n ? 0 : done;
}

static const struct bridge_arg always = { .copy_break = LBUF_PORT_COPY_MAX };
static const struct bridge_arg never = { .copy_break = 1 };

static const struct perf_op copy_ops[] = {
	{ "copied", copy_open, copy_run, rxtx_close, &always },
	{ "referred-to", copy_open, copy_run, rxtx_close, &never },
	{ .engine = NULL },
};

static const size_t copy_sizes[] = { 16, 64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 0 };

const struct perf_case case_copy_break = {
	.name = "copy-break",
	.unit = "ns",
	.help = "a piece of a chunk into a packet, and the packet's end",
	.variant = RXTX_NULL,
	.sizes = copy_sizes,
	.ops = copy_ops,
};
