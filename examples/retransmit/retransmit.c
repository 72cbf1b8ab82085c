/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Messages that arrive, in order and once, though packets are lost.
 *
 * A sender on the first port numbers its messages, and holds a clone of each until the other
 * end has acknowledged it; what is not acknowledged in time is sent again out of the clone. The
 * receiver, on the second port, drops some of what comes, and acknowledges what comes in
 * order. Neither a clone nor sending it again copies the payload. Both ends are one thread
 * here, to be tried with ports that are connected:
 *
 *     ip link add a type veth peer name b && ip link set a up && ip link set b up
 *     retransmit --no-pci --vdev=net_af_packet0,iface=a --vdev=net_af_packet1,iface=b -- 10000 10
 *
 * The arguments are how many messages, and how many of a hundred packets are lost.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include <lbuf.h>
#include <lbuf_port.h>

#define WINDOW 64    /* messages that are not acknowledged */
#define BURST 32     /* packets */
#define MBUFS 4095   /* of all ports */
#define TIMEOUT_MS 5 /* after which a message is sent again */
#define END_S 60     /* without progress it gives up */
#define PAYLOAD_MAX 1400
#define TYPE_MESSAGE 0x88b5 /* for local experiments */
#define TYPE_ACK 0x88b6
#define NUMBER_BYTES 4 /* behind the Ethernet header */

struct sent {
	struct lbuf clone;
	uint64_t due; /* when it is sent again, TSC */
};

struct end {
	uint16_t id;
	struct lbuf_port *port;
	struct rte_ether_addr mac;
};

struct program {
	struct lbuf_pool *pool;
	struct end tx, rx; /* of the messages; acknowledgements go the other way */
	struct sent window[WINDOW];
	uint32_t first; /* not acknowledged */
	uint32_t next;  /* to be sent for the first time */
	uint32_t expected;
	uint32_t count;
	unsigned int loss; /* per cent */
	uint64_t again;
	uint64_t lost;
	uint64_t wrong;
};

static uint32_t
payload_len(uint32_t number)
{
	return 1 + number * 7919 % PAYLOAD_MAX;
}

static uint8_t
payload_byte(uint32_t number, uint32_t i)
{
	return (uint8_t)(number * 31 + i * 7);
}

/* What the driver has no room for is as good as lost. */
static void
send_frame(const struct end *from, struct lbuf *b)
{
	struct lbuf *list[1] = { b };

	lbuf_port_tx(from->port, 0, list, 1);
}

static int
put_headers(struct lbuf *b, const struct end *from, const struct end *to, uint16_t type,
		uint32_t number)
{
	const size_t len = sizeof(struct rte_ether_hdr) + NUMBER_BYTES;
	struct rte_ether_hdr *eth = lbuf_prepend(b, len);
	rte_be32_t be = rte_cpu_to_be_32(number);

	if (eth == NULL)
		return -rte_errno;
	rte_ether_addr_copy(&to->mac, &eth->dst_addr);
	rte_ether_addr_copy(&from->mac, &eth->src_addr);
	eth->ether_type = rte_cpu_to_be_16(type);
	memcpy(eth + 1, &be, sizeof(be));
	return 0;
}

/* --- the sender ------------------------------------------------------------ */

static uint64_t
timeout(void)
{
	return rte_get_tsc_cycles() + rte_get_tsc_hz() / 1000 * TIMEOUT_MS;
}

/* Send what a clone views; the clone goes on to view it. */
static void
send_clone(struct program *p, struct sent *s)
{
	struct lbuf b;

	if (lbuf_clone(&s->clone, 0, lbuf_len(&s->clone), &b) == 0) {
		send_frame(&p->tx, &b);
		lbuf_close(&b);
	}
	s->due = timeout();
}

static int
send_next(struct program *p)
{
	struct sent *s = &p->window[p->next % WINDOW];
	uint32_t i, len = payload_len(p->next);
	struct lbuf b;
	uint8_t *data;
	int ret = -ENOMEM;

	lbuf_init(&b, p->pool);
	data = lbuf_reserve(&b, len);
	if (data != NULL) {
		for (i = 0; i < len; i++)
			data[i] = payload_byte(p->next, i);
		ret = lbuf_flush(&b);
	}
	if (ret == 0)
		ret = put_headers(&b, &p->tx, &p->rx, TYPE_MESSAGE, p->next);
	if (ret == 0)
		ret = lbuf_clone(&b, 0, lbuf_len(&b), &s->clone);
	lbuf_close(&b);
	if (ret != 0)
		return ret;
	send_clone(p, s);
	p->next++;
	return 0;
}

static void
acknowledged(struct program *p, uint32_t number)
{
	/* What was acknowledged before comes again; what was never sent is none of ours. */
	if (number - p->first > p->next - p->first)
		return;
	for (; p->first != number; p->first++)
		lbuf_close(&p->window[p->first % WINDOW].clone);
}

static void
send_again(struct program *p)
{
	uint64_t now = rte_get_tsc_cycles();
	uint32_t number;

	for (number = p->first; number != p->next; number++) {
		struct sent *s = &p->window[number % WINDOW];

		if (now < s->due)
			continue;
		send_clone(p, s);
		p->again++;
	}
}

/* --- the receiver ---------------------------------------------------------- */

static void
send_ack(struct program *p)
{
	struct lbuf b;

	lbuf_init(&b, p->pool);
	if (put_headers(&b, &p->rx, &p->tx, TYPE_ACK, p->expected) == 0)
		send_frame(&p->rx, &b);
	lbuf_close(&b);
}

static bool
payload_is_right(struct lbuf *b, uint32_t number)
{
	uint32_t i, len = payload_len(number);
	const uint8_t *data;

	/* A short frame was filled up to 60 bytes on its way. */
	data = lbuf_len(b) < len ? NULL : lbuf_peek(b, len);
	for (i = 0; data != NULL && i < len; i++)
		if (data[i] != payload_byte(number, i))
			return false;
	return data != NULL;
}

static void
message_came(struct program *p, struct lbuf *b, uint32_t number)
{
	if (number == p->expected) {
		p->wrong += !payload_is_right(b, number);
		p->expected++;
	}
	send_ack(p);
}

static void
frame_came(struct program *p, struct lbuf *b)
{
	struct rte_ether_hdr eth;
	uint32_t number;

	if (lbuf_read(b, &eth, sizeof(eth)) != 0 || lbuf_read_be32(b, &number) != 0)
		return;
	if ((unsigned int)rand() % 100 < p->loss)
		p->lost++;
	else if (eth.ether_type == rte_cpu_to_be_16(TYPE_MESSAGE))
		message_came(p, b, number);
	else if (eth.ether_type == rte_cpu_to_be_16(TYPE_ACK))
		acknowledged(p, number);
}

static void
poll_port(struct program *p, const struct end *end)
{
	struct lbuf b[BURST], *list[BURST];
	uint16_t i, n;

	for (i = 0; i < BURST; i++) {
		list[i] = &b[i];
		lbuf_init(&b[i], p->pool);
	}
	n = lbuf_port_rx(end->port, 0, list, BURST);
	for (i = 0; i < n; i++)
		frame_came(p, &b[i]);
	for (i = 0; i < BURST; i++)
		lbuf_close(&b[i]);
}

/* --- both ------------------------------------------------------------------ */

static int
run(struct program *p)
{
	uint64_t second = rte_get_tsc_hz(), last = rte_get_tsc_cycles();
	uint32_t before = 0;
	int ret = 0;

	while (ret == 0 && p->first < p->count) {
		if (p->next < p->count && p->next - p->first < WINDOW)
			ret = send_next(p);
		poll_port(p, &p->rx);
		poll_port(p, &p->tx);
		send_again(p);
		if (p->first != before)
			last = rte_get_tsc_cycles();
		else if (rte_get_tsc_cycles() - last > END_S * second)
			ret = -ETIMEDOUT;
		before = p->first;
	}
	for (; p->first != p->next; p->first++)
		lbuf_close(&p->window[p->first % WINDOW].clone);
	return ret;
}

static int
open_end(struct end *end, uint16_t id, struct lbuf_pool *pool, struct rte_mempool *mbufs)
{
	struct lbuf_port_params params = { .pool = pool };
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_info_get(id, &info);

	if (ret != 0)
		return ret;
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	ret = rte_eth_dev_configure(id, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(id, 0, 512, rte_socket_id(), NULL, mbufs);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(id, 0, 512, rte_socket_id(), NULL);
	if (ret != 0)
		return ret;
	end->id = id;
	end->port = lbuf_port_create(id, &params);
	if (end->port == NULL)
		return -rte_errno;
	rte_eth_macaddr_get(id, &end->mac);
	return rte_eth_dev_start(id);
}

static int
close_end(struct end *end)
{
	if (end->port == NULL)
		return 0;
	lbuf_port_stop(end->port);
	rte_eth_dev_close(end->id);
	return lbuf_port_free(end->port);
}

static int
report(const struct program *p, int ret)
{
	uint64_t out = lbuf_pool_chunks_out(p->pool);

	printf("%" PRIu32 " of %" PRIu32 " messages arrived, %" PRIu64 " wrong; %" PRIu64
	       " packets lost, %" PRIu64 " sent again; %" PRIu64 " chunks out\n",
			p->expected, p->count, p->wrong, p->lost, p->again, out);
	if (ret != 0)
		fprintf(stderr, "retransmit: %s\n", rte_strerror(-ret));
	return ret == 0 && p->expected == p->count && p->wrong == 0 && out == 0 ? 0 : 1;
}

static int
number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	*value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || *value > max) {
		fprintf(stderr, "retransmit: '%s' is not a number up to %lu\n", text, max);
		return -EINVAL;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned long count = 1000, loss = 10;
	struct rte_mempool *mbufs;
	static struct program p;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		return 1;
	argc -= ret;
	argv += ret;
	if ((argc > 1 && number(argv[1], 100000000, &count) != 0) ||
			(argc > 2 && number(argv[2], 90, &loss) != 0))
		return 1;
	if (rte_eth_dev_count_avail() < 2) {
		fprintf(stderr, "retransmit: needs two ports: give two by --vdev\n");
		return 1;
	}
	p.count = (uint32_t)count;
	p.loss = (unsigned int)loss;
	p.pool = lbuf_pool_create("retransmit", NULL);
	mbufs = rte_pktmbuf_pool_create("mbufs", MBUFS, 250, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			(int)rte_socket_id());
	ret = p.pool == NULL || mbufs == NULL ? -rte_errno : 0;
	if (ret == 0)
		ret = open_end(&p.tx, 0, p.pool, mbufs);
	if (ret == 0)
		ret = open_end(&p.rx, 1, p.pool, mbufs);
	if (ret == 0)
		ret = run(&p);
	if (close_end(&p.tx) != 0 || close_end(&p.rx) != 0)
		ret = -EBUSY;
	if (p.pool != NULL)
		ret = report(&p, ret);
	rte_mempool_free(mbufs);
	return lbuf_pool_free(p.pool) == 0 && rte_eal_cleanup() == 0 && ret == 0 ? 0 : 1;
}
