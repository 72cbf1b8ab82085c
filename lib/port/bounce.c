/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "bounce.h"

/* Bytes of all mbufs, if there are so many, and of a block of them. */
#define BYTES_MAX ((size_t)1 << 20)
#define BLOCK_MIN ((size_t)1 << 12)

/* Bytes of data in an mbuf. */
#define ROOM 2048

/* An mbuf, and what mempools put in front of it and behind. */
#define ELEMENT (sizeof(struct rte_mbuf) + ROOM)
#define OVERHEAD 192

/* What the heap takes for a block, at most. */
#define HEAP_OVERHEAD 512

/* The pages of the first memory list from its start on, without a gap. */
static int
first_pages(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	struct bounce_range *range = arg;

	if (range->start == 0) {
		range->start = (uintptr_t)msl->base_va;
		range->end = range->start;
	}
	if ((uintptr_t)msl->base_va != range->start || (uintptr_t)ms->addr != range->end)
		return 1;
	range->end += ms->len;
	return 0;
}

struct bounce_range
bounce_range(void)
{
	struct bounce_range range = { 0 };

	rte_memseg_walk(first_pages, &range);
	return range;
}

static bool
in_range(const struct bounce_range *range, const void *addr, size_t len)
{
	uintptr_t at = (uintptr_t)addr;

	return at >= range->start && at < range->end && len <= range->end - at;
}

/*
 * A block in a range, or NULL. If the port is stopped, the heap may grow, for what it
 * grows by is there if the range is taken anew. If not, it must not, and not only since
 * that would be in vain: EAL's memory and the driver, which may be connecting meanwhile on
 * a thread of its own, take each other's locks in different orders (DPDK 22.11).
 */
static void *
get_block(const struct bounce_range *range, bool stopped, size_t size, int socket)
{
	struct rte_malloc_socket_stats heap;
	struct bounce_range now = *range;
	void *block;

	if (!stopped &&
			(rte_malloc_get_socket_stats(socket, &heap) != 0 ||
					heap.greatest_free_size < size + HEAP_OVERHEAD))
		return NULL;
	block = rte_malloc_socket("lbuf_bounce", size, RTE_CACHE_LINE_SIZE, socket);
	if (stopped)
		now = bounce_range();
	if (block != NULL && in_range(&now, block, size))
		return block;
	rte_free(block);
	return NULL;
}

static void
free_block(struct rte_mempool_memhdr *hdr, void *opaque)
{
	(void)hdr;
	rte_free(opaque);
}

/* Fill a mempool with blocks, ever smaller ones. */
static void
populate(struct rte_mempool *mp, const struct bounce_range *range, bool stopped, int socket)
{
	size_t size = BYTES_MAX, sum = 0;
	void *block;

	while (size >= BLOCK_MIN && sum < BYTES_MAX) {
		block = get_block(range, stopped, size, socket);
		if (block == NULL) {
			size /= 2;
			continue;
		}
		sum += size;
		if (rte_mempool_populate_iova(mp, block, rte_malloc_virt2iova(block), size,
				    free_block, block) > 0)
			continue;
		rte_free(block);
		return;
	}
}

struct rte_mempool *
bounce_create(uint16_t port_id, const struct bounce_range *range, bool stopped, int socket)
{
	struct rte_pktmbuf_pool_private priv = { .mbuf_data_room_size = ROOM };
	unsigned int n = BYTES_MAX / (ELEMENT + OVERHEAD);
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;

	if (socket < 0) /* virtual devices may be on none */
		socket = (int)rte_socket_id();
	snprintf(name, sizeof(name), "lbuf_bounce_%u", port_id);
	mp = rte_mempool_create_empty(name, n, ELEMENT, 0, sizeof(priv), socket, 0);
	if (mp == NULL)
		return NULL;
	rte_pktmbuf_pool_init(mp, &priv);
	populate(mp, range, stopped, socket);
	if (mp->populated_size == 0) {
		rte_mempool_free(mp);
		rte_errno = ENOMEM;
		return NULL;
	}
	rte_mempool_obj_iter(mp, rte_pktmbuf_init, NULL);
	return mp;
}

void
bounce_free(struct rte_mempool *bounce)
{
	rte_mempool_free(bounce);
}

uint32_t
bounce_out(const struct rte_mempool *bounce)
{
	return bounce->populated_size - rte_mempool_avail_count(bounce);
}

/* In mbuf::port: the driver has it. New mbufs have another one there. */
#define WITH_DRIVER (RTE_MBUF_PORT_INVALID - 1)

void
bounce_sent(struct rte_mbuf *const *pkts, uint16_t n)
{
	struct rte_mbuf *m;
	uint16_t i;

	for (i = 0; i < n; i++)
		for (m = pkts[i]; m != NULL; m = m->next)
			m->port = WITH_DRIVER;
}

void
bounce_unsent(struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		rte_mbuf_refcnt_set(m, 1);
}

static void
reclaim_one(struct rte_mempool *mp, void *opaque, void *obj, unsigned int i)
{
	struct rte_mbuf *m = obj;

	(void)opaque;
	(void)i;
	if (m->port != WITH_DRIVER)
		return;
	m->port = RTE_MBUF_PORT_INVALID;
	m->next = NULL;
	m->nb_segs = 1;
	rte_mbuf_refcnt_set(m, 1);
	rte_mempool_put(mp, m);
}

/* Those in the pool still bear the mark if they were sent before: they are taken out. */
void
bounce_reclaim(struct lbuf_port *port)
{
	struct rte_mbuf *there[BYTES_MAX / ELEMENT];
	unsigned int n = 0;

	if (port->bounce == NULL)
		return;
	rte_spinlock_lock(&port->bounce_lock);
	while (n < RTE_DIM(there) && (there[n] = rte_pktmbuf_alloc(port->bounce)) != NULL)
		n++;
	rte_mempool_obj_iter(port->bounce, reclaim_one, NULL);
	rte_pktmbuf_free_bulk(there, n);
	rte_spinlock_unlock(&port->bounce_lock);
}

/* Fill an mbuf from a place on, which goes on behind that. */
static void
fill(struct rte_mbuf *m, struct cursor *c, uint64_t n)
{
	uint64_t done, piece;

	for (done = 0; done < n; done += piece) {
		piece = cursor_piece(c, n - done);
		memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, done), cursor_addr(c), piece);
		cursor_advance(c, piece);
	}
	m->data_len = (uint16_t)n;
}

/* Mbufs for a copy. None may be left because the driver has lost them. */
static int
get_mbufs(struct lbuf_port *port, struct rte_mbuf **m, unsigned int n)
{
	struct rte_eth_link link = { 0 };

	if (rte_pktmbuf_alloc_bulk(port->bounce, m, n) == 0)
		return 0;
	if (rte_eth_link_get_nowait(port->head.id, &link) == 0 &&
			link.link_status == RTE_ETH_LINK_DOWN)
		bounce_reclaim(port);
	return rte_pktmbuf_alloc_bulk(port->bounce, m, n) == 0 ? 0 : -ENOBUFS;
}

struct rte_mbuf *
bounce_export(struct lbuf_port *port, struct lbuf *b, uint64_t n, uint16_t seg_max)
{
	uint64_t segs = (n + ROOM - 1) / ROOM, i;
	struct rte_mbuf *m[UINT8_MAX], *head;
	struct cursor c;
	int ret;

	if (segs > seg_max || segs > RTE_DIM(m))
		return fail_ptr(-EMSGSIZE);
	ret = seg_room(b, (uint32_t)segs);
	if (ret == 0)
		ret = get_mbufs(port, m, (unsigned int)segs);
	if (ret != 0)
		return fail_ptr(ret);
	c = cursor_at(b, 0);
	head = m[0];
	for (i = 0; i < segs; i++) {
		m[i]->data_off = 0;
		fill(m[i], &c, RTE_MIN(n - i * ROOM, (uint64_t)ROOM));
		m[i]->next = i + 1 < segs ? m[i + 1] : NULL;
	}
	head->nb_segs = (uint16_t)segs;
	head->pkt_len = (uint32_t)n;
	lbuf_skip(b, n);
	return head;
}
