/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Size classes: four to each doubling, from 64 B to 64 MiB.
 *
 * 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, ... : a chunk is at most a
 * quarter larger than the request, above 64 B. The index is looked up: to compute
 * it takes the place of the highest bit, which costs as much as all the rest of an
 * allocation on CPUs whose BSR is microcode.
 */

#ifndef LBUF_CLASS_H
#define LBUF_CLASS_H

#include <stddef.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

#include <lbuf_inline.h>

#ifdef __cplusplus
extern "C" {
#endif

/** log2 of the smallest class, bytes. */
#define LBUF_CLASS_MIN_SHIFT 6
/** log2 of the largest class, bytes. */
#define LBUF_CLASS_MAX_SHIFT 26
/** Smallest class, bytes. */
#define LBUF_CLASS_MIN ((size_t)1 << LBUF_CLASS_MIN_SHIFT)
/** Largest class, bytes. */
#define LBUF_CLASS_MAX ((size_t)1 << LBUF_CLASS_MAX_SHIFT)
/** Number of classes. */
#define LBUF_CLASS_NUM ((LBUF_CLASS_MAX_SHIFT - LBUF_CLASS_MIN_SHIFT) * 4 + 1)

/** log2 of the bytes that an entry of lbuf_class_table stands for in its first half. */
#define LBUF_CLASS_FINE_SHIFT 4
/** The same in the second half. */
#define LBUF_CLASS_COARSE_SHIFT 14
/** Entries of a half. */
#define LBUF_CLASS_HALF 4096
/** Sizes of the first half, bytes; the second has all larger ones. */
#define LBUF_CLASS_FINE_MAX ((size_t)LBUF_CLASS_HALF << LBUF_CLASS_FINE_SHIFT)

/** Index of the class by size less one. For the inline functions only. */
extern uint8_t lbuf_class_table[2 * LBUF_CLASS_HALF];

/** No class. */
#define LBUF_CLASS_NONE UINT32_MAX

/**
 * Index of the smallest class that holds a size, computed.
 *
 * @param size
 *   Bytes, from 1 to LBUF_CLASS_MAX.
 * @return
 *   From 0 to LBUF_CLASS_NUM - 1.
 */
LBUF_INLINE uint32_t
lbuf_class_index(size_t size)
{
	size_t last = size - 1;
	uint32_t log;

	if (last < LBUF_CLASS_MIN - 1)
		last = LBUF_CLASS_MIN - 1;
	log = 63 - (uint32_t)__builtin_clzll(last);
	/* (last >> (log - 2)) is 4..7: the leading one and the quarter. */
	return 4 * log + (uint32_t)(last >> (log - 2)) - 4 * LBUF_CLASS_MIN_SHIFT - 3;
}

/**
 * The table, so that the compiler has its address in one register for both halves. For the
 * library only.
 */
static inline const uint8_t *
lbuf_class_row(void)
{
	const uint8_t *row = lbuf_class_table;

	__asm__("" : "+r"(row));
	return row;
}

/** Entry of a size less one that is under LBUF_CLASS_FINE_MAX. For the library only. */
static inline uint32_t
lbuf_class_fine(const uint8_t *row, size_t last)
{
	return row[last >> LBUF_CLASS_FINE_SHIFT];
}

/** Entry of a size less one that is not, but under LBUF_CLASS_MAX. For the library only. */
static inline uint32_t
lbuf_class_coarse(const uint8_t *row, size_t last)
{
	return row[LBUF_CLASS_HALF + (last >> LBUF_CLASS_COARSE_SHIFT)];
}

/**
 * Index of the class that holds a size, looked up, for any size.
 *
 * @param size
 *   Bytes.
 * @return
 *   From 0 to LBUF_CLASS_NUM - 1; LBUF_CLASS_NONE if size is 0 or larger than
 *   LBUF_CLASS_MAX.
 */
LBUF_INLINE uint32_t
lbuf_class_find(size_t size)
{
	const uint8_t *row = lbuf_class_row();
	size_t last = size - 1;

	if (__builtin_constant_p(size) && last < LBUF_CLASS_MAX)
		return lbuf_class_index(size);
	if (likely(last < LBUF_CLASS_FINE_MAX))
		return lbuf_class_fine(row, last);
	if (unlikely(last >= LBUF_CLASS_MAX))
		return LBUF_CLASS_NONE;
	return lbuf_class_coarse(row, last);
}

/**
 * Bytes of the chunks of a class.
 *
 * @param index
 *   From 0 to LBUF_CLASS_NUM - 1.
 */
LBUF_INLINE size_t
lbuf_class_size(uint32_t index)
{
	uint32_t quarter = index + 3;

	return (size_t)(5 + quarter % 4) << (LBUF_CLASS_MIN_SHIFT - 3 + quarter / 4);
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_CLASS_H */
