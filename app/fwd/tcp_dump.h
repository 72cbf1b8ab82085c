/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Files of what connections carry, one a direction, under the names that tcpflow gives them.
 * Bytes are kept by reference until fwd_tcp_dump_flush(), for packets shall not wait for files.
 */

#ifndef FWD_TCP_DUMP_H
#define FWD_TCP_DUMP_H

#include <stdint.h>

#include <lbuf.h>
#include <lbuf_conn.h>

struct fwd_tcp_dump;

/* Files that are open at a time; others are opened again when there is something for them. */
#define FWD_TCP_DUMP_OPEN 128

/* Those of an lcore. */
struct fwd_tcp_dumps {
	const char *folder;
	struct lbuf_pool *pool;
	/* Those with bytes to be written, or to be closed, in the order in which they came. */
	struct fwd_tcp_dump *dirty;
	struct fwd_tcp_dump *last_dirty;
	struct fwd_tcp_dump *open[FWD_TCP_DUMP_OPEN];
	unsigned int next; /* of open, whose turn it is to be closed */
	uint64_t failed;   /* files that could not be written */
};

/* The file of a direction; it is made with the first byte. NULL without memory. */
struct fwd_tcp_dump *
fwd_tcp_dump_new(struct fwd_tcp_dumps *all, const struct lbuf_conn_info *info, unsigned int dir);

/* Add n bytes of b, which are from bytes behind its first readable one. */
void
fwd_tcp_dump_add(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d, struct lbuf *b, uint64_t from,
		uint64_t n);

/* Leave so many bytes out, which reads as zeros. */
void
fwd_tcp_dump_skip(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d, uint64_t n);

/* There will be no more; NULL does nothing. */
void
fwd_tcp_dump_close(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d);

/* Write all that has come. */
void
fwd_tcp_dump_flush_slow(struct fwd_tcp_dumps *all);

static inline void
fwd_tcp_dump_flush(struct fwd_tcp_dumps *all)
{
	if (all->dirty != NULL)
		fwd_tcp_dump_flush_slow(all);
}

#endif /* FWD_TCP_DUMP_H */
