/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Time-outs of many things, each of which is looked at when it may be due, and put off if it
 * is not: so that to touch a thing costs nothing here.
 */

#ifndef WHEEL_H
#define WHEEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* Turns of 1024 ticks. */
#define WHEEL_SLOTS 1024

/* To be embedded. */
struct wheel_entry {
	LIST_ENTRY(wheel_entry) link;
	uint32_t slot;
};

LIST_HEAD(wheel_list, wheel_entry);

struct wheel {
	uint64_t tick;                   /* units of time */
	uint64_t at;                     /* ticks that have passed */
	uint64_t due;                    /* when the next one has */
	uint64_t used[WHEEL_SLOTS / 64]; /* slots that may have something */
	struct wheel_list slot[WHEEL_SLOTS];
};

void
wheel_init(struct wheel *w, uint64_t tick, uint64_t now);

/* Put something in, to be looked at at a time, or before if that is too far off. */
void
wheel_add(struct wheel *w, struct wheel_entry *e, uint64_t when);
void
wheel_remove(struct wheel_entry *e);

/* Whether a tick has passed, so that wheel_turn() has something to do. */
static inline bool
wheel_is_due(const struct wheel *w, uint64_t now)
{
	return now >= w->due;
}

/*
 * Go on by a tick, of those that have passed; false: there is none. What is to be looked at
 * moves to a list.
 */
bool
wheel_turn(struct wheel *w, uint64_t now, struct wheel_list *list);

/* Something that is looked at soon, or NULL. */
struct wheel_entry *
wheel_first(const struct wheel *w);

#endif /* WHEEL_H */
