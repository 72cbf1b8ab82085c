/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A model test of linked buffers: random verbs on several buffers, which append,
 * slice, export and close one another, beside plain byte strings that must tell
 * the same after each step.
 *
 * The random numbers come from a seed or, for a fuzzer, out of an input. What is
 * found to differ is printed with the seed and the last steps, and aborts.
 */

#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mempool.h>

#include <lbuf_port.h>

struct model_conf {
	struct lbuf_pool *pool;
	struct rte_mempool *mbufs;
	struct rte_mempool *tiny;
	struct lbuf_port *port; /* NULL: none; what queue 0 is sent it receives */
	uint16_t port_id;       /* of the port */
	uint16_t seg_max;       /* segments that it takes in a packet, 0: any number */
	bool inject;            /* make allocations fail: pool has no caches */
	bool large;             /* now and then, sizes around the large tier */
};

/*
 * Run so many steps. All is closed afterwards. Returns how many of them met a
 * buffer with readable bytes.
 */
uint64_t
model_run(const struct model_conf *conf, uint64_t seed, uint64_t steps);

/* Run the steps that an input describes. All is closed afterwards. */
void
model_run_input(const struct model_conf *conf, const uint8_t *data, size_t size);

#endif /* MODEL_H */
