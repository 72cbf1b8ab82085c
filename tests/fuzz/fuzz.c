/* SPDX-License-Identifier: BSD-3-Clause */

#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include "fuzz.h"

/* Segments that FUZZ_PORT_FEW takes. */
#define FEW_SEGS 5

struct fuzz fuzz;

/* Several may run side by side: no shared files, on any processor. */
static void
eal_open(void)
{
	static char name[] = "fuzz", no_huge[] = "--no-huge", no_pci[] = "--no-pci";
	static char prefix[] = "--file-prefix=lbuf_fuzz";
	static char no_telemetry[] = "--no-telemetry", no_shconf[] = "--no-shconf";
	static char mem[] = "-m", mb[] = "256", lcores[64];
	char *argv[] = { name, no_huge, mem, mb, no_pci, no_telemetry, no_shconf, prefix, lcores,
		NULL };
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	if (last <= 0)
		snprintf(lcores, sizeof(lcores), "--lcores=0@0");
	else
		snprintf(lcores, sizeof(lcores), "--lcores=0@(0-%ld)", last);
	if (rte_eal_init(RTE_DIM(argv) - 1, argv) < 0)
		fuzz_fail("no EAL: %s", rte_strerror(rte_errno));
}

static void
mbufs_open(void)
{
	unit.mbufs = rte_pktmbuf_pool_create("fuzz_mbufs", UNIT_MBUF_NUM, 32, 0,
			UNIT_MBUF_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	unit.tiny = rte_pktmbuf_pool_create("fuzz_tiny", UNIT_TINY_NUM, 32, 0,
			UNIT_TINY_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	fuzz_check(unit.mbufs != NULL && unit.tiny != NULL);
}

static void
pools_open(void)
{
	struct lbuf_pool_params params = { .flags = LBUF_POOL_F_BASE_PAGES };

	fuzz.pool = lbuf_pool_create("fuzz", &params);
	params.flags |= LBUF_POOL_F_NO_CACHE;
	fuzz.pool_no_cache = lbuf_pool_create("fuzz_bare", &params);
	fuzz_check(fuzz.pool != NULL && fuzz.pool_no_cache != NULL);
}

static void
port_make(struct fuzz_port *p, unsigned int n, uint64_t offloads)
{
	struct rte_eth_conf conf = { .txmode = { .offloads = offloads } };
	struct lbuf_port_params params = { .pool = p->pool };
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t q;

	snprintf(name, sizeof(name), "net_ring%u", n);
	fuzz_check(rte_eal_hotplug_add("vdev", name, "") == 0);
	fuzz_check(rte_eth_dev_get_port_by_name(name, &p->id) == 0);
	fuzz_check(rte_eth_dev_configure(p->id, PORT_QUEUES, PORT_QUEUES, &conf) == 0);
	for (q = 0; q < PORT_QUEUES; q++) {
		fuzz_check(rte_eth_rx_queue_setup(p->id, q, 512, SOCKET_ID_ANY, NULL, unit.mbufs) ==
				0);
		fuzz_check(rte_eth_tx_queue_setup(p->id, q, 512, SOCKET_ID_ANY, NULL) == 0);
	}
	fuzz_check(rte_eth_dev_start(p->id) == 0);
	port.seg_max = p->seg_max;
	p->bridge = lbuf_port_create(p->id, &params);
	fuzz_check(p->bridge != NULL);
}

void
fuzz_open(void)
{
	eal_open();
	mbufs_open();
	pools_open();
	fuzz.port[FUZZ_PORT].pool = fuzz.pool;
	port_make(&fuzz.port[FUZZ_PORT], 0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	fuzz.port[FUZZ_PORT_FEW].pool = fuzz.pool_no_cache;
	fuzz.port[FUZZ_PORT_FEW].seg_max = FEW_SEGS;
	port_make(&fuzz.port[FUZZ_PORT_FEW], 1, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	fuzz.port[FUZZ_PORT_SINGLE].pool = fuzz.pool_no_cache;
	fuzz.port[FUZZ_PORT_SINGLE].seg_max = 1;
	port_make(&fuzz.port[FUZZ_PORT_SINGLE], 2, 0);
}

void
fuzz_close(void)
{
	unsigned int i;

	for (i = 0; i < FUZZ_PORTS; i++) {
		fuzz_check(rte_eth_dev_stop(fuzz.port[i].id) == 0);
		fuzz_check(lbuf_port_free(fuzz.port[i].bridge) == 0);
		fuzz_check(rte_eth_dev_close(fuzz.port[i].id) == 0);
	}
	fuzz_check(lbuf_pool_free(fuzz.pool) == 0);
	fuzz_check(lbuf_pool_free(fuzz.pool_no_cache) == 0);
}

/* Complain about what is still in use. */
static unsigned int
in_use(const char *what, uint64_t n)
{
	if (n != 0)
		fprintf(stderr, "fuzz: in use after all was closed: %ju %s\n", (uintmax_t)n, what);
	return n != 0;
}

void
fuzz_check_idle(void)
{
	unsigned int bad = 0, i;

	bad += in_use("chunks", lbuf_pool_chunks_out(fuzz.pool));
	bad += in_use("chunks without cache", lbuf_pool_chunks_out(fuzz.pool_no_cache));
	bad += in_use("mbufs", rte_mempool_in_use_count(unit.mbufs));
	bad += in_use("tiny mbufs", rte_mempool_in_use_count(unit.tiny));
	for (i = 0; i < FUZZ_PORTS; i++)
		bad += in_use("references of a port", lbuf_port_refs_out(fuzz.port[i].bridge));
	bad += in_use("pieces of external memory", unit.exts);
	bad += in_use("errors in callbacks", unit.errors);
	if (bad != 0)
		abort();
}
