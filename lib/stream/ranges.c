/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_random.h>

#include "ranges.h"

struct range *
ranges_find(const struct ranges *set, uint64_t key)
{
	struct range *r = set->root, *found = NULL;

	/* Most of what comes early comes behind all that is there. */
	if (set->last != NULL && set->last->key <= key)
		return set->last;
	while (r != NULL) {
		if (r->key <= key) {
			found = r;
			r = r->high;
		} else {
			r = r->low;
		}
	}
	return found;
}

/* Divide a tree: keys up to one, and those above. */
static void
divide(struct range *tree, uint64_t key, struct range **low, struct range **high)
{
	while (tree != NULL) {
		if (tree->key <= key) {
			*low = tree;
			low = &tree->high;
			tree = tree->high;
		} else {
			*high = tree;
			high = &tree->low;
			tree = tree->low;
		}
	}
	*low = NULL;
	*high = NULL;
}

/* Join two trees, all of one of which comes before the other, at a place. */
static void
join(struct range *low, struct range *high, struct range **to)
{
	while (low != NULL && high != NULL) {
		if (low->prio > high->prio) {
			*to = low;
			to = &low->high;
			low = low->high;
		} else {
			*to = high;
			to = &high->low;
			high = high->low;
		}
	}
	*to = low != NULL ? low : high;
}

static bool
touch(const struct range *a, const struct range *b)
{
	return a != NULL && b != NULL && a->to == b->from;
}

/* Joints that a range is a part of. */
static uint32_t
joints(const struct range *r)
{
	return (uint32_t)touch(r->prev, r) + (uint32_t)touch(r, r->next);
}

static void
count(struct ranges *set, const struct range *r)
{
	set->bytes += range_len(r);
	set->joints += joints(r);
}

static void
uncount(struct ranges *set, const struct range *r)
{
	set->bytes -= range_len(r);
	set->joints -= joints(r);
}

/* Put a range into the list behind another one, or first. */
static void
link_behind(struct ranges *set, struct range *r, struct range *prev)
{
	r->prev = prev;
	r->next = prev == NULL ? set->first : prev->next;
	if (prev == NULL)
		set->first = r;
	else
		prev->next = r;
	if (r->next == NULL)
		set->last = r;
	else
		r->next->prev = r;
}

void
ranges_add(struct ranges *set, struct range *r)
{
	struct range **at = &set->root;

	r->prio = (uint32_t)rte_rand();
	link_behind(set, r, ranges_find(set, r->key));
	while (*at != NULL && (*at)->prio >= r->prio)
		at = r->key < (*at)->key ? &(*at)->low : &(*at)->high;
	divide(*at, r->key, &r->low, &r->high);
	*at = r;
	set->n++;
	count(set, r);
}

void
ranges_remove(struct ranges *set, struct range *r)
{
	struct range **at = &set->root;

	uncount(set, r);
	set->n--;
	while (*at != r)
		at = r->key < (*at)->key ? &(*at)->low : &(*at)->high;
	join(r->low, r->high, at);
	if (r->prev == NULL)
		set->first = r->next;
	else
		r->prev->next = r->next;
	if (r->next == NULL)
		set->last = r->prev;
	else
		r->next->prev = r->prev;
}

void
ranges_resize(struct ranges *set, struct range *r, uint64_t from, uint64_t to)
{
	uncount(set, r);
	r->from = from;
	r->to = to;
	count(set, r);
}
