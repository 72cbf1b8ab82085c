/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Large chunks and devices that they are mapped for: what is mapped is unmapped, and a
 * device that takes no more leaves nothing half done. The devices are none: the linker
 * puts the functions here in the place of DPDK's (--wrap).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include "unit.h"

#define MIB ((size_t)1 << 20)
#define PAGE (2 * MIB)
#define LARGE (10 * MIB)
#define LARGE_PAGES ((unsigned int)(LARGE / PAGE))
#define MAPS_MAX 256

/* A device, as far as the library knows. */
struct fake {
	const char *name;
	bool vfio;
};

static struct fake nic[] = { { "0000:01:00.0", true }, { "0000:02:00.0", true } };
static struct fake other[] = { { "other0", false }, { "other1", false } };

/* What is mapped for whom; devices under vfio have one container. */
static struct {
	const void *owner;
	uint64_t addr;
	uint64_t iova;
} map[MAPS_MAX];
static unsigned int nb_maps, calls;
/* The call that fails, counted from 0, and how many mappings there may be. */
static unsigned int fail_call, room;
static int fail_errno;
static unsigned int wrapped;

static int
add(const void *owner, uint64_t addr, uint64_t iova, uint64_t len)
{
	if (calls++ == fail_call || nb_maps == room) {
		rte_errno = fail_errno;
		return -1;
	}
	assert_int_equal(len, PAGE);
	assert_int_not_equal(iova, RTE_BAD_IOVA);
	map[nb_maps].owner = owner;
	map[nb_maps].addr = addr;
	map[nb_maps++].iova = iova;
	return 0;
}

static int
take(const void *owner, uint64_t addr, uint64_t iova, uint64_t len)
{
	unsigned int i;

	unit.errors += len != PAGE;
	for (i = 0; i < nb_maps; i++)
		if (map[i].owner == owner && map[i].addr == addr && map[i].iova == iova)
			break;
	if (i == nb_maps) {
		unit.errors++; /* it was never mapped */
		return -1;
	}
	map[i] = map[--nb_maps];
	return 0;
}

static bool
is_fake(const void *dev)
{
	const struct fake *f = dev;

	return (f >= nic && f < nic + RTE_DIM(nic)) || (f >= other && f < other + RTE_DIM(other));
}

#define WRAPPED(type, name, params) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params

WRAPPED(int, rte_vfio_container_dma_map, (int fd, uint64_t addr, uint64_t iova, uint64_t len))
{
	assert_int_equal(fd, RTE_VFIO_DEFAULT_CONTAINER_FD);
	return add(nic, addr, iova, len);
}

WRAPPED(int, rte_vfio_container_dma_unmap, (int fd, uint64_t addr, uint64_t iova, uint64_t len))
{
	assert_int_equal(fd, RTE_VFIO_DEFAULT_CONTAINER_FD);
	return take(nic, addr, iova, len);
}

WRAPPED(int, rte_dev_dma_map, (struct rte_device * dev, void *addr, uint64_t iova, size_t len))
{
	return add(dev, (uint64_t)(uintptr_t)addr, iova, len);
}

WRAPPED(int, rte_dev_dma_unmap, (struct rte_device * dev, void *addr, uint64_t iova, size_t len))
{
	return take(dev, (uint64_t)(uintptr_t)addr, iova, len);
}

WRAPPED(const char *, rte_dev_name, (const struct rte_device *dev))
{
	return is_fake(dev) ? ((const struct fake *)dev)->name : __real_rte_dev_name(dev);
}

WRAPPED(const struct rte_bus *, rte_dev_bus, (const struct rte_device *dev))
{
	wrapped++;
	return is_fake(dev) ? (const struct rte_bus *)dev : __real_rte_dev_bus(dev);
}

WRAPPED(const char *, rte_bus_name, (const struct rte_bus *bus))
{
	return is_fake(bus) ? "pci" : __real_rte_bus_name(bus);
}

WRAPPED(ssize_t, readlink, (const char *path, char *to, size_t len))
{
	static const char vfio[] = "/sys/bus/pci/drivers/vfio-pci";
	unsigned int i;

	for (i = 0; i < RTE_DIM(nic); i++)
		if (strstr(path, nic[i].name) != NULL) {
			assert_true(len >= strlen(vfio));
			memcpy(to, vfio, strlen(vfio));
			return (ssize_t)strlen(vfio);
		}
	return __real_readlink(path, to, len);
}

static struct rte_device *
dev(struct fake *f)
{
	return (struct rte_device *)f;
}

/* A pool, and no mapping. */
static struct lbuf_pool *
pool_new(uint32_t flags)
{
	struct lbuf_pool_params params = { .flags = flags | LBUF_POOL_F_NO_BACKGROUND };
	struct lbuf_pool *pool;

	if (!unit.huge)
		skip(); /* base pages are mapped for no device */
	nb_maps = 0;
	calls = 0;
	fail_call = UINT_MAX;
	fail_errno = ENOMEM;
	room = MAPS_MAX;
	pool = lbuf_pool_create("dma", &params);
	assert_non_null(pool);
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[0])), 0);
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&nic[0])), 0);
	if (wrapped == 0) {
		lbuf_pool_free(pool);
		skip(); /* the library is shared: it calls DPDK itself */
	}
	return pool;
}

static struct lbuf_chunk *
large(struct lbuf_pool *pool)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(pool, LARGE);

	assert_non_null(chunk);
	memset(chunk->data, 1, chunk->size);
	return chunk;
}

static uint64_t
dma_failures(const struct lbuf_pool *pool)
{
	struct lbuf_pool_stats st;

	st = unit_stats_of(pool, LBUF_TIER_LARGE, 0);
	return st.dma_failures;
}

/* Each page once for each device, but for those of vfio, which have one container. */
static void
each_page_once(void **state)
{
	struct lbuf_pool *pool = pool_new(0);
	struct lbuf_chunk *a = large(pool), *b;
	unsigned int i;

	(void)state;
	assert_int_equal(nb_maps, 0);
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[0])), 0);
	assert_int_equal(nb_maps, LARGE_PAGES);
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[1])), 0);
	assert_int_equal(nb_maps, LARGE_PAGES);
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&other[0])), 0);
	assert_int_equal(nb_maps, 2 * LARGE_PAGES);
	b = large(pool);
	assert_int_equal(nb_maps, 4 * LARGE_PAGES);
	for (i = 0; i < nb_maps; i++)
		assert_int_equal(map[i].iova, rte_mem_virt2iova((void *)(uintptr_t)map[i].addr));
	/* A kept chunk stays mapped. */
	lbuf_chunk_put(a);
	assert_int_equal(nb_maps, 4 * LARGE_PAGES);
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&nic[0])), 0);
	assert_int_equal(nb_maps, 4 * LARGE_PAGES);
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&nic[1])), 0);
	assert_int_equal(nb_maps, 2 * LARGE_PAGES);
	lbuf_chunk_put(b);
	lbuf_pool_trim(pool);
	assert_int_equal(nb_maps, 0);
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&other[0])), 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

static void
device_that_needs_no_mapping(void **state)
{
	struct lbuf_pool *pool = pool_new(0);
	struct lbuf_chunk *a = large(pool), *b;

	(void)state;
	fail_errno = ENOTSUP;
	room = 0;
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&other[0])), 0);
	b = large(pool);
	assert_int_not_equal(b->iova, RTE_BAD_IOVA);
	assert_int_equal(dma_failures(pool), 0);
	room = MAPS_MAX;
	assert_int_equal(nb_maps, 0);
	/* EAL would complain, but nothing else comes of it. */
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&other[0])), 0);
	unit.errors = 0;
	lbuf_chunk_put(a);
	lbuf_chunk_put(b);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Whichever page it is that a new device refuses, it has none in the end. */
static void
device_added_halfway(void **state)
{
	struct lbuf_pool *pool = pool_new(0);
	struct lbuf_chunk *chunk[3];
	unsigned int i, pages = LARGE_PAGES * RTE_DIM(chunk);

	(void)state;
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&other[0])), 0);
	for (i = 0; i < RTE_DIM(chunk); i++)
		chunk[i] = large(pool);
	lbuf_chunk_put(chunk[1]); /* one of them is kept */
	assert_int_equal(nb_maps, pages);
	for (i = 0; i < pages; i++) {
		fail_call = calls + i;
		assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[i % 2])), -ENOMEM);
		assert_int_equal(nb_maps, pages);
		assert_int_equal(lbuf_pool_dev_remove(pool, dev(&nic[i % 2])), -ENOENT);
	}
	/* What comes now is for the first device alone. */
	chunk[1] = large(pool);
	assert_int_equal(nb_maps, pages);
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[0])), 0);
	assert_int_equal(nb_maps, 2 * pages);
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&nic[0])), 0);
	assert_int_equal(nb_maps, pages);
	lbuf_chunk_put_bulk(chunk, RTE_DIM(chunk));
	assert_int_equal(lbuf_pool_free(pool), 0);
	assert_int_equal(nb_maps, 0);
}

/* Whichever page of a new chunk it is that one of two devices refuses. */
static void
chunk_mapped_halfway(void **state)
{
	struct lbuf_pool *pool = pool_new(0);
	struct lbuf_chunk *chunk;
	unsigned int i;

	(void)state;
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[0])), 0);
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&other[0])), 0);
	for (i = 0; i < 2 * LARGE_PAGES; i++) {
		fail_call = calls + i;
		assert_null_errno(lbuf_chunk_alloc(pool, LARGE), ENOMEM);
		assert_int_equal(nb_maps, 0);
		assert_int_equal(dma_failures(pool), i + 1);
	}
	chunk = large(pool);
	assert_int_equal(nb_maps, 2 * LARGE_PAGES);
	lbuf_chunk_put(chunk);
	lbuf_pool_trim(pool);
	assert_int_equal(nb_maps, 0);
	assert_int_equal(lbuf_pool_free(pool), 0);
}

/* Where that is allowed, chunks that cannot be mapped are had without an IOVA. */
static void
out_of_reach(void **state)
{
	struct lbuf_pool *pool = pool_new(LBUF_POOL_F_BASE_PAGES);
	struct lbuf_chunk *a, *b;
	size_t len = LARGE;

	(void)state;
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[0])), 0);
	a = large(pool);
	assert_int_not_equal(a->iova, RTE_BAD_IOVA);
	room = LARGE_PAGES + 2;
	b = large(pool);
	assert_int_equal(nb_maps, LARGE_PAGES);
	assert_int_equal(b->iova, RTE_BAD_IOVA);
	assert_int_equal(lbuf_chunk_iova(b, b->data, &len), RTE_BAD_IOVA);
	assert_int_equal(dma_failures(pool), 1);
	/* Others do not have it mapped, either. */
	assert_int_equal(lbuf_pool_dev_remove(pool, dev(&nic[0])), 0);
	assert_int_equal(nb_maps, 0);
	room = MAPS_MAX;
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&other[0])), 0);
	assert_int_equal(nb_maps, LARGE_PAGES);
	lbuf_chunk_put(b);
	lbuf_chunk_put(a);
	assert_int_equal(lbuf_pool_free(pool), 0);
	assert_int_equal(nb_maps, 0);
}

/* As with EAL's table in PA mode: what lies idle makes room for what is asked for. */
static void
table_is_full(void **state)
{
	struct lbuf_pool *pool = pool_new(0);
	struct lbuf_chunk *chunk[4], *more;
	unsigned int i;

	(void)state;
	room = RTE_DIM(chunk) * LARGE_PAGES + 1;
	assert_int_equal(lbuf_pool_dev_add(pool, dev(&nic[0])), 0);
	for (i = 0; i < RTE_DIM(chunk); i++)
		chunk[i] = large(pool);
	assert_null_errno(lbuf_chunk_alloc(pool, LARGE), ENOMEM);
	assert_int_equal(nb_maps, RTE_DIM(chunk) * LARGE_PAGES);
	/* Kept, but of another size. */
	lbuf_chunk_put(chunk[0]);
	lbuf_chunk_put(chunk[1]);
	more = lbuf_chunk_alloc(pool, 2 * LARGE);
	assert_non_null(more);
	assert_int_not_equal(more->iova, RTE_BAD_IOVA);
	assert_int_equal(nb_maps, RTE_DIM(chunk) * LARGE_PAGES);
	assert_null_errno(lbuf_chunk_alloc(pool, LARGE), ENOMEM);
	lbuf_chunk_put(more);
	lbuf_chunk_put_bulk(chunk + 2, 2);
	assert_int_equal(lbuf_pool_free(pool), 0);
	assert_int_equal(nb_maps, 0);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(each_page_once),
	UNIT_TEST(device_that_needs_no_mapping),
	UNIT_TEST(device_added_halfway),
	UNIT_TEST(chunk_mapped_halfway),
	UNIT_TEST(out_of_reach),
	UNIT_TEST(table_is_full),
};

UNIT_MAIN(tests)
