/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Devices, and how they reach large chunks. Memory of EAL's heap, and so of the
 * other tiers, is mapped for them by EAL as it comes and goes.
 *
 * Devices under vfio-pci share one IOMMU container. Pages are mapped one by one,
 * for a mapping can only be undone as it was made, and EAL joins neighbours of one
 * size: it has room for 256 that it cannot join.
 */

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

#define PAGE_BYTES ((size_t)RTE_PGSIZE_2M)

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

static int
unmap_page(struct rte_device *dev, bool vfio, uint8_t *page)
{
	size_t len = PAGE_BYTES;
	rte_iova_t iova = mem_iova(page, &len);

	if (vfio)
		return rte_vfio_container_dma_unmap(RTE_VFIO_DEFAULT_CONTAINER_FD,
				(uint64_t)(uintptr_t)page, iova, PAGE_BYTES);
	return rte_dev_dma_unmap(dev, page, iova, PAGE_BYTES);
}

static int
map_page(struct rte_device *dev, bool vfio, uint8_t *page)
{
	size_t len = PAGE_BYTES;
	rte_iova_t iova = mem_iova(page, &len);

	if (vfio)
		return rte_vfio_container_dma_map(RTE_VFIO_DEFAULT_CONTAINER_FD,
				(uint64_t)(uintptr_t)page, iova, PAGE_BYTES);
	return rte_dev_dma_map(dev, page, iova, PAGE_BYTES);
}

/*
 * Up to the first page that cannot be: the drivers of some devices let go of the
 * container when they are closed, and EAL complains of each page.
 */
static int
dev_unmap(struct rte_device *dev, uint8_t *addr, size_t bytes)
{
	bool vfio = is_vfio(dev);
	size_t off;
	int ret = 0;

	for (off = 0; off < bytes && ret == 0; off += PAGE_BYTES)
		ret = unmap_page(dev, vfio, addr + off);
	return ret;
}

/* What to do about a device that takes no more, as far as that can be told. */
static const char *
remedy(bool vfio)
{
	if (!vfio)
		return "see its driver's limits";
	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		return "EAL has room for 256 pages that are no neighbours: use --iova-mode=va";
	return "raise ulimit -l, or dma_entry_limit of vfio_iommu_type1";
}

/* All of it or nothing; 0 also for devices that need no mapping. */
static int
dev_map(struct pool_priv *priv, struct rte_device *dev, uint8_t *addr, size_t bytes)
{
	bool vfio = is_vfio(dev);
	size_t off;
	int err;

	for (off = 0; off < bytes; off += PAGE_BYTES)
		if (map_page(dev, vfio, addr + off) != 0)
			break;
	if (off >= bytes)
		return 0;
	err = rte_errno;
	dev_unmap(dev, addr, off);
	if (err == ENOTSUP)
		return 0;
	if (log_due(&priv->dev_warned_tsc))
		MEM_LOG(ERR, "pool %s: %zu B of large chunks cannot be mapped for %s: %s: %s",
				priv->name, bytes, rte_dev_name(dev), rte_strerror(err),
				remedy(vfio));
	return -ENOMEM;
}

/* Whether a device's memory is mapped along with that of one before it. */
static bool
shares_container(const struct pool_priv *priv, uint32_t n)
{
	uint32_t i;

	if (!is_vfio(priv->dev[n]))
		return false;
	for (i = 0; i < n; i++)
		if (is_vfio(priv->dev[i]))
			return true;
	return false;
}

/* Tell EAL where the pages of an arena are. */
static void
set_iova(uint8_t *addr, size_t bytes, bool there)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);
	struct rte_memseg *ms;
	size_t off;

	if (rte_eal_iova_mode() == RTE_IOVA_VA || msl == NULL)
		return;
	for (off = 0; off < bytes; off += PAGE_BYTES) {
		ms = rte_mem_virt2memseg(addr + off, msl);
		if (ms != NULL)
			ms->iova = there ? rte_mem_virt2phy(addr + off) : RTE_BAD_IOVA;
	}
}

/* Whether each page of an arena has an IOVA. */
static bool
has_iova(const uint8_t *addr, size_t bytes)
{
	size_t off, len;

	for (off = 0; off < bytes; off += PAGE_BYTES) {
		len = PAGE_BYTES;
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
	int ret = 0;

	for (i = 0; i < priv->nb_devs && ret == 0; i++)
		if (!shares_container(priv, i))
			ret = dev_map(priv, priv->dev[i], lc->chunk.data, lc->bytes);
	if (ret == 0)
		return 0;
	for (i--; i-- > 0;)
		if (!shares_container(priv, i))
			dev_unmap(priv->dev[i], lc->chunk.data, lc->bytes);
	return ret;
}

int
dma_map(struct pool_priv *priv, struct large_chunk *lc)
{
	int ret = 0;

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
		if (!shares_container(priv, i))
			dev_unmap(priv->dev[i], lc->chunk.data, lc->bytes);
	rte_spinlock_unlock(&priv->dev_lock);
	set_iova(lc->chunk.data, lc->bytes, false);
}

/* Map all large chunks that there are for a device, or none. */
static int
map_existing(struct pool_priv *priv, struct rte_device *dev)
{
	struct large_chunk *lc;

	TAILQ_FOREACH(lc, &priv->mapped, dma)
		if (dev_map(priv, dev, lc->chunk.data, lc->bytes) != 0)
			break;
	if (lc == NULL)
		return 0;
	while ((lc = TAILQ_PREV(lc, large_list, dma)) != NULL)
		dev_unmap(dev, lc->chunk.data, lc->bytes);
	return -ENOMEM;
}

static void
unmap_existing(struct pool_priv *priv, struct rte_device *dev)
{
	struct large_chunk *lc;

	TAILQ_FOREACH(lc, &priv->mapped, dma)
		if (dev_unmap(dev, lc->chunk.data, lc->bytes) != 0)
			return;
}

static int
find_dev(const struct pool_priv *priv, const struct rte_device *dev)
{
	uint32_t i;

	for (i = 0; i < priv->nb_devs; i++)
		if (priv->dev[i] == dev)
			return (int)i;
	return -1;
}

int
lbuf_pool_dev_add(struct lbuf_pool *pool, struct rte_device *dev)
{
	struct pool_priv *priv = pool_priv(pool);
	uint32_t n;
	int ret = 0;

	if (pool == NULL || dev == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0; /* its structures are not the primary's, which maps */
	rte_spinlock_lock(&priv->dev_lock);
	n = priv->nb_devs;
	if (find_dev(priv, dev) >= 0) {
		priv->dev_users[find_dev(priv, dev)]++;
	} else if (n == DEVICES_MAX) {
		ret = -ENOSPC;
	} else {
		priv->dev[n] = dev;
		if (!shares_container(priv, n))
			ret = map_existing(priv, dev);
		if (ret == 0) {
			priv->dev_users[n] = 1;
			priv->nb_devs++;
		}
	}
	rte_spinlock_unlock(&priv->dev_lock);
	return ret;
}

int
lbuf_pool_dev_remove(struct lbuf_pool *pool, struct rte_device *dev)
{
	struct pool_priv *priv = pool_priv(pool);
	int i, ret = 0;

	if (pool == NULL || dev == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	rte_spinlock_lock(&priv->dev_lock);
	i = find_dev(priv, dev);
	if (i < 0) {
		ret = -ENOENT;
	} else if (--priv->dev_users[i] == 0) {
		bool last = true;
		uint32_t k;

		for (k = 0; k < priv->nb_devs; k++)
			last = last && ((int)k == i || !is_vfio(priv->dev[k]) || !is_vfio(dev));
		if (last)
			unmap_existing(priv, dev);
		priv->nb_devs--;
		priv->dev[i] = priv->dev[priv->nb_devs];
		priv->dev_users[i] = priv->dev_users[priv->nb_devs];
	}
	rte_spinlock_unlock(&priv->dev_lock);
	return ret;
}
