/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A control group for the calling process alone, which bounds its hugepages of 2 MiB:
 * of version 2 or 1, whichever has the hugetlb controller.
 */

#ifndef CGROUP_H
#define CGROUP_H

#include <stddef.h>
#include <stdint.h>

/* When pages count: as they are first touched, or as they are reserved for that. */
enum cgroup_limit {
	CGROUP_FAULT,
	CGROUP_RESERVED,
	CGROUP_LIMITS
};

/*
 * Move the process into a new group; what it has already does not count there. NULL,
 * or why it could not be done. cgroup_leave() undoes it in any case.
 */
const char *
cgroup_enter(void);
void
cgroup_leave(void);

/* Set a limit, bytes; SIZE_MAX: none. 0, or a negative errno. */
int
cgroup_set(enum cgroup_limit limit, size_t bytes);

#endif /* CGROUP_H */
