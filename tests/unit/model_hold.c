/* SPDX-License-Identifier: BSD-3-Clause */

/* The governor: bounds that change, and mbufs copied out of at random moments. */

#include <lbuf_hold.h>

#include "../../lib/lbuf/relieve.h"
#include "model_ops.h"

/* Put a buffer aside, or not any longer; or have it copied out of. */
void
op_keep(struct model *m, struct slot *s)
{
	slot_check_held(m, s);
	switch (model_draw(m, 4)) {
	case 0:
		lbuf_unkeep(&s->b);
		break;
	case 1:
		done(m, lbuf_keep(&s->b), read_error(s, 0));
		break;
	default:
		if (s->state != SLOT_CLOSED)
			relieve(&s->b, 1 + model_draw(m, 4096), true);
		break;
	}
	slot_check_held(m, s);
	slot_check(m, s, false);
}

/* Have fewer or more mbufs that may be held, and small packets copied. */
void
op_bound(struct model *m, struct slot *s)
{
	static const uint32_t bounds[] = { 0, 1, 5, 30, 100, LBUF_HOLD_ALL };
	static const uint32_t breaks[] = { 0, 1, 40, 300 };
	struct lbuf_hold_stats stats;

	(void)s;
	if (model_draw(m, 2) == 0)
		lbuf_port_hold_set(m->conf.port, 0, bounds[model_draw(m, RTE_DIM(bounds))]);
	else
		lbuf_port_hold_break_set(m->conf.port, 0, breaks[model_draw(m, RTE_DIM(breaks))]);
	model_check(m, lbuf_port_hold_get(m->conf.port, 0, &stats) == 0);
	/* Packets that the bridge made come back in its own mbufs. */
	model_check(m,
			stats.held <= rte_mempool_in_use_count(m->conf.mbufs) +
							rte_mempool_in_use_count(m->conf.tiny) +
							lbuf_port_refs_out(m->conf.port));
}
