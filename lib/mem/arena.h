/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_ARENA_H
#define LBUF_MEM_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_spinlock.h>

/* Pages of the large tier, bytes: those of 2 MiB, which every machine has. */
#define LARGE_PAGE_SHIFT 21
#define LARGE_PAGE ((size_t)1 << LARGE_PAGE_SHIFT)

/* Address space on a socket that large chunks are mapped in. */
struct arena {
	rte_spinlock_t lock;
	int socket;
	const char *pool; /* name, for the log */
	bool guarded;     /* a page that is never there lies behind each mapping */
	bool wanted;      /* by devices: EAL is to know of it */
	bool registered;  /* with EAL */
	uint8_t *base;    /* NULL: not yet reserved */
	uint32_t nb_pages;
	uint32_t next; /* where to look for room first */
	uint8_t *used; /* of each page, whether it is */
};

/* The largest mapping that there is address space for, bytes. */
size_t
arena_room(const struct arena *arena);
/*
 * Map memory, every page of it there, hugepages or others; NULL: it cannot be had.
 */
uint8_t *
arena_map(struct arena *arena, size_t bytes, bool huge);
void
arena_unmap(struct arena *arena, uint8_t *addr, size_t bytes);
/* Tell EAL of the arena, now or when it is reserved: a device is to reach it. */
void
arena_register(struct arena *arena);
void
arena_free(struct arena *arena);

#endif /* LBUF_MEM_ARENA_H */
