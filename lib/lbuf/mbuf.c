/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Chains of mbufs taken apart into segments, one reference each. Links of mbufs that
 * others hold, too, stay as they are: others' chains go through them.
 */

#include "lbuf_priv.h"

/* Segments of a chain that have data. */
static uint32_t
chain_segs(const struct rte_mbuf *m)
{
	uint32_t n = 0;

	for (; m != NULL; m = m->next)
		n += m->data_len != 0;
	return n;
}

/*
 * Drop the reference of an mbuf without data, or if it is the last put the mbuf on a list:
 * freeing it may call others.
 */
static struct rte_mbuf *
drop_empty(struct rte_mbuf *m, struct rte_mbuf *list)
{
	if (!mbuf_is_ours(m)) {
		if (rte_mbuf_refcnt_update(m, -1) != 0)
			return list;
		rte_mbuf_refcnt_set(m, 1);
	}
	m->next = list;
	return m;
}

/* Have segments own the mbufs of a chain that have data; *empty: the others. */
static uint64_t
take_chain(struct lbuf_seg *s, struct rte_mbuf *m, struct rte_mbuf **empty)
{
	struct rte_mbuf *next;
	uint64_t bytes = 0;

	*empty = NULL;
	for (; m != NULL; m = next) {
		next = m->next;
		if (m->data_len == 0) {
			*empty = drop_empty(m, *empty);
			continue;
		}
		bytes += m->data_len;
		seg_set(s++, m);
	}
	return bytes;
}

int
lbuf_append_mbuf_slow(struct lbuf *b, struct rte_mbuf *m)
{
	struct rte_mbuf *empty;
	int ret = check_write(b);
	uint32_t n;

	if (ret != 0)
		return ret;
	if (m == NULL)
		return -EINVAL;
	n = chain_segs(m);
	ret = lbuf_room(b, n);
	if (ret != 0)
		return ret;
	b->pend += take_chain(b->tail, m, &empty);
	b->tail += n;
	if (n != 0)
		seg_added(b);
	rte_pktmbuf_free(empty);
	return 0;
}

int
lbuf_restore_mbuf(struct lbuf *b, struct rte_mbuf *m)
{
	struct lbuf_seg *s = seg_insert(b, b->rd, chain_segs(m));
	struct rte_mbuf *empty;

	if (s == NULL)
		return -rte_errno;
	b->len += take_chain(s, m, &empty);
	b->rd = s;
	rte_pktmbuf_free(empty);
	return 0;
}
