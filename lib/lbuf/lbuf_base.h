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
#define LBUF_SEG_BITS ((uintptr_t)3) /**< Both. */

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
	/** Not used: makes whole cache lines, so that in an array of aligned
	 *  buffers each is aligned.
	 */
	uint64_t reserved[2];
};

/** Value of lbuf::state. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define LBUF_STATE(tail, flags) ((uint64_t)(flags) << 32 | (tail))
#else
#define LBUF_STATE(tail, flags) ((uint64_t)(tail) << 32 | (flags))
#endif

/** @cond parts of the inline functions, for the unusual cases. Not to be called. */
void
lbuf_close_slow(struct lbuf *b);
void
lbuf_mbuf_put(struct rte_mbuf *m);
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
		lbuf_mbuf_put((struct rte_mbuf *)(mem & ~LBUF_SEG_BITS));
	else if ((mem & ~LBUF_SEG_BITS) != 0)
		lbuf_mem_put((struct lbuf_mem *)(mem & ~LBUF_SEG_BITS));
}

/** Drop a segment's reference, if it has one. For the library only. */
static inline void
lbuf_seg_put(const struct lbuf_seg *s)
{
	lbuf_ref_put(s->mem);
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

#endif /* LBUF_BASE_H */
