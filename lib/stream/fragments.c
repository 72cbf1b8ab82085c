/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include <rte_errno.h>
#include <rte_ip_frag.h>
#include <rte_malloc.h>
#include <rte_mempool.h>

#include "fragments.h"

/* Places a bucket, mbufs for each datagram. */
#define BUCKET 4
#define MBUFS 4

struct fragments {
	struct rte_ip_frag_tbl *table;
	struct rte_mempool *mbufs;
	struct rte_ip_frag_death_row row;
};

static struct rte_mempool *
mbufs_create(uint32_t n)
{
	static uint32_t number;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "lbuf_frags_%u",
			__atomic_fetch_add(&number, 1, __ATOMIC_RELAXED));
	return rte_pktmbuf_pool_create(name, n, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
}

struct fragments *
fragments_create(uint32_t datagrams, uint64_t ticks)
{
	struct fragments *f = rte_zmalloc("lbuf_fragments", sizeof(*f), 0);

	if (f == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	f->mbufs = mbufs_create(datagrams * MBUFS);
	if (f->mbufs != NULL)
		f->table = rte_ip_frag_table_create(datagrams / BUCKET + 1, BUCKET, datagrams,
				ticks, SOCKET_ID_ANY);
	if (f->table == NULL) {
		fragments_free(f);
		rte_errno = ENOMEM;
		return NULL;
	}
	return f;
}

void
fragments_free(struct fragments *f)
{
	if (f == NULL)
		return;
	if (f->table != NULL)
		rte_ip_frag_table_destroy(f->table);
	rte_mempool_free(f->mbufs);
	rte_free(f);
}

/* Free what the library has given up; how many fragments. */
static uint32_t
drop(struct fragments *f)
{
	uint32_t n = f->row.cnt;

	rte_ip_frag_free_death_row(&f->row, 0);
	return n;
}

/*
 * librte_ip_frag knows no extension headers but that of the fragment: those before it are cut
 * out, which tell nothing of TCP.
 */
static struct rte_ipv6_hdr *
prepare_ipv6(struct rte_mbuf *m, const struct segment *seg)
{
	struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, seg->ip);
	uint16_t head = (uint16_t)(seg->ip + sizeof(*ip)), cut = (uint16_t)(seg->frag - head);

	ip->proto = IPPROTO_FRAGMENT;
	ip->payload_len = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(ip->payload_len) - cut));
	if (cut == 0)
		return ip;
	memmove(rte_pktmbuf_mtod_offset(m, uint8_t *, cut), rte_pktmbuf_mtod(m, uint8_t *), head);
	rte_pktmbuf_adj(m, cut);
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, seg->ip);
}

/* Bytes of headers that a fragment has, all of which its copy has in its first mbuf. */
static uint32_t
headers(const struct segment *seg)
{
	return seg->ipv6 ? seg->frag + (uint32_t)sizeof(struct rte_ipv6_fragment_ext)
			 : seg->ip + (uint32_t)seg->header;
}

struct rte_mbuf *
fragments_add(struct fragments *f, const struct segment *seg, uint64_t now, uint32_t *lost)
{
	struct rte_mbuf *m = rte_pktmbuf_copy(seg->m, f->mbufs, 0, seg->end);
	struct rte_ipv6_hdr *ip6;

	if (m == NULL || headers(seg) > m->data_len || headers(seg) >= seg->end) {
		rte_pktmbuf_free(m);
		*lost = 1;
		return NULL;
	}
	m->l2_len = seg->ip;
	if (seg->ipv6) {
		m->l3_len = sizeof(*ip6) + sizeof(struct rte_ipv6_fragment_ext);
		ip6 = prepare_ipv6(m, seg);
		m = rte_ipv6_frag_reassemble_packet(f->table, &f->row, m, now, ip6,
				(struct rte_ipv6_fragment_ext *)(ip6 + 1));
	} else {
		m->l3_len = seg->header;
		m = rte_ipv4_frag_reassemble_packet(f->table, &f->row, m, now,
				rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, seg->ip));
	}
	*lost = drop(f);
	return m;
}

uint32_t
fragments_expire(struct fragments *f, uint64_t now)
{
	rte_ip_frag_table_del_expired_entries(f->table, &f->row, now);
	return drop(f);
}
