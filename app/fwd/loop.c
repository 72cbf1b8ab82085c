/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "report.h"
#include "loop.h"

static int wakeup = -1;

int
fwd_loop_init(void)
{
	wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wakeup >= 0)
		return 0;
	FWD_ERR("eventfd: %s", strerror(errno));
	return -errno;
}

void
fwd_loop_wake(void)
{
	const uint64_t one = 1;
	int saved = errno;
	/* It cannot fail but for a count that is high already. */
	ssize_t n = write(wakeup, &one, sizeof(one));

	(void)n;
	errno = saved;
}

bool
fwd_loop_wait(int fd, int ms)
{
	struct pollfd p[2] = {
		{ .fd = wakeup, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	uint64_t count;
	ssize_t n;

	if (poll(p, fd >= 0 ? 2 : 1, ms) <= 0)
		return false;
	if (p[0].revents != 0) {
		n = read(wakeup, &count, sizeof(count));
		(void)n;
	}
	return p[1].revents != 0;
}
