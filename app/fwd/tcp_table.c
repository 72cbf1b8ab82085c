/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "report.h"
#include "tcp_table.h"

/* Connections that are looked at for a request, so that packets do not wait for long. */
#define LOOK_MAX 4096

/* What lbuf_conn_user_get() knows of a connection. */
struct conn {
	struct lbuf_chunk *chunk; /* that it lies in */
	struct fwd_tcp_dir dir[LBUF_CONN_DIRS];
};

static struct fwd_tcp_table *tables[RTE_MAX_LCORE];

struct fwd_tcp_table *
fwd_tcp_table_of(unsigned int lcore)
{
	return tables[lcore];
}

static void
ignore(struct lbuf_conn *c)
{
	unsigned int dir;

	for (dir = 0; dir < LBUF_CONN_DIRS; dir++)
		lbuf_conn_ignore(c, dir);
}

static void
on_open(struct lbuf_conn *c, void *arg)
{
	struct fwd_tcp_table *t = arg;
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(t->pool, sizeof(struct conn));
	struct lbuf_conn_info info;
	unsigned int dir;
	struct conn *own;

	if (chunk == NULL) {
		t->totals.untracked++;
		ignore(c);
		return;
	}
	own = (struct conn *)chunk->data;
	memset(own, 0, sizeof(*own));
	own->chunk = chunk;
	lbuf_conn_user_set(c, own);
	if (t->dumps.folder != NULL)
		lbuf_conn_info_get(c, &info);
	for (dir = 0; dir < LBUF_CONN_DIRS; dir++) {
		/* The settings were found good when the table was made. */
		if (t->conf->framed)
			lbuf_frame_init(&own->dir[dir].frame, &t->conf->framer);
		if (t->dumps.folder != NULL)
			own->dir[dir].dump = fwd_tcp_dump_new(&t->dumps, &info, dir);
	}
}

static void
count_record(struct fwd_tcp_table *t, struct fwd_tcp_dir *d, struct lbuf *record)
{
	uint64_t len = lbuf_len(record);
	unsigned int size = len == 0 ? 0 : 64 - (unsigned int)__builtin_clzll(len);

	t->totals.sizes[RTE_MIN(size, FWD_TCP_SIZES - 1u)]++;
	t->totals.records++;
	d->records++;
	lbuf_close(record);
}

static void
stop_framing(struct fwd_tcp_table *t, struct fwd_tcp_dir *d)
{
	t->totals.unframed += !d->unframed;
	d->unframed = true;
}

/* Cut records off. What is not of any is left. */
static void
cut(struct fwd_tcp_table *t, struct fwd_tcp_dir *d, struct lbuf *b)
{
	struct lbuf record;
	int ret;

	while ((ret = lbuf_frame_next(&d->frame, b, &record)) == 1)
		count_record(t, d, &record);
	if (ret == -EMSGSIZE || ret == -EBADMSG)
		stop_framing(t, d);
}

static void
on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	struct fwd_tcp_table *t = arg;
	struct conn *own = lbuf_conn_user_get(c);
	struct fwd_tcp_dir *d = &own->dir[dir];
	uint64_t n = lbuf_len(b) - d->left;

	lbuf_crc32c(b, d->left, n, &d->crc);
	t->totals.bytes += n;
	if (unlikely(d->dump != NULL))
		fwd_tcp_dump_add(&t->dumps, d->dump, b, d->left, n);
	if (t->conf->framed && !d->unframed)
		cut(t, d, b);
	if (!t->conf->framed || d->unframed)
		lbuf_skip(b, lbuf_len(b));
	d->left = lbuf_len(b);
}

/* Lines and delimiters can be found again; where a length is cannot be told. */
static void
on_gap(struct lbuf_conn *c, unsigned int dir, uint64_t missing, struct lbuf *b, void *arg)
{
	struct fwd_tcp_table *t = arg;
	struct conn *own = lbuf_conn_user_get(c);
	struct fwd_tcp_dir *d;

	RTE_SET_USED(b);
	if (own == NULL)
		return;
	d = &own->dir[dir];
	d->left = 0;
	if (d->dump != NULL)
		fwd_tcp_dump_skip(&t->dumps, d->dump, missing);
	if (!t->conf->framed)
		return;
	if (t->conf->framer.kind == LBUF_FRAME_LINE || t->conf->framer.kind == LBUF_FRAME_DELIMITER)
		lbuf_frame_reset(&d->frame);
	else
		stop_framing(t, d);
}

static void
on_end(struct lbuf_conn *c, unsigned int dir, enum lbuf_conn_why why, struct lbuf *b, void *arg)
{
	struct fwd_tcp_table *t = arg;
	struct conn *own = lbuf_conn_user_get(c);
	struct lbuf record;
	int ret;

	RTE_SET_USED(why);
	if (own == NULL || b == NULL || !t->conf->framed || own->dir[dir].unframed)
		return;
	ret = lbuf_frame_last(&own->dir[dir].frame, b, &record);
	if (ret == 1)
		count_record(t, &own->dir[dir], &record);
	else if (ret == -ENODATA)
		t->totals.cut_off++;
}

static void
fill_row(struct fwd_tcp_row *row, const struct lbuf_conn *c, const char *state)
{
	const struct conn *own = lbuf_conn_user_get(c);
	unsigned int dir;

	memset(row, 0, sizeof(*row));
	row->state = state;
	lbuf_conn_info_get(c, &row->info);
	for (dir = 0; dir < LBUF_CONN_DIRS; dir++) {
		lbuf_conn_dir_stats_get(c, dir, &row->dir[dir].stats);
		if (own == NULL)
			continue;
		row->dir[dir].records = own->dir[dir].records;
		row->dir[dir].crc = own->dir[dir].crc;
		row->dir[dir].unframed = own->dir[dir].unframed;
	}
}

static void
on_close(struct lbuf_conn *c, enum lbuf_conn_why why, void *arg)
{
	struct fwd_tcp_table *t = arg;
	struct conn *own = lbuf_conn_user_get(c);
	unsigned int dir;

	fill_row(&t->history[t->totals.ended++ % FWD_TCP_HISTORY], c, lbuf_conn_why_name(why));
	if (own == NULL)
		return;
	for (dir = 0; dir < LBUF_CONN_DIRS; dir++)
		fwd_tcp_dump_close(&t->dumps, own->dir[dir].dump);
	lbuf_conn_user_set(c, NULL);
	lbuf_chunk_put(own->chunk);
}

static void
table_free(struct fwd_tcp_table *t)
{
	lbuf_conn_table_free(t->conns);
	fwd_tcp_dump_flush(&t->dumps);
	rte_free(t->history);
	rte_free(t->request.rows);
	rte_free(t);
}

static struct fwd_tcp_table *
table_create(const struct fwd_args *args, struct lbuf_pool *pool, int socket)
{
	struct lbuf_conn_params params = {
		.stream.pool = pool,
		.ops = { on_open, on_data, on_gap, on_end, on_close },
	};
	struct fwd_tcp_table *t;

	t = rte_zmalloc_socket("fwd_tcp", sizeof(*t), RTE_CACHE_LINE_SIZE, socket);
	if (t == NULL)
		return NULL;
	t->pool = pool;
	t->conf = &args->tcp;
	t->dumps.pool = pool;
	t->dumps.folder = args->tcp.dump;
	t->history = rte_zmalloc_socket("fwd_tcp", FWD_TCP_HISTORY * sizeof(*t->history), 0,
			socket);
	t->request.rows = rte_zmalloc_socket("fwd_tcp", args->tcp.rows * sizeof(*t->request.rows),
			0, socket);
	fwd_tcp_params(args, &params);
	params.arg = t;
	rte_errno = ENOMEM;
	if (t->history != NULL && t->request.rows != NULL)
		t->conns = lbuf_conn_table_create(&params);
	if (t->conns == NULL) {
		table_free(t);
		return NULL;
	}
	return t;
}

/* Settings of the framer that no option alone can tell to be wrong. */
static int
check_framer(const struct fwd_tcp_conf *conf)
{
	struct lbuf_frame frame;

	if (!conf->framed || lbuf_frame_init(&frame, &conf->framer) == 0)
		return 0;
	FWD_ERR("--stream-framer: what --stream-frame-offset, --stream-frame-adjust and "
		"--stream-frame-max make of it cannot be: see doc/stream-mode.md");
	return -EINVAL;
}

/* What no option alone can tell. */
static int
check(const struct fwd_tcp_conf *conf)
{
	if (conf->dump != NULL && access(conf->dump, W_OK | X_OK) != 0) {
		FWD_ERR("--stream-dump=%s: %s: give a folder that can be written to", conf->dump,
				strerror(errno));
		return -EINVAL;
	}
	return check_framer(conf);
}

int
fwd_tcp_table_get(unsigned int lcore, const struct fwd_args *args, struct lbuf_pool *pool,
		int socket)
{
	if (tables[lcore] == NULL) {
		if (check(&args->tcp) != 0)
			return -EINVAL;
		tables[lcore] = table_create(args, pool, socket);
		if (tables[lcore] == NULL && rte_errno == ENOMEM)
			return -ENOMEM;
	}
	if (tables[lcore] == NULL) {
		FWD_ERR("lcore %u: no table of connections: %s: see --stream-max-conns, "
			"--stream-timeout and the like",
				lcore, rte_strerror(rte_errno));
		return -EINVAL;
	}
	tables[lcore]->users++;
	return 0;
}

void
fwd_tcp_table_put(unsigned int lcore)
{
	if (tables[lcore] == NULL || --tables[lcore]->users != 0)
		return;
	table_free(tables[lcore]);
	tables[lcore] = NULL;
}

static uint64_t
row_bytes(const struct fwd_tcp_row *row)
{
	return row->dir[0].stats.bytes + row->dir[1].stats.bytes;
}

/* Enter a row among those with most bytes, the first of which has most. */
static void
enter(struct fwd_tcp_request *req, uint32_t room, const struct fwd_tcp_row *row)
{
	uint32_t at = req->nb;

	if (at == room && row_bytes(&req->rows[at - 1]) >= row_bytes(row))
		return;
	if (at == room)
		at--;
	else
		req->nb++;
	for (; at > 0 && row_bytes(&req->rows[at - 1]) < row_bytes(row); at--)
		req->rows[at] = req->rows[at - 1];
	req->rows[at] = *row;
}

void
fwd_tcp_table_answer(struct fwd_tcp_table *t)
{
	struct fwd_tcp_row row;
	struct lbuf_conn *c;
	uint32_t pos = 0, n;

	t->request.nb = 0;
	for (n = 0; n < LOOK_MAX && (c = lbuf_conn_iterate(t->conns, &pos)) != NULL; n++) {
		fill_row(&row, c, "open");
		enter(&t->request, t->conf->rows, &row);
	}
	__atomic_store_n(&t->request.state, FWD_TCP_ANSWERED, __ATOMIC_RELEASE);
}
