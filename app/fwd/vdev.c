/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_devargs.h>

#include "eal_args.h"
#include "fwd.h"
#include "vdev.h"

static bool
probed(const char *name)
{
	struct rte_dev_iterator it;
	struct rte_device *dev;
	bool found = false;

	RTE_DEV_FOREACH(dev, "bus=vdev", &it)
	{
		found |= strcmp(rte_dev_name(dev), name) == 0 && rte_dev_is_probed(dev) != 0;
	}
	return found;
}

int
fwd_vdev_check_probed(int argc, char **argv)
{
	struct rte_devargs da;
	const char *vdev;
	bool good;
	int i = 1;

	while ((vdev = fwd_eal_args_vdev(&i, argc, argv)) != NULL) {
		memset(&da, 0, sizeof(da));
		good = rte_devargs_parse(&da, vdev) == 0 && probed(da.name);
		rte_devargs_reset(&da);
		if (good)
			continue;
		FWD_ERR("--vdev=%s: its driver refuses it, see above: check what follows the "
			"name, and that what it names is there%s",
				vdev,
				geteuid() == 0 ? "" : "; it may lack privileges: run as root");
		return -ENODEV;
	}
	return 0;
}

int
fwd_vdev_check_drivers(int argc, char **argv)
{
	struct rte_devargs da;
	const char *vdev;
	int i = 1;
	int ret;

	while ((vdev = fwd_eal_args_vdev(&i, argc, argv)) != NULL) {
		memset(&da, 0, sizeof(da));
		ret = rte_devargs_parse(&da, vdev);
		rte_devargs_reset(&da);
		if (ret == 0)
			continue;
		FWD_ERR("--vdev=%s: no driver has such a name: accepted are names as net_null0, "
			"net_tap0 or net_af_packet0 (a driver in a file of its own: -d FILE)",
				vdev);
		return -ENODEV;
	}
	return 0;
}
