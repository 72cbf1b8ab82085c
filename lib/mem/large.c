/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Large chunks: a mapping of hugepages each.
 *
 * To map and clear 16 MiB takes a millisecond, so freed mappings are kept, by size,
 * up to a bound; the oldest go first, and all that nobody wanted for a while. A
 * request takes one that is at most a quarter larger than it needs.
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include "iova.h"
#include "large.h"
#include "mem_trace.h"
#include "poison.h"

void
large_init(struct large *large)
{
	uint32_t i;

	for (i = 0; i < LARGE_BUCKETS; i++)
		TAILQ_INIT(&large->bucket[i]);
	TAILQ_INIT(&large->kept);
	TAILQ_INIT(&large->out);
}

static uint32_t
bucket_index(size_t bytes)
{
	return bytes > LBUF_CLASS_MAX ? LBUF_CLASS_NUM : lbuf_class_index(bytes);
}

static struct large_list *
bucket_of(struct large *large, size_t bytes)
{
	return &large->bucket[bucket_index(bytes)];
}

/* The lock must be held to write it, not to read it. */
static void
set_kept_bytes(struct large *large, size_t bytes)
{
	__atomic_store_n(&large->kept_bytes, bytes, __ATOMIC_RELAXED);
}

/* Take a mapping out of those that are kept. The lock must be held. */
static void
unkeep(struct large *large, struct large_chunk *lc)
{
	TAILQ_REMOVE(bucket_of(large, lc->range.bytes), lc, next);
	TAILQ_REMOVE(&large->kept, lc, age);
	set_kept_bytes(large, large->kept_bytes - lc->range.bytes);
}

/* A kept mapping for a request, or NULL. The lock must be held. */
static struct large_chunk *
find_kept(struct large *large, size_t bytes)
{
	uint32_t i = bucket_index(bytes), end = RTE_MIN(i + 2, (uint32_t)LARGE_BUCKETS);
	struct large_chunk *lc;

	/* Of its class, or of the next, which is a quarter larger. */
	for (; i < end; i++)
		TAILQ_FOREACH(lc, &large->bucket[i], next)
			if (lc->range.bytes >= bytes && lc->range.bytes - bytes <= bytes / 4)
				return lc;
	return NULL;
}

/* Write down where devices find a chunk, as EAL tells. */
static void
set_iova(struct large_chunk *lc)
{
	size_t len = lc->range.bytes;

	lc->chunk.page_shift = iova_page_shift(lc->chunk.data);
	lc->chunk.iova = lc->range.mapped ? mem_iova(lc->chunk.data, &len) : RTE_BAD_IOVA;
}

static void
chunk_init(struct large_chunk *lc, const struct large *large)
{
	struct lbuf_chunk *chunk = &lc->chunk;

	chunk->mem = (struct lbuf_mem){
		.refcnt = 1,
		.kind = LBUF_MEM_CHUNK,
	};
	chunk->size = lc->range.bytes;
	set_iova(lc);
	chunk->pool = large->pool;
	chunk->tier = LBUF_TIER_LARGE;
	chunk->slot = large->slot;
	chunk->socket = large->mem->socket;
}

/* Count a chunk that is handed out. The lock must be held. */
static void
hand_out(struct large *large, struct large_chunk *lc)
{
	TAILQ_INSERT_HEAD(&large->out, lc, next);
	large->stats.allocs++;
}

static void
count_new(struct large *large, const struct large_chunk *lc)
{
	struct lbuf_pool_stats *st = &large->stats;

	st->grows++;
	st->stalls++;
	st->chunks++;
	st->bytes += lc->range.bytes;
	st->high_water = RTE_MAX(st->high_water, st->bytes);
}

static void
enlist(struct large *large, struct large_chunk *lc)
{
	rte_spinlock_lock(&large->lock);
	count_new(large, lc);
	hand_out(large, lc);
	rte_spinlock_unlock(&large->lock);
}

static void
count_dma_failure(struct large *large)
{
	rte_spinlock_lock(&large->lock);
	large->stats.dma_failures++;
	rte_spinlock_unlock(&large->lock);
}

/* Memory on a socket of hugepages or, where that is allowed, of others. */
static int
map(struct large *large, struct large_chunk *lc)
{
	bool base = !rte_eal_has_hugepages() || large->base_pages;
	uint8_t *data = NULL;
	bool huge;

	if (rte_eal_has_hugepages())
		data = arena_map(&large->arena, lc->range.bytes, true);
	huge = data != NULL;
	if (!huge && base)
		data = arena_map(&large->arena, lc->range.bytes, false);
	if (data == NULL)
		return -ENOMEM;
	lc->chunk.data = data;
	lc->range.addr = data;
	lc->huge = huge;
	if (huge && dma_map(large->devices, &lc->range) != 0) {
		count_dma_failure(large);
		if (!base) {
			arena_unmap(&large->arena, data, lc->range.bytes);
			return -ENOMEM;
		}
	}
	enlist(large, lc);
	lbuf_trace_grow(large->mem->pool, large->mem->socket, lc->range.bytes, 1, lc->range.bytes);
	return 0;
}

static void
unmap(struct large *large, struct large_chunk *lc)
{
	lbuf_trace_trim(large->mem->pool, large->mem->socket, lc->range.bytes, 1, lc->range.bytes);
	dma_unmap(large->devices, &lc->range);
	arena_unmap(&large->arena, lc->chunk.data, lc->range.bytes);
	budget_give(&large->mem->budget, lc->range.bytes);
	heap_backoff_end(large->mem->heap);
	rte_free(lc);
}

/* A new mapping, handed out; NULL, and *ret why. */
static struct large_chunk *
large_new(struct large *large, size_t bytes, int *ret)
{
	struct large_chunk *lc;

	*ret = budget_take(&large->mem->budget, bytes);
	if (*ret != 0)
		return NULL;
	*ret = -ENOMEM;
	lc = rte_zmalloc_socket("lbuf_large", sizeof(*lc), RTE_CACHE_LINE_SIZE, large->mem->socket);
	if (lc == NULL)
		goto fail;
	lc->range.bytes = bytes;
	*ret = map(large, lc);
	if (*ret != 0)
		goto fail;
	chunk_init(lc, large);
	if (large->debug)
		poison_init(&lc->chunk);
	return lc;
fail:
	rte_free(lc);
	budget_give(&large->mem->budget, bytes);
	return NULL;
}

void
large_count_failure(struct large *large)
{
	rte_spinlock_lock(&large->lock);
	large->stats.failures++;
	rte_spinlock_unlock(&large->lock);
}

void
large_count_fallback(struct large *large)
{
	rte_spinlock_lock(&large->lock);
	large->stats.fallbacks++;
	rte_spinlock_unlock(&large->lock);
}

struct lbuf_chunk *
large_alloc(struct large *large, size_t size, int *ret)
{
	size_t bytes = RTE_ALIGN_CEIL(size, LARGE_PAGE);
	struct large_chunk *lc;

	if (unlikely(rte_eal_process_type() != RTE_PROC_PRIMARY)) {
		*ret = -ENOTSUP;
		return NULL;
	}
	rte_spinlock_lock(&large->lock);
	lc = find_kept(large, bytes);
	if (lc != NULL) {
		unkeep(large, lc);
		hand_out(large, lc);
	}
	rte_spinlock_unlock(&large->lock);
	if (lc == NULL)
		lc = large_new(large, bytes, ret);
	return lc == NULL ? NULL : &lc->chunk;
}

/*
 * Take the oldest mappings out, as long as more than `bytes` are kept or they were
 * freed before a time. The lock must be held.
 */
static void
evict(struct large *large, size_t bytes, uint64_t before_tsc, struct large_list *evicted)
{
	struct large_chunk *lc;

	while ((lc = TAILQ_FIRST(&large->kept)) != NULL) {
		if (large->kept_bytes <= bytes && lc->freed_tsc >= before_tsc)
			return;
		unkeep(large, lc);
		TAILQ_INSERT_TAIL(evicted, lc, next);
		large->stats.shrinks++;
		large->stats.chunks--;
		large->stats.bytes -= lc->range.bytes;
	}
}

static size_t
unmap_all(struct large *large, struct large_list *evicted)
{
	struct large_chunk *lc;
	size_t bytes = 0;

	while ((lc = TAILQ_FIRST(evicted)) != NULL) {
		TAILQ_REMOVE(evicted, lc, next);
		bytes += lc->range.bytes;
		unmap(large, lc);
	}
	return bytes;
}

void
large_free(struct large *large, struct lbuf_chunk *chunk)
{
	struct large_chunk *lc = (struct large_chunk *)chunk;
	struct large_list evicted = TAILQ_HEAD_INITIALIZER(evicted);

	rte_spinlock_lock(&large->lock);
	TAILQ_REMOVE(&large->out, lc, next);
	large->stats.frees++;
	lc->freed_tsc = rte_rdtsc();
	TAILQ_INSERT_HEAD(bucket_of(large, lc->range.bytes), lc, next);
	TAILQ_INSERT_TAIL(&large->kept, lc, age);
	set_kept_bytes(large, large->kept_bytes + lc->range.bytes);
	/* A secondary process has nothing mapped, and leaves that to the primary. */
	if (unlikely(large->kept_bytes > large->kept_max) &&
			rte_eal_process_type() == RTE_PROC_PRIMARY)
		evict(large, large->kept_max, 0, &evicted);
	rte_spinlock_unlock(&large->lock);
	unmap_all(large, &evicted);
}

size_t
large_trim(struct large *large, uint64_t before_tsc, const uint32_t *waiters)
{
	struct large_list evicted = TAILQ_HEAD_INITIALIZER(evicted);

	/* Who is at the limit asks again and again. */
	if (__atomic_load_n(&large->kept_bytes, __ATOMIC_RELAXED) == 0 ||
			rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	rte_spinlock_lock(&large->lock);
	if (waiters == NULL || __atomic_load_n(waiters, __ATOMIC_SEQ_CST) == 0)
		evict(large, large->kept_max, before_tsc, &evicted);
	rte_spinlock_unlock(&large->lock);
	return unmap_all(large, &evicted);
}

/* Have devices find a chunk that was mapped before there was one. */
static void
adopt(struct large *large, struct large_chunk *lc)
{
	if (lc->huge && !lc->range.mapped && dma_adopt(large->devices, &lc->range))
		set_iova(lc);
}

void
large_adopt(struct large *large)
{
	struct large_chunk *lc;

	arena_register(&large->arena);
	rte_spinlock_lock(&large->lock);
	TAILQ_FOREACH(lc, &large->out, next)
		adopt(large, lc);
	TAILQ_FOREACH(lc, &large->kept, age)
		adopt(large, lc);
	rte_spinlock_unlock(&large->lock);
}

void
large_fini(struct large *large)
{
	large_trim(large, UINT64_MAX, NULL);
	arena_free(&large->arena);
}
