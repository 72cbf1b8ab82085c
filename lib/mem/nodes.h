/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_NODES_H
#define LBUF_MEM_NODES_H

#include <limits.h>
#include <stdbool.h>

/* Nodes that the kernel may have. */
#define NODES_MAX 1024
#define NODES_LONG_BITS ((int)(CHAR_BIT * sizeof(long)))

/* What system calls want to know of the size of a set. */
#define NODES_ARG (NODES_MAX + 1)

/* A set of nodes. libnuma's own end the program when there is no memory for them. */
struct nodes {
	unsigned long bits[NODES_MAX / NODES_LONG_BITS];
};

static inline void
nodes_add(struct nodes *nodes, int node)
{
	nodes->bits[node / NODES_LONG_BITS] |= 1UL << node % NODES_LONG_BITS;
}

static inline bool
nodes_have(const struct nodes *nodes, int node)
{
	return (nodes->bits[node / NODES_LONG_BITS] >> node % NODES_LONG_BITS & 1) != 0;
}

#endif /* LBUF_MEM_NODES_H */
