/* SPDX-License-Identifier: BSD-3-Clause */

/* The log of lib/mem. */

#include <rte_cycles.h>

#include "mem_log.h"

RTE_LOG_REGISTER(lbuf_mem_logtype, lib.lbuf.mem, NOTICE);

bool
log_due(uint64_t *last_tsc, unsigned int seconds)
{
	uint64_t now = rte_get_tsc_cycles();
	uint64_t last = __atomic_load_n(last_tsc, __ATOMIC_RELAXED);

	if (last != 0 && now - last < seconds * rte_get_tsc_hz())
		return false;
	return __atomic_compare_exchange_n(last_tsc, &last, now, false, __ATOMIC_RELAXED,
			__ATOMIC_RELAXED);
}
