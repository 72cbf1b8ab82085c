/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_BUDGET_H
#define LBUF_MEM_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What all tiers of a pool together hold of a socket, and how much that may be; or what
 * one share holds of it, which is counted in both.
 */
struct budget {
	struct budget *total; /* what it is a share of; NULL: of nothing */
	uint64_t limit;       /* bytes; UINT64_MAX: none */
	uint64_t used;        /* bytes of slabs and mappings */
	uint64_t refusals;
};

/* Take bytes: 0, or -ENOBUFS if there is no room for them below the limit. */
int
budget_take(struct budget *budget, size_t bytes);
void
budget_give(struct budget *budget, size_t bytes);
/* Whether this budget's own limit, not that of the total, has no room for bytes. */
bool
budget_is_full(const struct budget *budget, size_t bytes);
/* Count and trace that a request was refused for want of so many bytes. */
void
budget_refuse(struct budget *budget, const char *pool, int socket, size_t bytes);
/* Set the limit; 0: none. */
void
budget_limit_set(struct budget *budget, size_t bytes);
uint64_t
budget_limit(const struct budget *budget);
/* The limit that counts: its own, or the total's if that is less. */
uint64_t
budget_limit_least(const struct budget *budget);
uint64_t
budget_used(const struct budget *budget);

#endif /* LBUF_MEM_BUDGET_H */
