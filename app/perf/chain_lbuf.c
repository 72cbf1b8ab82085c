/* SPDX-License-Identifier: BSD-3-Clause */

/* Streams in linked buffers. */

#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include <lbuf.h>

#include "chain.h"

#define ENGINE lb

struct lb_chain {
	struct lbuf b;
};

struct lb_ctx {
	struct feed feed;
	bool border;
	struct lbuf_pool *pool;
	struct lbuf_ext *ext; /* of each segment */
	uint64_t freed;       /* calls of their callback */
	struct rte_mempool *mbuf_pool;
	struct rte_mbuf **mbufs;
	uint8_t *flat; /* room for a message */
};

static inline void
lb_init(struct lb_ctx *c, struct lb_chain *chain)
{
	lbuf_init(&chain->b, c->pool);
}

static inline void
lb_free(struct lb_ctx *c, struct lb_chain *chain)
{
	(void)c;
	lbuf_close(&chain->b);
}

static void
lb_count(struct lbuf_ext *ext, void *arg)
{
	(void)ext;
	++*(uint64_t *)arg;
}

static inline int
lb_append_ext(struct lb_ctx *c, struct lb_chain *chain, size_t i)
{
	uint8_t *addr = c->feed.data + i * CHAIN_SEG;
	struct lbuf_ext *ext = &c->ext[i];
	int ret;

	lbuf_ext_init(ext, lb_count, &c->freed);
	lbuf_ext_set_iova(ext, addr, c->feed.iova + i * CHAIN_SEG);
	ret = lbuf_write_ext(&chain->b, ext, addr, feed_seg_len(&c->feed, i));
	if (unlikely(ret != 0))
		return ret;
	return lbuf_flush(&chain->b);
}

static inline int
lb_append_one(struct lb_ctx *c, struct lb_chain *chain)
{
	return lb_append_ext(c, chain, 0);
}

static inline int
lb_append_copy(struct lb_ctx *c, struct lb_chain *chain, size_t i)
{
	int ret;

	ret = lbuf_write(&chain->b, c->feed.data + i * CHAIN_SEG, feed_seg_len(&c->feed, i));
	if (unlikely(ret != 0))
		return ret;
	return lbuf_flush(&chain->b);
}

static inline int
lb_append_mbuf(struct lb_ctx *c, struct lb_chain *chain, struct rte_mbuf *m)
{
	int ret = lbuf_append_mbuf(&chain->b, m);

	(void)c;
	if (unlikely(ret != 0))
		return ret;
	return lbuf_flush(&chain->b);
}

static inline uint64_t
lb_length(const struct lb_chain *chain)
{
	return lbuf_len(&chain->b);
}

static inline uint32_t
lb_u32(const struct lb_chain *chain)
{
	uint32_t value = 0;

	lbuf_peek_be32(&chain->b, &value);
	return value;
}

static inline void
lb_skip(struct lb_ctx *c, struct lb_chain *chain, uint64_t n)
{
	(void)c;
	lbuf_skip(&chain->b, n);
}

static inline int
lb_cut(struct lb_ctx *c, struct lb_chain *chain, uint64_t n, struct lb_chain *out)
{
	(void)c;
	return lbuf_slice(&chain->b, n, &out->b);
}

static inline int64_t
lb_line(struct lb_ctx *c, struct lb_chain *chain, struct lb_chain *out)
{
	int64_t len = lbuf_until(&chain->b, '\n', &out->b);

	(void)c;
	return len < 0 ? 0 : len;
}

static inline uint64_t
lb_walk(struct lb_ctx *c, struct lb_chain *chain)
{
	struct lbuf_cursor at;
	uint64_t lines = 0;
	int64_t n;

	(void)c;
	lbuf_cursor_init(&at, &chain->b);
	for (; (n = lbuf_cursor_find(&at, '\n')) >= 0; lines++)
		lbuf_cursor_skip(&at, (uint64_t)n + 1);
	lbuf_skip(&chain->b, lbuf_cursor_tell(&at));
	return lines;
}

static inline void
lb_release(struct lb_ctx *c, struct lb_chain *chain)
{
	(void)c;
	lbuf_release(&chain->b);
}

static inline int64_t
lb_iovec(const struct lb_chain *chain, struct iovec *iov, unsigned int n)
{
	return lbuf_iovec(&chain->b, 0, iov, n, NULL);
}

static inline uint32_t
lb_cksum(const struct lb_chain *chain)
{
	uint16_t sum = 0;

	lbuf_cksum(&chain->b, 0, lbuf_len(&chain->b), &sum);
	return sum;
}

static inline uint32_t
lb_crc32c(const struct lb_chain *chain)
{
	uint32_t crc = 0;

	lbuf_crc32c(&chain->b, 0, lbuf_len(&chain->b), &crc);
	return crc;
}

/*
 * A slice takes its bytes out of the buffer, so a buffer of as many times 45
 * segments is prepared. The memory is that of the same 45 again and again, with
 * one holder more, so that it survives the slice, as it survives the clone that
 * the comparator makes.
 */
static inline int
lb_slice(struct lb_ctx *c, struct lb_chain *chain, uint64_t n, struct lb_chain *out)
{
	return lb_cut(c, chain, n, out);
}

static int
lb_prepare_slices(struct lb_ctx *c, struct lb_chain *chain)
{
	unsigned int round, i;
	int ret = 0;

	for (i = 0; i < CHAIN_SEGS; i++) {
		lbuf_ext_init(&c->ext[i], lb_count, &c->freed);
		lbuf_mem_get(&c->ext[i].mem);
	}
	for (round = 0; ret == 0 && round < CHAIN_SLICES; round++)
		for (i = 0; ret == 0 && i < CHAIN_SEGS; i++)
			ret = lbuf_write_ext(&chain->b, &c->ext[i],
					c->feed.data + (size_t)i * CHAIN_SEG, CHAIN_SEG);
	return ret != 0 ? ret : lbuf_flush(&chain->b);
}

static inline int
lb_clone(struct lb_ctx *c, struct lb_chain *chain, struct lb_chain *out)
{
	(void)c;
	return lbuf_clone(&chain->b, 0, lbuf_len(&chain->b), &out->b);
}

static inline void
lb_clone_free(struct lb_ctx *c, struct lb_chain *out)
{
	lb_free(c, out);
}

static int
lb_prepare_mbufs(struct lb_ctx *c)
{
	return feed_mbufs(&c->feed, c->mbuf_pool, c->mbufs);
}

#include "chain_loops.h"

/* What is done with a message: its checksum, of bytes in place or in one piece. */
static uint32_t
read_in_place(struct lb_ctx *c, struct lbuf *b, uint32_t len)
{
	struct lb_chain message;
	uint32_t sum = 0;

	if (unlikely(lbuf_slice(b, len, &message.b) != 0))
		return 0;
	sum = lb_cksum(&message);
	lb_free(c, &message);
	return sum;
}

static uint32_t
read_linear(struct lb_ctx *c, struct lbuf *b, uint32_t len)
{
	struct lb_chain flat;
	uint32_t sum;

	lb_init(c, &flat);
	lbuf_read(b, c->flat, len);
	lbuf_write_ext(&flat.b, &c->ext[0], c->flat, len);
	lbuf_flush(&flat.b);
	sum = lb_cksum(&flat);
	lb_free(c, &flat);
	return sum;
}

/* A lap of messages that arrive in mbufs, each read when it is complete. */
static __rte_always_inline uint64_t
read_messages(struct lb_ctx *c, uint32_t (*read)(struct lb_ctx *c, struct lbuf *b, uint32_t len),
		uint64_t n, struct watch *w)
{
	uint32_t len, sum = 0;
	uint64_t done;
	struct lbuf b;
	size_t i;

	for (done = 0; done < n; done += c->feed.items) {
		if (lb_prepare_mbufs(c) != 0)
			return 0;
		lbuf_init(&b, c->pool);
		lbuf_ext_init(&c->ext[0], NULL, NULL);
		watch_start(w);
		for (i = 0; i < c->feed.nb_segs; i++) {
			if (lbuf_append_mbuf(&b, c->mbufs[i]) != 0)
				break;
			lbuf_flush(&b);
			while (lbuf_peek_be32(&b, &len) == 0 &&
					lbuf_len(&b) >= CHAIN_HEAD + (uint64_t)len) {
				lbuf_skip(&b, CHAIN_HEAD);
				sum ^= read(c, &b, len);
				lbuf_release(&b);
			}
		}
		watch_stop(w);
		PERF_HIDE(sum);
		len = (uint32_t)lbuf_len(&b);
		lbuf_close(&b);
		if (i != c->feed.nb_segs || len != 0)
			return 0;
	}
	return done;
}

static uint64_t
lb_read(void *ctx, uint64_t n, struct watch *w)
{
	return read_messages(ctx, read_in_place, n, w);
}

static uint64_t
lb_read_linear(void *ctx, uint64_t n, struct watch *w)
{
	return read_messages(ctx, read_linear, n, w);
}

static void
lb_close(void *ctx)
{
	struct lb_ctx *c = ctx;

	lbuf_pool_free(c->pool);
	rte_mempool_free(c->mbuf_pool);
	rte_free(c->flat);
	free(c->mbufs);
	free(c->ext);
	free(c);
}

static void *
lb_open(enum chain_case kind, struct feed feed, const char **why)
{
	struct lb_ctx *c = calloc(1, sizeof(*c));
	char name[LBUF_POOL_NAMESIZE];
	static unsigned int serial;

	if (c == NULL)
		return NULL;
	c->feed = feed;
	c->border = kind == CHAIN_U32_BORDER;
	c->ext = calloc(feed.nb_segs, sizeof(*c->ext));
	c->mbufs = calloc(feed.nb_segs, sizeof(*c->mbufs));
	snprintf(name, sizeof(name), "pf_chain%u", serial++ % 1000);
	c->pool = lbuf_pool_create(name, NULL);
	if (c->pool == NULL)
		*why = rte_strerror(rte_errno);
	c->flat = rte_malloc("perf_flat", feed.msg_len + 1, 64);
	if (CHAIN_HAS_MBUFS(kind))
		c->mbuf_pool = chain_mbuf_pool(feed.nb_segs, RTE_MBUF_DEFAULT_BUF_SIZE, why);
	if (c->ext == NULL || c->mbufs == NULL || c->pool == NULL || c->flat == NULL ||
			(CHAIN_HAS_MBUFS(kind) && c->mbuf_pool == NULL)) {
		lb_close(c);
		return NULL;
	}
	return c;
}

const struct chain_engine chain_lbuf = {
	.name = "lbuf", .open = lb_open, .close = lb_close, ENGINE_LOOPS, .run[CHAIN_READ] = lb_read
};

const struct chain_engine chain_linear = {
	.name = "linear", .open = lb_open, .close = lb_close, .run[CHAIN_READ] = lb_read_linear
};
