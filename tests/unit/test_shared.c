/* SPDX-License-Identifier: BSD-3-Clause */

/* mbufs that others hold as well: to them they stay as they are. */

#include <errno.h>
#include <stdlib.h>

#include <lbuf_priv.h>
#include <chunk.h>

#include "unit_port.h"

#define MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define SEGS 5
#define SEG_LEN 50
#define LEN (SEGS * SEG_LEN)

/* A chain, and all that its other holder knows of it. */
struct known {
	struct rte_mbuf *head;
	struct rte_mbuf *seg[SEGS];
	struct rte_mbuf was[SEGS];
	uint64_t pos;
};

/* A chain of which somebody holds the segments of a bit set, too. */
static struct rte_mbuf *
known_chain(struct known *k, uint64_t pos, uint32_t held)
{
	struct rte_mbuf *m;
	unsigned int i;

	k->pos = pos;
	k->head = NULL;
	for (i = 0; i < SEGS; i++) {
		m = unit_mbuf(unit.tiny, pos + i * SEG_LEN, SEG_LEN);
		k->seg[i] = m;
		if (k->head == NULL)
			k->head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(k->head, m), 0);
	}
	k->head->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_TX_IPV4;
	for (i = 0; i < SEGS; i++) {
		if ((held & 1u << i) != 0)
			rte_mbuf_refcnt_update(k->seg[i], 1);
		k->was[i] = *k->seg[i];
	}
	return k->head;
}

/* What the other holder sees of a segment is what it was. */
static void
check_known(const struct known *k, unsigned int i)
{
	const struct rte_mbuf *m = k->seg[i], *was = &k->was[i];

	assert_ptr_equal(m->next, was->next);
	assert_int_equal(m->nb_segs, was->nb_segs);
	assert_int_equal(m->pkt_len, was->pkt_len);
	assert_int_equal(m->data_len, was->data_len);
	assert_int_equal(m->data_off, was->data_off);
	assert_true(m->ol_flags == was->ol_flags);
	assert_ptr_equal(m->pool, was->pool);
	assert_same(rte_pktmbuf_mtod(m, void *), k->pos + i * SEG_LEN, SEG_LEN);
}

/* All mbufs are back, and as a driver wants them. */
static void
check_pool(struct rte_mempool *mp)
{
	unsigned int i, n = mp->size;
	struct rte_mbuf **m = calloc(n, sizeof(*m));

	assert_non_null(m);
	assert_int_equal(rte_mempool_in_use_count(mp), 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(rte_mempool_get(mp, (void **)&m[i]), 0);
		assert_int_equal(rte_mbuf_refcnt_read(m[i]), 1);
		assert_null(m[i]->next);
		assert_int_equal(m[i]->nb_segs, 1);
	}
	rte_mempool_put_bulk(mp, (void **)m, n);
	free(m);
}

static void
append(struct lbuf *b, struct rte_mbuf *m)
{
	assert_int_equal(lbuf_append_mbuf(b, m), 0);
	assert_int_equal(lbuf_flush(b), 0);
}

/* Whichever segments are held, and whoever goes first. */
static void
links_stay_for_other_holders(void **state)
{
	struct known k;
	struct lbuf b;
	uint32_t held;
	unsigned int i, late;

	(void)state;
	for (held = 1; held < 1u << SEGS; held++) {
		for (late = 0; late < 2; late++) {
			lbuf_init(&b, unit.pool);
			append(&b, known_chain(&k, held, held));
			for (i = 0; i < SEGS; i++)
				if ((held & 1u << i) != 0)
					check_known(&k, i);
			assert_fill(&b, held, LEN);
			if (late == 0)
				lbuf_close(&b);
			for (i = 0; i < SEGS; i++) {
				if ((held & 1u << i) == 0)
					continue;
				check_known(&k, i);
				rte_pktmbuf_free_seg(k.seg[i]);
			}
			if (late == 1) {
				assert_fill(&b, held, LEN);
				lbuf_close(&b);
			}
			check_pool(unit.tiny);
		}
	}
}

/* Each verb that changes something, on a chain that is somebody else's, too. */
static void
verbs_leave_other_holders_alone(void **state)
{
	unsigned int verb, i;
	struct lbuf b, part;
	struct known k;
	uint8_t *p;

	(void)state;
	for (verb = 0; verb < 6; verb++) {
		lbuf_init(&b, unit.pool);
		append(&b, known_chain(&k, 0, UINT32_MAX));
		lbuf_init(&part, unit.pool);
		switch (verb) {
		case 0:
			p = lbuf_edit(&b, 30);
			assert_non_null(p);
			memset(p, 0xee, 30);
			break;
		case 1:
			p = lbuf_edit(&b, LEN);
			assert_non_null(p);
			memset(p, 0xee, LEN);
			break;
		case 2:
			assert_int_equal(lbuf_slice(&b, 70, &part), 0);
			assert_fill(&part, 0, 70);
			break;
		case 3:
			assert_int_equal(lbuf_skip(&b, 70), 0);
			assert_int_equal(lbuf_release(&b), 0);
			p = lbuf_prepend(&b, 20);
			assert_non_null(p);
			memset(p, 0xee, 20);
			break;
		case 4:
			assert_non_null(lbuf_peek(&b, 120));
			unit_put(&b, LEN, 10);
			break;
		case 5:
			assert_int_equal(lbuf_append(&part, &b), 0);
			assert_int_equal(lbuf_ack(&part, 60), 0);
			unit_put(&part, 60, 10);
			break;
		}
		for (i = 0; i < SEGS; i++)
			check_known(&k, i);
		lbuf_close(&b);
		lbuf_close(&part);
		for (i = 0; i < SEGS; i++)
			check_known(&k, i);
		rte_pktmbuf_free(k.head);
		check_pool(unit.tiny);
	}
}

/* As DPDK's ipv4_multicast does: headers in front of a chain that all share. */
static void
own_headers_before_a_shared_chain(void **state)
{
	struct rte_mbuf *m, *hdr;
	struct lbuf b[4];
	struct known k;
	unsigned int i, n;

	(void)state;
	for (n = 1; n <= RTE_DIM(b); n++) {
		known_chain(&k, 1000, UINT32_MAX);
		rte_pktmbuf_refcnt_update(k.head, (int16_t)(n - 1));
		for (i = 0; i < n; i++) {
			hdr = unit_mbuf(unit.mbufs, 1000 - 14 - i, 14 + i);
			hdr->next = k.head;
			hdr->nb_segs = (uint16_t)(k.head->nb_segs + 1);
			hdr->pkt_len += k.head->pkt_len;
			lbuf_init(&b[i], unit.pool);
			append(&b[i], hdr);
		}
		for (i = 0; i < n; i++)
			assert_fill(&b[i], 1000 - 14 - i, LEN + 14 + i);
		/* From here on the receivers alone have it, then one of them. */
		m = k.head;
		for (i = 0; i < SEGS; i++)
			check_known(&k, i);
		rte_pktmbuf_free(m);
		for (i = 0; i < n; i++) {
			unit_scribble();
			assert_fill(&b[i], 1000 - 14 - i, LEN + 14 + i);
			lbuf_close(&b[i]);
		}
		check_pool(unit.tiny);
		check_pool(unit.mbufs);
	}
}

/* Through a ring, the sender keeps what it sent. */
static void
received_chains_stay_the_senders(void **state)
{
	struct lbuf b, *bufs[1] = { &b };
	unsigned int i, all;
	struct known k;

	(void)state;
	port_open(MULTI, 0);
	for (all = 0; all < 2; all++) {
		lbuf_init(&b, unit.pool);
		known_chain(&k, 7, UINT32_MAX);
		assert_int_equal(rte_eth_tx_burst(port.ring, 0, &k.head, 1), 1);
		if (all == 0)
			assert_int_equal(lbuf_port_rx(port.bridge, 0, bufs, 1), 1);
		else
			assert_int_equal(lbuf_port_rx_append(port.bridge, 0, &b, 1), 1);
		assert_fill(&b, 7, LEN);
		/* And it goes on, by reference. */
		assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 1);
		for (i = 0; i < SEGS; i++)
			check_known(&k, i);
		rte_pktmbuf_free(k.head);
		k.head = port_take();
		assert_packet(k.head, 7, LEN);
		rte_pktmbuf_free(k.head);
		lbuf_close(&b);
		check_pool(unit.tiny);
	}
}

/* Who is left alone with an mbuf sends it as it is: well-formed, not a part of a chain. */
static void
left_alone_it_goes_out_by_itself(void **state)
{
	struct lbuf b, part, *bufs[1] = { &part };
	struct rte_mbuf *m;
	struct known k;
	unsigned int i;

	(void)state;
	port_open(MULTI, 0);
	lbuf_init(&b, unit.pool);
	append(&b, known_chain(&k, 0, UINT32_MAX));
	rte_pktmbuf_free(k.head);
	for (i = 0; i < SEGS; i++) {
		assert_int_equal(lbuf_slice(&b, SEG_LEN, &part), 0);
		assert_int_equal(lbuf_port_tx(port.bridge, 0, bufs, 1), 1);
		m = port_take();
		assert_ptr_equal(m, k.seg[i]);
		assert_packet(m, i * SEG_LEN, SEG_LEN);
		rte_pktmbuf_free(m);
		lbuf_close(&part);
	}
	lbuf_close(&b);
	check_pool(unit.tiny);
}

/* mbuf->refcnt has 16 bits: neither slices nor clones may wrap it. */
static void
more_views_than_an_mbuf_can_count(void **state)
{
	const unsigned int holders = 300, room = UINT16_MAX, n = room - RTE_PKTMBUF_HEADROOM;
	const unsigned int clones = 70000;
	struct rte_mempool *mp = rte_pktmbuf_pool_create("wide", 3, 0, 0, (uint16_t)room, 0);
	struct lbuf b, *view = calloc(clones, sizeof(*view));
	struct rte_mbuf *m;
	unsigned int i;
	uint8_t byte;

	(void)state;
	assert_non_null(mp);
	assert_non_null(view);
	m = unit_mbuf(mp, 0, n);
	rte_mbuf_refcnt_update(m, (int16_t)holders);
	lbuf_init(&b, unit.pool);
	append(&b, m);
	for (i = 0; i < clones; i++)
		assert_int_equal(lbuf_clone(&b, i % n, 1, &view[i]), 0);
	for (i = 0; i < clones; i++)
		lbuf_close(&view[i]);
	for (i = 0; i < n; i++)
		assert_int_equal(lbuf_slice(&b, 1, &view[i]), 0);
	assert_int_equal(rte_mbuf_refcnt_read(m), 1 + holders);
	lbuf_close(&b);
	for (i = 0; i < holders; i++)
		rte_pktmbuf_free(m);
	assert_int_equal(rte_mempool_in_use_count(mp), 1);
	for (i = 0; i < n; i++) {
		assert_int_equal(lbuf_read(&view[i], &byte, 1), 0);
		assert_same(&byte, i, 1);
		lbuf_close(&view[i]);
	}
	assert_int_equal(rte_mempool_in_use_count(mp), 0);
	rte_mempool_free(mp);
	free(view);
}

/* What counts the views needs memory: without it nothing has happened. */
static void
no_memory_to_count_views(void **state)
{
	struct rte_mbuf *m = unit_mbuf(unit.mbufs, 0, 1000);
	struct lbuf b, part, other;

	(void)state;
	rte_mbuf_refcnt_update(m, 1);
	lbuf_init(&b, unit.pool);
	append(&b, m);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_slice(&b, 10, &part), -ENOMEM);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_clone(&b, 5, 10, &part), -ENOMEM);
	/* It is pinned, so a reference would stay here. */
	assert_non_null(lbuf_peek(&b, 10));
	lbuf_init(&other, unit.pool);
	lbuf_pool_inject(unit.pool, 1);
	assert_int_equal(lbuf_append(&other, &b), -ENOMEM);
	lbuf_pool_inject(unit.pool, 0);
	assert_fill(&b, 0, 1000);
	assert_int_equal(rte_mbuf_refcnt_read(m), 2);
	assert_int_equal(lbuf_append(&other, &b), 0);
	assert_int_equal(lbuf_flush(&other), 0);
	assert_int_equal(lbuf_slice(&other, 10, &part), 0);
	assert_fill(&other, 10, 990);
	lbuf_close(&other);
	lbuf_close(&b);
	assert_fill(&part, 0, 10);
	lbuf_close(&part);
	assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	rte_pktmbuf_free(m);
	check_pool(unit.mbufs);
}

/* The mbuf, once divided, is written in place: no chunk is taken. */
static void
check_in_place(struct lbuf *b, struct rte_mbuf *m, uint64_t pos, size_t n)
{
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t *p = lbuf_edit(b, n);

	assert_ptr_equal(p, data + pos);
	/* What was consumed makes room, and so does the headroom. */
	p = lbuf_prepend(b, pos + RTE_PKTMBUF_HEADROOM);
	assert_ptr_equal(p, m->buf_addr);
	unit_fill(p + RTE_PKTMBUF_HEADROOM, 0, pos);
	assert_int_equal(lbuf_skip(b, RTE_PKTMBUF_HEADROOM), 0);
	assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
	assert_fill(b, 0, pos + n);
}

/* Decapsulation: the outer header is cut off and looked at, a new one goes in front. */
static void
divided_and_alone_again(void **state)
{
	struct rte_mbuf *m;
	struct lbuf b, part;
	unsigned int held, way;

	(void)state;
	for (held = 0; held < 2; held++) {
		for (way = 0; way < 3; way++) {
			m = unit_mbuf(unit.mbufs, 0, 500);
			if (held)
				rte_mbuf_refcnt_update(m, 1);
			lbuf_init(&b, unit.pool);
			append(&b, m);
			assert_int_equal(lbuf_slice(&b, 50, &part), 0);
			if (way == 0)
				assert_non_null(lbuf_peek(&b, 10));
			if (way == 2)
				lbuf_handoff(&b);
			/* Not yet: the slice sees it. */
			if (way == 1) {
				assert_ptr_not_equal(lbuf_edit(&part, 50),
						rte_pktmbuf_mtod(m, void *));
				assert_int_equal(lbuf_release(&part), 0);
			}
			lbuf_close(&part);
			if (held)
				rte_pktmbuf_free(m);
			assert_int_equal(lbuf_release(&b), 0);
			check_in_place(&b, m, 50, 450);
			lbuf_close(&b);
			check_pool(unit.mbufs);
		}
	}
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(links_stay_for_other_holders),
	UNIT_TEST(verbs_leave_other_holders_alone),
	UNIT_TEST(own_headers_before_a_shared_chain),
	PORT_TEST(received_chains_stay_the_senders),
	PORT_TEST(left_alone_it_goes_out_by_itself),
	UNIT_TEST(more_views_than_an_mbuf_can_count),
	UNIT_TEST_NO_CACHE(no_memory_to_count_views),
	UNIT_TEST(divided_and_alone_again),
};

UNIT_MAIN(tests)
