/* SPDX-License-Identifier: BSD-3-Clause */

/* Streams in chains of mbufs: chain_mbuf.h at work. */

#include <stdlib.h>

#include "chain.h"
#include "chain_mbuf.h"

#define ENGINE mb

struct mb_chain {
	struct mchain m;
};

struct mb_ctx {
	struct feed feed;
	bool border;
	struct mchain_stash plain;               /* mbufs without data room, for references */
	struct mchain_stash room;                /* mbufs with data room, for copies */
	struct rte_mbuf_ext_shared_info *shinfo; /* of each segment */
	uint64_t freed;                          /* calls of their callback */
	struct rte_mbuf **mbufs;
};

static inline void
mb_init(struct mb_ctx *c, struct mb_chain *chain)
{
	(void)c;
	mchain_init(&chain->m);
}

static inline void
mb_free(struct mb_ctx *c, struct mb_chain *chain)
{
	(void)c;
	mchain_free(&chain->m);
}

static void
mb_count(void *addr, void *arg)
{
	(void)addr;
	++*(uint64_t *)arg;
}

static inline int
mb_append_with(struct mb_ctx *c, struct mb_chain *chain, size_t i, struct rte_mbuf *m)
{
	struct rte_mbuf_ext_shared_info *shinfo = &c->shinfo[i];

	shinfo->free_cb = mb_count;
	shinfo->fcb_opaque = &c->freed;
	return mchain_append_ext(&chain->m, m, c->feed.data + i * CHAIN_SEG,
			c->feed.iova + i * CHAIN_SEG, (uint16_t)feed_seg_len(&c->feed, i), shinfo);
}

static inline int
mb_append_ext(struct mb_ctx *c, struct mb_chain *chain, size_t i)
{
	return mb_append_with(c, chain, i, mchain_alloc(&c->plain));
}

/* Where there is but one there is no bulk. */
static inline int
mb_append_one(struct mb_ctx *c, struct mb_chain *chain)
{
	return mb_append_with(c, chain, 0, rte_pktmbuf_alloc(c->plain.pool));
}

static inline int
mb_append_copy(struct mb_ctx *c, struct mb_chain *chain, size_t i)
{
	return mchain_write(&chain->m, &c->room, c->feed.data + i * CHAIN_SEG,
			feed_seg_len(&c->feed, i));
}

static inline int
mb_append_mbuf(struct mb_ctx *c, struct mb_chain *chain, struct rte_mbuf *m)
{
	(void)c;
	mchain_append(&chain->m, m);
	return 0;
}

static inline uint64_t
mb_length(const struct mb_chain *chain)
{
	return chain->m.len;
}

static inline uint32_t
mb_u32(const struct mb_chain *chain)
{
	return mchain_u32(&chain->m);
}

static inline void
mb_skip(struct mb_ctx *c, struct mb_chain *chain, uint64_t n)
{
	(void)c;
	mchain_skip(&chain->m, n);
}

static inline int
mb_cut(struct mb_ctx *c, struct mb_chain *chain, uint64_t n, struct mb_chain *out)
{
	return mchain_cut(&chain->m, &c->plain, n, &out->m);
}

static inline int64_t
mb_line(struct mb_ctx *c, struct mb_chain *chain, struct mb_chain *out)
{
	int64_t at = mchain_find(&chain->m, '\n');

	if (at < 0 || unlikely(mb_cut(c, chain, (uint64_t)at + 1, out) != 0))
		return 0;
	return at + 1;
}

static inline uint64_t
mb_walk(struct mb_ctx *c, struct mb_chain *chain)
{
	uint64_t bytes, lines;

	(void)c;
	lines = mchain_lines(&chain->m, '\n', &bytes);
	mchain_skip(&chain->m, bytes);
	return lines;
}

static inline void
mb_release(struct mb_ctx *c, struct mb_chain *chain)
{
	(void)c;
	(void)chain; /* an mbuf is freed when it has been consumed */
}

static inline unsigned int
mb_iovec(const struct mb_chain *chain, struct iovec *iov, unsigned int n)
{
	return mchain_iovec(&chain->m, iov, n);
}

static inline uint32_t
mb_cksum(const struct mb_chain *chain)
{
	return mchain_cksum(&chain->m);
}

static inline uint32_t
mb_crc32c(const struct mb_chain *chain)
{
	return mchain_crc32c(&chain->m);
}

/* The chain is the 45 segments, and stays: a slice of all of it is a clone. */
static inline int
mb_slice(struct mb_ctx *c, struct mb_chain *chain, uint64_t n, struct mb_chain *out)
{
	(void)n;
	return mchain_clone(&chain->m, &c->plain, &out->m);
}

static int
mb_prepare_slices(struct mb_ctx *c, struct mb_chain *chain)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < CHAIN_SEGS; i++)
		ret = mb_append_ext(c, chain, i);
	return ret;
}

/* As DPDK clones a packet, which the chain is. */
static inline int
mb_clone(struct mb_ctx *c, struct mb_chain *chain, struct mb_chain *out)
{
	struct rte_mbuf *m = chain->m.head;

	m->nb_segs = CHAIN_SEGS;
	m->pkt_len = (uint32_t)chain->m.len;
	out->m.head = rte_pktmbuf_clone(m, c->plain.pool);
	return out->m.head == NULL ? -ENOMEM : 0;
}

static inline void
mb_clone_free(struct mb_ctx *c, struct mb_chain *out)
{
	(void)c;
	rte_pktmbuf_free(out->m.head);
}

static int
mb_prepare_mbufs(struct mb_ctx *c)
{
	return feed_mbufs(&c->feed, c->room.pool, c->mbufs);
}

#include "chain_loops.h"

static void
stash_close(struct mchain_stash *stash)
{
	rte_pktmbuf_free_bulk(stash->m, stash->n);
	rte_mempool_free(stash->pool);
}

static void
mb_close(void *ctx)
{
	struct mb_ctx *c = ctx;

	stash_close(&c->plain);
	stash_close(&c->room);
	free(c->mbufs);
	free(c->shinfo);
	free(c);
}

static void *
mb_open(enum chain_case kind, struct feed feed, const char **why)
{
	struct mb_ctx *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->feed = feed;
	c->border = kind == CHAIN_U32_BORDER;
	c->shinfo = calloc(feed.nb_segs, sizeof(*c->shinfo));
	c->mbufs = calloc(feed.nb_segs, sizeof(*c->mbufs));
	c->plain.pool = chain_mbuf_pool(feed.nb_segs, 0, why);
	c->room.pool = chain_mbuf_pool(feed.nb_segs, RTE_MBUF_DEFAULT_BUF_SIZE, why);
	if (c->shinfo == NULL || c->mbufs == NULL || c->plain.pool == NULL ||
			c->room.pool == NULL) {
		mb_close(c);
		return NULL;
	}
	return c;
}

const struct chain_engine chain_mbuf = {
	.name = "mbuf", .open = mb_open, .close = mb_close, ENGINE_LOOPS
};
