/* SPDX-License-Identifier: BSD-3-Clause */

/* The sockets that a pool serves, and which is near to which. */

#include <stdbool.h>
#include <string.h>

#include <numa.h>
#include <numaif.h>

#include <rte_config.h>

#include "nodes.h"
#include "sockets.h"

/*
 * Nodes that have memory which the process may use: a control group (cpuset.mems), as
 * containers have one, may leave some out. All of them where the kernel does not tell.
 */
static void
nodes_with_memory(struct nodes *nodes)
{
	memset(nodes, 0, sizeof(*nodes));
	if (numa_available() < 0 ||
			get_mempolicy(NULL, nodes->bits, NODES_ARG, NULL, MPOL_F_MEMS_ALLOWED) != 0)
		memset(nodes, 0xff, sizeof(*nodes));
}

/* Those of external heaps have memory; they are no nodes. */
static bool
has_memory(const struct nodes *nodes, int socket)
{
	return socket < 0 || socket >= RTE_MAX_NUMA_NODES || nodes_have(nodes, socket);
}

void
sockets_init(struct sockets *s, const int *ids, uint32_t n)
{
	uint32_t i, without = 0;
	struct nodes nodes;
	int near;

	nodes_with_memory(&nodes);
	s->nb = n;
	for (i = 0; i < n; i++) {
		s->id[i] = ids[i];
		if (!has_memory(&nodes, ids[i]))
			without |= 1u << i;
	}
	for (i = 0; i < n; i++) {
		near = (without & (1u << i)) != 0 ? sockets_nearest(s, i, without) : -1;
		s->home[i] = near >= 0 ? (uint32_t)near : i;
	}
}

uint32_t
sockets_home(const struct sockets *s, int socket)
{
	int i = sockets_find(s, socket);

	return i >= 0 ? s->home[i] : 0;
}

int
sockets_find(const struct sockets *s, int socket)
{
	uint32_t i;

	for (i = 0; i < s->nb; i++)
		if (s->id[i] == socket)
			return (int)i;
	return -1;
}

int
sockets_nearest(const struct sockets *s, uint32_t slot, uint32_t tried)
{
	int best = -1, best_distance = 0;
	uint32_t i;

	for (i = 0; i < s->nb; i++) {
		int distance;

		if ((tried & (1u << i)) != 0)
			continue;
		/* 0 where it is not known: then they are taken in order. */
		distance = numa_available() < 0 ? 0 : numa_distance(s->id[slot], s->id[i]);
		if (best < 0 || distance < best_distance) {
			best = (int)i;
			best_distance = distance;
		}
	}
	return best;
}
