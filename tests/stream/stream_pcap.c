/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Time that a table of connections takes for the frames of a file, beside nids_pcap.c: each
 * burst of frames is copied to mbufs before its time begins, as a device puts it into the
 * cache.
 *
 *     stream_pcap [EAL options] -- FILE CONNS [checksums]
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <lbuf_conn.h>

#include "pcap_file.h"

#define BURST 32
#define MBUFS 65535
#define MBUF_CACHE 250

static uint64_t bytes;

static void
on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	RTE_SET_USED(c);
	RTE_SET_USED(dir);
	RTE_SET_USED(arg);
	bytes += lbuf_len(b);
	lbuf_skip(b, lbuf_len(b));
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int64_t
run_burst(struct lbuf_conn_table *t, struct rte_mempool *pool, const struct frame *f, uint32_t nb)
{
	struct rte_mbuf *m[BURST];
	uint64_t start;
	uint32_t i;
	char *p;

	if (rte_pktmbuf_alloc_bulk(pool, m, nb) != 0)
		return -1;
	for (i = 0; i < nb; i++) {
		p = rte_pktmbuf_append(m[i], (uint16_t)f[i].len);
		if (p == NULL)
			return -1;
		memcpy(p, f[i].data, f[i].len);
	}
	start = now_ns();
	lbuf_conn_input(t, m, nb, rte_rdtsc());
	rte_pktmbuf_free_bulk(m, nb);
	return (int64_t)(now_ns() - start);
}

static int
run(struct lbuf_conn_table *t, struct rte_mempool *pool, const struct pcap_file *file)
{
	struct lbuf_conn_table_stats st;
	struct timing time = { 0 };
	int64_t took;
	uint32_t nb;
	size_t i;

	for (i = 0; i < file->nb; i += nb) {
		nb = (uint32_t)RTE_MIN(file->nb - i, (size_t)BURST);
		took = run_burst(t, pool, &file->frames[i], nb);
		if (took < 0) {
			fprintf(stderr, "no mbufs left, or a frame is longer than one\n");
			return -1;
		}
		timing_add(&time, (uint64_t)took, nb);
	}
	lbuf_conn_table_stats_get(t, &st);
	printf("packets %zu bytes %" PRIu64 " ns %.1f opened %" PRIu64 " held %" PRIu64 "\n",
			file->nb, bytes, timing_mean(&time), st.opened, st.stream.held);
	return 0;
}

int
main(int argc, char **argv)
{
	struct lbuf_conn_params params = { .ops.data = on_data };
	struct lbuf_conn_table *t = NULL;
	struct rte_mempool *mbufs;
	struct pcap_file file;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		return EXIT_FAILURE;
	if (argc - ret < 3) {
		fprintf(stderr, "usage: stream_pcap [EAL options] -- FILE CONNS [checksums]\n");
		return EXIT_FAILURE;
	}
	if (pcap_file_read(&file, argv[ret + 1]) != 0)
		return EXIT_FAILURE;
	params.conns = (uint32_t)strtoul(argv[ret + 2], NULL, 10);
	if (argc - ret > 3)
		params.flags = LBUF_CONN_F_CHECK_SUMS;
	params.stream.pool = lbuf_pool_create("stream", NULL);
	mbufs = rte_pktmbuf_pool_create("mbufs", MBUFS, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			(int)rte_socket_id());
	if (params.stream.pool != NULL && mbufs != NULL)
		t = lbuf_conn_table_create(&params);
	if (t == NULL)
		fprintf(stderr, "%s\n", rte_strerror(rte_errno));
	ret = t != NULL ? run(t, mbufs, &file) : -1;
	lbuf_conn_table_free(t);
	rte_mempool_free(mbufs);
	lbuf_pool_free(params.stream.pool);
	pcap_file_free(&file);
	rte_eal_cleanup();
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
