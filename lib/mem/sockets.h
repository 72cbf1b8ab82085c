/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SOCKETS_H
#define LBUF_MEM_SOCKETS_H

#include <stdint.h>

#include <lbuf_pool.h>

/* The sockets that a pool serves, in the order of its slots. */
struct sockets {
	uint32_t nb;
	int id[LBUF_SOCKETS_MAX];
	uint32_t home[LBUF_SOCKETS_MAX]; /* of each: see sockets_home() */
};

/* Have a pool serve n sockets, LBUF_SOCKETS_MAX at most. */
void
sockets_init(struct sockets *s, const int *ids, uint32_t n);
/* Slot of a socket, or -1. */
int
sockets_find(const struct sockets *s, int socket);
/*
 * Slot that threads on a socket are served from: the socket's own. If its node has no memory
 * that the process may use, that of the nearest one that has; the first, if the pool does not
 * serve the socket.
 */
uint32_t
sockets_home(const struct sockets *s, int socket);
/* Slot that is nearest to `slot` among those not in the bit set `tried`, or -1. */
int
sockets_nearest(const struct sockets *s, uint32_t slot, uint32_t tried);

#endif /* LBUF_MEM_SOCKETS_H */
