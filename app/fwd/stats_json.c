/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>

#include <rte_lcore.h>

#include "fwd.h"
#include "impair_stats.h"
#include "rate.h"
#include "stats_json.h"

static void
put_count(FILE *f, const char *name, const struct fwd_count *c)
{
	fprintf(f, ",\"%s\":%" PRIu64 ",\"%s_per_s\":%" PRIu64, name, c->total, name, c->rate);
}

/* Names of devices have no quotes in practice, but who makes a vdev may give any. */
static void
put_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		if ((unsigned char)*s >= ' ')
			fputc(*s, f);
	}
	fputc('"', f);
}

static void
put_queue(FILE *f, const struct fwd_queue_sample *q)
{
	fprintf(f, "{\"queue\":%u", q->queue);
	put_count(f, "rx_packets", &q->rx_packets);
	put_count(f, "rx_bytes", &q->rx_bytes);
	put_count(f, "rx_nombuf", &q->rx_nombuf);
	put_count(f, "tx_packets", &q->tx_packets);
	put_count(f, "tx_bytes", &q->tx_bytes);
	put_count(f, "tx_refs", &q->tx_refs);
	put_count(f, "tx_copied", &q->tx_copied);
	put_count(f, "tx_failed", &q->tx_failed);
	put_count(f, "rx_copied", &q->rx_copied);
	put_count(f, "rx_given_up", &q->rx_given_up);
	fprintf(f, ",\"rx_held\":%u,\"rx_hold_bound\":%u", q->rx_held, q->rx_bound);
	fputc('}', f);
}

static void
put_port(FILE *f, const struct fwd_sample *s, const struct fwd_port_sample *p)
{
	char name[RTE_ETH_NAME_MAX_LEN] = "";
	unsigned int i, n = 0;

	rte_eth_dev_get_name_by_port(p->port, name);
	fprintf(f, "{\"port\":%u,\"name\":", p->port);
	put_string(f, name);
	put_count(f, "rx_packets", &p->rx_packets);
	put_count(f, "rx_bytes", &p->rx_bytes);
	put_count(f, "rx_missed", &p->rx_missed);
	put_count(f, "rx_errors", &p->rx_errors);
	put_count(f, "rx_nombuf", &p->rx_nombuf);
	put_count(f, "tx_packets", &p->tx_packets);
	put_count(f, "tx_bytes", &p->tx_bytes);
	put_count(f, "tx_errors", &p->tx_errors);
	put_count(f, "tx_dropped", &p->tx_dropped);
	fprintf(f, ",\"queues\":[");
	for (i = 0; i < s->nb_queues; i++) {
		if (s->queues[i].port != p->port)
			continue;
		if (n++ != 0)
			fputc(',', f);
		put_queue(f, &s->queues[i]);
	}
	fprintf(f, "]}");
}

static void
put_memory(FILE *f, const struct fwd *fwd)
{
	static const char *const tiers[LBUF_TIER_NUM] = { "small", "middle", "large" };
	struct lbuf_pool_stats st;
	unsigned int i, t, n = 0;
	int socket;

	for (i = 0; i < rte_socket_count(); i++) {
		socket = rte_socket_id_by_idx(i);
		for (t = 0; t < LBUF_TIER_NUM; t++) {
			if (lbuf_pool_stats_get(fwd->pool, (enum lbuf_tier)t, socket, 0, &st) != 0)
				continue;
			fprintf(f,
					"%s{\"socket\":%d,\"tier\":\"%s\",\"bytes\":%" PRIu64
					",\"limit_bytes\":%zu,\"chunks\":%" PRIu64
					",\"out\":%" PRIu64 ",\"allocs\":%" PRIu64
					",\"cache_hits_per_mille\":%u"
					",\"failures\":%" PRIu64 "}",
					n++ != 0 ? "," : "", socket, tiers[t], st.bytes,
					fwd->args.pool.limit_bytes, st.chunks, st.out, st.allocs,
					fwd_sample_cache_hits(&st), st.failures);
		}
	}
}

void
fwd_stats_json(const struct fwd *fwd, const struct fwd_sample *s, FILE *f)
{
	const struct fwd_mode *mode = fwd->args.mode;
	unsigned int i;

	fprintf(f, "{\"time_s\":%.3f,\"period_s\":%.3f,\"mode\":\"%s\",\"ports\":[",
			(double)s->ns / (double)FWD_NS_PER_S,
			(double)s->period / (double)FWD_NS_PER_S, mode->name);
	for (i = 0; i < s->nb_ports; i++) {
		if (i != 0)
			fputc(',', f);
		put_port(f, s, &s->ports[i]);
	}
	fprintf(f, "],\"memory\":[");
	put_memory(f, fwd);
	fprintf(f, "],\"lcores\":{\"packets\":%" PRIu64 ",\"cycles\":%" PRIu64 "}", s->packets,
			s->cycles);
	fwd_impair_json(fwd, f);
	if (mode->json != NULL)
		mode->json(fwd, f);
	fprintf(f, "}\n");
	fflush(f);
}
