/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Packets as they were received stay raw until somebody looks at them. Whatever
 * verb comes first must find the packet's bytes.
 */

#ifndef RAW_H
#define RAW_H

#include "unit_port.h"

/* Of the packet, bytes from position 0 on. */
#define RAW_LEN 50
/* Where a second packet's bytes are from. */
#define RAW_OTHER 1000

struct raw_verb {
	const char *name;
	void (*call)(struct lbuf *b);
};

#define RAW_VERB(name) \
	{ \
#name, verb_##name \
	}

/* Receive a packet into an open, empty buffer. */
void
raw_receive(struct lbuf *b);

/* The buffer has the packet, then n bytes from RAW_OTHER on. */
void
raw_check_both(struct lbuf *b, uint64_t n);

/* Each verb first, on a new buffer and on one that has been in use. */
void
raw_each_verb(const struct raw_verb *verbs, unsigned int n);

#endif /* RAW_H */
