/* SPDX-License-Identifier: BSD-3-Clause */

/* Bytes of a socket are counted, and kept below a limit. */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include <rte_branch_prediction.h>

#include "budget.h"
#include "mem_log.h"

uint64_t
budget_limit(const struct budget *budget)
{
	return __atomic_load_n(&budget->limit, __ATOMIC_RELAXED);
}

uint64_t
budget_used(const struct budget *budget)
{
	return __atomic_load_n(&budget->used, __ATOMIC_RELAXED);
}

void
budget_limit_set(struct budget *budget, size_t bytes)
{
	__atomic_store_n(&budget->limit, bytes == 0 ? UINT64_MAX : bytes, __ATOMIC_RELAXED);
}

int
budget_take(struct budget *budget, size_t bytes)
{
	uint64_t used = budget_used(budget), limit = budget_limit(budget);

	do {
		if (used > limit || bytes > limit - used)
			return -ENOBUFS;
	} while (!__atomic_compare_exchange_n(&budget->used, &used, used + bytes, true,
			__ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return 0;
}

void
budget_give(struct budget *budget, size_t bytes)
{
	__atomic_fetch_sub(&budget->used, bytes, __ATOMIC_RELAXED);
}

void
budget_refuse(struct budget *budget, const char *pool, int socket, size_t bytes)
{
	uint64_t refusals = __atomic_add_fetch(&budget->refusals, 1, __ATOMIC_RELAXED);

	if (!log_due(&budget->warned_tsc))
		return;
	MEM_LOG(WARNING,
			"pool %s: socket %d holds %" PRIu64 " of at most %" PRIu64
			" B, no room for %zu more: raise limit_bytes or free chunks "
			"(%" PRIu64 " refusals up to now)",
			pool, socket, budget_used(budget), budget_limit(budget), bytes, refusals);
}
