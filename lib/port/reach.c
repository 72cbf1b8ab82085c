/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What is known of drivers; doc/ports.md says how each was established.
 *
 * Devices on a bus find memory by IOVA. Virtual ones differ, and for one that is not
 * listed the memory of EAL's heap is what every DPDK program gives it.
 */

#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_eal_memconfig.h>
#include <rte_kvargs.h>
#include <rte_memory.h>

#include "reach.h"

struct driver {
	const char *name;
	struct reach reach;
};

/* Virtual devices, by the name of the driver. */
static const struct driver drivers[] = {
	{ "net_af_packet", { .kind = REACH_CPU } },
	/* What is of its own pool it sends in place, by where the mbuf itself lies. */
	{ "net_af_xdp", { .kind = REACH_CPU, .direct = true } },
	{ "net_memif", { .kind = REACH_CPU, .chains = true } },
	{ "net_null", { .kind = REACH_CPU, .chains = true } },
	{ "net_pcap", { .kind = REACH_CPU } },
	{ "net_ring", { .kind = REACH_CPU, .chains = true } },
	{ "net_tap", { .kind = REACH_CPU } },
	{ "net_tun", { .kind = REACH_CPU } },
	{ "net_vhost", { .kind = REACH_CPU } },
};

static struct reach
vdev_reach(const char *driver)
{
	size_t i;

	for (i = 0; i < RTE_DIM(drivers); i++)
		if (strcmp(driver, drivers[i].name) == 0)
			return drivers[i].reach;
	return (struct reach){ .kind = REACH_HEAP };
}

/* Whether a device's argument has a value that the driver looks for in it. */
static bool
has_arg(const struct rte_kvargs *kvargs, const char *key, const char *want)
{
	const char *value = rte_kvargs_get(kvargs, key);

	return value != NULL && strstr(value, want) != NULL;
}

/*
 * Whether a memif device shares EAL's memory with the other end, as far as can be
 * known: a client whose arguments are not at hand may, a server copies. The driver
 * refuses it unless all pages of a memory list are in one file.
 */
static bool
memif_zero_copy(const struct rte_device *dev)
{
	const struct rte_devargs *devargs = rte_dev_devargs(dev);
	struct rte_kvargs *kvargs;
	bool ret = true;

	if (!rte_mcfg_get_single_file_segments())
		return false;
	kvargs = devargs == NULL ? NULL : rte_kvargs_parse(devargs->args, NULL);
	if (kvargs != NULL) {
		ret = has_arg(kvargs, "zero-copy", "yes") &&
				(has_arg(kvargs, "role", "client") ||
						has_arg(kvargs, "role", "slave"));
	}
	rte_kvargs_free(kvargs);
	return ret;
}

struct reach
reach_of(const struct rte_eth_dev_info *info)
{
	struct reach reach = { .kind = REACH_IOVA };

	if (strcmp(rte_bus_name(rte_dev_bus(info->device)), "vdev") != 0)
		return reach;
	reach = vdev_reach(info->driver_name);
	if (strcmp(info->driver_name, "net_memif") == 0 && memif_zero_copy(info->device)) {
		reach.kind = REACH_NONE;
		/* Where it copies it keeps nothing, and since DPDK 23.03 reads a first packet. */
		reach.empty_burst = true;
	}
	return reach;
}

bool
reach_in_heap(const void *addr, size_t len)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);

	return msl != NULL && !msl->external &&
			len <= (uintptr_t)msl->base_va + msl->len - (uintptr_t)addr;
}
