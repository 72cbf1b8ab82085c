/* SPDX-License-Identifier: BSD-3-Clause */

/* Tables of connections for rte_telemetry: figures and limits of each. */

#include <errno.h>
#include <stdio.h>

#include "../mem/answer.h"
#include "conn_list.h"
#include "conn_tel.h"

/* What packets were, and what became of them. */
static void
add_packets(struct dict *d, const struct lbuf_conn_table_stats *st)
{
	dict_add(d, "packets", st->packets);
	dict_add(d, "segments", st->segments);
	dict_add(d, "other", st->other);
	dict_add(d, "bad_length", st->bad_length);
	dict_add(d, "bad_sum", st->bad_sum);
	dict_add(d, "fragments", st->fragments);
	dict_add(d, "datagrams", st->datagrams);
	dict_add(d, "fragments_lost", st->fragments_lost);
	dict_add(d, "unknown", st->unknown);
	dict_add(d, "rst_ignored", st->rst_ignored);
	dict_add(d, "syn_ignored", st->syn_ignored);
	dict_add(d, "out_of_window", st->out_of_window);
	dict_add(d, "late", st->late);
	dict_add(d, "keep_alives", st->keep_alives);
	dict_add(d, "urgent", st->urgent);
}

static void
add_conns(struct dict *d, const struct lbuf_conn_table_stats *st)
{
	char name[24];
	int why;

	dict_add(d, "conns", st->conns);
	dict_add(d, "conns_max", st->conns_max);
	dict_add(d, "opened", st->opened);
	dict_add(d, "picked_up", st->picked_up);
	dict_add(d, "refused", st->refused);
	for (why = 0; why < LBUF_CONN_WHYS; why++) {
		snprintf(name, sizeof(name), "closed_%s", lbuf_conn_why_name(why));
		dict_add(d, name, st->closed[why]);
	}
}

static void
add_streams(struct dict *d, const struct lbuf_conn_table_stats *st)
{
	const struct lbuf_streams_stats *s = &st->stream;

	dict_add(d, "inserted", s->inserted);
	dict_add(d, "in_order", s->in_order);
	dict_add(d, "held", s->held);
	dict_add(d, "copied_bytes", s->copied);
	dict_add(d, "again_bytes", s->again_bytes);
	dict_add(d, "far", s->far);
	dict_add(d, "gaps", s->gaps);
	dict_add(d, "gaps_timeout", st->gaps_timeout);
	dict_add(d, "gaps_full", st->gaps_full);
	dict_add(d, "gaps_acked", st->gaps_acked);
	dict_add(d, "gaps_end", st->gaps_end);
	dict_add(d, "missing_bytes", s->missing_bytes);
	dict_add(d, "full_bytes", s->full_bytes);
	dict_add(d, "all_full_bytes", s->all_full_bytes);
	dict_add(d, "nomem_bytes", s->nomem_bytes);
	dict_add(d, "bytes", s->bytes);
	dict_add(d, "bytes_max", s->bytes_max);
	dict_add(d, "pieces", s->pieces);
	dict_add(d, "mbufs", s->mbufs);
}

static void
add_limits(struct dict *d, const struct lbuf_conn_table *t)
{
	dict_add(d, "conns_limit", t->conns);
	dict_add(d, "bytes_limit", t->all.p.all_bytes);
	dict_add(d, "mbufs_limit", t->all.p.all_mbufs);
}

static void
tell_table(const struct lbuf_conn_table *t, void *arg)
{
	struct lbuf_conn_table_stats st;
	struct page *page = arg;
	struct dict entry;
	char name[24];

	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	conn_table_figures(t, &st);
	snprintf(name, sizeof(name), "table_%u", t->number);
	dict_add(&entry, "table", t->number);
	dict_add_int(&entry, "lcore", t->lcore);
	dict_add_text(&entry, "pool", lbuf_pool_name(t->all.p.pool));
	add_limits(&entry, t);
	add_conns(&entry, &st);
	add_packets(&entry, &st);
	add_streams(&entry, &st);
	page_add(page, name, &entry, NULL);
}

static int
handle_conns(const char *cmd, const char *params, struct rte_tel_data *data)
{
	struct page page;

	RTE_SET_USED(cmd);
	if (page_begin(&page, params, data) != 0)
		return -EINVAL;
	conn_list_walk(tell_table, &page);
	page_end(&page);
	return 0;
}

void
conn_tel_register(void)
{
	rte_telemetry_register_cmd("/lbuf/conns", handle_conns,
			"Tables of TCP connections: figures and limits of each. Parameters: [first "
			"entry]");
}
