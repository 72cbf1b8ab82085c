/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The comparator: a byte stream of mbufs, as an expert writes it by hand.
 *
 * - The chain has a length and a tail of its own: appending is O(1), pkt_len and
 *   nb_segs are not kept up to date while the chain is not a packet.
 * - Cutting moves whole mbufs. Only the one that a cut divides is viewed twice,
 *   by an indirect mbuf without data room.
 * - mbufs come 32 at a time from the pool, which caches 512, and go back in bulk.
 * - Memory that is attached is counted by the caller's shared info; nothing is
 *   allocated for it.
 */

#ifndef PERF_CHAIN_MBUF_H
#define PERF_CHAIN_MBUF_H

#include <string.h>
#include <sys/uio.h>

#include <rte_byteorder.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#define MCHAIN_STASH 32
/* Most mbufs that go back to their pool in one go. */
#define MCHAIN_BULK 64

/* Some mbufs at hand. */
struct mchain_stash {
	struct rte_mempool *pool;
	unsigned int n;
	struct rte_mbuf *m[MCHAIN_STASH];
};

struct mchain {
	struct rte_mbuf *head;
	struct rte_mbuf *tail; /* if head is not NULL */
	uint64_t len;
};

static inline struct rte_mbuf *
mchain_alloc(struct mchain_stash *stash)
{
	if (unlikely(stash->n == 0)) {
		if (rte_pktmbuf_alloc_bulk(stash->pool, stash->m, MCHAIN_STASH) != 0)
			return NULL;
		stash->n = MCHAIN_STASH;
	}
	return stash->m[--stash->n];
}

static inline void
mchain_init(struct mchain *c)
{
	c->head = NULL;
	c->len = 0;
}

/* Free all mbufs, those of one pool in one go. */
static inline void
mchain_free(struct mchain *c)
{
	struct rte_mbuf *m = c->head, *next, *done[MCHAIN_BULK];
	unsigned int n = 0;

	if (m != NULL && m->next == NULL) {
		rte_pktmbuf_free_seg(m);
		mchain_init(c);
		return;
	}
	for (; m != NULL; m = next) {
		next = m->next;
		m = rte_pktmbuf_prefree_seg(m);
		if (unlikely(m == NULL))
			continue;
		if (n == MCHAIN_BULK || (n != 0 && m->pool != done[0]->pool)) {
			rte_mempool_put_bulk(done[0]->pool, (void **)done, n);
			n = 0;
		}
		done[n++] = m;
	}
	if (n != 0)
		rte_mempool_put_bulk(done[0]->pool, (void **)done, n);
	mchain_init(c);
}

/* Add one mbuf with data_len bytes at the end. */
static inline void
mchain_append(struct mchain *c, struct rte_mbuf *m)
{
	if (c->head == NULL)
		c->head = m;
	else
		c->tail->next = m;
	c->tail = m;
	c->len += m->data_len;
}

/* Add external memory, which shinfo counts and finally frees, with an mbuf for it. */
static inline int
mchain_append_ext(struct mchain *c, struct rte_mbuf *m, void *addr, rte_iova_t iova, uint16_t len,
		struct rte_mbuf_ext_shared_info *shinfo)
{
	if (unlikely(m == NULL))
		return -ENOMEM;
	rte_mbuf_ext_refcnt_set(shinfo, 1);
	rte_pktmbuf_attach_extbuf(m, addr, iova, len, shinfo);
	m->data_len = len;
	mchain_append(c, m);
	return 0;
}

/* Add a copy, first into the room behind the last mbuf's data. */
static inline int
mchain_write(struct mchain *c, struct mchain_stash *data, const uint8_t *src, size_t n)
{
	struct rte_mbuf *m = c->tail;
	uint16_t piece;

	if (c->head != NULL && RTE_MBUF_DIRECT(m)) {
		piece = (uint16_t)RTE_MIN(n, (size_t)rte_pktmbuf_tailroom(m));
		rte_memcpy(rte_pktmbuf_mtod_offset(m, void *, m->data_len), src, piece);
		m->data_len += piece;
		c->len += piece;
		src += piece;
		n -= piece;
	}
	while (n != 0) {
		m = mchain_alloc(data);
		if (unlikely(m == NULL))
			return -ENOMEM;
		piece = (uint16_t)RTE_MIN(n, (size_t)rte_pktmbuf_tailroom(m));
		rte_memcpy(rte_pktmbuf_mtod(m, void *), src, piece);
		m->data_len = piece;
		mchain_append(c, m);
		src += piece;
		n -= piece;
	}
	return 0;
}

/* The first 4 bytes, which must be there, as a big-endian number. */
static inline uint32_t
mchain_u32(const struct mchain *c)
{
	const struct rte_mbuf *m = c->head;
	uint32_t value = 0;
	unsigned int i, at;

	if (likely(m->data_len >= sizeof(value)))
		return rte_be_to_cpu_32(*rte_pktmbuf_mtod(m, const unaligned_uint32_t *));
	for (i = 0, at = 0; i < sizeof(value); i++, at++) {
		for (; at == m->data_len; at = 0)
			m = m->next;
		value = value << 8 | *rte_pktmbuf_mtod_offset(m, const uint8_t *, at);
	}
	return value;
}

static inline void
mchain_trim_head(struct rte_mbuf *m, uint16_t n)
{
	m->data_off += n;
	m->data_len -= n;
}

/* Consume n bytes, which must be there. */
static inline void
mchain_skip(struct mchain *c, uint64_t n)
{
	struct rte_mbuf *m = c->head, *next;

	c->len -= n;
	for (; n != 0 && n >= m->data_len; m = next) {
		n -= m->data_len;
		next = m->next;
		rte_pktmbuf_free_seg(m);
	}
	if (n != 0)
		mchain_trim_head(m, (uint16_t)n);
	c->head = m;
}

/* Another view of the first n bytes of an mbuf. */
static inline struct rte_mbuf *
mchain_view(struct mchain_stash *stash, struct rte_mbuf *m, uint16_t n)
{
	struct rte_mbuf *view = mchain_alloc(stash);

	if (likely(view != NULL)) {
		rte_pktmbuf_attach(view, m);
		view->data_len = n;
	}
	return view;
}

/* Cut off the first n bytes, which must be there, as a chain. */
static inline int
mchain_cut(struct mchain *c, struct mchain_stash *stash, uint64_t n, struct mchain *out)
{
	struct rte_mbuf *m = c->head, *last = NULL, *view = NULL;
	uint64_t rest = n;

	for (; rest != 0 && rest >= m->data_len; m = m->next) {
		rest -= m->data_len;
		last = m;
	}
	if (rest != 0) {
		view = mchain_view(stash, m, (uint16_t)rest);
		if (unlikely(view == NULL))
			return -ENOMEM;
		mchain_trim_head(m, (uint16_t)rest);
	}
	if (last != NULL) {
		last->next = view;
		out->head = c->head;
	} else {
		out->head = view;
	}
	out->tail = view != NULL ? view : last;
	out->len = n;
	c->head = m;
	c->len -= n;
	return 0;
}

/* Another chain over all bytes. */
static inline int
mchain_clone(const struct mchain *c, struct mchain_stash *stash, struct mchain *out)
{
	struct rte_mbuf *m, *view;

	mchain_init(out);
	for (m = c->head; m != NULL; m = m->next) {
		view = mchain_view(stash, m, m->data_len);
		if (unlikely(view == NULL)) {
			mchain_free(out);
			return -ENOMEM;
		}
		mchain_append(out, view);
	}
	return 0;
}

/* Offset of a byte; negative if it is not there. */
static inline int64_t
mchain_find(const struct mchain *c, uint8_t byte)
{
	const struct rte_mbuf *m;
	int64_t before = 0;
	const uint8_t *p, *hit;

	for (m = c->head; m != NULL; m = m->next) {
		p = rte_pktmbuf_mtod(m, const uint8_t *);
		hit = memchr(p, byte, m->data_len);
		if (hit != NULL)
			return before + (hit - p);
		before += m->data_len;
	}
	return -1;
}

/* How often a byte is there; *bytes: those up to its last place. */
static inline uint64_t
mchain_lines(const struct mchain *c, uint8_t byte, uint64_t *bytes)
{
	const uint8_t *p, *end, *hit;
	const struct rte_mbuf *m;
	uint64_t n = 0, before = 0;

	*bytes = 0;
	for (m = c->head; m != NULL; m = m->next) {
		p = rte_pktmbuf_mtod(m, const uint8_t *);
		end = p + m->data_len;
		while ((hit = memchr(p, byte, (size_t)(end - p))) != NULL) {
			n++;
			p = hit + 1;
			*bytes = before + m->data_len - (uint64_t)(end - p);
		}
		before += m->data_len;
	}
	return n;
}

static inline unsigned int
mchain_iovec(const struct mchain *c, struct iovec *iov, unsigned int room)
{
	const struct rte_mbuf *m;
	unsigned int n = 0;

	for (m = c->head; m != NULL && n < room; m = m->next, n++) {
		iov[n].iov_base = rte_pktmbuf_mtod(m, void *);
		iov[n].iov_len = m->data_len;
	}
	return n;
}

/* Internet checksum of the chain. */
static inline uint16_t
mchain_cksum(const struct mchain *c)
{
	uint16_t sum = 0;

	c->head->pkt_len = (uint32_t)c->len;
	rte_raw_cksum_mbuf(c->head, 0, (uint32_t)c->len, &sum);
	return sum;
}

static inline uint32_t
mchain_crc32c(const struct mchain *c)
{
	const struct rte_mbuf *m;
	uint32_t crc = UINT32_MAX;

	for (m = c->head; m != NULL; m = m->next)
		crc = rte_hash_crc(rte_pktmbuf_mtod(m, const void *), m->data_len, crc);
	return ~crc;
}

#endif /* PERF_CHAIN_MBUF_H */
