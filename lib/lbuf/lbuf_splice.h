/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Putting bytes in front of, between and behind readable ones, by reference. Include
 * lbuf.h.
 *
 * What is spliced in is readable at once. At offset 0 it comes first, at that of
 * lbuf_len() behind the readable bytes and before the pending ones. Pointers that were
 * handed out hold as before.
 */

#ifndef LBUF_SPLICE_H
#define LBUF_SPLICE_H

#include <lbuf_base.h>
#include <lbuf_write.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Move the readable bytes of another linked buffer into this one.
 *
 * @param b
 *   The buffer.
 * @param at
 *   Offset in its readable bytes of the first one that is to follow.
 * @param donor
 *   The other; a slice may give, too. It is left open, with its pending bytes. Pointers
 *   that its lbuf_peek() and lbuf_next() handed out hold until it is released.
 * @return
 *   0; -ERANGE if `at` is over the readable bytes; -EINVAL if both are the same; or a
 *   negative errno.
 *
 * Cost: no copy; moves descriptors: those of the donor, and of b those before or behind
 * the place, whichever are fewer and have room. Counts references only where the place, or
 * the end of the donor's readable bytes, divides a segment.
 */
int
lbuf_splice(struct lbuf *b, uint64_t at, struct lbuf *donor);

/**
 * Splice in a reference to external memory.
 *
 * @param b
 *   The buffer.
 * @param at
 *   As lbuf_splice().
 * @param ext
 *   As lbuf_write_ext(): takes one reference, except for 0 bytes or on error.
 * @param addr
 *   The bytes; must not change until ext's callback has run.
 * @param n
 *   Bytes.
 * @return
 *   0; -ERANGE if `at` is over the readable bytes; or a negative errno.
 *
 * Cost: as lbuf_splice().
 */
int
lbuf_splice_ext(struct lbuf *b, uint64_t at, struct lbuf_ext *ext, const void *addr, size_t n);

/**
 * Splice in a chunk of the caller's.
 *
 * @param b
 *   The buffer.
 * @param at
 *   As lbuf_splice().
 * @param chunk
 *   As lbuf_append_chunk(): one reference is taken over, except on error.
 * @param off
 *   Where in the chunk the bytes begin.
 * @param n
 *   Bytes.
 * @return
 *   0; -ERANGE if `at` is over the readable bytes, or the chunk has no such bytes; or a
 *   negative errno.
 *
 * Cost: as lbuf_splice().
 */
int
lbuf_splice_chunk(struct lbuf *b, uint64_t at, struct lbuf_chunk *chunk, size_t off, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_SPLICE_H */
