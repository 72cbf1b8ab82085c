/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_DMA_H
#define LBUF_MEM_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_dev.h>
#include <rte_spinlock.h>

/* Devices that a pool's memory can be mapped for. */
#define DEVICES_MAX 32

/* Hugepages of an arena, side by side, that are mapped for devices as a whole. */
struct dma_range {
	TAILQ_ENTRY(dma_range) next;
	uint8_t *addr;
	size_t bytes;
	bool mapped; /* for the devices there are, and those to come */
};
TAILQ_HEAD(dma_list, dma_range);

/* A device that ranges are mapped for. */
struct device {
	struct rte_device *dev;
	uint32_t users; /* times that it was added */
	bool vfio;      /* has the IOMMU container that those under vfio-pci share */
};

struct devices {
	rte_spinlock_t lock;
	const char *pool;       /* name, for the log */
	struct dma_list mapped; /* ranges, for all of the devices */
	uint64_t warned_tsc;    /* when the log last told of one that could not be */
	bool any;               /* there is, or was, a device: EAL knows of the arenas */
	uint32_t nb;
	struct device dev[DEVICES_MAX];
};

/*
 * Let all devices, and those to come, reach a range. 0, also if it has no IOVA
 * (range->mapped tells), or -ENOMEM: nothing is mapped then.
 */
int
dma_map(struct devices *devs, struct dma_range *range);
void
dma_unmap(struct devices *devs, struct dma_range *range);

/*
 * For the three that follow the lock must be held. Before the first device is added, all
 * ranges that there are must be adopted.
 */

/* Have devices to come reach a range that was there before them; false: it has no IOVA. */
bool
dma_adopt(struct devices *devs, struct dma_range *range);
/* Add a device; 0 or a negative errno. */
int
device_add(struct devices *devs, struct rte_device *dev);
/* Remove it, once it was removed as often as it was added; 0 or -ENOENT. */
int
device_remove(struct devices *devs, const struct rte_device *dev);

#endif /* LBUF_MEM_DMA_H */
