/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A model test of streams: random segments, in any order, with overlaps and other contents,
 * beside a byte string for each policy that must tell the same after each.
 *
 * The random numbers come from a seed or, for a fuzzer, out of an input. What is found to
 * differ is printed with the seed, and aborts.
 */

#ifndef STREAM_MODEL_H
#define STREAM_MODEL_H

#include <lbuf_stream.h>

struct stream_model_conf {
	struct lbuf_pool *pool;
	struct rte_mempool *mbufs; /* one takes a whole segment */
	struct rte_mempool *tiny;  /* one takes UNIT_TINY_ROOM */
	enum lbuf_stream_policy policy;
	bool inject; /* make allocations fail: pool has no caches */
	bool limits; /* so low that bytes are given up: what is told is not foreseen then */
};

/* Insert so many segments; returns how many of them were held. */
uint64_t
stream_model_run(const struct stream_model_conf *conf, uint64_t seed, uint64_t segments);

/* The same, steered by an input, to its end. */
void
stream_model_run_input(const struct stream_model_conf *conf, const uint8_t *data, size_t size);

#endif /* STREAM_MODEL_H */
