/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_OWNER_H
#define LBUF_MEM_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbuf_pool.h>

/* Who has a chunk, or had it last. */
struct owner {
	uint64_t tsc;             /* since when */
	const void *caller;       /* who called, in the process of the lcore */
	char tag[LBUF_TAG_LEN];   /* see lbuf_tag_set() */
	size_t size;              /* bytes that were asked for */
	struct lbuf_chunk *chunk; /* NULL: a free record */
	uint32_t lcore;
	bool out; /* debug pools: not free */
};

/* Note the calling thread as owner. */
void
owner_set(struct owner *owner, struct lbuf_chunk *chunk, size_t size, const void *caller);
/* Seconds since then. */
double
owner_age_s(const struct owner *owner);
/* Where in the code something is: the function if its name is known. */
void
caller_text(const void *caller, char *buf, size_t len);
/* "lcore 1, tag rx, function+0x10, 0.3 s ago" */
void
owner_text(const struct owner *owner, char *buf, size_t len);

#endif /* LBUF_MEM_OWNER_H */
