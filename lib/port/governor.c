/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_errno.h>

#include "../lbuf/relieve.h"
#include "burst.h"
#include "governor.h"
#include "hold_report.h"
#include "hold_tel.h"
#include "needed.h"

/* How often who gives something up is asked for one packet. */
#define TRIES 16

/* Of vias and of the bounds that queues begin with. */
static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;

/* A queue whose bound follows from its pool, with all the others that have the same pool. */
static struct {
	const struct rte_mempool *mp; /* NULL: it does not, or is not known yet */
} automatic[HOLD_QUEUES];

/* From here, for a static library takes along only what is referred to. */
RTE_INIT(hold_telemetry)
{
	hold_tel_register();
	hold_report_register();
}

uint16_t
governor_open(struct lbuf_port *port, uint16_t queue)
{
	struct lbuf_port_queue *q = &port->head.queue[queue];
	uint16_t via;

	rte_spinlock_lock(&lock);
	via = __atomic_load_n(&q->rx.via, __ATOMIC_RELAXED);
	if (via == 0) {
		via = hold_open(port->head.id, queue);
		automatic[via].mp = NULL;
		if (via != HOLD_ANY) {
			hold_queues[via].cb = port->hold_cb;
			hold_queues[via].cb_arg = port->hold_arg;
			hold_set_copy_break(via, port->rx_copy_break);
			if (port->rx_hold != 0 && port->rx_hold != LBUF_HOLD_AUTO)
				hold_set_limit(via, port->rx_hold);
		}
		__atomic_store_n(&q->rx.via, via, __ATOMIC_RELEASE);
	}
	rte_spinlock_unlock(&lock);
	return via;
}

void
governor_close(struct lbuf_port *port)
{
	uint16_t i;

	rte_spinlock_lock(&lock);
	for (i = 0; i < port->head.nb_queues; i++) {
		uint16_t via = port->head.queue[i].rx.via;

		if (via == 0)
			continue;
		automatic[via].mp = NULL;
		hold_close(via);
	}
	rte_spinlock_unlock(&lock);
}

void
governor_set(uint16_t via, uint32_t mbufs)
{
	rte_spinlock_lock(&lock);
	automatic[via].mp = NULL;
	if (mbufs != LBUF_HOLD_AUTO)
		hold_set_limit(via, mbufs);
	else
		hold_unset_limit(via);
	rte_spinlock_unlock(&lock);
}

static bool
is_settled(uint16_t via)
{
	return __atomic_load_n(&hold_queues[via].settled, __ATOMIC_RELAXED);
}

/* Set the bounds of all queues that have a pool, as things are now; the lock must be held. */
static void
share_out(const struct rte_mempool *mp)
{
	uint32_t spare = needed_spare(mp);
	uint16_t via;

	for (via = 0; via < HOLD_QUEUES; via++)
		if (automatic[via].mp == mp)
			hold_set_limit(via, spare / 2);
}

/* Find the bound of a queue, whose mbufs come from a pool. */
static __rte_noinline void
settle_bound(uint16_t via, const struct rte_mempool *mp)
{
	rte_spinlock_lock(&lock);
	if (!is_settled(via)) {
		automatic[via].mp = mp;
		share_out(mp);
	}
	rte_spinlock_unlock(&lock);
}

void
governor_follow(struct lbuf_port *port, uint16_t queue, const struct rte_mempool *mp)
{
	uint16_t via = __atomic_load_n(&port->head.queue[queue].rx.via, __ATOMIC_RELAXED);
	const struct rte_mempool *was;

	rte_spinlock_lock(&lock);
	was = automatic[via].mp;
	if (was != NULL) {
		automatic[via].mp = mp;
		share_out(mp);
		share_out(was);
	}
	rte_spinlock_unlock(&lock);
}

uint32_t
governor_take_more(uint16_t via, uint32_t n, const struct rte_mbuf *m)
{
	if (unlikely(!is_settled(via)))
		settle_bound(via, m->pool);
	else if (relieve_kept() == 0)
		return 0;
	return hold_take(via, n);
}

/* Bytes of a chain, and its mbufs. */
static uint32_t
chain_bytes(const struct rte_mbuf *m, uint32_t *segs)
{
	uint32_t n = 0;

	for (*segs = 0; m != NULL; m = m->next) {
		n += m->data_len;
		++*segs;
	}
	return n;
}

/* Append a copy of a packet, whose mbufs go back; 0 or a negative errno. */
static int
copy_packet(struct lbuf *b, struct rte_mbuf *m, uint16_t via, bool small)
{
	struct hold_cell *c = hold_cell(via);
	uint32_t segs, len = chain_bytes(m, &segs);
	const struct rte_mbuf *s;
	uint8_t *p;

	if (len == 0)
		return lbuf_append_mbuf(b, m);
	p = write_room(b, len, LBUF_SHARE_RX);
	if (p == NULL)
		return -rte_errno;
	for (s = m; s != NULL; s = s->next) {
		memcpy(p, rte_pktmbuf_mtod(s, void *), s->data_len);
		p += s->data_len;
	}
	hold_count(c, small ? &c->small : &c->copied, segs);
	rte_pktmbuf_free(m);
	return 0;
}

/* Append a packet by reference, for which so many credits were taken; 0 or a negative errno. */
static int
append_counted(struct lbuf *b, struct rte_mbuf *m, uint16_t via, uint32_t credit)
{
	size_t n = (size_t)(b->tail - b->head);
	struct lbuf_seg *s;
	int ret = lbuf_append_mbuf(b, m);

	if (ret != 0) {
		hold_give(via, credit);
		return ret;
	}
	n = (size_t)(b->tail - b->head) - n;
	for (s = b->tail - n; s != b->tail; s++)
		s->mem |= hold_bits(via);
	/* Mbufs without data are held by nobody; what the first one says need not be so. */
	if (n < credit)
		hold_give(via, (uint32_t)(credit - n));
	else if (unlikely(n > credit))
		hold_regain(via, (uint32_t)(n - credit));
	return 0;
}

static int
hold_packet(struct lbuf *b, struct rte_mbuf *m, uint16_t via, bool *held)
{
	uint32_t segs = m->nb_segs, got = governor_take(via, segs, m);

	*held = got == segs;
	if (*held)
		return append_counted(b, m, via, segs);
	hold_end(via, got);
	return 0;
}

int
governor_put(struct lbuf *b, struct rte_mbuf *m, uint16_t via)
{
	struct hold_queue *q = &hold_queues[via];
	unsigned int tries;
	bool held;
	int ret;

	if (via == 0)
		return lbuf_append_mbuf(b, m);
	hold_see(via);
	if (m->pkt_len <= governor_copy_break(via) && copy_packet(b, m, via, true) == 0)
		return 0;
	for (tries = 0;; tries++) {
		ret = hold_packet(b, m, via, &held);
		if (held)
			return ret;
		ret = copy_packet(b, m, via, false);
		if (ret != -ENOBUFS && ret != -ENOMEM)
			return ret;
		if (tries == TRIES || q->cb == NULL ||
				q->cb(q->port, q->queue, m->pkt_len, q->cb_arg) <= 0)
			break;
	}
	__atomic_fetch_add(&q->given_up, 1, __ATOMIC_RELAXED);
	return ret;
}

int
governor_append(struct lbuf *b, struct rte_mbuf *m, uint16_t via)
{
	int ret = governor_put(b, m, via);

	return ret != 0 ? ret : lbuf_flush(b);
}
