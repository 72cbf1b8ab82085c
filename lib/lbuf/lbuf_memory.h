/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * What memory linked buffers hold: how much, with whom, and giving up what is held for the
 * sake of few bytes. Include lbuf.h.
 */

#ifndef LBUF_MEMORY_H
#define LBUF_MEMORY_H

#include <lbuf_base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Bytes of memory that a buffer keeps from being used for something else: chunks (that
 * which is written to among them), data rooms of mbufs, external memory. Each counts
 * once and as a whole, however few of its bytes are viewed, and whoever else holds it.
 * External memory whose size is not known (lbuf_ext_set_size()) counts with the bytes
 * that are viewed.
 *
 * @param b
 *   The buffer. What is consumed and not released counts; the segment vector does not.
 * @return
 *   Bytes; -EPIPE if closed; -ENOMEM.
 *
 * Cost: a look at each segment, and the descriptor of its memory. Over 32 segments, a
 * chunk meanwhile.
 */
int64_t
lbuf_pinned(const struct lbuf *b);

/**
 * Whether somebody else may see the memory of some readable bytes: another linked buffer,
 * who else holds an mbuf or a chunk, the owner of external memory. lbuf_edit() copies such
 * bytes.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset in the readable bytes of the first one.
 * @param n
 *   Bytes.
 * @return
 *   1 or 0; -ENODATA if the range is not readable; -EPIPE if closed.
 *
 * Cost: a look at each segment of the range, and where it has several references, to tell
 * the buffer's own, at all segments.
 */
int
lbuf_is_shared(const struct lbuf *b, uint64_t from, uint64_t n);

/** What lbuf_compact() has done. */
struct lbuf_compacted {
	uint64_t copied;   /**< Bytes that were copied. */
	uint64_t unpinned; /**< Bytes of memory that the buffer no longer holds. */
};

/**
 * Copy readable bytes out of memory of which they are a small part, so that a small view
 * does not hold a large piece of memory.
 *
 * @param b
 *   The buffer; a slice or a clone, too.
 * @param n
 *   Bytes go out of memory of which the buffer views less than 1/n, in all its readable
 *   bytes. 1: of what it does not view as a whole.
 * @param done
 *   Receives figures, also on error; or NULL. Memory that others hold as well comes free
 *   once they have dropped it.
 * @return
 *   0, also if there was nothing to do; -EINVAL if n is 0; -EPIPE if closed; -ENOMEM: the
 *   bytes are as before, and what had been copied until then stays so.
 *
 * Memory stays that release, or somebody, still needs: that with pending bytes, that which
 * is written to, that with bytes that are consumed or were handed out and not released:
 * pointers hold. So it does most after lbuf_release(). External memory is copied out of if
 * its size is known.
 *
 * Cost: lbuf_pinned()'s, and one copy of the bytes, into chunks of 64 KiB at most unless a
 * piece is longer; what is copied and adjacent becomes one segment.
 */
int
lbuf_compact(struct lbuf *b, uint32_t n, struct lbuf_compacted *done);

/** A kept buffer is copied out of memory of which it views less than 1/LBUF_KEEP_SPARSE. */
#define LBUF_KEEP_SPARSE 4

/**
 * Say that a buffer is put aside, with what it holds: a message that waits for a consumer, say,
 * or bytes until they are acknowledged. So that it does not keep memory from others for long:
 *
 * - Views of which the buffer has less than a fourth of the memory are copied out at once, as
 *   lbuf_compact() does it.
 * - When the received mbufs of a queue become short (lbuf_hold.h) it is copied out of those
 *   that it holds, the buffers first that have been kept longest. That is done by the lcore
 *   that keeps them, when it receives or releases.
 * - It is told of by lbuf_hold_holders_get(), with place and tag (lbuf_tag_set()).
 *
 * @param b
 *   The buffer; a slice or a clone, too. Nothing of what it reads changes, but where it lies:
 *   pointers that lbuf_peek() and lbuf_next() handed out hold until release, and that memory
 *   stays. Addresses by any other verb end here and, as long as the buffer is kept, with the
 *   next verb on whichever buffer.
 * @return
 *   0; -EPIPE if closed; -ENOMEM: it is not in the list, and reads as before.
 *
 * It is kept until lbuf_unkeep(), lbuf_handoff() or lbuf_close(). Keeping it again, as it has got
 * more, does what is done at once, and leaves it its age. Other than a buffer that is not kept
 * it must be closed also when it is empty.
 *
 * Cost: lbuf_compact()'s look at it, and a lock of the calling lcore's. Verbs on a kept buffer
 * take their slower ways.
 */
int
lbuf_keep(struct lbuf *b);

/** The buffer is at work again. If it is not kept, nothing is done. */
void
lbuf_unkeep(struct lbuf *b);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_MEMORY_H */
