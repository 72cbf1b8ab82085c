/* SPDX-License-Identifier: BSD-3-Clause */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <rte_eal.h>

#include "fwd.h"
#include "prefix.h"

bool
fwd_prefix_is_huge_file(const char *prefix, const char *name)
{
	size_t len = strlen(prefix);

	if (strncmp(name, prefix, len) != 0 || strncmp(name + len, "map_", 4) != 0)
		return false;
	name += len + 4;
	return *name != '\0' && name[strspn(name, "0123456789")] == '\0';
}

/* EAL holds a shared lock on each file that it maps. */
static bool
held(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	bool is;

	if (fd < 0)
		return false;
	is = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return is;
}

/* Whether somebody holds a hugepage file of the prefix in the folder. */
static bool
held_in(const char *folder, const char *prefix)
{
	struct dirent *e;
	bool is = false, locked = false;
	DIR *d = opendir(folder);

	if (d == NULL)
		return false;
	while (!is && (e = readdir(d)) != NULL) {
		if (!fwd_prefix_is_huge_file(prefix, e->d_name))
			continue;
		/* As EAL does: no file is made meanwhile, and not yet locked. */
		if (!locked)
			flock(dirfd(d), LOCK_EX);
		locked = true;
		is = held(dirfd(d), e->d_name);
	}
	closedir(d);
	return is;
}

int
fwd_prefix_check(const struct fwd_eal_args *eal)
{
	struct mntent *m;
	bool is = false;
	FILE *f;

	f = setmntent("/proc/self/mounts", "r");
	while (f != NULL && !is && (m = getmntent(f)) != NULL)
		is = strcmp(m->mnt_type, "hugetlbfs") == 0 && held_in(m->mnt_dir, eal->prefix);
	if (f != NULL)
		endmntent(f);
	if (!is)
		return 0;
	FWD_ERR("--file-prefix=%s: in use, another process has hugepages under it: give "
		"another --file-prefix, or --in-memory",
			eal->prefix);
	return -EBUSY;
}

int
fwd_prefix_owner(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/config", rte_eal_get_runtime_dir());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ret = fcntl(fd, F_GETLK, &lock);
	close(fd);
	return ret == 0 && lock.l_type != F_UNLCK ? (int)lock.l_pid : 0;
}
