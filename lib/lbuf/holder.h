/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Buffers that are kept (lbuf_keep()): a list for each lcore, the oldest first. Only the lcore
 * copies out of the buffers in its list; others may look at what is recorded of them.
 */

#ifndef LBUF_HOLDER_H
#define LBUF_HOLDER_H

#include <lbuf_base.h>
#include <lbuf_pool.h>

/* What is recorded of a buffer. */
struct holder {
	struct lbuf *b;
	uint32_t prev; /* places in the list, from 1 on; 0: none */
	uint32_t next;
	uint16_t via; /* of the queue whose mbufs it holds, one of them */
	uint64_t tsc; /* since when */
	const void *caller;
	char tag[LBUF_TAG_LEN]; /* see lbuf_tag_set() */
	uint64_t mbufs;
	uint64_t used;   /* bytes of these mbufs that are viewed */
	uint64_t pinned; /* bytes of their data rooms */
};

/* Put a buffer that is in no list into that of the calling lcore; 0 or -ENOMEM. */
int
holder_add(struct lbuf *b, const void *caller);

/* Take it out of its list. */
void
holder_del(struct lbuf *b);

/* A buffer has moved here. */
void
holder_moved(struct lbuf *b);

/* Note anew what a buffer holds of mbufs that count. */
void
holder_note(struct holder *h);

/*
 * Call a function for each buffer that the calling lcore keeps, the oldest first, until it returns
 * false. It may not take buffers out of lists.
 */
void
holders_own(bool (*func)(struct holder *h, void *arg), void *arg);

/* Call a function for each record of all lcores. It may not touch the buffers. */
void
holders_all(void (*func)(const struct holder *h, void *arg), void *arg);

#endif /* LBUF_HOLDER_H */
