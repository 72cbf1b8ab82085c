/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_PINS_H
#define LBUF_PINS_H

#include "lbuf_priv.h"

/* Places of a table that lies on the stack. */
#define PINS_FEW 64

/* A piece of memory that a buffer holds. */
struct pin {
	uintptr_t key; /* which one; 0: a free place */
	uint64_t size; /* bytes; 0: not known */
	uint64_t used; /* bytes that are viewed */
	bool fixed;    /* cannot be given up before release */
};

/* All of them: a hash table, with a free place at least. */
struct pins {
	struct pin *pin;
	uint32_t mask;
	struct lbuf_chunk *chunk; /* where it lies, or NULL */
	struct pin few[PINS_FEW];
};

/* Which memory a segment views, which must have some, and how large that is. */
void
pin_identify(struct pin *pin, const struct lbuf_seg *s);

/* Find out what a buffer holds; 0 or -ENOMEM. To be closed. */
int
pins_open(struct pins *pins, const struct lbuf *b);
void
pins_close(struct pins *pins);

/* The memory of a segment, which must have some. */
struct pin *
pins_get(struct pins *pins, const struct lbuf_seg *s);

#endif /* LBUF_PINS_H */
