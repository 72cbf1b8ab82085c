/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Devices, and how they reach large chunks. Memory of EAL's heap, and so of the
 * other tiers, is mapped for them by EAL as it comes and goes.
 *
 * Devices under vfio-pci share one IOMMU container. Pages are mapped one by one,
 * for a mapping can only be undone as it was made, and EAL joins neighbours of one
 * size: it has room for 256 that it cannot join.
 */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include "iova.h"
#include "pool_priv.h"

/* The frame number in an entry of the page map. */
#define PFN_MASK ((UINT64_C(1) << 55) - 1)

static bool
is_vfio(const struct rte_device *dev)
{
	char path[PATH_MAX], driver[PATH_MAX];
	const char *name;
	ssize_t len;

	if (strcmp(rte_bus_name(rte_dev_bus(dev)), "pci") != 0)
		return false;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", rte_dev_name(dev));
	len = readlink(path, driver, sizeof(driver) - 1);
	if (len < 0)
		return false;
	driver[len] = '\0';
	name = strrchr(driver, '/');
	return name != NULL && strcmp(name + 1, "vfio-pci") == 0;
}

/* Map a page for a device, or unmap it. */
static int
set_page(const struct device *d, uint8_t *page, bool map)
{
	const int fd = RTE_VFIO_DEFAULT_CONTAINER_FD;
	uint64_t at = (uint64_t)(uintptr_t)page;
	size_t len = LARGE_PAGE;
	rte_iova_t iova = mem_iova(page, &len);

	if (!d->vfio)
		return map ? rte_dev_dma_map(d->dev, page, iova, LARGE_PAGE)
			   : rte_dev_dma_unmap(d->dev, page, iova, LARGE_PAGE);
	return map ? rte_vfio_container_dma_map(fd, at, iova, LARGE_PAGE)
		   : rte_vfio_container_dma_unmap(fd, at, iova, LARGE_PAGE);
}

/*
 * Up to the first page that cannot be: the drivers of some devices let go of the
 * container when they are closed, and EAL complains of each page.
 */
static int
unmap_bytes(const struct device *d, uint8_t *addr, size_t bytes)
{
	size_t off;
	int ret = 0;

	for (off = 0; off < bytes && ret == 0; off += LARGE_PAGE)
		ret = set_page(d, addr + off, false);
	return ret;
}

static int
dev_unmap(const struct device *d, const struct large_chunk *lc)
{
	return unmap_bytes(d, lc->chunk.data, lc->bytes);
}

/* What to do about a device that takes no more, as far as that can be told. */
static const char *
remedy(const struct device *d)
{
	if (!d->vfio)
		return "see its driver's limits";
	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		return "EAL has room for 256 pages that are no neighbours: use --iova-mode=va";
	return "raise ulimit -l, or dma_entry_limit of vfio_iommu_type1";
}

/* All of a chunk or nothing; 0 also for devices that need no mapping. */
static int
dev_map(struct pool_priv *priv, const struct device *d, const struct large_chunk *lc)
{
	size_t off;
	int err;

	for (off = 0; off < lc->bytes; off += LARGE_PAGE)
		if (set_page(d, lc->chunk.data + off, true) != 0)
			break;
	if (off >= lc->bytes)
		return 0;
	err = rte_errno;
	unmap_bytes(d, lc->chunk.data, off);
	if (err == ENOTSUP)
		return 0;
	if (log_due(&priv->dev_warned_tsc))
		MEM_LOG(ERR, "pool %s: %zu B of large chunks cannot be mapped for %s: %s: %s",
				priv->name, lc->bytes, rte_dev_name(d->dev), rte_strerror(err),
				remedy(d));
	return -ENOMEM;
}

/* Whether another device's mappings are this one's, too: one of the first n. */
static bool
shares_container(const struct pool_priv *priv, const struct device *d, uint32_t n)
{
	uint32_t i;

	for (i = 0; d->vfio && i < n; i++)
		if (priv->dev[i].vfio && &priv->dev[i] != d)
			return true;
	return false;
}

/* Whether a device of a pool is mapped for, and not along with one before it. */
static bool
has_own(const struct pool_priv *priv, uint32_t i)
{
	return !shares_container(priv, &priv->dev[i], i);
}

/* Physical address of a page, of /proc/self/pagemap. */
static rte_iova_t
page_phys(int pagemap, const void *addr)
{
	uint64_t entry, page = (uint64_t)sysconf(_SC_PAGESIZE);
	off_t at = (off_t)((uintptr_t)addr / page * sizeof(entry));

	if (pread(pagemap, &entry, sizeof(entry), at) != (ssize_t)sizeof(entry))
		return RTE_BAD_IOVA;
	entry &= PFN_MASK;
	return entry == 0 ? RTE_BAD_IOVA : entry * page;
}

static void
set_page_iova(void *addr, rte_iova_t iova)
{
	struct rte_memseg *ms = rte_mem_virt2memseg(addr, NULL);

	if (ms != NULL)
		ms->iova = iova;
}

/*
 * Tell EAL where the pages of an arena are. rte_mem_virt2phy() opens the page map for
 * each: that was a tenth of what a new chunk of 16 MiB costs.
 */
static void
set_iova(uint8_t *addr, size_t bytes, bool there)
{
	int pagemap = -1;
	size_t off;

	if (rte_eal_iova_mode() == RTE_IOVA_VA || rte_mem_virt2memseg_list(addr) == NULL)
		return;
	if (there)
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	for (off = 0; off < bytes; off += LARGE_PAGE)
		set_page_iova(addr + off,
				pagemap < 0 ? RTE_BAD_IOVA : page_phys(pagemap, addr + off));
	if (pagemap >= 0)
		close(pagemap);
}

/* Whether each page of an arena has an IOVA. */
static bool
has_iova(const uint8_t *addr, size_t bytes)
{
	size_t off, len;

	for (off = 0; off < bytes; off += LARGE_PAGE) {
		len = LARGE_PAGE;
		if (mem_iova(addr + off, &len) == RTE_BAD_IOVA)
			return false;
	}
	return true;
}

/* For all devices, or for none. */
static int
map_for_all(struct pool_priv *priv, const struct large_chunk *lc)
{
	uint32_t i;

	for (i = 0; i < priv->nb_devs; i++)
		if (has_own(priv, i) && dev_map(priv, &priv->dev[i], lc) != 0)
			break;
	if (i == priv->nb_devs)
		return 0;
	while (i-- > 0)
		if (has_own(priv, i))
			dev_unmap(&priv->dev[i], lc);
	return -ENOMEM;
}

int
dma_map(struct pool_priv *priv, struct large_chunk *lc)
{
	int ret;

	set_iova(lc->chunk.data, lc->bytes, true);
	if (!has_iova(lc->chunk.data, lc->bytes))
		return 0;
	rte_spinlock_lock(&priv->dev_lock);
	ret = map_for_all(priv, lc);
	if (ret == 0) {
		lc->mapped = true;
		TAILQ_INSERT_TAIL(&priv->mapped, lc, dma);
	}
	rte_spinlock_unlock(&priv->dev_lock);
	if (ret != 0)
		set_iova(lc->chunk.data, lc->bytes, false);
	return ret;
}

void
dma_unmap(struct pool_priv *priv, struct large_chunk *lc)
{
	uint32_t i;

	if (!lc->mapped)
		return;
	rte_spinlock_lock(&priv->dev_lock);
	TAILQ_REMOVE(&priv->mapped, lc, dma);
	for (i = 0; i < priv->nb_devs; i++)
		if (has_own(priv, i))
			dev_unmap(&priv->dev[i], lc);
	rte_spinlock_unlock(&priv->dev_lock);
	set_iova(lc->chunk.data, lc->bytes, false);
}

/* Map all large chunks that there are for a device, or none. */
static int
map_existing(struct pool_priv *priv, const struct device *d)
{
	struct large_chunk *lc;

	TAILQ_FOREACH(lc, &priv->mapped, dma)
		if (dev_map(priv, d, lc) != 0)
			break;
	if (lc == NULL)
		return 0;
	while ((lc = TAILQ_PREV(lc, large_list, dma)) != NULL)
		dev_unmap(d, lc);
	return -ENOMEM;
}

static void
unmap_existing(struct pool_priv *priv, const struct device *d)
{
	struct large_chunk *lc;

	TAILQ_FOREACH(lc, &priv->mapped, dma)
		if (dev_unmap(d, lc) != 0)
			return;
}

/* Have devices find a chunk that was mapped before there was one. */
static void
adopt(struct pool_priv *priv, struct large_chunk *lc)
{
	if (lc->mapped || !lc->huge)
		return;
	set_iova(lc->chunk.data, lc->bytes, true);
	if (!has_iova(lc->chunk.data, lc->bytes))
		return;
	lc->mapped = true;
	large_set_iova(lc);
	TAILQ_INSERT_TAIL(&priv->mapped, lc, dma);
}

/*
 * The pool has its first device: EAL is told of the arenas, and of what is in them. A chunk
 * that comes at this very time may be left out: then it is copied to be sent.
 */
static void
adopt_all(struct pool_priv *priv)
{
	struct large_chunk *lc;
	struct large *large;
	uint32_t i;

	__atomic_store_n(&priv->dma, true, __ATOMIC_RELAXED);
	for (i = 0; i < priv->nb_slots; i++) {
		arena_register(priv, i);
		large = &priv->slot[i].large;
		rte_spinlock_lock(&large->lock);
		TAILQ_FOREACH(lc, &large->out, next)
			adopt(priv, lc);
		TAILQ_FOREACH(lc, &large->kept, age)
			adopt(priv, lc);
		rte_spinlock_unlock(&large->lock);
	}
}

static struct device *
find_dev(struct pool_priv *priv, const struct rte_device *dev)
{
	uint32_t i;

	for (i = 0; i < priv->nb_devs; i++)
		if (priv->dev[i].dev == dev)
			return &priv->dev[i];
	return NULL;
}

/* The lock must be held. */
static int
dev_add(struct pool_priv *priv, struct rte_device *dev)
{
	struct device *d = find_dev(priv, dev);
	int ret = 0;

	if (d != NULL) {
		d->users++;
		return 0;
	}
	if (priv->nb_devs == DEVICES_MAX)
		return -ENOSPC;
	if (!priv->dma)
		adopt_all(priv);
	d = &priv->dev[priv->nb_devs];
	*d = (struct device){ .dev = dev, .users = 1, .vfio = is_vfio(dev) };
	if (!shares_container(priv, d, priv->nb_devs))
		ret = map_existing(priv, d);
	if (ret == 0)
		priv->nb_devs++;
	return ret;
}

/* The lock must be held. */
static int
dev_remove(struct pool_priv *priv, const struct rte_device *dev)
{
	struct device *d = find_dev(priv, dev);

	if (d == NULL)
		return -ENOENT;
	if (--d->users != 0)
		return 0;
	if (!shares_container(priv, d, priv->nb_devs))
		unmap_existing(priv, d);
	*d = priv->dev[--priv->nb_devs];
	return 0;
}

int
lbuf_pool_dev_add(struct lbuf_pool *pool, struct rte_device *dev)
{
	struct pool_priv *priv = pool_priv(pool);
	int ret;

	if (pool == NULL || dev == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0; /* its structures are not the primary's, which maps */
	rte_spinlock_lock(&priv->dev_lock);
	ret = dev_add(priv, dev);
	rte_spinlock_unlock(&priv->dev_lock);
	return ret;
}

int
lbuf_pool_dev_remove(struct lbuf_pool *pool, struct rte_device *dev)
{
	struct pool_priv *priv = pool_priv(pool);
	int ret;

	if (pool == NULL || dev == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	rte_spinlock_lock(&priv->dev_lock);
	ret = dev_remove(priv, dev);
	rte_spinlock_unlock(&priv->dev_lock);
	return ret;
}
