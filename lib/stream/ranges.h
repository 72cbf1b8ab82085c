/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Which bytes of a stream are there: disjoint ranges in order, apart from the bytes. A treap,
 * threaded as a list: finding a place takes O(log n) on average, whatever order others
 * choose, since the priorities are random numbers of ours; going on from there O(1).
 */

#ifndef RANGES_H
#define RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets from the beginning of the stream. To be embedded. */
struct range {
	uint64_t key;  /* what the order is by: where the segment began, `from` or less */
	uint64_t from; /* first byte */
	uint64_t to;   /* behind the last one */
	struct range *low, *high;
	struct range *prev, *next;
	uint32_t prio;
};

struct ranges {
	struct range *root, *first, *last;
	uint64_t bytes;
	uint32_t n;
	uint32_t joints; /* of neighbours without a byte between */
};

/* The last range whose key is not over one, or NULL. */
struct range *
ranges_find(const struct ranges *set, uint64_t key);

/* Put a range in whose key, from and to are set, and that overlaps no other. */
void
ranges_add(struct ranges *set, struct range *r);

/* Take one out. */
void
ranges_remove(struct ranges *set, struct range *r);

/* Have one begin and end elsewhere; it must not be empty, nor change places. */
void
ranges_resize(struct ranges *set, struct range *r, uint64_t from, uint64_t to);

/* Adjacent ranges count as one. */
static inline uint32_t
ranges_runs(const struct ranges *set)
{
	return set->n - set->joints;
}

static inline uint64_t
range_len(const struct range *r)
{
	return r->to - r->from;
}

#endif /* RANGES_H */
