/* SPDX-License-Identifier: BSD-3-Clause */

/* The sockets that a pool serves, and which is near to which. */

#include <numa.h>

#include "sockets.h"

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
