/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Depots: what lies behind the lcore caches, one for each socket and class.
 *
 * A depot is a stack of chunks under a spinlock, taken once per batch. It is also
 * an rte_mempool with ops of its own, for DPDK's tools to see: mempools of the
 * stock drivers have room for a fixed number of objects, and put a header beside
 * each, which at 1 KiB would cost more than the descriptor.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "pool_priv.h"

/* Stacks up to this many chunks are kept with the pool's other small things. */
#define STACK_SMALL 1024
#define STACK_MIN 256
/* A stack that is full grows by an eighth: a pointer for each KiB is not nothing. */
#define STACK_PART 8
/* Chunks that trimming puts back at a time, under the lock. */
#define PUT_BATCH 512
/* Chunks that it leaves to others meanwhile; so few that it can take them last. */
#define TRIM_LEAVES 256
/* How slabs are told apart when chunks are put back, see rank(). */
#define BANDS 4
#define LARGE_SLAB ((size_t)1 << 20) /* bytes */
#define RANKS (2 * BANDS + 1)

void
depot_put(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n)
{
	rte_spinlock_lock(&depot->lock);
	memcpy(&depot->obj[depot->n], obj, n * sizeof(*obj));
	depot->n += n;
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
		return meta_alloc(depot->priv, depot->slot, bytes);
	return rte_malloc_socket("lbuf_depot", bytes, RTE_CACHE_LINE_SIZE, depot->socket);
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

/* Make room in the stack for all chunks there are and n more. */
static int
stack_reserve(struct depot *depot, uint32_t n)
{
	uint32_t need = (uint32_t)depot->chunks + n, room;
	size_t bytes;

	if (need <= depot->room)
		return 0;
	room = RTE_MAX(RTE_MAX(depot->room + depot->room / STACK_PART, need), (uint32_t)STACK_MIN);
	bytes = room * sizeof(struct lbuf_chunk *);
	if (heap_is_dry(depot->priv, depot->slot, bytes))
		return -ENOMEM;
	if (stack_move(depot, room) == 0)
		return 0;
	heap_set_dry(depot->priv, depot->slot, bytes);
	return -ENOMEM;
}

/* A slab of n chunks, if the heap has memory for it. */
static struct lbuf_slab *
slab_try(struct depot *depot, uint32_t n)
{
	size_t bytes = slab_bytes(depot, n);
	struct lbuf_slab *slab;

	if (heap_is_dry(depot->priv, depot->slot, bytes) || stack_reserve(depot, n) != 0)
		return NULL;
	slab = slab_new(depot, n);
	if (slab == NULL)
		heap_set_dry(depot->priv, depot->slot, bytes);
	return slab;
}

/* A slab of n chunks, within the limit; NULL, and *ret why. */
static struct lbuf_slab *
slab_get(struct depot *depot, uint32_t n, int *ret)
{
	size_t bytes = slab_bytes(depot, n);
	struct lbuf_slab *slab;

	*ret = budget_take(depot->priv, depot->slot, bytes);
	if (*ret != 0)
		return NULL;
	slab = slab_try(depot, n);
	if (slab == NULL && budget_reclaim(depot->priv, depot->slot) != 0)
		slab = slab_try(depot, n);
	if (slab != NULL)
		return slab;
	budget_give(depot->priv, depot->slot, bytes);
	*ret = -ENOMEM;
	return NULL;
}

static void
set_mempool_size(struct depot *depot)
{
	depot->mp->size = (uint32_t)depot->chunks;
	depot->mp->populated_size = (uint32_t)depot->chunks;
}

static void
slab_add(struct depot *depot, struct lbuf_slab *slab)
{
	uint32_t i;

	TAILQ_INSERT_TAIL(&depot->slabs, slab, next);
	depot->chunks += slab->n;
	depot->bytes += slab_bytes(depot, slab->n);
	depot->high_water = RTE_MAX(depot->high_water, depot->bytes);
	depot->grows++;
	set_mempool_size(depot);

	rte_spinlock_lock(&depot->lock);
	for (i = slab->n; i-- > 0;)
		depot->obj[depot->n++] = &slab->chunk[i];
	rte_spinlock_unlock(&depot->lock);
}

/*
 * Add a slab, as large as all before it, or if that cannot be had of one chunk. The
 * grow lock must be held. 0 or a negative errno.
 */
static int
grow(struct depot *depot)
{
	uint32_t n = slab_chunks(depot);
	struct lbuf_slab *slab;
	int ret;

	slab = slab_get(depot, n, &ret);
	if (slab == NULL && n > 1)
		slab = slab_get(depot, 1, &ret);
	if (slab == NULL)
		return ret;
	slab_add(depot, slab);
	return 0;
}

int
depot_get(struct depot *depot, struct lbuf_chunk **obj, uint32_t n)
{
	uint32_t got = depot_pop(depot, obj, n);
	int ret = 0;

	if (likely(got != 0))
		return (int)got;
	/* Who waited here finds what the one before it added. */
	rte_spinlock_lock(&depot->grow_lock);
	for (;;) {
		got = depot_pop(depot, obj, n);
		if (got != 0)
			break;
		ret = grow(depot);
		if (ret != 0)
			break;
		depot->stalls++;
	}
	rte_spinlock_unlock(&depot->grow_lock);
	tender_hurry();
	return got != 0 ? (int)got : ret;
}

int
depot_grow_ahead(struct depot *depot)
{
	int ret;

	if (rte_spinlock_trylock(&depot->grow_lock) == 0)
		return -EAGAIN;
	ret = grow(depot);
	rte_spinlock_unlock(&depot->grow_lock);
	return ret;
}

/*
 * Take up to n of the coldest chunks out of a small stack, as an array for free();
 * *got tells how many. NULL: nothing was taken.
 */
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
 * The same of a stack of any size. The chunks that stay move to a new array: under
 * the lock only they are copied, and few are left when much is taken.
 */
static struct lbuf_chunk **
take_cold(struct depot *depot, uint64_t n, uint32_t *got)
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

/* Count for each slab how many of its chunks are in an array. */
static void
count_home(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n)
{
	struct lbuf_slab *slab;
	uint32_t i;

	TAILQ_FOREACH(slab, &depot->slabs, next)
		slab->home = 0;
	for (i = 0; i < n; i++)
		obj[i]->slab->home++;
}

/*
 * What a slab is worth keeping: 0 most, RANKS - 1 nothing, for it is complete. Large
 * slabs less than small ones, and the less the more of their chunks are home.
 */
static uint32_t
rank(const struct depot *depot, const struct lbuf_slab *slab)
{
	uint32_t band = slab->home * BANDS / slab->n;

	if (band == BANDS)
		return RANKS - 1;
	return slab->n * depot->size > LARGE_SLAB ? BANDS + band : band;
}

/* Put the chunks of slabs of a rank back. */
static void
put_back(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n, uint32_t which)
{
	struct lbuf_chunk *batch[PUT_BATCH];
	uint32_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (rank(depot, obj[i]->slab) != which)
			continue;
		batch[k++] = obj[i];
		if (k == PUT_BATCH) {
			depot_put(depot, batch, k);
			k = 0;
		}
	}
	if (k != 0)
		depot_put(depot, batch, k);
}

static size_t
free_complete(struct depot *depot)
{
	struct lbuf_slab *slab, *next;
	size_t bytes = 0;

	for (slab = TAILQ_FIRST(&depot->slabs); slab != NULL; slab = next) {
		next = TAILQ_NEXT(slab, next);
		if (slab->home != slab->n)
			continue;
		TAILQ_REMOVE(&depot->slabs, slab, next);
		bytes += slab_bytes(depot, slab->n);
		depot->chunks -= slab->n;
		depot->shrinks++;
		slab_free(slab);
	}
	depot->bytes -= bytes;
	budget_give(depot->priv, depot->slot, bytes);
	if (bytes != 0)
		heap_reset_dry(depot->priv, depot->slot);
	set_mempool_size(depot);
	return bytes;
}

/*
 * Give back the complete slabs among the coldest chunks. The others go back into
 * the stack such that those of slabs that are soonest complete are handed out last:
 * what is in use gathers in few, small slabs. The grow lock must be held.
 */
static size_t
trim_cold(struct depot *depot, uint64_t max_chunks)
{
	struct lbuf_chunk **obj;
	uint32_t n = 0, which;
	size_t bytes;

	if (depot->n == 0 || max_chunks == 0)
		return 0;
	obj = take_cold(depot, max_chunks, &n);
	if (obj == NULL)
		return 0;
	count_home(depot, obj, n);
	for (which = RANKS - 1; which-- > 0;)
		put_back(depot, obj, n, which);
	bytes = free_complete(depot);
	free(obj);
	/* Large stacks shrink, too. */
	if (depot->room > STACK_SMALL && depot->chunks < depot->room / 4)
		stack_move(depot, RTE_MAX((uint32_t)depot->chunks, (uint32_t)STACK_SMALL));
	return bytes;
}

/* Without leaving nothing to others for long. The grow lock must be held. */
static size_t
trim(struct depot *depot, uint64_t max_chunks)
{
	size_t bytes = 0;

	if (depot->n > TRIM_LEAVES)
		bytes = trim_cold(depot, RTE_MIN(max_chunks, (uint64_t)depot->n - TRIM_LEAVES));
	if (depot->n <= 2 * TRIM_LEAVES && max_chunks >= depot->n)
		bytes += trim_cold(depot, max_chunks);
	return bytes;
}

size_t
depot_trim(struct depot *depot, uint64_t max_chunks)
{
	size_t bytes;

	rte_spinlock_lock(&depot->grow_lock);
	bytes = trim(depot, max_chunks);
	rte_spinlock_unlock(&depot->grow_lock);
	return bytes;
}

size_t
depot_try_trim(struct depot *depot)
{
	size_t bytes;

	if (rte_spinlock_trylock(&depot->grow_lock) == 0)
		return 0;
	bytes = trim(depot, UINT64_MAX);
	rte_spinlock_unlock(&depot->grow_lock);
	return bytes;
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

static struct depot *
depot_new(struct pool_priv *priv, uint32_t cidx)
{
	uint32_t slot = cidx / LBUF_SOCKET_CACHES;
	uint32_t i = cidx % LBUF_SOCKET_CACHES;
	bool middle = i > lbuf_class_index(priv->pub.middle_min - 1);
	struct depot *depot;

	depot = meta_alloc(priv, slot, sizeof(*depot));
	if (depot == NULL)
		return NULL;
	TAILQ_INIT(&depot->slabs);
	depot->size = lbuf_class_size(middle ? i - 1 : i);
	depot->tier = middle ? LBUF_TIER_MIDDLE : LBUF_TIER_SMALL;
	depot->cidx = (uint16_t)cidx;
	depot->slot = (uint8_t)slot;
	depot->socket = priv->slot[slot].socket;
	depot->priv = priv;
	slab_sizes(depot);
	/* Requests that only a part of the class may serve do not go by caches. */
	depot->uncached = priv->uncached || depot->size > priv->pub.middle_max;
	depot->mp = depot_mempool(depot);
	return depot->mp == NULL ? NULL : depot;
}

struct depot *
depot_of(struct pool_priv *priv, uint32_t cidx)
{
	struct depot *depot = depot_at(priv, cidx);

	if (likely(depot != NULL))
		return depot;
	rte_spinlock_lock(&priv->lock);
	depot = priv->depot[cidx];
	if (depot == NULL) {
		depot = depot_new(priv, cidx);
		__atomic_store_n(&priv->depot[cidx], depot, __ATOMIC_RELEASE);
	}
	rte_spinlock_unlock(&priv->lock);
	return depot;
}

void
depot_free(struct depot *depot)
{
	struct lbuf_slab *slab;

	if (depot == NULL)
		return;
	while ((slab = TAILQ_FIRST(&depot->slabs)) != NULL) {
		TAILQ_REMOVE(&depot->slabs, slab, next);
		slab_free(slab);
	}
	rte_mempool_free(depot->mp);
	stack_free(depot->obj, depot->room);
}
