/* SPDX-License-Identifier: BSD-3-Clause */

/* Ports whose device reads memory by IOVA: what it cannot reach is copied. */

#include <errno.h>
#include <stdlib.h>

#include <rte_malloc.h>
#include <rte_memory.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS

static int
setup(void **state)
{
	int ret = port_setup(state);

	port.dma = true;
	port.wrapped = 0;
	return ret;
}

/* Each segment lies where its IOVA says, from its first byte to its last. */
static void
check_iova(const struct rte_mbuf *m)
{
	const uint8_t *p;

	for (; m != NULL; m = m->next) {
		p = rte_pktmbuf_mtod(m, const uint8_t *);
		assert_int_equal(rte_pktmbuf_iova(m), rte_mem_virt2iova(p));
		assert_int_equal(rte_pktmbuf_iova(m) + m->data_len - 1,
				rte_mem_virt2iova(p + m->data_len - 1));
	}
}

static void
open_port(uint64_t offloads)
{
	port_open(offloads, 0);
	if (port.wrapped == 0)
		skip(); /* the library is shared: it calls DPDK itself */
}

static void
chunks_and_mbufs_go_by_reference(void **state)
{
	struct rte_mbuf *m;
	struct lbuf b;

	(void)state;
	open_port(MULTI);
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_OWN, 0, 100);
	unit_add(&b, UNIT_MBUF, 100, 3000);
	unit_add(&b, UNIT_OWN, 3100, 5000000);
	m = lbuf_port_export(port.bridge, 0, &b);
	assert_packet(m, 0, 5003100);
	check_iova(m);
	assert_int_equal(port_stats().tx_copied, 0);
	rte_pktmbuf_free(m);
	lbuf_close(&b);
}

static void
external_memory(void **state)
{
	uint8_t *mem = rte_malloc(NULL, 1000, 0), *elsewhere = malloc(1000);
	struct lbuf_ext ext;
	struct rte_mbuf *m;
	struct lbuf b;

	(void)state;
	assert_true(mem != NULL && elsewhere != NULL);
	unit_fill(mem, 0, 1000);
	unit_fill(elsewhere, 0, 1000);
	open_port(MULTI);
	lbuf_init(&b, unit.pool);
	/* Memory of the EAL: it tells the IOVA. */
	lbuf_ext_init(&ext, NULL, NULL);
	assert_int_equal(lbuf_write_ext(&b, &ext, mem, 1000), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	m = lbuf_port_export(port.bridge, 0, &b);
	assert_packet(m, 0, 1000);
	assert_ptr_equal(rte_pktmbuf_mtod(m, void *), mem);
	check_iova(m);
	rte_pktmbuf_free(m);
	/* Memory whose IOVA was told. */
	lbuf_ext_set_iova(&ext, elsewhere, 0x1000000);
	assert_int_equal(lbuf_write_ext(&b, &ext, elsewhere + 10, 990), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	m = lbuf_port_export(port.bridge, 0, &b);
	assert_packet(m, 10, 990);
	assert_int_equal(rte_pktmbuf_iova(m), 0x100000a);
	rte_pktmbuf_free(m);
	assert_int_equal(port_stats().tx_copied, 0);
	/* Memory that has none. */
	lbuf_ext_init(&ext, NULL, NULL);
	assert_int_equal(lbuf_write_ext(&b, &ext, elsewhere, 1000), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	m = lbuf_port_export(port.bridge, 0, &b);
	assert_packet(m, 0, 1000);
	assert_ptr_not_equal(rte_pktmbuf_mtod(m, void *), elsewhere);
	check_iova(m);
	assert_int_equal(port_stats().tx_copied, 1);
	assert_int_equal(ext.mem.refcnt, 0);
	rte_pktmbuf_free(m);
	lbuf_close(&b);
	rte_free(mem);
	free(elsewhere);
}

/* A large chunk, in parts. */
static void
out_of_reach_in_parts(void **state)
{
	const uint64_t size = LBUF_MIDDLE_MAX + 1;
	uint64_t pos = 0, i;
	struct rte_mbuf *m;
	struct lbuf b;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_port(i == 0 ? MULTI : 0);
		lbuf_init(&b, unit.pool);
		unit_add(&b, i == 0 ? UNIT_OWN : UNIT_EXT, 0, size);
		for (pos = 0; pos < size; pos += m->pkt_len, rte_pktmbuf_free(m)) {
			m = lbuf_port_export_part(port.bridge, 0, &b, UINT32_MAX);
			assert_non_null(m);
			assert_in_range(m->pkt_len, RTE_MIN(size - pos, UINT64_C(1000)),
					size - pos);
			assert_packet(m, pos, m->pkt_len);
			check_iova(m);
		}
		assert_int_equal(pos, size);
		assert_int_equal(lbuf_len(&b), 0);
		lbuf_close(&b);
		assert_int_equal(lbuf_port_free(port.bridge), 0);
		port.bridge = NULL;
	}
}

#define DMA_TEST(func) \
	{ \
#func, func, setup, port_teardown, NULL \
	}

static const struct CMUnitTest tests[] = {
	DMA_TEST(chunks_and_mbufs_go_by_reference),
	DMA_TEST(external_memory),
	DMA_TEST(out_of_reach_in_parts),
};

UNIT_MAIN(tests)
