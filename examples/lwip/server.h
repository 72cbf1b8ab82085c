/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The responder on lwIP's TCP: connections, and what bounds them.
 *
 * Threads: who has lwIP's core lock.
 */

#ifndef SERVER_H
#define SERVER_H

#include <sys/queue.h>

#include <lwip/ip4_addr.h>

#include "http.h"

/* Connections at a time, if memory suffices. Who comes then is reset. */
#define SERVER_CONNS 4096
/* Bytes of memory that a connection is reckoned with, but for what waits to be sent. */
#define SERVER_CONN_BYTES 2048
/* That are half open, or that have ended and wait for what is late: the oldest are forgotten. */
#define SERVER_HALF_OPEN 1024
#define SERVER_TIME_WAIT 1024
/* Seconds after which a connection is reset that neither asks nor takes anything. */
#define SERVER_IDLE 30

struct conn;
struct pbuf;
struct tcp_pcb;

struct server {
	struct http_site *site;
	/* Queue bytes, as many as go: write_ref(), write_copy(). */
	uint32_t (*write)(struct tcp_pcb *pcb, struct lbuf *b);
	struct tcp_pcb *listener;
	LIST_HEAD(, conn) conns;
	uint32_t nb_conns;
	uint32_t max_conns;
	uint64_t accepted;
	uint64_t refused; /* as there were too many */
	uint64_t failed;  /* reset: by the other side, for want of memory, or as they were idle */
};

/* For connections there is so much memory. 0, or -1 if the port is taken or there is none. */
int
server_start(struct server *server, struct http_site *site, const ip4_addr_t *address,
		uint16_t port, size_t memory);

/* Forget what is over the limits: to be called now and then. */
void
server_tick(void);

/*
 * A frame is about to be passed to lwIP. If it opens a connection of which lwIP has an earlier one
 * in TIME-WAIT, that is forgotten (RFC 1122, section 4.2.2.13): lwIP would keep the client waiting
 * for minutes.
 */
void
server_reopen(const struct pbuf *frame);

/*
 * There was no memory for a packet: give up segments that came too early, which will be sent again,
 * and if there are none, reset the connection that has most that was not answered.
 */
void
server_relieve(struct server *server);

/* Reset all connections, and drop what else lwIP has of received packets. */
void
server_stop(struct server *server);

#endif /* SERVER_H */
