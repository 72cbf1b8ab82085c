/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * An HTTP server on lwIP, whose packets are linked buffers: what is received is not copied before
 * a request is understood, and what is sent refers to where it lies until it is acknowledged.
 *
 *     lwip -l 0 --vdev net_af_packet0,iface=eth0 -- [--limit=MIB] [--own-pbufs]
 *             198.51.100.2/24 80 [GATEWAY]
 *
 * --limit is what linked buffers may have of memory. With --own-pbufs all is copied into and out
 * of lwIP's own memory: to compare.
 *
 * lwIP is Debian's, as it is installed: a library with a thread of its own (for its timers, and
 * what is sent to oneself) and a lock, with which others may call it. The lcore that polls the
 * port takes the lock for each burst.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mempool.h>
#include <rte_pause.h>

#include <lwip/tcpip.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include <lbuf_hold.h>

#include "../common/example.h"
#include "http.h"
#include "nic.h"
#include "pbufs.h"
#include "server.h"
#include "write.h"

#define TICKS_PER_S 1000
#define NS_PER_US 1000
/* MiB of hugepages, for all that linked buffers have: so no client has the machine's memory. */
#define LIMIT 256
#define LIMIT_MIN (LBUF_LIMIT_MIN >> 20)
#define LIMIT_MAX (1ul << 20)
/* What does not depend on connections: the block, and slabs that are in part free. */
#define FIXED ((size_t)2 << 20)

struct program {
	struct lbuf_pool *pool;
	struct lbuf_port *port;
	struct nic nic;
	struct http_site site;
	struct server server;
	struct nic_address address;
	uint16_t tcp_port;
	unsigned long limit; /* MiB */
	uint64_t received;   /* cycles of the driver, when there was something to do, */
	uint64_t busy;       /* and CPU time of all else, ns */
	bool own;            /* pbufs are lwIP's own */
};

/* An address, and the length of a prefix: 198.51.100.2/24. */
static int
parse_address(const char *text, struct nic_address *address)
{
	char copy[IP4ADDR_STRLEN_MAX + 3], *slash, *end;
	unsigned long bits;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash == NULL || strlen(text) >= sizeof(copy))
		return -1;
	*slash = '\0';
	bits = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end != '\0' || bits == 0 || bits > 32)
		return -1;
	ip4_addr_set_u32(&address->mask, rte_cpu_to_be_32((uint32_t)(UINT64_MAX << (32 - bits))));
	return ip4addr_aton(copy, &address->address) ? 0 : -1;
}

/* Options, which come before the arguments: how many words they are, or -1. */
static int
parse_options(struct program *p, int argc, char **argv)
{
	static const struct option options[] = { { "limit", required_argument, NULL, 'l' },
		{ "own-pbufs", no_argument, NULL, 'o' }, { 0 } };
	char *end;
	int c;

	p->limit = LIMIT;
	optind = 0;
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'o') {
			p->own = true;
			continue;
		}
		if (c != 'l')
			return -1;
		p->limit = strtoul(optarg, &end, 10);
		if (end == optarg || *end != '\0' || p->limit < LIMIT_MIN || p->limit > LIMIT_MAX)
			return -1;
	}
	return optind - 1;
}

static int
parse(struct program *p, int argc, char **argv)
{
	int words = parse_options(p, argc, argv);
	unsigned long port;
	char *end;

	argc -= words;
	argv += words;
	if (words < 0 || argc < 3 || argc > 4 || parse_address(argv[1], &p->address) != 0)
		return -1;
	port = strtoul(argv[2], &end, 10);
	if (*end != '\0' || port == 0 || port > UINT16_MAX)
		return -1;
	p->tcp_port = (uint16_t)port;
	return argc == 3 || ip4addr_aton(argv[3], &p->address.gateway) ? 0 : -1;
}

/* CPU time of what is not idle polling. */
static uint64_t
busy_us(const struct program *p)
{
	return p->busy / NS_PER_US + p->received / (rte_get_tsc_hz() / US_PER_S);
}

/* Counters, as JSON. */
static int
figures(char *text, size_t n, void *arg)
{
	const struct program *p = arg;
	const struct nic_stats *nic = &p->nic.stats;
	struct lbuf_hold_stats hold = { 0 };

	if (p->port != NULL)
		lbuf_port_hold_get(p->port, 0, &hold);
	return snprintf(text, n,
			"{\"requests\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"bytes\": %" PRIu64
			", \"connections\": %" PRIu32 ", \"accepted\": %" PRIu64
			", \"too_many\": %" PRIu64 ", \"reset\": %" PRIu64
			", \"rx_packets\": %" PRIu64 ", \"rx_dropped\": %" PRIu64
			", \"rx_bound\": %" PRIu32 ", \"rx_held\": %" PRIu32
			", \"rx_copied\": %" PRIu64 ", \"tx_packets\": %" PRIu64
			", \"tx_dropped\": %" PRIu64 ", \"by_reference\": %" PRIu64
			", \"elsewhere\": %" PRIu64 ", \"copied\": %" PRIu64
			", \"chunks_out\": %" PRIu64 ", \"busy_us\": %" PRIu64 "}\n",
			p->site.requests, p->site.refused, p->site.bytes, p->server.nb_conns,
			p->server.accepted, p->server.refused, p->server.failed, nic->rx_packets,
			nic->rx_dropped, hold.bound, hold.held, hold.copied, nic->tx_packets,
			nic->tx_dropped, nic->by_ref, nic->elsewhere, nic->copied,
			lbuf_pool_chunks_out(p->pool), busy_us(p));
}

/* All that needs no lock of lwIP's. */
static int
set_up(struct program *p)
{
	const struct lbuf_pool_params pool = { .limit_bytes = (size_t)p->limit << 20 };
	struct lbuf_port_params port = { .copy_break = 1 }; /* least: nothing is small */

	p->pool = lbuf_pool_create("lwip", &pool);
	if (p->pool == NULL || http_site_init(&p->site, p->pool) != 0) {
		fprintf(stderr, "lwip: no memory: %s\n", rte_strerror(rte_errno));
		return -1;
	}
	port.pool = p->pool;
	p->site.figures = figures;
	p->site.arg = p;
	p->port = port_start_with(0, &port);
	return p->port == NULL ? -1 : 0;
}

/* The pool that port_start_with() has made for port 0. */
static struct rte_mempool *
mbufs(void)
{
	return rte_mempool_lookup("mbufs_0");
}

/* A frame that was received. */
static err_t
input(struct pbuf *frame, struct netif *netif)
{
	server_reopen(frame);
	return ethernet_input(frame, netif);
}

/*
 * With lwIP's lock. Half of the memory is for pbufs to be sent, the other one for what is received,
 * and for what else connections have.
 */
static int
serve(struct program *p)
{
	size_t memory = (p->limit << 20) - FIXED;

	pbufs_init(p->pool, (uint32_t)(memory / 2 / PBUFS_BYTES));
	p->nic.own = p->own ? mbufs() : NULL;
	p->server.write = p->own ? write_copy : write_ref;
	if (!write_fits())
		fprintf(stderr,
				"lwip: liblwip is another one than this was built for: rebuild it, "
				"with -DLWIP_DEBUG if the library has lwip_strerr()\n");
	else if (nic_start(&p->nic, 0, p->port, p->pool, &p->address, input) != 0)
		fprintf(stderr, "lwip: no interface of port 0\n");
	else if (server_start(&p->server, &p->site, &p->address.address, p->tcp_port, memory / 2) !=
			0)
		fprintf(stderr, "lwip: cannot listen on port %u\n", p->tcp_port);
	else
		return 0;
	return -1;
}

/* CPU time of this thread: others may be busy on its CPU, too. */
static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void
run(struct program *p)
{
	uint64_t tick = rte_get_tsc_hz() / TICKS_PER_S, due = 0, dropped = 0;
	bool more = false;

	printf("serving at %s:%u\n", ip4addr_ntoa(&p->address.address), p->tcp_port);
	while (!stop) {
		uint64_t now = rte_rdtsc(), before;
		bool late = now >= due;

		/* Without the lock: lwIP's thread has to come by it, too. */
		if (nic_receive(&p->nic) == 0 && !late && !more) {
			rte_pause();
			continue;
		}
		p->received += rte_rdtsc() - now;
		before = cpu_ns();
		LOCK_TCPIP_CORE();
		nic_input(&p->nic);
		if (late) {
			sys_check_timeouts();
			server_tick();
			if (p->nic.stats.rx_dropped != dropped)
				server_relieve(&p->server);
			dropped = p->nic.stats.rx_dropped;
			due = now + tick;
		}
		more = nic_flush(&p->nic);
		UNLOCK_TCPIP_CORE();
		p->busy += cpu_ns() - before;
	}
}

static void
tear_down(struct program *p)
{
	struct lbuf_port_stats port = { 0 };
	char text[1024];

	http_site_free(&p->site);
	figures(text, sizeof(text), p);
	fputs(text, stdout);
	if (p->port != NULL)
		lbuf_port_stats_get(p->port, 0, &port);
	port_stop(0, p->port);
	printf("mbufs out %u, packets copied %" PRIu64 ", single bytes copied %" PRIu64 "\n",
			mbufs() == NULL ? 0 : rte_mempool_in_use_count(mbufs()), port.tx_copied,
			port.tx_small);
	if (lbuf_pool_free(p->pool) != 0)
		fprintf(stderr, "lwip: %" PRIu64 " chunks were not given back\n",
				lbuf_pool_chunks_out(p->pool));
}

int
main(int argc, char **argv)
{
	static struct program program;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		return EXIT_FAILURE;
	begin();
	if (parse(&program, argc - ret, argv + ret) != 0) {
		fprintf(stderr,
				"usage: lwip [EAL options] -- "
				"[--limit=MIB] [--own-pbufs] ADDRESS/BITS PORT [GATEWAY]\n"
				"MIB is %u or more\n",
				(unsigned int)LIMIT_MIN);
	} else if (set_up(&program) == 0) {
		tcpip_init(NULL, NULL);
		LOCK_TCPIP_CORE();
		if (serve(&program) == 0) {
			UNLOCK_TCPIP_CORE();
			run(&program);
			LOCK_TCPIP_CORE();
			server_stop(&program.server);
		}
		nic_stop(&program.nic);
		/* The lock is kept: lwIP's thread is to find nothing gone. */
	}
	tear_down(&program);
	rte_eal_cleanup();
	return stop ? EXIT_SUCCESS : EXIT_FAILURE;
}
