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

/** log2 of the bytes that an entry of lbuf_class_table stands for in its first row. */
#define LBUF_CLASS_FINE_SHIFT 4
/** The same in the second row. */
#define LBUF_CLASS_COARSE_SHIFT 14
/** Entries of a row. */
#define LBUF_CLASS_ROW 4096
/** Sizes of the first row, bytes; the second has all larger ones. */
#define LBUF_CLASS_FINE_MAX ((size_t)LBUF_CLASS_ROW << LBUF_CLASS_FINE_SHIFT)

/** Index of the class by size less one. For lbuf_class_index() only. */
extern uint8_t lbuf_class_table[2][LBUF_CLASS_ROW];

/** lbuf_class_index() by computation: what the table is made from. */
static inline uint32_t
lbuf_class_compute(size_t size)
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
 * Index of the smallest class that holds a size.
 *
 * @param size
 *   Bytes, from 1 to LBUF_CLASS_MAX.
 * @return
 *   From 0 to LBUF_CLASS_NUM - 1.
 */
static inline uint32_t
lbuf_class_index(size_t size)
{
	if (__builtin_constant_p(size))
		return lbuf_class_compute(size);
	if (likely(size - 1 < LBUF_CLASS_FINE_MAX))
		return lbuf_class_table[0][(size - 1) >> LBUF_CLASS_FINE_SHIFT];
	return lbuf_class_table[1][(size - 1) >> LBUF_CLASS_COARSE_SHIFT];
}

/**
 * Bytes of the chunks of a class.
 *
 * @param index
 *   From 0 to LBUF_CLASS_NUM - 1.
 */
static inline size_t
lbuf_class_size(uint32_t index)
{
	uint32_t quarter = index + 3;

	return (size_t)(5 + quarter % 4) << (LBUF_CLASS_MIN_SHIFT - 3 + quarter / 4);
}

#ifdef __cplusplus
}
#endif

#endif /* LBUF_CLASS_H */
