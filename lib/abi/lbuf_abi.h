/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * For those who do not compile the headers: programs that load the library at run time
 * (dlopen()), and bindings for other languages.
 *
 * Every public function is a symbol of the library, those that the headers have inline
 * among them: each has its own name, and does the same; it costs a call. Such a program
 * needs not know how a structure is laid out, only how many bytes to have for one:
 *
 *     struct lbuf *b = malloc(lbuf_sizeof("lbuf"));
 *
 *     lbuf_init(b, pool);
 *
 * Structures that the caller fills in or reads (struct lbuf_pool_params, struct
 * lbuf_pool_stats and the like) are laid out as the headers say. Within one major version
 * fields are added at their ends alone, so that lbuf_sizeof() tells which are there.
 *
 * **What is stable.** A program that was built with version 1.x of the headers runs with
 * any later 1.y of the library. What is added gets a further version node of the symbols.
 * All of that is checked before a release (scripts/abi.sh).
 *
 * Threads: any. Cost: for the start of a program.
 */

#ifndef LBUF_ABI_H
#define LBUF_ABI_H

#include <stddef.h>
#include <stdint.h>

#include <lbuf_chunk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lbuf_burst;
struct rte_mbuf;

/**
 * Bytes that a structure of the public headers takes in this library. Memory that is aligned
 * as malloc()'s will do for all of them.
 *
 * @param name
 *   Its name without "struct": "lbuf", "lbuf_ext", "lbuf_pool_params".
 * @return
 *   Bytes; 0 if the library has no such structure, or name is NULL. Of those that only the
 *   library makes (pools, chunks, bridges) it tells none.
 */
size_t
lbuf_sizeof(const char *name);

/** Version of the library: "1.0.0". Always there. */
const char *
lbuf_version(void);

/**
 * rte_errno of the calling thread, which is a macro in C: why a function that returned NULL
 * has failed.
 *
 * @return
 *   A positive errno.
 */
int
lbuf_errno(void);

/**
 * First byte of a chunk.
 *
 * @param chunk
 *   The chunk, not NULL; its memory stays as long as the reference to it.
 */
void *
lbuf_chunk_data(const struct lbuf_chunk *chunk);

/** Bytes of a chunk, not NULL: those that were asked for, or more. */
size_t
lbuf_chunk_size(const struct lbuf_chunk *chunk);

/** Places in a burst, those of packets that were taken out among them: lbuf_burst::n. */
uint16_t
lbuf_burst_places(const struct lbuf_burst *burst);

/**
 * A packet of a burst, which stays there.
 *
 * @param burst
 *   The burst.
 * @param i
 *   Number of the packet.
 * @return
 *   The mbuf; NULL if there is no such packet, or it was taken out.
 */
struct rte_mbuf *
lbuf_burst_packet(const struct lbuf_burst *burst, uint16_t i);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_ABI_H */
