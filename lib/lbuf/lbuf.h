/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Linked buffers: chunks, mbufs and external memory chained into a byte stream.
 *
 * A linked buffer has a write side and a read side. What is written is pending
 * until lbuf_flush() makes it readable. What is read is consumed, but stays in
 * place until lbuf_release(): pointers handed out by lbuf_peek() and
 * lbuf_next() hold until then.
 *
 *     segments:   held | read ... readable ... | pending ... | write room
 *                 head   rd                                    tail
 *
 * Segments are 24-byte descriptors, side by side in one vector. Cutting off a
 * slice, appending and releasing move descriptors; a reference is counted only
 * where a segment is divided or cloned.
 *
 * Memory that others hold is not written: neither bytes nor mbufs that are viewed by
 * other linked buffers or held by other code. References are counted in 32 bits, also
 * those of an mbuf that others hold, whose own count has 16.
 *
 * Threads: a linked buffer belongs to one thread at a time. To pass one to
 * another thread call lbuf_handoff() first. Errors: a verb that fails changes
 * nothing, and returns a negative errno, or NULL and sets rte_errno:
 *   - EPIPE: the buffer is closed
 *   - EROFS: a write verb on a slice
 *   - ENODATA: fewer bytes readable than asked for
 *   - ENOMEM, ENOBUFS: no memory
 *   - EINVAL, ERANGE: an argument that cannot be, see the verb
 *
 * A request for 0 bytes succeeds and does nothing.
 *
 * The verbs follow the LinkBuffer of CloudWeGo Netpoll.
 */

#ifndef LBUF_H
#define LBUF_H

#include <lbuf_base.h>
#include <lbuf_cursor.h>
#include <lbuf_memory.h>
#include <lbuf_number.h>
#include <lbuf_read.h>
#include <lbuf_splice.h>
#include <lbuf_view.h>
#include <lbuf_write.h>

#endif /* LBUF_H */
