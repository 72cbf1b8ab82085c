/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * --file-prefix: whether another process uses it, whose files EAL or lbuf-fwd would
 * take for their own.
 */

#ifndef FWD_PREFIX_H
#define FWD_PREFIX_H

#include <stdbool.h>

#include "eal_args.h"

/*
 * Whether the file name, without its folder, is one that EAL gives to hugepages of
 * the prefix: PREFIXmap_N. Prefixes may be beginnings of each other.
 */
bool
fwd_prefix_is_huge_file(const char *prefix, const char *name);

/*
 * Refuse a prefix whose hugepage files a process holds, before EAL removes them to
 * make its own. Without files (--in-memory, --no-huge) there is nothing to refuse.
 *
 * Returns 0, or -EBUSY after one line.
 */
int
fwd_prefix_check(const struct fwd_eal_args *eal);

/* Process that holds the shared configuration of the prefix; 0: none but this one. */
int
fwd_prefix_owner(void);

#endif /* FWD_PREFIX_H */
