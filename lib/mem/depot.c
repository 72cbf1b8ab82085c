/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Depots: what lies behind the lcore caches, one for each socket and class.
 *
 * A depot is a stack of chunks under a spinlock, taken once per batch. It is also
 * an rte_mempool with ops of its own, for DPDK's tools to see: mempools of the
 * stock drivers have room for a fixed number of objects, and put a header beside
 * each, which at 1 KiB would cost more than the descriptor.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "depot.h"

#define STACK_MIN 256
/* A stack that is full grows by an eighth: a pointer for each KiB is not nothing. */
#define STACK_PART 8

void
depot_put(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n)
{
	rte_spinlock_lock(&depot->lock);
	memcpy(&depot->obj[depot->n], obj, n * sizeof(*obj));
	depot->n += n;
	depot->puts++;
	rte_spinlock_unlock(&depot->lock);
}

uint32_t
depot_pop(struct depot *depot, struct lbuf_chunk **obj, uint32_t n)
{
	rte_spinlock_lock(&depot->lock);
	n = RTE_MIN(n, depot->n);
	depot->gets++;
	depot->n -= n;
	depot->low = RTE_MIN(depot->low, depot->n);
	if (n != 0)
		memcpy(obj, &depot->obj[depot->n], n * sizeof(*obj));
	rte_spinlock_unlock(&depot->lock);
	return n;
}

static struct lbuf_chunk **
stack_alloc(const struct depot *depot, uint32_t room)
{
	size_t bytes = room * sizeof(struct lbuf_chunk *);

	if (room <= STACK_SMALL)
		return meta_alloc(&depot->mem->meta, depot->mem->socket, bytes);
	return rte_malloc_socket("lbuf_depot", bytes, RTE_CACHE_LINE_SIZE, depot->mem->socket);
}

static void
stack_free(struct lbuf_chunk **obj, uint32_t room)
{
	if (room > STACK_SMALL)
		rte_free(obj);
}

/* Move the stack to another array. */
static int
stack_move(struct depot *depot, uint32_t room)
{
	struct lbuf_chunk **obj = stack_alloc(depot, room), **old = depot->obj;
	uint32_t old_room = depot->room;

	if (obj == NULL)
		return -ENOMEM;
	rte_spinlock_lock(&depot->lock);
	if (depot->n != 0)
		memcpy(obj, old, depot->n * sizeof(*obj));
	depot->obj = obj;
	depot->room = room;
	rte_spinlock_unlock(&depot->lock);
	stack_free(old, old_room);
	return 0;
}

int
depot_reserve(struct depot *depot, uint32_t n)
{
	uint32_t need = (uint32_t)depot->chunks + n, room;
	size_t bytes;

	if (need <= depot->room)
		return 0;
	room = RTE_MAX(RTE_MAX(depot->room + depot->room / STACK_PART, need), (uint32_t)STACK_MIN);
	bytes = room * sizeof(struct lbuf_chunk *);
	if (heap_in_backoff(depot->mem->heap, bytes))
		return -ENOMEM;
	if (stack_move(depot, room) == 0)
		return 0;
	heap_backoff(depot->mem->heap, bytes);
	return -ENOMEM;
}

/* depot_take_cold() of a small stack. */
static struct lbuf_chunk **
take_cold_small(struct depot *depot, uint64_t n, uint32_t *got)
{
	struct lbuf_chunk **obj = malloc(depot->room * sizeof(*obj));

	if (obj == NULL)
		return NULL;
	rte_spinlock_lock(&depot->lock);
	*got = (uint32_t)RTE_MIN(n, (uint64_t)depot->n);
	memcpy(obj, depot->obj, *got * sizeof(*obj));
	depot->n -= *got;
	memmove(depot->obj, depot->obj + *got, depot->n * sizeof(*obj));
	depot->low = RTE_MIN(depot->low, depot->n);
	rte_spinlock_unlock(&depot->lock);
	return obj;
}

/*
 * The chunks that stay in a large stack move to a new array: under the lock only they are
 * copied, and few are left when much is taken.
 */
struct lbuf_chunk **
depot_take_cold(struct depot *depot, uint64_t n, uint32_t *got)
{
	struct lbuf_chunk **obj, **old, **taken;

	if (depot->room <= STACK_SMALL)
		return take_cold_small(depot, n, got);
	obj = stack_alloc(depot, depot->room);
	taken = malloc(depot->room * sizeof(*taken));
	if (obj == NULL || taken == NULL) {
		stack_free(obj, depot->room);
		free(taken);
		return NULL;
	}
	rte_spinlock_lock(&depot->lock);
	*got = (uint32_t)RTE_MIN(n, (uint64_t)depot->n);
	old = depot->obj;
	memcpy(obj, &old[*got], (depot->n - *got) * sizeof(*obj));
	depot->obj = obj;
	depot->n -= *got;
	depot->low = RTE_MIN(depot->low, depot->n);
	rte_spinlock_unlock(&depot->lock);
	memcpy(taken, old, *got * sizeof(*old));
	stack_free(old, depot->room);
	return taken;
}

void
depot_tell_size(struct depot *depot)
{
	if (depot->mp == NULL)
		return;
	depot->mp->size = (uint32_t)depot->chunks;
	depot->mp->populated_size = (uint32_t)depot->chunks;
}

void
depot_shrink(struct depot *depot)
{
	if (depot->room > STACK_SMALL && depot->chunks < depot->room / 4)
		stack_move(depot, RTE_MAX((uint32_t)depot->chunks, (uint32_t)STACK_SMALL));
}

void
depot_stack_free(struct depot *depot)
{
	stack_free(depot->obj, depot->room);
}

uint32_t
depot_window(struct depot *depot)
{
	uint32_t low;

	rte_spinlock_lock(&depot->lock);
	low = depot->low;
	depot->low = depot->n;
	rte_spinlock_unlock(&depot->lock);
	return low;
}
