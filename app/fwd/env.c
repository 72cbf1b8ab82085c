/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What rte_eal_init() would fail on without saying what to do about it:
 * hugepages that are not there, and privileges.
 */

#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fwd.h"

#define SYS_HUGE "/sys/kernel/mm/hugepages"
/* What EAL and the library take beside the mbufs. */
#define MEM_OTHER_MB 64
/* What the ports may be before they are known. */
#define PORTS_GUESS 2
/* mbuf, private area and the mempool's own header and padding. */
#define MBUF_OVERHEAD 256

struct eal_args {
	bool no_huge;
	bool in_memory;
	bool secondary;
	bool help;
	unsigned long mem_mb; /* of -m, or 0 */
};

struct huge {
	bool files; /* left over, or of another process */
	bool mounted;
	bool writable;
	unsigned long free;
	unsigned long total;
	unsigned long page_kb; /* smallest size there is */
};

static void
read_eal_args(struct eal_args *e, int argc, char **argv)
{
	int i;

	memset(e, 0, sizeof(*e));
	/* EAL takes unambiguous beginnings of its options, too. */
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--no-hu", 7) == 0)
			e->no_huge = true;
		else if (strncmp(argv[i], "--in-m", 6) == 0)
			e->in_memory = true;
		else if (strncmp(argv[i], "--proc-type", 11) == 0)
			e->secondary = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0 ||
				strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-v") == 0)
			e->help = true;
		else if (strcmp(argv[i], "-m") == 0 && i + 1 < argc)
			e->mem_mb = strtoul(argv[i + 1], NULL, 10);
	}
}

static unsigned long
read_number(const char *dir, const char *file)
{
	unsigned long n = 0;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), SYS_HUGE "/%s/%s", dir, file);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* Files in a hugetlbfs hold pages, but EAL removes those that nobody uses. */
static bool
has_files(const char *dir)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir(dir);

	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = strstr(e->d_name, "map_") != NULL;
	closedir(d);
	return found;
}

static void
read_huge(struct huge *h)
{
	unsigned long kb;
	struct mntent *m;
	struct dirent *e;
	FILE *f;
	DIR *d;

	memset(h, 0, sizeof(*h));
	d = opendir(SYS_HUGE);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (sscanf(e->d_name, "hugepages-%lukB", &kb) != 1)
			continue;
		h->free += read_number(e->d_name, "free_hugepages");
		h->total += read_number(e->d_name, "nr_hugepages");
		if (h->page_kb == 0 || kb < h->page_kb)
			h->page_kb = kb;
	}
	if (d != NULL)
		closedir(d);

	f = setmntent("/proc/self/mounts", "r");
	while (f != NULL && (m = getmntent(f)) != NULL) {
		if (strcmp(m->mnt_type, "hugetlbfs") != 0)
			continue;
		h->mounted = true;
		h->writable |= access(m->mnt_dir, W_OK) == 0;
		h->files |= has_files(m->mnt_dir);
	}
	if (f != NULL)
		endmntent(f);
}

static void
explain_no_pages(const struct fwd_args *args, const struct eal_args *e, const struct huge *h)
{
	uint64_t mb = e->mem_mb;
	uint64_t n;

	if (mb == 0) {
		n = fwd_mempools_estimate(args, PORTS_GUESS);
		mb = MEM_OTHER_MB + ((n * (args->mbuf_size + MBUF_OVERHEAD)) >> 20);
	}
	if (h->page_kb == 0) {
		FWD_ERR("this kernel has no hugepages (about %" PRIu64 " MB are needed): "
			"give --no-huge",
				mb);
		return;
	}
	n = (mb * 1024 + h->page_kb - 1) / h->page_kb;
	FWD_ERR("no free hugepages: about %" PRIu64 " of %lu kB (%" PRIu64 " MB) are needed; "
		"reserve them as root with `echo %" PRIu64 " > /proc/sys/vm/nr_hugepages`, "
		"or give --no-huge",
			n, h->page_kb, mb, n + h->total);
}

int
fwd_env_check(const struct fwd_args *args, int argc, char **argv)
{
	struct eal_args e;
	struct huge h;

	read_eal_args(&e, argc, argv);
	if (e.no_huge || e.secondary || e.help)
		return 0;
	read_huge(&h);
	if (h.free == 0 && !h.files) {
		explain_no_pages(args, &e, &h);
		return -ENOMEM;
	}
	if (e.in_memory)
		return 0;
	if (!h.mounted) {
		FWD_ERR("no hugetlbfs is mounted: `mount -t hugetlbfs nodev /dev/hugepages` "
			"as root, or give --in-memory or --no-huge");
		return -ENOENT;
	}
	if (!h.writable) {
		FWD_ERR("missing privileges: hugepages cannot be written by user %u; run as "
			"root, or give --in-memory or --no-huge",
				(unsigned int)geteuid());
		return -EACCES;
	}
	return 0;
}

void
fwd_env_explain(int error)
{
	if ((error == EACCES || error == EPERM) && geteuid() != 0)
		FWD_ERR("EAL: missing privileges: run as root");
	else if (error == EALREADY || error == EINVAL)
		FWD_ERR("EAL refused its options: see above, and lbuf-fwd --help");
	else
		FWD_ERR("EAL did not start, see above: %s", strerror(error));
}
