/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * An HTTP/1.1 responder over linked buffers, which knows nothing of how they come and go:
 *
 *     /           what there is
 *     /hello      a few bytes
 *     /empty      none
 *     /figures    counters, as JSON
 *     /bytes/N    N bytes, 0 to HTTP_BYTES_MAX: byte i is that of (i mod HTTP_BLOCK) * 2654435761,
 *                 modulo 2^32, divided by 2^24
 *
 * Bodies of /bytes are not made for each response, but refer to one block of memory.
 */

#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <lbuf.h>

/* Longest head of a request, bytes. */
#define HTTP_HEAD_MAX 8192
/* Longest body of a request that is read, to be dropped, bytes. */
#define HTTP_BODY_MAX (1u << 20)
/* Most bytes that are made ready to be sent, but for the last piece. */
#define HTTP_READY 65536
#define HTTP_BYTES_MAX (UINT64_C(1) << 30)
#define HTTP_BLOCK 1000003

/* What all connections have in common. */
struct http_site {
	struct lbuf_pool *pool;
	struct lbuf block;
	/* Print counters as JSON, as snprintf() does. */
	int (*figures)(char *text, size_t n, void *arg);
	void *arg;
	uint64_t requests;
	uint64_t refused; /* of these, that were answered by 4xx or 5xx */
	uint64_t bytes;   /* of responses */
	time_t second;    /* that the date is of */
	char date[32];
};

/* One connection. */
struct http {
	struct http_site *site;
	struct lbuf in;     /* what was received, and is not understood yet */
	struct lbuf out;    /* what is to be sent */
	uint64_t searched;  /* bytes of `in` that have not the end of the head */
	uint64_t drop;      /* bytes of a body that is of no interest, to come yet */
	uint64_t body_at;   /* the body being sent: next byte, */
	uint64_t body_left; /* and bytes that are not in `out` yet */
	bool closing;       /* nothing more is answered */
};

/* 0, or -1 if there is no memory. */
int
http_site_init(struct http_site *site, struct lbuf_pool *pool);
void
http_site_free(struct http_site *site);

void
http_init(struct http *h, struct http_site *site);
void
http_close(struct http *h);

/*
 * Answer what is in `in`, as far as HTTP_READY allows. 0, or -1 if memory ran out, and the
 * connection is of no use any more.
 */
int
http_work(struct http *h);

/* Whether nothing is left to be sent. */
static inline bool
http_done(const struct http *h)
{
	return lbuf_len(&h->out) == 0 && h->body_left == 0;
}

#endif /* HTTP_H */
