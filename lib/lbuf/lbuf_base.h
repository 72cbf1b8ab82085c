/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Linked buffers: what they consist of, opening and closing them. Include lbuf.h.
 */

#ifndef LBUF_BASE_H
#define LBUF_BASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
/** With LBUF_SEG_MBUF: it came with its own data room, and nobody else has it. So
 *  it goes back to its pool as it is.
 */
#define LBUF_SEG_PLAIN ((uintptr_t)4)
/** Without LBUF_SEG_MBUF: bytes behind it were handed out before they were cut off. */
#define LBUF_SEG_CUT LBUF_SEG_PLAIN
#define LBUF_SEG_BITS ((uintptr_t)7) /**< All. */

/** Segment: a view of a piece of memory. */
struct lbuf_seg {
	uint8_t *addr; /**< First byte not consumed. */
	uint64_t len;  /**< Bytes from there, readable or pending. */
	/** The reference: struct lbuf_mem * or, with LBUF_SEG_MBUF, rte_mbuf *. */
	uintptr_t mem;
};

/** Segments that a linked buffer holds without a vector of its own. */
#define LBUF_INLINE_SEGS 4

/** Bits of lbuf::flags. */
#define LBUF_F_SLICE 0x1 /**< Cut off by lbuf_slice(): cannot be written. */
#define LBUF_F_OPEN 0x2  /**< Between lbuf_init() and lbuf_close(). */
#define LBUF_F_RAW 0x4   /**< The first segment is an mbuf nobody has looked at. */
#define LBUF_F_PINS 0x8  /**< Behind the first unread segment one may be pinned. */
/** lbuf_release() has something to do. Without it (and LBUF_F_PINS) no segment is
 *  held, and none pinned.
 */
#define LBUF_F_HELD 0x10
#define LBUF_F_KEPT 0x20 /**< By lbuf_keep(): it is in a list, and takes the slow way. */

/**
 * Linked buffer, to be embedded where it is needed. It must not be copied or
 * moved in memory while open, but by lbuf_move(). The fields are for the inline functions only.
 */
struct lbuf {
	struct lbuf_seg *rd;   /**< First segment not consumed. */
	struct lbuf_seg *tail; /**< Behind the last segment. */
	uint64_t len;          /**< Readable bytes. */
	__extension__ union {  /* C++ has no unnamed structures */
		struct {
			uint32_t flags; /**< LBUF_F_* */
			/** 1: there is no segment (or one that is raw), but room for
			 *  one. Lies beside w_room: both are cleared by one store.
			 */
			uint32_t fresh;
		};
		uint64_t state; /**< Both at once, see LBUF_STATE. */
	};
	uint32_t w_room; /**< Bytes at w_ptr, behind the last segment. */
	uint32_t holder; /**< With LBUF_F_KEPT: the place in the list. */
	/** The segments, as long as there is no vector. A packet of one segment
	 *  takes the first, and with it no more than one cache line.
	 */
	struct lbuf_seg inl[LBUF_INLINE_SEGS];
	uint64_t pend;              /**< Pending bytes. */
	struct lbuf_chunk *w_chunk; /**< Being written; holds a reference. */
	struct lbuf_chunk *vec;     /**< Memory of the segments, or NULL. */
	struct lbuf_seg *head;      /**< First segment not released. */
	struct lbuf_seg *cap;       /**< Where room for segments ends; none in a slice. */
	uint8_t *w_ptr;             /**< Next byte to write in w_chunk. */
	struct lbuf_pool *pool;     /**< Memory for all of this. */
};

/** Value of lbuf::state. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define LBUF_STATE(flags, fresh) ((uint64_t)(fresh) << 32 | (flags))
#else
#define LBUF_STATE(flags, fresh) ((uint64_t)(flags) << 32 | (fresh))
#endif

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
void
lbuf_close_slow(struct lbuf *b);
void
lbuf_mbuf_put(uintptr_t ref);
void
lbuf_mem_free_mbuf(struct lbuf_mem *mem);
/** @endcond */

/**
 * Whether an mbuf is a packet of one segment that has one reference. For the library
 * only.
 */
static inline bool
lbuf_mbuf_is_single(const struct rte_mbuf *m)
{
	uint32_t both;

	/* refcnt and nb_segs by one comparison. */
	memcpy(&both, &m->refcnt, sizeof(both));
	return likely(both == 0x10001);
}

/** Whether it has its own data room, too. For the library only. */
static inline bool
lbuf_mbuf_is_plain(const struct rte_mbuf *m)
{
	const uint64_t other = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	const size_t high = RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN ? sizeof(uint32_t) : 0;
	uint32_t flags;

	if (!lbuf_mbuf_is_single(m))
		return false;
	/* A test of the upper half, in memory. */
	memcpy(&flags, (const uint8_t *)&m->ol_flags + high, sizeof(flags));
	return likely((flags & other >> 32) == 0);
}

/**
 * Fill in a segment. For the library only.
 *
 * One store is volatile, or compilers take pains to make a vector of two fields,
 * from which one alone cannot be read so soon.
 */
static inline void
lbuf_seg_fill(struct lbuf_seg *s, void *addr, uint64_t len, uintptr_t mem)
{
	s->addr = (uint8_t *)addr;
	*(volatile uint64_t *)&s->len = len;
	s->mem = mem;
}

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
LBUF_INLINE void
lbuf_init(struct lbuf *b, struct lbuf_pool *pool)
{
	b->rd = b->inl;
	b->tail = b->inl;
	b->head = b->inl;
	b->cap = b->inl + LBUF_INLINE_SEGS;
	b->len = 0;
	b->pend = 0;
	b->w_room = 0; /* so that w_ptr is not looked at */
	b->state = LBUF_STATE(LBUF_F_OPEN, 1);
	b->w_chunk = NULL;
	b->vec = NULL;
	b->pool = pool;
}

/** Give counted memory back whose last reference is gone. For the library only. */
static inline void
lbuf_mem_end(struct lbuf_mem *mem)
{
	struct lbuf_ext *ext = (struct lbuf_ext *)mem;

	if (mem->kind == LBUF_MEM_EXT) {
		mem->refcnt = 0;
		if (ext->free_cb != NULL)
			ext->free_cb(ext, ext->arg);
	} else if (mem->kind == LBUF_MEM_CHUNK) {
		lbuf_chunk_recycle(lbuf_chunk_of(mem));
	} else {
		lbuf_mem_free_mbuf(mem);
	}
}

/** Drop a reference of counted memory. For the library only. */
static inline void
lbuf_mem_put(struct lbuf_mem *mem)
{
	if (lbuf_mem_drop(mem))
		lbuf_mem_end(mem);
}

/** Drop a reference of lbuf_seg::mem, if it is one. For the library only. */
static inline void
lbuf_ref_put(uintptr_t mem)
{
	if (unlikely((mem & LBUF_SEG_MBUF) != 0))
		lbuf_mbuf_put(mem);
	else if ((mem & ~LBUF_SEG_BITS) != 0)
		lbuf_mem_put((struct lbuf_mem *)(mem & ~LBUF_SEG_BITS));
}

/** Drop a segment's reference, if it has one. For the library only. */
static inline void
lbuf_seg_put(const struct lbuf_seg *s)
{
	lbuf_ref_put(s->mem);
}

/**
 * Close a linked buffer: give back all that it holds.
 *
 * Slices cut from it stay valid. Every verb fails with EPIPE from here on. A
 * second close does nothing, nor does closing NULL or memory of zeros.
 */
LBUF_INLINE void
lbuf_close(struct lbuf *b)
{
	/* The usual slice: one segment, in its place. A slice has no room as it is. */
	if (likely(b != NULL &&
			    (b->flags & (uint32_t)~LBUF_F_HELD) == (LBUF_F_OPEN | LBUF_F_SLICE) &&
			    b->head == b->inl && b->tail == b->inl + 1)) {
		b->len = 0;
		b->state = 0;
		lbuf_seg_put(&b->inl[0]);
		return;
	}
	lbuf_close_slow(b);
}

/** Readable bytes. */
LBUF_INLINE uint64_t
lbuf_len(const struct lbuf *b)
{
	return b->len;
}

/** Pending bytes: written, not yet flushed. */
LBUF_INLINE uint64_t
lbuf_pending(const struct lbuf *b)
{
	return b->pend;
}

/**
 * Prepare a linked buffer to be passed to another thread.
 *
 * Memory that other linked buffers of the calling thread view as well is marked
 * to be counted with atomics from now on. What passes the buffer on (a ring,
 * say) must order memory accesses. A buffer that is kept (lbuf_keep()) is so no longer: the
 * thread that gets it may keep it again.
 */
void
lbuf_handoff(struct lbuf *b);

/**
 * Move an open buffer to another place in memory, with all that it has: readable and
 * pending bytes, room to write, what is held until release.
 *
 * @param to
 *   Memory of unknown content, or a closed buffer: becomes what `from` was, be it an open
 *   buffer, a slice, or closed. Pointers that `from` handed out hold until `to` is
 *   released, and those to reserved bytes as before.
 * @param from
 *   Is closed afterwards. The same as `to`: nothing happens.
 *
 * Cost: a copy of the descriptor, three cache lines.
 */
void
lbuf_move(struct lbuf *to, struct lbuf *from);

/**
 * Swap two buffers, each open, a slice, or closed: lbuf_move() both ways.
 *
 * @param a
 *   The one.
 * @param b
 *   The other, or the same.
 */
void
lbuf_swap(struct lbuf *a, struct lbuf *b);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_BASE_H */
