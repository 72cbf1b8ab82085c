/* SPDX-License-Identifier: BSD-3-Clause */

#include <stddef.h>

#include <rte_common.h>

#include "wheel.h"

#define WORD 64

void
wheel_init(struct wheel *w, uint64_t tick, uint64_t now)
{
	uint32_t i;

	*w = (struct wheel){ .tick = tick, .at = now / tick };
	w->due = (w->at + 1) * tick;
	for (i = 0; i < WHEEL_SLOTS; i++)
		LIST_INIT(&w->slot[i]);
}

void
wheel_add(struct wheel *w, struct wheel_entry *e, uint64_t when)
{
	/* Not before it is due, and not in what has passed. */
	uint64_t at = RTE_MAX(when / w->tick + 1, w->at + 1);

	at = RTE_MIN(at, w->at + WHEEL_SLOTS - 1);
	e->slot = (uint32_t)(at % WHEEL_SLOTS);
	LIST_INSERT_HEAD(&w->slot[e->slot], e, link);
	w->used[e->slot / WORD] |= UINT64_C(1) << e->slot % WORD;
}

void
wheel_remove(struct wheel_entry *e)
{
	LIST_REMOVE(e, link);
}

/* Move all entries of a list to an empty one. */
static void
take_all(struct wheel_list *from, struct wheel_list *to)
{
	struct wheel_entry *first = LIST_FIRST(from);

	if (first == NULL)
		return;
	LIST_INIT(from);
	to->lh_first = first;
	first->link.le_prev = &to->lh_first;
}

bool
wheel_turn(struct wheel *w, uint64_t now, struct wheel_list *list)
{
	uint64_t at = now / w->tick;
	uint32_t slot;

	LIST_INIT(list);
	if (w->at >= at)
		return false;
	/* After a long time all slots are gone through once. */
	if (at - w->at > WHEEL_SLOTS)
		w->at = at - WHEEL_SLOTS;
	w->at++;
	w->due = (w->at + 1) * w->tick;
	slot = (uint32_t)(w->at % WHEEL_SLOTS);
	take_all(&w->slot[slot], list);
	w->used[slot / WORD] &= ~(UINT64_C(1) << slot % WORD);
	return true;
}

struct wheel_entry *
wheel_first(const struct wheel *w)
{
	uint64_t at = w->at + 1, end = at + WHEEL_SLOTS, bits;

	for (; at < end; at = (at / WORD + 1) * WORD) {
		bits = w->used[at % WHEEL_SLOTS / WORD] >> at % WORD;
		for (; bits != 0; bits &= bits - 1) {
			uint64_t slot = (at + (uint64_t)__builtin_ctzll(bits)) % WHEEL_SLOTS;

			if (!LIST_EMPTY(&w->slot[slot]))
				return LIST_FIRST(&w->slot[slot]);
		}
	}
	return NULL;
}
