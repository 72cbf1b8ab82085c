/* SPDX-License-Identifier: BSD-3-Clause */

#include "raw.h"

#include <lbuf_priv.h>

void
raw_receive(struct lbuf *b)
{
	struct rte_mbuf *m = unit_mbuf(unit.tiny, 0, RAW_LEN);

	assert_int_equal(rte_eth_tx_burst(port.ring, 0, &m, 1), 1);
	assert_int_equal(lbuf_port_rx(port.bridge, 0, &b, 1), 1);
	assert_int_not_equal(b->flags & LBUF_F_RAW, 0);
	assert_int_equal(b->rd->len, 0);
}

void
raw_check_both(struct lbuf *b, uint64_t n)
{
	assert_int_equal(lbuf_len(b), RAW_LEN + n);
	assert_same(lbuf_next(b, RAW_LEN), 0, RAW_LEN);
	assert_fill(b, RAW_OTHER, n);
}

void
raw_each_verb(const struct raw_verb *verbs, unsigned int n)
{
	unsigned int i, used;
	struct lbuf b;

	port_open(RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0);
	for (i = 0; i < n; i++) {
		for (used = 0; used < 2; used++) {
			print_message("%s\n", verbs[i].name);
			lbuf_init(&b, unit.pool);
			if (used != 0) {
				unit_add(&b, UNIT_OWN, 0, 10);
				unit_add(&b, UNIT_EXT, 10, 10);
				unit_add(&b, UNIT_MBUF, 20, 10);
				unit_drain(&b, 0, 30);
				assert_int_equal(lbuf_release(&b), 0);
			}
			raw_receive(&b);
			verbs[i].call(&b);
			lbuf_close(&b);
			assert_int_equal(lbuf_pool_chunks_out(unit.pool), 0);
			assert_int_equal(rte_mempool_avail_count(unit.tiny), UNIT_TINY_NUM);
		}
	}
}
