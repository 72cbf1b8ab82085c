/* SPDX-License-Identifier: BSD-3-Clause */

/* Bytes of a socket are counted, and kept below a limit. */

#include <errno.h>

#include <rte_common.h>

#include "budget.h"
#include "mem_trace.h"

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

uint64_t
budget_limit_least(const struct budget *budget)
{
	uint64_t limit = budget_limit(budget);

	return budget->total == NULL ? limit : RTE_MIN(limit, budget_limit(budget->total));
}

bool
budget_is_full(const struct budget *budget, size_t bytes)
{
	uint64_t used = budget_used(budget), limit = budget_limit(budget);

	return used > limit || bytes > limit - used;
}

static int
take(struct budget *budget, size_t bytes)
{
	uint64_t used = budget_used(budget), limit = budget_limit(budget);

	do {
		if (used > limit || bytes > limit - used)
			return -ENOBUFS;
	} while (!__atomic_compare_exchange_n(&budget->used, &used, used + bytes, true,
			__ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return 0;
}

static void
give(struct budget *budget, size_t bytes)
{
	__atomic_fetch_sub(&budget->used, bytes, __ATOMIC_RELAXED);
}

int
budget_take(struct budget *budget, size_t bytes)
{
	int ret = take(budget, bytes);

	if (ret != 0 || budget->total == NULL)
		return ret;
	ret = take(budget->total, bytes);
	if (ret != 0)
		give(budget, bytes);
	return ret;
}

void
budget_give(struct budget *budget, size_t bytes)
{
	give(budget, bytes);
	if (budget->total != NULL)
		give(budget->total, bytes);
}

void
budget_refuse(struct budget *budget, const char *pool, int socket, size_t bytes)
{
	bool full = budget->total == NULL || budget_is_full(budget, bytes);
	const struct budget *in_way = full ? budget : budget->total;

	__atomic_fetch_add(&budget->refusals, 1, __ATOMIC_RELAXED);
	lbuf_trace_limit(pool, socket, bytes, budget_used(in_way), budget_limit(in_way));
}
