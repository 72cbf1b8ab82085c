/* SPDX-License-Identifier: BSD-3-Clause */

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include <rte_cycles.h>

#include "fwd.h"
#include "tcp_show.h"
#include "tcp_table.h"

/* How long an lcore may take to answer. */
#define WAIT_MS 1000
#define LINE_WIDTH 90

/* Figures of a table, and of all of them. */
struct figures {
	struct lbuf_conn_table_stats table;
	struct fwd_tcp_totals own;
	uint64_t dump_failed;
};

#define TABLE(field) #field, offsetof(struct figures, table.field)
#define STREAM(field) #field, offsetof(struct figures, table.stream.field)
#define CLOSED(name, why) name, offsetof(struct figures, table.closed[why])
#define OWN(field) #field, offsetof(struct figures, own.field)

static const struct {
	const char *name;
	size_t where;
} counters[] = {
	{ TABLE(packets) },
	{ TABLE(segments) },
	{ TABLE(other) },
	{ TABLE(bad_length) },
	{ TABLE(bad_sum) },
	{ TABLE(fragments) },
	{ TABLE(datagrams) },
	{ TABLE(fragments_lost) },
	{ TABLE(unknown) },
	{ TABLE(opened) },
	{ TABLE(picked_up) },
	{ TABLE(conns) },
	{ TABLE(conns_max) },
	{ OWN(ended) },
	{ CLOSED("fin", LBUF_CONN_FIN) },
	{ CLOSED("rst", LBUF_CONN_RST) },
	{ CLOSED("timeout", LBUF_CONN_TIMEOUT) },
	{ CLOSED("evicted", LBUF_CONN_EVICTED) },
	{ CLOSED("reused", LBUF_CONN_REUSED) },
	{ CLOSED("unfinished", LBUF_CONN_FREED) },
	{ TABLE(refused) },
	{ OWN(untracked) },
	{ TABLE(rst_ignored) },
	{ TABLE(syn_ignored) },
	{ TABLE(late) },
	{ TABLE(keep_alives) },
	{ TABLE(urgent) },
	{ OWN(bytes) },
	{ OWN(records) },
	{ OWN(cut_off) },
	{ OWN(unframed) },
	{ STREAM(in_order) },
	{ STREAM(held) },
	{ STREAM(copied) },
	{ STREAM(again_bytes) },
	{ STREAM(far) },
	{ STREAM(gaps) },
	{ TABLE(gaps_timeout) },
	{ TABLE(gaps_full) },
	{ TABLE(gaps_acked) },
	{ TABLE(gaps_end) },
	{ STREAM(missing_bytes) },
	{ STREAM(full_bytes) },
	{ STREAM(all_full_bytes) },
	{ STREAM(nomem_bytes) },
	{ "memory", offsetof(struct figures, table.stream.bytes) },
	{ "memory_max", offsetof(struct figures, table.stream.bytes_max) },
	{ STREAM(pieces) },
	{ STREAM(mbufs) },
	{ "dump_failed", offsetof(struct figures, dump_failed) },
};

/* The next lcore from *lcore on that has a table. */
static struct fwd_tcp_table *
next_table(unsigned int *lcore)
{
	struct fwd_tcp_table *t;

	while (*lcore < RTE_MAX_LCORE) {
		t = fwd_tcp_table_of((*lcore)++);
		if (t != NULL)
			return t;
	}
	return NULL;
}

static uint64_t *
counter(struct figures *f, unsigned int i)
{
	return RTE_PTR_ADD(f, counters[i].where);
}

static void
sum_up(struct figures *sum)
{
	const struct fwd_tcp_table *t;
	unsigned int lcore = 0, i;
	struct figures f;

	memset(sum, 0, sizeof(*sum));
	while ((t = next_table(&lcore)) != NULL) {
		lbuf_conn_table_stats_get(t->conns, &f.table);
		f.own = t->totals;
		f.dump_failed = t->dumps.failed;
		for (i = 0; i < RTE_DIM(counters); i++)
			*counter(sum, i) += *counter(&f, i);
		for (i = 0; i < FWD_TCP_SIZES; i++)
			sum->own.sizes[i] += f.own.sizes[i];
	}
}

/* A word of a list, which begins with a title and is broken into lines. */
static void
put_word(const char *title, unsigned int *column, const char *word)
{
	if (*column != 0 && *column + 2 + strlen(word) <= LINE_WIDTH) {
		*column += (unsigned int)printf(", %s", word);
		return;
	}
	*column = (unsigned int)printf("%s  %s: %s", *column != 0 ? "\n" : "", title, word);
}

static void
print_sizes(const struct figures *f)
{
	unsigned int i, column = 0;
	char word[64];
	uint64_t from;

	for (i = 0; i < FWD_TCP_SIZES; i++) {
		if (f->own.sizes[i] == 0)
			continue;
		from = i == 0 ? 0 : UINT64_C(1) << (i - 1);
		if (i < 2)
			snprintf(word, sizeof(word), "%" PRIu64 " B %" PRIu64, from,
					f->own.sizes[i]);
		else
			snprintf(word, sizeof(word), "%" PRIu64 "-%" PRIu64 " B %" PRIu64, from,
					2 * from - 1, f->own.sizes[i]);
		put_word("Records", &column, word);
	}
	if (column != 0)
		printf("\n");
}

static void
print_figures(void)
{
	unsigned int i, column = 0;
	struct figures f;
	char word[64];

	sum_up(&f);
	for (i = 0; i < RTE_DIM(counters); i++) {
		if (*counter(&f, i) == 0)
			continue;
		snprintf(word, sizeof(word), "%s %" PRIu64, counters[i].name, *counter(&f, i));
		put_word("Streams", &column, word);
	}
	printf(column != 0 ? "\n" : "  Streams: none\n");
	print_sizes(&f);
}

static void
format_end(char *text, size_t room, const struct lbuf_conn_info *info, unsigned int dir)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(info->family == 4 ? AF_INET : AF_INET6, info->addr[dir], addr, sizeof(addr));
	snprintf(text, room, info->family == 4 ? "%s:%u" : "[%s]:%u", addr, info->port[dir]);
}

static void
print_direction(const struct fwd_tcp_row *row, unsigned int dir)
{
	const struct lbuf_conn_dir_stats *st = &row->dir[dir].stats;
	char from[64], to[64];
	unsigned int i;

	format_end(from, sizeof(from), &row->info, dir);
	format_end(to, sizeof(to), &row->info, 1 - dir);
	printf("  %s > %s", from, to);
	for (i = 0; i < row->info.nb_vlans; i++)
		printf(" vlan %u", row->info.vlan[i]);
	printf(": bytes %" PRIu64 ", crc32c %08x, records %" PRIu64 ", gaps %u, missing %" PRIu64
	       ", open gaps %u, held %" PRIu64 ", again %" PRIu64 ", %s%s\n",
			st->bytes, row->dir[dir].crc, row->dir[dir].records, st->gaps,
			st->missing_bytes, st->gaps_open, st->held_bytes, st->again_bytes,
			row->dir[dir].unframed ? "unframed, " : "", row->state);
}

static void
print_row(const struct fwd_tcp_row *row)
{
	unsigned int dir;

	for (dir = 0; dir < LBUF_CONN_DIRS; dir++)
		print_direction(row, dir);
}

static void
print_title(void)
{
	printf("\n  +++++++++++++++ TCP connections +++++++++++++++\n");
}

/* Those that have ended, the earliest first. */
static void
print_history(const struct fwd_tcp_table *t)
{
	uint64_t n = t->totals.ended, i = n > FWD_TCP_HISTORY ? n - FWD_TCP_HISTORY : 0;

	if (i != 0)
		printf("  %" PRIu64 " earlier ones are not shown\n", i);
	for (; i < n; i++)
		print_row(&t->history[i % FWD_TCP_HISTORY]);
}

/* Have a table answer on its lcore. Whether it did. */
static bool
ask(struct fwd_tcp_table *t)
{
	unsigned int ms;

	__atomic_store_n(&t->request.state, FWD_TCP_ASKED, __ATOMIC_RELEASE);
	for (ms = 0; ms < WAIT_MS; ms++) {
		if (__atomic_load_n(&t->request.state, __ATOMIC_ACQUIRE) == FWD_TCP_ANSWERED)
			return true;
		rte_delay_us_sleep(US_PER_S / MS_PER_S);
	}
	return false;
}

void
fwd_tcp_show(const struct fwd *fwd)
{
	struct fwd_tcp_table *t;
	unsigned int lcore = 0;
	uint32_t i;

	print_title();
	while ((t = next_table(&lcore)) != NULL) {
		if (!fwd->forwarding)
			print_history(t);
		else if (!ask(t))
			printf("  lcore %u is busy\n", lcore - 1);
		else
			for (i = 0; i < t->request.nb; i++)
				print_row(&t->request.rows[i]);
	}
	print_figures();
}

void
fwd_tcp_finish(const struct fwd *fwd)
{
	struct fwd_tcp_table *t;
	unsigned int lcore = 0;

	while ((t = next_table(&lcore)) != NULL) {
		lbuf_conn_flush(t->conns);
		fwd_tcp_dump_flush(&t->dumps);
	}
	fwd_tcp_show(fwd);
}

void
fwd_tcp_json(const struct fwd *fwd, FILE *f)
{
	unsigned int i;
	struct figures sum;

	RTE_SET_USED(fwd);
	sum_up(&sum);
	fprintf(f, ",\"streams\":{");
	for (i = 0; i < RTE_DIM(counters); i++)
		fprintf(f, "%s\"%s\":%" PRIu64, i != 0 ? "," : "", counters[i].name,
				*counter(&sum, i));
	fputc('}', f);
}
