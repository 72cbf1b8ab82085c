/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What EAL is told on the command line, as far as it concerns lbuf-fwd: EAL says
 * little of it afterwards, and nothing when it does not start.
 */

#ifndef FWD_EAL_ARGS_H
#define FWD_EAL_ARGS_H

#include <stdbool.h>

struct fwd_eal_args {
	bool no_huge;
	bool in_memory;
	bool help;
	bool keep_huge;       /* --huge-unlink=never: files of hugepages are to stay */
	unsigned long mem_mb; /* of -m, or 0 */
	const char *prefix;
	const char *proc_type;    /* as given, or NULL */
	const char *socket_limit; /* as given, or NULL */
};

/* Strings point into argv, of which the first argc are EAL's. */
void
fwd_eal_args_read(struct fwd_eal_args *eal, int argc, char **argv);

/* Device of the next --vdev from *i on, which is advanced; NULL: there is none. */
const char *
fwd_eal_args_vdev(int *i, int argc, char **argv);

#endif /* FWD_EAL_ARGS_H */
