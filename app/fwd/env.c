/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What rte_eal_init() would fail on without saying what to do about it:
 * hugepages that are not there, and privileges.
 */

#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eal_args.h"
#include "fwd.h"
#include "prefix.h"
#include "vdev.h"

#define SYS_HUGE "/sys/kernel/mm/hugepages"
/* What EAL and the library take beside the mbufs. */
#define MEM_OTHER_MB 64
/* What the ports may be before they are known. */
#define PORTS_GUESS 2
/* mbuf, private area and the mempool's own header and padding. */
#define MBUF_OVERHEAD 256

struct huge {
	bool files; /* left over, or of another process */
	bool mounted;
	bool writable;
	unsigned long free;
	unsigned long total;
	unsigned long page_kb; /* smallest size there is */
};

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
explain_no_pages(const struct fwd_args *args, const struct fwd_eal_args *e, const struct huge *h)
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
fwd_env_check(const struct fwd_args *args, const struct fwd_eal_args *e)
{
	struct huge h;

	if (e->help)
		return 0;
	if (e->proc_type != NULL && strcmp(e->proc_type, "primary") != 0) {
		FWD_ERR("--proc-type=%s: accepted is primary, for no other process can forward",
				e->proc_type);
		return -EINVAL;
	}
	if (e->no_huge)
		return 0;
	read_huge(&h);
	if (h.free == 0 && !h.files) {
		explain_no_pages(args, e, &h);
		return -ENOMEM;
	}
	if (e->in_memory)
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
	return fwd_prefix_check(e);
}

void
fwd_env_explain(const struct fwd_eal_args *e, int error, int argc, char **argv)
{
	int pid = fwd_prefix_owner();

	if (pid != 0)
		FWD_ERR("--file-prefix=%s: in use by process %d: give another --file-prefix, "
			"or --in-memory",
				e->prefix, pid);
	else if ((error == EACCES || error == EPERM) && geteuid() != 0)
		FWD_ERR("EAL: missing privileges: run as root");
	else if (error == EINVAL && geteuid() != 0)
		FWD_ERR("EAL refused its options, or lacks the privilege to make its folder (which "
			"XDG_RUNTIME_DIR can name): see above, and lbuf-fwd --help");
	else if (error == EALREADY || error == EINVAL)
		FWD_ERR("EAL refused its options: see above, and lbuf-fwd --help");
	else if (error == ENODEV && fwd_vdev_check_drivers(argc, argv) != 0)
		return;
	else if (error == ENOMEM)
		FWD_ERR("EAL did not start: no memory, see above: %s", fwd_env_more_memory(e));
	else
		FWD_ERR("EAL did not start, see above%s%s", error != 0 ? ": " : "",
				error != 0 ? strerror(error) : "");
}

/* With what a signal's handler may call alone. */
static void
on_abort(int sig)
{
	static const char text[] =
			"lbuf-fwd: EAL has aborted, see above: if for want of memory, the main "
			"lcore's socket has none: give --main-lcore with an lcore of a socket that "
			"has, or reserve hugepages there\n";

	RTE_SET_USED(sig);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		return;
}

void
fwd_env_watch_abort(bool on)
{
	const struct sigaction sa = { .sa_handler = on ? on_abort : SIG_DFL };

	sigaction(SIGABRT, &sa, NULL);
}

const char *
fwd_env_more_memory(const struct fwd_eal_args *e)
{
	if (e->socket_limit != NULL)
		return "raise --socket-limit";
	if (e->no_huge)
		return "raise -m";
	return "reserve more hugepages there (or raise -m)";
}
