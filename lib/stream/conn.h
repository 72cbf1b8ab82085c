/* SPDX-License-Identifier: BSD-3-Clause */

/* Connections and their table, and what is told of them. */

#ifndef CONN_H
#define CONN_H

#include <rte_hash.h>

#include <lbuf_conn.h>

#include "packet.h"
#include "stream.h"
#include "streams.h"
#include "wheel.h"

/* lbuf_conn::flags */
#define CONN_PICKED 0x1       /* its SYN was not seen */
#define CONN_CLOSED 0x2       /* for the user; it is remembered for a while */
#define CONN_DROP 0x4         /* lbuf_conn_drop() */
#define CONN_DEAD 0x8         /* out of the table; its memory is to be given back */
#define CONN_CLIENT_HIGH 0x10 /* the client is the high endpoint */
#define CONN_IPV6 0x20
#define CONN_SYN_AGAIN 0x40 /* a SYN with another number was seen: lbuf_conn::syn */

/* lbuf_conn::dir_flags */
#define DIR_ENDED 0x1   /* the user knows */
#define DIR_IGNORE 0x2  /* lbuf_conn_ignore() */
#define DIR_GUESSED 0x4 /* where it begins is what another segment lets one think */
#define DIR_EDGE 0x8    /* conn_dir::edge is known */
#define DIR_SYN 0x10    /* its SYN was seen */

/* Bit of a stream's flags: the direction that it is. */
#define STREAM_DIR STREAM_USER

/* Figures of a direction. */
struct conn_dir {
	uint64_t packets;
	uint64_t again;
	uint64_t missing;
	uint32_t gaps;
	uint32_t edge; /* sequence number behind the window that its sender has announced */
};

/* What a segment in order touches comes first. */
struct lbuf_conn {
	struct wheel_entry timer; /* first */
	struct lbuf_conn_table *table;
	struct lbuf_chunk *chunk; /* where this lies */
	void *user;
	uint64_t last;
	uint16_t flags;
	uint8_t dir_flags[LBUF_CONN_DIRS];
	uint8_t scale[LBUF_CONN_DIRS]; /* of windows, as told in the SYN; or SCALE_NONE */
	struct lbuf_stream stream[LBUF_CONN_DIRS] __rte_aligned(RTE_CACHE_LINE_MIN_SIZE);
	struct conn_dir dir[LBUF_CONN_DIRS];
	struct conn_key key;
	uint64_t opened;
	uint32_t hash;
	uint32_t syn;
};

struct lbuf_conn_table {
	struct lbuf_streams all;
	struct lbuf_conn_ops ops;
	void *arg;
	uint32_t flags;
	uint32_t conns;
	uint64_t now;
	/* In ticks of the clock. */
	uint64_t syn;
	uint64_t idle;
	uint64_t linger;
	uint64_t gap;
	struct rte_hash *hash;
	uint64_t secret[4];
	struct fragments *fragments; /* or NULL */
	struct wheel wheel;
	struct wheel_list dropped; /* to be closed */
	struct wheel_list dead;    /* whose memory is to be given back */
	struct lbuf_conn_table_stats stats;
	/* What it is told by. */
	TAILQ_ENTRY(lbuf_conn_table) next;
	uint32_t number; /* of its kind in this process */
	int lcore;       /* that fed it last, or -1 */
};

static inline struct lbuf_conn *
conn_of_timer(struct wheel_entry *e)
{
	return (struct lbuf_conn *)e;
}

/* The connection that a stream is a direction of. */
static inline struct lbuf_conn *
conn_of_stream(struct lbuf_stream *s, unsigned int *dir)
{
	*dir = (s->flags & STREAM_DIR) != 0 ? LBUF_CONN_SERVER : LBUF_CONN_CLIENT;
	return (struct lbuf_conn *)((uint8_t *)(s - *dir) - offsetof(struct lbuf_conn, stream));
}

static inline bool
conn_is_open(const struct lbuf_conn *c)
{
	return (c->stream[0].flags & c->stream[1].flags & STREAM_STARTED) != 0;
}

/* When a connection is to be given up, if no packet comes. */
static inline uint64_t
conn_deadline(const struct lbuf_conn *c)
{
	const struct lbuf_conn_table *t = c->table;

	if ((c->flags & CONN_CLOSED) != 0)
		return c->last + t->linger;
	return c->last + (conn_is_open(c) ? t->idle : t->syn);
}

/* A table's figures; those of another thread's may be of different moments. */
static inline void
conn_table_figures(const struct lbuf_conn_table *t, struct lbuf_conn_table_stats *stats)
{
	*stats = t->stats;
	stats->stream = t->all.stats;
}

/* Tell of bytes in order, and keep what is left of them, if there is room for it. */
void
conn_deliver(struct lbuf_conn *c, unsigned int dir);

/* Give up what is readable and was not consumed, for a limit. */
void
conn_drop_unread(struct lbuf_conn *c, unsigned int dir);

/* Give the first gap up, and count it; false: there is no memory to go on. */
bool
conn_give_up_gap(struct lbuf_conn *c, unsigned int dir, uint64_t *counter);

/* Tell of the end of a direction, and of the connection, if it has come. */
void
conn_check_end(struct lbuf_conn *c, unsigned int dir);

/* End and close a connection, for the user. */
void
conn_close(struct lbuf_conn *c, enum lbuf_conn_why why);

#endif /* CONN_H */
