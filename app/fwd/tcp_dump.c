/* SPDX-License-Identifier: BSD-3-Clause */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "report.h"
#include "tcp_dump.h"

#define NAME_LEN 160
/* Connections of the same addresses and ports that have files. */
#define SAME_MAX 10000
#define PIECES 64

struct fwd_tcp_dump {
	struct lbuf_chunk *chunk; /* that it lies in */
	struct fwd_tcp_dump *next_dirty;
	bool dirty;
	bool closing;
	bool failed;
	bool made;   /* the file is there */
	int fd;      /* -1: not open now */
	uint64_t at; /* where in the file the next byte belongs */
	struct lbuf bytes;
	char name[NAME_LEN];
};

/* 010.000.000.001.00080, or an IPv6 address in full length. */
static int
put_end(char *at, size_t room, const struct lbuf_conn_info *info, unsigned int dir)
{
	const uint8_t *a = info->addr[dir];
	char text[INET6_ADDRSTRLEN];

	if (info->family == 4)
		return snprintf(at, room, "%03u.%03u.%03u.%03u.%05u", a[0], a[1], a[2], a[3],
				info->port[dir]);
	inet_ntop(AF_INET6, a, text, sizeof(text));
	return snprintf(at, room, "%s.%05u", text, info->port[dir]);
}

static void
make_name(const struct lbuf_conn_info *info, unsigned int dir, char *name, size_t room)
{
	int len;

	len = put_end(name, room, info, dir);
	len += snprintf(name + len, room - (size_t)len, "-");
	len += put_end(name + len, room - (size_t)len, info, 1 - dir);
	/* tcpflow tells of the tag that is next to the packet. */
	if (info->nb_vlans != 0)
		snprintf(name + len, room - (size_t)len, "--%u", info->vlan[info->nb_vlans - 1]);
}

struct fwd_tcp_dump *
fwd_tcp_dump_new(struct fwd_tcp_dumps *all, const struct lbuf_conn_info *info, unsigned int dir)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(all->pool, sizeof(struct fwd_tcp_dump));
	struct fwd_tcp_dump *d;

	if (chunk == NULL) {
		all->failed++;
		return NULL;
	}
	d = (struct fwd_tcp_dump *)chunk->data;
	memset(d, 0, sizeof(*d));
	d->chunk = chunk;
	d->fd = -1;
	lbuf_init(&d->bytes, all->pool);
	make_name(info, dir, d->name, sizeof(d->name));
	return d;
}

static void
mark(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	if (d->dirty)
		return;
	d->dirty = true;
	d->next_dirty = NULL;
	if (all->dirty == NULL)
		all->dirty = d;
	else
		all->last_dirty->next_dirty = d;
	all->last_dirty = d;
}

static void
fail(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d, const char *why)
{
	/* One line will do for all. */
	if (all->failed++ == 0)
		FWD_ERR("--stream-dump=%s: %s: %s: the rest of it is left out", all->folder,
				d->name, why);
	d->failed = true;
}

void
fwd_tcp_dump_add(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d, struct lbuf *b, uint64_t from,
		uint64_t n)
{
	struct lbuf piece;
	int ret;

	if (d->failed || n == 0)
		return;
	ret = lbuf_clone(b, from, n, &piece);
	if (ret == 0) {
		ret = lbuf_append(&d->bytes, &piece);
		lbuf_flush(&d->bytes);
		lbuf_close(&piece);
	}
	if (ret != 0)
		fail(all, d, strerror(-ret));
	mark(all, d);
}

/* Close one of the files that are open, for another one. */
static void
make_room(struct fwd_tcp_dumps *all)
{
	struct fwd_tcp_dump *old = all->open[all->next];

	if (old == NULL)
		return;
	close(old->fd);
	old->fd = -1;
	all->open[all->next] = NULL;
}

/* The file of an earlier connection, or run, stays: tcpflow's names for later ones end in c1. */
static int
make_file(const struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	size_t len = strlen(d->name);
	char path[PATH_MAX];
	unsigned int i;
	int fd;

	for (i = 0; i < SAME_MAX; i++) {
		if (i != 0)
			snprintf(d->name + len, sizeof(d->name) - len, "c%u", i);
		snprintf(path, sizeof(path), "%s/%s", all->folder, d->name);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static int
open_again(const struct fwd_tcp_dumps *all, const struct fwd_tcp_dump *d)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", all->folder, d->name);
	return open(path, O_WRONLY | O_CLOEXEC);
}

static int
ready(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	if (d->fd >= 0)
		return 0;
	make_room(all);
	d->fd = d->made ? open_again(all, d) : make_file(all, d);
	if (d->fd < 0)
		return -errno;
	d->made = true;
	all->open[all->next] = d;
	all->next = (all->next + 1) % FWD_TCP_DUMP_OPEN;
	return 0;
}

static void
write_out(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	struct iovec iov[PIECES];
	int64_t nb;
	ssize_t n;
	int ret;

	ret = ready(all, d);
	if (ret != 0) {
		fail(all, d, strerror(-ret));
		return;
	}
	while (lbuf_len(&d->bytes) != 0) {
		nb = lbuf_iovec(&d->bytes, 0, iov, PIECES, NULL);
		n = pwritev(d->fd, iov, (int)RTE_MIN(nb, PIECES), (off_t)d->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(all, d, n < 0 ? strerror(errno) : "nothing is written");
			return;
		}
		d->at += (uint64_t)n;
		lbuf_skip(&d->bytes, (uint64_t)n);
		lbuf_release(&d->bytes);
	}
}

static void
write_bytes(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	if (!d->failed && lbuf_len(&d->bytes) != 0)
		write_out(all, d);
	lbuf_skip(&d->bytes, lbuf_len(&d->bytes));
	lbuf_release(&d->bytes);
}

void
fwd_tcp_dump_skip(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d, uint64_t n)
{
	write_bytes(all, d);
	d->at += n;
}

void
fwd_tcp_dump_close(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	if (d == NULL)
		return;
	d->closing = true;
	mark(all, d);
}

static void
end(struct fwd_tcp_dumps *all, struct fwd_tcp_dump *d)
{
	unsigned int i;

	for (i = 0; d->fd >= 0 && i < FWD_TCP_DUMP_OPEN; i++)
		if (all->open[i] == d)
			all->open[i] = NULL;
	if (d->fd >= 0)
		close(d->fd);
	lbuf_close(&d->bytes);
	lbuf_chunk_put(d->chunk);
}

void
fwd_tcp_dump_flush_slow(struct fwd_tcp_dumps *all)
{
	struct fwd_tcp_dump *d;

	while ((d = all->dirty) != NULL) {
		all->dirty = d->next_dirty;
		d->dirty = false;
		write_bytes(all, d);
		if (d->closing)
			end(all, d);
	}
}
