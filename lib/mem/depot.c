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
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "iova.h"
#include "pool_priv.h"

/* A depot's first slab, and the size that its slabs grow to by doubling, bytes. */
#define SLAB_MIN ((size_t)32 << 10)
#define SLAB_MAX ((size_t)2 << 20)
/* Chunks are aligned to their size's largest power of two, up to this. */
#define SLAB_ALIGN 4096

/* Add chunks to the stack, which has the room. */
static void
stack_push(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n)
{
	memcpy(&depot->obj[depot->n], obj, n * sizeof(*obj));
	depot->n += n;
}

static uint32_t
stack_pop(struct depot *depot, struct lbuf_chunk **obj, uint32_t n)
{
	n = RTE_MIN(n, depot->n);
	if (n == 0)
		return 0;
	depot->n -= n;
	memcpy(obj, &depot->obj[depot->n], n * sizeof(*obj));
	return n;
}

void
depot_put(struct depot *depot, struct lbuf_chunk *const *obj, uint32_t n)
{
	rte_spinlock_lock(&depot->lock);
	stack_push(depot, obj, n);
	rte_spinlock_unlock(&depot->lock);
}

static uint32_t
depot_pop(struct depot *depot, struct lbuf_chunk **obj, uint32_t n)
{
	rte_spinlock_lock(&depot->lock);
	n = stack_pop(depot, obj, n);
	rte_spinlock_unlock(&depot->lock);
	return n;
}

/* Make room in the stack for all chunks there are and n more. */
static int
stack_reserve(struct depot *depot, uint32_t n)
{
	struct lbuf_chunk **obj, **old;
	uint32_t room = depot->room;

	if (depot->chunks + n <= room)
		return 0;
	room = RTE_MAX(2 * room, (uint32_t)depot->chunks + n);
	obj = rte_malloc_socket("lbuf_depot", room * sizeof(*obj), RTE_CACHE_LINE_SIZE,
			depot->socket);
	if (obj == NULL)
		return -ENOMEM;
	rte_spinlock_lock(&depot->lock);
	if (depot->n != 0)
		memcpy(obj, depot->obj, depot->n * sizeof(*obj));
	old = depot->obj;
	depot->obj = obj;
	depot->room = room;
	rte_spinlock_unlock(&depot->lock);
	rte_free(old);
	return 0;
}

/* log2 of the pages that IOVA breaks at; 0: nowhere. */
static uint8_t
iova_page_shift(const void *addr)
{
	const struct rte_memseg_list *msl;

	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return 0;
	msl = rte_mem_virt2memseg_list(addr);
	return (uint8_t)__builtin_ctzll(msl == NULL ? SLAB_ALIGN : msl->page_sz);
}

static void
slab_init(struct lbuf_slab *slab, const struct depot *depot)
{
	uint8_t page_shift = iova_page_shift(slab->data);
	size_t len = depot->size;
	uint32_t i;

	for (i = 0; i < slab->n; i++) {
		struct lbuf_chunk *chunk = &slab->chunk[i];

		chunk->mem = (struct lbuf_mem){
			.refcnt = 1,
			.kind = LBUF_MEM_CHUNK,
			.cidx = depot->cidx,
		};
		chunk->data = slab->data + i * depot->size;
		chunk->size = depot->size;
		chunk->iova = mem_iova(chunk->data, &len);
		chunk->pool = depot->pool;
		chunk->slab = slab;
		chunk->page_shift = page_shift;
		chunk->home = LBUF_NO_HOME;
		chunk->tier = depot->tier;
		chunk->slot = depot->slot;
		chunk->socket = depot->socket;
	}
}

static size_t
slab_bytes(const struct lbuf_slab *slab, const struct depot *depot)
{
	return sizeof(*slab) + slab->n * (sizeof(slab->chunk[0]) + depot->size);
}

static void
slab_free(struct lbuf_slab *slab)
{
	rte_free(slab->data);
	rte_free(slab);
}

static struct lbuf_slab *
slab_new(const struct depot *depot, uint32_t n)
{
	struct lbuf_slab *slab;

	slab = rte_zmalloc_socket("lbuf_slab", sizeof(*slab) + n * sizeof(slab->chunk[0]),
			RTE_CACHE_LINE_SIZE, depot->socket);
	if (slab == NULL)
		return NULL;
	slab->data = rte_malloc_socket("lbuf_data", n * depot->size, SLAB_ALIGN, depot->socket);
	if (slab->data == NULL) {
		rte_free(slab);
		return NULL;
	}
	slab->n = n;
	slab_init(slab, depot);
	return slab;
}

/* A slab as large as all before it, or if that cannot be had of one chunk. */
static struct lbuf_slab *
slab_get(const struct depot *depot)
{
	uint32_t max = (uint32_t)RTE_MAX(SLAB_MAX / depot->size, (size_t)1);
	uint32_t min = (uint32_t)RTE_MAX(SLAB_MIN / depot->size, (size_t)1);
	uint32_t n = RTE_MIN(RTE_MAX((uint32_t)depot->chunks, min), max);
	struct lbuf_slab *slab = slab_new(depot, n);

	if (slab == NULL && n > 1)
		slab = slab_new(depot, 1);
	return slab;
}

/* Add a slab. The grow lock must be held. */
static int
grow(struct depot *depot)
{
	struct lbuf_slab *slab = slab_get(depot);
	uint32_t i;

	if (slab == NULL)
		return -ENOMEM;
	if (stack_reserve(depot, slab->n) != 0) {
		slab_free(slab);
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(&depot->slabs, slab, next);
	depot->chunks += slab->n;
	depot->bytes += slab_bytes(slab, depot);
	depot->high_water = RTE_MAX(depot->high_water, depot->bytes);
	depot->grows++;
	depot->mp->size = (uint32_t)depot->chunks;
	depot->mp->populated_size = (uint32_t)depot->chunks;

	rte_spinlock_lock(&depot->lock);
	for (i = slab->n; i-- > 0;)
		depot->obj[depot->n++] = &slab->chunk[i];
	rte_spinlock_unlock(&depot->lock);
	return 0;
}

uint32_t
depot_get(struct depot *depot, struct lbuf_chunk **obj, uint32_t n)
{
	uint32_t got = depot_pop(depot, obj, n);

	if (got != 0)
		return got;
	/* Who waited here finds what the one before it added. */
	rte_spinlock_lock(&depot->grow_lock);
	do {
		got = depot_pop(depot, obj, n);
	} while (got == 0 && grow(depot) == 0);
	rte_spinlock_unlock(&depot->grow_lock);
	return got;
}

/* Count for each slab how many of its chunks are in the stack. */
static void
count_home(struct depot *depot)
{
	struct lbuf_slab *slab;
	uint32_t i;

	TAILQ_FOREACH(slab, &depot->slabs, next)
		slab->home = 0;
	for (i = 0; i < depot->n; i++)
		depot->obj[i]->slab->home++;
}

/* Take the chunks of complete slabs off the stack. */
static void
drop_home(struct depot *depot)
{
	uint32_t i, n = 0;

	for (i = 0; i < depot->n; i++) {
		struct lbuf_chunk *chunk = depot->obj[i];

		if (chunk->slab->home != chunk->slab->n)
			depot->obj[n++] = chunk;
	}
	depot->n = n;
}

size_t
depot_trim(struct depot *depot)
{
	struct lbuf_slab *slab, *next;
	size_t bytes = 0;

	rte_spinlock_lock(&depot->grow_lock);
	rte_spinlock_lock(&depot->lock);
	count_home(depot);
	drop_home(depot);
	rte_spinlock_unlock(&depot->lock);

	for (slab = TAILQ_FIRST(&depot->slabs); slab != NULL; slab = next) {
		next = TAILQ_NEXT(slab, next);
		if (slab->home != slab->n)
			continue;
		TAILQ_REMOVE(&depot->slabs, slab, next);
		bytes += slab_bytes(slab, depot);
		depot->chunks -= slab->n;
		depot->shrinks++;
		slab_free(slab);
	}
	depot->bytes -= bytes;
	depot->mp->size = (uint32_t)depot->chunks;
	depot->mp->populated_size = (uint32_t)depot->chunks;
	rte_spinlock_unlock(&depot->grow_lock);
	return bytes;
}

/* Chunk size as in the names of depots: 1024 is 1K, 1280 is 1280. */
static void
size_name(char *buf, size_t len, size_t size)
{
	if (size % (1 << 20) == 0)
		snprintf(buf, len, "%zuM", size >> 20);
	else if (size % (1 << 10) == 0)
		snprintf(buf, len, "%zuK", size >> 10);
	else
		snprintf(buf, len, "%zu", size);
}

/* The face of a depot to DPDK's tools. Its objects are chunk descriptors. */
static struct rte_mempool *
mempool_new(struct depot *depot)
{
	char name[RTE_MEMPOOL_NAMESIZE], size[24];
	struct rte_mempool *mp;
	int len;

	size_name(size, sizeof(size), depot->size);
	len = snprintf(name, sizeof(name), "%s.%d.%s%s", lbuf_pool_name(depot->pool), depot->socket,
			size, depot->tier == LBUF_TIER_SMALL ? "s" : "");
	if (len >= (int)sizeof(name))
		return NULL;
	mp = rte_mempool_create_empty(name, 1, sizeof(struct lbuf_chunk), 0, 0, depot->socket, 0);
	if (mp == NULL)
		return NULL;
	if (rte_mempool_set_ops_byname(mp, "lbuf", NULL) != 0) {
		rte_mempool_free(mp);
		return NULL;
	}
	mp->size = 0;
	mp->pool_data = depot;
	mp->flags |= RTE_MEMPOOL_F_POOL_CREATED;
	return mp;
}

static struct depot *
depot_new(struct pool_priv *priv, uint32_t cidx)
{
	uint32_t slot = cidx / SLOT_CACHES;
	uint32_t class = cidx % SLOT_CACHES;
	struct depot *depot;

	depot = rte_zmalloc_socket("lbuf_depot", sizeof(*depot), RTE_CACHE_LINE_SIZE,
			priv->socket[slot]);
	if (depot == NULL)
		return NULL;
	TAILQ_INIT(&depot->slabs);
	depot->size = lbuf_class_size(class % LBUF_CLASS_NUM);
	depot->tier = class < LBUF_CLASS_NUM ? LBUF_TIER_SMALL : LBUF_TIER_MIDDLE;
	depot->cidx = (uint16_t)cidx;
	depot->slot = (uint8_t)slot;
	depot->socket = priv->socket[slot];
	depot->pool = &priv->pub;
	depot->mp = mempool_new(depot);
	if (depot->mp == NULL) {
		rte_free(depot);
		return NULL;
	}
	return depot;
}

struct depot *
depot_of(struct pool_priv *priv, uint32_t cidx)
{
	struct depot *depot = __atomic_load_n(&priv->depot[cidx], __ATOMIC_ACQUIRE);

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
	rte_free(depot->obj);
	rte_free(depot);
}

/* A depot makes itself; it is never populated through the mempool. */
static int
ops_alloc(struct rte_mempool *mp)
{
	RTE_SET_USED(mp);
	return -ENOTSUP;
}

static void
ops_free(struct rte_mempool *mp)
{
	RTE_SET_USED(mp);
}

static int
ops_enqueue(struct rte_mempool *mp, void *const *obj, unsigned int n)
{
	depot_put(mp->pool_data, (struct lbuf_chunk *const *)obj, n);
	return 0;
}

static int
ops_dequeue(struct rte_mempool *mp, void **obj, unsigned int n)
{
	struct depot *depot = mp->pool_data;
	int ret = -ENOBUFS;

	rte_spinlock_lock(&depot->lock);
	if (depot->n >= n) {
		stack_pop(depot, (struct lbuf_chunk **)obj, n);
		ret = 0;
	}
	rte_spinlock_unlock(&depot->lock);
	return ret;
}

static unsigned int
ops_get_count(const struct rte_mempool *mp)
{
	const struct depot *depot = mp->pool_data;

	return depot->n;
}

static const struct rte_mempool_ops depot_ops = {
	.name = "lbuf",
	.alloc = ops_alloc,
	.free = ops_free,
	.enqueue = ops_enqueue,
	.dequeue = ops_dequeue,
	.get_count = ops_get_count,
};

RTE_MEMPOOL_REGISTER_OPS(depot_ops);
