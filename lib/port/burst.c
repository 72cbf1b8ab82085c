/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Bursts: what is done with packets between receiving and sending them.
 *
 * The usual mbuf, one segment with one reference and its own data, is dealt with here. All
 * others become a linked buffer for what is done with them, and an mbuf again.
 */

#include "burst.h"
#include "export.h"

void
burst_close_gaps(struct lbuf_burst *burst)
{
	uint16_t i, n = 0;

	for (i = 0; i < burst->n; i++)
		if (burst->pkts[i] != NULL)
			burst->pkts[n++] = burst->pkts[i];
	burst->n = n;
	burst->gaps = 0;
}

void
burst_shift(struct lbuf_burst *burst, uint16_t gone)
{
	burst->n = (uint16_t)(burst->n - gone);
	memmove(burst->pkts, burst->pkts + gone, burst->n * sizeof(burst->pkts[0]));
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

uint16_t
lbuf_burst_add(struct lbuf_burst *burst, struct rte_mbuf *const *pkts, uint16_t n)
{
	if (unlikely(burst->gaps != 0))
		burst_close_gaps(burst);
	n = RTE_MIN(n, (uint16_t)(LBUF_BURST_MAX - burst->n));
	memcpy(burst->pkts + burst->n, pkts, n * sizeof(pkts[0]));
	burst->n = (uint16_t)(burst->n + n);
	return n;
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
		burst->pkts[n++] = m;
	}
	burst->n = n;
	burst->gaps = 0;
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
		if (way[i] < nb_ways && lbuf_burst_add(ways[way[i]], &m, 1) == 1) {
			ways[way[i]]->port = burst->port;
			continue;
		}
		burst->pkts[n++] = m;
	}
	burst->n = n;
	burst->gaps = 0;
	return n;
}

int
lbuf_burst_take(struct lbuf_burst *burst, uint16_t i, struct lbuf *b)
{
	struct rte_mbuf *m = i < burst->n ? burst->pkts[i] : NULL;
	int ret;

	if (unlikely(m == NULL))
		return -EINVAL;
	if (likely(stays_raw(b, m))) {
		seg_set_raw(b, m);
	} else {
		ret = append_packet(b, m);
		if (ret != 0)
			return ret;
	}
	burst->pkts[i] = NULL;
	burst->gaps++;
	return 0;
}

/*
 * Append the usual packets, up to the first that is none, to a buffer that has room for n
 * segments; returns how many. To be flushed.
 */
static uint16_t
append_plain(struct lbuf *b, struct rte_mbuf **pkts, uint16_t n)
{
	struct lbuf_seg *s = b->tail;
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++, s++) {
		struct rte_mbuf *m = pkts[i];

		if (unlikely(!lbuf_mbuf_is_plain(m) || m->data_len == 0))
			break;
		lbuf_seg_fill(s, rte_pktmbuf_mtod(m, void *), m->data_len,
				(uintptr_t)m | LBUF_SEG_MBUF | LBUF_SEG_PLAIN);
		bytes += m->data_len;
	}
	if (i == 0)
		return 0;
	b->tail = s;
	b->pend += bytes;
	seg_added(b);
	return i;
}

int
lbuf_burst_append(struct lbuf_burst *burst, struct lbuf *b)
{
	int ret = check_write(b);
	uint16_t i = 0;

	if (unlikely(burst->gaps != 0))
		burst_close_gaps(burst);
	while (ret == 0 && i < burst->n) {
		ret = seg_room(b, (uint32_t)(burst->n - i));
		if (unlikely(ret != 0))
			break;
		i = (uint16_t)(i + append_plain(b, burst->pkts + i, (uint16_t)(burst->n - i)));
		if (likely(i == burst->n))
			break;
		ret = lbuf_append_mbuf(b, burst->pkts[i]);
		i += ret == 0;
	}
	if (i != 0)
		lbuf_flush(b);
	burst_shift(burst, i);
	return ret;
}
