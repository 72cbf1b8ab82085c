/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>

#include <rte_lcore.h>

#include "fwd.h"
#include "print_engine.h"

static void
print_queues(const struct fwd_sample *s)
{
	const struct fwd_queue_sample *q;
	unsigned int i;

	printf("\n  %-10s %12s %15s %12s %15s %12s %12s %10s\n", "port/queue", "Rx pps", "Rx bps",
			"Tx pps", "Tx bps", "copied/s", "no memory", "tx failed");
	for (i = 0; i < s->nb_queues; i++) {
		q = &s->queues[i];
		printf("  %4u/%-5u %12" PRIu64 " %15" PRIu64 " %12" PRIu64 " %15" PRIu64
		       " %12" PRIu64 " %12" PRIu64 " %10" PRIu64 "\n",
				q->port, q->queue, q->rx_packets.rate, q->rx_bytes.rate * 8,
				q->tx_packets.rate, q->tx_bytes.rate * 8, q->tx_copied.rate,
				q->rx_nombuf.total, q->tx_failed.total);
	}
}

static void
print_memory(const struct fwd *fwd)
{
	static const char *const tiers[LBUF_TIER_NUM] = { "small", "middle", "large" };
	struct lbuf_pool_stats st;
	unsigned int i, t, hits;
	int socket;

	printf("\n  %-6s %-6s %15s %15s %12s %10s %10s\n", "socket", "tier", "bytes", "limit",
			"chunks out", "cache hits", "failures");
	for (i = 0; i < rte_socket_count(); i++) {
		socket = rte_socket_id_by_idx(i);
		for (t = 0; t < LBUF_TIER_NUM; t++) {
			if (lbuf_pool_stats_get(fwd->pool, (enum lbuf_tier)t, socket, 0, &st) != 0)
				continue;
			hits = fwd_sample_cache_hits(&st);
			printf("  %-6d %-6s %15" PRIu64 " %15zu %12" PRIu64 " %8u.%u%% %10" PRIu64
			       "\n",
					socket, tiers[t], st.bytes, fwd->args.pool.limit_bytes,
					st.out, hits / 10, hits % 10, st.failures);
		}
	}
}

void
fwd_print_engine(const struct fwd *fwd, const struct fwd_sample *sample)
{
	print_queues(sample);
	print_memory(fwd);
	if (fwd->args.record_core_cycles && sample->packets != 0)
		printf("\n  CPU cycles/packet: %.1f\n",
				(double)sample->cycles / (double)sample->packets);
}
