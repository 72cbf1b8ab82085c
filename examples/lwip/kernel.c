/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The same HTTP server on sockets of the kernel, to be compared with `lwip`. Its buffers are
 * linked ones; the kernel copies out of and into them.
 *
 *     http-kernel -l 0 --no-pci -- 80
 */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_eal.h>

#include "../common/example.h"
#include "http.h"

#define BACKLOG 1024
#define EVENTS 64
#define PIECES 16
#define READ_MIN 4096
#define WAIT_MS 100

struct conn {
	LIST_ENTRY(conn) next;
	int fd;
	bool eof;
	bool ended;
	struct http http;
};

static LIST_HEAD(, conn) conns = LIST_HEAD_INITIALIZER(conns);

static void
conn_close(struct conn *c)
{
	LIST_REMOVE(c, next);
	close(c->fd);
	http_close(&c->http);
	free(c);
}

/* Read some of what there is. Bytes, 0 if there are none, or -1. */
static ssize_t
conn_read(struct conn *c)
{
	size_t room;
	ssize_t n;
	void *p;

	p = lbuf_reserve_some(&c->http.in, READ_MIN, &room);
	if (p == NULL)
		return -1;
	n = read(c->fd, p, room);
	lbuf_ack(&c->http.in, n > 0 ? (uint64_t)n : 0);
	lbuf_flush(&c->http.in);
	if (n == 0)
		c->eof = true;
	return n >= 0 || errno != EAGAIN ? n : 0;
}

/* Write what goes. Bytes, 0 if it has to wait, or -1. */
static ssize_t
conn_write(struct conn *c)
{
	struct iovec pieces[PIECES];
	int64_t nb = lbuf_iovec(&c->http.out, 0, pieces, PIECES, NULL);
	ssize_t n;

	if (nb <= 0)
		return 0;
	n = writev(c->fd, pieces, (int)RTE_MIN(nb, (int64_t)PIECES));
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	lbuf_skip(&c->http.out, (uint64_t)n);
	lbuf_release(&c->http.out);
	return n;
}

/* Answer and send as far as that goes. 0; -1 if the connection is at its end. */
static int
conn_work(struct conn *c)
{
	ssize_t n;

	do {
		if (http_work(&c->http) != 0)
			return -1;
		n = conn_write(c);
	} while (n > 0);
	if (n < 0 || (c->eof && http_done(&c->http)))
		return -1;
	if (c->http.closing && http_done(&c->http) && !c->ended) {
		c->ended = true;
		shutdown(c->fd, SHUT_WR);
	}
	return 0;
}

static void
conn_open(int epoll, int fd, struct http_site *site)
{
	const int on = 1;
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c };

	if (c == NULL) {
		close(fd);
		return;
	}
	c->fd = fd;
	http_init(&c->http, site);
	LIST_INSERT_HEAD(&conns, c, next);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		conn_close(c);
}

/* Edges are told of once: so all is read, but no more than is answered meanwhile. */
static int
conn_event(struct conn *c)
{
	ssize_t n;
	bool full;

	do {
		full = lbuf_len(&c->http.in) >= HTTP_READY;
		n = full ? 0 : conn_read(c);
		if (n < 0 || conn_work(c) != 0)
			return -1;
	} while (n > 0 || (full && lbuf_len(&c->http.in) < HTTP_READY));
	return 0;
}

static int
listen_at(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
			listen(fd, BACKLOG) == 0)
		return fd;
	perror("http-kernel");
	close(fd);
	return -1;
}

static void
run(struct http_site *site, int listener)
{
	struct epoll_event event = { .events = EPOLLIN }, events[EVENTS];
	int epoll = epoll_create1(0), n, i, fd;
	struct conn *c, *next;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
		return;
	printf("serving\n");
	while (!stop) {
		n = epoll_wait(epoll, events, EVENTS, WAIT_MS);
		for (i = 0; i < n; i++) {
			if (events[i].data.ptr != NULL) {
				if (conn_event(events[i].data.ptr) != 0)
					conn_close(events[i].data.ptr);
				continue;
			}
			while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
				conn_open(epoll, fd, site);
		}
	}
	for (c = LIST_FIRST(&conns); c != NULL; c = next) {
		next = LIST_NEXT(c, next);
		conn_close(c);
	}
	close(epoll);
}

int
main(int argc, char **argv)
{
	static struct http_site site;
	struct lbuf_pool *pool = NULL;
	int ret = rte_eal_init(argc, argv), listener = -1;

	if (ret < 0)
		return EXIT_FAILURE;
	begin();
	if (argc - ret == 2)
		listener = listen_at((uint16_t)strtoul(argv[ret + 1], NULL, 10));
	else
		fprintf(stderr, "usage: http-kernel [EAL options] -- PORT\n");
	if (listener >= 0)
		pool = lbuf_pool_create("http", NULL);
	if (pool != NULL && http_site_init(&site, pool) == 0)
		run(&site, listener);
	http_site_free(&site);
	lbuf_pool_free(pool);
	rte_eal_cleanup();
	return stop ? EXIT_SUCCESS : EXIT_FAILURE;
}
