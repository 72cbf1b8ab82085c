/* SPDX-License-Identifier: BSD-3-Clause */

/* The table of size classes that the inline functions look up. */

#include <rte_common.h>

#include <lbuf_class.h>

uint8_t lbuf_class_table[2 * LBUF_CLASS_HALF];

RTE_INIT(class_table_init)
{
	size_t i;

	for (i = 0; i < LBUF_CLASS_HALF; i++) {
		lbuf_class_table[i] = (uint8_t)lbuf_class_index((i + 1) << LBUF_CLASS_FINE_SHIFT);
		lbuf_class_table[LBUF_CLASS_HALF + i] =
				(uint8_t)lbuf_class_index((i + 1) << LBUF_CLASS_COARSE_SHIFT);
	}
}
