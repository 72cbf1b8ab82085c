/* SPDX-License-Identifier: BSD-3-Clause */

/* From linked buffers to mbufs: by reference, within the port's limits. */

#include <errno.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_memory.h>

#include <chunk.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS

static struct rte_mbuf *export(struct lbuf *b)
{
	struct rte_mbuf *m = lbuf_port_export(port.bridge, 0, b);

	assert_non_null(m);
	assert_int_equal(lbuf_len(b), 0);
	return m;
}

/* The segment of a packet is by reference: an external buffer at this address. */
static void
check_ref(const struct rte_mbuf *m, const void *addr, size_t len)
{
	assert_true(RTE_MBUF_HAS_EXTBUF(m));
	assert_ptr_equal(rte_pktmbuf_mtod(m, const void *), addr);
	assert_int_equal(m->data_len, len);
}

static void
chunks_by_reference(void **state)
{
	struct lbuf b, *buf = &b;
	struct rte_mbuf *m;
	uint8_t *p;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, 3000);
	unit_fill(p, 0, 3000);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
	lbuf_close(&b);
	m = port_take();
	assert_packet(m, 0, 3000);
	assert_int_equal(m->nb_segs, 1);
	check_ref(m, p, 3000);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 1);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 1);
	unit_scribble();
	assert_packet(m, 0, 3000);
	assert_int_equal(rte_mbuf_iova_get(m), rte_mem_virt2iova(p));
	rte_pktmbuf_free(m);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_int_equal(port_stats().tx_refs, 1);
	assert_int_equal(port_stats().tx_packets, 1);
	assert_int_equal(port_stats().tx_bytes, 3000);
	assert_int_equal(port_stats().tx_copied, 0);
}

static void
all_kinds_in_one_packet(void **state)
{
	const uint8_t *ext_mem;
	struct lbuf_ext *ext;
	struct rte_mbuf *in, *m;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, 50);
	unit_fill(p, 0, 50);
	in = unit_mbuf(unit.mbufs, 50, 1000);
	assert_int_equal(lbuf_append_mbuf(&b, in), 0);
	ext = unit_ext(1050, 500, &ext_mem);
	lbuf_ext_set_iova(ext, ext_mem - 10, 1000000);
	assert_int_equal(lbuf_write_ext(&b, ext, ext_mem, 500), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	m = export(&b);
	assert_packet(m, 0, 1550);
	assert_int_equal(m->nb_segs, 3);
	check_ref(m, p, 50);
	assert_ptr_equal(m->next, in);
	assert_true(RTE_MBUF_DIRECT(m->next));
	check_ref(m->next->next, ext_mem, 500);
	assert_int_equal(rte_mbuf_iova_get(m->next->next), 1000010);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 2);
	assert_int_equal(port_stats().tx_refs, 2);
	lbuf_close(&b);
	assert_packet(m, 0, 1550);
	assert_int_equal(unit.exts, 1);
	rte_pktmbuf_free(m);
	assert_int_equal(unit.exts, 0);
}

/* More than the 64 KiB of one mbuf: in pieces, one behind the other. */
static void
segments_over_64_kib(void **state)
{
	static const uint64_t size[] = { 65535, 65536, 200000, 1000000 };
	const uint8_t *next;
	struct rte_mbuf *m, *seg;
	unsigned int i, kind, segs;
	struct lbuf b;

	(void)state;
	port_open(MULTI, 0);
	for (i = 0; i < RTE_DIM(size); i++) {
		for (kind = 0; kind < UNIT_MBUF; kind++) {
			lbuf_init(&b, unit.pool);
			unit_add(&b, (enum unit_kind)kind, 0, size[i]);
			next = lbuf_peek(&b, 1);
			m = export(&b);
			lbuf_close(&b);
			unit_scribble();
			assert_packet(m, 0, (uint32_t)size[i]);
			for (seg = m, segs = 0; seg != NULL; seg = seg->next, segs++) {
				check_ref(seg, next, seg->data_len);
				assert_int_equal(rte_mbuf_ext_refcnt_read(seg->shinfo), 1);
				next += seg->data_len;
			}
			assert_in_range(segs, (size[i] + 65534) / 65535, size[i] / 65535 + 2);
			assert_int_equal(m->nb_segs, segs);
			assert_int_equal(lbuf_port_refs_out(port.bridge), segs);
			rte_pktmbuf_free(m);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		}
	}
	assert_int_equal(port_stats().tx_copied, 0);
}

/* A port without multi-segment TX: one piece, copied only if it was several. */
static void
linearised(void **state)
{
	struct rte_mbuf *m, *in;
	uint64_t copied = 0;
	struct lbuf b;
	uint8_t *p;

	(void)state;
	port_open(0, 0);
	lbuf_init(&b, unit.pool);
	p = lbuf_reserve(&b, 1000);
	unit_fill(p, 0, 1000);
	assert_int_equal(lbuf_flush(&b), 0);
	m = export(&b);
	check_ref(m, p, 1000);
	rte_pktmbuf_free(m);
	in = unit_mbuf(unit.mbufs, 0, 1000);
	assert_int_equal(lbuf_append_mbuf(&b, in), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	m = export(&b);
	assert_ptr_equal(m, in);
	rte_pktmbuf_free(m);
	assert_int_equal(port_stats().tx_copied, 0);
	/* Several segments. */
	unit_add(&b, UNIT_OWN, 0, 100);
	unit_add(&b, UNIT_MBUF, 100, 1000);
	unit_add(&b, UNIT_EXT, 1100, 60000);
	m = export(&b);
	assert_int_equal(unit.exts, 0);
	assert_packet(m, 0, 61100);
	assert_int_equal(m->nb_segs, 1);
	assert_int_equal(port_stats().tx_copied, ++copied);
	rte_pktmbuf_free(m);
	/* As long as one mbuf can be, and longer. */
	unit_add(&b, UNIT_EXT, 0, 65534);
	unit_add(&b, UNIT_EXT, 65534, 1);
	m = export(&b);
	assert_packet(m, 0, 65535);
	assert_int_equal(m->nb_segs, 1);
	assert_int_equal(port_stats().tx_copied, ++copied);
	rte_pktmbuf_free(m);
	unit_add(&b, UNIT_EXT, 0, 65536);
	assert_null_errno(lbuf_port_export(port.bridge, 0, &b), EMSGSIZE);
	assert_fill(&b, 0, 65536);
	assert_int_equal(port_stats().tx_failed, 1);
	assert_int_equal(port_stats().tx_copied, copied);
	lbuf_close(&b);
}

/* Wherever in memory a copy happens to lie. */
static void
linearised_many(void **state)
{
	struct rte_mbuf *m[200];
	unsigned int i;
	struct lbuf b;

	(void)state;
	port_open(0, 0);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < RTE_DIM(m); i++) {
		unit_add(&b, UNIT_EXT, i, 30000);
		unit_add(&b, UNIT_EXT, i + 30000, 30000);
		m[i] = lbuf_port_export(port.bridge, 0, &b);
		assert_non_null(m[i]);
		assert_int_equal(m[i]->nb_segs, 1);
	}
	for (i = 0; i < RTE_DIM(m); i++) {
		assert_packet(m[i], i, 60000);
		rte_pktmbuf_free(m[i]);
	}
	lbuf_close(&b);
}

/* Pages of so many bytes end in each chunk of a size, as hugepages do in few. */
static void
cut_chunks(size_t size, uint8_t page_shift)
{
	struct lbuf_chunk *chunk[64];
	unsigned int i;

	for (i = 0; i < RTE_DIM(chunk); i++) {
		chunk[i] = lbuf_chunk_alloc(unit.pool, size);
		assert_non_null(chunk[i]);
		chunk[i]->page_shift = page_shift;
	}
	lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
}

/*
 * Where a page ends in the copy, one side of its chunk is used: the first one, if
 * that is long enough, else the other.
 */
static void
linearised_beside_a_border(void **state)
{
	/* Chunks for twice as much lie 5 KiB apart: pages end anywhere in them. */
	static const uint64_t n = 2100, page = 4096;
	unsigned int first = 0, second = 0, i;
	struct rte_mbuf *m[32];
	uintptr_t at;
	struct lbuf b;

	(void)state;
	port.dma = true;
	port.wrapped = 0;
	port_open(0, 0);
	if (port.wrapped == 0)
		skip();    /* the library is shared: it calls DPDK itself */
	cut_chunks(n, 11); /* pages shorter than what is sent */
	cut_chunks(2 * n, 12);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < RTE_DIM(m); i++) {
		unit_add(&b, UNIT_EXT, i, n / 2);
		unit_add(&b, UNIT_EXT, i + n / 2, n - n / 2 + 10);
		m[i] = lbuf_port_export_part(port.bridge, 0, &b, (uint32_t)n);
		assert_packet(m[i], i, (uint32_t)n);
		assert_int_equal(m[i]->nb_segs, 1);
		assert_fill(&b, i + n, 10);
		assert_int_equal(lbuf_skip(&b, 10), 0);
		assert_int_equal(lbuf_release(&b), 0);
		at = (uintptr_t)rte_pktmbuf_mtod(m[i], void *);
		assert_int_equal(at / page, (at + n - 1) / page);
		first += at % page != 0;
		second += at % page == 0;
	}
	assert_int_equal(port_stats().tx_copied, RTE_DIM(m));
	assert_true(first > 0 && second > 0);
	for (i = 0; i < RTE_DIM(m); i++) {
		assert_packet(m[i], i, (uint32_t)n);
		rte_pktmbuf_free(m[i]);
	}
	lbuf_close(&b);
}

static void
segment_limit(void **state)
{
	unsigned int segs, i;
	struct rte_mbuf *m;
	struct lbuf b;

	(void)state;
	port.seg_max = 4;
	port.wrapped = 0;
	port_open(MULTI, 0);
	if (port.wrapped == 0)
		skip(); /* the library is shared: it calls DPDK itself */
	for (segs = 1; segs <= 8; segs++) {
		lbuf_init(&b, unit.pool);
		for (i = 0; i < segs; i++)
			unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 100, 100);
		m = export(&b);
		assert_packet(m, 0, segs * 100);
		assert_in_range(m->nb_segs, 1, 4);
		if (segs <= 4)
			assert_int_equal(m->nb_segs, segs);
		assert_int_equal(port_stats().tx_copied, segs <= 4 ? 0 : segs - 4);
		rte_pktmbuf_free(m);
		lbuf_close(&b);
	}
	/* As much as so many segments can hold, and more. */
	lbuf_init(&b, unit.pool);
	unit_add(&b, UNIT_EXT, 0, 5 * 65535);
	assert_null_errno(lbuf_port_export(port.bridge, 0, &b), EMSGSIZE);
	assert_fill(&b, 0, 5 * 65535);
	lbuf_close(&b);
}

static void
slices(void **state)
{
	struct lbuf b, slice[3];
	struct rte_mbuf *m[3];
	unsigned int i, kind;

	(void)state;
	port_open(MULTI, 0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		for (i = 0; i < 4; i++)
			unit_add(&b, (enum unit_kind)kind, i * 100, 100);
		for (i = 0; i < 3; i++)
			assert_int_equal(lbuf_slice(&b, 120, &slice[i]), 0);
		for (i = 0; i < 3; i++) {
			m[i] = export(&slice[i]);
			/* As empty as any slice. */
			assert_null_errno(lbuf_peek(&slice[i], 1), ENODATA);
			assert_int_equal(lbuf_write(&slice[i], "x", 1), -EROFS);
			lbuf_close(&slice[i]);
		}
		assert_fill(&b, 360, 40);
		if (kind == UNIT_EXT)
			assert_int_equal(unit.exts, 4);
		lbuf_close(&b);
		unit_scribble();
		for (i = 0; i < 3; i++)
			assert_packet(m[(i + kind) % 3], (i + kind) % 3 * 120, 120);
		for (i = 0; i < 3; i++) {
			assert_packet(m[(i + kind) % 3], (i + kind) % 3 * 120, 120);
			rte_pktmbuf_free(m[(i + kind) % 3]);
			unit_scribble();
		}
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
	assert_int_equal(port_stats().tx_copied, 0);
}

/* An mbuf that is all that is left: what was written before it leaves nothing. */
static void
nothing_stays_behind(void **state)
{
	struct lbuf b, *buf = &b;
	struct rte_mbuf *in, *m;
	unsigned int i;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 3; i++) {
		unit_put(&b, 0, 100);
		in = unit_mbuf(unit.mbufs, 100, 1000);
		assert_int_equal(lbuf_append_mbuf(&b, in), 0);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_int_equal(lbuf_skip(&b, 100), 0);
		assert_int_equal(lbuf_release(&b), 0);
		if (i == 0) {
			m = export(&b);
		} else if (i == 1) {
			m = lbuf_port_export_part(port.bridge, 0, &b, 1000);
		} else {
			assert_int_equal(lbuf_port_tx(port.bridge, 0, &buf, 1), 1);
			m = port_take();
		}
		assert_ptr_equal(m, in);
		assert_packet(m, 100, 1000);
		rte_pktmbuf_free(m);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	}
	lbuf_close(&b);
}

/* What is pending does not go, and what was handed out and not released is gone. */
static void
pending_stays(void **state)
{
	struct rte_mbuf *m;
	unsigned int kind;
	struct lbuf b, donor;

	(void)state;
	port_open(MULTI, 0);
	for (kind = 0; kind < UNIT_KINDS; kind++) {
		lbuf_init(&b, unit.pool);
		lbuf_init(&donor, unit.pool);
		unit_add(&b, (enum unit_kind)kind, 0, 100);
		unit_put(&b, 100, 50);
		assert_same(lbuf_next(&b, 20), 0, 20);
		unit_fill(lbuf_reserve(&b, 60), 150, 60);
		unit_add(&donor, (enum unit_kind)kind, 210, 30);
		assert_int_equal(lbuf_append(&b, &donor), 0);
		m = export(&b);
		assert_packet(m, 20, 130);
		assert_int_equal(lbuf_pending(&b), 90);
		rte_pktmbuf_free(m);
		unit_scribble();
		assert_int_equal(lbuf_flush(&b), 0);
		assert_fill(&b, 150, 90);
		lbuf_close(&b);
		lbuf_close(&donor);
	}
}

static void
errors(void **state)
{
	static struct lbuf_ext forever = { .mem = { .kind = LBUF_MEM_EXT }, .iova = RTE_BAD_IOVA };
	static uint8_t mem[1 << 20];
	unsigned int i;
	struct lbuf b;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	assert_null_errno(lbuf_port_export(port.bridge, 0, &b), ENODATA);
	assert_int_equal(lbuf_write(&b, "pending", 7), 0);
	assert_null_errno(lbuf_port_export(port.bridge, 0, &b), ENODATA);
	assert_int_equal(lbuf_pending(&b), 7);
	lbuf_close(&b);
	assert_null_errno(lbuf_port_export(port.bridge, 0, &b), EPIPE);
	/* Over 4 GiB. */
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 4097; i++)
		assert_int_equal(lbuf_write_ext(&b, &forever, mem, sizeof(mem)), 0);
	assert_int_equal(lbuf_flush(&b), 0);
	assert_null_errno(lbuf_port_export(port.bridge, 0, &b), EMSGSIZE);
	assert_int_equal(lbuf_len(&b), sizeof(mem) * 4097);
	lbuf_close(&b);
	assert_int_equal(port_stats().tx_failed, 4);
	assert_int_equal(port_stats().tx_refs, 0);
}

static void
references_run_out(void **state)
{
	struct rte_mbuf *m[3];
	unsigned int i;
	struct lbuf b;

	(void)state;
	port_open(MULTI, 3);
	lbuf_init(&b, unit.pool);
	for (i = 0; i < 3; i++) {
		unit_put(&b, i * 10, 10);
		m[i] = export(&b);
	}
	unit_put(&b, 30, 10);
	assert_null(lbuf_port_export(port.bridge, 0, &b));
	assert_true(rte_errno == ENOBUFS || rte_errno == ENOMEM);
	assert_fill(&b, 30, 10);
	assert_int_equal(lbuf_port_refs_out(port.bridge), 3);
	rte_pktmbuf_free(m[0]);
	m[0] = export(&b);
	assert_packet(m[0], 30, 10);
	for (i = 0; i < 3; i++)
		rte_pktmbuf_free(m[i]);
	lbuf_close(&b);
}

/* Each allocation in turn, copying (1) or not (MULTI). */
static void
out_of_memory(uint64_t offloads, unsigned int segs)
{
	unsigned int i, failed = 0;
	struct rte_mbuf *m;
	struct lbuf b;
	int nth;

	port_open(offloads, 0);
	for (nth = 1; nth < 20; nth++) {
		lbuf_init(&b, unit.pool);
		for (i = 0; i < segs; i++)
			unit_add(&b, (enum unit_kind)(i % UNIT_KINDS), i * 100, 100);
		assert_non_null(lbuf_next(&b, 50));
		assert_int_equal(lbuf_write(&b, "pending", 7), 0);
		lbuf_pool_inject(unit.pool, nth);
		rte_errno = 0;
		m = lbuf_port_export(port.bridge, 0, &b);
		lbuf_pool_inject(unit.pool, 0);
		if (m == NULL) {
			assert_int_equal(rte_errno, ENOMEM);
			assert_fill(&b, 50, segs * 100 - 50);
			assert_int_equal(lbuf_pending(&b), 7);
			assert_int_equal(lbuf_port_refs_out(port.bridge), 0);
			assert_int_equal(port_stats().tx_failed, ++failed);
			m = export(&b);
		} else {
			nth = 20;
		}
		assert_packet(m, 50, segs * 100 - 50);
		rte_pktmbuf_free(m);
		assert_int_equal(lbuf_flush(&b), 0);
		assert_str(&b, "pending");
		lbuf_close(&b);
		assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
		assert_int_equal(unit.exts, 0);
	}
	assert_true(failed > 0);
	assert_int_equal(lbuf_port_free(port.bridge), 0);
	port.bridge = NULL;
}

static void
case_37_out_of_memory(void **state)
{
	(void)state;
	out_of_memory(MULTI, 3);
	out_of_memory(MULTI, 100);
	out_of_memory(0, 2);
	out_of_memory(0, 100);
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(chunks_by_reference),
	PORT_TEST(all_kinds_in_one_packet),
	PORT_TEST(segments_over_64_kib),
	PORT_TEST(linearised),
	PORT_TEST(linearised_many),
	PORT_TEST(linearised_beside_a_border),
	PORT_TEST(segment_limit),
	PORT_TEST(slices),
	PORT_TEST(nothing_stays_behind),
	PORT_TEST(pending_stays),
	PORT_TEST(errors),
	PORT_TEST(references_run_out),
	PORT_TEST_NO_CACHE(case_37_out_of_memory),
};

UNIT_MAIN(tests)
