/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Arenas: address space that large chunks are mapped in, one for each socket.
 *
 * EAL has to know external memory by regions, and has room for about a hundred of
 * them: so an arena is one region, reserved once and larger than what it will ever
 * hold, in which pages come and go.
 *
 * Pages are populated before they are handed out, so that a shortage, which would be
 * a SIGBUS at the first touch, is an error.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <numa.h>
#include <numaif.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "arena.h"
#include "mem_log.h"
#include "nodes.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

/* Size of an arena: twice the machine's memory, so that fragments do not matter. */
#define ARENA_MIN ((size_t)1 << 30)
#define ARENA_MAX ((size_t)1 << 40)

#define RESERVED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static size_t
arena_bytes(void)
{
	size_t ram = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

	return RTE_ALIGN_CEIL(RTE_MIN(RTE_MAX(2 * ram, ARENA_MIN), ARENA_MAX), LARGE_PAGE);
}

/* Address space of whole pages that nothing is in. */
static uint8_t *
reserve(size_t bytes)
{
	uint8_t *raw = mmap(NULL, bytes + LARGE_PAGE, PROT_NONE, RESERVED, -1, 0);
	uint8_t *base;

	if (raw == MAP_FAILED)
		return NULL;
	base = RTE_PTR_ALIGN_CEIL(raw, LARGE_PAGE);
	if (base != raw)
		munmap(raw, (size_t)(base - raw));
	munmap(base + bytes, (size_t)(raw + LARGE_PAGE - base));
	return base;
}

/*
 * Only for the sake of devices that read memory by IOVA: zero-copy memif and virtio-user
 * share all memory that EAL knows of with their other ends, and cannot if some of it
 * is not EAL's own. The lock must be held.
 */
static void
tell_eal(struct arena *arena)
{
	size_t bytes = (size_t)arena->nb_pages * LARGE_PAGE;

	if (!rte_eal_has_hugepages())
		return; /* nothing that a device could reach */
	arena->registered = rte_extmem_register(arena->base, bytes, NULL, arena->nb_pages,
					    LARGE_PAGE) == 0;
	if (!arena->registered)
		MEM_LOG(WARNING, "pool %s: large chunks are copied to be sent: EAL: %s",
				arena->pool, rte_strerror(rte_errno));
}

/* The lock must be held. */
static int
arena_open(struct arena *arena)
{
	size_t bytes = arena_bytes();

	if (arena->base != NULL)
		return 0;
	arena->nb_pages = (uint32_t)(bytes / LARGE_PAGE);
	arena->used = calloc(arena->nb_pages, 1);
	if (arena->used == NULL)
		return -ENOMEM;
	arena->base = reserve(bytes);
	if (arena->base == NULL) {
		free(arena->used);
		arena->used = NULL;
		MEM_LOG(ERR, "pool %s: no address space of %zu B for large chunks: raise ulimit -v",
				arena->pool, bytes);
		return -ENOMEM;
	}
	if (arena->wanted)
		tell_eal(arena);
	return 0;
}

void
arena_register(struct arena *arena)
{
	rte_spinlock_lock(&arena->lock);
	arena->wanted = true;
	if (arena->base != NULL && !arena->registered)
		tell_eal(arena);
	rte_spinlock_unlock(&arena->lock);
}

void
arena_free(struct arena *arena)
{
	size_t bytes = (size_t)arena->nb_pages * LARGE_PAGE;

	if (arena->base == NULL)
		return;
	if (arena->registered)
		rte_extmem_unregister(arena->base, bytes);
	munmap(arena->base, bytes);
	free(arena->used);
	arena->base = NULL;
	arena->used = NULL;
	arena->registered = false;
	arena->next = 0;
}

/* First of n unused pages from `from` on and before `end`; UINT32_MAX: none. */
static uint32_t
find_run(const struct arena *arena, uint32_t from, uint32_t end, uint32_t n)
{
	uint32_t i, len = 0;

	for (i = from; i < end; i++) {
		len = arena->used[i] != 0 ? 0 : len + 1;
		if (len == n)
			return i + 1 - n;
	}
	return UINT32_MAX;
}

/* Take n pages; UINT32_MAX: there is no room. The lock must be held. */
static uint32_t
take_pages(struct arena *arena, uint32_t n)
{
	uint32_t at = find_run(arena, arena->next, arena->nb_pages, n);

	if (at == UINT32_MAX)
		at = find_run(arena, 0, arena->nb_pages, n);
	if (at == UINT32_MAX)
		return at;
	memset(&arena->used[at], 1, n);
	arena->next = at + n;
	return at;
}

/* Bind a mapping to a socket, where the machine has several. */
static int
bind_socket(void *addr, size_t bytes, int socket)
{
	struct nodes nodes = { 0 };

	if (numa_available() < 0 || numa_max_node() == 0 || socket < 0 ||
			socket > RTE_MIN(numa_max_node(), NODES_MAX - 1))
		return 0;
	nodes_add(&nodes, socket);
	return mbind(addr, bytes, MPOL_BIND, nodes.bits, NODES_ARG, 0) == 0 ? 0 : -errno;
}

/*
 * Put pages into reserved address space. Without a reservation of hugepages, for if
 * that failed the address space would be lost: populating them tells of a shortage.
 * Shared, as EAL's memory is: of private hugepages the first write beside a child that
 * was forked needs a second one, SIGBUS if there is none, and devices know the first.
 */
static int
map_pages(uint8_t *addr, size_t bytes, int socket, bool huge)
{
	int flags = MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;

	if (huge)
		flags |= MAP_SHARED | MAP_HUGETLB | LARGE_PAGE_SHIFT << MAP_HUGE_SHIFT;
	else
		flags |= MAP_PRIVATE;
	if (mmap(addr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED)
		return -errno;
	if (bind_socket(addr, bytes, socket) != 0)
		return -ENOMEM;
	return madvise(addr, bytes, MADV_POPULATE_WRITE) == 0 ? 0 : -errno;
}

/* Pages of a mapping, with the one behind it that is never there. */
static uint32_t
pages_of(const struct arena *arena, size_t bytes)
{
	return (uint32_t)(bytes / LARGE_PAGE) + (arena->guarded ? 1 : 0);
}

static void
give_pages(struct arena *arena, const uint8_t *addr, uint32_t n)
{
	uint32_t at = (uint32_t)((size_t)(addr - arena->base) / LARGE_PAGE);

	rte_spinlock_lock(&arena->lock);
	memset(&arena->used[at], 0, n);
	arena->next = RTE_MIN(arena->next, at);
	rte_spinlock_unlock(&arena->lock);
}

size_t
arena_room(const struct arena *arena)
{
	return arena_bytes() - pages_of(arena, 0) * LARGE_PAGE;
}

uint8_t *
arena_map(struct arena *arena, size_t bytes, bool huge)
{
	uint32_t n = pages_of(arena, bytes);
	uint32_t at = UINT32_MAX;
	uint8_t *addr;

	if (bytes > ARENA_MAX)
		return NULL;
	rte_spinlock_lock(&arena->lock);
	if (arena_open(arena) == 0)
		at = take_pages(arena, n);
	rte_spinlock_unlock(&arena->lock);
	if (at == UINT32_MAX)
		return NULL;
	addr = arena->base + (size_t)at * LARGE_PAGE;
	if (map_pages(addr, bytes, arena->socket, huge) != 0) {
		arena_unmap(arena, addr, bytes);
		return NULL;
	}
	return addr;
}

void
arena_unmap(struct arena *arena, uint8_t *addr, size_t bytes)
{
	void *ret = mmap(addr, bytes, PROT_NONE, RESERVED | MAP_FIXED, -1, 0);

	if (ret == MAP_FAILED) {
		MEM_LOG(ERR, "pool %s: %zu B cannot be unmapped: raise vm.max_map_count",
				arena->pool, bytes);
		return; /* the pages stay taken */
	}
	give_pages(arena, addr, pages_of(arena, bytes));
}
