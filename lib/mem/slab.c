/* SPDX-License-Identifier: BSD-3-Clause */

/* Slabs: memory of EAL's heap, cut into chunks of one class. */

#include <string.h>

#include <rte_malloc.h>
#include <rte_memory.h>

#include "iova.h"
#include "pool_priv.h"

/* IOVA may break at each page of memory that is not EAL's, bytes. */
#define BASE_PAGE 4096
/* What EAL's heap has in front of a piece of memory, at most, bytes. */
#define HEAP_HEAD ((size_t)2 * RTE_CACHE_LINE_SIZE)
/*
 * A slab that leaves less of its page takes all of it: into the rest EAL would put
 * small things of others, which would keep the page when the slab goes. One of several
 * pages takes them all, for EAL finds no use for the rest of the last.
 */
#define REST_MAX ((size_t)24 << 10)
/*
 * The largest slabs have as many pages as it takes for them to be nearly full of chunks
 * and their descriptors.
 */
#define SLAB_PAGES_MAX 9
#define WASTE_MAX 20 /* per mille */
/* A depot's first slab, bytes. */
#define SLAB_MIN ((size_t)32 << 10)
/*
 * Caches have sets by address, and what is touched most, the first bytes of chunks,
 * would share few of them: to touch 32 that lie pages apart takes four times as long
 * as if each had a set of its own. So chunks are moved on by a cache line each, or each
 * few of them; and the few of large ones from slab to slab, to spread over the sets of
 * the L2 cache: that halves the cost of passing 64 KiB chunks from lcore to lcore.
 */
#define MOVE_EACH ((size_t)32 << 10)
/* Chunks whose size has no larger power of two lie in enough sets. */
#define REPEAT_MIN 2048
#define FEW_CHUNKS 64
#define SHIFT_MAX ((size_t)32 << 10)
#define SHIFT_PART 128 /* of a slab's data, at most */

uint8_t
iova_page_shift(const void *addr)
{
	const struct rte_memseg_list *msl;

	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return 0;
	msl = rte_mem_virt2memseg_list(addr);
	return (uint8_t)__builtin_ctzll(msl == NULL ? BASE_PAGE : msl->page_sz);
}

/* Bytes from a chunk to the next. */
static size_t
stride(const struct depot *depot)
{
	return depot->size + (pool_is_debug(depot->priv) ? GUARD_BYTES : 0);
}

/* From the first chunk of a slab to the ith, bytes. */
static size_t
chunk_offset(const struct depot *depot, uint32_t i)
{
	size_t step = stride(depot), lines;

	if ((step & -step) < REPEAT_MIN)
		return i * step;
	lines = i / RTE_MAX(MOVE_EACH / step, (size_t)1);
	return i * step + lines * RTE_CACHE_LINE_SIZE;
}

static void
slab_init(struct lbuf_slab *slab, const struct depot *depot)
{
	uint8_t page_shift = iova_page_shift(slab->data);
	uint8_t flags = depot->uncached ? 0 : (uint8_t)(depot->priv->tag << LBUF_MEM_TAG_SHIFT);
	size_t len = depot->size;
	uint32_t i;

	for (i = 0; i < slab->n; i++) {
		struct lbuf_chunk *chunk = &slab->chunk[i];

		chunk->mem = (struct lbuf_mem){
			.refcnt = 1,
			.kind = LBUF_MEM_CHUNK,
			.flags = flags,
			.cidx = depot->cidx,
		};
		chunk->data = slab->data + chunk_offset(depot, i);
		chunk->size = depot->size;
		chunk->iova = mem_iova(chunk->data, &len);
		chunk->pool = &depot->priv->pub;
		chunk->slab = slab;
		chunk->page_shift = page_shift;
		chunk->tier = depot->tier;
		chunk->slot = depot->slot;
		chunk->socket = depot->socket;
		if (slab->owner != NULL)
			debug_poison(chunk);
	}
}

static size_t
data_align(const struct depot *depot)
{
	return RTE_MIN(depot->size & -depot->size, (size_t)RTE_CACHE_LINE_SIZE);
}

/* Bytes of a descriptor and, in debug pools, an owner. */
static size_t
head_each(const struct depot *depot)
{
	return sizeof(struct lbuf_chunk) + (pool_is_debug(depot->priv) ? sizeof(struct owner) : 0);
}

static size_t
head_bytes(const struct depot *depot, uint32_t n)
{
	return sizeof(struct lbuf_slab) + n * head_each(depot);
}

/* Bytes that slabs of n chunks may be moved on by. */
static size_t
shift_bytes(const struct depot *depot, uint32_t n)
{
	size_t bytes = RTE_MIN(n * stride(depot) / SHIFT_PART, SHIFT_MAX);

	return n > FEW_CHUNKS ? 0 : RTE_ALIGN_FLOOR(bytes, (size_t)RTE_CACHE_LINE_SIZE);
}

/* Bytes that the next slab, of n chunks, is moved on by. */
static size_t
shift_next(const struct depot *depot, uint32_t n)
{
	size_t bytes = shift_bytes(depot, n);

	return bytes == 0 ? 0 : depot->grows * n * RTE_CACHE_LINE_SIZE % bytes;
}

/* What so many pages hold, bytes. */
static size_t
pages_fill(size_t pages)
{
	return pages * RTE_PGSIZE_2M - HEAP_HEAD;
}

size_t
slab_bytes(const struct depot *depot, uint32_t n)
{
	size_t bytes = shift_bytes(depot, n) + head_bytes(depot, n) + data_align(depot) +
			chunk_offset(depot, n);
	size_t pages = (bytes + HEAP_HEAD + RTE_PGSIZE_2M - 1) / RTE_PGSIZE_2M;
	size_t fill = pages_fill(pages);

	return pages > 1 || fill - bytes <= REST_MAX ? fill : bytes;
}

/* Chunks of a slab of so many bytes; 1 if that is more. */
static uint32_t
chunks_in(const struct depot *depot, size_t bytes)
{
	uint32_t n = (uint32_t)(bytes / (stride(depot) + head_each(depot)));

	while (n > 1 && slab_bytes(depot, n) > bytes) /* not many times */
		n--;
	return RTE_MAX(n, 1u);
}

/* Chunks of the smallest slab that wastes little or, if there is none, of the best. */
static uint32_t
chunks_max(const struct depot *depot)
{
	size_t pages, fill, waste, least = SIZE_MAX;
	uint32_t n, best = 1;

	for (pages = 1; pages <= SLAB_PAGES_MAX && least > WASTE_MAX; pages++) {
		fill = pages_fill(pages);
		n = chunks_in(depot, fill);
		if (slab_bytes(depot, n) > fill)
			continue;
		waste = fill * 1000 / (n * (stride(depot) + head_each(depot))) - 1000;
		if (waste >= least)
			continue;
		least = waste;
		best = n;
	}
	return best;
}

void
slab_sizes(struct depot *depot)
{
	depot->slab_min = chunks_in(depot, SLAB_MIN);
	depot->slab_max = chunks_max(depot);
}

uint32_t
slab_chunks(const struct depot *depot)
{
	uint32_t n = RTE_MAX((uint32_t)depot->chunks, depot->slab_min);
	size_t bytes;

	if (n >= depot->slab_max)
		return depot->slab_max;
	bytes = slab_bytes(depot, n);
	return bytes < pages_fill(1) ? n : RTE_MIN(chunks_in(depot, bytes), depot->slab_max);
}

void
slab_free(struct lbuf_slab *slab)
{
	rte_free(slab->mem);
}

/* One piece of memory, so that a slab keeps no page but its own. */
struct lbuf_slab *
slab_new(const struct depot *depot, uint32_t n)
{
	struct lbuf_slab *slab;
	uint8_t *mem;

	mem = rte_malloc_socket("lbuf_slab", slab_bytes(depot, n), RTE_CACHE_LINE_SIZE,
			depot->socket);
	if (mem == NULL)
		return NULL;
	slab = (struct lbuf_slab *)(mem + shift_next(depot, n));
	memset(slab, 0, head_bytes(depot, n));
	slab->mem = mem;
	slab->data = RTE_PTR_ALIGN_CEIL((uint8_t *)slab + head_bytes(depot, n), data_align(depot));
	slab->n = n;
	if (pool_is_debug(depot->priv))
		slab->owner = (struct owner *)&slab->chunk[n];
	slab_init(slab, depot);
	return slab;
}
