/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Passes messages on. The TCP streams that port 0 sees are cut into messages, each with its
 * length in front of it, as 4 bytes in network order. Each message is looked into; if its first
 * byte is not '#' it goes out by port 1, in as many UDP datagrams as it takes, each with a header
 * put in front of it. The bytes of a message are not copied: they go out of the mbufs that they
 * came in.
 *
 *     proxy -l 0 --vdev net_af_packet0,iface=eth0 --vdev net_af_packet1,iface=eth1 -- \
 *             198.51.100.1 198.51.100.2 02:00:00:00:00:02
 *
 * The addresses are those of the datagrams: from, to, and the MAC address of who takes them.
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include <lbuf_burst.h>
#include <lbuf_conn.h>
#include <lbuf_frame.h>

#include "../common/example.h"

#define BURST 32
#define UDP_PORT 9000
#define PAYLOAD_MAX 1400 /* of a message in one datagram, bytes */
#define MESSAGE_MAX (1u << 20)
#define COMMENT '#'
#define TTL 64
#define TRIES 1000

/* In front of each datagram's part of a message; all in network order, as on the wire. */
struct part_header {
	rte_be32_t number;                /* of the message */
	rte_be32_t length;                /* of the message, bytes */
	rte_be32_t offset;                /* of this part in it */
	rte_be16_t ports[LBUF_CONN_DIRS]; /* of the connection: its sender's, its receiver's */
};
_Static_assert(sizeof(struct part_header) == 16, "as on the wire");

/* In front of that. */
struct headers {
	struct rte_ether_hdr ether;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
};
_Static_assert(sizeof(struct headers) == 42, "as on the wire");

struct proxy {
	struct lbuf_pool *pool;
	struct lbuf_port *in;
	struct lbuf_port *out;
	struct headers headers;
	struct part_header part;
	uint32_t messages;
	uint64_t comments;
	uint64_t datagrams;
	uint64_t dropped; /* datagrams that could not be sent */
};

static const struct lbuf_frame_params framing = {
	.kind = LBUF_FRAME_LENGTH,
	.length_bytes = 4,
	.strip_front = 4,
	.max = MESSAGE_MAX,
};

/* Headers for the next n bytes of a message. */
static void
fill_headers(struct proxy *p, uint32_t offset, uint32_t n)
{
	struct headers *h = &p->headers;
	uint16_t len = (uint16_t)(sizeof(h->udp) + sizeof(p->part) + n);

	p->part.offset = rte_cpu_to_be_32(offset);
	h->udp.dgram_len = rte_cpu_to_be_16(len);
	h->ip.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(h->ip) + len));
	h->ip.hdr_checksum = 0;
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
}

/* The device may have no room for a moment. */
static bool
transmit(struct lbuf_port *port, struct lbuf *b)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		if (lbuf_port_tx(port, 0, &b, 1) == 1)
			return true;
		if (rte_errno != 0)
			return false;
		rte_delay_us_block(1);
	}
	return false;
}

/* Send n bytes of a message, which are taken from it, behind a header. */
static int
send_part(struct proxy *p, struct lbuf *message, uint32_t n)
{
	struct lbuf datagram, part, *d = &datagram;
	int ret;

	lbuf_init(d, p->pool);
	ret = lbuf_write(d, &p->headers, sizeof(p->headers));
	if (ret == 0)
		ret = lbuf_write(d, &p->part, sizeof(p->part));
	if (ret == 0 && n != 0)
		ret = lbuf_slice(message, n, &part);
	if (ret == 0 && n != 0) {
		ret = lbuf_append(d, &part);
		lbuf_close(&part);
	}
	lbuf_flush(d);
	if (ret == 0 && transmit(p->out, d))
		p->datagrams++;
	else
		p->dropped++;
	lbuf_close(d);
	return ret;
}

static void
pass_on(struct proxy *p, const struct lbuf_conn *c, unsigned int dir, struct lbuf *message)
{
	uint32_t len = (uint32_t)lbuf_len(message), at, n;
	struct part_header *part = &p->part;
	struct lbuf_conn_info info;
	uint8_t first;

	/* To look into it costs nothing but the look. */
	if (lbuf_peek_copy(message, &first, 1) == 0 && first == COMMENT) {
		p->comments++;
		return;
	}
	lbuf_conn_info_get(c, &info);
	part->number = rte_cpu_to_be_32(p->messages++);
	part->length = rte_cpu_to_be_32(len);
	part->ports[0] = rte_cpu_to_be_16(info.port[dir]);
	part->ports[1] = rte_cpu_to_be_16(info.port[1 - dir]);
	at = 0;
	do {
		n = RTE_MIN(len - at, (uint32_t)PAYLOAD_MAX);
		fill_headers(p, at, n);
		if (send_part(p, message, n) != 0)
			return;
		at += n;
	} while (at < len);
}

static void
on_open(struct lbuf_conn *c, void *arg)
{
	struct lbuf_frame *frames = calloc(LBUF_CONN_DIRS, sizeof(*frames));

	(void)arg;
	if (frames == NULL) {
		lbuf_conn_drop(c);
		return;
	}
	lbuf_frame_init(&frames[LBUF_CONN_CLIENT], &framing);
	lbuf_frame_init(&frames[LBUF_CONN_SERVER], &framing);
	lbuf_conn_user_set(c, frames);
}

static void
on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	struct lbuf_frame *frames = lbuf_conn_user_get(c);
	struct lbuf message;
	int ret = -1;

	while (frames != NULL && (ret = lbuf_frame_next(&frames[dir], b, &message)) == 1) {
		pass_on(arg, c, dir, &message);
		lbuf_close(&message);
	}
	if (ret < 0)
		lbuf_conn_ignore(c, dir); /* these are no such messages */
}

static void
on_gap(struct lbuf_conn *c, unsigned int dir, uint64_t missing, struct lbuf *b, void *arg)
{
	(void)missing;
	(void)b;
	(void)arg;
	lbuf_conn_ignore(c, dir); /* where the next message begins cannot be told */
}

static void
on_close(struct lbuf_conn *c, enum lbuf_conn_why why, void *arg)
{
	(void)why;
	(void)arg;
	free(lbuf_conn_user_get(c));
}

/* What is the same in all datagrams. */
static int
prepare_headers(struct headers *h, char **addresses)
{
	h->ether.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.time_to_live = TTL;
	h->ip.next_proto_id = IPPROTO_UDP;
	h->udp.src_port = RTE_BE16(UDP_PORT);
	h->udp.dst_port = RTE_BE16(UDP_PORT);
	if (inet_pton(AF_INET, addresses[0], &h->ip.src_addr) == 1 &&
			inet_pton(AF_INET, addresses[1], &h->ip.dst_addr) == 1 &&
			rte_ether_unformat_addr(addresses[2], &h->ether.dst_addr) == 0)
		return 0;
	fprintf(stderr, "proxy: accepted are two IPv4 addresses and a MAC address\n");
	return -1;
}

static int
set_up(struct proxy *p, char **addresses)
{
	if (prepare_headers(&p->headers, addresses) != 0)
		return -1;
	p->pool = lbuf_pool_create("proxy", NULL);
	if (p->pool == NULL)
		return -1;
	p->in = port_start(0, p->pool);
	p->out = port_start(1, p->pool);
	if (p->in == NULL || p->out == NULL)
		return -1;
	return rte_eth_macaddr_get(1, &p->headers.ether.src_addr);
}

static void
tear_down(struct proxy *p)
{
	struct lbuf_port_stats st = { 0 };

	if (p->out != NULL)
		lbuf_port_stats_get(p->out, 0, &st);
	printf("messages %u, comments %" PRIu64 ", datagrams %" PRIu64 ", dropped %" PRIu64
	       ", by reference %" PRIu64 ", copied %" PRIu64 "\n",
			p->messages, p->comments, p->datagrams, p->dropped, st.tx_refs,
			st.tx_copied);
	port_stop(0, p->in);
	port_stop(1, p->out);
	lbuf_pool_free(p->pool);
}

static void
run(struct proxy *p)
{
	struct lbuf_conn_params params = {
		.stream.pool = p->pool,
		.ops = { on_open, on_data, on_gap, NULL, on_close },
		.arg = p,
	};
	struct lbuf_conn_table *table = lbuf_conn_table_create(&params);
	struct lbuf_burst burst;

	lbuf_burst_init(&burst);
	while (table != NULL && !stop) {
		lbuf_burst_rx(&burst, p->in, 0, BURST);
		lbuf_conn_input(table, burst.pkts, burst.n, rte_rdtsc());
		lbuf_burst_drop(&burst);
	}
	lbuf_conn_table_free(table);
}

int
main(int argc, char **argv)
{
	static struct proxy proxy;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		return EXIT_FAILURE;
	begin();
	if (argc - ret != 4)
		fprintf(stderr, "usage: proxy [EAL options] -- FROM TO MAC\n");
	else if (set_up(&proxy, argv + ret + 1) == 0)
		run(&proxy);
	tear_down(&proxy);
	rte_eal_cleanup();
	return stop ? EXIT_SUCCESS : EXIT_FAILURE;
}
