/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Bursts: what is done with packets between receiving and sending them.
 *
 * The usual mbuf, one segment with one reference and its own data, is dealt with here. All
 * others become a linked buffer for what is done with them, and an mbuf again.
 */

#include "burst.h"
#include "export.h"
#include "governor.h"

/* Packets that credits are taken for at once, when one of a burst is taken. */
#define CREDITS_MAX 64u

void
burst_mix(struct lbuf_burst *burst)
{
	uint16_t i;

	if (burst->via == LBUF_BURST_MIXED)
		return;
	for (i = 0; i < burst->n; i++)
		burst->vias[i] = burst->via;
	burst->via = LBUF_BURST_MIXED;
}

/* Packets that came by a queue follow those that are there. */
static void
set_vias(struct lbuf_burst *burst, uint16_t n, uint16_t via)
{
	uint16_t i;

	if (burst->n == 0)
		burst->via = via;
	if (likely(burst->via == via))
		return;
	burst_mix(burst);
	for (i = 0; i < n; i++)
		burst->vias[burst->n + i] = via;
}

/* Credits for packets that are not taken go back. */
static inline void
give_credits(struct lbuf_burst *burst)
{
	if (unlikely(burst->credit != 0))
		hold_end(burst->via, burst->credit);
	burst->credit = 0;
}

/* No place is empty any more. */
static inline void
gaps_closed(struct lbuf_burst *burst)
{
	burst->gaps = 0;
	give_credits(burst);
}

void
burst_close_gaps(struct lbuf_burst *burst)
{
	uint16_t i, n = 0;

	for (i = 0; i < burst->n; i++)
		if (burst->pkts[i] != NULL)
			burst_move(burst, n++, i);
	burst->n = n;
	gaps_closed(burst);
}

void
burst_shift(struct lbuf_burst *burst, uint16_t gone)
{
	burst->n = (uint16_t)(burst->n - gone);
	memmove(burst->pkts, burst->pkts + gone, burst->n * sizeof(burst->pkts[0]));
	if (unlikely(burst->via == LBUF_BURST_MIXED))
		memmove(burst->vias, burst->vias + gone, burst->n * sizeof(burst->vias[0]));
}

/* How many packets, from the first on, go back to the pool of the first as they are. */
static unsigned int
plain_run(struct rte_mbuf *const *m, unsigned int n)
{
	const struct rte_mempool *mp = m[0]->pool;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (unlikely(!lbuf_mbuf_is_plain(m[i]) || m[i]->pool != mp))
			break;
	return i;
}

static void
free_packets(struct rte_mbuf **m, unsigned int n)
{
	unsigned int run;

	for (; n != 0; m += run, n -= run) {
		run = plain_run(m, n);
		if (likely(run != 0)) {
			rte_mempool_put_bulk((*m)->pool, (void **)m, run);
			continue;
		}
		rte_pktmbuf_free(*m);
		run = 1;
	}
}

static uint16_t
add(struct lbuf_burst *burst, struct rte_mbuf *const *pkts, uint16_t n, uint16_t via)
{
	if (unlikely(burst->gaps != 0))
		burst_close_gaps(burst);
	n = RTE_MIN(n, (uint16_t)(LBUF_BURST_MAX - burst->n));
	memcpy(burst->pkts + burst->n, pkts, n * sizeof(pkts[0]));
	set_vias(burst, n, via);
	burst->n = (uint16_t)(burst->n + n);
	return n;
}

uint16_t
lbuf_burst_add(struct lbuf_burst *burst, struct rte_mbuf *const *pkts, uint16_t n)
{
	return add(burst, pkts, n, 0);
}

/*
 * A packet as a buffer, beside the packet itself: the caller may go on with either, and
 * close or free the other. 0 or a negative errno.
 */
static int
view_packet(struct lbuf_pool *pool, struct rte_mbuf *m, struct lbuf *b)
{
	int ret;

	lbuf_init(b, pool);
	rte_pktmbuf_refcnt_update(m, 1);
	ret = append_packet(b, m);
	if (ret != 0)
		rte_pktmbuf_refcnt_update(m, -1);
	return ret;
}

/*
 * A packet that was made anew says of itself what the first one did: what the device that
 * it came by has found, and what the one that sends it is asked for. Dynamic fields are
 * left out, for one of them counts references.
 */
static void
keep_header(struct rte_mbuf *out, const struct rte_mbuf *m)
{
	const uint64_t own = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;

	out->ol_flags = (out->ol_flags & own) | (m->ol_flags & ~own);
	out->port = m->port;
	out->packet_type = m->packet_type;
	out->hash = m->hash;
	out->vlan_tci = m->vlan_tci;
	out->vlan_tci_outer = m->vlan_tci_outer;
	out->tx_offload = m->tx_offload;
}

struct rte_mbuf *
burst_export(struct lbuf_port *port, struct lbuf_port_queue *q, struct rte_mbuf *m)
{
	struct rte_mbuf *out;
	struct lbuf b;
	int ret = view_packet(port->pool, m, &b);

	if (ret != 0)
		return fail_ptr(ret);
	out = port_export_slow(port, q, &b);
	lbuf_close(&b);
	if (out == NULL)
		return NULL;
	keep_header(out, m);
	rte_pktmbuf_free(m);
	return out;
}

/*
 * Give a packet a copy of its first bytes that nobody else has: returns the packet that it
 * is then, or NULL. It is made as for the port that it came by, whose queues are other
 * threads': what is counted of it goes nowhere.
 */
static struct rte_mbuf *
copy_head(struct lbuf_port *port, struct rte_mbuf *m, uint32_t len)
{
	struct lbuf_port_queue q = { .tx = { .seg_max = 1 } };
	struct rte_mbuf *out = NULL;
	struct lbuf b;

	if (port == NULL || view_packet(port->pool, m, &b) != 0)
		return NULL;
	if (lbuf_edit(&b, len) != NULL)
		out = port_export_slow(port, &q, &b);
	lbuf_close(&b);
	if (out != NULL && out->data_len < len) {
		rte_pktmbuf_free(out);
		return NULL;
	}
	if (out == NULL)
		return NULL;
	keep_header(out, m);
	rte_pktmbuf_free(m);
	return out;
}

/* Whether the first bytes of a packet are in one piece, and nobody else's. */
static bool
head_is_own(const struct rte_mbuf *m, uint32_t len)
{
	return m->data_len >= len && rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m);
}

void *
lbuf_burst_edit_slow(struct lbuf_burst *burst, uint16_t i, uint32_t len)
{
	struct rte_mbuf *m = burst->pkts[i];

	if (m == NULL || m->pkt_len < len)
		return NULL;
	if (!head_is_own(m, len)) {
		m = copy_head(burst->port, m, len);
		if (m == NULL)
			return NULL;
		burst->pkts[i] = m;
	}
	return rte_pktmbuf_mtod(m, void *);
}

uint16_t
lbuf_burst_edit(struct lbuf_burst *burst, uint32_t len, void **data)
{
	uint16_t i, n = burst->n, missing = 0;

	for (i = 0; i < n; i++) {
		data[i] = lbuf_burst_edit_at(burst, i, len);
		missing += data[i] == NULL;
	}
	return (uint16_t)(n - missing);
}

uint16_t
lbuf_burst_keep(struct lbuf_burst *burst, void **data)
{
	struct rte_mbuf *gone[LBUF_BURST_MAX];
	uint16_t i, n = 0, nb_gone = 0;

	for (i = 0; i < burst->n; i++) {
		struct rte_mbuf *m = burst->pkts[i];

		if (m == NULL)
			continue;
		if (data[i] == NULL) {
			gone[nb_gone++] = m;
			continue;
		}
		data[n] = data[i];
		burst_move(burst, n++, i);
	}
	burst->n = n;
	gaps_closed(burst);
	free_packets(gone, nb_gone);
	return n;
}

void
lbuf_burst_drop(struct lbuf_burst *burst)
{
	if (unlikely(burst->gaps != 0))
		burst_close_gaps(burst);
	free_packets(burst->pkts, burst->n);
	burst->n = 0;
}

void
lbuf_burst_drop_at(struct lbuf_burst *burst, uint16_t i)
{
	if (i >= burst->n || burst->pkts[i] == NULL)
		return;
	rte_pktmbuf_free(burst->pkts[i]);
	burst->pkts[i] = NULL;
	burst->gaps++;
	if (burst->credit > burst->n - burst->gaps)
		give_credits(burst);
}

uint16_t
lbuf_burst_split(struct lbuf_burst *burst, const uint16_t *way, struct lbuf_burst *const *ways,
		uint16_t nb_ways)
{
	uint16_t i, n = 0;

	for (i = 0; i < burst->n; i++) {
		struct rte_mbuf *m = burst->pkts[i];

		if (unlikely(m == NULL))
			continue;
		if (way[i] < nb_ways && add(ways[way[i]], &m, 1, burst_via(burst, i)) == 1) {
			ways[way[i]]->port = burst->port;
			continue;
		}
		burst_move(burst, n++, i);
	}
	burst->n = n;
	gaps_closed(burst);
	return n;
}

/* Have credits at hand for packets of a burst, of one queue, that are likely taken, too. */
static void
take_credits(struct lbuf_burst *burst)
{
	unsigned int left = (unsigned int)(burst->n - burst->gaps);

	if (burst->via == LBUF_BURST_MIXED)
		return;
	burst->credit = (uint16_t)(burst->via == 0
					? left
					: hold_take(burst->via, RTE_MIN(left, CREDITS_MAX)));
	burst->small = governor_copy_break(burst->via);
}

/* The packet was taken over, or not: then credits stay only if another one was. */
static int
taken(struct lbuf_burst *burst, uint16_t i, int ret)
{
	if (ret == 0) {
		burst->pkts[i] = NULL;
		burst->gaps++;
	}
	if (burst->gaps == 0 || burst->credit > burst->n - burst->gaps)
		give_credits(burst);
	return ret;
}

static __rte_noinline int
take_slow(struct lbuf_burst *burst, uint16_t i, struct lbuf *b)
{
	struct rte_mbuf *m = burst->pkts[i];

	if (burst->credit == 0 && m->pkt_len > governor_copy_break(burst_via(burst, i)))
		take_credits(burst);
	if (burst->credit == 0 || !stays_raw(b, m) || m->data_len <= burst->small)
		return taken(burst, i, governor_append(b, m, burst_via(burst, i)));
	burst->credit--;
	seg_set_raw(b, m, burst->via);
	return taken(burst, i, 0);
}

int
lbuf_burst_take(struct lbuf_burst *burst, uint16_t i, struct lbuf *b)
{
	struct rte_mbuf *m = i < burst->n ? burst->pkts[i] : NULL;

	if (unlikely(m == NULL))
		return -EINVAL;
	if (unlikely(burst->credit == 0 || !stays_raw(b, m) || m->data_len <= burst->small))
		return take_slow(burst, i, b);
	burst->credit--;
	seg_set_raw(b, m, burst->via);
	burst->pkts[i] = NULL;
	burst->gaps++;
	return 0;
}

/*
 * Append the usual packets, up to the first that is none or has no more than `small` bytes, to
 * a buffer that has room for n segments; returns how many. To be flushed.
 */
static uint16_t
append_plain(struct lbuf *b, struct rte_mbuf **pkts, uint16_t n, uint32_t small, uint16_t via)
{
	uintptr_t bits = hold_bits(via) | LBUF_SEG_MBUF | LBUF_SEG_PLAIN;
	struct lbuf_seg *s = b->tail;
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++, s++) {
		struct rte_mbuf *m = pkts[i];

		if (unlikely(!lbuf_mbuf_is_plain(m) || m->data_len <= small))
			break;
		lbuf_seg_fill(s, rte_pktmbuf_mtod(m, void *), m->data_len, (uintptr_t)m | bits);
		bytes += m->data_len;
	}
	if (i == 0)
		return 0;
	b->tail = s;
	b->pend += bytes;
	seg_added(b);
	return i;
}

/* Append n packets of one queue; *done: how many were. To be flushed. */
static int
append_run(struct lbuf *b, struct rte_mbuf **pkts, uint16_t n, uint16_t via, uint16_t *done)
{
	uint16_t credit = (uint16_t)governor_take(via, n, pkts[0]), i = 0, k = 0;
	uint32_t small = governor_copy_break(via);
	int ret = 0;

	while (i < n) {
		if (likely(credit != 0)) {
			ret = seg_room(b, credit);
			if (unlikely(ret != 0))
				break;
			k = append_plain(b, pkts + i, RTE_MIN(credit, (uint16_t)(n - i)), small,
					via);
			i = (uint16_t)(i + k);
			credit = (uint16_t)(credit - k);
			if (likely(i == n))
				break;
		}
		ret = governor_put(b, pkts[i], via);
		if (unlikely(ret != 0))
			break;
		i++;
	}
	hold_end(via, credit);
	*done = i;
	return ret;
}

/* How many packets from one on came by the same queue. */
static uint16_t
run_of(const struct lbuf_burst *burst, uint16_t first)
{
	uint16_t i = first;

	if (likely(burst->via != LBUF_BURST_MIXED))
		return (uint16_t)(burst->n - first);
	while (i < burst->n && burst->vias[i] == burst->vias[first])
		i++;
	return (uint16_t)(i - first);
}

int
lbuf_burst_append(struct lbuf_burst *burst, struct lbuf *b)
{
	int ret = check_write(b);
	uint16_t i = 0, n;

	if (unlikely(burst->gaps != 0))
		burst_close_gaps(burst);
	while (ret == 0 && i < burst->n) {
		ret = append_run(b, burst->pkts + i, run_of(burst, i), burst_via(burst, i), &n);
		i = (uint16_t)(i + n);
	}
	if (i != 0)
		lbuf_flush(b);
	burst_shift(burst, i);
	return ret;
}
