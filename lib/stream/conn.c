/* SPDX-License-Identifier: BSD-3-Clause */

/* What users ask a connection, and have it do. */

#include <errno.h>

#include "conn.h"

/* A Toeplitz key of this, again and again, is symmetric. */
#define RSS_HIGH 0x6d
#define RSS_LOW 0x5a

/* The place in the key of the endpoint that a direction comes from. */
static unsigned int
endpoint(const struct lbuf_conn *c, unsigned int dir)
{
	return ((c->flags & CONN_CLIENT_HIGH) != 0) ^ dir;
}

void
lbuf_conn_info_get(const struct lbuf_conn *c, struct lbuf_conn_info *info)
{
	const struct conn_key *k = &c->key;
	unsigned int dir, from;

	*info = (struct lbuf_conn_info){
		.family = (c->flags & CONN_IPV6) != 0 ? 6 : 4,
		.picked_up = (c->flags & CONN_PICKED) != 0,
		.nb_vlans = (uint8_t)((k->vlan[0] != 0) + (k->vlan[1] != 0)),
		.vlan = { k->vlan[0], k->vlan[1] },
		.opened = c->opened,
		.last = c->last,
	};
	for (dir = 0; dir < LBUF_CONN_DIRS; dir++) {
		from = endpoint(c, dir);
		memcpy(info->addr[dir], k->addr[from], sizeof(info->addr[dir]));
		info->port[dir] = rte_be_to_cpu_16(k->port[from]);
	}
}

int
lbuf_conn_dir_stats_get(const struct lbuf_conn *c, unsigned int dir,
		struct lbuf_conn_dir_stats *stats)
{
	const struct lbuf_stream *s;
	const struct conn_dir *d;
	uint32_t runs;

	if (dir >= LBUF_CONN_DIRS)
		return -EINVAL;
	s = &c->stream[dir];
	d = &c->dir[dir];
	lbuf_stream_pieces(s, &runs);
	*stats = (struct lbuf_conn_dir_stats){
		.packets = d->packets,
		.bytes = s->next - d->missing,
		.again_bytes = d->again,
		.missing_bytes = d->missing,
		.gaps = d->gaps,
		.gaps_open = runs,
		.held_bytes = lbuf_stream_held(s),
		.unread_bytes = s->buf == NULL ? 0 : lbuf_len(s->buf),
		.begun = lbuf_stream_is_started(s),
		.over = (c->dir_flags[dir] & DIR_ENDED) != 0,
	};
	return 0;
}

void
lbuf_conn_user_set(struct lbuf_conn *c, void *user)
{
	c->user = user;
}

void *
lbuf_conn_user_get(const struct lbuf_conn *c)
{
	return c->user;
}

int
lbuf_conn_ignore(struct lbuf_conn *c, unsigned int dir)
{
	if (dir >= LBUF_CONN_DIRS)
		return -EINVAL;
	c->dir_flags[dir] |= DIR_IGNORE;
	return 0;
}

void
lbuf_conn_drop(struct lbuf_conn *c)
{
	if ((c->flags & (CONN_DROP | CONN_CLOSED)) != 0)
		return;
	c->flags |= CONN_DROP;
	wheel_remove(&c->timer);
	LIST_INSERT_HEAD(&c->table->dropped, &c->timer, link);
}

void
lbuf_conn_rss_key(uint8_t *key, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		key[i] = i % 2 == 0 ? RSS_HIGH : RSS_LOW;
}

const char *
lbuf_conn_why_name(enum lbuf_conn_why why)
{
	static const char *const name[LBUF_CONN_WHYS] = {
		[LBUF_CONN_FIN] = "fin",
		[LBUF_CONN_RST] = "rst",
		[LBUF_CONN_TIMEOUT] = "timeout",
		[LBUF_CONN_EVICTED] = "evicted",
		[LBUF_CONN_REUSED] = "reused",
		[LBUF_CONN_DROPPED] = "dropped",
		[LBUF_CONN_FREED] = "freed",
	};

	return (unsigned int)why < LBUF_CONN_WHYS ? name[why] : "?";
}
