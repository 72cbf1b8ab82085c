/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What users are told of a connection. They may do much in a callback, but no call of the
 * table's: so a connection stays where it is, though it may be closed afterwards.
 */

#include "conn.h"

/* What the user wants no more of goes. */
static void
apply_ignore(struct lbuf_conn *c, unsigned int dir)
{
	struct lbuf_stream *s = &c->stream[dir];

	if ((c->dir_flags[dir] & DIR_IGNORE) != 0 && (s->flags & STREAM_IGNORED) == 0)
		stream_ignore(s);
}

static void
tell_gap(struct lbuf_conn *c, unsigned int dir, uint64_t missing)
{
	struct lbuf_conn_table *t = c->table;

	if (t->ops.gap != NULL)
		t->ops.gap(c, dir, missing, c->stream[dir].buf, t->arg);
}

void
conn_drop_unread(struct lbuf_conn *c, unsigned int dir)
{
	struct lbuf_stream *s = &c->stream[dir];

	tell_gap(c, dir, 0);
	s->all->stats.full_bytes += stream_drop_unread(s);
}

void
conn_deliver(struct lbuf_conn *c, unsigned int dir)
{
	struct lbuf_stream *s = &c->stream[dir];
	struct lbuf_conn_table *t = c->table;

	if (s->buf == NULL)
		return;
	if (t->ops.data != NULL)
		t->ops.data(c, dir, s->buf, t->arg);
	else
		stream_drop_unread(s);
	if (unlikely(lbuf_stream_release(s) != 0))
		conn_drop_unread(c, dir);
	if (unlikely((c->dir_flags[dir] & DIR_IGNORE) != 0))
		apply_ignore(c, dir);
}

bool
conn_give_up_gap(struct lbuf_conn *c, unsigned int dir, uint64_t *counter)
{
	struct lbuf_stream *s = &c->stream[dir];
	uint64_t missing = lbuf_stream_gap(s);

	if (missing != 0) {
		(*counter)++;
		c->dir[dir].gaps++;
		c->dir[dir].missing += missing;
		tell_gap(c, dir, missing);
	}
	if (lbuf_stream_skip_gap(s) <= 0)
		return false;
	conn_deliver(c, dir);
	return true;
}

/* Tell of the end of a direction; what is not consumed then goes. */
static void
tell_end(struct lbuf_conn *c, unsigned int dir, enum lbuf_conn_why why)
{
	struct lbuf_conn_table *t = c->table;
	struct lbuf_stream *s = &c->stream[dir];

	c->dir_flags[dir] |= DIR_ENDED;
	if (t->ops.end != NULL)
		t->ops.end(c, dir, why, s->buf, t->arg);
	stream_drop_unread(s);
}

/* A direction ends, for a reason other than its own end; what is behind gaps comes before. */
static void
end_dir(struct lbuf_conn *c, unsigned int dir, enum lbuf_conn_why why)
{
	struct lbuf_stream *s = &c->stream[dir];

	if (!lbuf_stream_is_started(s) || (c->dir_flags[dir] & DIR_ENDED) != 0)
		return;
	apply_ignore(c, dir);
	while (s->early != NULL && conn_give_up_gap(c, dir, &c->table->stats.gaps_end))
		;
	tell_end(c, dir, lbuf_stream_is_over(s) ? LBUF_CONN_FIN : why);
}

void
conn_close(struct lbuf_conn *c, enum lbuf_conn_why why)
{
	struct lbuf_conn_table *t = c->table;
	unsigned int dir;

	if ((c->flags & CONN_CLOSED) != 0)
		return;
	for (dir = 0; dir < LBUF_CONN_DIRS; dir++)
		end_dir(c, dir, why);
	for (dir = 0; dir < LBUF_CONN_DIRS; dir++)
		lbuf_stream_close(&c->stream[dir]);
	c->flags |= CONN_CLOSED;
	/* It is forgotten sooner than one that is open. */
	wheel_remove(&c->timer);
	wheel_add(&t->wheel, &c->timer, conn_deadline(c));
	if (t->ops.close != NULL)
		t->ops.close(c, why, t->arg);
	c->user = NULL;
	t->stats.closed[why]++;
}

void
conn_check_end(struct lbuf_conn *c, unsigned int dir)
{
	if ((c->flags & CONN_CLOSED) != 0 || !lbuf_stream_is_over(&c->stream[dir]))
		return;
	if ((c->dir_flags[dir] & DIR_ENDED) == 0)
		tell_end(c, dir, LBUF_CONN_FIN);
	if ((c->dir_flags[0] & c->dir_flags[1] & DIR_ENDED) != 0)
		conn_close(c, LBUF_CONN_FIN);
}
