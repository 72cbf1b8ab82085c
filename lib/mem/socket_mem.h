/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_SOCKET_MEM_H
#define LBUF_MEM_SOCKET_MEM_H

#include "budget.h"
#include "heap.h"
#include "meta.h"

/* What the tiers of a pool take memory from, on one socket, for one share. */
struct socket_mem {
	int socket;
	const char *pool; /* name, for the log */
	char mark[2];     /* of the share, in names of depots; "" or "r" */
	struct budget budget;
	struct heap *heap; /* the socket's, of all shares */
	struct meta meta;
};

#endif /* LBUF_MEM_SOCKET_MEM_H */
