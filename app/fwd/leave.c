/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Leaving nothing behind: EAL keeps its runtime directory, and the files of its
 * hugepages, for a next start with the same --file-prefix.
 */

#include <glob.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "fwd.h"

static void
remove_matching(const char *pattern)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

/* EAL names them PREFIXmap_N, in each mount of hugetlbfs. */
static void
remove_hugepages(const char *prefix)
{
	FILE *mounts = setmntent("/proc/mounts", "r");
	char pattern[PATH_MAX];
	struct mntent *mount;

	if (mounts == NULL)
		return;
	while ((mount = getmntent(mounts)) != NULL) {
		if (strcmp(mount->mnt_type, "hugetlbfs") != 0)
			continue;
		snprintf(pattern, sizeof(pattern), "%s/%smap_*", mount->mnt_dir, prefix);
		remove_matching(pattern);
	}
	endmntent(mounts);
}

void
fwd_env_leave(void)
{
	char dir[PATH_MAX], pattern[PATH_MAX + 2];
	bool primary = rte_eal_process_type() == RTE_PROC_PRIMARY;

	/* The directory is PREFIX below that of DPDK. */
	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (!primary)
		return;
	remove_hugepages(strrchr(dir, '/') + 1);
	snprintf(pattern, sizeof(pattern), "%s/*", dir);
	remove_matching(pattern);
	rmdir(dir);
}
