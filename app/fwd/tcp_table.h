/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * TCP connections of the packets that an lcore forwards in the mode stream.
 */

#ifndef FWD_TCP_TABLE_H
#define FWD_TCP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <lbuf_conn.h>
#include <lbuf_frame.h>

#include "args.h"
#include "tcp_dump.h"

/* Records of 0 bytes, 1, 2 to 3, 4 to 7 ... 2^31 bytes and more. */
#define FWD_TCP_SIZES 33
/* Connections that have ended and are shown, the last ones of an lcore. */
#define FWD_TCP_HISTORY 1024

/* What the mode has to do with a direction. */
struct fwd_tcp_dir {
	struct lbuf_frame frame;
	struct fwd_tcp_dump *dump;
	uint64_t left; /* bytes of a record that is not whole, which were counted */
	uint64_t records;
	uint32_t crc;  /* CRC32C of all bytes */
	bool unframed; /* where the next record begins is not known any more */
};

/* A connection as it is shown. */
struct fwd_tcp_row {
	struct lbuf_conn_info info;
	struct {
		struct lbuf_conn_dir_stats stats;
		uint64_t records;
		uint32_t crc;
		bool unframed;
	} dir[LBUF_CONN_DIRS];
	const char *state; /* open, or why it has ended */
};

/* Of all connections of an lcore. */
struct fwd_tcp_totals {
	uint64_t bytes; /* in order */
	uint64_t records;
	uint64_t sizes[FWD_TCP_SIZES]; /* records by size */
	uint64_t cut_off;              /* directions that ended within a record */
	uint64_t unframed;             /* directions in which records could not be told */
	uint64_t untracked;            /* connections without memory for what the mode does */
	uint64_t ended;                /* connections that have left the table */
};

/* Rows that another thread asks for. */
struct fwd_tcp_request {
	struct fwd_tcp_row *rows; /* room for conf.rows */
	uint32_t nb;
	uint32_t state; /* FWD_TCP_IDLE ... */
};

enum {
	FWD_TCP_IDLE,
	FWD_TCP_ASKED,
	FWD_TCP_ANSWERED
};

struct fwd_tcp_table {
	struct lbuf_conn_table *conns;
	struct lbuf_pool *pool;
	const struct fwd_tcp_conf *conf;
	struct fwd_tcp_totals totals;
	struct fwd_tcp_dumps dumps;
	struct fwd_tcp_row *history; /* FWD_TCP_HISTORY of them, the next one at totals.ended */
	struct fwd_tcp_request request;
	unsigned int users; /* streams of the lcore */
	uint32_t idle;      /* bursts that received nothing */
};

/* The table of an lcore; NULL if its streams have none. */
struct fwd_tcp_table *
fwd_tcp_table_of(unsigned int lcore);

/* A stream of the lcore begins to use its table, which is made for the first. 0 or -errno. */
int
fwd_tcp_table_get(unsigned int lcore, const struct fwd_args *args, struct lbuf_pool *pool,
		int socket);

/* The last one that does so frees it. */
void
fwd_tcp_table_put(unsigned int lcore);

/* Answer a request, on the lcore; or on another one while it stands still. */
void
fwd_tcp_table_answer(struct fwd_tcp_table *t);

/* Whether there is a request. */
static inline bool
fwd_tcp_table_asked(const struct fwd_tcp_table *t)
{
	return __atomic_load_n(&t->request.state, __ATOMIC_RELAXED) == FWD_TCP_ASKED;
}

#endif /* FWD_TCP_TABLE_H */
