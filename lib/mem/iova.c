/* SPDX-License-Identifier: BSD-3-Clause */

/* IOVA of memory, as EAL has it in its tables. */

#include <rte_eal.h>
#include <rte_memory.h>

#include "iova.h"

/* IOVA may break at each page of memory that is not EAL's, bytes. */
#define BASE_PAGE 4096

uint8_t
iova_page_shift(const void *addr)
{
	const struct rte_memseg_list *msl;

	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return 0;
	msl = rte_mem_virt2memseg_list(addr);
	return (uint8_t)__builtin_ctzll(msl == NULL ? BASE_PAGE : msl->page_sz);
}

rte_iova_t
mem_iova(const void *addr, size_t *len)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);
	const struct rte_memseg *ms;
	size_t off;

	if (msl == NULL)
		return RTE_BAD_IOVA;
	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return (rte_iova_t)(uintptr_t)addr;
	ms = rte_mem_virt2memseg(addr, msl);
	if (ms == NULL || ms->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	off = (size_t)((const uint8_t *)addr - (const uint8_t *)ms->addr);
	*len = RTE_MIN(*len, ms->len - off);
	return ms->iova + off;
}
