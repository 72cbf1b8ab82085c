/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Engines that allocate memory, and what the cases have them do.
 *
 * The loops are written once, in alloc_loops.h, and compiled for each engine
 * with the engine's calls inlined as far as its own headers allow.
 */

#ifndef PERF_ALLOC_H
#define PERF_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ring.h>

#include "perf.h"

enum alloc_kind {
	ALLOC_PAIR,  /* allocate one, free it */
	ALLOC_BURST, /* 32 one after the other, then free them likewise */
	ALLOC_BULK,  /* the same in one call each, where the engine has such */
	ALLOC_RAW,   /* the same, given back unchecked, where the engine has such a call */
	ALLOC_KINDS
};

enum alloc_touch {
	TOUCH_NONE,
	TOUCH_BYTE, /* the first byte is written */
	TOUCH_PAGE, /* a byte of every 4 KiB is written */
	TOUCH_KINDS
};

/* What an engine must be ready for. */
struct alloc_need {
	size_t size;         /* bytes of each */
	unsigned int hold;   /* most that are out at a time, over all lcores */
	unsigned int lcores; /* that allocate or free */
	bool much;           /* that so much memory is needed is the point */
};

/* One lcore allocates, one frees. */
struct alloc_xcore {
	size_t size;
	uint64_t n;            /* a multiple of PERF_BURST */
	struct rte_ring *ring; /* from the one to the other */
	bool bulk;             /* in bulk calls */
	bool failed;           /* out of memory */
};

struct alloc_engine {
	const char *name;
	void *(*open)(const struct alloc_engine *e, const struct alloc_need *need,
			const char **why);
	void (*close)(void *ctx);
	/* n operations, for bursts a multiple of 32; false if out of memory. NULL
	 * where the engine has no such call.
	 */
	bool (*loop[ALLOC_KINDS][TOUCH_KINDS])(void *ctx, size_t size, uint64_t n);
	void (*produce)(void *ctx, struct alloc_xcore *x);
	void (*consume)(void *ctx, struct alloc_xcore *x);
	/* Allocate n objects, all pages touched; returns how many there were. */
	uint64_t (*fill)(void *ctx, size_t size, void **objs, uint64_t n);
	void (*drain)(void *ctx, void **objs, uint64_t n);
	const void *arg; /* for open */
};

extern const struct alloc_engine alloc_lbuf;
extern const struct alloc_engine alloc_mempool;
extern const struct alloc_engine alloc_rte_malloc;
extern const struct alloc_engine alloc_mbuf;
extern const struct alloc_engine alloc_glibc;
extern const struct alloc_engine alloc_jemalloc;
extern const struct alloc_engine alloc_tcmalloc;
extern const struct alloc_engine alloc_mimalloc;

/* alloc_malloc.c: make room for the libraries. May start the program anew. */
void
malloc_prepare(char **argv);
/* Which ones are there, as members of a JSON object with a comma in front. */
void
malloc_versions(FILE *f);

#endif /* PERF_ALLOC_H */
