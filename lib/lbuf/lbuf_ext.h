/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * External memory: the caller's own, viewed by linked buffers without a copy.
 *
 * As with rte_mbuf_ext_shared_info, the caller provides the place for the
 * reference count, so that attaching allocates nothing. One struct lbuf_ext may
 * stand for any number of writes out of its memory.
 */

#ifndef LBUF_EXT_H
#define LBUF_EXT_H

#include <rte_common.h>

#include <lbuf_mem.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lbuf_ext;

/**
 * Called once the last reference to external memory is gone, on the thread that
 * dropped it. The ext may be reused or freed in the call.
 *
 * Any verb may be called on any buffer: also on the one by whose release, close, ack,
 * trim or compaction the reference went, and that buffer may be opened anew or its memory
 * freed. The verb is done with it by then. It has no bearing on what the verb drops: each
 * reference is dropped once. Calls nest as deep as callbacks themselves drop further last
 * references.
 */
typedef void (*lbuf_ext_free_t)(struct lbuf_ext *ext, void *arg);

/** A piece of external memory. */
struct lbuf_ext {
	struct lbuf_mem mem;     /**< Reference count; must be first. */
	lbuf_ext_free_t free_cb; /**< May be NULL: memory that is always there. */
	void *arg;               /**< For free_cb. */
	const uint8_t *base;     /**< Where iova holds. */
	rte_iova_t iova;         /**< Of base; RTE_BAD_IOVA if not known. */
	size_t size;             /**< Bytes in all; 0 if not known. */
};

/**
 * Prepare a piece of external memory. It has no reference yet.
 *
 * @param ext
 *   To be filled in. Must live until free_cb is called.
 * @param free_cb
 *   Called when no linked buffer needs the memory any more, or NULL.
 * @param arg
 *   Passed to free_cb.
 */
LBUF_INLINE void
lbuf_ext_init(struct lbuf_ext *ext, lbuf_ext_free_t free_cb, void *arg)
{
	ext->mem.cidx = 0;
	ext->mem.kind = LBUF_MEM_EXT;
	ext->mem.flags = 0;
	ext->mem.refcnt = 0;
	ext->free_cb = free_cb;
	ext->arg = arg;
	ext->base = NULL;
	ext->iova = RTE_BAD_IOVA;
	ext->size = 0;
}

/**
 * Tell how large the memory is, for lbuf_pinned(), and so that lbuf_compact() can find that
 * little of it is viewed.
 *
 * @param ext
 *   A piece of memory that no linked buffer views yet.
 * @param size
 *   Bytes; 0: not known.
 */
LBUF_INLINE void
lbuf_ext_set_size(struct lbuf_ext *ext, size_t size)
{
	ext->size = size;
}

/**
 * Tell where devices find the memory, to have it sent by reference by ports
 * that use DMA.
 *
 * @param ext
 *   A piece that is contiguous in IOVA space and DMA-mapped for these ports.
 * @param base
 *   Its first byte.
 * @param iova
 *   IOVA of base.
 */
LBUF_INLINE void
lbuf_ext_set_iova(struct lbuf_ext *ext, const void *base, rte_iova_t iova)
{
	ext->base = (const uint8_t *)base;
	ext->iova = iova;
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_EXT_H */
