/* SPDX-License-Identifier: BSD-3-Clause */

/* Slabs: memory of EAL's heap, cut into chunks of one class. */

#include <string.h>

#include <rte_common.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "iova.h"
#include "poison.h"
#include "slab.h"

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
/* A class's first slab, bytes. */
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

/* Bytes from a chunk to the next. */
static size_t
stride(const struct slab_class *cls)
{
	return cls->size + (cls->debug ? GUARD_BYTES : 0);
}

/* From the first chunk of a slab to the ith, bytes. */
static size_t
chunk_offset(const struct slab_class *cls, uint32_t i)
{
	size_t step = stride(cls), lines;

	if ((step & -step) < REPEAT_MIN)
		return i * step;
	lines = i / RTE_MAX(MOVE_EACH / step, (size_t)1);
	return i * step + lines * RTE_CACHE_LINE_SIZE;
}

static void
slab_init(struct lbuf_slab *slab, const struct slab_class *cls)
{
	uint8_t page_shift = iova_page_shift(slab->data);
	size_t len = cls->size;
	uint32_t i;

	for (i = 0; i < slab->n; i++) {
		struct lbuf_chunk *chunk = &slab->chunk[i];

		chunk->mem = (struct lbuf_mem){
			.refcnt = 1,
			.kind = LBUF_MEM_CHUNK,
			.flags = cls->flags,
			.cidx = cls->cidx,
		};
		chunk->data = slab->data + chunk_offset(cls, i);
		chunk->size = cls->size;
		chunk->iova = mem_iova(chunk->data, &len);
		chunk->pool = cls->pool;
		chunk->slab = slab;
		chunk->page_shift = page_shift;
		chunk->tier = cls->tier;
		chunk->slot = cls->slot;
		chunk->socket = cls->socket;
		if (slab->owner != NULL)
			poison_init(chunk);
	}
}

static size_t
data_align(const struct slab_class *cls)
{
	return RTE_MIN(cls->size & -cls->size, (size_t)RTE_CACHE_LINE_SIZE);
}

/* Bytes of a descriptor and, in debug pools, an owner. */
static size_t
head_each(const struct slab_class *cls)
{
	return sizeof(struct lbuf_chunk) + (cls->debug ? sizeof(struct owner) : 0);
}

static size_t
head_bytes(const struct slab_class *cls, uint32_t n)
{
	return sizeof(struct lbuf_slab) + n * head_each(cls);
}

/* Bytes that slabs of n chunks may be moved on by. */
static size_t
shift_bytes(const struct slab_class *cls, uint32_t n)
{
	size_t bytes = RTE_MIN(n * stride(cls) / SHIFT_PART, SHIFT_MAX);

	return n > FEW_CHUNKS ? 0 : RTE_ALIGN_FLOOR(bytes, (size_t)RTE_CACHE_LINE_SIZE);
}

/* Bytes that the next slab, of n chunks, is moved on by. */
static size_t
shift_next(const struct slab_class *cls, uint32_t n, uint64_t nth)
{
	size_t bytes = shift_bytes(cls, n);

	return bytes == 0 ? 0 : nth * n * RTE_CACHE_LINE_SIZE % bytes;
}

/* What so many pages hold, bytes. */
static size_t
pages_fill(size_t pages)
{
	return pages * RTE_PGSIZE_2M - HEAP_HEAD;
}

size_t
slab_bytes(const struct slab_class *cls, uint32_t n)
{
	size_t bytes = shift_bytes(cls, n) + head_bytes(cls, n) + data_align(cls) +
			chunk_offset(cls, n);
	size_t pages = (bytes + HEAP_HEAD + RTE_PGSIZE_2M - 1) / RTE_PGSIZE_2M;
	size_t fill = pages_fill(pages);

	return pages > 1 || fill - bytes <= REST_MAX ? fill : bytes;
}

/* Chunks of a slab of so many bytes; 1 if that is more. */
static uint32_t
chunks_in(const struct slab_class *cls, size_t bytes)
{
	uint32_t n = (uint32_t)(bytes / (stride(cls) + head_each(cls)));

	while (n > 1 && slab_bytes(cls, n) > bytes) /* not many times */
		n--;
	return RTE_MAX(n, 1u);
}

/* Chunks of the smallest slab that wastes little or, if there is none, of the best. */
static uint32_t
chunks_max(const struct slab_class *cls)
{
	size_t pages, fill, waste, least = SIZE_MAX;
	uint32_t n, best = 1;

	for (pages = 1; pages <= SLAB_PAGES_MAX && least > WASTE_MAX; pages++) {
		fill = pages_fill(pages);
		n = chunks_in(cls, fill);
		if (slab_bytes(cls, n) > fill)
			continue;
		waste = fill * 1000 / (n * (stride(cls) + head_each(cls))) - 1000;
		if (waste >= least)
			continue;
		least = waste;
		best = n;
	}
	return best;
}

void
slab_sizes(struct slab_class *cls)
{
	cls->first = chunks_in(cls, SLAB_MIN);
	cls->max = chunks_max(cls);
}

uint32_t
slab_chunks(const struct slab_class *cls, uint64_t n)
{
	uint32_t next = RTE_MAX((uint32_t)n, cls->first);
	size_t bytes;

	if (next >= cls->max)
		return cls->max;
	bytes = slab_bytes(cls, next);
	return bytes < pages_fill(1) ? next : RTE_MIN(chunks_in(cls, bytes), cls->max);
}

void
slab_free(struct lbuf_slab *slab)
{
	rte_free(slab->mem);
}

/* One piece of memory, so that a slab keeps no page but its own. */
struct lbuf_slab *
slab_new(const struct slab_class *cls, uint32_t n, uint64_t nth)
{
	struct lbuf_slab *slab;
	uint8_t *mem;

	mem = rte_malloc_socket("lbuf_slab", slab_bytes(cls, n), RTE_CACHE_LINE_SIZE, cls->socket);
	if (mem == NULL)
		return NULL;
	slab = (struct lbuf_slab *)(mem + shift_next(cls, n, nth));
	memset(slab, 0, head_bytes(cls, n));
	slab->mem = mem;
	slab->data = RTE_PTR_ALIGN_CEIL((uint8_t *)slab + head_bytes(cls, n), data_align(cls));
	slab->n = n;
	if (cls->debug)
		slab->owner = (struct owner *)&slab->chunk[n];
	slab_init(slab, cls);
	return slab;
}
