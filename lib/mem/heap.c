/* SPDX-License-Identifier: BSD-3-Clause */

/* When EAL's heap is not worth asking. */

#include <rte_cycles.h>

#include "heap.h"

/* Time for which a heap without memory is not asked again, microseconds. */
#define BACKOFF_US 1000

bool
heap_in_backoff(const struct heap *heap, size_t bytes)
{
	return bytes >= __atomic_load_n(&heap->backoff_bytes, __ATOMIC_RELAXED) &&
			rte_get_tsc_cycles() <
			__atomic_load_n(&heap->backoff_tsc, __ATOMIC_RELAXED);
}

void
heap_backoff(struct heap *heap, size_t bytes)
{
	__atomic_store_n(&heap->backoff_bytes, bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&heap->backoff_tsc,
			rte_get_tsc_cycles() + rte_get_tsc_hz() / 1000000 * BACKOFF_US,
			__ATOMIC_RELAXED);
}

void
heap_backoff_end(struct heap *heap)
{
	__atomic_store_n(&heap->backoff_tsc, 0, __ATOMIC_RELAXED);
}
