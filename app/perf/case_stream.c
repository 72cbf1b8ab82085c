/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Streams: packets of many connections in order, out of memory that no cache holds, as a port
 * brings them; and a flood of single bytes out of order.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_tcp.h>

#include <lbuf_conn.h>

#include "cases.h"

/* Packets that are there at a time: more than caches hold. */
#define PACKETS 32768
/* From one packet's connection to the next one's: prime to their numbers. */
#define STRIDE 7919
/* Connections' endpoints: addresses of clients, ports of each. */
#define PORTS 50000

struct headers {
	struct rte_ether_hdr ether;
	struct rte_ipv4_hdr ip;
	struct rte_tcp_hdr tcp;
};
_Static_assert(sizeof(struct headers) == 54, "as in the packet");

struct stream_ctx {
	struct rte_mempool *mp;
	struct lbuf_pool *pool;
	struct lbuf_conn_table *table;
	struct lbuf_streams *all;
	struct rte_mbuf **pkts;
	uint32_t *next; /* sequence number of each connection */
	uint32_t conns;
	size_t size;
	uint64_t bytes; /* consumed */
};

static void
consume(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	struct stream_ctx *x = arg;

	(void)c;
	(void)dir;
	x->bytes += lbuf_len(b);
	lbuf_skip(b, lbuf_len(b));
}

static void
stream_close(void *ctx)
{
	struct stream_ctx *x = ctx;
	uint32_t i;

	lbuf_conn_table_free(x->table);
	lbuf_streams_free(x->all);
	for (i = 0; x->pkts != NULL && i < PACKETS; i++)
		rte_pktmbuf_free(x->pkts[i]);
	rte_mempool_free(x->mp);
	lbuf_pool_free(x->pool);
	free(x->pkts);
	free(x->next);
	free(x);
}

static struct stream_ctx *
stream_new(size_t size, uint32_t mbufs)
{
	struct stream_ctx *x = calloc(1, sizeof(*x));
	static unsigned int serial;
	char name[RTE_MEMPOOL_NAMESIZE];

	if (x == NULL)
		return NULL;
	x->size = size;
	snprintf(name, sizeof(name), "pf_stream%u", serial++);
	x->pool = lbuf_pool_create(name, NULL);
	x->mp = rte_pktmbuf_pool_create(name, mbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			(int)rte_socket_id());
	if (x->pool != NULL && x->mp != NULL)
		return x;
	stream_close(x);
	return NULL;
}

/* --- packets in order ------------------------------------------------------ */

/* The headers of a client's packet. */
static void
write_headers(struct headers *h, uint32_t conn, uint8_t flags, uint32_t seq, size_t len)
{
	memset(h, 0, sizeof(*h));
	h->ether.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(h->ip) + sizeof(h->tcp) + len));
	h->ip.next_proto_id = IPPROTO_TCP;
	h->ip.src_addr = rte_cpu_to_be_32(RTE_IPV4(10, 0, 0, 0) + conn / PORTS);
	h->ip.dst_addr = rte_cpu_to_be_32(RTE_IPV4(10, 1, 0, 0));
	h->tcp.src_port = rte_cpu_to_be_16((uint16_t)(1024 + conn % PORTS));
	h->tcp.dst_port = rte_cpu_to_be_16(80);
	h->tcp.sent_seq = rte_cpu_to_be_32(seq);
	h->tcp.data_off = sizeof(h->tcp) / 4 << 4;
	h->tcp.tcp_flags = flags;
	h->tcp.rx_win = UINT16_MAX;
}

/* Have a connection opened, by both SYNs. */
static void
open_conn(struct stream_ctx *x, uint32_t conn)
{
	struct rte_mbuf *m = x->pkts[0];
	struct headers *h = rte_pktmbuf_mtod(m, struct headers *);
	rte_be32_t addr;
	rte_be16_t port;

	m->data_len = sizeof(*h);
	m->pkt_len = sizeof(*h);
	write_headers(h, conn, RTE_TCP_SYN_FLAG, 0, 0);
	lbuf_conn_input(x->table, &m, 1, rte_rdtsc());
	h->tcp.tcp_flags |= RTE_TCP_ACK_FLAG;
	h->tcp.recv_ack = rte_cpu_to_be_32(1);
	addr = h->ip.src_addr;
	h->ip.src_addr = h->ip.dst_addr;
	h->ip.dst_addr = addr;
	port = h->tcp.src_port;
	h->tcp.src_port = h->tcp.dst_port;
	h->tcp.dst_port = port;
	lbuf_conn_input(x->table, &m, 1, rte_rdtsc());
	x->next[conn] = 1;
}

static int
conns_open(struct stream_ctx *x)
{
	struct lbuf_conn_params params = {
		.stream.pool = x->pool,
		.ops.data = consume,
		.arg = x,
		.conns = x->conns,
		.datagrams = UINT32_MAX,
	};
	uint32_t i;

	x->table = lbuf_conn_table_create(&params);
	x->next = calloc(x->conns, sizeof(*x->next));
	x->pkts = calloc(PACKETS, sizeof(struct rte_mbuf *));
	if (x->table == NULL || x->next == NULL || x->pkts == NULL ||
			rte_pktmbuf_alloc_bulk(x->mp, x->pkts, PACKETS) != 0)
		return -ENOMEM;
	for (i = 0; i < x->conns; i++)
		open_conn(x, i);
	return 0;
}

static void *
order_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct stream_ctx *x;

	(void)op;
	if (size == 0 || size + sizeof(struct headers) > RTE_MBUF_DEFAULT_DATAROOM) {
		*why = "payloads are of 1 to 1994 bytes";
		return NULL;
	}
	x = stream_new(size, PACKETS);
	if (x == NULL)
		return NULL;
	x->conns = c->variant;
	if (conns_open(x) == 0)
		return x;
	*why = "no memory";
	stream_close(x);
	return NULL;
}

/* Write the packets of the next round: each is the next one of its connection. */
static void
write_packets(struct stream_ctx *x, uint64_t from)
{
	uint32_t i, conn;

	for (i = 0; i < PACKETS; i++) {
		conn = (uint32_t)((from + i) * STRIDE % x->conns);
		write_headers(rte_pktmbuf_mtod(x->pkts[i], struct headers *), conn,
				RTE_TCP_ACK_FLAG, x->next[conn], x->size);
		x->pkts[i]->data_len = (uint16_t)(sizeof(struct headers) + x->size);
		x->pkts[i]->pkt_len = x->pkts[i]->data_len;
		x->next[conn] += (uint32_t)x->size;
	}
}

static uint64_t
order_run(void *ctx, uint64_t n, struct watch *w)
{
	struct stream_ctx *x = ctx;
	uint64_t done = 0, was = x->bytes;
	uint32_t i;

	while (done < n) {
		write_packets(x, done);
		watch_start(w);
		for (i = 0; i < PACKETS; i += PERF_BURST)
			lbuf_conn_input(x->table, &x->pkts[i], PERF_BURST, rte_rdtsc());
		watch_stop(w);
		done += PACKETS;
	}
	return x->bytes - was == done * x->size ? done : 0;
}

/* --- idle connections ------------------------------------------------------ */

static size_t
heap_bytes(void)
{
	struct rte_malloc_socket_stats stats = { 0 };

	rte_malloc_get_socket_stats((int)rte_socket_id(), &stats);
	return stats.heap_allocsz_bytes;
}

static void *
idle_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	(void)c;
	(void)op;
	if (size == 0 || size > LBUF_CONN_CONNS_MAX) {
		*why = "1 to 64 M connections";
		return NULL;
	}
	return stream_new(size, PACKETS);
}

static uint64_t
idle_run(void *ctx, uint64_t n, struct watch *w)
{
	struct stream_ctx *x = ctx;
	size_t before = heap_bytes();
	struct lbuf_conn_table_stats stats;

	x->conns = (uint32_t)x->size;
	if (conns_open(x) != 0)
		return 0;
	lbuf_conn_table_stats_get(x->table, &stats);
	w->value = (double)(heap_bytes() - before) / (double)x->size;
	return stats.conns == x->size ? n : 0;
}

/* --- single bytes out of order --------------------------------------------- */

static void *
flood_open(const struct perf_case *c, const struct perf_op *op, size_t size, const char **why)
{
	struct stream_ctx *x;

	(void)c;
	(void)op;
	if (size == 0 || size > LBUF_STREAM_AHEAD / 4) {
		*why = "1 to 256 M bytes";
		return NULL;
	}
	x = stream_new(size, PERF_BURST);
	if (x == NULL)
		return NULL;
	x->all = lbuf_streams_create(&(struct lbuf_stream_params){ .pool = x->pool });
	x->pkts = calloc(PACKETS, sizeof(struct rte_mbuf *));
	if (x->all != NULL && x->pkts != NULL)
		x->pkts[0] = rte_pktmbuf_alloc(x->mp);
	if (x->pkts != NULL && x->pkts[0] != NULL) {
		memset(rte_pktmbuf_append(x->pkts[0], 1), 0, 1);
		return x;
	}
	*why = rte_strerror(rte_errno);
	stream_close(x);
	return NULL;
}

/* Every other byte, in an order that is none; returns what they keep, bytes. */
static uint64_t
flood(struct stream_ctx *x, struct watch *w)
{
	struct lbuf_streams_stats stats;
	struct lbuf_stream s;
	uint64_t i;

	lbuf_stream_init(&s, x->all);
	lbuf_stream_start(&s, 0);
	watch_start(w);
	for (i = 0; i < x->size; i++)
		lbuf_stream_insert(&s, 1 + 2 * (uint32_t)(i * STRIDE % x->size), x->pkts[0], 0, 1);
	watch_stop(w);
	lbuf_streams_stats_get(x->all, &stats);
	lbuf_stream_close(&s);
	return stats.bytes;
}

static uint64_t
flood_run(void *ctx, uint64_t n, struct watch *w)
{
	struct stream_ctx *x = ctx;
	uint64_t done;

	for (done = 0; done < n; done += x->size)
		flood(x, w);
	return done;
}

static uint64_t
flood_memory_run(void *ctx, uint64_t n, struct watch *w)
{
	w->value = (double)flood(ctx, w) / 1024;
	return n;
}

#define STREAM_OPS(name, open, run) \
	static const struct perf_op name##_ops[] = { \
		{ "lbuf", open, run, stream_close, NULL }, \
		{ .engine = NULL }, \
	}

STREAM_OPS(order, order_open, order_run);
STREAM_OPS(idle, idle_open, idle_run);
STREAM_OPS(flood, flood_open, flood_run);
STREAM_OPS(flood_memory, flood_open, flood_memory_run);

static const size_t order_sizes[] = { 64, 512, 1460, 0 };
static const size_t idle_sizes[] = { 1000, 100000, 1000000, 0 };
static const size_t flood_sizes[] = { 16, 256, 4096, 8192, 16384, 65536, 1 << 18, 1 << 20, 0 };

const struct perf_case case_stream_few = {
	.name = "stream-inorder-100",
	.unit = "ns/packet",
	.help = "TCP packets of 100 connections put in order, by bytes of payload",
	.variant = 100,
	.sizes = order_sizes,
	.ops = order_ops,
};

const struct perf_case case_stream_many = {
	.name = "stream-inorder-100k",
	.unit = "ns/packet",
	.help = "the same of 100,000 connections",
	.variant = 100000,
	.sizes = order_sizes,
	.ops = order_ops,
};

const struct perf_case case_stream_idle = {
	.name = "stream-idle",
	.unit = "bytes",
	.help = "memory of an idle connection, by how many there are, all of the table included",
	.flags = PERF_VALUE,
	.sizes = idle_sizes,
	.ops = idle_ops,
};

const struct perf_case case_stream_flood = {
	.name = "stream-flood",
	.unit = "ns/packet",
	.help = "single bytes out of order, by how many",
	.sizes = flood_sizes,
	.ops = flood_ops,
};

const struct perf_case case_stream_flood_memory = {
	.name = "stream-flood-memory",
	.unit = "KiB",
	.help = "memory that these bytes keep",
	.flags = PERF_VALUE,
	.sizes = flood_sizes,
	.ops = flood_memory_ops,
};
