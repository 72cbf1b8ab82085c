/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * The reference count that all countable memory starts with.
 *
 * A piece of memory (a chunk, caller-owned external memory, an mbuf that more
 * than one segment views) is shared by counting references in its header. While
 * all its references belong to one lcore they are counted with plain
 * instructions: an atomic increment and decrement together cost as much as a
 * whole small message. Before a reference is handed to another lcore the memory
 * is marked with lbuf_mem_share(), and from then on is counted with atomics.
 */

#ifndef LBUF_MEM_H
#define LBUF_MEM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include <lbuf_inline.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a struct lbuf_mem is the head of. */
enum lbuf_mem_kind {
	LBUF_MEM_CHUNK, /**< struct lbuf_chunk */
	LBUF_MEM_EXT,   /**< struct lbuf_ext, memory of the caller */
	LBUF_MEM_MBUF,  /**< a field inside an mbuf */
	LBUF_MEM_HOLD,  /**< a count of an mbuf that others hold as well */
};

/** Flag of lbuf_mem::flags: references may be on several lcores. */
#define LBUF_MEM_SHARED 0x1
/** Flag of lbuf_mem::flags: a chunk of the sample that is kept account of. */
#define LBUF_MEM_TRACKED 0x2
/** The bits of lbuf_mem::flags above these: the tag of a chunk's pool, 0 if none. */
#define LBUF_MEM_TAG_SHIFT 2

/** Head of all memory that is counted. */
struct lbuf_mem {
	uint16_t cidx;   /**< Chunks: index of the lcore cache it returns to. */
	uint8_t kind;    /**< enum lbuf_mem_kind */
	uint8_t flags;   /**< LBUF_MEM_* */
	uint32_t refcnt; /**< References; 1 in a free chunk, 0 in a free ext. */
};

/**
 * All fields in one word, the index lowest: the hot paths tell by one subtraction that
 * a chunk has its last reference, no flags, and is of the right pool, and have the
 * index then. For the library only.
 */
static inline uint64_t
lbuf_mem_head(const struct lbuf_mem *mem)
{
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
	uint64_t head;

	memcpy(&head, mem, sizeof(head));
	return head;
#else
	return (uint64_t)mem->refcnt << 32 | (uint64_t)mem->flags << 24 |
			(uint64_t)mem->kind << 16 | mem->cidx;
#endif
}

/**
 * Take a reference. The caller must hold one already.
 *
 * Cost: one increment; an atomic one only if the memory is shared.
 */
LBUF_INLINE void
lbuf_mem_get(struct lbuf_mem *mem)
{
	if (likely((mem->flags & LBUF_MEM_SHARED) == 0))
		mem->refcnt++;
	else
		__atomic_fetch_add(&mem->refcnt, 1, __ATOMIC_RELAXED);
}

/**
 * References to memory of which the caller holds one. If it is the only one, what
 * others did with the memory before they dropped theirs is over.
 */
LBUF_INLINE uint32_t
lbuf_mem_refs(const struct lbuf_mem *mem)
{
	return __atomic_load_n(&mem->refcnt, __ATOMIC_ACQUIRE);
}

/**
 * Drop a reference that may be the last one.
 *
 * @return
 *   true if it was the last: the count is then left at 1 and the caller, who is
 *   alone with the memory, has to give it back.
 */
LBUF_INLINE bool
lbuf_mem_drop(struct lbuf_mem *mem)
{
	if (likely((mem->flags & LBUF_MEM_SHARED) == 0)) {
		if (mem->refcnt == 1)
			return true;
		mem->refcnt--;
		return false;
	}
	/* Alone already: nobody else can take a reference any more. */
	if (lbuf_mem_refs(mem) != 1 && __atomic_fetch_sub(&mem->refcnt, 1, __ATOMIC_ACQ_REL) != 1)
		return false;
	mem->refcnt = 1;
	mem->flags &= (uint8_t)~LBUF_MEM_SHARED;
	return true;
}

/**
 * Prepare memory for references on more than one lcore.
 *
 * To be called by the lcore that holds all references, before one of them is
 * handed over (through a ring, say, which orders the two). Memory that has one
 * reference needs no mark: it moves to the other lcore as a whole.
 */
LBUF_INLINE void
lbuf_mem_share(struct lbuf_mem *mem)
{
	/* Written once: where it is set, others have references, and read it. */
	if ((mem->flags & LBUF_MEM_SHARED) == 0 && mem->refcnt > 1)
		mem->flags |= LBUF_MEM_SHARED;
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_MEM_H */
