/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Leaving nothing behind: EAL keeps its runtime directory, and the files of its
 * hugepages, for a next start with the same --file-prefix.
 *
 * The prefix does not tell whose a file is: another process may have the same one,
 * with --in-memory, with --no-shconf, or as a secondary process. What this process,
 * a primary one, has mapped is its own, and only that is removed.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <rte_eal.h>

#include "fwd.h"
#include "prefix.h"

struct file {
	char *path;
	dev_t dev;
	ino_t ino;
};

struct files {
	struct file *list;
	size_t nb;
	size_t room;
};

/* Without memory for it a file stays behind, which EAL can use again. */
static void
add(struct files *files, const char *path, ino_t ino)
{
	size_t room = files->room != 0 ? 2 * files->room : 64;
	struct file *f = files->list;
	struct stat st;

	if (files->nb != 0 && strcmp(f[files->nb - 1].path, path) == 0)
		return;
	/* Another process may have put a file of its own in the place. */
	if (stat(path, &st) != 0 || (ino != 0 && st.st_ino != ino))
		return;
	if (files->nb == files->room) {
		f = realloc(f, room * sizeof(*f));
		if (f == NULL)
			return;
		files->list = f;
		files->room = room;
	}
	f[files->nb].path = strdup(path);
	f[files->nb].dev = st.st_dev;
	f[files->nb].ino = st.st_ino;
	files->nb += f[files->nb].path != NULL;
}

static bool
is_hugetlbfs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC;
}

/* What EAL has of the runtime directory and does not map, or no longer. */
static void
add_unmapped(struct files *files, const char *dir)
{
	static const char *const names[] = { "hugepage_info", "mp_socket" };
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		add(files, path, 0);
	}
}

/* dir is the runtime directory without symbolic links, its name is the prefix. */
static void
add_mapped(struct files *files, const char *path, ino_t ino, const char *dir, bool keep_huge)
{
	const char *name = strrchr(path, '/') + 1;
	size_t len = (size_t)(name - 1 - path);

	if (strlen(dir) == len && strncmp(path, dir, len) == 0) {
		add(files, path, ino);
		/* Only the owner of the shared configuration has it mapped. */
		if (strcmp(name, "config") == 0)
			add_unmapped(files, dir);
	} else if (!keep_huge && fwd_prefix_is_huge_file(strrchr(dir, '/') + 1, name) &&
			is_hugetlbfs(path)) {
		add(files, path, ino);
	}
}

static void
find_mapped(struct files *files, const char *dir, bool keep_huge)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long ino;
	char *line = NULL;
	size_t size = 0;
	int start;

	while (maps != NULL && getline(&line, &size, maps) > 0) {
		start = 0;
		line[strcspn(line, "\n")] = '\0';
		/* Addresses, rights, offset, device, inode, path. */
		if (sscanf(line, "%*s %*s %*s %*s %lu %n", &ino, &start) == 1 && start > 0 &&
				line[start] == '/')
			add_mapped(files, &line[start], ino, dir, keep_huge);
	}
	free(line);
	if (maps != NULL)
		fclose(maps);
}

static void
remove_all(struct files *files)
{
	struct stat st;
	struct file *f;
	size_t i;

	for (i = 0; i < files->nb; i++) {
		f = &files->list[i];
		if (stat(f->path, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino)
			unlink(f->path);
		free(f->path);
	}
	free(files->list);
}

/* Succeeds if nobody else has files there. */
static void
remove_dir(void)
{
	rmdir(rte_eal_get_runtime_dir());
}

void
fwd_env_leave_at_exit(void)
{
	/* Registered before EAL's own: its telemetry removes its socket at exit. */
	atexit(remove_dir);
}

void
fwd_env_leave(const struct fwd_eal_args *eal, bool started)
{
	struct files files = { 0 };
	char dir[PATH_MAX];

	/* The mappings tell the path without symbolic links. */
	if (realpath(rte_eal_get_runtime_dir(), dir) != NULL)
		find_mapped(&files, dir, eal->keep_huge);
	if (started)
		rte_eal_cleanup();
	/* The lock on the configuration lasts until exit: no next primary is there yet. */
	remove_all(&files);
}
