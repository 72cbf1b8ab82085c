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
 * where a segment is divided.
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

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include <lbuf_chunk.h>
#include <lbuf_ext.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bits in lbuf_seg::mem beside the address. */
#define LBUF_SEG_MBUF ((uintptr_t)1) /**< A reference of an mbuf itself. */
#define LBUF_SEG_PIN ((uintptr_t)2)  /**< A pointer into it was handed out. */
#define LBUF_SEG_BITS ((uintptr_t)3) /**< Both. */

/** Segment: a view of a piece of memory. */
struct lbuf_seg {
	uint8_t *addr; /**< First byte not consumed. */
	uint64_t len;  /**< Bytes from there, readable or pending. */
	/** The reference: struct lbuf_mem * or, with LBUF_SEG_MBUF, rte_mbuf *. */
	uintptr_t mem;
};

/** Segments that a linked buffer holds without a vector of its own. */
#define LBUF_INLINE_SEGS 2

/** Bits of lbuf::flags. */
#define LBUF_F_SLICE 0x1 /**< Cut off by lbuf_slice(): cannot be written. */
#define LBUF_F_OPEN 0x2  /**< Between lbuf_init() and lbuf_close(). */
#define LBUF_F_RAW 0x4   /**< The first segment is an mbuf nobody has looked at. */

/**
 * Linked buffer, to be embedded where it is needed. It must not be copied or
 * moved in memory while open. The fields are for the inline functions only.
 */
struct lbuf {
	struct lbuf_seg *seg; /**< The segments: inl or in vec. */
	union {
		struct {
			uint32_t tail;  /**< Behind the last segment. */
			uint32_t flags; /**< LBUF_F_* */
		};
		uint64_t state; /**< Both at once, see LBUF_STATE. */
	};
	uint64_t len;    /**< Readable bytes. */
	uint32_t head;   /**< First segment not released. */
	uint32_t rd;     /**< First segment not consumed. */
	uint32_t cap;    /**< Where segments end; see close and slice. */
	uint32_t w_room; /**< Bytes at w_ptr, behind the last segment. */
	/** The segments, as long as there is no vector. A packet of one segment
	 *  takes the first, and with it no more than one cache line.
	 */
	struct lbuf_seg inl[LBUF_INLINE_SEGS];
	uint64_t pend;              /**< Pending bytes. */
	uint8_t *w_ptr;             /**< Next byte to write in w_chunk. */
	struct lbuf_chunk *w_chunk; /**< Being written; holds a reference. */
	struct lbuf_chunk *vec;     /**< Memory of the segments, or NULL. */
	struct lbuf_pool *pool;     /**< Memory for all of this. */
};

/** Value of lbuf::state. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define LBUF_STATE(tail, flags) ((uint64_t)(flags) << 32 | (tail))
#else
#define LBUF_STATE(tail, flags) ((uint64_t)(tail) << 32 | (flags))
#endif

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
const void *
lbuf_peek_slow(struct lbuf *b, uint64_t n);
int
lbuf_skip_slow(struct lbuf *b, uint64_t n);
int
lbuf_copy_out(const struct lbuf *b, void *dst, uint64_t n);
void *
lbuf_reserve_slow(struct lbuf *b, size_t n);
int
lbuf_write_slow(struct lbuf *b, const void *src, size_t n);
int
lbuf_room_slow(struct lbuf *b, uint32_t n);
int
lbuf_release_slow(struct lbuf *b);
int
lbuf_slice_slow(struct lbuf *b, uint64_t n, struct lbuf *out);
void
lbuf_close_slow(struct lbuf *b);
void
lbuf_mem_free_mbuf(struct lbuf_mem *mem);
/** @endcond */

/**
 * Open a linked buffer: empty, readable and writable.
 *
 * @param b
 *   Any memory, of unknown content. To be closed by lbuf_close().
 * @param pool
 *   Where its memory comes from. Must outlive the buffer and its slices.
 *
 * Cost: no allocation.
 */
static inline void
lbuf_init(struct lbuf *b, struct lbuf_pool *pool)
{
	b->seg = b->inl;
	b->head = 0;
	b->rd = 0;
	b->tail = 0;
	b->cap = LBUF_INLINE_SEGS;
	b->len = 0;
	b->pend = 0;
	b->w_room = 0; /* so that w_ptr is not looked at */
	b->flags = LBUF_F_OPEN;
	b->w_chunk = NULL;
	b->vec = NULL;
	b->pool = pool;
}

/** Give counted memory back with the last reference. For the library only. */
static inline void
lbuf_mem_put(struct lbuf_mem *mem)
{
	struct lbuf_ext *ext = (struct lbuf_ext *)mem;

	if (!lbuf_mem_drop(mem))
		return;
	if (mem->kind == LBUF_MEM_CHUNK) {
		lbuf_chunk_recycle(lbuf_chunk_of(mem));
	} else if (mem->kind == LBUF_MEM_EXT) {
		mem->refcnt = 0;
		if (ext->free_cb != NULL)
			ext->free_cb(ext, ext->arg);
	} else {
		lbuf_mem_free_mbuf(mem);
	}
}

/** Drop a segment's reference, if it has one. For the library only. */
static inline void
lbuf_seg_put(const struct lbuf_seg *s)
{
	if ((s->mem & LBUF_SEG_MBUF) != 0)
		rte_pktmbuf_free_seg((struct rte_mbuf *)(s->mem & ~LBUF_SEG_BITS));
	else if ((s->mem & ~LBUF_SEG_BITS) != 0)
		lbuf_mem_put((struct lbuf_mem *)(s->mem & ~LBUF_SEG_BITS));
}

/** Neither bytes nor room: every verb ends up in its checks. */
static inline void
lbuf_set_closed(struct lbuf *b)
{
	b->head = 0;
	b->rd = 0;
	b->tail = 0;
	b->cap = 0;
	b->len = 0;
	b->pend = 0;
	b->w_room = 0;
	b->flags = 0;
}

/**
 * Close a linked buffer: give back all that it holds.
 *
 * Slices cut from it stay valid. Every verb fails with EPIPE from here on. A
 * second close does nothing, nor does closing NULL or memory of zeros.
 */
static inline void
lbuf_close(struct lbuf *b)
{
	/* The usual slice: one segment, in its place. */
	if (likely(b != NULL && b->flags == (LBUF_F_OPEN | LBUF_F_SLICE) && b->vec == NULL &&
			    b->head == 0 && b->tail == 1)) {
		lbuf_seg_put(&b->inl[0]);
		lbuf_set_closed(b);
		return;
	}
	lbuf_close_slow(b);
}

/** Readable bytes. */
static inline uint64_t
lbuf_len(const struct lbuf *b)
{
	return b->len;
}

/** Pending bytes: written, not yet flushed. */
static inline uint64_t
lbuf_pending(const struct lbuf *b)
{
	return b->pend;
}

/*
 * Write side.
 */

/**
 * Reserve contiguous writable bytes at the end, pending until lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes.
 * @return
 *   Where to write them, valid until they are flushed or acked away; NULL on
 *   error, with rte_errno. For 0 bytes some address that is not NULL.
 *
 * Cost: no copy; a chunk of n bytes or more when the last one has no room.
 */
static inline void *
lbuf_reserve(struct lbuf *b, size_t n)
{
	uint8_t *p;

	if (unlikely(n - 1 >= b->w_room))
		return lbuf_reserve_slow(b, n);
	p = b->w_ptr;
	b->w_ptr = p + n;
	b->w_room -= (uint32_t)n;
	b->pend += n;
	b->seg[b->tail - 1].len += n;
	return p;
}

/**
 * Keep the first pending bytes and drop the rest.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes to keep.
 * @return
 *   0; -ERANGE when n is more than is pending; or see the file's errors.
 */
int
lbuf_ack(struct lbuf *b, uint64_t n);

/**
 * Make pending bytes readable. Twice is the same as once.
 *
 * @return
 *   0; -EPIPE if closed, -EROFS for a slice.
 */
static inline int
lbuf_flush(struct lbuf *b)
{
	if (unlikely((b->flags & (LBUF_F_OPEN | LBUF_F_SLICE)) != LBUF_F_OPEN))
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -EROFS;
	b->len += b->pend;
	b->pend = 0;
	return 0;
}

/**
 * Write a copy, whatever the size. Pending until lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param src
 *   The bytes; free to change afterwards.
 * @param n
 *   Bytes.
 * @return
 *   0, or a negative errno.
 *
 * Cost: one copy.
 */
static inline int
lbuf_write(struct lbuf *b, const void *src, size_t n)
{
	if (unlikely(n - 1 >= b->w_room))
		return lbuf_write_slow(b, src, n);
	memcpy(b->w_ptr, src, n);
	b->w_ptr += n;
	b->w_room -= (uint32_t)n;
	b->pend += n;
	b->seg[b->tail - 1].len += n;
	return 0;
}

/** Room for n more segments at the end. For the inline functions only. */
static inline int
lbuf_room(struct lbuf *b, uint32_t n)
{
	if (unlikely(b->cap - b->tail < n))
		return lbuf_room_slow(b, n);
	return 0;
}

/** Add a segment at the end; there must be room. For the library only. */
static inline void
lbuf_push(struct lbuf *b, void *addr, uint64_t len, uintptr_t mem)
{
	uint32_t tail = b->tail;
	struct lbuf_seg *s = &b->seg[tail];

	b->tail = tail + 1;
	b->pend += len;
	b->w_room = 0; /* the write room is no longer behind the last segment */
	s->addr = (uint8_t *)addr;
	s->len = len;
	s->mem = mem;
}

/**
 * Write a reference to external memory. Pending until lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param ext
 *   The memory's reference count, by lbuf_ext_init(). Takes one reference,
 *   except for 0 bytes or on error.
 * @param addr
 *   The bytes; must not change until ext's callback has run.
 * @param n
 *   Bytes.
 * @return
 *   0, or a negative errno.
 *
 * Cost: no copy, no allocation but that of the segment vector as it grows.
 */
static inline int
lbuf_write_ext(struct lbuf *b, struct lbuf_ext *ext, const void *addr, size_t n)
{
	int ret = lbuf_room(b, 1);

	if (unlikely(ret != 0 || n == 0))
		return ret;
	lbuf_mem_get(&ext->mem);
	lbuf_push(b, (void *)(uintptr_t)addr, n, (uintptr_t)&ext->mem);
	return 0;
}

/**
 * Write a reference to external memory in front of the last pending bytes.
 *
 * @param b
 *   The buffer.
 * @param ext
 *   As lbuf_write_ext().
 * @param addr
 *   As lbuf_write_ext().
 * @param n
 *   Bytes.
 * @param remain
 *   Pending bytes that are to follow.
 * @return
 *   0; -ERANGE if fewer are pending; or a negative errno.
 *
 * Cost: no copy; moves the descriptors of the segments that follow.
 */
int
lbuf_insert_ext(struct lbuf *b, struct lbuf_ext *ext, const void *addr, size_t n, uint64_t remain);

/**
 * Move all bytes of another linked buffer behind the pending ones. Pending until
 * lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param donor
 *   The other, which is left empty and usable; a slice may give, too. Its
 *   readable and its pending bytes are taken, in this order. Pointers that its
 *   lbuf_peek() and lbuf_next() handed out hold until it is released.
 * @return
 *   0; -EINVAL if both are the same; or a negative errno.
 *
 * Cost: no copy; moves descriptors.
 */
int
lbuf_append(struct lbuf *b, struct lbuf *donor);

/**
 * Take over an mbuf, or a chain of them. Pending until lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param m
 *   The caller's reference to the chain, which is taken apart into segments.
 *   Segments without data are freed. On error it stays with the caller.
 * @return
 *   0, or a negative errno.
 *
 * Cost: no copy.
 */
int
lbuf_append_mbuf(struct lbuf *b, struct rte_mbuf *m);

/**
 * Make room in front of the readable bytes, for a header. Readable at once.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes.
 * @return
 *   Where to write them, contiguous; NULL on error, with rte_errno.
 *
 * Cost: no copy. Uses the headroom of an mbuf that is not shared, else a chunk.
 */
void *
lbuf_prepend(struct lbuf *b, size_t n);

/*
 * Read side.
 */

/**
 * Look at the first readable bytes.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes.
 * @return
 *   The bytes, contiguous, valid until lbuf_release(); NULL on error, with
 *   rte_errno. For 0 bytes some address that is not NULL.
 *
 * Cost: no copy if they lie in one segment. Else they are copied, once, into a
 * chunk that takes their place in the buffer.
 */
static inline const void *
lbuf_peek(struct lbuf *b, uint64_t n)
{
	struct lbuf_seg *s = &b->seg[b->rd];

	if (unlikely(n - 1 >= b->len || n > s->len))
		return lbuf_peek_slow(b, n);
	s->mem |= LBUF_SEG_PIN;
	return s->addr;
}

/**
 * Consume bytes without looking at them.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 *
 * Cost: no copy.
 */
static inline int
lbuf_skip(struct lbuf *b, uint64_t n)
{
	struct lbuf_seg *s = &b->seg[b->rd];
	uint64_t len = b->len;

	if (unlikely(n - 1 >= len || n >= s->len))
		return lbuf_skip_slow(b, n);
	b->len = len - n;
	s->addr += n;
	s->len -= n;
	return 0;
}

/**
 * Consume bytes and look at them: lbuf_peek() and lbuf_skip().
 */
static inline const void *
lbuf_next(struct lbuf *b, uint64_t n)
{
	const void *p = lbuf_peek(b, n);

	if (likely(p != NULL))
		lbuf_skip(b, n);
	return p;
}

/**
 * Copy the first readable bytes out, without consuming them.
 *
 * @param b
 *   The buffer.
 * @param dst
 *   Where to.
 * @param n
 *   Bytes.
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 *
 * Cost: one copy.
 */
static inline int
lbuf_peek_copy(const struct lbuf *b, void *dst, uint64_t n)
{
	const struct lbuf_seg *s = &b->seg[b->rd];

	/* Not unlikely: it is how a reader finds out that bytes are missing. */
	if (n > b->len)
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -ENODATA;
	if (unlikely(n == 0 || n > s->len))
		return lbuf_copy_out(b, dst, n);
	memcpy(dst, s->addr, n);
	return 0;
}

/**
 * Consume bytes into the caller's memory.
 *
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 *
 * Cost: one copy.
 */
static inline int
lbuf_read(struct lbuf *b, void *dst, uint64_t n)
{
	int ret = lbuf_peek_copy(b, dst, n);

	if (likely(ret == 0))
		ret = lbuf_skip(b, n);
	return ret;
}

/**
 * Look at a 16-bit big-endian number, also where segments divide it.
 *
 * @return
 *   0; -ENODATA if fewer than 2 bytes are readable; -EPIPE if closed.
 */
static inline int
lbuf_peek_be16(const struct lbuf *b, uint16_t *value)
{
	rte_be16_t be;
	int ret = lbuf_peek_copy(b, &be, sizeof(be));

	if (likely(ret == 0))
		*value = rte_be_to_cpu_16(be);
	return ret;
}

/** lbuf_peek_be16() for 32 bits. */
static inline int
lbuf_peek_be32(const struct lbuf *b, uint32_t *value)
{
	rte_be32_t be;
	int ret = lbuf_peek_copy(b, &be, sizeof(be));

	if (likely(ret == 0))
		*value = rte_be_to_cpu_32(be);
	return ret;
}

/** lbuf_peek_be16() for 64 bits. */
static inline int
lbuf_peek_be64(const struct lbuf *b, uint64_t *value)
{
	rte_be64_t be;
	int ret = lbuf_peek_copy(b, &be, sizeof(be));

	if (likely(ret == 0))
		*value = rte_be_to_cpu_64(be);
	return ret;
}

/**
 * Get the first readable bytes to change them in place.
 *
 * Other views of the same memory must not see the change: where there are any,
 * or where segments divide the bytes, these are copied into a chunk that takes
 * their place in the buffer.
 *
 * @param b
 *   The buffer. A slice may be edited, too.
 * @param n
 *   Bytes.
 * @return
 *   The bytes, contiguous, valid until the next verb on the buffer; NULL on
 *   error, with rte_errno.
 */
void *
lbuf_edit(struct lbuf *b, uint64_t n);

/**
 * Cut off the first readable bytes as a linked buffer of their own.
 *
 * @param b
 *   The buffer, which goes on behind them.
 * @param n
 *   Bytes.
 * @param out
 *   Memory of unknown content, or a closed buffer: becomes the slice. It can be
 *   read, sliced, exported and appended to others, but not written. To be
 *   closed by lbuf_close(), before or after b.
 * @return
 *   0, or a negative errno; out is untouched then.
 *
 * Cost: no copy; moves descriptors. Counts references only for segments that it
 * divides, or that lbuf_peek() or lbuf_next() handed out.
 */
static inline int
lbuf_slice(struct lbuf *b, uint64_t n, struct lbuf *out)
{
	uint32_t rd = b->rd;
	struct lbuf_seg *s = &b->seg[rd];
	uint64_t len = b->len;
	uintptr_t mem;
	uint8_t *addr;

	/* The usual slice lies in one segment, which is counted, or ends with it. */
	if (unlikely(n - 1 >= len || n > s->len))
		return lbuf_slice_slow(b, n, out);
	mem = s->mem;
	addr = s->addr;
	if (n == s->len) {
		if (unlikely((mem & LBUF_SEG_PIN) != 0 || b->head != rd))
			return lbuf_slice_slow(b, n, out);
		b->rd = rd + 1;
		b->head = rd + 1;
		if (rd + 1 == b->tail)
			b->w_room = 0;
	} else {
		if (unlikely((mem & LBUF_SEG_MBUF) != 0))
			return lbuf_slice_slow(b, n, out);
		mem &= ~LBUF_SEG_BITS;
		lbuf_mem_get((struct lbuf_mem *)mem);
		s->addr = addr + n;
		s->len -= n;
	}
	b->len = len - n;
	lbuf_init(out, b->pool);
	out->tail = 1;
	out->cap = 1;
	out->len = n;
	out->flags = LBUF_F_OPEN | LBUF_F_SLICE;
	out->inl[0].addr = addr;
	out->inl[0].len = n;
	out->inl[0].mem = mem;
	return 0;
}

/**
 * Give back what has been consumed. Pointers handed out by lbuf_peek() and
 * lbuf_next() end here.
 *
 * @return
 *   0; -EPIPE if closed.
 */
static inline int
lbuf_release(struct lbuf *b)
{
	if (unlikely(b->head != b->rd || (b->flags & LBUF_F_OPEN) == 0))
		return lbuf_release_slow(b);
	if (b->rd != b->tail) {
		b->seg[b->rd].mem &= ~LBUF_SEG_PIN;
		return 0;
	}
	if (unlikely(b->w_chunk != NULL || (b->flags & LBUF_F_SLICE) != 0))
		return lbuf_release_slow(b);
	b->head = 0;
	b->rd = 0;
	b->tail = 0;
	return 0;
}

/**
 * Find a byte.
 *
 * @param b
 *   The buffer.
 * @param byte
 *   The byte.
 * @param from
 *   Offset in the readable bytes to start at.
 * @return
 *   Its offset in the readable bytes; -ENOENT if it is not there; -EPIPE if
 *   closed.
 *
 * Cost: memchr() of each segment.
 */
int64_t
lbuf_find(const struct lbuf *b, uint8_t byte, uint64_t from);

/** Longest byte string that lbuf_find_str() looks for, bytes. */
#define LBUF_FIND_MAX 32

/**
 * Find a byte string, also where segments divide it.
 *
 * To go on where a search of a shorter buffer ended without success, start
 * n - 1 bytes before what was its end.
 *
 * @param b
 *   The buffer.
 * @param str
 *   The bytes.
 * @param n
 *   How many, 1 to LBUF_FIND_MAX.
 * @param from
 *   Offset in the readable bytes to start at.
 * @return
 *   Offset of its first byte; -ENOENT; -EINVAL for an n out of range; -EPIPE.
 */
int64_t
lbuf_find_str(const struct lbuf *b, const void *str, size_t n, uint64_t from);

/**
 * Cut off all up to a byte, and this byte too, as a slice.
 *
 * @param b
 *   The buffer.
 * @param byte
 *   The byte.
 * @param out
 *   As lbuf_slice().
 * @return
 *   Bytes in the slice; -ENOENT if the byte is not there, and nothing is
 *   consumed; or a negative errno.
 */
int64_t
lbuf_until(struct lbuf *b, uint8_t byte, struct lbuf *out);

/**
 * Cut off all up to a byte string, and the string too, as a slice. A search that
 * found nothing is resumed where it ended, so that each byte is looked at once
 * however often it is called before the string arrives.
 *
 * @param b
 *   The buffer.
 * @param str
 *   The bytes.
 * @param n
 *   How many, 1 to LBUF_FIND_MAX.
 * @param from
 *   In: offset to start at: 0, or what the last call left here while nothing was
 *   consumed since. Out: where to go on if the string was not there, else 0. NULL
 *   starts at 0.
 * @param out
 *   As lbuf_slice().
 * @return
 *   Bytes in the slice; -ENOENT if the string is not there, and nothing is
 *   consumed; or a negative errno.
 */
int64_t
lbuf_until_str(struct lbuf *b, const void *str, size_t n, uint64_t *from, struct lbuf *out);

/**
 * View the readable bytes as an array of address and length.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset in the readable bytes to start at: the bytes of earlier calls.
 * @param iov
 *   Receives the pieces. They hold as long as the buffer is not read, released
 *   or closed.
 * @param n
 *   Elements of iov.
 * @param bytes
 *   Receives the bytes in the pieces; NULL if that is not wanted.
 * @return
 *   Pieces there are from that offset, in all: when it is over n, only n were
 *   filled in, and `from` plus *bytes is where to go on. -ERANGE if from is over
 *   the readable bytes; -EPIPE if closed.
 */
int64_t
lbuf_iovec(const struct lbuf *b, uint64_t from, struct iovec *iov, uint32_t n, uint64_t *bytes);

/**
 * Internet checksum (RFC 1071) over readable bytes.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset of the first byte.
 * @param n
 *   Bytes.
 * @param sum
 *   Receives the one's complement sum, 16 bits, not inverted, as
 *   rte_raw_cksum() returns it: in network order when stored as it is.
 * @return
 *   0; -ENODATA if the range is not readable; -EPIPE if closed.
 */
int
lbuf_cksum(const struct lbuf *b, uint64_t from, uint64_t n, uint16_t *sum);

/**
 * CRC32C (Castagnoli, as iSCSI and SCTP use it) over readable bytes.
 *
 * @param b
 *   The buffer.
 * @param from
 *   Offset of the first byte.
 * @param n
 *   Bytes.
 * @param crc
 *   In: 0, or the CRC of the bytes before, to go on from. Out: the CRC.
 * @return
 *   0; -ENODATA if the range is not readable; -EPIPE if closed.
 */
int
lbuf_crc32c(const struct lbuf *b, uint64_t from, uint64_t n, uint32_t *crc);

/**
 * lbuf_read() and lbuf_cksum() in one pass over the bytes.
 *
 * @param b
 *   The buffer.
 * @param dst
 *   Where to.
 * @param n
 *   Bytes.
 * @param sum
 *   As lbuf_cksum().
 * @return
 *   0; -ENODATA if fewer are readable; -EPIPE if closed.
 */
int
lbuf_read_cksum(struct lbuf *b, void *dst, uint64_t n, uint16_t *sum);

/**
 * Prepare a linked buffer to be passed to another thread.
 *
 * Memory that other linked buffers of the calling thread view as well is marked
 * to be counted with atomics from now on. What passes the buffer on (a ring,
 * say) must order memory accesses.
 */
void
lbuf_handoff(struct lbuf *b);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_H */
