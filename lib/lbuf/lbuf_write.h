/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * The write side of linked buffers. Include lbuf.h.
 */

#ifndef LBUF_WRITE_H
#define LBUF_WRITE_H

#include <sys/uio.h>

#include <lbuf_base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
void *
lbuf_reserve_slow(struct lbuf *b, size_t n);
int
lbuf_write_slow(struct lbuf *b, const void *src, size_t n);
int
lbuf_room_slow(struct lbuf *b, uint32_t n);
int
lbuf_append_mbuf_slow(struct lbuf *b, struct rte_mbuf *m);
/** @endcond */

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
LBUF_INLINE void *
lbuf_reserve(struct lbuf *b, size_t n)
{
	uint8_t *p;

	if (unlikely(n - 1 >= b->w_room))
		return lbuf_reserve_slow(b, n);
	p = b->w_ptr;
	b->w_ptr = p + n;
	b->w_room -= (uint32_t)n;
	b->pend += n;
	b->tail[-1].len += n;
	return p;
}

/**
 * Reserve what there is, at least so many bytes: to read into it what is of unknown length,
 * up to so much. lbuf_ack() gives back what was not needed:
 *
 *     p = lbuf_reserve_some(&b, 1, &room);
 *     got = read(fd, p, room);
 *     lbuf_ack(&b, lbuf_pending(&b) - room + (got > 0 ? got : 0));
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes, at least.
 * @param room
 *   Receives how many were reserved: n or more, or 0 if n is 0.
 * @return
 *   As lbuf_reserve().
 *
 * Cost: as lbuf_reserve(). What is given back is what is reserved next.
 */
void *
lbuf_reserve_some(struct lbuf *b, size_t n, size_t *room);

/** Pieces that lbuf_reserve_iov() reserves, at most. */
#define LBUF_RESERVE_IOV 2

/**
 * lbuf_reserve_some() in pieces, for readv(): what there is in the chunk that is written to,
 * and if that is not enough, a further chunk.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes, at least, in all pieces together.
 * @param iov
 *   Receives the pieces, valid until they are flushed or acked away.
 * @param room
 *   Receives how many bytes were reserved: n or more, or 0 if n is 0.
 * @return
 *   Pieces: 1 or 2, or 0 if n is 0; or a negative errno, and nothing is reserved.
 *
 * Cost: as lbuf_reserve(). Of two pieces of which lbuf_ack() keeps the beginning of the
 * first, the rest of the first is not used any more, the second is what is reserved next.
 */
int
lbuf_reserve_iov(struct lbuf *b, size_t n, struct iovec iov[LBUF_RESERVE_IOV], size_t *room);

/**
 * Reserve contiguous writable bytes whose address is aligned: 512 or 4096, for files that
 * were opened with O_DIRECT.
 *
 * @param b
 *   The buffer.
 * @param n
 *   Bytes; whether they are a multiple of the alignment is the caller's affair.
 * @param align
 *   Alignment, bytes; a power of two.
 * @return
 *   As lbuf_reserve(); NULL with rte_errno EINVAL also for an alignment that is none.
 *
 * Cost: as lbuf_reserve(); what is skipped to align is lost, `align` bytes at most.
 */
void *
lbuf_reserve_aligned(struct lbuf *b, size_t n, size_t align);

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
LBUF_INLINE int
lbuf_flush(struct lbuf *b)
{
	uint64_t pend = b->pend;

	/* What is closed, or a slice, has nothing pending. */
	if (pend == 0 && (b->flags & (LBUF_F_OPEN | LBUF_F_SLICE)) != LBUF_F_OPEN)
		return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : -EROFS;
	b->pend = 0;
	b->len += pend;
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
LBUF_INLINE int
lbuf_write(struct lbuf *b, const void *src, size_t n)
{
	if (unlikely(n - 1 >= b->w_room))
		return lbuf_write_slow(b, src, n);
	memcpy(b->w_ptr, src, n);
	b->w_ptr += n;
	b->w_room -= (uint32_t)n;
	b->pend += n;
	b->tail[-1].len += n;
	return 0;
}

/** Room for n more segments at the end. For the inline functions only. */
static inline int
lbuf_room(struct lbuf *b, uint32_t n)
{
	/* For one more no difference need be taken. */
	if (unlikely(n == 1 ? b->cap == b->tail : (size_t)(b->cap - b->tail) < n))
		return lbuf_room_slow(b, n);
	return 0;
}

/** Add a segment at the end; there must be room. For the library only. */
static inline void
lbuf_push(struct lbuf *b, void *addr, uint64_t len, uintptr_t mem)
{
	struct lbuf_seg *s = b->tail;

	lbuf_seg_fill(s, addr, len, mem);
	b->tail = s + 1;
	b->fresh = 0;
	b->w_room = 0; /* the write room is no longer behind the last segment */
	b->pend += len;
	if (b->pend < len)
		__builtin_unreachable(); /* there is not so much memory */
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
LBUF_INLINE int
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
 *   The caller's reference to the chain, one of each mbuf, which is taken apart into
 *   segments: a packet, whose nb_segs tells how many they are. Segments without data
 *   are freed. An mbuf that others hold as well (rte_pktmbuf_refcnt_update(), a clone's)
 *   stays as it is for them: its links, lengths, flags and bytes. On error the
 *   reference stays with the caller.
 * @return
 *   0, or a negative errno.
 *
 * Cost: no copy.
 */
LBUF_INLINE int
lbuf_append_mbuf(struct lbuf *b, struct rte_mbuf *m)
{
	/* The usual mbuf is looked at here, and not again until its pool has it. */
	if (unlikely(b->cap == b->tail || m == NULL || !lbuf_mbuf_is_plain(m) || m->data_len == 0))
		return lbuf_append_mbuf_slow(b, m);
	lbuf_push(b, rte_pktmbuf_mtod(m, void *), m->data_len,
			(uintptr_t)m | LBUF_SEG_MBUF | LBUF_SEG_PLAIN);
	return 0;
}

/**
 * Take over a chunk: what the caller wrote to it becomes bytes of the buffer. Pending until
 * lbuf_flush().
 *
 * @param b
 *   The buffer.
 * @param chunk
 *   The chunk, of any pool. One reference of the caller's is taken over (for 0 bytes it is
 *   dropped); on error it stays with the caller. Whoever keeps a further one, taken before
 *   by lbuf_chunk_get(), has the buffer not write to the chunk.
 * @param off
 *   Where in the chunk the bytes begin.
 * @param n
 *   Bytes.
 * @return
 *   0; -ERANGE if the chunk has no such bytes; or a negative errno.
 *
 * Cost: no copy, no allocation but that of the segment vector as it grows.
 */
LBUF_INLINE int
lbuf_append_chunk(struct lbuf *b, struct lbuf_chunk *chunk, size_t off, size_t n)
{
	int ret = lbuf_room(b, 1);

	if (unlikely(ret != 0))
		return ret;
	if (unlikely(off > chunk->size || n > chunk->size - off))
		return -ERANGE;
	if (unlikely(n == 0))
		lbuf_chunk_put(chunk);
	else
		lbuf_push(b, chunk->data + off, n, (uintptr_t)&chunk->mem);
	return 0;
}

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
 * Cost: no copy. Uses what is free in front of the first byte in an mbuf (headroom, or
 * headers that were consumed and released) or chunk that nobody else views; else a chunk.
 */
void *
lbuf_prepend(struct lbuf *b, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_WRITE_H */
