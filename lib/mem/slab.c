/* SPDX-License-Identifier: BSD-3-Clause */

/* Slabs: memory of EAL's heap, cut into chunks of one class. */

#include <string.h>

#include <rte_malloc.h>
#include <rte_memory.h>

#include "iova.h"
#include "pool_priv.h"

/* Chunks are aligned to their size's largest power of two, up to this. */
#define SLAB_ALIGN 4096
/* A hugepage, less what EAL's heap has in front of a piece of memory. */
#define PAGE_FILL (RTE_PGSIZE_2M - 2 * RTE_CACHE_LINE_SIZE)
/*
 * A slab that leaves less of its page takes all of it: into the rest EAL would put
 * small things of others, which would keep the page when the slab goes.
 */
#define REST_MAX ((size_t)24 << 10)
/*
 * Slabs of a few large chunks have their descriptors all at the same place of a page,
 * which would compete for a few sets of the L1 cache: they are moved on, by turns.
 */
#define COLOURED_CHUNKS 8
#define COLOURS 32

uint8_t
iova_page_shift(const void *addr)
{
	const struct rte_memseg_list *msl;

	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return 0;
	msl = rte_mem_virt2memseg_list(addr);
	return (uint8_t)__builtin_ctzll(msl == NULL ? SLAB_ALIGN : msl->page_sz);
}

/* Bytes from a chunk to the next. */
static size_t
stride(const struct depot *depot)
{
	return depot->size + (pool_is_debug(depot->priv) ? GUARD_BYTES : 0);
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
		chunk->data = slab->data + i * stride(depot);
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
	return RTE_MIN(depot->size & -depot->size, (size_t)SLAB_ALIGN);
}

/* Bytes of descriptors and, in debug pools, owners. */
static size_t
head_bytes(const struct depot *depot, uint32_t n)
{
	size_t each = sizeof(struct lbuf_chunk);

	if (pool_is_debug(depot->priv))
		each += sizeof(struct owner);
	return sizeof(struct lbuf_slab) + n * each;
}

static size_t
colour_bytes(uint32_t n)
{
	return n <= COLOURED_CHUNKS ? COLOURS * RTE_CACHE_LINE_SIZE : 0;
}

size_t
slab_bytes(const struct depot *depot, uint32_t n)
{
	size_t bytes = colour_bytes(n) + head_bytes(depot, n) + data_align(depot) +
			n * stride(depot);

	return bytes <= PAGE_FILL && PAGE_FILL - bytes <= REST_MAX ? PAGE_FILL : bytes;
}

uint32_t
slab_chunks(const struct depot *depot, size_t bytes)
{
	uint32_t n = (uint32_t)(bytes / (stride(depot) + sizeof(struct lbuf_chunk)));

	while (n > 1 && slab_bytes(depot, n) > bytes) /* not many times */
		n--;
	return RTE_MAX(n, 1u);
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
	if (n <= COLOURED_CHUNKS)
		slab = (struct lbuf_slab *)(mem + depot->grows % COLOURS * RTE_CACHE_LINE_SIZE);
	else
		slab = (struct lbuf_slab *)mem;
	memset(slab, 0, head_bytes(depot, n));
	slab->mem = mem;
	slab->data = RTE_PTR_ALIGN_CEIL((uint8_t *)slab + head_bytes(depot, n), data_align(depot));
	slab->n = n;
	if (pool_is_debug(depot->priv))
		slab->owner = (struct owner *)&slab->chunk[n];
	slab_init(slab, depot);
	return slab;
}
