/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Bursts: packets as the driver handed them over, mbuf pointers and nothing else.
 *
 * A burst that nobody looks at is sent, dropped or divided at the cost of the mbufs. A
 * packet becomes a linked buffer when there is need of one: lbuf_burst_take() for one,
 * lbuf_burst_append() for all. A forwarder of all that comes:
 *
 *     struct lbuf_burst burst;
 *
 *     lbuf_burst_init(&burst);
 *     for (;;) {
 *             lbuf_burst_rx(&burst, in, 0, 32);
 *             lbuf_burst_tx(&burst, out, 0);
 *     }
 *
 * What the driver does not take stays in the burst, in front of what is received next.
 *
 * **What is sent** goes as it is where the port can take it, and is else made into what
 * lbuf_port_tx() would send: doc/ports.md has the table. Other than a linked buffer, a
 * packet whose mbufs others hold as well goes as it is, too: they see what is sent.
 *
 * Threads: a burst is one thread's at a time. Of ports and queues see lbuf_port.h.
 */

#ifndef LBUF_BURST_H
#define LBUF_BURST_H

#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include <lbuf_port.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond parts of the inline functions. Not to be used. */

/* Figures of a queue pair. The RX half and the TX half may run on different lcores. */
struct lbuf_port_queue {
	struct {
		uint64_t packets;
		uint64_t bytes;
		uint64_t nombuf;
		uint16_t via; /* what its mbufs are counted as when they are held; 0: not known */
	} rx __rte_cache_aligned;
	struct {
		uint64_t packets;
		uint64_t bytes;
		uint64_t refs;
		uint64_t small;
		uint64_t copied;
		uint64_t failed;
		uint16_t seg_max; /* segments in one packet */
		bool checked;     /* in this call, that it still holds */
		bool lends;       /* in this call, packets may be refused */
		uint16_t lent;    /* the queue by which one of them came; 0: none */
	} tx __rte_cache_aligned;
};

/* What a bridge begins with. */
struct lbuf_port_head {
	uint16_t id;
	uint16_t nb_queues;            /* that there is place for: as many as the port can have */
	bool any_burst;                /* bursts go out unseen */
	struct lbuf_port_queue *queue; /* nb_queues of them */
};

/*
 * Whether a port has a queue: those of the driver, which rte_eth_rx_burst() and
 * rte_eth_tx_burst() look up as well, so that this costs two comparisons. All are
 * there while the port is stopped: then they are queues of ethdev's own, which
 * receive and take nothing.
 */
static inline bool
lbuf_port_has(const struct lbuf_port_head *port, uint16_t queue,
		const struct rte_ethdev_qdata *qdata)
{
	return queue < port->nb_queues && qdata->data != NULL && qdata->data[queue] != NULL;
}

/* Value of lbuf_burst::via: packets of several queues. */
#define LBUF_BURST_MIXED UINT16_MAX

/** @endcond */

/**
 * A burst, to be declared where it is needed, also on the stack: some 5 KiB, of which no
 * more is touched than there are packets. It needs no freeing when it is empty. The
 * fields may be read, and the mbufs as well: with rte_pktmbuf_read(), say. They are changed
 * by the verbs alone.
 */
struct lbuf_burst {
	/** Packets in pkts, and the places of those that were taken out. */
	uint16_t n;
	uint16_t gaps;          /**< Of these places, how many are of packets taken out. */
	uint16_t via;           /**< For the library: by which queue they came; */
	uint16_t credit;        /**< of the packets so many may be held as they are, */
	struct lbuf_port *port; /**< That the last ones came by; NULL: none. */
	uint32_t small;         /**< For the library: that have more bytes than these. */
	/** The packets in order; NULL for such as were taken out. */
	struct rte_mbuf *pkts[LBUF_BURST_MAX];
	/** For the library: the same of each, where packets of several queues are mixed. */
	uint16_t vias[LBUF_BURST_MAX];
};

/** Make a burst of unknown content an empty one. */
LBUF_INLINE void
lbuf_burst_init(struct lbuf_burst *burst)
{
	burst->n = 0;
	burst->gaps = 0;
	burst->via = 0;
	burst->credit = 0;
	burst->port = NULL;
}

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
uint16_t
lbuf_burst_rx_slow(struct lbuf_burst *burst, struct lbuf_port *port, uint16_t queue, uint16_t n);
uint16_t
lbuf_burst_tx_rest(struct lbuf_burst *burst, uint16_t sent);
void *
lbuf_burst_edit_slow(struct lbuf_burst *burst, uint16_t i, uint32_t len);
/** @endcond */

/**
 * Receive packets into a burst, behind those that it has.
 *
 * @param burst
 *   The burst.
 * @param port
 *   The bridge.
 * @param queue
 *   RX queue.
 * @param n
 *   Most packets. What there is no place for is not received.
 * @return
 *   Packets received. 0 with rte_errno EINVAL if the port has no such queue; else
 *   rte_errno is left alone.
 *
 * Cost: that of the driver; no packet is looked at. So the bridge counts packets, but no bytes
 * of them: rte_eth_stats_get() does.
 */
LBUF_INLINE uint16_t
lbuf_burst_rx(struct lbuf_burst *burst, struct lbuf_port *port, uint16_t queue, uint16_t n)
{
	const struct lbuf_port_head *head = (const struct lbuf_port_head *)port;
	uint16_t via;

	if (unlikely(burst->gaps != 0 || burst->n > LBUF_BURST_MAX - n ||
			    !lbuf_port_has(head, queue, &rte_eth_fp_ops[head->id].rxq)))
		return lbuf_burst_rx_slow(burst, port, queue, n);
	via = __atomic_load_n(&head->queue[queue].rx.via, __ATOMIC_RELAXED);
	if (unlikely(via == 0 || (burst->n != 0 && burst->via != via)))
		return lbuf_burst_rx_slow(burst, port, queue, n);
	n = rte_eth_rx_burst(head->id, queue, burst->pkts + burst->n, n);
	burst->n = (uint16_t)(burst->n + n);
	burst->via = via;
	burst->port = port;
	head->queue[queue].rx.packets += n;
	return n;
}

/**
 * Put packets into a burst that come from elsewhere: made here, or exported by
 * lbuf_port_export().
 *
 * @param burst
 *   The burst.
 * @param pkts
 *   The packets, which are taken over as far as there is place.
 * @param n
 *   How many.
 * @return
 *   How many were taken over: the first ones, up to LBUF_BURST_MAX in the burst.
 */
uint16_t
lbuf_burst_add(struct lbuf_burst *burst, struct rte_mbuf *const *pkts, uint16_t n);

/**
 * Prefetch the first bytes of the packets, for a loop over all of them: what a device has
 * written may not be in a near cache yet. Not those of the first few, for which it would be
 * too late, nor of the last few, which costs more than it saves.
 */
LBUF_INLINE void
lbuf_burst_prefetch(const struct lbuf_burst *burst)
{
	const unsigned int step = 4;
	unsigned int i, k;

	if (unlikely(burst->gaps != 0))
		return;
	for (i = step; i + step <= burst->n; i += step)
		for (k = i; k < i + step; k++)
			rte_prefetch0(rte_pktmbuf_mtod(burst->pkts[k], void *));
}

/**
 * Get the first bytes of all packets, to change them in place. A packet whose first bytes
 * lie in several segments, or can be seen by others (its mbuf has more than one reference,
 * or data that is not its own), is given a copy of these bytes; payload is not copied
 * where the port that the burst came by could send it as it is.
 *
 * @param burst
 *   The burst.
 * @param len
 *   Bytes of each.
 * @param data
 *   Room for burst->n addresses. Out: where the bytes of each packet are, until the packet
 *   is sent, taken or dropped; NULL for a packet that is shorter, was taken out, or could
 *   not be given a copy: for want of memory, or as it is longer than what the port that the
 *   burst came by could send as one packet.
 * @return
 *   How many of the addresses are not NULL.
 *
 * Cost: usually no more than finding the bytes.
 */
uint16_t
lbuf_burst_edit(struct lbuf_burst *burst, uint32_t len, void **data);

/**
 * Get the first bytes of one packet, to change them in place: lbuf_burst_edit() for loops
 * that do little with each packet.
 *
 * @param burst
 *   The burst.
 * @param i
 *   Number of the packet, less than burst->n.
 * @param len
 *   Bytes.
 * @return
 *   Where they are, as there, or NULL.
 *
 * Cost: usually no more than finding the bytes.
 */
LBUF_INLINE void *
lbuf_burst_edit_at(struct lbuf_burst *burst, uint16_t i, uint32_t len)
{
	const struct rte_mbuf *m = burst->pkts[i];

	if (likely(m != NULL && lbuf_mbuf_is_plain(m) && m->data_len >= len))
		return rte_pktmbuf_mtod(m, void *);
	return lbuf_burst_edit_slow(burst, i, len);
}

/**
 * Drop those packets whose address is NULL: as lbuf_burst_edit() left it, or as it was
 * set by who rejects a packet. The others move up.
 *
 * @param burst
 *   The burst.
 * @param data
 *   burst->n addresses, which are not followed. Out: those that are not NULL, in order.
 * @return
 *   How many packets are left.
 *
 * Cost: mbufs go back to their pool in bulk.
 */
uint16_t
lbuf_burst_keep(struct lbuf_burst *burst, void **data);

/**
 * Drop all packets.
 *
 * @param burst
 *   The burst, empty afterwards.
 *
 * Cost: mbufs go back to their pool in bulk.
 */
void
lbuf_burst_drop(struct lbuf_burst *burst);

/**
 * Drop one packet. Its place stays, empty, as with lbuf_burst_take(). Of a packet that is not
 * there nothing is done.
 */
void
lbuf_burst_drop_at(struct lbuf_burst *burst, uint16_t i);

/**
 * Divide a burst among others: the bursts of ports to send by, say.
 *
 * @param burst
 *   The burst.
 * @param way
 *   For each of its burst->n packets, the number of the burst that it moves to; as for one
 *   that was taken out, which is not looked at. Another number than there are: it stays.
 * @param ways
 *   These bursts. Packets go behind those that are there; if there is no place, they stay.
 * @param nb_ways
 *   How many.
 * @return
 *   How many packets stay.
 *
 * Cost: that of moving pointers.
 */
uint16_t
lbuf_burst_split(struct lbuf_burst *burst, const uint16_t *way, struct lbuf_burst *const *ways,
		uint16_t nb_ways);

/**
 * Move one packet to the end of a linked buffer, readable at once, as what was pending
 * there. Its place in the burst stays, empty, until a verb that receives, sends, divides
 * or drops closes the gaps: so a loop over all packets can call this.
 *
 * @param burst
 *   The burst.
 * @param i
 *   Number of the packet.
 * @param b
 *   Open linked buffer.
 * @return
 *   0; or, and the packet stays in the burst:
 *   - -EINVAL: no such packet, or it was taken out
 *   - -EPIPE, -EROFS, -ENOMEM: as lbuf_append_mbuf()
 *   - -ENOBUFS: its queue's bound is reached (lbuf_hold.h), and there is no memory for a copy
 *
 * Cost: no copy, unless the queue's bound or its copy-break asks for one.
 */
int
lbuf_burst_take(struct lbuf_burst *burst, uint16_t i, struct lbuf *b);

/**
 * Move all packets to the end of one linked buffer, in order, readable at once, as what was
 * pending there.
 *
 * @param burst
 *   The burst.
 * @param b
 *   Open linked buffer.
 * @return
 *   0, and the burst is empty; or -EPIPE, -EROFS, -ENOMEM, -ENOBUFS as lbuf_burst_take(), and
 *   those packets that were not moved, from the first one on, stay in the burst.
 *
 * Cost: no copy, but as lbuf_burst_take(); one pass over the mbufs.
 */
int
lbuf_burst_append(struct lbuf_burst *burst, struct lbuf *b);

/**
 * Send the first packets of a burst.
 *
 * @param burst
 *   The burst. What was not sent stays, in order, to be sent later or dropped.
 * @param port
 *   The bridge.
 * @param queue
 *   TX queue.
 * @param n
 *   Most packets.
 * @return
 *   How many packets were sent. If it is fewer than n and than there were, rte_errno tells
 *   why the first of the others was not: 0 if the driver had no room, or else, so that it must
 *   be dropped or sent by another port:
 *   - EMSGSIZE: needs more segments, or more bytes in one, than the port takes
 *   - ENOMEM, ENOBUFS: no memory for the references or the copy
 *   - ENODATA: empty, and the port cannot take it as it is
 *   - ENOTSUP: it takes more than one mbuf, and MBUF_FAST_FREE was switched on since the
 *     bridge was made
 *   - EINVAL: the port has no such queue
 *
 * Cost: that of the driver. On a port that takes not all as it is, or only so many segments
 * (doc/ports.md), each packet is looked at. Bytes are not counted.
 */
uint16_t
lbuf_burst_tx_some(struct lbuf_burst *burst, struct lbuf_port *port, uint16_t queue, uint16_t n);

/** Send a burst: lbuf_burst_tx_some() of all its packets. */
LBUF_INLINE uint16_t
lbuf_burst_tx(struct lbuf_burst *burst, struct lbuf_port *port, uint16_t queue)
{
	const struct lbuf_port_head *head = (const struct lbuf_port_head *)port;
	uint16_t n = burst->n, sent;

	if (unlikely(n == 0 || burst->gaps != 0 || !head->any_burst ||
			    !lbuf_port_has(head, queue, &rte_eth_fp_ops[head->id].txq)))
		return lbuf_burst_tx_some(burst, port, queue, n);
	sent = rte_eth_tx_burst(head->id, queue, burst->pkts, n);
	head->queue[queue].tx.packets += sent;
	if (unlikely(sent != n))
		return lbuf_burst_tx_rest(burst, sent);
	burst->n = 0;
	return sent;
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_BURST_H */
