/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Loaded before lbuf-fwd or testpmd (LD_PRELOAD): all ports are of a driver that has a clock and
 * sends packets when they say. What packets say that are to be sent is written to the file
 * TX_CLOCK_LOG, in a line each: port, queue, whether the time counts, the time, and in hexadecimal
 * 16 bytes that lie behind UDP headers.
 */

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>

#define CLOCK 1000000000ull /* it stands still */
#define HEADERS 42
#define MARK 16

static uint64_t flag;
static int offset;
static FILE *out;

static void *
original(const char *name)
{
	void *func = dlsym(RTLD_NEXT, name);

	if (func == NULL)
		abort();
	return func;
}

int
rte_eal_init(int argc, char **argv)
{
	int (*init)(int, char **) = (int (*)(int, char **))original("rte_eal_init");
	const char *name = getenv("TX_CLOCK_LOG");
	int ret = init(argc, argv);

	out = name != NULL ? fopen(name, "w") : NULL;
	if (ret < 0 || out == NULL)
		return ret;
	return rte_mbuf_dyn_tx_timestamp_register(&offset, &flag) == 0 ? ret : -1;
}

int
rte_eth_read_clock(uint16_t port_id, uint64_t *clock)
{
	(void)port_id;
	*clock = CLOCK;
	return 0;
}

static uint16_t
note(uint16_t port, uint16_t queue, struct rte_mbuf *pkts[], uint16_t n, void *arg)
{
	uint8_t buf[MARK] = { 0 };
	const uint8_t *mark;
	uint16_t i;
	int b;

	(void)arg;
	for (i = 0; i < n; i++) {
		mark = rte_pktmbuf_read(pkts[i], HEADERS, sizeof(buf), buf);
		fprintf(out, "%u %u %d %" PRIu64 " ", port, queue, (pkts[i]->ol_flags & flag) != 0,
				*RTE_MBUF_DYNFIELD(pkts[i], offset, uint64_t *));
		for (b = 0; mark != NULL && b < MARK; b++)
			fprintf(out, "%02x", mark[b]);
		fprintf(out, "\n");
	}
	fflush(out);
	return n;
}

int
rte_eth_dev_start(uint16_t port_id)
{
	int (*start)(uint16_t) = (int (*)(uint16_t))original("rte_eth_dev_start");
	struct rte_eth_dev_info info;
	uint16_t q;
	int ret = start(port_id);

	if (ret != 0 || out == NULL || rte_eth_dev_info_get(port_id, &info) != 0)
		return ret;
	for (q = 0; q < info.nb_tx_queues; q++)
		if (rte_eth_add_tx_callback(port_id, q, note, NULL) == NULL)
			return -1;
	return ret;
}
