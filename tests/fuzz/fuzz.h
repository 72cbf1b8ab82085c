/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the fuzz targets share: the EAL, memory and ports, made once, and the
 * check behind each input that all of it is back.
 *
 * A target is linked to libFuzzer, or to replay.c, which runs inputs that are
 * already there.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit_port.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was found, for whoever reads the log; aborts. */
#define fuzz_fail(fmt, ...) \
	do { \
		fprintf(stderr, "fuzz: %s:%d: " fmt "\n", __FILE__, __LINE__, ##__VA_ARGS__); \
		abort(); \
	} while (0)
#define fuzz_check(cond) \
	do { \
		if (!(cond)) \
			fuzz_fail("%s", #cond); \
	} while (0)

/* A port, both of whose queues give back what they are sent. */
struct fuzz_port {
	uint16_t id;
	uint16_t seg_max; /* segments of a packet that it takes, 0: any number */
	struct lbuf_port *bridge;
	struct lbuf_pool *pool; /* its memory, and that of buffers it is used with */
};

enum fuzz_port_kind {
	FUZZ_PORT,        /* takes all */
	FUZZ_PORT_FEW,    /* takes a few segments; allocations can be made to fail */
	FUZZ_PORT_SINGLE, /* takes one segment; the same */
	FUZZ_PORTS
};

struct fuzz {
	struct lbuf_pool *pool;
	struct lbuf_pool *pool_no_cache; /* allocations can be made to fail */
	struct fuzz_port port[FUZZ_PORTS];
};

extern struct fuzz fuzz;

/* Make it all; the mbufs are in unit.mbufs and unit.tiny. */
void
fuzz_open(void);

/* Undo it, before rte_eal_cleanup(). */
void
fuzz_close(void);

/* Nothing is in use any more: no chunk, no mbuf, no reference. */
void
fuzz_check_idle(void);

#endif /* FUZZ_H */
