/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Chunks, linked buffers and ports where a node has no memory or no CPUs, or where the
 * process may use only some of them. Every lcore does the same in turn.
 *
 *   numa_shape EAL-OPTIONS --vdev=net_null0 --vdev=net_null1 -- NODE[,NODE]
 *
 * NODE: the nodes whose memory there is.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <lbuf.h>
#include <lbuf_chunk.h>
#include <lbuf_port.h>

#include "check.h"
#include "node.h"

#define NODES 2
/* Chunks of a class at a time, and of the large tier. */
#define HELD 20
#define HELD_LARGE 2
#define MESSAGE 300000
#define PIECE 1000
#define MBUFS 1023
#define BURST 32
#define ANSWER 1000
#define BURSTS 50

static const size_t sizes[] = { 100, 1000, 1024, 2048, 100000, 1 << 20, 16 << 20 };

static struct {
	bool memory[NODES];
	struct lbuf_pool *pool;
	enum lbuf_policy policy;
	struct lbuf_port *port[2];
	uint64_t packets;
} shape;

/* Where the calling lcore's chunks are to be: on its node or, without memory, on the other. */
static int
home(void)
{
	int node = (int)rte_socket_id();

	return shape.memory[node] ? node : 1 - node;
}

static struct lbuf_pool_stats
stats_of(int socket)
{
	struct lbuf_pool_stats st;

	check(lbuf_pool_stats_get(shape.pool, LBUF_TIER_NUM, socket, 0, &st) == 0, "stats", 0);
	return st;
}

/* A socket is none to EAL if its node has no CPUs; but for socket 0. */
static bool
is_socket(int socket)
{
	struct lbuf_pool_stats st;

	return lbuf_pool_stats_get(shape.pool, LBUF_TIER_NUM, socket, 0, &st) == 0;
}

/* --- chunks --------------------------------------------------------------- */

static void
use(struct lbuf_chunk *chunk, size_t size, int node)
{
	check(chunk != NULL, "no chunk", size);
	memset(chunk->data, (int)size, size);
	check(chunk->socket == node, "of another socket", size);
	check(node_of(chunk) == node, "on another node", size);
	check(chunk->tier == tier_of(size), "of another tier", size);
}

/* The second time they come out of the lcore's caches. */
static void
own_chunks(void)
{
	struct lbuf_chunk *chunk[HELD];
	unsigned int i, k, n, turn;

	for (i = 0; i < RTE_DIM(sizes); i++) {
		n = tier_of(sizes[i]) == LBUF_TIER_LARGE ? HELD_LARGE : HELD;
		for (turn = 0; turn < 2; turn++) {
			for (k = 0; k < n; k++) {
				chunk[k] = lbuf_chunk_alloc(shape.pool, sizes[i]);
				use(chunk[k], sizes[i], home());
			}
			lbuf_chunk_put_bulk(chunk, n);
		}
	}
	check(stats_of(home()).cached != 0, "nothing in the caches", 0);
	check(stats_of(SOCKET_ID_ANY).fallbacks == 0, "a fallback", 0);
	check(stats_of(SOCKET_ID_ANY).failures == 0, "a failure", 0);
}

/* A chunk of a socket that is asked for by name. */
static void
chunk_of(size_t size, int socket)
{
	uint64_t before = stats_of(socket).fallbacks;
	bool refused = !shape.memory[socket] && shape.policy == LBUF_POLICY_STRICT;
	bool other = !shape.memory[socket] && shape.policy == LBUF_POLICY_PREFER;
	struct lbuf_chunk *chunk;

	rte_errno = 0;
	chunk = lbuf_chunk_alloc_socket(shape.pool, size, socket);
	if (refused) {
		check(chunk == NULL && rte_errno == ENOMEM, "not refused", size);
		return;
	}
	use(chunk, size, other ? 1 - socket : socket);
	check(stats_of(socket).fallbacks == before + other, "fallbacks", size);
	lbuf_chunk_put(chunk);
}

static void
chunks_asked_for(void)
{
	unsigned int i;
	int socket;

	for (socket = 0; socket < NODES; socket++)
		for (i = 0; i < RTE_DIM(sizes) && is_socket(socket); i++)
			chunk_of(sizes[i], socket);
}

/* --- linked buffers ------------------------------------------------------- */

static void
message(void)
{
	uint8_t piece[PIECE], got[PIECE];
	struct lbuf b;
	unsigned int i;

	lbuf_init(&b, shape.pool);
	for (i = 0; i < MESSAGE / PIECE; i++) {
		memset(piece, (int)i, sizeof(piece));
		check(lbuf_write(&b, piece, sizeof(piece)) == 0, "write", i);
	}
	check(lbuf_flush(&b) == 0, "flush", 0);
	for (i = 0; i < MESSAGE / PIECE; i++) {
		memset(piece, (int)i, sizeof(piece));
		check(lbuf_read(&b, got, sizeof(got)) == 0, "read", i);
		check(memcmp(piece, got, sizeof(got)) == 0, "not as written", i);
	}
	check(lbuf_len(&b) == 0, "more than was written", 0);
	lbuf_close(&b);
}

/* --- ports ---------------------------------------------------------------- */

static struct lbuf_port *
port_open(uint16_t id)
{
	const struct lbuf_port_params params = { .pool = shape.pool, .copy_break = 1 };
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	struct lbuf_port *port;
	struct rte_mempool *mp;
	char name[16];

	snprintf(name, sizeof(name), "rx%u", id);
	mp = rte_mempool_lookup(name);
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(name, MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				SOCKET_ID_ANY);
	check(mp != NULL, "mbufs", 0);
	check(rte_eth_dev_info_get(id, &info) == 0, "info", 0);
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	check(rte_eth_dev_configure(id, 1, 1, &conf) == 0, "configure", 0);
	check(rte_eth_rx_queue_setup(id, 0, 0, (unsigned int)SOCKET_ID_ANY, NULL, mp) == 0, "rxq",
			0);
	check(rte_eth_tx_queue_setup(id, 0, 0, (unsigned int)SOCKET_ID_ANY, NULL) == 0, "txq", 0);
	port = lbuf_port_create(id, &params);
	check(port != NULL, "bridge", 0);
	check(rte_eth_dev_start(id) == 0, "start", 0);
	return port;
}

static void
port_close(struct lbuf_port *port, uint16_t id)
{
	struct lbuf_port_stats st;

	check(lbuf_port_stats_get(port, 0, &st) == 0, "port stats", 0);
	check(st.tx_failed == 0, "packets lost", 0);
	if (id == 1)
		check(st.tx_refs == shape.packets && st.tx_packets == shape.packets,
				"not by reference", st.tx_refs);
	check(lbuf_port_stop(port) == 0, "stop", 0);
	check(lbuf_port_refs_out(port) == 0, "references out", 0);
	check(lbuf_port_free(port) == 0, "bridge not freed", 0);
}

/* Have a packet's place be taken by an answer in a chunk, which goes by reference. */
static void
answer(struct lbuf *b, int byte)
{
	uint64_t len = lbuf_len(b);
	void *p;

	check(len != 0 && lbuf_skip(b, len) == 0, "an empty packet", 0);
	lbuf_release(b);
	p = lbuf_reserve(b, ANSWER);
	check(p != NULL, "no memory for an answer", ANSWER);
	memset(p, byte, ANSWER);
	check(lbuf_flush(b) == 0 && lbuf_len(b) == ANSWER, "answer", ANSWER);
}

/* Packets from one port, and answers to the other. */
static void
forward(void)
{
	struct lbuf buf[BURST], *bufs[BURST];
	unsigned int i, k;
	uint16_t n;

	for (k = 0; k < BURST; k++) {
		lbuf_init(&buf[k], shape.pool);
		bufs[k] = &buf[k];
	}
	for (i = 0; i < BURSTS; i++) {
		n = lbuf_port_rx(shape.port[0], 0, bufs, BURST);
		check(n == BURST, "packets received", n);
		for (k = 0; k < n; k++)
			answer(bufs[k], (int)k);
		check(lbuf_port_tx(shape.port[1], 0, bufs, n) == n, "packets sent", n);
		shape.packets += n;
	}
	for (k = 0; k < BURST; k++)
		lbuf_close(&buf[k]);
}

/* --- all together --------------------------------------------------------- */

static int
on_lcore(void *arg)
{
	RTE_SET_USED(arg);
	own_chunks();
	message();
	forward();
	check(stats_of(SOCKET_ID_ANY).fallbacks == 0, "a fallback", 0);
	printf("numa_shape: lcore %u on socket %u: memory of node %d\n", rte_lcore_id(),
			rte_socket_id(), home());
	return 0;
}

static int
on_lcore_asked(void *arg)
{
	RTE_SET_USED(arg);
	chunks_asked_for();
	lbuf_pool_flush(shape.pool);
	return 0;
}

static void
on_each_lcore(lcore_function_t *func)
{
	unsigned int lcore;

	RTE_LCORE_FOREACH_WORKER(lcore) {
		check(rte_eal_remote_launch(func, NULL, lcore) == 0, "launch", 0);
		check(rte_eal_wait_lcore(lcore) == 0, "lcore", 0);
	}
	func(NULL);
}

static void
run(const char *name, enum lbuf_policy policy)
{
	const struct lbuf_pool_params params = { .policy = policy };
	uint16_t id;

	shape.policy = policy;
	shape.packets = 0;
	shape.pool = lbuf_pool_create(name, policy == LBUF_POLICY_PREFER ? NULL : &params);
	check(shape.pool != NULL, "no pool", 0);
	check(rte_eth_dev_count_avail() == 2, "not two ports", 0);
	for (id = 0; id < 2; id++)
		shape.port[id] = port_open(id);
	on_each_lcore(on_lcore);
	on_each_lcore(on_lcore_asked);
	for (id = 0; id < 2; id++)
		port_close(shape.port[id], id);
	check(lbuf_pool_chunks_out(shape.pool) == 0, "chunks out", 0);
	printf("numa_shape: %s: packets %" PRIu64 " fallbacks %" PRIu64 " failures %" PRIu64 "\n",
			name, shape.packets, stats_of(SOCKET_ID_ANY).fallbacks,
			stats_of(SOCKET_ID_ANY).failures);
	check(lbuf_pool_free(shape.pool) == 0, "pool not freed", 0);
}

/* "0,1" */
static void
read_nodes(const char *arg)
{
	for (; *arg >= '0' && *arg < '0' + NODES; arg++) {
		shape.memory[*arg - '0'] = true;
		if (arg[1] == '\0')
			return;
		if (*++arg != ',')
			break;
	}
	rte_exit(EXIT_FAILURE, "nodes: accepted are 0, 1 or 0,1\n");
}

int
main(int argc, char **argv)
{
	int n = rte_eal_init(argc, argv);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (n < 0 || argc - n != 2)
		rte_exit(EXIT_FAILURE, "usage: numa_shape EAL-OPTIONS -- NODE[,NODE]\n");
	read_nodes(argv[n + 1]);
	run("prefer", LBUF_POLICY_PREFER);
	run("strict", LBUF_POLICY_STRICT);
	rte_eal_cleanup();
	printf("numa_shape: end\n");
	return EXIT_SUCCESS;
}
