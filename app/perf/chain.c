/* SPDX-License-Identifier: BSD-3-Clause */

/* The bytes that the stream cases work on. */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "chain.h"

/* Least messages of a lap. */
#define MESSAGES_MIN 4
#define POOL_CACHE RTE_MEMPOOL_CACHE_MAX_SIZE

struct feed
feed_bytes(size_t bytes)
{
	struct feed f = {
		.bytes = bytes, .items = 1, .nb_segs = (bytes + CHAIN_SEG - 1) / CHAIN_SEG
	};

	f.data = rte_malloc("perf_feed", bytes, 4096);
	if (f.data == NULL)
		return f;
	memset(f.data, 'x', bytes);
	f.iova = rte_malloc_virt2iova(f.data);
	return f;
}

struct feed
feed_messages(size_t msg_len)
{
	size_t each = CHAIN_HEAD + msg_len;
	size_t items = RTE_MAX(CHAIN_LAP / each, (size_t)MESSAGES_MIN), i;
	struct feed f = feed_bytes(items * each);
	rte_be32_t head = rte_cpu_to_be_32((uint32_t)msg_len);

	f.items = items;
	f.msg_len = msg_len;
	for (i = 0; f.data != NULL && i < items; i++)
		memcpy(f.data + i * each, &head, CHAIN_HEAD);
	return f;
}

struct feed
feed_lines(void)
{
	size_t items = CHAIN_LAP / CHAIN_LINE, i;
	struct feed f = feed_bytes(items * CHAIN_LINE);

	f.items = items;
	for (i = 1; f.data != NULL && i <= items; i++)
		f.data[i * CHAIN_LINE - 1] = '\n';
	return f;
}

void
feed_free(struct feed *f)
{
	rte_free(f->data);
	f->data = NULL;
}

struct rte_mempool *
chain_mbuf_pool(size_t nb, uint16_t room, const char **why)
{
	static unsigned int serial;
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;

	snprintf(name, sizeof(name), "perf_chain%u", serial++);
	mp = rte_pktmbuf_pool_create(name, (unsigned int)nb + 4 * POOL_CACHE, POOL_CACHE, 0, room,
			(int)rte_socket_id());
	if (mp == NULL)
		*why = rte_strerror(rte_errno);
	return mp;
}

int
feed_mbufs(const struct feed *f, struct rte_mempool *pool, struct rte_mbuf **mbufs)
{
	size_t each = CHAIN_HEAD + f->msg_len, i, at, seg;

	if (rte_pktmbuf_alloc_bulk(pool, mbufs, (unsigned int)f->nb_segs) != 0)
		return -ENOMEM;
	for (i = 0; i < f->nb_segs; i++) {
		mbufs[i]->data_len = (uint16_t)feed_seg_len(f, i);
		mbufs[i]->pkt_len = mbufs[i]->data_len;
	}
	for (i = 0; i < f->items * each; i += each) {
		for (at = i; at < i + CHAIN_HEAD; at++) {
			seg = at / CHAIN_SEG;
			*rte_pktmbuf_mtod_offset(mbufs[seg], uint8_t *, at % CHAIN_SEG) =
					f->data[at];
		}
	}
	return 0;
}
