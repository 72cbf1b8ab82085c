/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Devices, and how they reach the ranges that large chunks lie in. Memory of EAL's
 * heap, and so of the other tiers, is mapped for them by EAL as it comes and goes.
 *
 * Devices under vfio-pci share one IOMMU container. Pages are mapped one by one,
 * for a mapping can only be undone as it was made, and EAL joins neighbours of one
 * size: it has room for 256 that it cannot join.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include "arena.h"
#include "dma.h"
#include "iova.h"
#include "mem_log.h"

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
dev_unmap(const struct device *d, const struct dma_range *r)
{
	return unmap_bytes(d, r->addr, r->bytes);
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

/* All of a range or nothing; 0 also for devices that need no mapping. */
static int
dev_map(struct devices *devs, const struct device *d, const struct dma_range *r)
{
	size_t off;
	int err;

	for (off = 0; off < r->bytes; off += LARGE_PAGE)
		if (set_page(d, r->addr + off, true) != 0)
			break;
	if (off >= r->bytes)
		return 0;
	err = rte_errno;
	unmap_bytes(d, r->addr, off);
	if (err == ENOTSUP)
		return 0;
	if (log_due(&devs->warned_tsc, LOG_QUIET_S))
		MEM_LOG(ERR, "pool %s: %zu B of large chunks cannot be mapped for %s: %s: %s",
				devs->pool, r->bytes, rte_dev_name(d->dev), rte_strerror(err),
				remedy(d));
	return -ENOMEM;
}

/* Whether another device's mappings are this one's, too: one of the first n. */
static bool
shares_container(const struct devices *devs, const struct device *d, uint32_t n)
{
	uint32_t i;

	for (i = 0; d->vfio && i < n; i++)
		if (devs->dev[i].vfio && &devs->dev[i] != d)
			return true;
	return false;
}

/* Whether a device of a pool is mapped for, and not along with one before it. */
static bool
has_own(const struct devices *devs, uint32_t i)
{
	return !shares_container(devs, &devs->dev[i], i);
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
map_for_all(struct devices *devs, const struct dma_range *r)
{
	uint32_t i;

	for (i = 0; i < devs->nb; i++)
		if (has_own(devs, i) && dev_map(devs, &devs->dev[i], r) != 0)
			break;
	if (i == devs->nb)
		return 0;
	while (i-- > 0)
		if (has_own(devs, i))
			dev_unmap(&devs->dev[i], r);
	return -ENOMEM;
}

int
dma_map(struct devices *devs, struct dma_range *r)
{
	int ret;

	set_iova(r->addr, r->bytes, true);
	if (!has_iova(r->addr, r->bytes))
		return 0;
	rte_spinlock_lock(&devs->lock);
	ret = map_for_all(devs, r);
	if (ret == 0) {
		r->mapped = true;
		TAILQ_INSERT_TAIL(&devs->mapped, r, next);
	}
	rte_spinlock_unlock(&devs->lock);
	if (ret != 0)
		set_iova(r->addr, r->bytes, false);
	return ret;
}

void
dma_unmap(struct devices *devs, struct dma_range *r)
{
	uint32_t i;

	if (!r->mapped)
		return;
	rte_spinlock_lock(&devs->lock);
	TAILQ_REMOVE(&devs->mapped, r, next);
	for (i = 0; i < devs->nb; i++)
		if (has_own(devs, i))
			dev_unmap(&devs->dev[i], r);
	rte_spinlock_unlock(&devs->lock);
	set_iova(r->addr, r->bytes, false);
}

/* Map all ranges that there are for a device, or none. */
static int
map_existing(struct devices *devs, const struct device *d)
{
	struct dma_range *r;

	TAILQ_FOREACH(r, &devs->mapped, next)
		if (dev_map(devs, d, r) != 0)
			break;
	if (r == NULL)
		return 0;
	while ((r = TAILQ_PREV(r, dma_list, next)) != NULL)
		dev_unmap(d, r);
	return -ENOMEM;
}

static void
unmap_existing(struct devices *devs, const struct device *d)
{
	struct dma_range *r;

	TAILQ_FOREACH(r, &devs->mapped, next)
		if (dev_unmap(d, r) != 0)
			return;
}

bool
dma_adopt(struct devices *devs, struct dma_range *r)
{
	set_iova(r->addr, r->bytes, true);
	if (!has_iova(r->addr, r->bytes))
		return false;
	r->mapped = true;
	TAILQ_INSERT_TAIL(&devs->mapped, r, next);
	return true;
}

static struct device *
find_dev(struct devices *devs, const struct rte_device *dev)
{
	uint32_t i;

	for (i = 0; i < devs->nb; i++)
		if (devs->dev[i].dev == dev)
			return &devs->dev[i];
	return NULL;
}

int
device_add(struct devices *devs, struct rte_device *dev)
{
	struct device *d = find_dev(devs, dev);
	int ret = 0;

	if (d != NULL) {
		d->users++;
		return 0;
	}
	if (devs->nb == DEVICES_MAX)
		return -ENOSPC;
	d = &devs->dev[devs->nb];
	*d = (struct device){ .dev = dev, .users = 1, .vfio = is_vfio(dev) };
	if (!shares_container(devs, d, devs->nb))
		ret = map_existing(devs, d);
	if (ret == 0)
		devs->nb++;
	return ret;
}

int
device_remove(struct devices *devs, const struct rte_device *dev)
{
	struct device *d = find_dev(devs, dev);

	if (d == NULL)
		return -ENOENT;
	if (--d->users != 0)
		return 0;
	if (!shares_container(devs, d, devs->nb))
		unmap_existing(devs, d);
	*d = devs->dev[--devs->nb];
	return 0;
}
