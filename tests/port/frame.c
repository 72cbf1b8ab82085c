/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "frame.h"

#define PORT 0
#define RING 256
#define POLL_US 10000

/* To everybody, from a local address, of the first type for experiments. */
static const uint8_t ether[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1, 0x88,
	0xb5 };
#define AT_KIND sizeof(ether)
#define AT_NUMBER (AT_KIND + 1)

const char *const frame_name[FRAME_KINDS] = { "mbuf", "chain", "foreign", "ext", "small", "middle",
	"large" };

static uint8_t
byte_at(unsigned int kind, unsigned int number, size_t i)
{
	if (i < sizeof(ether))
		return ether[i];
	if (i == AT_KIND)
		return (uint8_t)kind;
	if (i == AT_NUMBER)
		return (uint8_t)number;
	return (uint8_t)(i * 13 + kind * 31 + number * 7 + (i >> 8));
}

void
frame_fill(uint8_t *to, enum frame_kind kind, unsigned int number, size_t from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = byte_at(kind, number, from + i);
}

bool
frame_check(const uint8_t *frame, size_t len, unsigned int *kind, unsigned int *number)
{
	size_t i;

	if (len != FRAME_LEN)
		return false;
	*kind = frame[AT_KIND];
	*number = frame[AT_NUMBER];
	for (i = 0; i < len; i++)
		if (frame[i] != byte_at(*kind, *number, i))
			return false;
	return true;
}

void
check(bool good, const char *what)
{
	if (good)
		return;
	printf("%s: %s: %s\n", program_invocation_short_name, what, rte_strerror(rte_errno));
	exit(EXIT_FAILURE);
}

static void
configure_port(struct rte_mempool *mbufs)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = { 0 };

	check(rte_eth_dev_info_get(PORT, &info) == 0, "no port");
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	check(rte_eth_dev_configure(PORT, 1, 1, &conf) == 0, "configure");
	check(rte_eth_rx_queue_setup(PORT, 0, RING, SOCKET_ID_ANY, NULL, mbufs) == 0, "RX queue");
	check(rte_eth_tx_queue_setup(PORT, 0, RING, SOCKET_ID_ANY, NULL) == 0, "TX queue");
}

void
end_open(struct end *end, int argc, char **argv)
{
	struct lbuf_port_params params = { 0 };
	struct lbuf_chunk *chunk;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* virtio-user tells its other end of the stop, which may be gone. */
	signal(SIGPIPE, SIG_IGN);
	check(rte_eal_init(argc, argv) >= 0, "EAL");
	end->mbufs = rte_pktmbuf_pool_create("mbufs", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			SOCKET_ID_ANY);
	end->pool = lbuf_pool_create("pool", NULL);
	check(end->mbufs != NULL && end->pool != NULL, "memory");
	/* A large chunk from before the link, which some drivers would not come up with. */
	chunk = lbuf_chunk_alloc(end->pool, LBUF_CLASS_MAX + 1);
	check(chunk != NULL, "a large chunk");
	lbuf_chunk_put(chunk);
	configure_port(end->mbufs);
	params.pool = end->pool;
	end->port = lbuf_port_create(PORT, &params);
	check(end->port != NULL, "bridge");
	/* The last step: see doc/ports.md of memif. */
	check(rte_eth_dev_start(PORT) == 0, "start");
}

bool
end_wait(bool up, unsigned int seconds)
{
	struct rte_eth_link link = { 0 };
	unsigned int tries = seconds * US_PER_S / POLL_US;

	for (; tries > 0; tries--) {
		check(rte_eth_link_get_nowait(PORT, &link) == 0, "link");
		if ((link.link_status == RTE_ETH_LINK_UP) == up)
			return true;
		rte_delay_us_sleep(POLL_US);
	}
	return false;
}

void
end_close(struct end *end)
{
	check(lbuf_port_stop(end->port) == 0, "stop");
	check(rte_eth_dev_close(PORT) == 0, "close");
	check(lbuf_port_free(end->port) == 0, "the bridge is not freed");
	check(rte_mempool_in_use_count(end->mbufs) == 0, "mbufs are out");
	check(lbuf_pool_free(end->pool) == 0, "chunks are out");
	rte_eal_cleanup();
	printf("end: nothing is out\n");
}
