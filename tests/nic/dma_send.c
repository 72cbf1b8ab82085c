/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Sends messages out of chunks of all tiers by reference, for somebody outside to
 * compare every byte. Each packet is an Ethernet header, the message's number, its
 * place in the message, and a slice of it.
 *
 *   dma_send EAL-OPTIONS -- PAYLOAD FIRST
 *
 * PAYLOAD: bytes of a message in one packet. FIRST: number of the first message.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <lbuf.h>
#include <lbuf_port.h>

#define RX_MBUFS 511
#define RX_DESC 128
#define TX_DESC 512
#define BURST 32
#define LARGE ((size_t)16 << 20)
#define EARLY ((size_t)10 << 20)
/* Packets under way, and for how many of them a frame comes back: see messages.py. */
#define WINDOW 4096
#define ACK 1024
#define PATIENCE_S 20
#define ETHER_TYPE 0x88b5 /* for experiments */

struct header {
	struct rte_ether_hdr ether;
	rte_be16_t unused;
	rte_be32_t message;
	rte_be32_t place;
};

/* What is sent on each port: so many messages of a size. */
static const struct kind {
	size_t size;
	unsigned int n;
} kinds[] = { { 512, 40 }, { 64 << 10, 8 }, { LARGE, 1 } };

static struct {
	struct lbuf_pool *pool;
	uint32_t payload;
	uint32_t message; /* number of the next one */
} dma;

/* A port, and what it has been given. */
struct port {
	uint16_t id;
	struct lbuf_port *bridge;
	uint64_t packets;
	uint64_t acks;
	struct lbuf early; /* a large message from before the bridge was */
	uint32_t early_number;
};

static struct port ports[RTE_MAX_ETHPORTS];

static void
die(const char *what)
{
	printf("dma_send: %s: %s\n", what, rte_strerror(rte_errno));
	exit(EXIT_FAILURE);
}

static void
check(bool good, const char *what)
{
	if (!good)
		die(what);
}

/* --- messages ------------------------------------------------------------- */

/* Blocks of 256 bytes, each of which counts up from a number of its own. */
static void
fill(uint8_t *p, size_t size, uint32_t message)
{
	size_t i, block;

	for (i = 0; i < size; i++) {
		block = i >> 8;
		p[i] = (uint8_t)(i + block * 7 + (block >> 8) * 13 + message * 31);
	}
}

/* A message in one chunk of the tier of its size. What is prepended has a chunk as
 * large as it needs; what is reserved has no small one.
 */
static uint32_t
message_new(struct lbuf *b, size_t size)
{
	uint32_t number = dma.message++;
	uint8_t *p;

	lbuf_init(b, dma.pool);
	p = size < LBUF_MIDDLE_MIN ? lbuf_prepend(b, size) : lbuf_reserve(b, size);
	check(p != NULL, "no memory for a message");
	fill(p, size, number);
	lbuf_flush(b);
	check(lbuf_len(b) == size, "message not of its length");
	return number;
}

/* --- packets -------------------------------------------------------------- */

static void
packet_new(struct lbuf *packet, struct lbuf *message, uint32_t number, size_t size)
{
	uint64_t left = lbuf_len(message);
	struct header *h;
	struct lbuf slice;

	check(lbuf_slice(message, RTE_MIN(left, (uint64_t)dma.payload), &slice) == 0, "slice");
	lbuf_init(packet, dma.pool);
	check(lbuf_append(packet, &slice) == 0 && lbuf_flush(packet) == 0, "append");
	lbuf_close(&slice);
	h = lbuf_prepend(packet, sizeof(*h));
	check(h != NULL, "no memory for a header");
	memset(&h->ether.dst_addr, 0xff, sizeof(h->ether.dst_addr));
	memset(&h->ether.src_addr, 0x02, sizeof(h->ether.src_addr));
	h->ether.ether_type = RTE_BE16(ETHER_TYPE);
	h->unused = 0;
	h->message = rte_cpu_to_be_32(number);
	h->place = rte_cpu_to_be_32((uint32_t)(size - left));
}

static uint64_t
deadline(void)
{
	return rte_get_tsc_cycles() + PATIENCE_S * rte_get_tsc_hz();
}

/* Send by lbuf_port_tx(). */
static void
send_burst(struct port *port, struct lbuf **bufs, uint16_t n)
{
	uint64_t end = deadline();
	uint16_t sent = 0;

	while (sent < n) {
		sent = (uint16_t)(sent +
				lbuf_port_tx(port->bridge, 0, &bufs[sent], (uint16_t)(n - sent)));
		check(sent == n || rte_errno == 0, "tx");
		check(rte_get_tsc_cycles() < end, "tx takes too long");
	}
}

/* Send by lbuf_port_export(). */
static void
send_exported(struct port *port, struct lbuf **bufs, uint16_t n)
{
	uint64_t end = deadline();
	struct rte_mbuf *m;
	uint16_t i;

	for (i = 0; i < n; i++) {
		m = lbuf_port_export(port->bridge, 0, bufs[i]);
		check(m != NULL, "export");
		while (rte_eth_tx_burst(port->id, 0, &m, 1) == 0)
			check(rte_get_tsc_cycles() < end, "tx takes too long");
	}
}

/* Wait until the other end has most of what was sent: what is between loses frames. */
static void
wait_window(struct port *port)
{
	uint64_t end = deadline();
	struct rte_mbuf *m[BURST];
	uint16_t n;

	while (port->packets >= port->acks * ACK + WINDOW) {
		n = rte_eth_rx_burst(port->id, 0, m, BURST);
		rte_pktmbuf_free_bulk(m, n);
		port->acks += n;
		check(rte_get_tsc_cycles() < end, "frames lost");
	}
}

/* Send a message, and forget it: what the driver still needs is up to references. */
static void
send_message(struct port *port, struct lbuf *message, uint32_t number)
{
	struct lbuf packet[BURST], *bufs[BURST];
	size_t size = lbuf_len(message);
	uint16_t i, n;

	printf("dma_send: message %u port %u size %zu\n", number, port->id, size);
	while (lbuf_len(message) != 0) {
		for (n = 0; n < BURST && lbuf_len(message) != 0; n++) {
			packet_new(&packet[n], message, number, size);
			bufs[n] = &packet[n];
		}
		lbuf_release(message);
		if (number % 2 == 0)
			send_burst(port, bufs, n);
		else
			send_exported(port, bufs, n);
		port->packets += n;
		wait_window(port);
		for (i = 0; i < n; i++)
			lbuf_close(&packet[i]);
	}
	lbuf_close(message);
}

/* Take a chunk as large as a message that is being sent, and overwrite it. */
static void
scribble(size_t size)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(dma.pool, size);

	if (chunk == NULL)
		return;
	memset(chunk->data, 0xee, size);
	lbuf_chunk_put(chunk);
}

static int
send_all(void *arg)
{
	struct port *port = arg;
	struct lbuf message;
	unsigned int i, k;
	uint32_t number;

	if (lbuf_len(&port->early) != 0)
		send_message(port, &port->early, port->early_number);
	for (i = 0; i < RTE_DIM(kinds); i++) {
		for (k = 0; k < kinds[i].n; k++) {
			number = message_new(&message, kinds[i].size);
			send_message(port, &message, number);
			scribble(kinds[i].size);
		}
		printf("dma_send: port %u lcore socket %u size %zu in flight: references %u, "
		       "chunks %" PRIu64 "\n",
				port->id, rte_socket_id(), kinds[i].size,
				lbuf_port_refs_out(port->bridge), lbuf_pool_chunks_out(dma.pool));
		check(lbuf_port_refs_out(port->bridge) != 0, "nothing in flight");
		check(lbuf_pool_chunks_out(dma.pool) != 0, "no chunk in flight");
	}
	return 0;
}

/* --- ports ---------------------------------------------------------------- */

static void
port_open(struct port *port)
{
	int socket = rte_eth_dev_socket_id(port->id);
	/* Small pieces go by reference, too: no copy is what is to be seen. */
	const struct lbuf_port_params params = { .pool = dma.pool, .copy_break = 1 };
	uint16_t rx = RX_DESC, tx = TX_DESC;
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	struct rte_eth_link link;
	struct rte_mempool *mp;
	char name[16];

	snprintf(name, sizeof(name), "rx%u", port->id);
	mp = rte_pktmbuf_pool_create(name, RX_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, socket);
	check(mp != NULL, "mbufs");
	check(rte_eth_dev_info_get(port->id, &info) == 0, "info");
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	check(conf.txmode.offloads != 0, "no multi-segment TX");
	check(rte_eth_dev_configure(port->id, 1, 1, &conf) == 0, "configure");
	check(rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx, &tx) == 0, "descriptors");
	check(rte_eth_rx_queue_setup(port->id, 0, rx, (unsigned int)socket, NULL, mp) == 0, "rxq");
	check(rte_eth_tx_queue_setup(port->id, 0, tx, (unsigned int)socket, NULL) == 0, "txq");
	port->bridge = lbuf_port_create(port->id, &params);
	check(port->bridge != NULL, "bridge");
	check(rte_eth_dev_start(port->id) == 0, "start");
	check(rte_eth_link_get(port->id, &link) == 0 && link.link_status != 0, "no link");
	printf("dma_send: port %u %s socket %d\n", port->id, info.driver_name, socket);
}

/* Wait until the NIC has all, and tell the figures. */
static void
port_report(struct port *port)
{
	struct rte_eth_stats eth = { 0 };
	struct lbuf_port_stats st;
	uint64_t end = deadline();

	while (eth.opackets < port->packets && rte_get_tsc_cycles() < end) {
		rte_eth_tx_burst(port->id, 0, NULL, 0);
		rte_eth_stats_get(port->id, &eth);
	}
	lbuf_port_stats_get(port->bridge, 0, &st);
	printf("dma_send: port %u packets %" PRIu64 " NIC %" PRIu64 " refs %" PRIu64
	       " copied %" PRIu64 " failed %" PRIu64 "\n",
			port->id, port->packets, eth.opackets, st.tx_refs, st.tx_copied,
			st.tx_failed);
	check(eth.opackets == port->packets, "the NIC has lost packets");
	check(st.tx_copied == 0 && st.tx_failed == 0, "packets copied or lost");
	check(st.tx_refs >= port->packets, "too few references");
}

static void
port_close(struct port *port)
{
	check(lbuf_port_stop(port->bridge) == 0, "stop");
	check(rte_eth_dev_close(port->id) == 0, "close");
	printf("dma_send: port %u closed: references out %u\n", port->id,
			lbuf_port_refs_out(port->bridge));
	check(lbuf_port_free(port->bridge) == 0, "bridge not freed");
}

/* --- all together --------------------------------------------------------- */

/* On an lcore of the port's socket, so that chunks are there, too. */
static void
send_on_socket(struct port *port)
{
	unsigned int lcore;

	RTE_LCORE_FOREACH(lcore)
		if ((int)rte_lcore_to_socket_id(lcore) == rte_eth_dev_socket_id(port->id))
			break;
	check(lcore < RTE_MAX_LCORE, "no lcore on the port's socket");
	if (lcore == rte_lcore_id()) {
		send_all(port);
		return;
	}
	check(rte_eal_remote_launch(send_all, port, lcore) == 0, "launch");
	check(rte_eal_wait_lcore(lcore) == 0, "lcore");
}

static void
run(void)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id) {
		ports[id].id = id;
		ports[id].early_number = message_new(&ports[id].early, EARLY);
		port_open(&ports[id]);
	}
	RTE_ETH_FOREACH_DEV(id)
		send_on_socket(&ports[id]);
	RTE_ETH_FOREACH_DEV(id)
		port_report(&ports[id]);
	for (id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (ports[id].bridge != NULL)
			port_close(&ports[id]);
	printf("dma_send: chunks out %" PRIu64 "\n", lbuf_pool_chunks_out(dma.pool));
	check(lbuf_pool_free(dma.pool) == 0, "pool not freed");
}

int
main(int argc, char **argv)
{
	int n = rte_eal_init(argc, argv);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (n < 0 || argc - n != 3)
		rte_exit(EXIT_FAILURE, "usage: dma_send EAL-OPTIONS -- PAYLOAD FIRST\n");
	dma.payload = (uint32_t)strtoul(argv[n + 1], NULL, 10);
	dma.message = (uint32_t)strtoul(argv[n + 2], NULL, 10);
	printf("dma_send: IOVA mode %s\n", rte_eal_iova_mode() == RTE_IOVA_VA ? "VA" : "PA");
	dma.pool = lbuf_pool_create("dma", NULL);
	check(dma.pool != NULL, "pool");
	run();
	rte_eal_cleanup();
	printf("dma_send: end\n");
	return EXIT_SUCCESS;
}
