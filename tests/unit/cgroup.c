/* SPDX-License-Identifier: BSD-3-Clause */

#include "cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_LEN 256

static struct {
	char root[DIR_LEN]; /* of the hierarchy */
	char group[2 * DIR_LEN];
	char from[DIR_LEN + PATH_MAX]; /* the group that the process was in */
	bool v2;
	bool enabled; /* the controller, by us */
} cg;

/* Whether a word is in the first line of a file. */
static bool
has_word(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char line[512] = "", *w, *save;
	bool found = false;

	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	for (w = strtok_r(line, " \n", &save); w != NULL; w = strtok_r(NULL, " \n", &save))
		found = found || strcmp(w, word) == 0;
	return found;
}

static int
put(const char *dir, const char *file, const char *text)
{
	char path[DIR_LEN + PATH_MAX + 64];
	int ret = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "w");
	if (f == NULL)
		return -errno;
	if (fputs(text, f) < 0)
		ret = -errno;
	if (fclose(f) != 0)
		ret = -errno;
	return ret;
}

/* Where a hierarchy with the controller is mounted. */
static bool
find_mount(void)
{
	FILE *f = setmntent("/proc/mounts", "r");
	char path[DIR_LEN + 32];
	struct mntent *m;
	bool found = false;

	while (!found && f != NULL && (m = getmntent(f)) != NULL) {
		cg.v2 = strcmp(m->mnt_type, "cgroup2") == 0;
		snprintf(path, sizeof(path), "%.*s/cgroup.controllers", DIR_LEN - 1, m->mnt_dir);
		found = cg.v2 ? has_word(path, "hugetlb")
			      : strcmp(m->mnt_type, "cgroup") == 0 &&
						hasmntopt(m, "hugetlb") != NULL;
		snprintf(cg.root, sizeof(cg.root), "%s", m->mnt_dir);
	}
	if (f != NULL)
		endmntent(f);
	return found;
}

/* The group of the process, to come back to. */
static bool
find_from(void)
{
	FILE *f = fopen("/proc/self/cgroup", "r");
	char line[PATH_MAX], *controllers, *path;
	bool found = false;

	while (!found && f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		controllers = strchr(line, ':');
		path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
		if (path == NULL)
			continue;
		*path++ = '\0';
		found = cg.v2 ? controllers[1] == '\0' : strstr(controllers, "hugetlb") != NULL;
		snprintf(cg.from, sizeof(cg.from), "%s%s", cg.root, path);
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* Groups of version 2 have only the controllers that their parent gives them. */
static bool
enable(void)
{
	char path[DIR_LEN + 32];

	if (!cg.v2)
		return true;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", cg.root);
	if (has_word(path, "hugetlb"))
		return true;
	cg.enabled = put(cg.root, "cgroup.subtree_control", "+hugetlb") == 0;
	return cg.enabled;
}

const char *
cgroup_enter(void)
{
	memset(&cg, 0, sizeof(cg));
	if (geteuid() != 0)
		return "only root may make control groups";
	if (!find_mount())
		return "no hierarchy with the hugetlb controller is mounted";
	if (!find_from() || !enable())
		return "the hugetlb controller cannot be used";
	snprintf(cg.group, sizeof(cg.group), "%s/lbuf-test-%d", cg.root, (int)getpid());
	if (mkdir(cg.group, 0755) != 0) {
		cg.group[0] = '\0';
		return "no control group can be made";
	}
	if (cgroup_set(CGROUP_FAULT, SIZE_MAX) != 0 || cgroup_set(CGROUP_RESERVED, SIZE_MAX) != 0)
		return "hugepages of 2 MiB cannot be limited";
	if (put(cg.group, "cgroup.procs", "0") != 0)
		return "the process cannot be moved into a control group";
	return NULL;
}

void
cgroup_leave(void)
{
	if (cg.group[0] != '\0') {
		put(cg.from, "cgroup.procs", "0");
		rmdir(cg.group);
	}
	if (cg.enabled)
		put(cg.root, "cgroup.subtree_control", "-hugetlb");
	memset(&cg, 0, sizeof(cg));
}

int
cgroup_set(enum cgroup_limit limit, size_t bytes)
{
	char file[64], text[32];

	snprintf(file, sizeof(file), "hugetlb.2MB.%s%s", limit == CGROUP_RESERVED ? "rsvd." : "",
			cg.v2 ? "max" : "limit_in_bytes");
	snprintf(text, sizeof(text), "%zu", bytes);
	if (bytes == SIZE_MAX)
		snprintf(text, sizeof(text), "%s", cg.v2 ? "max" : "-1");
	return put(cg.group, file, text);
}
