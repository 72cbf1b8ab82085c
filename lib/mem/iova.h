/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_IOVA_H
#define LBUF_MEM_IOVA_H

#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>

/*
 * IOVA of an address in EAL's memory, by EAL's own tables: rte_mem_virt2iova() asks
 * the kernel, which takes microseconds. *len is cut to what is contiguous from
 * there. RTE_BAD_IOVA for other memory, and for what has none.
 */
rte_iova_t
mem_iova(const void *addr, size_t *len);

/* log2 of the pages that IOVA breaks at; 0: nowhere. */
uint8_t
iova_page_shift(const void *addr);

#endif /* LBUF_MEM_IOVA_H */
